"""How an argument of a task or flow is passed: by `Task.map`, after a failure, or unchanged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from typing_extensions import TypeIs

from holdfast.substitutes import absent_from

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Annotation(Generic[T]):
    """Wraps an argument or a part of one. The task or flow receives the wrapped value."""

    value: T


def is_annotation(value: object) -> TypeIs[Annotation[Any]]:
    """Whether a value stands around an argument."""
    return isinstance(value, Annotation)


class unmapped(Annotation[T]):  # noqa: N801 - written like a function, as in Prefect
    """An argument of `Task.map` that each call receives whole."""

    __slots__ = ()


class allow_failure(Annotation[T]):  # noqa: N801
    """A future or state, or a container of them, for a task or flow that runs even if these have failed.

    It receives the results, with exceptions in place of the missing ones. Works in ``wait_for``, too.
    """

    __slots__ = ()


class quote(Annotation[T]):  # noqa: N801
    """An argument that is passed unchanged: futures and states in it are neither waited for nor replaced.

    A flow that returns one has it as its result, whatever states are in it.
    """

    __slots__ = ()

    def unquote(self) -> T:
        """Return the wrapped value."""
        return self.value


class opaque(Annotation[T]):  # noqa: N801
    """A future or state that is replaced by its result, or a value that is not searched for them."""

    __slots__ = ()


if not TYPE_CHECKING:
    __getattr__ = absent_from(__name__)
