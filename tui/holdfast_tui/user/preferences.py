"""The preferences that the app remembers, in a small JSON file in the user's state folder.

`read` is called once, before the first paint, and `remember` in a thread. Each change is merged into the current file,
so that two apps do not undo each other's changes, and entries of a newer version are kept.
"""

from __future__ import annotations

import json
import os
import threading
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

from holdfast import settings
from holdfast.type_guards import is_dict, is_list

_WRITING = threading.Lock()


@dataclass(frozen=True, slots=True)
class Preferences:
    """The remembered preferences. To add one, add a field with its default here."""

    theme: str = ""
    """The theme's name; empty for the default one."""
    columns: tuple[str, ...] = ()
    """The columns of the runs, in order; empty for the default ones."""
    sort: str = ""
    """The order of the runs; empty for the default one."""
    wide: bool = False
    """Whether the runs show as many columns as fit."""
    wrap: bool = True
    """Whether a log wraps its lines."""
    timestamps: bool = True
    """Whether a log shows the time of each line."""
    notifications: bool = True
    """Whether a new question rings the bell and notifies the desktop."""


def file() -> Path:
    """Return the path of the preferences."""
    return settings.state() / "preferences.json"


def read(path: Path) -> tuple[Preferences, str | None]:
    """Return the preferences, and a sentence about invalid entries, which are ignored."""
    try:
        stored = _stored(path)
    except FileNotFoundError:
        return Preferences(), None
    except (OSError, ValueError):
        return Preferences(), f"Cannot read {path}, so the default preferences are used."
    known = asdict(Preferences())
    fitting = {name: _fitting(stored[name], usual) for name, usual in known.items() if name in stored}
    wrong = [name for name, value in fitting.items() if value is None]
    found = replace(Preferences(), **{name: value for name, value in fitting.items() if value is not None})
    return found, f"{path} has no valid {' or '.join(wrong)}, so the default is used." if wrong else None


def remember(path: Path, **changes: Any) -> None:
    """Merge changes into the file. Raises `OSError`."""
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
    if not is_dict(stored):
        raise ValueError("not an object")
    return stored


def _fitting(value: Any, usual: Any) -> Any:
    """Return the value as the field stores it; ``None`` if it has another type."""
    if isinstance(usual, tuple):
        is_texts = is_list(value) and all(isinstance(each, str) for each in value)
        return tuple[Any, ...](value) if is_texts else None
    return value if type(value) is type(usual) else None
