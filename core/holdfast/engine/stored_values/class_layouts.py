"""Where the objects of a class keep their state, and whether the class defines how they are pickled."""

from __future__ import annotations

import copyreg
import types
from dataclasses import dataclass
from weakref import WeakKeyDictionary

_HEAP = 1 << 9
"""The flag of classes that were made at run time, not compiled into the program."""
_C_METHODS = (types.MethodDescriptorType, types.WrapperDescriptorType, types.ClassMethodDescriptorType)

_PICKLING = ("__reduce_ex__", "__reduce__", "__getstate__")

Slot = tuple[str, types.MemberDescriptorType]


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the objects of a class keep their state."""

    slots: tuple[Slot, ...]
    """The ``__slots__`` of its base classes that are written in Python."""
    solid: type
    """The class written in C from which its objects inherit the rest."""
    says_how: bool
    """Whether it defines how its objects are pickled."""
    says_how_in_python: bool
    """Whether it defines that in Python, and not only in a base class written in C."""


_known: WeakKeyDictionary[type, Layout] = WeakKeyDictionary()


def layout_of(kind: type) -> Layout:
    """Return the layout of a class."""
    try:
        return _known[kind]
    except KeyError:
        found = _layout(kind)
        if "<locals>" not in kind.__qualname__:  # caching one that is made in a function would keep it for ever
            _known[kind] = found
        return found
    except TypeError:  # a metaclass without a hash
        return _layout(kind)


def _layout(kind: type) -> Layout:
    own = [each for each in kind.__mro__ if is_python_made(each)]
    solid: type = kind
    while is_python_made(solid):
        solid = solid.__base__ or object
    known = kind in copyreg.dispatch_table
    return Layout(
        tuple(
            (f"{name} of {each.__qualname__}", member)
            for each in own
            for name, member in vars(each).items()
            if isinstance(member, types.MemberDescriptorType) and member.__objclass__ is each
        ),
        solid,
        known or any(getattr(kind, name, None) is not getattr(object, name, None) for name in _PICKLING),
        known or any(name in vars(each) for each in own for name in _PICKLING),
    )


def is_python_made(kind: type) -> bool:
    """Whether a class is written in Python, so that its objects have no state except attributes and their base's."""
    if not kind.__flags__ & _HEAP:
        return False
    for member in vars(kind).values():
        if isinstance(member, _C_METHODS) and member.__objclass__ is kind:
            return False
        if isinstance(member, types.BuiltinFunctionType) and member.__self__ is kind:
            return False
    return True
