"""Whether another process can be started with this one's interpreter: there are programs that have none to start."""

from __future__ import annotations

import os
import sys


def why_none() -> str | None:
    """Why no worker could start this program's interpreter again; ``None`` if it could."""
    if getattr(sys, "frozen", False):  # by PyInstaller and the like: started again, it would do its own work again
        return "its program is an executable of its own, which cannot start Python code as an interpreter does"
    if not sys.executable:
        return "Python does not know its interpreter, as in a program that Python is built into"
    return None if os.path.isfile(sys.executable) else f"its interpreter {sys.executable} is gone"  # noqa: PTH113
