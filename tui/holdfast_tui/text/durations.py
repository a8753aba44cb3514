"""Durations in readable form: ages, durations, countdowns."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

Clock = Callable[[], datetime]
"""Returns the time that the app shows as now, aware and in UTC."""

_STEPS = ((86_400, "d", 3_600, "h"), (3_600, "h", 60, "m"), (60, "m", 1, "s"))


def system_clock() -> datetime:
    """Return the current time in UTC."""
    return datetime.now(UTC)


def span(delta: timedelta) -> str:
    """Return a duration in at most two units: ``5s``, ``3m 20s``, ``2h 05m``, ``4d 02h``."""
    seconds = max(0, int(delta.total_seconds()))
    for size, unit, below, lesser in _STEPS:
        if seconds >= size:
            return f"{seconds // size}{unit} {seconds % size // below:02d}{lesser}"
    return f"{seconds}s"


def took(started: datetime, ended: datetime | None, clock: Clock) -> str:
    """Return how long something took or has taken so far; in tenths of a second if it was short and has ended."""
    delta = (ended or clock()) - started
    if ended is not None and delta < timedelta(seconds=10):
        return f"{max(0.0, delta.total_seconds()):.1f}s"
    return span(delta)


def coarse(delta: timedelta) -> str:
    """Return a duration in one unit: ``5s``, ``3m``, ``2h``, ``4d``."""
    return span(delta).split(" ", 1)[0]


def ago(moment: datetime, now: datetime) -> str:
    """Return how long ago something was: ``5s ago``."""
    return f"{coarse(now - moment)} ago"


def countdown(deadline: datetime, now: datetime) -> str:
    """Return the time left until a deadline, in seconds on the last day: ``59:12``, ``3:05:09``, ``4d 02h``."""
    # Rounded up, so that 0:00 is not shown before the deadline.
    seconds = max(0, -int(-(deadline - now).total_seconds() // 1))
    if seconds >= 86_400:
        return span(timedelta(seconds=seconds))
    hours, rest = divmod(seconds, 3_600)
    minutes, seconds = divmod(rest, 60)
    return f"{hours}:{minutes:02d}:{seconds:02d}" if hours else f"{minutes}:{seconds:02d}"


def clock_time(moment: datetime) -> str:
    """Return the local time of day, with seconds."""
    return f"{moment.astimezone():%H:%M:%S}"


def date_time(moment: datetime) -> str:
    """Return the local date and time, with seconds."""
    return f"{moment.astimezone():%Y-%m-%d %H:%M:%S}"


def new_day(before: datetime, after: datetime) -> str | None:
    """Return the local date of ``after`` if it differs from that of ``before``."""
    day = after.astimezone().date()
    return None if day == before.astimezone().date() else f"{day:%Y-%m-%d}"
