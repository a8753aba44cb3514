"""Building a value's hash from parts, each of which marks its own end."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

_SHORT = 64
"""The size in bytes up to which a value is hashed as it is."""


class Unhashable(Exception):
    """A value whose state cannot be distinguished from another's."""


def joined(tag: bytes, parts: Iterable[bytes]) -> bytes:
    """Return the hash of several parts. The tag names what they are parts of."""
    return tag + hashlib.blake2b(b"".join(parts), digest_size=16, person=tag).digest()


def leaf(tag: bytes, content: bytes) -> bytes:
    """Return a value without parts: its content, or the hash of a long one."""
    if len(content) <= _SHORT:
        return tag + bytes((len(content),)) + content
    return tag + b"\xff" + hashlib.blake2b(content, digest_size=16, person=tag).digest()


def text(tag: bytes, content: str) -> bytes:
    """Return a text without parts; see `leaf`."""
    return leaf(tag, content.encode("utf-8", "surrogatepass"))
