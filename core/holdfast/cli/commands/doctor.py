"""``holdfast doctor``."""

from __future__ import annotations

import os
import platform
import shutil
import stat
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from holdfast import as_json, settings
from holdfast.cli import output
from holdfast.cli.arguments import AsJson
from holdfast.cli.exit_codes import Exit
from holdfast.engine import liveness
from holdfast.exceptions import HoldfastError
from holdfast.states import StateType
from holdfast.store import hosts as rows
from holdfast.store import queries
from holdfast.store.database import VERSION, Database, default
from holdfast.store.sqlite.driver import library_version
from holdfast.store.sqlite.files import backups
from holdfast.text import clean

_ROOM = 2**20
"""Bytes that a new database needs at least, with its log and its shared memory file."""
_LIBRARIES = ("holdfast", "textual", "typer", "pydantic", "sqlmodel")


@dataclass(frozen=True, slots=True)
class Check:
    """The result of one check."""

    check: str
    ok: bool
    detail: str
    remedy: str | None = None


def doctor(json: AsJson = False) -> Exit:
    """Check that Holdfast can work on this machine. If it cannot, say how to fix it."""
    checks = [*_database(), _versions(), _user(), _terminal()]
    if json:
        output.say(as_json.dump([asdict(each) for each in checks]))
    for each in () if json else checks:
        mark = output.paint("ok  ", "green") if each.ok else output.paint("fail", "red")
        output.say(f"{mark}  {each.check:<11}  {clean(each.detail)}")
        if each.remedy:
            output.say(f"{'':<19}{clean(each.remedy)}")
    return Exit.DONE if all(each.ok for each in checks) else Exit.FAILED


def _database() -> Iterator[Check]:
    """Run the checks of the database. A missing database is not created."""
    try:
        settings.check_names()
        path = settings.database()
        if not path.exists():
            yield _missing(path)
            return
        database = default()
    except HoldfastError as error:
        yield Check("database", False, str(error))
        return
    size = path.stat().st_size / 2**20
    try:
        database.try_to_write()
        yield Check("database", True, f"{path} can be read and written (schema {VERSION}, {size:.1f} MiB)")
    except HoldfastError as error:
        yield Check("database", False, f"{path} can only be read (schema {VERSION}, {size:.1f} MiB): {error}")
    yield _permissions(path)
    yield from _backups(path)
    yield _counts(database)
    yield _workers(database)


def _missing(path: Path) -> Check:
    folder = next(each for each in path.absolute().parents if each.exists())
    try:
        with tempfile.TemporaryFile(dir=folder) as attempt:
            attempt.write(b"." * _ROOM)
    except OSError as error:
        remedy = "Set HOLDFAST_DB to another place, make the folder writable, or free some space on its disk."
        return Check("database", False, f"{path} cannot be created in {folder}: {error.strerror}.", remedy)
    return Check("database", True, f"{path} will be created when the first flow runs")


def _backups(path: Path) -> Iterator[Check]:
    """List the copies of the file that were made before its schema was upgraded."""
    found = backups(path)
    if found:
        size = sum(each.stat().st_size for each in found) / 2**20
        yield Check("backups", True, f"{', '.join(map(str, found))} ({size:.1f} MiB), made before an upgrade")


def _permissions(path: Path) -> Check:
    open_to = [each for each in (path, path.parent) if stat.S_IMODE(each.stat().st_mode) & _others(each)]
    if not open_to:
        return Check("permissions", True, "only you can use the database")
    modes = {path: "go-rwx", path.parent: "go-w"}
    what = " and ".join(str(each) for each in open_to)
    remedy = " && ".join(f"chmod {modes[each]} {each}" for each in open_to)
    return Check("permissions", False, f"others can use {what}", remedy)


def _others(path: Path) -> int:
    """Return the permissions that nobody else should have.

    Others should not use the file, and should not write to its folder unless the folder is sticky.
    """
    if path.is_dir():
        return 0 if path.stat().st_mode & stat.S_ISVTX else 0o022
    return 0o077


def _counts(database: Database) -> Check:
    counts = {
        state: queries.count_flow_runs(database, queries.RunFilter(states=frozenset({state.value.lower()})))
        for state in StateType
    }
    shown = ", ".join(f"{count} {state.value.lower()}" for state, count in counts.items() if count)
    waits = queries.count_open_waits(database)
    return Check("flow runs", True, f"{shown or 'none yet'}; {waits} open wait{'' if waits == 1 else 's'}")


def _workers(database: Database) -> Check:
    """Check that a worker executes the scheduled runs."""
    alive = [each for each in rows.workers(database) if liveness.is_alive(each)]
    if alive:
        return Check("workers", True, f"{len(alive)} alive, {sum(each.slots for each in alive)} runs at a time")
    scheduled = queries.count_flow_runs(database, queries.RunFilter(states=frozenset({"scheduled"})))
    if not scheduled:
        return Check("workers", True, "none alive, and nothing is scheduled")
    detail = f"none alive, and {scheduled} scheduled run{' waits' if scheduled == 1 else 's wait'} for one"
    return Check("workers", False, detail, "Start one with `holdfast worker`, or open the app.")


def _versions() -> Check:
    found = {"Python": platform.python_version(), "SQLite": _sqlite_version()}
    missing: list[str] = []
    for name in _LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            missing.append(name)
    shown = ", ".join(f"{name} {number}" for name, number in found.items())
    if not missing:
        return Check("versions", True, shown)
    return Check("versions", False, f"{shown}; not installed: {', '.join(missing)}", "Install Holdfast again.")


def _user() -> Check:
    return Check("you", True, f"{settings.user()}, as recorded with your decisions")


def _terminal() -> Check:
    if not sys.stdout.isatty():
        return Check("terminal", True, "none here; the app needs one")
    term = os.environ.get("TERM", "")
    size = shutil.get_terminal_size()
    colour = "no colour" if os.environ.get("NO_COLOR") else os.environ.get("COLORTERM") or "colour"
    detail = f"{term or 'unknown'}, {size.columns}×{size.lines}, {colour}"  # noqa: RUF001 - the multiplication sign
    if term in ("", "dumb"):
        return Check("terminal", False, detail, "Set TERM to the type of your terminal, such as xterm-256color.")
    return Check("terminal", True, detail)


def _sqlite_version() -> str:
    return library_version()
