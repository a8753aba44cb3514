"""Several runs and tasks of one tree that suspend beside each other: each answer is taken, whichever comes first."""

import pytest

from holdfast.store import queries
from holdfast.store.queries import RunFilter

TOGETHER = """
import asyncio
from helpers import note
from holdfast import flow, suspend_flow_run, task

@task
async def quote(vendor):
    note("quote", vendor)
    return len(vendor)

@MADE_BY
async def negotiate(vendor):
    await quote(vendor)
    price = await suspend_flow_run(wait_for_input=int, timeout=None, key=f"price of {vendor}")
    note(vendor, price)
    return price + await suspend_flow_run(wait_for_input=int, timeout=None, key=f"discount of {vendor}")

@flow
async def main():
    prices = await asyncio.gather(*map(negotiate, ["acme", "bolt", "core"]), return_exceptions=True)
    return prices, await suspend_flow_run(wait_for_input=int, timeout=None, key="total")

if __name__ == "__main__":
    asyncio.run(main())
"""


def open_keys(db):
    """What is asked and has no answer, in all runs."""
    return sorted(each.key for each in queries.inbox(db) if each.answer is None)


def answer(bench, db, key, value):
    (wait,) = [each for each in queries.inbox(db) if each.key == key]
    bench.resume(value, key=key, run=queries.get_flow_run(db, wait.flow_run_id))


@pytest.fixture(params=["flow", "task"])
def gathered(request, bench, db):
    """A suspended flow whose three children, or tasks, have asked for their prices."""
    process = bench.run(bench.write(TOGETHER.replace("MADE_BY", request.param)))
    assert process.wait() == 0, process.err
    assert open_keys(db) == ["price of acme", "price of bolt", "price of core"]
    return bench


def test_an_answer_is_taken_though_what_stands_before_it_still_waits(gathered, db):
    answer(gathered, db, "price of core", 30)
    gathered.work()
    assert open_keys(db) == ["discount of core", "price of acme", "price of bolt"]
    assert gathered.ran[-1] == "core 30"
    assert gathered.state().name == "Suspended"


def test_answers_that_came_at_once_are_all_taken_in_one_execution(gathered, db):
    for price, vendor in enumerate(["acme", "bolt", "core"]):
        answer(gathered, db, f"price of {vendor}", price)
    gathered.work()
    assert open_keys(db) == ["discount of acme", "discount of bolt", "discount of core"]
    for vendor in ("core", "bolt", "acme"):
        answer(gathered, db, f"discount of {vendor}", 10)
    gathered.work()
    gathered.answer_and_work(1, key="total")
    assert gathered.result() == ([10, 11, 12], 1)
    assert sum(line.startswith("quote") for line in gathered.ran) == 3


ONE_BY_ONE = """
@flow
async def main():
    return [await negotiate(vendor) for vendor in ["acme", "bolt", "core"]]

if __name__ == "__main__":
    asyncio.run(main())
"""


@pytest.mark.parametrize("gathered", ["flow"], indirect=True)
def test_an_answer_that_the_code_does_not_come_to_starts_no_execution_after_execution(gathered, db):
    together = TOGETHER.replace("MADE_BY", "flow")
    gathered.write(together[: together.index("@flow\nasync def main")] + ONE_BY_ONE)
    answer(gathered, db, "price of core", 30)
    gathered.work()
    assert gathered.state().name == "Suspended"
    assert gathered.root().executions == 2


@pytest.mark.parametrize("gathered", ["flow"], indirect=True)
def test_an_answer_that_the_code_did_not_come_to_is_taken_when_it_does(gathered, db):
    together = TOGETHER.replace("MADE_BY", "flow")
    gathered.write(together[: together.index("@flow\nasync def main")] + ONE_BY_ONE)
    for key, value in (("price of core", 30), ("price of bolt", 20), ("price of acme", 10)):
        answer(gathered, db, key, value)
        gathered.work()
    for vendor in ("acme", "bolt", "core"):
        assert open_keys(db) == [f"discount of {vendor}"]
        answer(gathered, db, f"discount of {vendor}", 1)
        gathered.work()
    assert gathered.result() == [11, 21, 31]
    assert len(queries.list_flow_runs(db, RunFilter(flow_name="negotiate"))) == 3
