"""What flows and tasks have in common: how their settings are read."""

from __future__ import annotations

import inspect
import math
import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from numbers import Real
from typing import Any

from holdfast.durations import limit_of, seconds_of
from holdfast.engine.drive.function_kinds import is_async_call, is_generator
from holdfast.exceptions import DurationError, InvalidFlow

MOST_DELAYS = 50
"""How many delays of retries may be listed."""
_LONGEST_BACKOFF = 1e30
"""Seconds to which delays that double each time may grow, though nobody waits for the last of them."""


def whole(given: Any, what: str, least: int = 0) -> int:
    """A whole number, of any type for such; what is more than the database can count is as much as it can."""
    number = operator.index(given) if hasattr(given, "__index__") and not isinstance(given, bool) else None
    if number is None or number < least:
        raise InvalidFlow(f"{what} is {given!r}; it is a whole number, {least} or more.")
    return min(number, _MOST)


_MOST = 2**63 - 1


def retries_of(options: Mapping[str, Any]) -> int:
    """How often what failed is tried again."""
    given = options.get("retries")
    return 0 if given is None else whole(given, "retries")


def delays_of(options: Mapping[str, Any]) -> float | Sequence[float] | None:
    """Seconds before each retry: one number for all, or a list, which a function of their number may give."""
    delays = options.get("retry_delay_seconds")
    if callable(delays):
        if is_async_call(delays):
            raise InvalidFlow("retry_delay_seconds is an async function; it is called at once, so give a plain one.")
        delays = delays(retries_of(options))
    if isinstance(delays, Iterable) and not isinstance(delays, str):
        delays = list(delays)
        if len(delays) > MOST_DELAYS:
            raise InvalidFlow(f"retry_delay_seconds lists {len(delays)} delays; {MOST_DELAYS} at most.")
        return [_delay(each) for each in delays]
    return None if delays is None else _delay(delays)


def _delay(given: Any) -> float:
    try:
        seconds = seconds_of(given, "retry_delay_seconds")
    except DurationError as error:
        raise InvalidFlow(str(error)) from error
    if math.isinf(seconds):
        if isinstance(given, int | float) and given <= _LONGEST_BACKOFF:
            return float(given)
        raise InvalidFlow(f"retry_delay_seconds is {given!r}; after a delay without end nothing is tried again.")
    return seconds


def timeout_of(options: Mapping[str, Any]) -> float | None:
    """Seconds that a call may take; 0 is no limit."""
    given = options.get("timeout_seconds")
    try:
        timeout = limit_of(given, "timeout_seconds")
    except DurationError as error:
        raise InvalidFlow(str(error)) from error
    return timeout or None


def lifetime_of(options: Mapping[str, Any]) -> timedelta | None:
    """How long a cached result counts; ``None`` for ever."""
    try:
        seconds = limit_of(options.get("cache_expiration"), "cache_expiration")
    except DurationError as error:
        raise InvalidFlow(str(error)) from error
    return None if seconds is None else timedelta(seconds=seconds)


def text_of(options: Mapping[str, Any], setting: str) -> str | None:
    """A text, if there is one."""
    text = options.get(setting)
    if text is None or isinstance(text, str):
        return text
    raise InvalidFlow(f"{setting} is {text!r}; it is a text.")


def mapping_of(options: Mapping[str, Any], setting: str) -> dict[str, Any]:
    """Values by name; none if nothing is said."""
    given = options.get(setting)
    if given is None:
        return {}
    if not isinstance(given, Mapping) or not all(isinstance(each, str) for each in given):
        raise InvalidFlow(f"{setting} is {given!r}; it is a dict of names and values.")
    return dict(given)


def moment_of(options: Mapping[str, Any], setting: str) -> datetime | None:
    """A date with a time, if there is one."""
    given = options.get(setting)
    if given is None or isinstance(given, datetime):
        return given
    raise InvalidFlow(f"{setting} is {given!r}; it is an aware datetime, such as datetime.now(UTC).")


def flag_of(options: Mapping[str, Any], setting: str) -> bool | None:
    """Yes, no, or nothing said."""
    flag = options.get(setting)
    if flag is None or isinstance(flag, bool):
        return flag
    raise InvalidFlow(f"{setting} is {flag!r}; it is True or False.")


def tags_of(options: Mapping[str, Any]) -> tuple[str, ...]:
    """The tags that a setting lists, each once."""
    return texts_of(options, "tags")


def texts_of(options: Mapping[str, Any], setting: str) -> tuple[str, ...]:
    """The texts that a setting lists, each once."""
    given = options.get(setting)
    if given is None:
        return ()
    found = None if isinstance(given, str) or not isinstance(given, Iterable) else list(given)
    if found is None or not all(isinstance(each, str) for each in found):
        raise InvalidFlow(f"{setting} is {given!r}; it is a list of texts.")
    return tuple(dict.fromkeys(found))


def jitter_of(options: Mapping[str, Any]) -> float | None:
    """By what part delays may be longer."""
    factor = options.get("retry_jitter_factor")
    is_number = isinstance(factor, Real) and not isinstance(factor, bool)
    if factor is None or (is_number and 0 <= factor < math.inf):
        return factor
    raise InvalidFlow(f"retry_jitter_factor is {factor!r}; it is a number, 0 or more.")


def runner_of(options: Mapping[str, Any]) -> Any:
    """Where submitted tasks run: an object, or a class of such, of which one is made."""
    given = options.get("task_runner")
    runner = given() if isinstance(given, type) else given
    if runner is not None and not all(callable(getattr(runner, each, None)) for each in ("submit", "duplicate")):
        raise InvalidFlow(f"task_runner is {given!r}; it is one of holdfast.task_runners, or a subclass of TaskRunner.")
    return runner


def signature_of(function: Callable[..., Any], what: str) -> inspect.Signature:
    """What it takes. Raises `InvalidFlow` for a function in C that does not say, and for parameters that calls take."""
    try:
        signature = inspect.signature(function)
    except ValueError:
        raise InvalidFlow(f"@{what}: {function!r} does not say what it takes; call it in a function.") from None
    taken = [each for each in RESERVED if each in signature.parameters]
    if taken:
        raise InvalidFlow(f"@{what}: {taken[0]} is an argument of every call; name the parameter differently.")
    return signature


RESERVED = ("return_state", "wait_for")
"""What calls take for themselves."""


def hooks_of(options: Mapping[str, Any], setting: str) -> list[Any]:
    """The functions that a setting lists."""
    found = options.get(setting)
    found = () if found is None else found
    if callable(found) or isinstance(found, str) or not isinstance(found, Iterable):
        raise InvalidFlow(f"{setting} is {found!r}; it is a list of functions.")
    return [checked(each, setting) for each in found]


def checked(function: Any, setting: str) -> Any:
    """A function that is called beside a run, sync or async. Raises `InvalidFlow` for what cannot be called so."""
    if not callable(function):
        raise InvalidFlow(f"{setting} got {function!r}, which is no function.")
    if is_generator(function):
        raise InvalidFlow(f"{setting} got {function!r}, which yields; it has to return.")
    return function


def name_of(options: Mapping[str, Any], setting: str) -> Any:
    """A template, or a function, that names runs."""
    name = options.get(setting)
    return name if name is None or isinstance(name, str) else checked(name, setting)
