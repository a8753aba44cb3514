"""Settings, read from the environment each time they are used.

``HOLDFAST_HOME``
    The folder of the database, and of the app's files: its keymap and preferences. By default the user's folders
    for data, configuration and state.
``HOLDFAST_DB``
    The database: a path, or a URL such as ``sqlite:////var/lib/app/runs.db``. By default ``holdfast.db`` in
    ``HOLDFAST_HOME``.
``HOLDFAST_USER``
    The person who acts, as decisions and events record it. By default the operating system's user and host.
``HOLDFAST_SYNCHRONOUS``
    ``normal`` (default): decisions are on disk before they are acknowledged, checkpoints shortly after.
    ``full``: everything is.

A misspelled name is refused when a database is opened.
"""

from __future__ import annotations

import getpass
import os
import socket
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from holdfast.exceptions import SettingsError
from holdfast.substitutes import absent_from, nearest

_SQLITE = "sqlite:///"


def home() -> Path:
    """Return the folder that contains the database."""
    return _folder("user_data_path")


def config() -> Path:
    """Return the folder of the files that the user writes for the app."""
    return _folder("user_config_path")


def state() -> Path:
    """Return the folder of the files that the app writes."""
    return _folder("user_state_path")


def _folder(kind: str) -> Path:
    if named := os.environ.get("HOLDFAST_HOME"):
        return _path("HOLDFAST_HOME", named)
    import platformdirs  # only if no folder is named

    path: Path = getattr(platformdirs, kind)("holdfast")
    return path


def database() -> Path:
    """Return the database file.

    Raises `SettingsError` for a URL of another kind of database.
    """
    named = os.environ.get("HOLDFAST_DB")
    return database_path(named) if named else home() / "holdfast.db"


def database_path(named: str) -> Path:
    """Return the file that a path or SQLite URL names."""
    if "://" not in named:
        return _path("HOLDFAST_DB", named)
    if not named.startswith(_SQLITE) or named == _SQLITE:
        raise SettingsError(
            f"HOLDFAST_DB is {named!r}; give a file's path or a URL such as sqlite:////folder/holdfast.db."
        )
    return _path("HOLDFAST_DB", named.removeprefix(_SQLITE))


def _path(setting: str, named: str) -> Path:
    """Return the path in a setting. Raises `SettingsError` for an impossible path."""
    try:
        path = Path(named).expanduser()
    except RuntimeError as error:
        raise SettingsError(f"{setting} is {named!r}, and there is no such user; give an absolute path.") from error
    if "\0" in named:
        raise SettingsError(f"{setting} is {named!r}; a path cannot contain a null character.")
    return path


def check_names() -> None:
    """Raise `SettingsError` for a misspelled setting: otherwise another database would be used unnoticed.

    Any other name is ignored. A cluster, for example, gives its programs HOLDFAST_PORT for a service of that name.
    """
    for name in os.environ:
        if name.startswith(_PREFIX) and (setting := name.removeprefix(_PREFIX)) not in _NAMES:
            near = _SLIPS.get(setting) or nearest(setting, _NAMES)
            if near is not None:
                raise SettingsError(f"There is no setting {name}; did you mean {_PREFIX}{near}?")


_PREFIX = "HOLDFAST_"
_NAMES = ("HOME", "DB", "USER", "SYNCHRONOUS")
_SLIPS: dict[str, str] = dict.fromkeys(("DATABASE", "DATABASE_URL", "DB_FILE", "DB_PATH", "DB_URL"), "DB")


def user() -> str:
    """Return the person who acts."""
    return os.environ.get("HOLDFAST_USER") or _system_user()


@cache
def _system_user() -> str:
    try:
        name = getpass.getuser()
    except (KeyError, OSError):
        name = str(os.getuid())
    return f"{name}@{socket.gethostname()}"


def synchronous() -> str:
    """Return SQLite's ``synchronous`` for everything but decisions: ``NORMAL`` or ``FULL``."""
    named = os.environ.get("HOLDFAST_SYNCHRONOUS", "normal").upper()
    if named not in ("NORMAL", "FULL"):
        raise SettingsError(f"HOLDFAST_SYNCHRONOUS is {named.lower()!r}; it must be normal or full.")
    return named


if not TYPE_CHECKING:
    __getattr__ = absent_from(__name__)
