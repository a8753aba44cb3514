"""Flows that have to come to their result whatever happens to their processes. Started as ``flows.py FLOW``.

What each returns can be told from what people said: see `invariants`.
"""

import asyncio
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from witness import alone, folder, note

from holdfast import flow, pause_flow_run, suspend_flow_run, task
from holdfast.context import get_run_context
from holdfast.input import receive_input

QUESTIONS = 3
MESSAGES = 4


def tell(label):
    """The body of a task run begins."""
    here = get_run_context()
    note("body", task_run=here.task_run_id.hex, run=here.flow_run.root_id.hex, label=label)


def here():
    """The root of the run that this is in."""
    return get_run_context().root_id.hex


@task
def double(label, value):
    tell(label)
    return 2 * value


@task
async def adouble(label, value):
    tell(label)
    await asyncio.sleep(0)
    return 2 * value


@task(retries=2)
def fails_once(label):
    tell(label)
    mark = folder() / f"failed-{get_run_context().flow_run.root_id.hex}"
    if not mark.exists():
        mark.touch()
        raise ValueError("the first time")
    return "at last"


@task
def ask(number):
    return pause_flow_run(wait_for_input=int, timeout=None, key=f"in a task {number}")


@flow
def suspending():
    with alone(here()):
        got = []
        for number in range(QUESTIONS):
            got += [double(f"before {number}", number), suspend_flow_run(wait_for_input=int, timeout=None)]
        return got


@flow
def pausing():
    with alone(here()):
        got = []
        for number in range(QUESTIONS):
            got += [double(f"before {number}", number), pause_flow_run(wait_for_input=int, timeout=None)]
        return got


@flow
async def asuspending():
    with alone(here()):
        got = []
        for number in range(QUESTIONS):
            pair = await asyncio.gather(*(adouble(f"before {number} {side}", number) for side in "ab"))
            got += [pair[0], await suspend_flow_run(wait_for_input=int, timeout=None)]
        return got


@flow
def threads():
    with alone(here()):
        futures = [double.submit(f"thread {number}", number) for number in range(6)]
        asked = [ask.submit(number) for number in range(2)]
        return [each.result() for each in futures], fails_once("fails"), [each.result() for each in asked]


@flow
def child(number):
    return [double(f"in child {number}", number), suspend_flow_run(wait_for_input=int, timeout=None)]


@flow
def tree():
    with alone(here()):
        return [child(1), child(2)]


@flow
def receiving():
    with alone(here()):
        return sorted(each for _, each in zip(range(MESSAGES), receive_input(int, timeout=None), strict=False))


@flow
def ticking():
    with alone(here()):
        return double("tick", 1)


if __name__ == "__main__":
    globals()[sys.argv[1]]()
