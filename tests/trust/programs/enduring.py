"""Flows that have to come to their result however often a process of theirs is killed."""

import asyncio
import os

from holdfast import RunInput, flow, pause_flow_run, suspend_flow_run, task
from holdfast.context import get_run_context
from holdfast.input import receive_input, send_input


def note(label):
    """Leave a line that tells that the body of this task run was run."""
    line = f"{get_run_context().task_run_id.hex} {label}\n"
    descriptor = os.open(os.environ["RAN"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(descriptor, line.encode())
    os.close(descriptor)


class Amount(RunInput):
    amount: int


class Point:
    """A result that no JSON has."""

    def __init__(self, x):
        self.x = x


@task
def give(value):
    note(f"give {value}")
    return value


@task
async def agive(value):
    note(f"agive {value}")
    return value


@task
def make_point(x):
    note(f"point {x}")
    return Point(x)


@task
def measure(point):
    note(f"measure {point.x}")
    return point.x if isinstance(point, Point) else None


@task
def fail(value):
    note(f"fail {value}")
    raise ValueError(value)


@task
def ask(key):
    note(f"ask {key}")
    return pause_flow_run(wait_for_input=int, key=key)


@flow
def in_sequence():
    return give(1) + give(1) + measure(make_point(40))


@flow
async def in_a_loop():
    return await agive(1) + sum(await asyncio.gather(agive(20), agive(21)))


@flow
def in_threads():
    futures = [give.submit(each) for each in (1, 20, 1)]
    return give(futures[0]) + sum(each.result() for each in futures) + 19


@flow
def part(value):
    return give(value)


@flow
def in_children():
    return part(1) + part(1) + give(40)


@flow
def pausing():
    first = give(1)
    return first + pause_flow_run(wait_for_input=Amount).amount + give(20)


@flow
async def apausing():
    first = await agive(1)
    return first + (await pause_flow_run(wait_for_input=Amount)).amount + await agive(20)


@flow
def suspending():
    first = give(1)
    suspend_flow_run(key="sure")
    return first + give(41)


@flow
async def asuspending():
    first = await agive(1)
    amount = (await suspend_flow_run(wait_for_input=Amount)).amount
    return first + amount + await agive(20)


@flow
def part_that_suspends():
    return give(1) + suspend_flow_run(wait_for_input=int)


@flow
def suspending_in_a_child():
    return part_that_suspends() + give(20)


@flow
def catching():
    try:
        fail(1)
    except ValueError as error:
        caught = error.args[0]
    return caught + give(41)


@flow
def pausing_in_threads():
    futures = [ask.submit(each) for each in ("one", "two")]
    return sum(each.result() for each in futures) + give(0)


@task
def tell(value):
    note(f"tell {value}")
    send_input(value, get_run_context().flow_run.flow_run_id)
    return value


@flow
def receiving():
    here = get_run_context().flow_run_id
    send_input(1, here)
    first = list(receive_input(int, timeout=0))
    tell(20)
    send_input(21, here)
    return sum(receive_input(int, timeout=0)) if first == [1] else first


@task
async def atell(value):
    note(f"tell {value}")
    await send_input(value, get_run_context().flow_run.flow_run_id)


@flow
async def areceiving():
    here = get_run_context().flow_run_id
    await send_input(1, here)
    receiver = receive_input(int, timeout=0)
    first = await receiver.next()
    await atell(20)
    await send_input(21, here)
    return first + sum([each async for each in receiver])


ANSWERS = {"1": {"amount": 21}, "one": 21, "two": 21, "sure": None}
"""What a person answers, by the wait's key."""

FLOWS = {
    each.fn.__name__: each
    for each in (
        in_sequence,
        in_a_loop,
        in_threads,
        in_children,
        pausing,
        apausing,
        suspending,
        asuspending,
        suspending_in_a_child,
        catching,
        pausing_in_threads,
        receiving,
        areceiving,
    )
}


def answer_to(flow_name, key):
    """The answer that makes every flow's result 42."""
    return 21 if flow_name == "part-that-suspends" else ANSWERS[key]


if __name__ == "__main__":
    import sys

    chosen = FLOWS[sys.argv[1]]
    asyncio.run(chosen()) if chosen.is_async else chosen()
