"""Schedules in words, such as ``every 15 minutes`` or ``weekdays at 09:00``. Others are shown as they are."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from holdfast.schedules import CRON_ALIASES, Schedule
from holdfast.text import clean
from holdfast_tui.text.cells import one_line

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_UNITS = (("week", 604_800), ("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))
_RULE_UNITS = {"SECONDLY": "second", "MINUTELY": "minute", "HOURLY": "hour", "DAILY": "day", "WEEKLY": "week"}
_SHORT_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_TIME = re.compile(r"\d\d:\d\d")
_STEP = re.compile(r"\*/(\d+)")
_UNDERSTOOD = {"FREQ", "INTERVAL", "BYDAY", "BYHOUR", "BYMINUTE", "BYSECOND", "BYMONTHDAY"}


def in_words(schedules: Iterable[Schedule]) -> str:
    """Return the schedules in words; an empty text if there are none."""
    return "; ".join(map(_words, schedules))


def _words(schedule: Schedule) -> str:
    read = {"cron": _cron, "interval": _interval, "rrule": _rule}[schedule.kind]
    said = read(schedule.rule)
    if said is None:
        return one_line(clean(str(schedule)))
    # A time of day needs a time zone. An interval is the same everywhere.
    return f"{said} {clean(schedule.timezone)}" if _TIME.search(said) else said


def _every(number: int, unit: str) -> str:
    return f"every {unit}" if number == 1 else f"every {number} {unit}s"


def _interval(rule: str) -> str:
    seconds = float(rule)
    for unit, size in _UNITS:
        if seconds % size == 0:
            return _every(int(seconds // size), unit)
    return f"every {seconds:g} seconds"


# Cron.


def _cron(rule: str) -> str | None:
    fields = CRON_ALIASES.get(rule.lower(), rule).upper().split()
    if len(fields) != 5:
        return None
    minute, hour, day, month, weekday = fields
    if fields[1:] == ["*"] * 4:
        return _by_the_hour(minute)
    if minute == "0" and (step := _STEP.fullmatch(hour)) and fields[2:] == ["*"] * 3:
        return _every(int(step[1]), "hour")
    times = _times(_numbers(hour, 23), _numbers(minute, 59))
    days = _days(day, month, weekday)
    return None if times is None or days is None else f"{days} at {times}"


def _by_the_hour(minute: str) -> str | None:
    if minute == "*":
        return "every minute"
    if step := _STEP.fullmatch(minute):
        return _every(int(step[1]), "minute")
    minutes = _numbers(minute, 59)
    return f"every hour at {_and([f':{each:02d}' for each in minutes])}" if minutes and len(minutes) < 4 else None


def _days(day: str, month: str, weekday: str) -> str | None:
    if weekday in ("*", "?"):
        if day in ("*", "?"):
            return "every day" if month == "*" else None
        return _dates(_numbers(day, 31), month)
    if day not in ("*", "?") or month != "*":
        return None
    found = _weekdays(weekday)
    return None if found is None else _day_names(found)


def _dates(days: Sequence[int] | None, month: str) -> str | None:
    if not days or len(days) > 3:
        return None
    if month == "*":
        return f"{_and([_ordinal(each) for each in days])} of the month"
    months = _numbers(month, 12, [each[:3].upper() for each in _MONTHS], first=1)
    return f"{_MONTHS[months[0] - 1]} {_and(list(map(str, days)))}" if months and len(months) == 1 else None


def _weekdays(field: str) -> list[int] | None:
    """Return the days of the week, with Monday as 0. In cron, both 0 and 7 are Sunday."""
    names = ["SUN", *(each[:3].upper() for each in _DAYS)]
    found = _numbers(field, 7, names)
    return None if found is None else sorted({(each - 1) % 7 for each in found})


def _numbers(field: str, most: int, names: Sequence[str] = (), first: int = 0) -> list[int] | None:
    """Return the numbers of a list of numbers and ranges; ``None`` for anything more complex."""
    found: set[int] = set()
    for part in field.split(","):
        ends = [_number(each, names, first) for each in part.split("-")]
        if len(ends) > 2 or any(each is None or each > most for each in ends):
            return None
        low, high = ends[0] or 0, ends[-1] or 0
        if low > high:
            return None
        found.update(range(low, high + 1))
    return sorted(found)


def _number(text: str, names: Sequence[str], first: int) -> int | None:
    if text.isascii() and text.isdecimal():
        return int(text)
    return names.index(text) + first if text in names else None


# Rules.


def _rule(rule: str) -> str | None:
    parts = dict(each.split("=", 1) for each in rule.upper().removeprefix("RRULE:").split(";") if "=" in each)
    if "\n" in rule or not parts.keys() <= _UNDERSTOOD or parts.get("BYSECOND", "0") != "0":
        return None
    interval = parts.get("INTERVAL", "1")
    hours, minutes = _numbers(parts.get("BYHOUR", ""), 23), _numbers(parts.get("BYMINUTE", "0"), 59)
    days = _rule_days(parts, int(interval) if interval.isdecimal() else 0)
    if days is None or ("BYHOUR" not in parts and "BYMINUTE" in parts):
        return None
    if "BYHOUR" not in parts:
        return days
    times = _times(hours, minutes)
    return None if times is None or parts["FREQ"] not in ("DAILY", "WEEKLY", "MONTHLY") else f"{days} at {times}"


def _rule_days(parts: Mapping[str, str], interval: int) -> str | None:
    often = parts.get("FREQ", "")
    if interval < 1:
        return None
    if often == "MONTHLY" and interval == 1 and "BYDAY" not in parts:
        return _dates(_numbers(parts.get("BYMONTHDAY", ""), 31), "*")
    unit = _RULE_UNITS.get(often)
    if unit is None or "BYMONTHDAY" in parts:
        return None
    if "BYDAY" not in parts:
        return _every(interval, unit)
    given = parts["BYDAY"].split(",")
    if often not in ("DAILY", "WEEKLY") or not all(each in _SHORT_DAYS for each in given):
        return None
    names = _day_names(sorted({_SHORT_DAYS.index(each) for each in given}))
    if interval == 1:
        return names
    return f"{_every(interval, unit)} on {names}" if often == "WEEKLY" else None


# Words.


def _times(hours: Sequence[int] | None, minutes: Sequence[int] | None) -> str | None:
    if not hours or not minutes or len(hours) * len(minutes) > 3:
        return None
    return _and([f"{hour:02d}:{minute:02d}" for hour in hours for minute in minutes])


def _day_names(days: Sequence[int]) -> str:
    whole = {tuple(range(7)): "every day", tuple(range(5)): "weekdays", (5, 6): "weekends"}
    return whole.get(tuple(days)) or _and([f"{_DAYS[each]}s" for each in days])


def _ordinal(number: int) -> str:
    ending = "th" if 10 < number < 14 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def _and(words: Sequence[str]) -> str:
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else last
