"""Dying on purpose: how the tests show that a process may be killed at any commit.

``HOLDFAST_FAULT=before:7`` kills the process right before its seventh commit, ``after:7`` right after it. Without
the variable none of this is in the way.
"""

from __future__ import annotations

import itertools
import os
import signal
from collections.abc import Callable

Fault = Callable[[str], None]


def from_environment() -> Fault | None:
    """What to call before and after each commit, if anything."""
    named = os.environ.get("HOLDFAST_FAULT")
    if not named:
        return None
    when, _, number = named.partition(":")
    commits = {"before": itertools.count(1), "after": itertools.count(1)}

    def fault(moment: str) -> None:
        if next(commits[moment]) == int(number) and moment == when:
            os.kill(os.getpid(), signal.SIGKILL)

    return fault
