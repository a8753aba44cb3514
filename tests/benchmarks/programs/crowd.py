"""Pauses many async flows in one event loop, and says when each went on.

Usage: ``crowd COUNT other|same``: who answers.
"""

from __future__ import annotations

import asyncio
import json
import sys
import threading
import time
from collections.abc import Sequence
from typing import Any

import psutil

from holdfast import flow, pause_flow_run
from holdfast.store import queries, waits
from holdfast.store.database import Database, default

woke: list[float] = []
everyone = asyncio.Event()


@flow
async def asks() -> None:
    """Pauses once. It ends only when all are awake: the work of ending is not that of waking."""
    await pause_flow_run(wait_for_input=int, timeout=None)
    woke.append(time.monotonic())
    await everyone.wait()


def answer_all(database: Database, wait_ids: Sequence[str]) -> tuple[float, float]:
    """Answer them all at once, without waiting for the runs to acknowledge it; when that began and ended."""
    began = time.monotonic()
    waits.give_answers(database, [(each, {"value": 1}) for each in wait_ids], "bench", "python")
    return began, time.monotonic()


def write(value: Any) -> None:
    """Tell the process that measures."""
    print(json.dumps(value), flush=True)


async def main() -> None:
    """Pause all, be answered, say when each went on."""
    count, source = int(sys.argv[1]), sys.argv[2]
    await _first()
    memory, began = psutil.Process().memory_info().rss, time.monotonic()
    flows = [asyncio.create_task(asks()) for _ in range(count)]
    while queries.count_open_waits(default()) < count:  # noqa: ASYNC110 - no event may cost memory or a thread here
        await asyncio.sleep(0.25)
    seconds = time.monotonic() - began
    used = psutil.Process().memory_info().rss - memory
    write({"bytes": used, "seconds": seconds, "threads": threading.active_count()})
    sys.stdin.readline()
    ids = [each.id.hex for each in queries.inbox(default(), limit=count)]
    if source == "other":
        write(ids)
    else:
        write(await asyncio.to_thread(answer_all, default(), ids))
    while len(woke) < count:  # noqa: ASYNC110 - as above
        await asyncio.sleep(0.005)
    write(woke)
    everyone.set()
    await asyncio.gather(*flows)


async def _first() -> None:
    """Run one to its end, so that what is made once is not counted."""
    running = asyncio.create_task(asks())
    while not (found := queries.inbox(default())):  # noqa: ASYNC110 - as in `main`
        await asyncio.sleep(0.01)
    answer_all(default(), [found[0].id.hex])
    everyone.set()
    await running
    everyone.clear()
    woke.clear()


if __name__ == "__main__":
    asyncio.run(main())
