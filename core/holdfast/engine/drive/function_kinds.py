"""The kind of a function: async, generator or callable object; and where its source is."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any


def is_async_call(function: Any) -> bool:
    """Whether calling it returns a coroutine: an async function, a partial of one, or a callable object with one."""
    return inspect.iscoroutinefunction(plain(function))


def plain(function: Any) -> Any:
    """Return the function itself, the function in a partial, or the ``__call__`` of an object."""
    while isinstance(function, functools.partial):
        function = function.func
    return function if inspect.isroutine(function) or isinstance(function, type) else type(function).__call__


def described_by(function: Callable[..., Any]) -> Any:
    """Return the object with its source and annotations.

    That is the function itself, the function in a partial, or the ``__call__`` of an object.
    """
    return function if hasattr(function, "__qualname__") else plain(function)


def is_async(function: Callable[..., Any]) -> bool:
    """Whether its calls are awaited, or iterated over with ``async for``."""
    function = plain(function)
    return inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function)


def is_generator(function: Callable[..., Any]) -> bool:
    """Whether it yields."""
    function = plain(function)
    return inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function)


def collecting(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return the function itself, or for a generator function, one that returns all its values as a list."""
    if not is_generator(function):
        return function
    if not is_async(function):
        return lambda *args, **kwargs: list(function(*args, **kwargs))

    async def collect(*args: Any, **kwargs: Any) -> list[Any]:
        return [each async for each in function(*args, **kwargs)]

    return collect
