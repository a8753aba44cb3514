"""The user's editor and pager. The app gives them the terminal, and takes it back when they end."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from textual.app import SuspendNotSupported

from holdfast.text import clean, clean_block

if TYPE_CHECKING:
    from holdfast_tui.app import HoldfastApp

_EDITORS = ("sensible-editor", "editor", "nano", "vim", "vi")
_PAGERS = ("less", "more")
_LEAVING = ("more", "cat")
"""Pagers that exit at once if the text fits on the screen."""


class OutsideError(Exception):
    """A program was not started, or its result was not used. The text is for the user."""


def edit(app: HoldfastApp, text: str, suffix: str = ".txt") -> str | None:
    """Return ``text`` as the user has edited it; ``None`` if there is no result, after showing why.

    ``suffix`` tells the editor the kind of text. The text is in a private file while the editor is open. A line break
    that the editor adds at the end is removed again.
    """
    try:
        with _file(text, suffix) as path:
            _run(app, [*_editor(), str(path)])
            edited = _read(path)
    except OutsideError as error:
        app.say(str(error), severity="warning")
        return None
    if edited.endswith("\n") and not text.endswith("\n"):
        edited = edited.removesuffix("\n")
    return edited


def page(app: HoldfastApp, text: str) -> None:
    """Show ``text`` in the user's pager."""
    try:
        with _file(_shown(text), ".txt") as path:
            pager = _pager()
            _run(app, [*pager, str(path)], stay=Path(pager[0]).name in _LEAVING)
    except OutsideError as error:
        app.say(str(error), severity="warning")


def show(app: HoldfastApp, text: str, suffix: str = ".txt") -> None:
    """Open a copy of ``text`` in the editor that the user has configured, or else in a pager."""
    if not _named("VISUAL", "EDITOR"):
        page(app, text)
        return
    try:
        with _file(_shown(text), suffix) as path:
            _run(app, [*_editor(), str(path)])
    except OutsideError as error:
        app.say(str(error), severity="warning")


def _shown(text: str) -> str:
    return clean_block(text).removesuffix("\n") + "\n"


# Programs.


def _editor() -> list[str]:
    return _program("an editor", _named("VISUAL", "EDITOR"), _EDITORS, "EDITOR")


def _pager() -> list[str]:
    return _program("a pager", _named("PAGER"), _PAGERS, "PAGER")


def _named(*names: str) -> tuple[str, str] | None:
    """Return the first of these variables that is set, with its value."""
    return next(((name, os.environ[name]) for name in names if os.environ.get(name, "").strip()), None)


def _program(what: str, named: tuple[str, str] | None, usual: Sequence[str], variable: str) -> list[str]:
    if named is None:
        found = next(filter(None, map(shutil.which, usual)), None)
        if found is None:
            raise OutsideError(f"Could not find {what}. Set ${variable} to one.")
        return [found]
    name, command = named
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise OutsideError(f"${name} is not a valid command: {error}.") from error
    if not words or shutil.which(words[0]) is None:
        raise OutsideError(f"${name} is {clean(command)}, which was not found.")
    return words


def _run(app: HoldfastApp, command: Sequence[str], *, stay: bool = False) -> None:
    """Give the terminal to a program until it ends."""
    name = clean(Path(command[0]).name)
    try:
        # Nothing may be raised inside, or the app would not take the terminal back.
        with app.suspend(), _interrupts_are_the_programs():
            ended = _call(command, stay=stay)
    except SuspendNotSupported as error:
        raise OutsideError("There is no terminal here that another program can use.") from error
    app.refresh(layout=True)
    if isinstance(ended, OSError):
        raise OutsideError(f"{name} could not be run: {clean(ended.strerror or str(ended))}.")
    if ended:
        how = f"status {ended}" if ended > 0 else f"signal {-ended}"
        raise OutsideError(f"{name} ended with {how}, so its result was not used.")


def _call(command: Sequence[str], *, stay: bool) -> int | OSError:
    """Run the program, and return its status, or the error that prevented it."""
    try:
        status = subprocess.call(command)  # noqa: S603 - the user's own command
    except OSError as error:
        return error
    if stay:
        sys.stdout.write("\nPress enter to go back. ")
        sys.stdout.flush()
        sys.stdin.readline()
    return status


@contextmanager
def _interrupts_are_the_programs() -> Generator[None]:
    """Keep interrupts for the program away from the app. Other signals to end arrive when the program has ended.

    The handlers stay, so that the program starts with the default ones. Only the event loop's wake-up is held back.
    """
    receiver, sender = socket.socketpair()
    receiver.setblocking(False)
    sender.setblocking(False)
    before = signal.set_wakeup_fd(sender.fileno(), warn_on_full_buffer=False)
    try:
        yield
    finally:
        signal.set_wakeup_fd(before)
        try:
            caught = frozenset(receiver.recv(4096))
        except BlockingIOError:
            caught = frozenset[int]()
        receiver.close()
        sender.close()
        for number in caught & {signal.SIGTERM, signal.SIGHUP}:
            signal.raise_signal(number)


# The file.


@contextmanager
def _file(text: str, suffix: str) -> Generator[Path]:
    """Create a file with the text in its own private folder, which is deleted afterwards with everything in it."""
    try:
        with tempfile.TemporaryDirectory(prefix="holdfast-", ignore_cleanup_errors=True) as folder:
            path = Path(folder, f"holdfast{suffix}")
            path.write_bytes(text.encode("utf-8", "surrogatepass"))
            path.chmod(0o600)
            yield path
    except OSError as error:
        raise OutsideError(f"Could not write the text to a file: {clean(str(error))}") from error


def _read(path: Path) -> str:
    try:
        return path.read_bytes().decode()
    except FileNotFoundError as error:
        raise OutsideError("The editor deleted the file, so there is no result.") from error
    except UnicodeDecodeError as error:
        raise OutsideError("The file is not valid UTF-8, so it was not used.") from error
