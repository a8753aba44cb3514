"""Text that came from a run, made harmless for a terminal: it is shown, never obeyed."""

from __future__ import annotations

import re

_LOST = "\N{REPLACEMENT CHARACTER}"

# What reorders or hides text (direction controls, line separators, the byte order mark), and lone surrogates, which
# no encoding can write.
_HIDDEN = "\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff"

_SINGLE = re.compile(f"[\x00-\x1f{_HIDDEN}]")
_BLOCK = re.compile(f"[\x00-\x09\x0b-\x1f{_HIDDEN}]")

_TAB = "    "


def clean(text: str) -> str:
    """``text`` for one line: each control character, line breaks too, becomes a visible symbol.

    Escape is shown as ␛, a line break as ␊; what has no symbol becomes U+FFFD. Printable text stays as it is.
    """
    return text if text.isprintable() else _SINGLE.sub(_symbol, text)


def clean_block(text: str) -> str:
    """``text`` for several lines: as `clean`, but line breaks stay, and tabs become spaces."""
    if text.isprintable():
        return text
    return _BLOCK.sub(_symbol, text.replace("\r\n", "\n").replace("\t", _TAB))


def _symbol(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code < 0x20:
        return chr(0x2400 + code)
    return "\N{SYMBOL FOR DELETE}" if code == 0x7F else _LOST
