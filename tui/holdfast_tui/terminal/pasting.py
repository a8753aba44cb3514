"""Pasted text is only text, and never acts as keys.

Textual's parser of terminal input treats an escape sequence inside a bracketed paste as keys. Such a paste could type,
quit or discard a draft. Not every terminal removes escape characters from pastes, so they are replaced here, before
Textual reads them.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable

from textual._xterm_parser import BRACKETED_PASTE_END, BRACKETED_PASTE_START, XTermParser
from textual.driver import Driver
from textual.message import Message
from typing_extensions import override

_ESCAPE = "\x1b"
_SHOWN = "\N{SYMBOL FOR ESCAPE}"


class PasteParser(XTermParser):
    """Textual's parser, but with the escape characters in pastes replaced."""

    def __init__(self, debug: bool = False) -> None:
        self._in_paste = False
        self._before = ""
        self._held = ""
        super().__init__(debug)

    @override
    def feed(self, data: str) -> Iterable[Message]:
        """Read a piece of the terminal's input; an empty piece is its end."""
        read = self._without_escapes(data)
        return super().feed(read) if read or not data else ()

    def _without_escapes(self, data: str) -> str:
        """Return *data* with the escapes in pastes replaced. The marks of a paste may be split between two pieces."""
        read = ""
        while data:
            if self._in_paste:
                pasted, end, data = (self._held + data).partition(BRACKETED_PASTE_END)
                self._held = "" if end else _cut_off(pasted)
                pasted = pasted[: len(pasted) - len(self._held)]
                read += pasted.replace(_ESCAPE, _SHOWN) + end
                self._in_paste = not end
            else:
                known = len(self._before)
                typed, start, _ = (self._before + data).partition(BRACKETED_PASTE_START)
                self._in_paste = bool(start)
                self._before = "" if start else typed[1 - len(BRACKETED_PASTE_START) :]
                typed = (typed + start)[known:]
                read, data = read + typed, data[len(typed) :]
        return read


def _cut_off(pasted: str) -> str:
    """Return what may be the beginning of the mark at the end of a paste."""
    lengths = range(len(BRACKETED_PASTE_END) - 1, 0, -1)
    return next((pasted[-each:] for each in lengths if pasted.endswith(BRACKETED_PASTE_END[:each])), "")


def take_pastes_as_text(driver: type[Driver]) -> None:
    """Make a driver read its input with `PasteParser`. Textual has no other way to set the parser."""
    for each in driver.__mro__:
        module = sys.modules[each.__module__]
        if hasattr(module, XTermParser.__name__):
            setattr(module, XTermParser.__name__, PasteParser)
