"""The times of cron expressions and of recurrence rules (RFC 5545), in their time zones.

`holdfast.schedules` imports this module only when times are needed: it loads a library for each of the three.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError
from dateutil.rrule import rrule, rrulestr

from holdfast.exceptions import ScheduleError

if TYPE_CHECKING:
    from holdfast.schedules import Schedule

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


def of_cron(schedule: Schedule, expression: str, after: datetime) -> Iterator[datetime]:
    """Yield the times of a cron expression. Raises `ScheduleError`."""
    try:
        times = CronSim(expression.upper(), after.astimezone(_zone(schedule.timezone)))
        times.day_and = times.day_and or not schedule.day_or
    except CronSimError as error:
        raise ScheduleError(f"The cron expression {schedule.rule!r} is invalid: {str(error).lower()}.") from error
    for each in times:
        yield each.astimezone(UTC)


def of_rule(schedule: Schedule, anchor: datetime, after: datetime) -> Iterator[datetime]:
    """Yield the times of a recurrence rule from its own start, otherwise from ``anchor``. Raises `ScheduleError`."""
    if (every := _EVERY.search(schedule.rule)) is not None and int(every[1]) < 1:
        raise ScheduleError(f"The rule {schedule.rule!r} is invalid: its INTERVAL must be 1 or more.")
    zone = _zone(schedule.timezone)
    if _SHORTER_THAN_A_DAY.search(schedule.rule) and "BYHOUR" not in schedule.rule.upper():
        zone = _zone("UTC")  # an hour that comes twice is two hours
    start = None if "DTSTART" in schedule.rule.upper() else anchor.astimezone(zone).replace(microsecond=0)
    text, days_off = _with_zones(schedule)
    try:
        rule = rrulestr(text, dtstart=start)
        first = next(iter(rule), None)
    except (ValueError, TypeError, AttributeError) as error:
        raise ScheduleError(f"The rule {schedule.rule!r} is invalid: {error}.") from error
    if first is None:
        return
    is_naive = first.tzinfo is None
    # The search begins earlier, since of two wall times in a gap or fold only the instants are in order.
    local = (after - timedelta(days=1)).astimezone(zone)
    begin = local.replace(tzinfo=None) if is_naive else local
    if isinstance(rule, rrule):
        rule = _brought_near(rule, schedule.rule, first, begin)
    for each in rule.xafter(begin):
        day = (each if start is None else each.astimezone(_zone(schedule.timezone))).date()
        if day not in days_off:
            yield (each.replace(tzinfo=zone) if is_naive else each).astimezone(UTC)


def _with_zones(schedule: Schedule) -> tuple[str, set[date]]:
    """Return the rule with its times in the form of its start, with or without a time zone, and the excluded days.

    An UNTIL, EXDATE or RDATE without a time zone is in the schedule's, like BYHOUR; calendars write rules this way. An
    UNTIL that is a date includes that day, and an EXDATE that is a date excludes all of that day.
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
    """Return a time in a rule's notation. A date without a time gets ``clock``. Raises `ScheduleError`."""
    found = _MOMENT.fullmatch(text)
    try:
        if found is None:
            raise ValueError
        moment = datetime.strptime(f"{found[1]}{found[2] or clock}".upper(), "%Y%m%dT%H%M%S")  # noqa: DTZ007 - gets one here
    except ValueError:
        raise ScheduleError(
            f"The rule {schedule.rule!r} is invalid: {text!r} is not a time; write 20280103 or 20280103T235959."
        ) from None
    return moment.replace(tzinfo=UTC if found[3] else zone)


def _brought_near(rule: Any, text: str, first: datetime, moment: datetime) -> Any:
    """Return the rule as if it began shortly before a moment, with the same times after it.

    Otherwise it would count through all times from its start; a year has half a million minutes.
    """
    period = _PERIODIC.search(text)
    if period is None or "COUNT" in text.upper():
        return rule
    interval = _EVERY.search(text)
    step = _PERIODS[period[1].upper()] * (int(interval[1]) if interval else 1)
    steps = (moment - first) // step - 1
    return rule.replace(dtstart=first + steps * step) if steps > 0 else rule


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (LookupError, ValueError, OSError, TypeError) as error:
        raise ScheduleError(f"There is no time zone {name!r}; use one such as Europe/Berlin.") from error
