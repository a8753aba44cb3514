"""Writing flow runs: creating, moving and ending them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, bindparam, insert, literal, select

from holdfast.event_kinds import EventKind
from holdfast.exceptions import NotClaimed
from holdfast.records import Origin
from holdfast.states import TERMINAL, State, StateType, named, state_words
from holdfast.store import fences, origins, requests
from holdfast.store.database import Database
from holdfast.store.fences import Fence
from holdfast.store.ids import now
from holdfast.store.reset import forget_failures, retry_called
from holdfast.store.rows import StateColumns, from_tags, to_state
from holdfast.store.statement import Statement
from holdfast.store.tables import flow_run, result
from holdfast.store.transitions import Position, link, move, own_position, position, record, subtree

_C = flow_run.c
_INSERTED = (
    "id", "name", "flow_name", "state_type", "state_name", "state_message", "state_at", "created_at", "started_at",
    "executions", "recoveries", "parent_id", "root_id", "host_id", "call", "entrypoint", "working_directory",
    "interpreter", "search_path", "arguments", "parameters", "attempt", "tags",
)  # fmt: skip

_INSERT = Statement(insert(flow_run).values({name: bindparam(name) for name in _INSERTED}))
_INSERT_CHILD = Statement(
    insert(flow_run).from_select(
        _INSERTED,
        select(*(bindparam(name, type_=_C[name].type) for name in _INSERTED)).where(
            select(literal(1)).where(and_(fences.OWNED, _C.request.is_(None))).exists()
        ),
    )
)
_SAVE_RESULT = Statement(insert(result).values(run_id=bindparam("id"), body=bindparam("body")))
_DROP_RESULT = Statement(result.delete().where(result.c.run_id == bindparam("id")))
_RECORDED = Statement(
    select(
        _C.call, _C.id, _C.name, result.c.body.is_not(None), _C.state_type, _C.state_name, _C.state_message, _C.state_at
    )
    .select_from(flow_run.outerjoin(result, result.c.run_id == _C.id))
    .where(_C.parent_id == bindparam("run_id"))
)


@dataclass(frozen=True, slots=True)
class NewRun:
    """The values of a new flow run."""

    id: str
    name: str
    flow_name: str
    state: State
    origin: Origin
    parameters: bytes
    host_id: str | None = None
    parent_id: str | None = None
    root_id: str | None = None
    call: str | None = None
    """The identity by which re-execution of the parent finds this child."""
    tags: frozenset[str] = frozenset()


def create(database: Database, run: NewRun, actor: str) -> Fence | None:
    """Store a new run, and return this process's ownership of it, which the caller keeps while it executes the run.

    Returns ``None``, and stores nothing, if there is a request for its parent, or another process has the parent.
    """
    at = now()
    running = run.state.type is StateType.RUNNING
    values = {
        "id": run.id,
        "name": run.name,
        "flow_name": run.flow_name,
        "state_type": run.state.type.value,
        "state_name": run.state.name,
        "state_message": run.state.message,
        "state_at": at,
        "created_at": at,
        "started_at": at if running else None,
        "executions": int(running),
        "recoveries": 0,
        "parent_id": run.parent_id,
        "root_id": run.root_id or run.id,
        "host_id": run.host_id,
        "call": run.call,
        **origins.columns(run.origin),
        "parameters": run.parameters,
        "attempt": 1,
        "tags": from_tags(run.tags),
    }
    with database.write() as connection:
        if run.parent_id is None:
            _INSERT.run(connection, **values)
        else:
            of_parent = fences.terms(database, run.parent_id)
            if not _INSERT_CHILD.run(connection, **values, run_id=run.parent_id, **of_parent).rowcount:
                return None
        record(connection, run.id, EventKind.STATE, run.state.name, actor, detail=run.state.message, at=at)
        fence = database.fences[run.id] = Fence(run.id, run.host_id, int(running))
    return fence


def set_state(database: Database, run_id: str, to: State, actor: str, **columns: Any) -> State:
    """Move a run, and return its previous state. Raises `InvalidTransition`."""
    with database.write() as connection:
        return move(connection, run_id, to, actor, **columns)


def finish(database: Database, run_id: str, to: State, body: bytes | None, actor: str) -> bool:
    """Move a run to its final state, together with its stored result.

    Returns ``False``, and records nothing, if something holds the run although its code has ended; see `requests.held`.
    Children that an earlier execution left suspended, and that this one did not reach, are cancelled. Raises
    `LostUnwind`, and records nothing, if another process has the run now; so do the functions below.
    """
    with database.write() as connection:
        here = own_position(database, connection, run_id)
        if to.type is not StateType.CANCELLED and requests.held(connection, run_id, here):
            return False
        if body is not None:
            _DROP_RESULT.run(connection, id=run_id)
            _SAVE_RESULT.run(connection, id=run_id, body=body)
        for child in subtree(connection, run_id)[1:]:
            if position(connection, child).state.type not in TERMINAL:
                move(connection, child, named("Cancelled", requests.ENDED_WITHOUT_IT), actor)
        move(connection, run_id, to, actor, here=here)
        if here.request is not None and to.type is not StateType.CANCELLED:
            requests.tell_late(connection, run_id, here, to, actor)
        fences.end(database, run_id)
    return True


def await_retry(database: Database, run_id: str, message: str, attempt: int, actor: str) -> bool:
    """Record that a run's code failed and is retried by the process that it is in, as ``attempt``.

    What failed in it, or waited in vain, is removed. Runs of deployments that it called are scheduled again unless they
    completed. Returns ``False``, and records nothing, if there is a request or a call still waits for a person.
    """
    with database.write() as connection:
        at = own_position(database, connection, run_id)
        if at.request is not None or at.state.name == "Paused":
            return False
        retry_called(connection, run_id, "The run that called it is retried.", actor)
        forget_failures(connection, run_id, actor)
        kept: dict[str, Any] = {"host_id": at.columns["host_id"], "attempt": attempt}
        move(connection, run_id, named("AwaitingRetry", message), actor, **kept)
    return True


def try_again(database: Database, run_id: str, message: str, actor: str) -> bool:
    """Record that a run's code is retried. Return ``False``, and record nothing, if there is a request for it."""
    with database.write() as connection:
        at = own_position(database, connection, run_id)
        if at.request is not None:
            return False
        # It may have been paused and resumed meanwhile, and is Running then.
        executions = at.columns["executions"] + 1
        move(connection, run_id, named("Retrying", message), actor, here=at, executions=executions)
        fence = database.fences.get(run_id)
        if fence is not None:
            fence.advance(at.columns["host_id"], executions)
    return True


def position_of(database: Database, run_id: str) -> Position:
    """Return the position of the run: its state and the current request. Raises `LostUnwind`."""
    with database.read() as connection:
        return own_position(database, connection, run_id)


@dataclass(frozen=True, slots=True)
class RecordedChild:
    """A child run of an earlier execution of its parent."""

    run_id: str
    name: str
    finished: bool
    """Whether its result, or the exception that ended it, can be used again."""
    came_to: StateColumns
    """The columns of its state."""

    @property
    def state(self) -> State:
        """Return its state."""
        return to_state(*self.came_to)


def recorded_children(database: Database, run_id: str) -> dict[str, RecordedChild]:
    """Return the child runs that earlier executions of a run started, by identity."""
    found: dict[str, RecordedChild] = {}
    for call, child, name, stored, *state in database.rows(_RECORDED, run_id=run_id):
        came_to = StateColumns._make(state)
        found[call] = RecordedChild(child, name, came_to.type in TERMINAL and bool(stored), came_to)
    return found


def claimed(database: Database, run_id: str) -> Fence:
    """Return a worker's ownership of a run that it has claimed, for the process that it has started."""
    with database.read() as connection:
        columns = position(connection, run_id).columns
    fence = database.fences[run_id] = Fence(run_id, columns["host_id"], columns["executions"])
    return fence


def _is_claimed_by_another(fence: Fence | None, at: Position) -> bool:
    return fence is not None and not fence.is_over and not fence.holds(at.columns)


def enter(database: Database, run_id: str, host_id: str, actor: str, attempt: int = 1) -> Fence | None:
    """Begin another execution of a run in the process ``host_id``, and return the ownership, like `create`.

    ``attempt`` is its number among the run's attempts.

    Returns ``None`` if its parent is to pause. Raises `NotClaimed` for a root that is not, or no longer, claimed for
    execution by the worker that has started this process.
    """
    with database.write() as connection:
        here, at = link(connection, run_id), position(connection, run_id)
        fence = database.fences.get(run_id)
        if here.parent_id is None:
            if not at.state.is_pending() or _is_claimed_by_another(fence, at):
                raise NotClaimed(f"{here.name} is {state_words(at.state)}: another process has already handled it.")
        elif own_position(database, connection, here.parent_id).request is not None:
            return None
        again = at.state.type in TERMINAL
        entered: dict[str, Any] = {"host_id": host_id, "attempt": attempt}
        move(connection, run_id, named("Retrying" if again else "Running"), actor, here=at, **entered)
        executions = at.columns["executions"] + 1
        if fence is None:
            fence = database.fences[run_id] = Fence(run_id, host_id, executions)
        fence.advance(host_id, executions)
        return fence
