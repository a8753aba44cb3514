"""How members of enumerations are written as JSON, whatever their values are, and how they are found again."""

from __future__ import annotations

from enum import Enum, Flag
from functools import lru_cache
from typing import Any

from pydantic_core import PydanticSerializationError, to_jsonable_python

from holdfast.type_guards import is_list
from holdfast.values.json_text import canonical

MANY_FLAGS = 5
"""The number of flags above which combinations are no longer listed."""


def form_of(member: Enum) -> Any:
    """Return a member as JSON: its value, or its name if its value has no JSON form."""
    if isinstance(member, Flag):
        return member.value
    form = _forms(type(member))[member.name]
    return list(form) if is_list(form) else form


@lru_cache(maxsize=256)
def _forms(kind: type[Enum]) -> dict[str, Any]:
    try:
        forms = {each.name: to_jsonable_python(each.value) for each in kind}
    except (PydanticSerializationError, ValueError, RecursionError):
        forms = {}
    told_apart = len({canonical(form) for form in forms.values()}) == len(kind)
    return forms if told_apart else {each.name: each.name for each in kind}


def is_special(kind: type[Enum]) -> bool:
    """Whether pydantic does not find the members of an enumeration by their `form_of`."""
    return issubclass(kind, Flag) or any(type(each.value) not in (str, int, bool) for each in kind)


def is_beyond(kind: type[Enum]) -> bool:
    """Whether a member is a number that pydantic's reader of enumerations cannot hold."""
    return any(type(each.value) is int and each.value.bit_length() > 63 for each in kind)


def finds_more(kind: type[Enum]) -> bool:
    """Whether an enumeration also finds members by values that none of them has."""
    missing: Any = kind._missing_
    return not issubclass(kind, Flag) and missing.__func__ is not Enum._missing_.__func__  # type: ignore[attr-defined]


def member_of(kind: type[Enum], form: Any) -> Any:
    """Return the member that is written this way. Any other value is returned unchanged, for pydantic to refuse."""
    if isinstance(form, Enum):
        return form
    if issubclass(kind, Flag):
        return _combination(kind, form)
    return _members(kind).get(canonical(form), form)


@lru_cache(maxsize=256)
def _members(kind: type[Enum]) -> dict[str, Enum]:
    return {canonical(form_of(each)): each for each in kind}


def all_flags(kind: type[Flag]) -> int:
    """Return the value of all flags combined."""
    found = 0
    for each in kind:
        found |= each.value
    return found


def combinations(kind: type[Flag]) -> list[tuple[int, str]]:
    """Return the values of all combinations of flags, each with the names in it, single flags first."""
    single = [(each.value, str(each.name)) for each in kind]
    found = dict(single)
    for value, name in single:
        for other, names in list(found.items()):
            if other != other | value:
                found.setdefault(other | value, f"{names} | {name}")
    return [*found.items(), *([] if 0 in found else [(0, "none")])]


def _combination(kind: type[Flag], form: Any) -> Any:
    """Return the flags that a number stands for. A negative number means all except those."""
    if not isinstance(form, int) or isinstance(form, bool):
        return form
    try:
        return kind(form)
    except ValueError:
        return form
