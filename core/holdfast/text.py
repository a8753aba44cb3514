"""Text from a run, made safe for a terminal: it is shown, never obeyed."""

from __future__ import annotations

import re
from uuid import UUID

_LOST = "\N{REPLACEMENT CHARACTER}"

# Characters that reorder or hide text (direction controls, line separators, the byte order mark), that have no width
# and so can hide in it (zero-width spaces, fillers, tags), and lone surrogates, which no encoding can write.
_HIDDEN = (
    "\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164"
    "\ufeff\uffa0\ufff0-\ufffb\ud800-\udfff\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
# These join letters and emoji of many scripts. Next to ASCII, a space or nothing they only hide.
_BESIDE = "[^\x00-\x7f\u200c\u200d]"
_JOINERS = f"(?<!{_BESIDE})[\u200c\u200d]|[\u200c\u200d](?!{_BESIDE})"

_SINGLE = re.compile(f"[\x00-\x1f{_HIDDEN}]|{_JOINERS}")
_BLOCK = re.compile(f"[\x00-\x09\x0b-\x1f{_HIDDEN}]|{_JOINERS}")

_TAB = "    "
_PLAIN_NAME = re.compile(r"\w[\w./-]*")
_LIKE_AN_ID = re.compile(r"[0-9a-fA-F-]+")


def clean(text: str) -> str:
    """Return ``text`` for one line: each control character, including line breaks, becomes a visible symbol.

    Escape is shown as ␛, a line break as ␊. Characters without a symbol become U+FFFD. Printable text is unchanged.
    """
    return _replaced(_SINGLE, text)


def clean_block(text: str) -> str:
    """Return ``text`` for several lines, cleaned like `clean`; but line breaks stay, and tabs become spaces."""
    if text.isascii() and text.isprintable():
        return text
    return _replaced(_BLOCK, text.replace("\r\n", "\n").replace("\t", _TAB))


def in_command(name: str, id_: UUID | str) -> str:
    """Return the reference to a run or deployment in a printed command: its name if that is plain, otherwise its id.

    A plain name means the same in every shell, is not an option, and does not look like the beginning of an id.
    """
    plain = _PLAIN_NAME.fullmatch(name) and not _LIKE_AN_ID.fullmatch(name) and clean(name) == name
    return name if plain else str(id_)


def _replaced(what: re.Pattern[str], text: str) -> str:
    if text.isascii() and text.isprintable():
        return text
    return what.sub(_symbol, text)


def _symbol(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code < 0x20:
        return chr(0x2400 + code)
    return "\N{SYMBOL FOR DELETE}" if code == 0x7F else _LOST
