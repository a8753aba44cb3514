"""The flow and task runs that are executing here."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Generator
from concurrent.futures import Future
from contextlib import contextmanager
from contextvars import ContextVar, Token
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Thread
from typing import TYPE_CHECKING, Any, Never
from uuid import UUID
from weakref import WeakSet

from holdfast.exceptions import InvalidFlow, OutsideFlowRun
from holdfast.substitutes import Substituting, absent_from

if TYPE_CHECKING:
    from holdfast.engine.code.call_identity import CallCounter
    from holdfast.exceptions import RunUnwind
    from holdfast.flows import Flow
    from holdfast.futures import TaskFuture
    from holdfast.records import Origin
    from holdfast.store.cache import Entry
    from holdfast.store.database import Database
    from holdfast.store.fences import Fence
    from holdfast.store.runs import RecordedChild
    from holdfast.store.tasks import RecordedCall
    from holdfast.task_runners import TaskRunner
    from holdfast.tasks import Task


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(slots=True, eq=False)
class FlowRunContext(Substituting):
    """An execution of a flow run."""

    flow: Flow[..., Any]
    flow_run_id: UUID
    flow_run_name: str
    parameters: dict[str, Any]
    is_async: bool
    parent: FlowRunContext | None
    root_id: UUID
    origin: Origin
    database: Database
    counter: CallCounter
    recorded: dict[str, RecordedCall]
    """Task calls of earlier executions."""
    recorded_names: frozenset[str]
    """The names of those calls."""
    children: dict[str, RecordedChild]
    """Child runs of earlier executions."""
    timeouts: dict[str, int]
    """How many waits of each identity expired in earlier executions."""
    execution: int
    """How often the run's code was started from the top, including this time."""
    log_prints: bool
    actor: str
    """Who executes the run, as its events say."""
    tags: frozenset[str] = frozenset()
    attempt: int = 1
    """The number of this attempt, of those that the flow's ``retries`` allow."""
    fence: Fence | None = None
    """This process's ownership of the run; `None` until it is recorded."""
    instances: dict[int, tuple[object, int]] = field(default_factory=dict[int, tuple[object, int]])
    """Objects whose methods were called as tasks or flows, in the order of their first calls."""
    unstored: bool = False
    """Whether its result is not stored."""
    task_runner: TaskRunner | None = None
    """Created when the first task is submitted."""
    futures: list[TaskFuture[Any]] = field(default_factory=list["TaskFuture[Any]"])
    caught_up: set[str] = field(default_factory=set[str])
    """Scopes of questions in which the code has reached the point where the previous execution stopped. A question that
    it asks after that replaces no other.
    """
    opened: list[str] = field(default_factory=list[str])
    """Waits that were opened here and replaced no other."""
    left_waits: list[UUID] = field(default_factory=list[UUID])
    """Waits whose call was interrupted, for example by a timeout in the user's code."""
    executing: set[Future[None]] = field(default_factory=set[Future[None]])
    """Calls of async tasks that are in progress: an event loop may leave them behind when the flow's code ends."""
    executing_children: set[Future[None]] = field(default_factory=set[Future[None]])
    """Calls of async child flows that are in progress."""
    told: type[RunUnwind] | None = None
    """The exception by which its code was left, or should have been: a call of the engine raised it."""
    unaware: WeakSet[Any] = field(default_factory=WeakSet[Any])
    """The event loop tasks that were running next to its code when it was told to leave, and that may still ask
    questions.
    """
    body: Any = None
    """The event loop task in which its function is executing."""
    unheeded: int = 0
    """How many engine calls its code has made since."""
    thread: int = 0
    """The thread in which its code was called."""
    older_threads: tuple[Thread, ...] = ()
    """The threads that existed at that time, for a run that nothing called."""
    warned: dict[str, object] = field(default_factory=dict[str, object])
    """Messages that its log has already and does not repeat."""

    start_time: datetime = field(default_factory=_now)
    """The time at which this execution began."""

    @staticmethod
    def get() -> FlowRunContext | None:
        """Return the innermost flow run that is executing here, if any.

        In a task it is the run that called the task.
        """
        found = named() or _current.get()
        return None if found is None else found.flow_run

    @property
    def flow_run(self) -> FlowRunContext:
        """The flow run that is executing: this one."""
        return self

    @property
    def id(self) -> UUID:
        """Its id, ``flow_run_id``."""
        return self.flow_run_id

    @property
    def name(self) -> str:
        """Its name, ``flow_run_name``."""
        return self.flow_run_name

    @property
    def run_count(self) -> int:
        """How often its code was started from the top, including this time: ``execution``."""
        return self.execution


@dataclass(slots=True, eq=False)
class TaskRunContext(Substituting):
    """An execution of a task run."""

    task: Task[..., Any]
    task_run_id: UUID
    task_run_name: str
    parameters: dict[str, Any]
    is_async: bool
    flow_run: FlowRunContext | None
    """``None`` for a task that was called outside a flow: such a call is not recorded."""
    log_prints: bool
    tags: frozenset[str] = frozenset()
    attempt: int = 1
    """The number of this attempt, of those that the task's ``retries`` allow."""
    cached_as: Entry | None = None
    """The key under which its result is cached."""
    unstored: bool = False
    """Whether its result is not stored."""
    remote: RemoteCall | None = None
    """Makes the call in another place, if the task runner does that."""
    told: type[RunUnwind] | None = None
    """The same as for a flow run."""
    start_time: datetime = field(default_factory=_now)
    """The time at which the call began."""

    @staticmethod
    def get() -> TaskRunContext | None:
        """Return the innermost task run that is executing here, if any."""
        found = named() or _current.get()
        return found if isinstance(found, TaskRunContext) else None

    @property
    def task_run(self) -> TaskRunContext:
        """The task run that is executing: this one."""
        return self

    @property
    def id(self) -> UUID:
        """Its id, ``task_run_id``."""
        return self.task_run_id

    @property
    def name(self) -> str:
        """Its name, ``task_run_name``."""
        return self.task_run_name

    @property
    def flow_run_id(self) -> UUID | None:
        """The id of its flow run; ``None`` outside a flow."""
        return None if self.flow_run is None else self.flow_run.flow_run_id

    @property
    def run_count(self) -> int:
        """The number of this attempt: ``attempt``."""
        return self.attempt


RemoteCall = Callable[[TaskRunContext], Any]
"""Makes a task's call in another process, and returns or raises what it returns or raises."""

_tags: ContextVar[frozenset[str]] = ContextVar("holdfast_tags", default=frozenset())


@contextmanager
def tags(*new_tags: str) -> Generator[frozenset[str]]:
    """Give tags to the flow and task runs that begin within this block, in addition to those of enclosing blocks.

    Yields all the tags that apply here. Raises `InvalidFlow` for a tag that is not a string.
    """
    if wrong := [each for each in new_tags if not isinstance(each, str)]:
        raise InvalidFlow(f"The tag {wrong[0]!r} is not a string.")
    token = _tags.set(_tags.get() | frozenset(new_tags))
    try:
        yield _tags.get()
    finally:
        _tags.reset(token)


_plain: ContextVar[bool] = ContextVar("holdfast_plain", default=False)


@contextmanager
def plainly() -> Generator[None]:
    """Mark that a plain function of the user is called here, perhaps in an event loop: it cannot await anything."""
    token = _plain.set(True)
    try:
        yield
    finally:
        _plain.reset(token)


def is_plain() -> bool:
    """Whether the engine is calling a plain function here, such as a hook of an async flow."""
    return _plain.get()


def current_tags() -> frozenset[str]:
    """Return the tags that apply here."""
    return _tags.get()


_current: ContextVar[FlowRunContext | TaskRunContext | None] = ContextVar("holdfast_run", default=None)


def current() -> FlowRunContext | TaskRunContext | None:
    """Return the innermost run that is executing here, if any."""
    return _current.get()


def current_flow_run() -> FlowRunContext | None:
    """Return the innermost flow run that is executing here, if any. For a task, it is the run that called it."""
    run = _current.get()
    return None if run is None else run.flow_run


_Run = FlowRunContext | TaskRunContext
_named: ContextVar[tuple[_Run, _Run | None] | None] = ContextVar("holdfast_named", default=None)
"""The run that is being named, and the run in whose code that happens."""


@contextmanager
def naming(run: FlowRunContext | TaskRunContext) -> Generator[None]:
    """Mark that ``run`` is being named: code can look at it, although it is not in the store yet."""
    token = _named.set((run, _current.get()))
    try:
        yield
    finally:
        _named.reset(token)


def named() -> FlowRunContext | TaskRunContext | None:
    """Return the run that is being named here, if any."""
    found = _named.get()
    return found[0] if found is not None and found[1] is _current.get() else None


def _task_of_loop() -> Any:
    """Return the event loop task that is executing here, if any."""
    asyncio = sys.modules.get("asyncio")
    in_loop = asyncio is not None and asyncio._get_running_loop() is not None
    return asyncio.current_task() if asyncio is not None and in_loop else None


def tell(kind: type[RunUnwind], run: FlowRunContext | TaskRunContext | None = None) -> None:
    """Record that the code of ``run`` was told to leave, even if it catches that.

    By default it is the run that executes here.
    """
    run = run or _current.get()
    if run is None:
        return
    asyncio = sys.modules.get("asyncio")
    loop = asyncio and asyncio._get_running_loop()
    if loop is not None and asyncio is not None and isinstance(run, FlowRunContext):
        if run.told is None:
            run.unaware.update(asyncio.all_tasks(loop))
        # Its function waits for the task that is told to leave, or reaches the code after it.
        run.unaware.difference_update({_task_of_loop(), run.body} - {None})
    run.told = kind


def told(run: FlowRunContext) -> type[RunUnwind] | None:
    """Return the exception by which the code executing here was told to leave, in a task of ``run`` or in its flow.

    ``None`` if it may continue.
    """
    here = _current.get()
    return run.told if here is None else here.told or run.told


def may_ask(run: FlowRunContext) -> bool:
    """Whether the code executing here was not told to leave itself, although other code of ``run`` was.

    That is a task, or a coroutine that was running next to the one that was told.
    """
    here = _current.get()
    if run.told is None or here is not run:
        return here is None or here.told is None
    task = _task_of_loop()
    return task is not None and task in run.unaware


def get_run_context() -> FlowRunContext | TaskRunContext:
    """Return the innermost flow run or task run that is executing or being named here. Raises `OutsideFlowRun`."""
    found = named() or _current.get()
    return outside() if found is None else found


def outside() -> Never:
    """Raise `OutsideFlowRun`."""
    raise OutsideFlowRun("There is no run here: this works only inside a flow or task.")


executing: dict[FlowRunContext, None] = {}
"""The runs whose code is executing in this process."""


@contextmanager
def executes(run: FlowRunContext) -> Generator[None]:
    """Mark that the code of ``run`` is executing."""
    run.thread = threading.get_ident()
    if run.parent is None and not run.older_threads:
        run.older_threads = tuple(threading.enumerate())
    executing[run], run.body = None, _task_of_loop()
    try:
        yield
    finally:
        executing.pop(run, None)
        run.body = None


@contextmanager
def apart() -> Generator[None]:
    """Run this block outside of any run, although it began within one: it acts for a run by itself."""
    token = _current.set(None)
    try:
        yield
    finally:
        _current.reset(token)


def enter(run: FlowRunContext | TaskRunContext) -> Token[FlowRunContext | TaskRunContext | None]:
    """Make ``run`` the innermost run here, until `leave`."""
    return _current.set(run)


@contextmanager
def under_way(calls: set[Future[None]]) -> Generator[None]:
    """Keep a future in ``calls`` during this block, and complete it at the end."""
    ended: Future[None] = Future()
    calls.add(ended)
    try:
        yield
    finally:
        calls.discard(ended)
        ended.set_result(None)


def leave(token: Token[FlowRunContext | TaskRunContext | None]) -> None:
    """End what `enter` began."""
    _current.reset(token)


if not TYPE_CHECKING:
    __getattr__ = absent_from(__name__)
