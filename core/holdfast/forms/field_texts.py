"""Conversion between the text in a field and its JSON value."""

import datetime as dt
import math
import operator
import re
from collections.abc import Callable
from decimal import Context, Decimal
from typing import TypeAlias

from holdfast.forms import dates_and_times
from holdfast.forms.fields import MISSING, Field, Json, Kind
from holdfast.forms.formats import pydantic_takes, pydantic_value
from holdfast.forms.limits import Limits
from holdfast.values.json_text import MAX_DIGITS, UnreadableError, digits, number, parse_json, plain, to_json
from holdfast.values.schema_places import FINITE, NAIVE

Now: TypeAlias = dt.datetime | None
"""The current time, by which words such as "tomorrow" are understood; None if such words are not allowed."""

_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,6})?")

EXPECTED = {
    Kind.INTEGER: "a whole number, such as 42",
    Kind.NUMBER: "a number, such as 12.5",
    Kind.DATE: dates_and_times.DATE,
    Kind.TIME: dates_and_times.TIME,
    Kind.DATETIME: dates_and_times.DATETIME,
    Kind.DURATION: dates_and_times.DURATION,
    Kind.BOOLEAN: "yes or no",
    Kind.TEXT: "text",
    Kind.SECRET: "text",
    Kind.MODEL: "a group of named values",
    Kind.LIST: "a list",
    Kind.TUPLE: "a list",
    Kind.TABLE: "a group of named values",
    Kind.JSON: "JSON",
}
"""What each kind of field expects, in the words of an error."""


def text_of(field: Field, value: Json) -> str:
    """Return the text that shows *value* in *field*. A value that does not fit the field is shown as JSON."""
    if value is MISSING or value is None:
        return "null" if value is None and field.kind is Kind.JSON and not field.nullable else ""
    if field.kind is Kind.JSON:
        one_line = to_json(value)
        return one_line if len(one_line) <= 60 else to_json(value, indent=2)
    if isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return digits(value)
    return to_json(value, literals=field.kind is Kind.NUMBER)


def parse(field: Field, text: str, now: Now = None) -> Json:
    """Return the value that *text* means in *field*. With *now*, dates and times can be given in words.

    Raises:
        UnreadableError: says in plain words what the field asks for.

    """
    parser = _PARSERS.get(field.kind)
    return parser(field, text, now) if parser else text


def _integer(field: Field, text: str, now: Now) -> int:
    """Read a whole number, which can be written as 42.0 or 1e3."""
    stripped = text.strip()
    if not _NUMBER.fullmatch(stripped):
        return int(_as_pydantic(field, "integer", stripped))
    if re.fullmatch(r"[+-]?[0-9]+", stripped):
        return int(number(stripped))
    exact = Decimal(stripped)
    if abs(exact.adjusted()) > MAX_DIGITS or exact != exact.to_integral_value():
        raise UnreadableError(EXPECTED[Kind.INTEGER])
    return int(exact)


def _number(field: Field, text: str, now: Now) -> Json:
    stripped = text.strip()
    if not _NUMBER.fullmatch(stripped):
        read = _as_pydantic(field, "decimal" if field.exact else "number", stripped)
        return str(read) if field.exact and not field.in_union else read
    value = number(stripped)
    if not field.exact:
        # Written as 1e3 or 1.10, it is still the same number as the float.
        return float(value) if isinstance(value, Decimal) and Decimal(repr(float(value))) == value else value
    exact = Decimal(stripped)
    if problem := out_of_bounds(field.limits, exact):
        raise UnreadableError(problem)
    if field.in_union:
        return exact
    return stripped if "e" not in stripped.lower() else format(exact, "f")


def _as_pydantic(field: Field, name: str, text: str) -> Json:
    """Read a number in a notation that only Python knows: 1_000, inf, nan."""
    found = pydantic_value(name, text) if field.lax else None
    if found is None or (FINITE in field.schema and not _is_finite(found)):
        raise UnreadableError(EXPECTED[field.kind])
    return found


def _is_finite(value: float | Decimal) -> bool:
    return value.is_finite() if isinstance(value, Decimal) else math.isfinite(value)


def _text(field: Field, text: str, now: Now) -> str:
    if field.format == "json-string":
        parse_json(text)
    return text


def _date(field: Field, text: str, now: Now) -> str:
    return _iso("date", text, lambda: dates_and_times.read_date(text, now).isoformat())


def _time(field: Field, text: str, now: Now) -> str:
    return _iso("time", text, lambda: dates_and_times.read_time(text, now).isoformat())


def _datetime(field: Field, text: str, now: Now) -> str:
    return _iso("date-time", text, lambda: _moment(field, text, now).isoformat())


def _moment(field: Field, text: str, now: Now) -> dt.datetime:
    """Read a date and time. If the schema allows no time zone, convert it to the system's time and drop the zone."""
    found = dates_and_times.read_datetime(text, now)
    if NAIVE not in field.schema or found.tzinfo is None or dates_and_times.names_zone(text):
        return found
    return found.astimezone().replace(tzinfo=None)


def _duration(field: Field, text: str, now: Now) -> str:
    return _iso("duration", text, lambda: dates_and_times.read_duration(text, spoken=now is not None))


def _iso(name: str, text: str, read: Callable[[], str]) -> str:
    """Return the ISO form, or the text itself if only pydantic can read it.

    Pydantic would read a plain number as seconds since 1970. Nobody who types a date means that.
    """
    try:
        return read()
    except UnreadableError:
        if pydantic_takes(name, text.strip()) and not text.strip().isdecimal():
            return text.strip()
        raise


def _json(field: Field, text: str, now: Now) -> Json:
    return parse_json(text)


_PARSERS: dict[Kind, Callable[[Field, str, Now], Json]] = {
    Kind.TEXT: _text,
    Kind.INTEGER: _integer,
    Kind.NUMBER: _number,
    Kind.DATE: _date,
    Kind.TIME: _time,
    Kind.DATETIME: _datetime,
    Kind.DURATION: _duration,
    Kind.JSON: _json,
}


def echo(field: Field, text: str, now: Now = None) -> str:
    """Say in words how a date, time or duration is understood. Empty if there is nothing to add."""
    try:
        if field.kind is Kind.DATE:
            return dates_and_times.say_date(dates_and_times.read_date(text, now))
        if field.kind is Kind.TIME:
            return dates_and_times.say_time(dates_and_times.read_time(text, now))
        if field.kind is Kind.DATETIME:
            return dates_and_times.say_datetime(_moment(field, text, now), now)
        if field.kind is Kind.DURATION:
            return dates_and_times.say_duration(dates_and_times.read_duration(text))
    except UnreadableError:
        return ""
    return ""


def out_of_bounds(limits: Limits, value: Decimal) -> str:
    """Say what *value* should be. Empty if it is within *limits*."""
    step = Decimal(str(limits.multiple_of or 0))
    if step and Context(prec=4 * MAX_DIGITS).remainder(value, step):
        return f"a multiple of {plain(limits.multiple_of)}"
    checks = (
        (limits.ge, operator.ge, "at least"),
        (limits.gt, operator.gt, "more than"),
        (limits.le, operator.le, "at most"),
        (limits.lt, operator.lt, "less than"),
    )
    for bound, holds, words in checks:
        if bound is not None and not holds(value, Decimal(str(bound))):
            return f"{words} {plain(bound)}"
    return ""


def hint(field: Field) -> str:
    """Say in a few words what a field's limits allow. Empty if it has none."""
    limits = field.limits
    if limits.ge is not None and limits.le is not None:
        words = [f"{plain(limits.ge)} to {plain(limits.le)}"]
    else:
        words = [
            _bound(("at least", limits.ge), ("more than", limits.gt)),
            _bound(("at most", limits.le), ("less than", limits.lt)),
        ]
    if limits.multiple_of is not None:
        words.append(f"a multiple of {plain(limits.multiple_of)}")
    if not field.multiline:
        words.append(_length(limits.min_length, limits.max_length))
    if field.examples:
        words.append("such as " + text_of(field, field.examples[0])[:40])
    return ", ".join(word for word in words if word)


def _length(least: int | None, most: int | None) -> str:
    """Say how long a text must be. A minimum of one character is not mentioned."""
    if least is None or least < 2:
        return "" if most is None else f"at most {most} characters"
    if most is None:
        return f"at least {least} characters"
    return f"{least} characters" if least == most else f"{least} to {most} characters"


def _bound(*pairs: tuple[str, Json]) -> str:
    return next((f"{word} {plain(bound)}" for word, bound in pairs if bound is not None), "")
