"""What the hash of a value is put together from: parts that say themselves where they end."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

_SHORT = 64
"""Bytes up to which a value stands for itself in what is hashed."""


class Unhashable(Exception):
    """A value whose state cannot be told from another's."""


def joined(tag: bytes, parts: Iterable[bytes]) -> bytes:
    """The hash of several parts; the tag says what they are parts of."""
    return tag + hashlib.blake2b(b"".join(parts), digest_size=16, person=tag).digest()


def leaf(tag: bytes, content: bytes) -> bytes:
    """A value without parts: its content, or the hash of a long one."""
    if len(content) <= _SHORT:
        return tag + bytes((len(content),)) + content
    return tag + b"\xff" + hashlib.blake2b(content, digest_size=16, person=tag).digest()


def text(tag: bytes, content: str) -> bytes:
    """The same of text."""
    return leaf(tag, content.encode("utf-8", "surrogatepass"))
