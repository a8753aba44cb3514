"""Formats of texts: a text is refused only where pydantic's own type of that format refuses it too."""

import ipaddress
import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from pydantic_core import SchemaValidator, core_schema

from holdfast.forms.moments import is_duration, read_datetime, read_time
from holdfast.jsontext import UnreadableError

_Check = Callable[[str], bool]


def _reads(read: Callable[[str], object]) -> _Check:
    def check(text: str) -> bool:
        try:
            read(text)
        except (UnreadableError, ValueError, OverflowError, re.error):
            return False
        return True

    return check


_TYPES: dict[str, Callable[[], Any]] = {
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
    """Whether pydantic reads *text* as what format *name* means."""
    try:
        return _validator(name).isinstance_python(text)
    except UnicodeError:
        return True


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
    # pydantic's own types for these take more than the formats' rules allow, or there is none and any text does
    **dict.fromkeys(("email", "idn-email", "hostname", "idn-hostname", "iri", "iri-reference"), _anything),
    **dict.fromkeys(("uri-reference", "uri-template", "json-pointer", "relative-json-pointer"), _anything),
}
"""What is checked of each format; one that is not listed is checked by nobody."""
