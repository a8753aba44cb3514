"""Pauses for good, and says on request what the process has used so far.

Usage: ``idling asleep|sync|async|many``.
"""

from __future__ import annotations

import asyncio
import json
import resource
import sys
import threading
import time
from typing import Any

from holdfast import flow, pause_flow_run
from holdfast.store import queries
from holdfast.store.database import default


@flow
def asks() -> None:
    """Pauses."""
    pause_flow_run(wait_for_input=int)


@flow
async def asks_async() -> None:
    """As `asks`, async."""
    await pause_flow_run(wait_for_input=int)


async def _many(count: int) -> None:
    await asyncio.gather(*(asks_async() for _ in range(count)))


def write(value: Any) -> None:
    """Tell the process that measures."""
    print(json.dumps(value), flush=True)


def answer_requests(expected: int) -> None:
    """Say when all have paused, and then what was used, once for each line of input."""
    while expected and queries.count_open_waits(default()) < expected:
        time.sleep(0.01)
    write("paused")
    for _ in sys.stdin:
        switches = resource.getrusage(resource.RUSAGE_SELF).ru_nvcsw
        write([time.monotonic(), time.process_time(), switches])


def main() -> None:
    """Wait, in the way asked for."""
    kind = sys.argv[1]
    expected = {"asleep": 0, "many": 1000}.get(kind, 1)
    threading.Thread(target=answer_requests, args=(expected,), daemon=True).start()
    if kind == "sync":
        asks()
    elif expected:
        asyncio.run(_many(expected))
    else:
        threading.Event().wait()


if __name__ == "__main__":
    main()
