"""A description of the machine on which the numbers were measured."""

from __future__ import annotations

import os
import platform
import sqlite3
import statistics
import subprocess
import time
from pathlib import Path
from typing import Any


def describe(place: Path) -> dict[str, Any]:
    """Describe the machine, its versions, and the time of a disk sync in ``place``."""
    return {
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "sqlite": sqlite3.sqlite_version,
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "cpu": _cpu(),
        "cores": os.cpu_count(),
        "load": [round(each, 2) for each in os.getloadavg()],
        "disk_sync_seconds": disk_sync(place),
    }


def disk_sync(place: Path, count: int = 50) -> float:
    """Return the median number of seconds that it takes to append 4 KB to a file and sync it to disk."""
    path = place / "sync.bin"
    samples = []
    with path.open("wb", buffering=0) as file:
        for _ in range(count):
            began = time.perf_counter()
            file.write(bytes(4096))
            os.fsync(file.fileno())
            samples.append(time.perf_counter() - began)
    path.unlink()
    return statistics.median(samples)


def _cpu() -> str:
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    if platform.system() == "Darwin":
        asked = ["/usr/sbin/sysctl", "-n", "machdep.cpu.brand_string"]
        return subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip()
    return platform.processor() or "unknown"
