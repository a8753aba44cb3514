"""Pauses flow runs and answers them in the same process, in turns with raw commits.

Usage: ``answering_itself sync|async COUNT``. Writes the seconds until each went on.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import sys
import threading
import time
from pathlib import Path
from queue import SimpleQueue
from uuid import UUID

from groups.wake import PHASE, wait_until_paused
from raw import RawCommits

from holdfast import flow, pause_flow_run, resume_flow_run
from holdfast.context import get_run_context
from holdfast.store.database import default

started: SimpleQueue[UUID] = SimpleQueue()
woke: SimpleQueue[int] = SimpleQueue()


@flow
def asks() -> None:
    """Pauses once."""
    run = get_run_context().flow_run
    assert run is not None
    started.put(run.flow_run_id)
    pause_flow_run(wait_for_input=int)
    woke.put(time.monotonic_ns())


@flow
async def asks_async() -> None:
    """As `asks`, async."""
    run = get_run_context().flow_run
    assert run is not None
    started.put(run.flow_run_id)
    await pause_flow_run(wait_for_input=int)
    woke.put(time.monotonic_ns())


def answer_sync() -> float:
    """Seconds until a flow in another thread went on."""
    thread = threading.Thread(target=asks)
    thread.start()
    run_id = started.get()
    wait_until_paused(default(), run_id)
    time.sleep(random.uniform(0, PHASE))
    began = time.monotonic_ns()
    resume_flow_run(run_id, 1)
    thread.join()
    return (woke.get() - began) / 1e9


async def answer_async() -> float:
    """Seconds until a flow in this event loop went on."""
    running = asyncio.create_task(asks_async())
    await asyncio.sleep(0)
    run_id = started.get_nowait()
    await asyncio.to_thread(wait_until_paused, default(), run_id)
    await asyncio.sleep(random.uniform(0, PHASE))
    began = time.monotonic_ns()
    await resume_flow_run(run_id, 1)
    await running
    return (woke.get_nowait() - began) / 1e9


async def _all_async(count: int, raw: RawCommits) -> tuple[list[list[float]], list[list[float]]]:
    woken, commits = [], []
    for _ in range(count):
        woken.append([await answer_async()])
        commits.append(raw.block(5))
    return woken, commits


def main() -> None:
    """Measure, and write what was found."""
    count = int(sys.argv[2])
    raw = RawCommits(Path(os.environ["HOLDFAST_HOME"]) / "raw.db", "FULL")
    if sys.argv[1] == "async":
        woken, commits = asyncio.run(_all_async(count, raw))
    else:
        pairs = [([answer_sync()], raw.block(5)) for _ in range(count)]
        woken, commits = [each for each, _ in pairs], [each for _, each in pairs]
    raw.close()
    print(json.dumps({"woken": woken, "raw": commits}))


if __name__ == "__main__":
    main()
