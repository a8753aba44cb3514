"""Measure performance against the budgets and references: `make bench`.

It prints a table and writes JSON. An exceeded budget is shown, but is not a failure. The exit status is 1 only if
something could not be measured.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
import tempfile
import time
import traceback
from pathlib import Path

import machine
import table
from groups import app, checkpoints, crowd, idle, million, startup, wake
from measuring import Options, Row

GROUPS = {
    "startup": startup.measure,
    "checkpoints": checkpoints.measure,
    "wake": wake.measure,
    "idle": idle.measure,
    "crowd": crowd.measure,
    "app": app.measure,
    "million": million.measure,
}
BUILD = Path(__file__).resolve().parents[2] / "build"


def main() -> int:
    """Measure the chosen groups, and report the results."""
    arguments = _arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that files and processes are cleaned up then, too
    BUILD.mkdir(exist_ok=True)
    failed = False
    found: dict[str, list[Row]] = {}
    # Files are created in the build folder, on the project's disk: a temporary folder may be only in memory.
    with tempfile.TemporaryDirectory(prefix="bench-", dir=BUILD) as name:
        options = Options(Path(name), arguments.quick, arguments.large)
        described = machine.describe(options.place)
        for group in arguments.only or GROUPS:
            began = time.perf_counter()
            try:
                found[group] = list(GROUPS[group](options))
            except Exception:  # noqa: BLE001 - the other groups can still be measured
                failed = True
                print(f"{group} could not be measured:\n{traceback.format_exc()}", file=sys.stderr)
            else:
                print(f"{group}: {time.perf_counter() - began:.0f} s", file=sys.stderr)
    _report(described, {group: rows for group, rows in found.items() if rows}, arguments.json)
    return int(failed)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="make bench", description="Measure performance against the budgets and references."
    )
    parser.add_argument("--only", metavar="NAME", action="append", choices=GROUPS, help=f"one of: {', '.join(GROUPS)}")
    parser.add_argument("--json", metavar="FILE", type=Path, default=BUILD / "bench.json", help="where to write JSON")
    parser.add_argument("--quick", action="store_true", help="fewer rounds, for a rough result")
    parser.add_argument("--large", action="store_true", help="use a file with 1,000,000 runs (takes some minutes)")
    return parser.parse_args()


def _report(described: dict[str, object], found: dict[str, list[Row]], path: Path) -> None:
    print(f"{described['python']}, SQLite {described['sqlite']}, {described['system']}")
    print(f"{described['cpu']}, {described['cores']} cores, load {described['load']}", end="")
    sync = described["disk_sync_seconds"]
    assert isinstance(sync, float)
    print(f", one disk sync {table.amount(sync, 's')}\n")
    for line in table.lines(found):
        print(line)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(table.as_json(described, found), indent=2) + "\n")
    print(f"\nWritten to {path}")


if __name__ == "__main__":
    sys.exit(main())
