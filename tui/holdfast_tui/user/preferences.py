"""What the app remembers from one time to the next: a small JSON file in the user's state folder.

`read` once, before the first paint; `remember` in a thread. Each change is put over what is in the file then, so
that two apps do not undo each other's, and what a newer version has written there stays.
"""

from __future__ import annotations

import json
import os
import threading
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

from holdfast import settings

_WRITING = threading.Lock()


@dataclass(frozen=True, slots=True)
class Preferences:
    """What is remembered. A new one is a field with its default here."""

    theme: str = ""
    """The theme's name; empty for the usual one."""
    columns: tuple[str, ...] = ()
    """Columns of the runs, in their order; empty for the usual ones."""
    sort: str = ""
    """What the runs are sorted by; empty for the usual order."""
    wide: bool = False
    """Whether the runs show all columns that fit."""
    wrap: bool = True
    """Whether a log wraps its lines."""
    timestamps: bool = True
    """Whether a log shows when each line was written."""
    notifications: bool = True
    """Whether a new question rings the bell and tells the desktop."""


def file() -> Path:
    """Where they are."""
    return settings.state() / "preferences.json"


def read(path: Path) -> tuple[Preferences, str | None]:
    """What is remembered, and a sentence about what of it makes no sense and is ignored."""
    try:
        stored = _stored(path)
    except FileNotFoundError:
        return Preferences(), None
    except (OSError, ValueError):
        return Preferences(), f"{path} cannot be read, so the usual preferences are used."
    known = asdict(Preferences())
    fitting = {name: _fitting(stored[name], usual) for name, usual in known.items() if name in stored}
    wrong = [name for name, value in fitting.items() if value is None]
    found = replace(Preferences(), **{name: value for name, value in fitting.items() if value is not None})
    return found, f"{path} has no sensible {' or '.join(wrong)}, so the usual is used." if wrong else None


def remember(path: Path, **changes: Any) -> None:
    """Put changes over what is in the file. Raises `OSError`."""
    assert changes.keys() <= {each.name for each in fields(Preferences)}
    with _WRITING:
        try:
            stored = _stored(path)
        except (OSError, ValueError):
            stored = {}
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        beside = path.with_name(f"{path.name}.{os.getpid()}")
        beside.write_text(json.dumps(stored | changes, indent=2) + "\n", encoding="utf-8")
        beside.replace(path)


def _stored(path: Path) -> dict[str, Any]:
    stored = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(stored, dict):
        raise ValueError("not an object")
    return stored


def _fitting(value: Any, usual: Any) -> Any:
    """The value as the field takes it; ``None`` where it is of another type."""
    if isinstance(usual, tuple):
        texts = isinstance(value, list) and all(isinstance(each, str) for each in value)
        return tuple(value) if texts else None
    return value if type(value) is type(usual) else None
