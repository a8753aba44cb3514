"""The key by which later calls of a task find its result, in this run and in others.

Policies can be added (``INPUTS + TASK_SOURCE``), and an input is left out with ``INPUTS - "name"``. Your own policy is
a subclass of `CachePolicy`, or a function: `CachePolicy.from_cache_key_fn`.
"""

from __future__ import annotations

import enum
import hashlib
import inspect
import types
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from holdfast.engine.code.call_identity import digest, state_digest
from holdfast.engine.drive.function_kinds import described_by
from holdfast.substitutes import Substituting, absent_from

if TYPE_CHECKING:
    from holdfast.context import TaskRunContext

    KeyFunction = Callable[[TaskRunContext, dict[str, Any]], str | Awaitable[str | None] | None]

_UNCHANGING: tuple[type[Any], ...] = (str, bytes, int, float, type(None), tuple, frozenset, enum.Enum)

__all__ = [
    "DEFAULT",
    "FLOW_PARAMETERS",
    "INPUTS",
    "NO_CACHE",
    "RUN_ID",
    "TASK_SOURCE",
    "CachePolicy",
    "CompoundCachePolicy",
]


class CachePolicy(Substituting):
    """Decides the key of a task's call: calls with the same key share a result."""

    def compute_key(
        self, task_ctx: TaskRunContext, inputs: Mapping[str, Any], flow_parameters: Mapping[str, Any], **kwargs: Any
    ) -> str | Awaitable[str | None] | None:
        """Return the key, or ``None`` for a call that is not cached. It may be async.

        Raises `ValueError` for inputs that cannot be hashed.
        """
        raise NotImplementedError

    @classmethod
    def from_cache_key_fn(cls, cache_key_fn: KeyFunction) -> CachePolicy:
        """Make a policy of a function, sync or async, that takes the task run's context and the inputs."""
        return _Function(cache_key_fn)

    def __add__(self, other: CachePolicy) -> CachePolicy:
        if not isinstance(other, CachePolicy):
            return NotImplemented
        return CompoundCachePolicy((*_parts(self), *_parts(other)))

    def __sub__(self, other: str) -> CachePolicy:
        if not isinstance(other, str):
            raise TypeError(f"Subtract the name of an input from a policy, not {other!r}.")
        return CompoundCachePolicy(tuple(each._without(other) for each in _parts(self)))

    def _without(self, name: str) -> CachePolicy:
        return self


@dataclass(frozen=True, slots=True)
class CompoundCachePolicy(CachePolicy):
    """Several policies combined: calls share a result only if each policy agrees."""

    policies: tuple[CachePolicy, ...]

    def compute_key(
        self, task_ctx: TaskRunContext, inputs: Mapping[str, Any], flow_parameters: Mapping[str, Any], **kwargs: Any
    ) -> str | Awaitable[str | None] | None:
        """See `CachePolicy`; a policy without a key is ignored."""
        found = [each.compute_key(task_ctx, inputs, flow_parameters, **kwargs) for each in self.policies]
        if any(map(inspect.isawaitable, found)):
            return _awaited(found)
        return _of_all(found)


@dataclass(frozen=True, slots=True)
class _Function(CachePolicy):
    cache_key_fn: KeyFunction

    def compute_key(
        self, task_ctx: TaskRunContext, inputs: Mapping[str, Any], flow_parameters: Mapping[str, Any], **kwargs: Any
    ) -> str | Awaitable[str | None] | None:
        return self.cache_key_fn(task_ctx, dict(inputs))


@dataclass(frozen=True, slots=True)
class _Inputs(CachePolicy):
    exclude: frozenset[str] = frozenset()

    def compute_key(
        self, task_ctx: TaskRunContext, inputs: Mapping[str, Any], flow_parameters: Mapping[str, Any], **kwargs: Any
    ) -> str | None:
        kept = {name: value for name, value in inputs.items() if name not in self.exclude}
        # The key includes the task, so that another task with the same inputs does not get this task's results.
        return _hashed(task_ctx.task.key, *_made_here(task_ctx.task.fn), _digest(kept, "inputs"))

    def _without(self, name: str) -> CachePolicy:
        return _Inputs(self.exclude | {name})


@dataclass(frozen=True, slots=True)
class _TaskSource(CachePolicy):
    def compute_key(
        self, task_ctx: TaskRunContext, inputs: Mapping[str, Any], flow_parameters: Mapping[str, Any], **kwargs: Any
    ) -> str | None:
        function = inspect.unwrap(described_by(task_ctx.task.fn))
        try:
            source = inspect.getsource(function)
        except (OSError, TypeError):
            return _hashed(_code(task_ctx.task.name, function))
        if function.__name__ == "<lambda>":  # one line may have several
            return _hashed(source, _code(task_ctx.task.name, function))
        return _hashed(source)


@dataclass(frozen=True, slots=True)
class _RunId(CachePolicy):
    def compute_key(
        self, task_ctx: TaskRunContext, inputs: Mapping[str, Any], flow_parameters: Mapping[str, Any], **kwargs: Any
    ) -> str | None:
        return str(task_ctx.task_run_id if task_ctx.flow_run is None else task_ctx.flow_run.flow_run_id)


@dataclass(frozen=True, slots=True)
class _FlowParameters(CachePolicy):
    def compute_key(
        self, task_ctx: TaskRunContext, inputs: Mapping[str, Any], flow_parameters: Mapping[str, Any], **kwargs: Any
    ) -> str | None:
        return _digest(flow_parameters, "flow parameters") if flow_parameters else None


@dataclass(frozen=True, slots=True)
class _NoCache(CachePolicy):
    def compute_key(
        self, task_ctx: TaskRunContext, inputs: Mapping[str, Any], flow_parameters: Mapping[str, Any], **kwargs: Any
    ) -> str | None:
        return None


def _of_all(keys: Iterable[Any]) -> str | None:
    found = [each for each in keys if each is not None]
    return _hashed(*found) if found else None


async def _awaited(keys: Iterable[Any]) -> str | None:
    return _of_all([await each if inspect.isawaitable(each) else each for each in keys])


def _parts(policy: CachePolicy) -> tuple[CachePolicy, ...]:
    if isinstance(policy, _NoCache):
        return ()
    return policy.policies if isinstance(policy, CompoundCachePolicy) else (policy,)


def _digest(values: Mapping[str, Any], what: str) -> str:
    found = digest(dict(values))
    if found is None:
        raise ValueError(f"its {what} cannot be hashed; leave out the one that cannot, or give a cache_key_fn.")
    return found


def _code(name: str, function: Any) -> str:
    code = getattr(function, "__code__", None)
    if code is None:
        raise ValueError(f"The source of {name} cannot be read.")
    return state_digest(code, 16)


def _made_here(function: Any) -> Iterator[str]:
    """Yield what distinguishes a task that was made in a function, or is a lambda, from others of its name.

    That is its code, and the numbers and texts that it closes over.
    """
    function = inspect.unwrap(function)
    if not isinstance(function, types.FunctionType) or "<" not in function.__qualname__:
        return
    yield _code(function.__qualname__, function)
    for cell in function.__closure__ or ():
        with suppress(ValueError):  # nothing has been assigned yet
            if isinstance(cell.cell_contents, _UNCHANGING):
                yield digest({"": cell.cell_contents}) or ""


def _hashed(*parts: str) -> str:
    return hashlib.blake2b("\0".join(parts).encode(), digest_size=16).hexdigest()


INPUTS: CachePolicy = _Inputs()
"""The call's inputs to this task. Another task with the same inputs does not share the result."""
TASK_SOURCE: CachePolicy = _TaskSource()
"""The source of the task's function."""
RUN_ID: CachePolicy = _RunId()
"""The flow run: results are not shared with other runs."""
FLOW_PARAMETERS: CachePolicy = _FlowParameters()
"""The parameters of the flow run."""
NO_CACHE: CachePolicy = _NoCache()
"""No key: every call is made."""
DEFAULT: CachePolicy = INPUTS + TASK_SOURCE + RUN_ID
"""The policy of a task with ``persist_result=True`` that names none."""


if not TYPE_CHECKING:
    __getattr__ = absent_from(__name__)
