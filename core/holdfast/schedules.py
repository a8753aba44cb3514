"""When deployments run by themselves. Everything here is pure: times go in, times come out.

A schedule is a cron expression, an interval or an RFC 5545 rule. Times are aware; results are in UTC.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from heapq import merge
from itertools import islice
from typing import TYPE_CHECKING, Any, Never

from holdfast.durations import UNITS, Duration, seconds_of
from holdfast.exceptions import DurationError, ScheduleError
from holdfast.substitutes import Substituting, absent_from, check_settings
from holdfast.type_guards import is_iterable, is_mapping

ON_TIME = timedelta(seconds=60)
"""How late a run may begin without counting as missed."""

CRON_ALIASES = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}
"""Short names of cron expressions."""
_ANCHOR = datetime(2000, 1, 1, tzinfo=UTC)
"""The start of counting for schedules that do not belong to a deployment yet."""
_LONGEST = 100 * 366 * 86400
_LOOKS_BACK = (timedelta(hours=1), timedelta(days=2), timedelta(days=400))


class CatchUp(StrEnum):
    """What to do about times that passed while no worker was running."""

    ONCE = "once"
    """One run for all of them."""
    ALL = "all"
    """A run for each of them."""
    SKIP = "skip"
    """No run."""


@dataclass(frozen=True, slots=True, init=False)
class Schedule(Substituting):
    """A rule for when a deployment runs: ``Schedule(cron="0 6 * * *")``, or made by `Cron`, `Interval` or `RRule`."""

    kind: str
    """``cron``, ``interval`` or ``rrule``."""
    rule: str
    """The expression, or the seconds of an interval."""
    timezone: str
    """The name of the time zone of cron expressions and rules."""
    anchor: datetime | None
    """Where intervals and rules begin to count; by default when the deployment got the schedule."""
    day_or: bool
    """Whether a cron expression with days of the month and weekdays runs on days that are either, not only on days that
    are both.
    """

    def __init__(
        self,
        kind: str | None = None,
        rule: str = "",
        timezone: str | None = None,
        anchor: datetime | None = None,
        day_or: bool = True,
        *,
        cron: str | None = None,
        interval: Duration | None = None,
        rrule: str | None = None,
        **unknown: Never,
    ) -> None:
        """Take one of ``cron``, ``interval`` and ``rrule``; see the functions with these names.

        Raises `ScheduleError`. A stored schedule has its ``kind`` and ``rule`` instead, which are not checked.
        """
        check_settings(unknown, (*_MAKERS, "timezone", "anchor", "day_or"), "Schedule")
        if kind is None:
            given = {"cron": cron, "interval": interval, "rrule": rrule, "timezone": timezone, "anchor": anchor}
            given |= {} if day_or is True else {"day_or": day_or}
            made = _from_mapping({name: value for name, value in given.items() if value is not None}, "UTC")
            kind, rule, anchor = made.kind, made.rule, made.anchor
        for name, value in zip(
            self.__slots__, (kind, rule, "UTC" if timezone is None else timezone, anchor, day_or), strict=True
        ):
            object.__setattr__(self, name, value)

    @property
    def cron(self) -> str | None:
        """The cron expression, if it is one."""
        return self.rule if self.kind == "cron" else None

    @property
    def interval(self) -> timedelta | None:
        """The time between two runs, if it is an interval."""
        return timedelta(seconds=float(self.rule)) if self.kind == "interval" else None

    @property
    def rrule(self) -> str | None:
        """The recurrence rule, if it is one."""
        return self.rule if self.kind == "rrule" else None

    def __str__(self) -> str:
        if self.kind == "interval":
            return f"every {_plain_interval(float(self.rule))}"
        rule = self.rule.replace("\n", " ")
        said = [] if self.timezone == "UTC" else [self.timezone]
        said += [] if self.day_or else ["both days"]
        return f"{self.kind} {rule} ({', '.join(said)})" if said else f"{self.kind} {rule}"


def Cron(  # noqa: N802 - named as in Prefect
    cron: str, /, timezone: str | None = None, day_or: bool = True, **unknown: Never
) -> Schedule:
    """Make a schedule from a cron expression with five fields, or six with seconds first, or a name such as ``@daily``.

    It is in the time zone ``timezone``, by default UTC. An expression with days of the month and weekdays runs on days
    that are either, and with ``day_or=False`` only on days that are both, such as a Friday the 13th. When the clocks
    change, a time that does not exist runs right after the gap, and one that comes twice runs once. Schedules of every
    hour or minute continue unchanged. Raises `ScheduleError`.
    """
    check_settings(unknown, ("timezone", "day_or"), "Cron")
    if not isinstance(cron, str) or not isinstance(day_or, bool):
        raise ScheduleError(
            f"Cron takes an expression and day_or=True or False, not {cron!r} and {day_or!r}; "
            "to give a schedule that Cron, Interval or RRule made, use schedule=."
        )
    schedule = Schedule("cron", cron.strip(), timezone, day_or=day_or)
    if not next_times(schedule, _ANCHOR, 1):
        raise ScheduleError(f"The cron expression {cron!r} is invalid: it never matches a time.")
    return schedule


def Interval(  # noqa: N802
    interval: Duration, /, anchor: datetime | None = None, **unknown: Never
) -> Schedule:
    """Make a schedule that repeats after a length of time: seconds, a timedelta, or text such as ``15m`` or ``1h``.

    It counts elapsed time from ``anchor``, even if clocks change. Raises `ScheduleError`.
    """
    check_settings(unknown, ("anchor",), "Interval")
    seconds = _seconds(interval)
    if not 1 <= seconds <= _LONGEST:
        raise ScheduleError(f"An interval of {interval!r} is invalid: it must be from 1 second to 100 years.")
    return Schedule("interval", repr(seconds), anchor=_aware(anchor))


def RRule(  # noqa: N802
    rrule: str, /, timezone: str | None = None, anchor: datetime | None = None, **unknown: Never
) -> Schedule:
    """Make a schedule from a recurrence rule (RFC 5545), such as ``FREQ=WEEKLY;BYDAY=MO,TH;BYHOUR=9``.

    It is in the time zone ``timezone``, by default UTC, and counts from its own DTSTART, otherwise from ``anchor``. An
    UNTIL, EXDATE or RDATE without a time zone uses that one, too. An EXDATE that is a date excludes that day. Rules by
    the hour or shorter that name no hours count elapsed time. Raises `ScheduleError`.
    """
    check_settings(unknown, ("timezone", "anchor"), "RRule")
    if not isinstance(rrule, str):
        raise ScheduleError(f"RRule takes a recurrence rule as text, not {rrule!r}.")
    if not re.search("FREQ=|RDATE", rrule, re.IGNORECASE):
        raise ScheduleError(f"The rule {rrule!r} is invalid: it has no FREQ, such as FREQ=DAILY.")
    schedule = Schedule("rrule", rrule.strip(), timezone, _aware(anchor))
    next_times(schedule, schedule.anchor or _ANCHOR, 1)
    return schedule


def next_times(schedule: Schedule, after: datetime, n: int) -> list[datetime]:
    """Return the next ``n`` times of a schedule after a moment, in UTC; fewer if it ends."""
    return list(islice(_times(schedule, after), n))


def next_of(schedules: Iterable[Schedule], after: datetime, n: int) -> list[datetime]:
    """Return the next ``n`` times of any of the schedules after a moment. Times that coincide count once."""
    return list(islice(_of_all(schedules, after), n))


@dataclass(frozen=True, slots=True)
class Due:
    """The runs that a deployment's schedules require now."""

    runs: tuple[datetime, ...]
    """The times for which a run is created."""
    next: datetime | None
    """When to check again; ``None`` if the schedules have ended."""


def due(schedules: tuple[Schedule, ...], since: datetime, now: datetime, catch_up: CatchUp, limit: int = 500) -> Due:
    """Return which runs are due from ``since``, the first unhandled time, until ``now``.

    With `CatchUp.ALL` there are at most ``limit`` times. The next time is then in the past, and asks to check again
    immediately.
    """
    before = since - timedelta(microseconds=1)
    if catch_up is CatchUp.ALL:
        first = next_of(schedules, before, limit + 1)
        runs = [each for each in first[:limit] if each <= now]
        return Due(tuple(runs), next(iter(first[len(runs) :]), None))
    last = _last(schedules, before, now)
    missed = last is None or (catch_up is CatchUp.SKIP and now - last > ON_TIME)
    return Due(() if last is None or missed else (last,), next(iter(next_of(schedules, now, 1)), None))


def _last(schedules: tuple[Schedule, ...], after: datetime, until: datetime) -> datetime | None:
    """Return the last time between two moments, searched from the end: a year has many minutes."""
    starts = [until - back for back in _LOOKS_BACK if until - back > after]
    for start in (*starts, after):
        last = None
        for each in _of_all(schedules, start):
            if each > until:
                break
            last = each
        if last is not None:
            return last
    return None


def _of_all(schedules: Iterable[Schedule], after: datetime) -> Iterator[datetime]:
    last = after
    for each in merge(*(_times(schedule, after) for schedule in schedules)):
        if each > last:
            last = each
            yield each


def _times(schedule: Schedule, after: datetime) -> Iterator[datetime]:
    """Yield the times of a schedule, endlessly unless it has an end."""
    start, last = after.astimezone(UTC), after
    for each in _interval_times(schedule, start) if schedule.kind == "interval" else _written_times(schedule, start):
        if each > last:
            last = each
            yield each


def _written_times(schedule: Schedule, after: datetime) -> Iterator[datetime]:
    # Only here, since it loads libraries for cron expressions, rules and time zones, and few programs have schedules.
    from holdfast import schedule_times

    if schedule.kind == "cron":
        return schedule_times.of_cron(schedule, CRON_ALIASES.get(schedule.rule.lower(), schedule.rule), after)
    return schedule_times.of_rule(schedule, schedule.anchor or _ANCHOR, after)


def _interval_times(schedule: Schedule, after: datetime) -> Iterator[datetime]:
    step = timedelta(seconds=float(schedule.rule))
    anchor = schedule.anchor or _ANCHOR
    number = max(1, (after - anchor) // step + 1)
    while True:
        yield (anchor + number * step).astimezone(UTC)
        number += 1


def _seconds(interval: Duration) -> float:
    try:
        return seconds_of(interval, "An interval")
    except DurationError as error:
        raise ScheduleError(str(error)) from error


def _plain_interval(seconds: float) -> str:
    for unit, size in reversed(UNITS.items()):
        if seconds % size == 0:
            return f"{int(seconds // size)}{unit}"
    return f"{seconds:g}s"


def _aware(moment: datetime | None) -> datetime | None:
    if moment is None:
        return None
    if not isinstance(moment, datetime) or moment.tzinfo is None:
        raise ScheduleError(f"The time {moment} has no time zone; give an aware datetime.")
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ScheduleError(f"The time {moment} is too early or too late.") from None


def collect(
    cron: str | Iterable[str] | None = None,
    interval: Duration | Iterable[Duration] | None = None,
    rrule: str | Iterable[str] | None = None,
    schedules: Any = (),
    timezone: str = "UTC",
) -> tuple[Schedule, ...]:
    """Return schedules from the arguments of `Flow.serve` and the command line, one or several each.

    Raises `ScheduleError`.
    """
    next_times(Schedule("cron", "@daily", timezone), _ANCHOR, 1)  # raises for an unknown time zone
    return (
        *(Cron(each, timezone) for each in _several(cron)),
        *(Interval(each) for each in _several(interval)),
        *(RRule(each, timezone) for each in _several(rrule)),
        *_given(schedules, timezone),
    )


_MAKERS = {"cron": Cron, "interval": Interval, "rrule": RRule}


def _given(given: Any, timezone: str) -> Iterator[Schedule]:
    """Yield schedules from one or many of them: objects, cron expressions, or mappings that name the kind."""
    if isinstance(given, Schedule):
        yield given
    elif isinstance(given, str):
        yield Cron(given, timezone)
    elif is_mapping(given):
        yield _from_mapping(given, timezone)
    elif is_iterable(given):
        for each in given:
            yield from _given(each, timezone)
    elif given is not None:
        raise ScheduleError(f"{given!r} is not a schedule; give one that Cron, Interval or RRule made.")


def _from_mapping(given: Mapping[str, Any], timezone: str) -> Schedule:
    kinds = [each for each in _MAKERS if given.get(each) is not None]
    if not kinds:
        raise ScheduleError(f"The schedule {dict(given)!r} has neither cron nor interval nor rrule.")
    kind = kinds[0]
    if len(kinds) > 1:
        raise ScheduleError(f"The schedule {dict(given)!r} has {' and '.join(kinds)}; give only one of them.")
    settings = {"timezone": timezone} if kind != "interval" else {}
    settings |= {key: value for key, value in given.items() if key not in _MAKERS}
    make: Any = _MAKERS[kind]
    made: Schedule = make(given[kind], **settings)
    return made


def _several(given: Any) -> list[Any]:
    if given is None:
        return []
    is_one = isinstance(given, str | bytes) or is_mapping(given) or not is_iterable(given)
    return [given] if is_one else list(given)


def to_json(schedules: Iterable[Schedule]) -> list[dict[str, Any]]:
    """Return schedules as JSON."""
    return [
        {
            "kind": each.kind,
            "rule": each.rule,
            "timezone": each.timezone,
            "anchor": None if each.anchor is None else each.anchor.isoformat(),
        }
        | ({} if each.day_or else {"day_or": False})
        for each in schedules
    ]


def from_json(values: Iterable[dict[str, Any]]) -> tuple[Schedule, ...]:
    """Return the schedules that `to_json` wrote."""
    return tuple(
        Schedule(
            each["kind"],
            each["rule"],
            each["timezone"],
            None if each["anchor"] is None else datetime.fromisoformat(each["anchor"]),
            each.get("day_or", True),
        )
        for each in values
    )


if not TYPE_CHECKING:
    __getattr__ = absent_from(__name__)
