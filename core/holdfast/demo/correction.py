"""A batch of invoices. It is paid after somebody has corrected the rows with problems."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from holdfast.demo import work
from holdfast.flow_runs import pause_flow_run
from holdfast.flows import flow
from holdfast.input import RunInput
from holdfast.logging import get_run_logger
from holdfast.tasks import task


@dataclass(frozen=True)
class Invoice:
    """One row of a batch, as it came in."""

    row: int
    supplier: str
    amount: Decimal
    due: date


BATCH = (
    Invoice(1, "Nordlys Elektro AS", Decimal("1840.00"), date(2027, 1, 14)),
    Invoice(2, "Ferrari & Figli", Decimal("-312.50"), date(2027, 1, 18)),
    Invoice(3, "Müller Werkzeugbau", Decimal("96400.75"), date(2027, 1, 24)),
    Invoice(4, "Plywood Direct", Decimal("229.90"), date(2027, 1, 29)),
)


class Correction(BaseModel):
    """The decision about one row."""

    model_config = ConfigDict(extra="forbid")

    row: Annotated[int, Field(ge=1, description="As in the batch.")]
    action: Literal["pay", "leave out"] = "pay"
    amount: Annotated[Decimal | None, Field(gt=0, decimal_places=2, description="In euros.")] = None
    due: Annotated[date | None, Field(description="A weekday: banks do not pay on weekends.")] = None
    reason: Annotated[str | None, Field(max_length=120, description="Needed to leave a row out.")] = None

    @field_validator("due")
    @classmethod
    def _is_a_weekday(cls, due: date | None) -> date | None:
        if due is not None and due.weekday() >= 5:
            raise ValueError(f"{due:%d %B} is a {due:%A}: take a weekday")
        return due

    @model_validator(mode="after")
    def _says_why(self) -> Self:
        if self.action == "leave out" and not self.reason:
            raise ValueError(f"say why row {self.row} is left out")
        return self


class Corrections(RunInput):
    """Corrections of a batch."""

    corrections: Annotated[list[Correction], Field(min_length=1)]
    checked_on: Annotated[date | None, Field(description="The day on which the papers were looked at.")] = None


@task
def read_batch(name: str, pace: float) -> list[Invoice]:
    """Read the batch."""
    work(0.5, pace)
    get_run_logger().info("%s has %s rows", name, len(BATCH))
    return list(BATCH)


@task
def find_problems(batch: list[Invoice], pace: float) -> dict[int, str]:
    """Find the problems, by row."""
    work(0.6, pace)
    found = {each.row: problem for each in batch if (problem := problem_of(each))}
    for row, problem in found.items():
        get_run_logger().warning("Row %s: %s", row, problem)
    return found


def problem_of(invoice: Invoice) -> str | None:
    """Say why an invoice cannot be paid, or return None."""
    if invoice.amount <= 0:
        return f"the amount is {invoice.amount}"
    if invoice.due.weekday() >= 5:
        return f"{invoice.due} is a {invoice.due:%A}"
    return None


@task
def pay(invoice: Invoice, pace: float) -> Decimal:
    """Hand a payment to the bank."""
    work(0.3, pace)
    get_run_logger().info("%s: %s € on %s", invoice.supplier, invoice.amount, invoice.due)
    return invoice.amount


@flow(name="invoice-correction", log_prints=True)
def invoice_correction(batch_name: str = "2027-01-B", pace: float = 1.0) -> str:
    """Read a batch of invoices, ask for corrections until no bad row is left, and pay."""
    batch = read_batch(batch_name, pace)
    while problems := find_problems(batch, pace):
        answer = pause_flow_run(wait_for_input=form(batch_name, batch, problems), timeout=None)
        batch = corrected(batch, answer.corrections)
    paid = sum((pay(each, pace) for each in batch), Decimal(0))
    print(f"{len(batch)} invoices paid, {paid} € in all")
    return f"{paid} €"


def form(batch_name: str, batch: list[Invoice], problems: dict[int, str]) -> type[Corrections]:
    """Make the question: each bad row as it came in, but with a positive amount, which the form requires."""
    bad = [each for each in batch if each.row in problems]
    listed = "\n".join(f"- Row {each.row}, *{each.supplier}*: {problems[each.row]}" for each in bad)
    return Corrections.with_initial_data(
        description=f"## Batch {batch_name}\n\n{len(bad)} of {len(batch)} invoices cannot be paid:\n\n{listed}\n",
        corrections=[Correction.model_construct(row=each.row, amount=abs(each.amount), due=each.due) for each in bad],
    )


def corrected(batch: list[Invoice], corrections: list[Correction]) -> list[Invoice]:
    """Return the batch with the corrections made."""
    by_row = {each.row: each for each in corrections}
    rows: list[Invoice] = []
    for each in batch:
        correction = by_row.get(each.row, Correction(row=each.row))
        if correction.action == "pay":
            amount, due = correction.amount or each.amount, correction.due or each.due
            rows.append(Invoice(each.row, each.supplier, amount, due))
    return rows
