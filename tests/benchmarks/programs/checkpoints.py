"""Times task calls, empty flow runs and raw commits, in turns.

Usage: ``checkpoints ROUNDS``. Writes the seconds of each, by round.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from pathlib import Path

from measuring import in_turns
from raw import RawCommits

from holdfast import flow, task

CALLS, RUNS, COMMITS = 100, 40, 200


@task
def increment(number: int) -> int:
    """A task that costs nothing."""
    return number + 1


@task
async def aincrement(number: int) -> int:
    """An async task that costs nothing."""
    return number + 1


@flow
def empty() -> None:
    """A flow that does nothing."""


collected: list[float] = []


@flow
def timed_calls() -> None:
    """Task calls of one run, into `collected`."""
    clock = time.perf_counter
    for number in range(CALLS):
        began = clock()
        increment(number)
        collected.append(clock() - began)


@flow
async def timed_async_calls() -> None:
    """As `timed_calls`, async."""
    clock = time.perf_counter
    for number in range(CALLS):
        began = clock()
        await aincrement(number)
        collected.append(clock() - began)


def _taken() -> list[float]:
    samples = collected.copy()
    collected.clear()
    return samples


def task_block() -> list[float]:
    """Seconds of each task call."""
    timed_calls()
    return _taken()


def async_task_block() -> list[float]:
    """Seconds of each async task call."""
    asyncio.run(timed_async_calls())
    return _taken()


def flow_block() -> list[float]:
    """Seconds of each empty flow run."""
    clock = time.perf_counter
    samples = []
    for _ in range(RUNS):
        began = clock()
        empty()
        samples.append(clock() - began)
    return samples


def main() -> None:
    """Measure, and write what was found."""
    raw = RawCommits(Path(os.environ["HOLDFAST_HOME"]) / "raw.db", os.environ["HOLDFAST_SYNCHRONOUS"])
    blocks = (lambda: raw.block(COMMITS), task_block, async_task_block, flow_block)
    in_turns(2, *blocks)  # warm
    found = in_turns(int(sys.argv[1]), *blocks)
    raw.close()
    print(json.dumps(dict(zip(("raw", "task", "async_task", "flow"), found, strict=True))))


if __name__ == "__main__":
    main()
