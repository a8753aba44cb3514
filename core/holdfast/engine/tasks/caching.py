"""Results that later calls of a task reuse, in this run and in others."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator
from concurrent.futures import Future
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from logging import ERROR, WARNING
from typing import TYPE_CHECKING, Any

from holdfast import context
from holdfast.engine import results
from holdfast.engine.code.methods import holder_of
from holdfast.engine.drive import tracebacks
from holdfast.engine.drive.effects import InvokeEither, Logic
from holdfast.exceptions import MissingResult
from holdfast.logging import store_line
from holdfast.signals import Join
from holdfast.states import State
from holdfast.store import cache
from holdfast.store.door import Location

if TYPE_CHECKING:
    from holdfast.tasks import Task

_MISSING = object()


def is_cached(task: Task[..., Any], run: context.FlowRunContext) -> bool:
    """Whether a task's results are reused by later calls: set by the task, or by its flow's ``persist_result``."""
    if task.caches is None:
        return run.flow.persist_result is True and task.cache_policy is not None
    return task.caches


def cached(here: context.TaskRunContext, make: Logic[State], use: Callable[[Any], Logic[State]]) -> Logic[State]:
    """Make a call, unless the result of an earlier one can be reused: then ``use`` that.

    Among simultaneous calls with the same key in this process, one is made and the others wait for it.
    """
    run = here.flow_run
    assert run is not None
    key = yield from _key(here)
    if key is None:
        return (yield from make)
    task = here.task
    lifetime = None if task.cache_expiration is None else round(task.cache_expiration.total_seconds() * 1_000_000)
    here.cached_as = cache.Entry(key, lifetime, replaces=task.refresh_cache)
    place = (run.database.location, key)
    if place in _holding.get():
        return (yield from make)
    mine: Future[None] = Future()
    while (holder := _locks.take(place, mine, task.is_async)) is not mine:
        if holder is None:
            return (yield from make)
        yield Join(holder)
    try:
        if not task.refresh_cache and (value := _find(here, key)) is not _MISSING:
            return (yield from use(value))
        with _held(place):
            return (yield from make)
    finally:
        _locks.give_back(place, mine)


def _key(here: context.TaskRunContext) -> Logic[str | None]:
    """Return the call's key; ``None``, with a line in the log, if there is none."""
    policy, run = here.task.cache_policy, here.flow_run
    assert policy is not None
    assert run is not None
    instance = holder_of(here.task.fn)
    inputs = here.parameters if instance is None else {"self": instance, **here.parameters}
    token = context.enter(here)
    try:
        key: str | None = yield InvokeEither(policy.compute_key, (here, inputs, run.parameters))
        return key
    except ValueError as error:
        store_line(here, WARNING, f"It is not cached: {error}")
    except Exception as error:  # noqa: BLE001 - a function of the user's
        text = tracebacks.text_of(error)
        store_line(here, ERROR, f"It is not cached, because its cache key cannot be computed.\n{text}")
    finally:
        context.leave(token)
    return None


def _find(here: context.TaskRunContext, key: str) -> Any:
    assert here.flow_run is not None
    body = cache.find(here.flow_run.database, key)
    if body is None:
        return _MISSING
    lacking: list[str] = []
    try:
        value = results.decode(body, lacking)
        why = f"in the cached result, {'; '.join(lacking)}." if lacking else None
    except MissingResult as error:
        value, why = _MISSING, str(error)
    if why is None:
        return value
    store_line(here, WARNING, f"It runs again: {why}")
    assert here.cached_as is not None
    here.cached_as = replace(here.cached_as, replaces=True)
    return _MISSING


Place = tuple[Location, str]

_holding: ContextVar[frozenset[Place]] = ContextVar("holdfast_cache_keys", default=frozenset())
"""Keys of the enclosing calls: a call inside itself does not wait for itself."""


@contextmanager
def _held(place: Place) -> Generator[None]:
    token = _holding.set(_holding.get() | {place})
    try:
        yield
    finally:
        _holding.reset(token)


class _Locks:
    """The keys that are being computed, and by which calls."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._taken: dict[Place, tuple[Future[None], int]] = {}

    def take(self, place: Place, mine: Future[None], is_async: bool) -> Future[None] | None:
        """Return ``mine`` if this call gets the key, otherwise the future that is done when the key is free.

        ``None`` if waiting for it would block the thread that it needs.
        """
        thread = threading.get_ident()
        with self._lock:
            holder, of_thread = self._taken.setdefault(place, (mine, thread))
        return holder if holder is mine or is_async or of_thread != thread else None

    def give_back(self, place: Place, mine: Future[None]) -> None:
        """Free the key."""
        with self._lock:
            del self._taken[place]
        mine.set_result(None)


_locks = _Locks()
