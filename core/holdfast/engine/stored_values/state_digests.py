"""A hash of a value's whole state: equal for equal state, in every process.

What counts as state:

- the class, at every depth, and what it inherits from built-in classes (the items of a list, the digits of an int);
- all attributes, in ``__dict__`` and ``__slots__``, including those that are not fields, private ones, and what
  pydantic tracks as extra, private and set. Attributes that follow from the rest do not count: a ``cached_property``,
  a stored ``__hash__``, and the caches of a class that defines how it is pickled;
- a function's code, defaults, closure and attributes; see `code_digests`;
- order, if equality respects it: that of lists and an `OrderedDict`, but not that of a dict or set;
- the output of ``__reduce__`` or ``__getstate__``, for a class that defines one of these and has attributes without a
  hash, and for a class written in C.

It does not count which equal values are one object.
"""

from __future__ import annotations

import hashlib
import types
from collections.abc import Iterable, Mapping
from typing import Any

from holdfast.engine.stored_values.hash_parts import Unhashable, joined, leaf
from holdfast.engine.stored_values.value_digests import LEAVES, composite

_DEEPEST = 250
"""The maximum depth of nested values. Deeper ones have no hash."""
_MOST_CYCLES = 20_000
"""How often a walk may return to a function or class while it is in it. Those that refer to each other are walked
through in every order.
"""


Grown = Mapping[type, Mapping[str, str | None]]
"""New fields of classes, with the digests of their defaults."""


def state_digest(value: Any, size: int = 12, without: Grown | None = None) -> str:
    """Return a hash of the whole state of a value, in hexadecimal.

    Fields in ``without`` are left out of the objects in which they have their defaults. If the value's state cannot be
    distinguished from another's, raises `Unhashable`, or whatever the value's own code raises.
    """
    return hashlib.blake2b(Walk(without).node(value), digest_size=size).hexdigest()


class Walk:
    """One walk through a value and everything in it."""

    def __init__(self, without: Grown | None = None) -> None:
        self._without: Grown = without or {}
        self._path: dict[int, int] = {}
        self._done: dict[int, tuple[Any, bytes | Exception]] = {}
        self._reached = _DEEPEST
        self._cycles = 0

    def node(self, value: object) -> bytes:
        """Return the hash part of a value."""
        simple = LEAVES.get(type(value))
        if simple is not None:
            return simple(value)
        done = self._done.get(id(value))
        if done is not None:
            if isinstance(done[1], Exception):
                raise done[1]
            return done[1]
        if id(value) in self._path:
            return self._within_itself(value)
        if len(self._path) >= _DEEPEST:
            raise Unhashable("It is too deeply nested.")
        return self._first(value)

    def nodes(self, values: Iterable[Any]) -> list[bytes]:
        """Return the hash parts of several values."""
        return [self.node(each) for each in values]

    def pairs(self, pairs: Iterable[tuple[Any, Any]]) -> bytes:
        """Return the hash part of a mapping, regardless of its order."""
        return joined(b"m", sorted(self.node(key) + self.node(value) for key, value in pairs))

    def kept(self, kind: type, attributes: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the attributes of an object of this class that count, by the labels of a `Layout`."""
        left_out = self._without.get(kind)
        if not left_out:
            return attributes
        kept: dict[str, Any] = {}
        for label, value in attributes.items():
            name = label.partition(" of ")[0]  # a slot's label has its class
            if name == "__pydantic_private__" and value:
                kept[label] = self.kept(kind, value) or None
            elif not _is_default(value, left_out.get(name)):
                kept[label] = value
        return kept

    def _first(self, value: Any) -> bytes:
        place, reached = len(self._path), self._reached
        self._path[id(value)] = place
        self._reached = _DEEPEST
        try:
            found = composite(self, value)
        except Exception as error:
            self._leave(value, error, place, reached)
            raise
        self._leave(value, found, place, reached)
        return found

    def _leave(self, value: object, found: bytes | Exception, place: int, reached: int) -> None:
        """Come back from a value to what holds it, from where the walk had reached as far as ``reached``."""
        del self._path[id(value)]
        if self._reached >= place:  # it is the same everywhere: nothing in it points to its container
            self._done[id(value)] = value, found
            self._reached = reached
        else:
            self._reached = min(reached, self._reached)

    def _within_itself(self, value: Any) -> bytes:
        """Return the hash part of a function that calls itself, or of a class that its methods refer to.

        Data that contains itself is refused.
        """
        self._cycles += 1
        if not isinstance(value, type | types.FunctionType) or self._cycles > _MOST_CYCLES:
            raise Unhashable("It contains itself.")
        place = self._path[id(value)]
        self._reached = min(self._reached, place)
        return leaf(b"<", str(len(self._path) - place).encode())


def _is_default(value: Any, default: str | None) -> bool:
    return default is not None and state_digest(value) == default
