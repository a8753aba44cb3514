"""Flows of a small company. Their runs are in the pictures together with those of the demo."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from holdfast import flow, get_run_logger, runtime, suspend_flow_run, task
from holdfast.demo import work
from holdfast.input import RunInput

HOUR = 3600


# A contract.


class Signature(RunInput):
    """Whether a contract is signed, and by whom."""

    signed: bool
    signed_by: str
    valid_from: date
    payment_days: Literal[14, 30, 60] = 30


@task
def collect_quotes(supplier: str) -> float:
    log = get_run_logger()
    for name, price in ((supplier, 18_400), ("Hansa Papier", 19_150), ("Boreal Oy", 21_900)):
        work(0.9, 1)
        log.info("%s: %s € a year", name, f"{price:,}")
    return 18_400.0


@task
def draw_up(supplier: str, price: float) -> str:
    work(1.4, 1)
    get_run_logger().info("Contract with %s drawn up, 6 pages", supplier)
    return f"Contract with {supplier} at {price:.0f} €"


@task
def check_terms(contract: str) -> list[str]:
    work(3.2, 1)
    get_run_logger().warning("The period of notice is 6 months; 3 are usual")
    return ["period of notice"]


@task
def file_contract(contract: str, signed_by: str) -> str:
    work(0.7, 1)
    get_run_logger().info("Filed as 2027-0112-A, signed by %s", signed_by)
    return "2027-0112-A"


@task
def enter_into_books(number: str, payment_days: int) -> None:
    get_run_logger().info("Entering %s, payable within %s days", number, payment_days)
    work(HOUR, 1)


@flow
def supplier_contract(supplier: str) -> str:
    price = collect_quotes(supplier)
    contract = draw_up(supplier, price)
    findings = check_terms(contract)
    signature = suspend_flow_run(
        wait_for_input=Signature.with_initial_data(
            description=f"Sign the contract with **{supplier}**?\n\nTo look at: {', '.join(findings)}.",
            valid_from=date(2027, 2, 1),
        ),
        timeout=None,
        key="signature",
    )
    number = file_contract(contract, signature.signed_by)
    enter_into_books(number, signature.payment_days)
    return number


# A price list.


class Approval(RunInput):
    """Whether new prices go out."""

    publish: bool
    most: Annotated[int, Field(ge=0, le=100, title="Rise at most (%)")] = 15


@task(task_run_name="download {supplier}", retries=2, retry_delay_seconds=20)
def download(supplier: str, seconds: float) -> int:
    work(seconds, 1)
    if supplier == "Hansa Papier" and runtime.task_run.run_count == 1:
        raise ConnectionError("hansa-papier.example did not answer")
    get_run_logger().info("%s: 412 prices", supplier)
    return 412


@task
def compare(prices: int) -> int:
    work(26, 1)
    get_run_logger().warning("14 of %s prices rise by more than 10 %%", f"{prices:,}")
    return 14


@task
def write_list(most: int) -> str:
    work(31, 1)
    get_run_logger().info("Price list of week 2, rises up to %s %%", most)
    return "prices-2027-02.pdf"


@task
def upload(file: str) -> None:
    get_run_logger().info("Uploading %s", file)
    work(38, 1)


@flow
def shop_update(file: str) -> None:
    upload(file)


@task
def tell_customers(file: str) -> None:
    get_run_logger().info("Writing to 318 customers")
    work(HOUR, 1)


@flow
def price_update(week: str) -> None:
    suppliers = {"Nordwind Papier": 24, "Hansa Papier": 15, "Boreal Oy": 33}
    prices = sum(download(supplier, seconds) for supplier, seconds in suppliers.items())
    rising = compare(prices)
    approval = suspend_flow_run(
        wait_for_input=Approval.with_initial_data(
            description=f"Publish the prices of {week}? {rising} rise by more than 10 %."
        ),
        key="approval",
    )
    file = write_list(approval.most)
    shop_update(file)
    tell_customers(file)


# Every night, and now and then.


@dataclass
class Warehouse:
    """What the nightly import writes to."""

    is_open: bool = True

    def connect(self) -> None:
        if not self.is_open:
            raise ConnectionError("the warehouse refused the connection")


warehouse = Warehouse()


@task
def fetch(table: str, seconds: float) -> int:
    get_run_logger().info("Reading %s", table)
    work(seconds, 1)
    return 120_418


@task
def store(rows: int, where: str) -> None:
    get_run_logger().info("Writing %s rows to the %s", f"{rows:,}", where)
    work(12, 1)
    if where == "warehouse":
        warehouse.connect()


@flow
def nightly_import(where: Literal["warehouse", "archive"] = "warehouse") -> None:
    store(fetch("orders", 41), where)


@flow
def customer_export(
    since: Annotated[date, Field(description="Customers who bought something from this day on.")],
    country: Annotated[str | None, Field(max_length=2, description="Two letters; all if there are none.")] = None,
    kind: Annotated[Literal["csv", "xlsx", "json"], Field(title="As")] = "csv",
) -> None:
    fetch("customers", HOUR if country is None else 300)


@task
def count(shelf: str) -> int:
    work(240, 1)
    return 96


@flow
def stock_count(shelves: list[str]) -> int:
    return sum(count(each) for each in shelves)
