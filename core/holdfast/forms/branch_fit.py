"""How well a value fits a field, to find the branch of a union to which it belongs."""

from collections.abc import Mapping
from decimal import Decimal

from holdfast.forms.field_texts import parse
from holdfast.forms.fields import Field, Json, Kind
from holdfast.forms.formats import pydantic_value
from holdfast.type_guards import is_list, is_list_or_tuple, is_mapping
from holdfast.values.json_text import UnreadableError

_JSON_TYPES = {"object": Mapping, "array": list}


def same(one: Json, other: Json) -> bool:
    """Whether two JSON values are equal. Unlike in Python, True and 1 are not."""
    if is_mapping(one) and is_mapping(other):
        return one.keys() == other.keys() and all(same(one[name], other[name]) for name in one)
    if is_list_or_tuple(one) and is_list_or_tuple(other):
        return len(one) == len(other) and all(map(same, one, other))
    return isinstance(one, bool) == isinstance(other, bool) and bool(one == other)


def index_of(field: Field, value: Json) -> int | None:
    """Return the position of *value* among a field's options, preferring one of the same type to an equal one."""
    if isinstance(value, str):
        return field.texts.get(value)
    options = field.options
    equal = [at for at, option in enumerate(options) if option.value == value and same(option.value, value)]
    alike = (at for at in equal if type(options[at].value) is type(value))
    return next(alike, equal[0] if equal else None)


def fit(field: Field, value: Json) -> int:
    """Rate how well *value* fits *field*: 0 means not at all, and more is better."""
    if value is None:
        return 3 if field.nullable or any(choice.value is None for choice in field.choices) else 0
    if field.kind is Kind.CHOICE:
        return 5 if index_of(field, value) is not None else 0
    if field.kind is Kind.MODEL:
        return _fit_group(field, value)
    if field.kind is Kind.UNION:
        return max((fit(branch.field, value) for branch in field.branches), default=0)
    if field.kind is Kind.LIST:
        return _fit_list(field, value)
    if field.kind is Kind.TUPLE:
        return _fit_places(field, value)
    if field.kind is Kind.TABLE:
        return _fit_table(field, value)
    if field.kind is Kind.JSON:
        wanted = _JSON_TYPES.get(str(field.schema.get("type")), object)
        return 2 if isinstance(value, wanted) else 0
    return _fit_scalar(field, value)


def _fit_group(field: Field, value: Json) -> int:
    if not is_mapping(value):
        return 0
    picked = [child for child in field.fields if child.kind is Kind.CHOICE and child.name in value]
    if any(not fit(child, value[child.name]) for child in picked):
        return 0
    if any(child.required and child.name not in value for child in field.fields):
        return 1
    return 3 if value.keys() <= {child.name for child in field.fields} else 2


def _fit_list(field: Field, value: Json) -> int:
    if not is_list(value):
        return 0
    return 3 if all(fit(field.item, entry) for entry in value) else 1


def _fit_places(field: Field, value: Json) -> int:
    if not is_list(value):
        return 0
    fits = len(value) == len(field.places) and all(map(fit, field.places, value))
    return 3 if fits else 1


def _fit_table(field: Field, value: Json) -> int:
    if not is_mapping(value):
        return 0
    return 2 if all(fit(field.item, entry) for entry in value.values()) else 1


def _fit_scalar(field: Field, value: Json) -> int:
    return _fit_exactly(field, value) or int(field.lax and _is_read(field, value))


def _is_read(field: Field, value: Json) -> bool:
    """Whether pydantic accepts a value of another type as a number or as a boolean."""
    name = {Kind.INTEGER: "integer", Kind.NUMBER: "number", Kind.BOOLEAN: "boolean"}.get(field.kind)
    return name is not None and pydantic_value(name, value) is not None


def _fit_exactly(field: Field, value: Json) -> int:
    if isinstance(value, bool) or field.kind is Kind.BOOLEAN:
        return 4 if isinstance(value, bool) and field.kind is Kind.BOOLEAN else 0
    if isinstance(value, int | float | Decimal):
        if field.kind is Kind.NUMBER:
            return 3
        return 4 if field.kind is Kind.INTEGER and isinstance(value, int) else 0
    numeric = field.kind is Kind.INTEGER or (field.kind is Kind.NUMBER and not field.exact)
    if not isinstance(value, str) or numeric:
        return 0
    if field.kind in (Kind.TEXT, Kind.SECRET) and not field.format:
        return 2
    try:
        parse(field, value)
    except UnreadableError:
        return 0
    return 1 if field.exact and field.in_union else 3  # next to a decimal number, a text is more likely meant as text
