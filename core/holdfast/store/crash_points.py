"""Killing or signalling the process on purpose: tests use it to show that this may happen at any commit.

``HOLDFAST_FAULT=before:7`` kills the process right before its seventh commit, ``after:7`` right after it, and
``after:7:SIGTERM`` sends it another signal. Several are separated by commas. Without the variable, nothing happens.
"""

from __future__ import annotations

import itertools
import os
import signal
from collections.abc import Callable

Fault = Callable[[str], None]


def from_environment() -> Fault | None:
    """Return the function that is called before and after each commit, if any."""
    named = os.environ.get("HOLDFAST_FAULT")
    if not named:
        return None
    wanted: dict[tuple[str, int], signal.Signals] = {}
    for each in named.split(","):
        when, number, *how = each.split(":")
        wanted[when, int(number)] = signal.Signals[how[0] if how else "SIGKILL"]
    commits = {"before": itertools.count(1), "after": itertools.count(1)}

    def fault(moment: str) -> None:
        number = wanted.get((moment, next(commits[moment])))
        if number is not None:
            os.kill(os.getpid(), number)

    return fault
