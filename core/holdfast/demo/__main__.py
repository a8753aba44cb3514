"""``python -m holdfast.demo FLOW``: run one of the demo flows in this process.

With ``--until-eof`` it ends when its standard input closes, so that it never outlives the process that started it.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
from collections.abc import Callable

from holdfast.demo.correction import invoice_correction
from holdfast.demo.order import order_approval
from holdfast.demo.release import release_approval

FLOWS: dict[str, Callable[..., object]] = {
    "release": release_approval,
    "correction": invoice_correction,
    "order": order_approval,
}


def main() -> None:
    """Run the flow that the arguments name."""
    parser = argparse.ArgumentParser(prog="python -m holdfast.demo", description="Run one of the demo flows.")
    parser.add_argument("flow", choices=sorted(FLOWS))
    parser.add_argument(
        "--pace", type=float, default=1.0, help="how slow the simulated work is: 1 is normal, 0 does not wait"
    )
    parser.add_argument("--until-eof", action="store_true", help="end when standard input closes")
    options = parser.parse_args()
    if options.until_eof:
        threading.Thread(target=_end_at_eof, name="until-eof", daemon=True).start()
    try:
        FLOWS[options.flow](pace=options.pace)
    except KeyboardInterrupt:
        sys.exit(130)


def _end_at_eof() -> None:
    while os.read(sys.stdin.fileno(), 1024):
        """The input itself is ignored."""
    os.kill(os.getpid(), signal.SIGINT)


if __name__ == "__main__":
    main()
