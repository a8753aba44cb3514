"""How an argument of a task is to be taken: as it is by `Task.map`, or even if what it comes from failed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class unmapped(Generic[T]):  # noqa: N801 - written like a function, as in Prefect
    """An argument of `Task.map` that each call gets whole."""

    value: T


@dataclass(frozen=True, slots=True)
class allow_failure(Generic[T]):  # noqa: N801
    """A future or state as an argument, or in ``wait_for``, of a task that runs even if that has failed.

    The task gets the result, or else the exception.
    """

    value: T
