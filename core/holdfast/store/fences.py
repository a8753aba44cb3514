"""Ownership of a run: what a process records about a run that it executes, and what each of its writes carries.

A process owns a run while the run's row names its host and the number of its execution. Every write that it makes for
the run has both in its WHERE. So a process that has lost its run, for example to a crash that was only assumed, records
nothing more for it.
"""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import ColumnElement, Integer, String, and_, bindparam, literal, or_, select

from holdfast.exceptions import LostUnwind
from holdfast.store.door import Connection
from holdfast.store.statement import Statement
from holdfast.store.tables import flow_run


@dataclass(slots=True, eq=False, weakref_slot=True)
class Fence:
    """A process's ownership of a run.

    The code that executes the run keeps it; the database refers to it only until then.
    """

    run_id: str
    host_id: str | None
    executions: int
    is_over: bool = False
    """Whether the process has recorded the end of its execution, or that it has left the run's code."""

    def advance(self, host_id: str | None, executions: int) -> None:
        """Begin another execution in this process."""
        self.host_id, self.executions, self.is_over = host_id, executions, False

    def end(self) -> None:
        """End the ownership: the run's row names no host."""
        self.host_id, self.is_over = None, True

    def holds(self, columns: Mapping[str, Any]) -> bool:
        """Whether a run's row is as this process left it."""
        return bool(columns["host_id"] == self.host_id and columns["executions"] == self.executions)

    def check(self, columns: Mapping[str, Any]) -> None:
        """Raise `LostUnwind` if another process has the run now."""
        if not self.is_over and not self.holds(columns):
            raise LostUnwind


class Fenced(Protocol):
    """An object with the fences of this process: a database."""

    @property
    def fences(self) -> MutableMapping[str, Fence]:
        """The fences by the ids of their runs."""
        ...


_C = flow_run.c
_IS_FREE = bindparam("free", type_=Integer) == 1
_IS_OWN = and_(
    _C.host_id.is_not_distinct_from(bindparam("holder", type_=String)),
    _C.executions == bindparam("execution", type_=Integer),
)
OWNED: ColumnElement[bool] = and_(_C.id == bindparam("run_id"), or_(_IS_FREE, _IS_OWN))
"""The row of a run that this process may write for; its parameters are ``run_id`` and those of `terms`."""
IS_OWNED = select(literal(1)).where(OWNED).exists()
_OWNER = Statement(select(_C.host_id, _C.executions).where(_C.id == bindparam("run_id")))

FREE: dict[str, Any] = {"free": 1, "holder": None, "execution": None}
"""The parameters for runs that this process does not execute: anybody may write for them."""


def terms(database: Fenced, run_id: str) -> dict[str, Any]:
    """Return the parameters of `OWNED`. A run that this process does not execute may be written for by anybody."""
    fence = database.fences.get(run_id)
    return FREE if fence is None else {"free": 0, "holder": fence.host_id, "execution": fence.executions}


def terms_of_logs(database: Fenced, run_id: str) -> dict[str, Any]:
    """Return the parameters for log lines, which may follow the end: a hook writes them, or the process as it ends."""
    fence = database.fences.get(run_id)
    return FREE if fence is None or fence.is_over else terms(database, run_id)


def check(database: Fenced, connection: Connection, run_id: str) -> None:
    """Raise `LostUnwind` if this process executed the run and another has it now."""
    fence = database.fences.get(run_id)
    if fence is not None:
        host_id, executions = _OWNER.run(connection, run_id=run_id).fetchone()
        if not fence.holds({"host_id": host_id, "executions": executions}):
            raise LostUnwind


def end(database: Fenced, run_id: str) -> None:
    """End the ownership of a run, in the transaction that records the end."""
    fence = database.fences.get(run_id)
    if fence is not None:
        fence.end()
