"""When deployments run by themselves. Everything here is pure: times go in, times come out.

A schedule is a cron expression, an interval or an RFC 5545 rule. Times are aware; what is given out is in UTC.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from heapq import merge
from itertools import islice
from typing import TYPE_CHECKING, Any, Never

from holdfast.durations import UNITS, Duration, seconds_of
from holdfast.exceptions import DurationError, ScheduleError
from holdfast.substitutes import Substituting, absent_from, check_settings

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

ON_TIME = timedelta(seconds=60)
"""How late a run may be begun and not count as missed."""

CRON_ALIASES = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}
"""What cron expressions are also called."""
_ANCHOR = datetime(2000, 1, 1, tzinfo=UTC)
"""What schedules count from that belong to no deployment yet."""
_LONGEST = 100 * 366 * 86400
_START = re.compile(r"DTSTART([^:\n]*):(\S+)", re.IGNORECASE)
_UNTIL = re.compile(r"(?<=UNTIL=)([^;\s]*)", re.IGNORECASE)
_DATES = re.compile(r"^(EXDATE|RDATE)([^:\n]*):(\S+)", re.IGNORECASE | re.MULTILINE)
_TZID = re.compile(r"TZID=([^;:\n]+)", re.IGNORECASE)
_MOMENT = re.compile(r"(\d{8})(T\d{6})?(Z)?", re.IGNORECASE)
_SHORTER_THAN_A_DAY = re.compile(r"FREQ=(HOURLY|MINUTELY|SECONDLY)", re.IGNORECASE)
_PERIODS = {
    "WEEKLY": timedelta(weeks=1),
    "DAILY": timedelta(days=1),
    "HOURLY": timedelta(hours=1),
    "MINUTELY": timedelta(minutes=1),
    "SECONDLY": timedelta(seconds=1),
}
_PERIODIC = re.compile(f"FREQ=({'|'.join(_PERIODS)})", re.IGNORECASE)
_EVERY = re.compile(r"INTERVAL=(-?\d+)", re.IGNORECASE)
_LOOKS_BACK = (timedelta(hours=1), timedelta(days=2), timedelta(days=400))


class CatchUp(StrEnum):
    """What becomes of the times that passed while nobody looked."""

    ONCE = "once"
    """One run for all of them."""
    ALL = "all"
    """A run for each."""
    SKIP = "skip"
    """None."""


@dataclass(frozen=True, slots=True, init=False)
class Schedule(Substituting):
    """One rule for when a deployment runs: ``Schedule(cron="0 6 * * *")``, or made by `Cron`, `Interval` or `RRule`."""

    kind: str
    """``cron``, ``interval`` or ``rrule``."""
    rule: str
    """The expression; of an interval, its seconds."""
    timezone: str
    """Name of the time zone that cron expressions and rules are meant in."""
    anchor: datetime | None
    """Where intervals and rules begin to count; by default when the deployment got the schedule."""
    day_or: bool
    """Whether a cron expression that names days of the month and weekdays means either, not days that are both."""

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
        """One of ``cron``, ``interval`` and ``rrule`` is given; see the functions of these names.

        Raises `ScheduleError`. A stored schedule has its ``kind`` and ``rule`` instead, which are taken as they are.
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
        """The time after which it comes again, if that is its rule."""
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
    """A schedule from a cron expression of five fields, or six with the seconds first, or such as ``@daily``.

    It is meant in the time zone of that name, by default UTC. An expression that names days of the month and weekdays
    comes on either, and with ``day_or=False`` only on days that are both, such as a Friday the 13th. Where the clocks
    change, a time that does not exist is run right after the gap, and one that comes twice is run once; what runs every
    hour or minute keeps doing so. Raises `ScheduleError`.
    """
    check_settings(unknown, ("timezone", "day_or"), "Cron")
    if not isinstance(cron, str) or not isinstance(day_or, bool):
        raise ScheduleError(
            f"Cron takes an expression and day_or=True or False, not {cron!r} and {day_or!r}; "
            "what Cron, Interval or RRule made is given as schedule=."
        )
    schedule = Schedule("cron", cron.strip(), timezone, day_or=day_or)
    if not next_times(schedule, _ANCHOR, 1):
        raise ScheduleError(f"The cron expression {cron!r} makes no sense: it never comes.")
    return schedule


def Interval(  # noqa: N802
    interval: Duration, /, anchor: datetime | None = None, **unknown: Never
) -> Schedule:
    """A schedule that comes again after so much time: seconds, a timedelta, or text such as ``15m`` or ``1h``.

    It counts elapsed time from ``anchor``, whatever clocks do. Raises `ScheduleError`.
    """
    check_settings(unknown, ("anchor",), "Interval")
    seconds = _seconds(interval)
    if not 1 <= seconds <= _LONGEST:
        raise ScheduleError(f"An interval of {interval!r} makes no sense: it takes a second or more, up to years.")
    return Schedule("interval", repr(seconds), anchor=_aware(anchor))


def RRule(  # noqa: N802
    rrule: str, /, timezone: str | None = None, anchor: datetime | None = None, **unknown: Never
) -> Schedule:
    """A schedule from a recurrence rule (RFC 5545), such as ``FREQ=WEEKLY;BYDAY=MO,TH;BYHOUR=9``.

    It is meant in the time zone of that name, by default UTC, and counts from its own DTSTART, else from ``anchor``.
    An UNTIL, EXDATE or RDATE without a zone is meant in that one, too; an EXDATE that is a date leaves out that day.
    Rules by the hour or shorter that name no hours count elapsed time. Raises `ScheduleError`.
    """
    check_settings(unknown, ("timezone", "anchor"), "RRule")
    if not isinstance(rrule, str):
        raise ScheduleError(f"RRule takes a recurrence rule as text, not {rrule!r}.")
    if (every := _EVERY.search(rrule)) is not None and int(every[1]) < 1:
        raise ScheduleError(f"The rule {rrule!r} makes no sense: its INTERVAL has to be 1 or more.")
    if not re.search("FREQ=|RDATE", rrule, re.IGNORECASE):
        raise ScheduleError(f"The rule {rrule!r} makes no sense: it has no FREQ, such as FREQ=DAILY.")
    schedule = Schedule("rrule", rrule.strip(), timezone, _aware(anchor))
    next_times(schedule, schedule.anchor or _ANCHOR, 1)
    return schedule


def next_times(schedule: Schedule, after: datetime, n: int) -> list[datetime]:
    """The next ``n`` times of a schedule after a moment, in UTC; fewer where it ends."""
    return list(islice(_times(schedule, after), n))


def next_of(schedules: Iterable[Schedule], after: datetime, n: int) -> list[datetime]:
    """The next ``n`` times after a moment at which any of the schedules comes; those that coincide count once."""
    return list(islice(_of_all(schedules, after), n))


@dataclass(frozen=True, slots=True)
class Due:
    """What a deployment's schedules ask for now."""

    runs: tuple[datetime, ...]
    """The times for which a run is to be made."""
    next: datetime | None
    """When to look again; ``None`` when the schedules have ended."""


def due(schedules: tuple[Schedule, ...], since: datetime, now: datetime, catch_up: CatchUp, limit: int = 500) -> Due:
    """What is to run of the times from ``since``, which has not been seen to, until ``now``.

    With `CatchUp.ALL` it is at most ``limit`` times; the next is then in the past, and asks to look again at once.
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
    """The last time after one moment and until another, looked for from the end: a year has many minutes."""
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
    """The times of a schedule, without an end unless it has one."""
    kinds = {"cron": _cron_times, "interval": _interval_times, "rrule": _rule_times}
    last = after
    for each in kinds[schedule.kind](schedule, after.astimezone(UTC)):
        if each > last:
            last = each
            yield each


def _cron_times(schedule: Schedule, after: datetime) -> Iterator[datetime]:
    from cronsim import CronSim, CronSimError

    expression = CRON_ALIASES.get(schedule.rule.lower(), schedule.rule)
    try:
        times = CronSim(expression.upper(), after.astimezone(_zone(schedule.timezone)))
        times.day_and = times.day_and or not schedule.day_or
    except CronSimError as error:
        raise ScheduleError(f"The cron expression {schedule.rule!r} makes no sense: {str(error).lower()}.") from error
    for each in times:
        yield each.astimezone(UTC)


def _interval_times(schedule: Schedule, after: datetime) -> Iterator[datetime]:
    step = timedelta(seconds=float(schedule.rule))
    anchor = schedule.anchor or _ANCHOR
    number = max(1, (after - anchor) // step + 1)
    while True:
        yield (anchor + number * step).astimezone(UTC)
        number += 1


def _rule_times(schedule: Schedule, after: datetime) -> Iterator[datetime]:
    from dateutil.rrule import rrulestr

    zone = _zone(schedule.timezone)
    if _SHORTER_THAN_A_DAY.search(schedule.rule) and "BYHOUR" not in schedule.rule.upper():
        zone = _zone("UTC")  # an hour that comes twice is two hours
    anchor = schedule.anchor or _ANCHOR
    start = None if "DTSTART" in schedule.rule.upper() else anchor.astimezone(zone).replace(microsecond=0)
    text, days_off = _with_zones(schedule)
    try:
        rule = rrulestr(text, dtstart=start)
        first = next(iter(rule), None)
    except (ValueError, TypeError, AttributeError) as error:
        raise ScheduleError(f"The rule {schedule.rule!r} makes no sense: {error}.") from error
    if first is None:
        return
    is_naive = first.tzinfo is None
    # A moment before is asked for, since of two wall times in a gap or fold only the instants are in order.
    local = (after - timedelta(days=1)).astimezone(zone)
    begin = local.replace(tzinfo=None) if is_naive else local
    for each in _brought_near(rule, schedule.rule, first, begin).xafter(begin):
        day = (each if start is None else each.astimezone(_zone(schedule.timezone))).date()
        if day not in days_off:
            yield (each.replace(tzinfo=zone) if is_naive else each).astimezone(UTC)


def _with_zones(schedule: Schedule) -> tuple[str, set[date]]:
    """The rule with its other times as its start is given, with a time zone or without; and the days it leaves out.

    An UNTIL, EXDATE or RDATE without a zone is meant in the schedule's, as BYHOUR is; calendars write rules so.
    An UNTIL that is a date is meant to its end, and an EXDATE that is one leaves out all of that day.
    """
    start = _START.search(schedule.rule)
    is_naive = start is not None and "TZID" not in start[1].upper() and not start[2].upper().endswith("Z")
    zone = _zone(schedule.timezone)
    zones = {name: _zone(name) for name in _TZID.findall(schedule.rule)}
    days_off: set[date] = set()

    def written(text: str, of: ZoneInfo, clock: str) -> str:
        moment = _moment(schedule, text, of, clock)
        return f"{moment.astimezone(zone):%Y%m%dT%H%M%S}" if is_naive else f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"

    def listed(found: re.Match[str]) -> str:
        kind, settings, values = found.groups()
        named = _TZID.search(settings)
        of = zone if named is None else zones[named[1]]
        texts = values.split(",")
        if kind.upper() == "EXDATE":
            days_off.update(_moment(schedule, each, zone, "T000000").date() for each in texts if len(each) == _DAY)
            texts = [each for each in texts if len(each) != _DAY]
        return f"{kind}:{','.join(written(each, of, 'T000000') for each in texts)}" if texts else ""

    text = _UNTIL.sub(lambda found: written(found[1], zone, "T235959"), schedule.rule)
    return _DATES.sub(listed, text).strip(), days_off


_DAY = len("20260101")


def _moment(schedule: Schedule, text: str, zone: ZoneInfo, clock: str) -> datetime:
    """A time as rules write it; one that is a date only has the ``clock``. Raises `ScheduleError`."""
    found = _MOMENT.fullmatch(text)
    try:
        if found is None:
            raise ValueError
        moment = datetime.strptime(f"{found[1]}{found[2] or clock}".upper(), "%Y%m%dT%H%M%S")  # noqa: DTZ007 - gets one here
    except ValueError:
        raise ScheduleError(
            f"The rule {schedule.rule!r} makes no sense: {text!r} is no time; write 20280103 or 20280103T235959."
        ) from None
    return moment.replace(tzinfo=UTC if found[3] else zone)


def _brought_near(rule: Any, text: str, first: datetime, moment: datetime) -> Any:
    """The rule as if it began shortly before a moment, with the same times after it.

    It would count through all of them from its start, of which a year has half a million minutes.
    """
    from dateutil.rrule import rrule

    period = _PERIODIC.search(text)
    if period is None or not isinstance(rule, rrule) or "COUNT" in text.upper():
        return rule
    interval = _EVERY.search(text)
    step = _PERIODS[period[1].upper()] * (int(interval[1]) if interval else 1)
    steps = (moment - first) // step - 1
    return rule.replace(dtstart=first + steps * step) if steps > 0 else rule


def _zone(name: str) -> ZoneInfo:
    from zoneinfo import ZoneInfo

    try:
        return ZoneInfo(name)
    except (LookupError, ValueError, OSError, TypeError) as error:
        raise ScheduleError(f"There is no time zone {name!r}; name one such as Europe/Berlin.") from error


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
        raise ScheduleError(f"The time {moment} names no time zone; give an aware datetime.")
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
    """Schedules from what `Flow.serve` and the command line take, each one or several. Raises `ScheduleError`."""
    _zone(timezone)
    return (
        *(Cron(each, timezone) for each in _several(cron)),
        *(Interval(each) for each in _several(interval)),
        *(RRule(each, timezone) for each in _several(rrule)),
        *_given(schedules, timezone),
    )


_MAKERS = {"cron": Cron, "interval": Interval, "rrule": RRule}


def _given(given: Any, timezone: str) -> Iterator[Schedule]:
    """Schedules from what is given as one or many of them: objects, cron expressions, mappings that name the kind."""
    if isinstance(given, Schedule):
        yield given
    elif isinstance(given, str):
        yield Cron(given, timezone)
    elif isinstance(given, Mapping):
        yield _from_mapping(given, timezone)
    elif isinstance(given, Iterable):
        for each in given:
            yield from _given(each, timezone)
    elif given is not None:
        raise ScheduleError(f"{given!r} is no schedule; give one that Cron, Interval or RRule made.")


def _from_mapping(given: Mapping[str, Any], timezone: str) -> Schedule:
    kinds = [each for each in _MAKERS if given.get(each) is not None]
    if not kinds:
        raise ScheduleError(f"The schedule {dict(given)!r} says neither cron nor interval nor rrule.")
    kind = kinds[0]
    if len(kinds) > 1:
        raise ScheduleError(f"The schedule {dict(given)!r} says {' and '.join(kinds)}; give one of them.")
    settings = {"timezone": timezone} if kind != "interval" else {}
    settings |= {key: value for key, value in given.items() if key not in _MAKERS}
    make: Any = _MAKERS[kind]
    made: Schedule = make(given[kind], **settings)
    return made


def _several(given: Any) -> list[Any]:
    if given is None:
        return []
    is_one = isinstance(given, str | bytes | Mapping) or not isinstance(given, Iterable)
    return [given] if is_one else list(given)


def to_json(schedules: Iterable[Schedule]) -> list[dict[str, Any]]:
    """Schedules as JSON has them."""
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
    """Schedules that `to_json` wrote."""
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
