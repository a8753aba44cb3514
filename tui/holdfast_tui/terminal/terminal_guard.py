"""Restores the terminal when the app is killed and cannot do it itself.

A small process waits at the other end of a pipe, which the system closes when the app ends in any way. It is a shell,
so that killing all processes named Holdfast does not kill it too.
"""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Generator

_AS_IT_WAS = (
    r"\033[?1000l\033[?1003l\033[?1015l\033[?1006l\033[?1016l"  # the mouse
    r"\033[?2004l\033[?1004l\033[?2048l\033[?2026l"  # pastes, focus, sizes, frames
    r"\033[?7h\033[<u\033[0m\033[?1049l\033[?25h"  # line wrap, keys, colours, the usual screen, the cursor
)
"""The sequences that undo the modes that Textual sets."""
_SCRIPT = f"""
modes=$(stty -g <&2) && echo ready || exit
read -r ended || {{ stty "$modes" <&2; printf '{_AS_IT_WAS}' >&2; }}
"""


@contextlib.contextmanager
def guarded_terminal() -> Generator[None]:
    """Restore the terminal if this process is killed inside the block. Without a terminal, do nothing."""
    terminal = sys.__stderr__
    if terminal is None or not terminal.isatty():
        yield
        return
    with subprocess.Popen(  # noqa: S603 - a fixed script, into which nothing is inserted
        ["/bin/sh", "-c", _SCRIPT],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=terminal,
        start_new_session=True,  # not reached by signals of the terminal, and allowed to set its modes
    ) as guard:
        assert guard.stdin is not None
        assert guard.stdout is not None
        guard.stdout.readline()
        try:
            yield
        finally:
            with contextlib.suppress(BrokenPipeError):  # the guard has ended
                guard.stdin.write(b"ended\n")
                guard.stdin.flush()
