"""Lengths of time, read in the same way in Python and on the command line.

A number is seconds. A text is a number with a unit, or several of them: ``90s``, ``15m``, ``1h 30m``, ``3d``, ``2w``. A
value that is not a length of time, is not a number or is negative is refused. More than a thousand years counts as no
limit.
"""

from __future__ import annotations

import math
import re
from datetime import timedelta
from decimal import Decimal
from numbers import Real

from holdfast.exceptions import DurationError

Duration = float | str | timedelta
"""Seconds, a timedelta, or text such as ``15m`` or ``3d``."""

UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_PART = re.compile(r"(\d+(?:\.\d+)?) ?([smhdw]?)")
_WHOLE = re.compile(rf"{_PART.pattern}(?: ?(?:\d+(?:\.\d+)? ?[smhdw]))*", re.ASCII)
_NO_END = 1000 * 365 * 86400.0


def seconds_of(given: Duration, what: str) -> float:
    """Return the seconds given for ``what``; infinity for no limit. Raises `DurationError`."""
    seconds = _read(given)
    if seconds is None or math.isnan(seconds):
        raise DurationError(f"{what} is {given!r}; give seconds, a timedelta, or text such as 90s, 15m, 1h 30m or 3d.")
    if seconds < 0:
        raise DurationError(f"{what} is {given!r}; it must be 0 or more.")
    return math.inf if seconds > _NO_END else seconds


def patience_of(given: Duration | None, what: str) -> float | None:
    """Return the seconds that a caller waits, as `limit_of`.

    A negative time, as of a deadline that has passed, counts as zero.
    """
    seconds = None if given is None else _read(given)
    return 0.0 if seconds is not None and seconds < 0 else limit_of(given, what)


def limit_of(given: Duration | None, what: str) -> float | None:
    """Return the seconds after which something ends; ``None`` for no limit, as which infinity counts too."""
    seconds = None if given is None else seconds_of(given, what)
    return None if seconds is None or math.isinf(seconds) else seconds


def _read(given: object) -> float | None:
    if isinstance(given, timedelta):
        return given.total_seconds()
    if isinstance(given, str):
        text = given.strip().lower()
        if not _WHOLE.fullmatch(text):
            return None
        return sum(float(number) * UNITS[unit or "s"] for number, unit in _PART.findall(text))
    if isinstance(given, bool) or not isinstance(given, Real | Decimal):  # no numpy.bool, no array
        return None
    try:
        return float(given)
    except (TypeError, ValueError):
        return None
    except OverflowError:
        return math.inf if given > 0 else -math.inf  # type: ignore[operator]
