"""An order above a customer's limit."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from holdfast.demo import work
from holdfast.flow_runs import pause_flow_run
from holdfast.flows import flow
from holdfast.input import RunInput
from holdfast.logging import get_run_logger
from holdfast.tasks import task


class Decision(StrEnum):
    """The ways to handle an order above the limit."""

    ACCEPT = "accept"
    PREPAY = "accept against prepayment"
    DECLINE = "decline"


class OrderDecision(RunInput):
    """A decision on an order above the limit."""

    decision: Decision
    new_limit: Annotated[
        Decimal, Field(ge=0, max_digits=10, decimal_places=2, title="New limit (€)", description="From now on.")
    ]
    discount: Annotated[float, Field(ge=0, le=15, title="Discount (%)")] = 0
    payment_days: Literal[14, 30, 60] = 30


class OrderLine(BaseModel):
    """One line of an order."""

    article: str
    quantity: Annotated[int, Field(gt=0)]
    price: Annotated[Decimal, Field(gt=0)]


LINES = [
    OrderLine(article="Planetary gear PG-120", quantity=40, price=Decimal("412.00")),
    OrderLine(article="Servo controller SC-7", quantity=12, price=Decimal("1290.50")),
]


@task
def price(lines: list[OrderLine], pace: float) -> Decimal:
    """Add up the order."""
    work(0.4, pace)
    total = sum((line.quantity * line.price for line in lines), Decimal(0))
    get_run_logger().info("%s positions, %s €", len(lines), total)
    return total


@task
def credit_limit(customer: str, pace: float) -> Decimal:
    """Look up how much the customer may owe."""
    work(0.8, pace)
    limit = Decimal("25000.00")
    get_run_logger().info("%s: limit %s €, no bill overdue", customer, limit)
    return limit


@task
def reserve(lines: list[OrderLine], pace: float) -> str:
    """Set the goods aside."""
    for line in lines:
        work(0.4, pace)
        get_run_logger().info("Set aside: %s × %s", line.quantity, line.article)  # noqa: RUF001 - the sign for it
    return "P-20881"


@task
def ship(parcel: str, pace: float) -> None:
    """Hand the goods over."""
    work(0.5, pace)
    get_run_logger().info("%s handed over", parcel)


@flow(name="order-approval", log_prints=True)
def order_approval(customer: str = "Hafen Robotics GmbH", lines: list[OrderLine] = LINES, pace: float = 1.0) -> str:
    """Check an order against the customer's limit, ask if it is above, and ship it after a go-ahead."""
    total, limit = price(lines, pace), credit_limit(customer, pace)
    if total > limit:
        answer = pause_flow_run(
            wait_for_input=OrderDecision.with_initial_data(
                description=describe(customer, total, limit), new_limit=total.quantize(Decimal("0.01"))
            ),
            timeout=4 * 3600,
            key="limit",
        )
        if answer.decision is Decision.DECLINE:
            return "declined"
        total -= total * Decimal(str(answer.discount)) / 100
        print(f"{answer.decision}: {total:.2f} € within {answer.payment_days} days")
    parcel = reserve(lines, pace)
    print(f"{parcel} is packed, and waits for the go-ahead to leave")
    pause_flow_run(timeout=8 * 3600, key="shipping")
    ship(parcel, pace)
    return f"{parcel} shipped, {total:.2f} €"


def describe(customer: str, total: Decimal, limit: Decimal) -> str:
    """Describe the order, as Markdown, for the person who decides."""
    return (
        f"## {customer}\n\nThe order comes to **{total} €**, which is {total - limit} € above the limit of {limit} €. "
        "Customer since 2019, always paid within 21 days.\n"
    )
