"""Functions and classes as parts of a value's state.

A function consists of its code, defaults, closure and attributes. So a changed function is another one, and two lambdas
in one line are different. The globals that it uses are not part of it, since they belong to the program and change
while it runs. But if a function's globals belong to no module, they are part of its state.

A class that its module has under its name is identified by that name, so that a run recognizes its calls after the
class was edited. A class made in a function is identified by its contents.
"""

from __future__ import annotations

import dataclasses
import enum
import functools
import sys
import types
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from holdfast.engine.code.code_location import key_of, module_of, named
from holdfast.engine.code.methods import unwrapped
from holdfast.engine.stored_values.class_layouts import is_python_made
from holdfast.engine.stored_values.hash_parts import joined, text
from holdfast.type_guards import class_of, is_dict

if TYPE_CHECKING:
    from holdfast.engine.stored_values.state_digests import Walk

_LEFT_OUT = frozenset({
    "__module__", "__qualname__", "__dict__", "__weakref__", "__doc__", "__firstlineno__", "__static_attributes__",
    "__abstractmethods__", "__annotate_func__", "__annotations_cache__", "__parameters__", "__orig_bases__",
    "__class_vars__", "__signature__", "_abc_impl", "__slotnames__",
})  # fmt: skip
"""Attributes that Python adds to a class, sometimes when one of its objects is copied, and that do not affect its
behavior.
"""
_OF_PYDANTIC = ("__pydantic_fields__", "__private_attributes__", "model_config", "__annotations__")


def name_of(made: Any) -> str | None:
    """Return the name of a class or function in its module, the same in every process; ``None`` if it has none."""
    if getattr(made, "__module__", None) is None or "<" in getattr(made, "__qualname__", "<"):
        return None
    try:
        there = named(module_of(made), made.__qualname__)
    except (AttributeError, ImportError):
        return None
    return key_of(made) if there is made else None


def of_function(walk: Walk, function: types.FunctionType) -> bytes:
    """Return the hash part of a function."""
    return joined(
        b"f",
        (
            text(b"n", f"{_module_of(function)}.{function.__qualname__}"),
            of_code(walk, function.__code__),
            *walk.nodes((function.__defaults__, function.__kwdefaults__)),
            *(_cell(walk, cell) for cell in function.__closure__ or ()),
            walk.pairs(vars(function).items()),
            walk.pairs(_globals(function)),
        ),
    )


def _module_of(function: types.FunctionType) -> str:
    module: Any = getattr(function, "__module__", None)  # a function may have none, other than its type says
    return "" if module is None else module_of(function)


def _cell(walk: Walk, cell: types.CellType) -> bytes:
    try:
        return walk.node(cell.cell_contents)
    except ValueError:  # nothing has been assigned yet
        return b"-"


def _globals(function: types.FunctionType) -> Iterator[tuple[str, Any]]:
    """Yield the globals that a function uses, if they belong to no module."""
    known = function.__globals__
    module = sys.modules.get(str(known.get("__name__")))
    if "__file__" in known or (module is not None and vars(module) is known):
        return
    names = set(_names(function.__code__))
    yield from ((name, known[name]) for name in names if name in known and name != "__builtins__")


def _names(code: types.CodeType) -> Iterator[str]:
    yield from code.co_names
    for each in code.co_consts:
        if isinstance(each, types.CodeType):
            yield from _names(each)


def of_code(walk: Walk, code: types.CodeType) -> bytes:
    """Return the hash part of code, without its position."""
    parts = (
        code.co_code, getattr(code, "co_exceptiontable", b""), code.co_names, code.co_varnames, code.co_freevars,
        code.co_cellvars, code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount, code.co_flags,
        code.co_name, code.co_consts,
    )  # fmt: skip
    return joined(b"c", walk.nodes(parts))


def of_class(walk: Walk, kind: type) -> bytes:
    """Return the hash part of a class."""
    name = name_of(kind)
    if name is not None or not is_python_made(kind):
        return text(b"k", name or f"{kind.__module__}.{kind.__qualname__}")
    name = f"{kind.__module__}.{kind.__qualname__}"
    parts = dict(_parts_of(kind))
    return joined(
        b"K",
        (text(b"n", name.partition(".")[2]), *walk.nodes((type(kind), *kind.__bases__)), walk.pairs(parts.items())),
    )


def _parts_of(kind: type) -> Iterator[tuple[str, Any]]:
    members = vars(kind)
    if issubclass(kind, enum.Enum):
        yield "members", [(name, each.value) for name, each in kind.__members__.items()]
        yield from ((name, each) for name, each in members.items() if isinstance(each, types.FunctionType))
        return
    if "__pydantic_decorators__" in members:
        yield "pydantic", _of_pydantic(kind)
    for name, each in members.items():
        if name in _LEFT_OUT or name.startswith(("__pydantic_", "__private_attributes__", "model_")):
            continue
        if isinstance(each, types.GetSetDescriptorType):
            continue
        if name == "__annotations__" and not each:  # created when it is first accessed
            continue
        yield name, _described(each)


def _described(member: Any) -> Any:
    """Return the contents of a class member."""
    if isinstance(member, types.MemberDescriptorType):
        return "slot"
    if isinstance(member, property):
        return ("property", member.fget, member.fset, member.fdel)
    function, wrapper = unwrapped(member)
    if wrapper is not None:
        return (class_of(member), function)
    if isinstance(member, _CACHED_PROPERTIES):
        return (class_of(member), member.func, member.attrname)
    return member


_CACHED_PROPERTIES: tuple[type[Any], ...] = (functools.cached_property,)


def _of_pydantic(kind: Any) -> dict[str, Any]:
    """Return the contents of a pydantic model, without pydantic's derived attributes, which contain addresses."""
    found: dict[str, Any] = {name: kind.__dict__.get(name) for name in _OF_PYDANTIC}
    for field in dataclasses.fields(kind.__pydantic_decorators__):
        decorators = getattr(kind.__pydantic_decorators__, field.name)
        if is_dict(decorators):
            found[field.name] = {name: each.info for name, each in decorators.items()}
    return found
