"""The engine, which is loaded at the first call of a flow or a task, and not before.

The engine and the store take most of the time that Holdfast needs to load. A module that only defines flows needs
neither.
"""

from __future__ import annotations

from abc import abstractmethod
from functools import cache
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from holdfast.flows import Flow
    from holdfast.futures import TaskFuture
    from holdfast.tasks import Task


class Engine(Protocol):
    """What `holdfast.first_call` offers."""

    @abstractmethod
    def call_flow(
        self,
        flow: Flow[..., Any],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        wait_for: tuple[Any, ...],
        return_state: bool,
    ) -> Any:
        """Call a flow."""

    @abstractmethod
    def call_task(
        self, task: Task[..., Any], arguments: dict[str, Any], wait_for: tuple[Any, ...], return_state: bool
    ) -> Any:
        """Call a task."""

    @abstractmethod
    def submit_task(
        self, task: Task[..., Any], arguments: dict[str, Any], wait_for: tuple[Any, ...]
    ) -> TaskFuture[Any]:
        """Have a task runner call a task."""


@cache
def engine() -> Engine:
    """Return the engine, and load it first where this is the first call."""
    from holdfast import first_call  # see above

    return first_call
