"""Recovering runs whose process has died, and retrying runs that have ended."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import and_, bindparam, select, update

from holdfast.event_kinds import EventKind
from holdfast.records import Host, HostKind, Request
from holdfast.states import State, StateType, named
from holdfast.store import fences
from holdfast.store.database import Database
from holdfast.store.door import Connection
from holdfast.store.ids import at_once, from_time, now
from holdfast.store.origins import why_not_found
from holdfast.store.requests import abandon, can_continue, cancel_suspended, refuse, waits_in_tree
from holdfast.store.reset import retry_tree
from holdfast.store.statement import Statement
from holdfast.store.tables import flow_run, task_run
from holdfast.store.tables import host as host_table
from holdfast.store.transitions import Position, link, move, own_position, position, record, subtree
from holdfast.text import in_command
from holdfast.verbs import Verb

RECOVERIES = 3
"""How often in a row a run is restarted after its process died, before it counts as crashed."""

_C, _T = flow_run.c, task_run.c
_ROOTS = Statement(select(_C.id).where(and_(_C.host_id == bindparam("host"), _C.parent_id.is_(None))).order_by(_C.id))
_LEASE = Statement(select(host_table.c.lease_until).where(host_table.c.id == bindparam("host")))
_LOSE_TASKS = Statement(
    update(task_run)
    .where(and_(_T.flow_run_id == bindparam("run_id"), _T.ended_at.is_(None)))
    .values(
        state_type="CRASHED",
        state_name="Crashed",
        state_message="Its process died.",
        state_at=bindparam("at"),
        ended_at=bindparam("at"),
    )
    .returning(_T.id)
)


def recover(database: Database, host: Host, actor: str) -> list[UUID]:
    """Decide what happens to the runs of a host that has died, and return those runs.

    A run that waits for a person continues to wait. A run that a worker executed is scheduled again, a few times. A run
    that a script executed has crashed. Nothing happens if the host has renewed its lease meanwhile.
    """
    with database.write() as connection:
        if _has_renewed(connection, host):
            return []
        roots = [run_id for (run_id,) in _ROOTS.run(connection, host=host.id.hex).fetchall()]
        for root in roots:
            _recover_root(connection, root, host, actor)
    return [UUID(root) for root in roots]


def _has_renewed(connection: Connection, host: Host) -> bool:
    (until,) = _LEASE.run(connection, host=host.id.hex).fetchone() or (None,)
    return until is not None and from_time(until) > host.lease_until


def lost(database: Database, run_id: UUID, host_id: str, actor: str, *, why: str = "", for_good: bool = False) -> None:
    """Decide what happens to a run whose process died before it had begun, with the reason if that is known.

    A failure that the next process would have, too, is not retried: the run is held until somebody has fixed it.
    """
    with database.write() as connection:
        at = position(connection, run_id.hex)
        if at.state.type is not StateType.PENDING or at.columns["host_id"] != host_id:
            return
        if for_good:
            name = in_command(link(connection, run_id.hex).name, run_id)
            _hold(connection, run_id.hex, f"{why}. Fix that, then run: holdfast resume {name}", actor)
        else:
            _try_again(connection, run_id.hex, at.columns["recoveries"], f"{why}.", actor)


def give_back(database: Database, host_id: str, actor: str) -> None:
    """Reschedule the runs that a stopping worker has claimed, and that no process has begun."""
    with database.write() as connection:
        for (run_id,) in _ROOTS.run(connection, host=host_id).fetchall():
            if position(connection, run_id).state.is_pending():
                move(connection, run_id, named("Scheduled", "Its worker stopped."), actor, due_at=at_once())


def _recover_root(connection: Connection, root: str, host: Host, actor: str) -> None:
    at = position(connection, root)
    why = f"Its process (pid {host.pid} on {host.hostname}) died."
    if at.request is Request.CANCEL:
        move(connection, root, named("Cancelled", why), actor)
    elif host.kind is HostKind.WORKER and at.state.is_pending():
        move(connection, root, named("Scheduled", "Its worker died."), actor, due_at=at_once())
    elif (lost := why_not_found(connection, root)) is not None:
        move(connection, root, named("Crashed", f"{why} It cannot continue: {lost}."), actor)
    elif at.request in (Request.PAUSE, Request.SUSPEND, Request.UNWIND) or waits_in_tree(connection, root):
        _wait_on(connection, root, at, why, actor)
    elif host.kind is HostKind.CHILD:
        _try_again(connection, root, at.columns["recoveries"], why, actor)
    else:
        move(connection, root, named("Crashed", f"{why} Continue from its finished tasks with: holdfast retry"), actor)
    _settle_tree(connection, root, why, actor)


def _wait_on(connection: Connection, root: str, at: Position, why: str, actor: str) -> None:
    """Let a run wait without a process, or continue with its answers, which may be what kills its processes."""
    recoveries = at.columns["recoveries"]
    if not can_continue(connection, root, at):
        abandon(connection, root, why, actor)
    elif recoveries < RECOVERIES:
        abandon(connection, root, why, actor, recoveries=recoveries + 1)
    else:
        _give_up(connection, root, recoveries, why, actor)


def _try_again(connection: Connection, run_id: str, recoveries: int, why: str, actor: str) -> None:
    if position(connection, run_id).state.name == "AwaitingRetry":  # it waited for its own retry
        move(connection, run_id, named("Scheduled", why), actor, due_at=at_once(), recoveries=recoveries + 1)
    elif recoveries < RECOVERIES:
        again = named("AwaitingRetry", f"{why} It is restarted ({recoveries + 1} of {RECOVERIES}).")
        move(connection, run_id, again, actor, due_at=at_once(), recoveries=recoveries + 1)
    else:
        _give_up(connection, run_id, recoveries, why, actor)


def _give_up(connection: Connection, run_id: str, recoveries: int, why: str, actor: str) -> None:
    move(connection, run_id, named("Crashed", f"{why} That was {recoveries + 1} times in a row."), actor)


def _settle_tree(connection: Connection, root: str, why: str, actor: str) -> None:
    """Settle the root's children, and the tasks that were running."""
    fate = position(connection, root).state
    for run_id in subtree(connection, root):
        at = now()
        for (task_run_id,) in _LOSE_TASKS.run(connection, run_id=run_id, at=at).fetchall():
            record(
                connection, run_id, EventKind.STATE, "Crashed", actor, before="Running", detail=why,
                task_run_id=task_run_id, at=at,
            )  # fmt: skip
        here = position(connection, run_id)
        if run_id != root and not here.state.is_final() and here.state.name != "Suspended":
            after = "Cancelled" if here.request is Request.CANCEL else fate.name if fate.is_final() else "Suspended"
            move(connection, run_id, named(after, why), actor)
    if fate.is_final():
        cancel_suspended(connection, root, actor)


def retry(database: Database, run_id: str, actor: str) -> State:
    """Schedule an ended run again, to continue from what it finished, and return its current state.

    What failed in it, or waited in vain, is removed, so that it is done again. Raises `NotRunningError` for a run that
    has not failed, crashed or been cancelled, and `LinkedFlowRunError` for a child run.
    """
    with database.write() as connection:
        refuse(connection, run_id, Verb.RETRY)
        retry_tree(connection, run_id, f"{actor} asked to retry.", actor)
        return position(connection, run_id).state


def hold(database: Database, run_id: UUID, why: str, actor: str) -> None:
    """Suspend a run that was taken from the schedule but whose code cannot be loaded; its waits are kept.

    It is not due, even if it has an answer: the result would be the same. Raises `LostUnwind` if another process has
    it.
    """
    with database.write() as connection:
        own_position(database, connection, run_id.hex)
        _hold(connection, run_id.hex, why, actor)
        fences.end(database, run_id.hex)  # what its process has said until here still goes to its log


def _hold(connection: Connection, run_id: str, why: str, actor: str) -> None:
    move(connection, run_id, named("Suspended", why), actor, due_at=None)
    record(connection, run_id, EventKind.HELD, "Suspended", actor, detail=why)
