"""How the settings that flows and tasks share are read."""

from __future__ import annotations

import inspect
import math
import operator
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from numbers import Real
from typing import TYPE_CHECKING, Any

from holdfast.durations import limit_of, seconds_of
from holdfast.engine.drive.function_kinds import is_async_call, is_generator
from holdfast.exceptions import DurationError, InvalidFlow
from holdfast.type_guards import is_iterable, is_mapping

if TYPE_CHECKING:
    from holdfast.task_runners import TaskRunner

MOST_DELAYS = 50
"""The maximum number of retry delays in a list."""
_LONGEST_BACKOFF = 1e30
"""Seconds to which delays that double each time may grow. Nobody waits for the last of them."""


def whole(given: Any, what: str, least: int = 0) -> int:
    """Return a whole number of any integer type.

    A number larger than the database can hold is reduced to its maximum.
    """
    number = operator.index(given) if hasattr(given, "__index__") and not isinstance(given, bool) else None
    if number is None or number < least:
        raise InvalidFlow(f"{what} is {given!r}; it must be a whole number, {least} or more.")
    return min(number, _MOST)


_MOST = 2**63 - 1


def retries_of(options: Mapping[str, Any]) -> int:
    """Return the number of retries."""
    given = options.get("retries")
    return 0 if given is None else whole(given, "retries")


def delays_of(options: Mapping[str, Any]) -> float | Sequence[float] | None:
    """Return the seconds before each retry: one number for all, or a list, which a function may return."""
    delays = _given_delays(options)
    if is_iterable(delays) and not isinstance(delays, str):
        delays = list(delays)
        if len(delays) > MOST_DELAYS:
            raise InvalidFlow(f"retry_delay_seconds lists {len(delays)} delays; at most {MOST_DELAYS} are allowed.")
        return [_delay(each) for each in delays]
    return None if delays is None else _delay(delays)


def _given_delays(options: Mapping[str, Any]) -> Any:
    given = options.get("retry_delay_seconds")
    if not callable(given):
        return given
    if is_async_call(given):
        raise InvalidFlow(
            "retry_delay_seconds is an async function; it is called synchronously, so give a plain function."
        )
    return given(retries_of(options))


_REALS: tuple[type[Any], ...] = (Real,)


def _delay(given: Any) -> float:
    try:
        seconds = seconds_of(given, "retry_delay_seconds")
    except DurationError as error:
        raise InvalidFlow(str(error)) from error
    if math.isinf(seconds):
        if isinstance(given, int | float) and given <= _LONGEST_BACKOFF:
            return float(given)
        raise InvalidFlow(f"retry_delay_seconds is {given!r}; a delay must be finite.")
    return seconds


def timeout_of(options: Mapping[str, Any]) -> float | None:
    """Return the seconds that a call may take; 0 means no limit."""
    given = options.get("timeout_seconds")
    try:
        timeout = limit_of(given, "timeout_seconds")
    except DurationError as error:
        raise InvalidFlow(str(error)) from error
    return timeout or None


def lifetime_of(options: Mapping[str, Any]) -> timedelta | None:
    """Return how long a cached result is valid; ``None`` for ever."""
    try:
        seconds = limit_of(options.get("cache_expiration"), "cache_expiration")
    except DurationError as error:
        raise InvalidFlow(str(error)) from error
    return None if seconds is None else timedelta(seconds=seconds)


def text_of(options: Mapping[str, Any], setting: str) -> str | None:
    """Return a string setting, if it is given."""
    text = options.get(setting)
    if text is None or isinstance(text, str):
        return text
    raise InvalidFlow(f"{setting} is {text!r}; it must be a string.")


def mapping_of(options: Mapping[str, Any], setting: str) -> dict[str, Any]:
    """Return a mapping setting; empty if it is not given."""
    given = options.get(setting)
    if given is None:
        return {}
    if not is_mapping(given) or not all(isinstance(each, str) for each in given):
        raise InvalidFlow(f"{setting} is {given!r}; it must be a dict of names and values.")
    return dict(given)


def moment_of(options: Mapping[str, Any], setting: str) -> datetime | None:
    """Return a datetime setting, if it is given."""
    given = options.get(setting)
    if given is None or isinstance(given, datetime):
        return given
    raise InvalidFlow(f"{setting} is {given!r}; it must be an aware datetime, such as datetime.now(UTC).")


def flag_of(options: Mapping[str, Any], setting: str) -> bool | None:
    """Return a boolean setting; ``None`` if it is not given."""
    flag = options.get(setting)
    if flag is None or isinstance(flag, bool):
        return flag
    raise InvalidFlow(f"{setting} is {flag!r}; it must be True or False.")


def tags_of(options: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the tags in a setting, without duplicates."""
    return texts_of(options, "tags")


def texts_of(options: Mapping[str, Any], setting: str) -> tuple[str, ...]:
    """Return the strings in a setting, without duplicates."""
    given = options.get(setting)
    if given is None:
        return ()
    found = None if isinstance(given, str) or not is_iterable(given) else list(given)
    if found is None or not all(isinstance(each, str) for each in found):
        raise InvalidFlow(f"{setting} is {given!r}; it must be a list of strings.")
    return tuple(dict.fromkeys(found))


def jitter_of(options: Mapping[str, Any]) -> float | None:
    """Return the fraction by which delays may be longer."""
    factor = options.get("retry_jitter_factor")
    is_number = isinstance(factor, _REALS) and not isinstance(factor, bool)
    if factor is None or (is_number and 0 <= factor < math.inf):
        return factor
    raise InvalidFlow(f"retry_jitter_factor is {factor!r}; it must be a number, 0 or more.")


def runner_of(options: Mapping[str, Any]) -> TaskRunner | None:
    """Return where submitted tasks run: an object, or a class, of which one object is made."""
    given = options.get("task_runner")
    runner: TaskRunner | None = given() if isinstance(given, type) else given
    if runner is not None and not all(callable(getattr(runner, each, None)) for each in ("submit", "duplicate")):
        raise InvalidFlow(
            f"task_runner is {given!r}; it must be one of holdfast.task_runners, or a subclass of TaskRunner."
        )
    return runner


def signature_of(function: Callable[..., Any], what: str) -> inspect.Signature:
    """Return its signature. Raises `InvalidFlow` for a C function without one, and for reserved parameter names."""
    try:
        signature = inspect.signature(function)
    except ValueError:
        raise InvalidFlow(f"@{what}: {function!r} has no readable signature; wrap it in a function.") from None
    taken = [each for each in RESERVED if each in signature.parameters]
    if taken:
        raise InvalidFlow(f"@{what}: {taken[0]} is reserved as an argument of every call; rename the parameter.")
    return signature


RESERVED = ("return_state", "wait_for")
"""The arguments that calls take for themselves."""


def hooks_of(options: Mapping[str, Any], setting: str) -> list[Any]:
    """Return the functions in a setting."""
    found = options.get(setting)
    found = () if found is None else found
    if callable(found) or isinstance(found, str) or not is_iterable(found):
        raise InvalidFlow(f"{setting} is {found!r}; it must be a list of functions.")
    return [checked(each, setting) for each in found]


def checked(function: Any, setting: str) -> Any:
    """Return a function that the engine calls, sync or async. Raises `InvalidFlow` if it cannot be called that way."""
    if not callable(function):
        raise InvalidFlow(f"{setting} got {function!r}, which is not a function.")
    if is_generator(function):
        raise InvalidFlow(f"{setting} got {function!r}, which yields; it must return.")
    return function


def name_of(options: Mapping[str, Any], setting: str) -> Any:
    """Return the template, or the function, that names runs."""
    name = options.get(setting)
    return name if name is None or isinstance(name, str) else checked(name, setting)
