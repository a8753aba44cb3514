"""Dates, times and durations, in ISO form and in everyday words.

If ``now`` is given, a moment can be given in words: "in 2 h", "tomorrow 9:00", "next friday". Words without a time zone
mean the system's zone. ISO text with a ``T`` is taken as it is, with or without a zone.
"""

import calendar
import datetime as dt
import re
from decimal import Decimal
from zoneinfo import ZoneInfo

from holdfast.values.json_text import UnreadableError

DATE = "a date, such as 2026-11-25, tomorrow or next friday"
TIME = "a time, such as 14:30"
DATETIME = "a date and time, such as 2026-11-25 14:30 +02:00, tomorrow 9:00 or in 2 h"
DURATION = "a duration, such as 1h 30m or PT1H30M"

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)

# ISO.

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_CLOCK = r"([0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?)\s*(Z|z|[+-][0-9]{2}(?::?[0-9]{2})?)?"
_TIME = re.compile(_CLOCK)
_DATETIME = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:([Tt]|\s+)" + _CLOCK + ")?")

# Everyday words.

_WEEKDAY = {name.lower()[:size]: index for index, name in enumerate(_DAYS) for size in (3, None)}
_MONTH = {name.lower()[:size]: index for index, name in enumerate(_MONTHS, start=1) for size in (3, None)}
_NAMED_DAYS = {"yesterday": -1, "today": 0, "tomorrow": 1}
_ON_WEEKDAY = re.compile(r"(?:(?:on|this|next)\s+)?([a-z]+)")
_DAY_MONTH = re.compile(r"([0-9]{1,2})(?:st|nd|rd|th|\.)?\s+(?:of\s+)?([a-z]+)\.?(?:,?\s+([0-9]{4}))?")
_MONTH_DAY = re.compile(r"([a-z]+)\.?\s+([0-9]{1,2})(?:st|nd|rd|th)?(?:,?\s+([0-9]{4}))?")
_DOTTED = re.compile(r"([0-9]{1,2})\.\s*([0-9]{1,2})\.\s*([0-9]{4})?")
_NEXT_UNIT = re.compile(r"next\s+(week|month|year)")
_AMOUNT = r"([0-9]+(?:\.[0-9]+)?|an?)"
_PART = re.compile(rf"{_AMOUNT}\s*([a-z]+)\.?,?(?:\s+and\b)?\s*")
_RELATIVE = re.compile(r"(?:in\s+|\+\s*)(?P<ahead>.+)|(?P<back>.+?)\s+ago")
_SPOKEN_TIME = re.compile(
    r"(?:at\s+)?(?:(noon|midnight)|([0-9]{1,2})(?::([0-9]{2})(?::([0-9]{2}))?)?\s*(am|pm)?)\b"
    r"(?:\s*(z|utc|gmt|[+-][0-9]{2}(?::?[0-9]{2})?|[a-z_]+/[a-z_/+-]+))?"
)
_UNITS = {
    **dict.fromkeys(("y", "yr", "yrs", "year", "years"), "year"),
    **dict.fromkeys(("mo", "month", "months"), "month"),
    **dict.fromkeys(("w", "wk", "wks", "week", "weeks"), "week"),
    **dict.fromkeys(("d", "day", "days"), "day"),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), "hour"),
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes"), "minute"),
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), "second"),
}
_SECONDS = {"week": 604_800, "day": 86_400, "hour": 3_600, "minute": 60, "second": 1}


def read_date(text: str, now: dt.datetime | None = None) -> dt.date:
    """Read a date in ISO form or, with *now*, in everyday words. Raises `UnreadableError`."""
    try:
        if _DATE.fullmatch(text.strip()):
            return dt.date.fromisoformat(text.strip())
        if now is not None:
            found = _spoken_date(_said(text), now.astimezone())
            if found is not None:
                return found
    except (ValueError, OverflowError) as error:
        raise UnreadableError(DATE) from error
    raise UnreadableError(DATE)


def read_time(text: str, now: dt.datetime | None = None) -> dt.time:
    """Read a time of day in ISO form or, with *now*, in everyday words. Raises `UnreadableError`."""
    found = _TIME.fullmatch(text.strip())
    try:
        if found:
            return dt.time.fromisoformat(found[1] + (found[2] or "").upper())
        spoken = _SPOKEN_TIME.fullmatch(_said(text)) if now is not None else None
        if spoken is not None:
            time, zone = _clock_of(spoken)
            if zone is None or isinstance(zone, dt.timezone):
                return time.replace(tzinfo=zone)
    except ValueError as error:
        raise UnreadableError(TIME) from error
    raise UnreadableError(TIME)


def read_datetime(text: str, now: dt.datetime | None = None) -> dt.datetime:
    """Read a date and time in ISO form or, with *now*, in everyday words. Raises `UnreadableError`.

    A date alone means the midnight at its start.
    """
    try:
        if found := _DATETIME.fullmatch(text.strip()):
            iso = dt.datetime.fromisoformat(f"{found[1]}T{found[3] or '00:00'}{(found[4] or '').upper()}")
            literal = now is None or iso.tzinfo is not None or (found[2] or "").upper() == "T"
            return iso if literal else iso.astimezone()
        spoken = None if now is None else _spoken_datetime(_said(text), now.astimezone())
        if spoken is not None:
            return spoken
    except (ValueError, OverflowError) as error:
        raise UnreadableError(DATETIME) from error
    raise UnreadableError(DATETIME)


def names_zone(text: str) -> bool:
    """Whether a readable date and time names a time zone."""
    if found := _DATETIME.fullmatch(text.strip()):
        return found[4] is not None
    words = _said(text).split(" ")
    spoken = (_SPOKEN_TIME.fullmatch(" ".join(words[at:])) for at in range(len(words)))
    return any(each is not None and each.groups()[-1] is not None for each in spoken)


def _said(text: str) -> str:
    return " ".join(text.lower().split())


def _spoken_date(said: str, now: dt.datetime) -> dt.date | None:
    today = now.date()
    if said in _NAMED_DAYS:
        return today + dt.timedelta(days=_NAMED_DAYS[said])
    if (found := _ON_WEEKDAY.fullmatch(said)) and found[1] in _WEEKDAY:
        return today + dt.timedelta(days=(_WEEKDAY[found[1]] - today.weekday() - 1) % 7 + 1)
    if (found := _DAY_MONTH.fullmatch(said)) and found[2] in _MONTH:
        return _in_year(int(found[1]), _MONTH[found[2]], found[3], today)
    if (found := _MONTH_DAY.fullmatch(said)) and found[1] in _MONTH:
        return _in_year(int(found[2]), _MONTH[found[1]], found[3], today)
    if found := _DOTTED.fullmatch(said):
        return _in_year(int(found[1]), int(found[2]), found[3], today)
    moved = _relative(said, now)
    return None if moved is None else moved.date()


def _in_year(day: int, month: int, year: str | None, today: dt.date) -> dt.date:
    """Return that day in this year or, if it has passed, in the next year."""
    if year is not None:
        return dt.date(int(year), month, day)
    this = dt.date(today.year, month, day)
    return this if this >= today else this.replace(year=today.year + 1)


def _spoken_datetime(said: str, now: dt.datetime) -> dt.datetime | None:
    if said == "now":
        return now.replace(microsecond=0)
    if (moved := _relative(said, now)) is not None:
        return moved.replace(microsecond=0)
    if (date := _spoken_date(said, now)) is not None:
        return dt.datetime.combine(date, dt.time()).astimezone()
    words = said.split(" ")
    for at in range(len(words)):
        if (found := _SPOKEN_TIME.fullmatch(" ".join(words[at:]))) is None:
            continue
        day = read_date(" ".join(words[:at]).rstrip(","), now) if at else now.date()
        time, zone = _clock_of(found)
        wall = dt.datetime.combine(day, time)
        return wall.astimezone() if zone is None else wall.replace(tzinfo=zone)
    return None


def _clock_of(found: re.Match[str]) -> tuple[dt.time, dt.tzinfo | None]:
    """Return the time of day in the text, and its time zone if it has one. Raises `ValueError`."""
    word, hour, minute, second, half, zone = found.groups()
    if word is not None:
        time = dt.time(12 if word == "noon" else 0)
    else:
        hours = int(hour)
        if half is not None:
            if not 1 <= hours <= 12:
                raise ValueError(hour)
            hours = hours % 12 + (12 if half == "pm" else 0)
        time = dt.time(hours, int(minute or 0), int(second or 0))
    return time, None if zone is None else _zone_of(zone)


def _zone_of(said: str) -> dt.tzinfo:
    if "/" in said:
        name = "/".join("_".join(word.capitalize() for word in part.split("_")) for part in said.split("/"))
        try:
            return ZoneInfo(name)
        except (OSError, KeyError) as error:
            raise ValueError(said) from error
    if said in ("z", "utc", "gmt"):
        return dt.UTC
    zone = dt.datetime.fromisoformat(f"2000-01-01T00:00{said}").tzinfo
    assert zone is not None
    return zone


def _relative(said: str, now: dt.datetime) -> dt.datetime | None:
    """Return the moment that far from now: hours and smaller units as elapsed time, days and larger by the calendar."""
    if (found := _NEXT_UNIT.fullmatch(said)) is not None:
        return _moved(now, {found[1]: Decimal(1)}, 1)
    found = _RELATIVE.fullmatch(said)
    amounts = None if found is None else _amounts(found["ahead"] or found["back"])
    if found is None or amounts is None:
        return None
    return _moved(now, amounts, 1 if found["ahead"] else -1)


def _amounts(said: str) -> dict[str, Decimal] | None:
    """Return the amount of each unit in the text, or None if it is no list of amounts."""
    found: dict[str, Decimal] = {}
    at = 0
    while at < len(said):
        part = _PART.match(said, at)
        unit = None if part is None else _UNITS.get(part[2])
        if part is None or unit is None or unit in found:
            return None
        found[unit] = Decimal(1) if part[1].startswith("a") else Decimal(part[1])
        at = part.end()
    return found or None


def _moved(now: dt.datetime, amounts: dict[str, Decimal], sign: int) -> dt.datetime:
    months = amounts.get("month", Decimal()) + 12 * amounts.get("year", Decimal())
    days = amounts.get("day", Decimal()) + 7 * amounts.get("week", Decimal())
    if months % 1 or abs(months) > 120_000:
        raise ValueError(months)
    wall = now.replace(tzinfo=None)
    if months:
        index = wall.year * 12 + wall.month - 1 + sign * int(months)
        year, month = index // 12, index % 12 + 1
        wall = wall.replace(year=year, month=month, day=min(wall.day, calendar.monthrange(year, month)[1]))
    wall += sign * dt.timedelta(days=int(days))
    seconds = sum((amounts.get(unit, Decimal()) * _SECONDS[unit] for unit in ("hour", "minute", "second")), Decimal())
    seconds += (days % 1) * _SECONDS["day"]
    start = wall.astimezone() if months or days >= 1 else now
    return (start.astimezone(dt.UTC) + sign * dt.timedelta(seconds=float(seconds))).astimezone()


# Durations.

_ISO_AMOUNT = r"([0-9]+(?:\.[0-9]+)?)"
_ISO_DURATION = re.compile(
    rf"[+-]?P(?=.)(?:{_ISO_AMOUNT}Y)?(?:{_ISO_AMOUNT}M)?(?:{_ISO_AMOUNT}W)?(?:{_ISO_AMOUNT}D)?"
    rf"(?:T(?=.)(?:{_ISO_AMOUNT}H)?(?:{_ISO_AMOUNT}M)?(?:{_ISO_AMOUNT}S)?)?"
)
_ON_A_CLOCK = re.compile(r"([0-9]{1,4}):([0-5][0-9])(?::([0-5][0-9]))?")
_WORDS = ("year", "month", "week", "day", "hour", "minute", "second")


def read_duration(text: str, *, spoken: bool = True) -> str:
    """Read a duration, and return it in ISO 8601. Raises `UnreadableError`.

    If *spoken*, it can also be given as "1h 30m", "2 weeks" or "1:30".
    """
    stripped = text.strip()
    if is_duration(stripped.upper()):
        return stripped.upper()
    if not spoken:
        raise UnreadableError(DURATION)
    said = _said(text)
    minus = said.startswith(("-", "minus "))
    said = said.removeprefix("-").removeprefix("minus").strip()
    if found := _ON_A_CLOCK.fullmatch(said):
        amounts: dict[str, Decimal] | None = dict(
            zip(("hour", "minute", "second"), (Decimal(part or 0) for part in found.groups()), strict=True)
        )
    else:
        amounts = _amounts(said)
    if not amounts or amounts.keys() & {"year", "month"}:
        raise UnreadableError(DURATION)
    return ("-" if minus else "") + _iso(amounts)


def _iso(amounts: dict[str, Decimal]) -> str:
    days = amounts.get("day", Decimal()) + 7 * amounts.get("week", Decimal())
    clock = "".join(f"{amounts[unit]:f}{unit[0].upper()}" for unit in ("hour", "minute", "second") if amounts.get(unit))
    spelled = (f"{days:f}D" if days else "") + (f"T{clock}" if clock else "")
    return "P" + (spelled or "T0S")


def is_duration(text: str) -> bool:
    """Whether *text* is an ISO 8601 duration as pydantic writes it, with an optional sign and fractions."""
    return _ISO_DURATION.fullmatch(text) is not None


# In words.


def say_date(date: dt.date) -> str:
    """Return a date with its weekday."""
    return f"{_DAYS[date.weekday()][:3]} {date.day} {_MONTHS[date.month - 1][:3]} {date.year}"


def say_time(time: dt.time) -> str:
    """Return a time of day with its time zone."""
    return f"{_clock(time)} {_offset(time.strftime('%z'))}"


def say_datetime(moment: dt.datetime, now: dt.datetime | None = None) -> str:
    """Return a moment with its weekday and time zone and, with *now*, how far away it is."""
    said = f"{say_date(moment)}, {_clock(moment.time())} {_offset(moment.strftime('%z'))}"
    return said if now is None or moment.tzinfo is None else f"{said}, {_away(moment - now)}"


def say_duration(iso: str) -> str:
    """Return an ISO duration in words."""
    found = _ISO_DURATION.fullmatch(iso)
    assert found is not None
    words = [f"{n} {unit}" + ("" if n == "1" else "s") for n, unit in zip(found.groups(), _WORDS, strict=True) if n]
    return ("minus " if iso.startswith("-") else "") + " ".join(words)


def _clock(time: dt.time) -> str:
    return time.replace(tzinfo=None).isoformat() if time.second or time.microsecond else f"{time:%H:%M}"


def _offset(offset: str) -> str:
    return f"{offset[:3]}:{offset[3:5]}" if offset else "(no time zone)"


def _away(delta: dt.timedelta) -> str:
    minutes = round(abs(delta.total_seconds()) / 60)
    days, hours = minutes // 1_440, minutes // 60 % 24
    parts = [(days, "d"), (hours, "h"), (0 if days else minutes % 60, "min")]
    span = " ".join(f"{count} {unit}" for count, unit in parts if count)
    if not span:
        return "now"
    return f"in {span}" if delta > dt.timedelta() else f"{span} ago"
