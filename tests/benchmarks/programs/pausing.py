"""Runs a flow that pauses, again and again, and says when each run went on.

Usage: ``pausing sync|async form|go-ahead COUNT``.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from typing import Any

from holdfast import flow, pause_flow_run
from holdfast.context import get_run_context

ASKED = int if sys.argv[2] == "form" else None


def write(**values: Any) -> None:
    """Tell the process that measures."""
    print(json.dumps(values), flush=True)


@flow
def asks() -> None:
    """Pauses once."""
    write(flow_run_id=str(get_run_context().flow_run_id))
    pause_flow_run(wait_for_input=ASKED)
    write(woke=time.monotonic_ns())


@flow
async def asks_async() -> None:
    """As `asks`, async."""
    write(flow_run_id=str(get_run_context().flow_run_id))
    await pause_flow_run(wait_for_input=ASKED)
    write(woke=time.monotonic_ns())


async def _all(count: int) -> None:
    for _ in range(count):
        await asks_async()


def main() -> None:
    """Run it as often as asked."""
    count = int(sys.argv[3])
    if sys.argv[1] == "async":
        asyncio.run(_all(count))
        return
    for _ in range(count):
        asks()


if __name__ == "__main__":
    main()
