"""What the running flow or task is."""

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
    """The names that those calls had."""
    children: dict[str, RecordedChild]
    """Child runs of earlier executions."""
    timeouts: dict[str, int]
    """How many waits of which identity expired in earlier executions."""
    execution: int
    """How often the run's code was started from the top, this time included."""
    log_prints: bool
    actor: str
    """Who runs it, as its events say."""
    tags: frozenset[str] = frozenset()
    attempt: int = 1
    """Which try this is of those that the flow's ``retries`` allow."""
    fence: Fence | None = None
    """This process's hold of the run; `None` until that is recorded."""
    instances: dict[int, tuple[object, int]] = field(default_factory=dict)
    """Objects whose methods were called as tasks or flows, and in which order they first were."""
    unstored: bool = False
    """Its result is not to be stored."""
    task_runner: TaskRunner | None = None
    """Made when the first task is submitted."""
    futures: list[TaskFuture[Any]] = field(default_factory=list)
    caught_up: set[str] = field(default_factory=set)
    """Scopes of questions in which the code has come to where the execution before stood: what it asks from there on
    takes no other question's place."""
    opened: list[str] = field(default_factory=list)
    """Waits that were opened here and took no other's place."""
    left_waits: list[UUID] = field(default_factory=list)
    """Waits whose call was broken off, by a timeout of the user's own for example."""
    executing: set[Future[None]] = field(default_factory=set)
    """Calls of async tasks that are under way: an event loop may leave them behind when the flow's code ends."""
    executing_children: set[Future[None]] = field(default_factory=set)
    """The same of async child flows."""
    told: type[RunUnwind] | None = None
    """What its code was left with, or ought to have been: it was told so by a call of the engine."""
    unaware: WeakSet[Any] = field(default_factory=WeakSet)
    """The tasks of the event loop that were under way beside its code when it was told, and may ask for themselves."""
    body: Any = None
    """The task of the event loop that its function is executing in."""
    unheeded: int = 0
    """How many calls of the engine its code has made since."""
    thread: int = 0
    """The thread that its code was called in."""
    older_threads: tuple[Thread, ...] = ()
    """The threads that there were by then, of a run that nothing called."""
    warned: dict[str, object] = field(default_factory=dict)
    """What its log has said and is not to say again."""

    start_time: datetime = field(default_factory=_now)
    """When this execution of it began."""

    @staticmethod
    def get() -> FlowRunContext | None:
        """The innermost flow run that is executing here, if any: in a task the one that called it."""
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
        """How often its code was started from the top, this time included: ``execution``."""
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
    """``None`` for a task that was called outside a flow: nothing of it is recorded."""
    log_prints: bool
    tags: frozenset[str] = frozenset()
    attempt: int = 1
    """Which try this is of those that the task's ``retries`` allow."""
    cached_as: Entry | None = None
    """What its result is to be cached as."""
    unstored: bool = False
    """Its result is not to be stored."""
    remote: RemoteCall | None = None
    """Makes the call elsewhere than here, where the task runner does that."""
    told: type[RunUnwind] | None = None
    """As of a flow run."""
    start_time: datetime = field(default_factory=_now)
    """When the call began."""

    @staticmethod
    def get() -> TaskRunContext | None:
        """The innermost task run that is executing here, if any."""
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
        """Which try of it this is: ``attempt``."""
        return self.attempt


RemoteCall = Callable[[TaskRunContext], Any]
"""Makes a task's call in another process, and gives what it returns or raises what it raises."""

_tags: ContextVar[frozenset[str]] = ContextVar("holdfast_tags", default=frozenset())


@contextmanager
def tags(*new_tags: str) -> Generator[frozenset[str]]:
    """While this lasts, flow and task runs that begin here have these tags, beside those of enclosing blocks.

    Gives all the tags that are in force. Raises `InvalidFlow` for a tag that is no text.
    """
    if wrong := [each for each in new_tags if not isinstance(each, str)]:
        raise InvalidFlow(f"The tag {wrong[0]!r} is no text.")
    token = _tags.set(_tags.get() | frozenset(new_tags))
    try:
        yield _tags.get()
    finally:
        _tags.reset(token)


_plain: ContextVar[bool] = ContextVar("holdfast_plain", default=False)


@contextmanager
def plainly() -> Generator[None]:
    """While this lasts a plain function of the user's is called, perhaps in an event loop: it can await nothing."""
    token = _plain.set(True)
    try:
        yield
    finally:
        _plain.reset(token)


def is_plain() -> bool:
    """Whether the engine calls a plain function here, such as a hook of an async flow's."""
    return _plain.get()


def current_tags() -> frozenset[str]:
    """The tags that are in force here."""
    return _tags.get()


_current: ContextVar[FlowRunContext | TaskRunContext | None] = ContextVar("holdfast_run", default=None)


def current() -> FlowRunContext | TaskRunContext | None:
    """The innermost run that is executing here, if any."""
    return _current.get()


def current_flow_run() -> FlowRunContext | None:
    """The innermost flow run that is executing here, if any: a task's is the one that called it."""
    run = _current.get()
    return None if run is None else run.flow_run


_Run = FlowRunContext | TaskRunContext
_named: ContextVar[tuple[_Run, _Run | None] | None] = ContextVar("holdfast_named", default=None)
"""The run that gets its name, and in which run's code that happens."""


@contextmanager
def naming(run: FlowRunContext | TaskRunContext) -> Generator[None]:
    """While this lasts, ``run`` gets its name: it is there to be looked at, and not in the store yet."""
    token = _named.set((run, _current.get()))
    try:
        yield
    finally:
        _named.reset(token)


def named() -> FlowRunContext | TaskRunContext | None:
    """The run that gets its name here, if any."""
    found = _named.get()
    return found[0] if found is not None and found[1] is _current.get() else None


def _task_of_loop() -> Any:
    """The task of the event loop that executes here, if one does."""
    asyncio = sys.modules.get("asyncio")
    in_loop = asyncio is not None and asyncio._get_running_loop() is not None
    return asyncio.current_task() if asyncio is not None and in_loop else None


def tell(kind: type[RunUnwind], run: FlowRunContext | TaskRunContext | None = None) -> None:
    """Note that the code of ``run``, by default what executes here, is told to leave, whatever it makes of it."""
    run = run or _current.get()
    if run is None:
        return
    asyncio = sys.modules.get("asyncio")
    loop = asyncio and asyncio._get_running_loop()
    if loop is not None and asyncio is not None and isinstance(run, FlowRunContext):
        if run.told is None:
            run.unaware.update(asyncio.all_tasks(loop))
        # Its function waits for the one that is told, or comes to what follows from it.
        run.unaware.difference_update({_task_of_loop(), run.body} - {None})
    run.told = kind


def told(run: FlowRunContext) -> type[RunUnwind] | None:
    """What the code was told that executes here, in a task of ``run`` or in its flow; ``None`` if it may go on."""
    here = _current.get()
    return run.told if here is None else here.told or run.told


def may_ask(run: FlowRunContext) -> bool:
    """Whether the code that executes here was not told to leave itself, though other code of ``run`` was.

    That is a task, or a coroutine that was under way beside the one that was told.
    """
    here = _current.get()
    if run.told is None or here is not run:
        return here is None or here.told is None
    task = _task_of_loop()
    return task is not None and task in run.unaware


def get_run_context() -> FlowRunContext | TaskRunContext:
    """The innermost flow run or task run that is executing here, or gets its name. Raises `OutsideFlowRun`."""
    found = named() or _current.get()
    return outside() if found is None else found


def outside() -> Never:
    """Raise `OutsideFlowRun`."""
    raise OutsideFlowRun("There is no run here: this works inside a flow or task only.")


executing: dict[FlowRunContext, None] = {}
"""The runs whose code is executing in this process."""


@contextmanager
def executes(run: FlowRunContext) -> Generator[None]:
    """While this lasts, the code of ``run`` is executing."""
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
    """While this lasts, what executes here is of no run, though it was begun in one: it acts for a run by itself."""
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
    """While this lasts there is a future among ``calls``, which is done when it ends."""
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
