"""How pydantic reads plain values. A text of a format is refused only if pydantic's own type refuses it, too."""

import ipaddress
import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from pydantic import ValidationError
from pydantic_core import SchemaValidator, core_schema

from holdfast.forms.dates_and_times import is_duration, read_datetime, read_time
from holdfast.values.json_text import UnreadableError

_Check = Callable[[str], bool]


def _reads(read: Callable[[str], object]) -> _Check:
    def check(text: str) -> bool:
        try:
            read(text)
        except (UnreadableError, ValueError, OverflowError, re.error):
            return False
        return True

    return check


SCALARS: dict[str, Callable[[], Any]] = {
    "integer": core_schema.int_schema,
    "number": core_schema.float_schema,
    "boolean": core_schema.bool_schema,
}
"""The types of JSON Schema that pydantic also reads from values of other types."""

_TYPES: dict[str, Callable[[], Any]] = {
    **SCALARS,
    "decimal": lambda: core_schema.decimal_schema(allow_inf_nan=True),
    "date": core_schema.date_schema,
    "time": core_schema.time_schema,
    "date-time": core_schema.datetime_schema,
    "duration": core_schema.timedelta_schema,
    "uuid": core_schema.uuid_schema,
    "uri": core_schema.url_schema,
}


@lru_cache
def _validator(name: str) -> SchemaValidator:
    return SchemaValidator(_TYPES[name]())


def pydantic_takes(name: str, text: str) -> bool:
    """Whether pydantic reads *text* as a value of the format *name*."""
    try:
        return _validator(name).isinstance_python(text)
    except UnicodeError:
        return True


def pydantic_reads(name: str, number: float) -> bool:
    """Whether pydantic reads a number as a value of the format *name*, such as seconds since 1970 as a date."""
    if name.startswith("ip"):
        return isinstance(number, int) and 0 <= number < 2 ** (32 if name.startswith("ipv4") else 128)
    try:
        return name in _TYPES and _validator(name).isinstance_python(number)
    except OverflowError:
        return False


def pydantic_value(name: str, value: Any) -> Any:
    """Return what pydantic makes of a text, number or bool as the type *name*, or `None` if it refuses it."""
    if not isinstance(value, str | int | float):
        return None
    try:
        return _validator(name).validate_python(value)
    except (ValidationError, UnicodeError):
        return None


def _either(name: str, read: _Check | None = None) -> _Check:
    return lambda text: (read is not None and read(text)) or pydantic_takes(name, text)


def _anything(text: str) -> bool:
    return True


FORMATS: dict[str, _Check] = {
    "date": _either("date"),
    "time": _either("time", _reads(read_time)),
    "date-time": _either("date-time", _reads(read_datetime)),
    "duration": _either("duration", is_duration),
    "uuid": _either("uuid"),
    "uri": _either("uri"),
    "ipv4": _reads(ipaddress.IPv4Address),
    "ipv6": _reads(ipaddress.IPv6Address),
    "regex": _reads(re.compile),
    "decimal": _either("decimal"),
    # For these, pydantic's own type accepts more than the format's rules, or there is no type and any text is accepted.
    **dict.fromkeys(("email", "idn-email", "hostname", "idn-hostname", "iri", "iri-reference"), _anything),
    **dict.fromkeys(("uri-reference", "uri-template", "json-pointer", "relative-json-pointer"), _anything),
}
"""The check for each format. A format that is not listed is not checked."""
