"""What is pasted is text, and commands nothing.

Textual's parser of the terminal's input takes an escape sequence inside a bracketed paste for keys: a paste that holds
one types, quits or throws a draft away. Not every terminal takes the escape characters out of what it pastes, so they
are replaced here, before Textual reads them.
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
    """Textual's parser, to which a paste has no escape characters."""

    def __init__(self, debug: bool = False) -> None:
        self._in_paste = False
        self._before = ""
        self._held = ""
        super().__init__(debug)

    @override
    def feed(self, data: str) -> Iterable[Message]:
        """Read a piece of the terminal's input; an empty one is its end."""
        read = self._without_escapes(data)
        return super().feed(read) if read or not data else ()

    def _without_escapes(self, data: str) -> str:
        """*data* as it is, but for what is inside a paste. Either mark of a paste may be cut in two by its end."""
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
    """What may be the beginning of the mark at the end of a paste."""
    lengths = range(len(BRACKETED_PASTE_END) - 1, 0, -1)
    return next((pasted[-each:] for each in lengths if pasted.endswith(BRACKETED_PASTE_END[:each])), "")


def take_pastes_as_text(driver: type[Driver]) -> None:
    """Have a driver read its input with `PasteParser`; Textual has no other way to give it one."""
    for each in driver.__mro__:
        module = sys.modules[each.__module__]
        if hasattr(module, XTermParser.__name__):
            setattr(module, XTermParser.__name__, PasteParser)
