"""Methods as flows and tasks."""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping
from typing import Any

from holdfast.context import FlowRunContext
from holdfast.engine.code.call_identity import digest
from holdfast.engine.code.code_location import module_of, named, qualname_of
from holdfast.type_guards import is_partial

_WRAPPERS: tuple[type[Any], ...] = (classmethod, staticmethod)


def unwrapped(function: Any) -> tuple[Any, type[Any] | None]:
    """Return the function inside a ``classmethod`` or ``staticmethod``, and which of the two it was."""
    for kind in _WRAPPERS:
        if isinstance(function, kind):
            return function.__func__, kind
    return function, None


def bound(function: Callable[..., Any], kind: type[Any] | None, instance: object, owner: type[Any] | None) -> Any:
    """Return the method that looking up ``function`` gives; ``None`` for a plain function."""
    if kind is classmethod:
        return types.MethodType(function, owner if instance is None else type(instance))
    if kind is staticmethod or instance is None or isinstance(function, types.MethodType):
        return None
    return types.MethodType(function, instance)


def instance_of(function: Callable[..., Any]) -> Any:
    """Return the object whose method ``function`` is; ``None`` for a function or a class method."""
    found = getattr(function, "__self__", None)
    return None if isinstance(found, type | types.ModuleType) else found


def owner_of(function: Callable[..., Any]) -> type[Any] | None:
    """Return the class of a class method. Each class that inherits it has its own."""
    found = getattr(function, "__self__", None)
    return found if isinstance(found, type) else None


def holder_of(function: Callable[..., Any]) -> Any:
    """Return what its calls depend on besides their inputs: a method's object, or a partial or callable object."""
    if isinstance(function, types.FunctionType):
        return None
    if is_partial(function) or not hasattr(function, "__qualname__"):
        return function
    return instance_of(function)


def numbered(run: FlowRunContext, key: str, function: Any) -> str:
    """Return ``key``, with the object's number among those that the run called, for a method or an object.

    Calls on two objects are distinguished by this number and not by the objects' contents, which a task may change. For
    a partial the contents are used, which never change.
    """
    if is_partial(function):
        held = digest({"args": function.args, "keywords": function.keywords})
        if held is not None:
            return numbered(run, f"{key}@{held}", function.func)
    instance = holder_of(function)
    if instance is None:
        return key
    _, number = run.instances.setdefault(id(instance), (instance, len(run.instances) + 1))
    return f"{key}@{number}"


def reduced(made: Any, function: Callable[..., Any], settings: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return how a flow or task is pickled: by its location, or else by its function and settings."""
    module, name = module_of(function), qualname_of(function)
    if _is_at(made, module, name):
        return found, (module, name)
    kept = {key: value for key, value in settings.items() if key != "task_runner"}
    return _made, (type(made), function, kept)


def _is_at(made: Any, module: str, name: str) -> bool:
    """Whether it is found there. It is not if it was made inside a function, or has another name there."""
    try:
        return named(module, name) is made
    except (AttributeError, ImportError):
        return False


found = named
"""The functions that pickles of flows and tasks call to find them."""


def _made(kind: Callable[..., Any], function: Callable[..., Any], settings: Mapping[str, Any]) -> Any:
    return kind(function, **settings)
