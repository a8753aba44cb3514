"""Fields read from a JSON Schema: what a form asks for, but not how it looks."""

import math
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum, StrEnum
from functools import cached_property
from typing import Any, Final, TypeAlias

from holdfast.forms import references
from holdfast.forms.field_words import label_of, title_of
from holdfast.forms.limits import Limits, limits_of
from holdfast.forms.schema_documents import Document
from holdfast.type_guards import is_list, is_mapping
from holdfast.values.json_text import to_json
from holdfast.values.masks import has_secrets, is_secret, mask
from holdfast.values.schema_places import LAX, OPEN

Json: TypeAlias = Any
"""A JSON value. A number too exact for a float is a `decimal.Decimal`."""

Path: TypeAlias = tuple[str | int, ...]
"""The place of a value in the form's value: property names and list positions. `()` is the whole value."""

LONG_TEXT = 200
"""A text that may have this many characters gets a field with several lines."""


class Missing(Enum):
    """The type of `MISSING`. `None` would not do, because it is a value."""

    MISSING = "missing"


MISSING: Final = Missing.MISSING
"""No value: an optional field that is left out."""


class Kind(StrEnum):
    """The kinds of fields. Each has its own way to be entered."""

    TEXT = "text"
    SECRET = "secret"  # noqa: S105  a kind, not a password
    INTEGER = "whole number"
    NUMBER = "number"
    BOOLEAN = "yes or no"
    CHOICE = "choice"
    DATE = "date"
    TIME = "time"
    DATETIME = "date and time"
    DURATION = "duration"
    MODEL = "group"
    LIST = "list"
    TUPLE = "fixed list"
    TABLE = "named values"
    UNION = "one of several"
    JSON = "JSON"


_FORMATS = {
    "password": Kind.SECRET,
    "date": Kind.DATE,
    "time": Kind.TIME,
    "date-time": Kind.DATETIME,
    "duration": Kind.DURATION,
}
_OF_PARTS = (Kind.LIST, Kind.TUPLE, Kind.TABLE, Kind.UNION)
"""Kinds that show their parts. A secret of such a kind is entered as JSON instead."""

_TYPES = {"string": Kind.TEXT, "integer": Kind.INTEGER, "number": Kind.NUMBER, "boolean": Kind.BOOLEAN}


@dataclass(frozen=True)
class Choice:
    """One of the values that a field may have, and its label."""

    value: Json
    label: str


@dataclass(frozen=True, eq=False)
class Field:
    """One field of a form. Its children are read when they are first used, so a schema may contain itself."""

    kind: Kind
    name: str
    title: str
    description: str = ""
    required: bool = True
    nullable: bool = False
    default: Json = MISSING
    limits: Limits = field(default_factory=Limits)
    choices: tuple[Choice, ...] = ()
    examples: tuple[Json, ...] = ()
    format: str = ""
    multiline: bool = False
    exact: bool = False
    """Whether it is a decimal number that is sent as text, so that no digit is lost."""
    in_union: bool = False
    """Whether it is an alternative of a union: its decimal number is sent as a number, to distinguish it from text."""
    secret: bool = False
    """Whether its value must never be shown or stored in a draft."""
    lax: bool = False
    """Whether pydantic reads the value. Then numbers may also be written as in Python."""
    deprecated: bool = False
    identifies: bool = False
    """Whether its value identifies an alternative of a union. Then even an untouched default is sent."""
    tag: str | None = None
    """For an alternative of a union: the name of the field that distinguishes the alternatives, if there is one."""
    schema: Mapping[str, Json] = field(default_factory=dict[str, Json], repr=False)
    reader: "Reader | None" = field(default=None, repr=False)
    trail: frozenset[str] = field(default=frozenset(), repr=False)

    @property
    def fixed(self) -> bool:
        """Whether there is nothing to choose because the schema allows only one value."""
        return self.kind is Kind.CHOICE and len(self.choices) == 1 and not self.nullable

    @property
    def is_open(self) -> bool:
        """Whether a function of the flow sees the input first, so that any text may be valid."""
        return OPEN in self.schema

    @property
    def has_default(self) -> bool:
        """Whether the schema gives a default that can be sent. The default of a secret is only a row of asterisks."""
        return self.default is not MISSING and not self.secret

    @cached_property
    def options(self) -> tuple[Choice, ...]:
        """The options to pick from: the choices, or yes and no, and also none if the value may be null."""
        values = (Choice(True, "yes"), Choice(False, "no")) if self.kind is Kind.BOOLEAN else self.choices
        if not self.nullable:
            return values
        none = Choice(None, label_of(None))
        return (
            *(replace(each, label=to_json(each.value)) if each.label == none.label else each for each in values),
            none,
        )

    @cached_property
    def texts(self) -> dict[str, int]:
        """The position of each text among the options, for a fast lookup: there may be thousands."""
        return {each.value: at for at, each in enumerate(self.options) if isinstance(each.value, str)}

    @cached_property
    def fields(self) -> tuple["Field", ...]:
        """The fields of a group, in the schema's order or in the order that `position` or `order` gives."""
        if self.kind is not Kind.MODEL or self.reader is None:
            return ()
        properties = _mapping(self.schema.get("properties"))
        required = [name for name in _sequence(self.schema.get("required")) if isinstance(name, str)]
        names = sorted(dict.fromkeys((*properties, *required)), key=lambda name: _position(properties.get(name)))
        read = self.reader.read
        found = tuple(
            read(properties.get(name, True), name=name, required=name in required, trail=self.trail, secret=self.secret)
            for name in names
        )
        return found if self.tag is None else tuple(self._mark_identifying(found))

    def _mark_identifying(self, fields: tuple["Field", ...]) -> Iterator["Field"]:
        """Mark the fields that identify an alternative: its tag and its fixed fields, or else all of its fields."""
        identifying = [each.name for each in fields if each.fixed or each.name == self.tag] or [
            each.name for each in fields
        ]
        for each in fields:
            yield replace(each, identifies=True) if each.name in identifying and _sendable(each.default) else each

    @property
    def further(self) -> Json:
        """The schema of a group's undeclared properties; False if it may have none."""
        return self.schema.get("additionalProperties", False) if self.kind is Kind.MODEL else False

    @cached_property
    def item(self) -> "Field":
        """The field for each row of a list, or for each value of a table."""
        if self.reader is None:
            return Field(Kind.JSON, "", "")
        return self.reader.read(self.schema.get("items" if self.kind is Kind.LIST else "additionalProperties", True))

    @cached_property
    def places(self) -> tuple["Field", ...]:
        """The fields for the places of a fixed list."""
        if self.kind is not Kind.TUPLE or self.reader is None:
            return ()
        raws = _sequence(self.schema.get("prefixItems"))
        return tuple(self.reader.read(raw, required=raw not in ({}, True), trail=self.trail) for raw in raws)

    @cached_property
    def branches(self) -> tuple["Branch", ...]:
        """The alternatives of a union, without null."""
        if self.kind is not Kind.UNION or self.reader is None:
            return ()
        return tuple(self.reader.read_branches(self.schema, self.trail))


@dataclass(frozen=True, eq=False)
class Branch:
    """One alternative of a union. `tags` are the discriminator's values that select it."""

    title: str
    tags: tuple[str, ...]
    field: Field
    raw: Json
    """The alternative as the schema has it, to find it again there."""


class Reader:
    """Reads parts of one schema document, following its local references."""

    def __init__(self, document: Document) -> None:
        self._document = document.root
        self._draft = document.draft
        self._is_lax = is_mapping(document.root) and document.root.get(LAX) is True

    def read(
        self,
        raw: Json,
        *,
        name: str = "",
        required: bool = True,
        trail: frozenset[str] = frozenset(),
        unions: frozenset[str] = frozenset(),
        tag: str | None = None,
        secret: bool = False,
    ) -> Field:
        """Read the field that *raw* describes.

        *trail* holds the references that are being followed above it, and *unions* those of its unions. All fields
        below a *secret* are secret.
        """
        resolved = references.resolve(self._document, raw, self._draft)
        schema, nullable = resolved.schema, resolved.nullable
        own_trail = resolved.refs if nullable else trail | resolved.refs
        kind = _kind_unless_endless(resolved, trail, unions)
        exact = kind is Kind.UNION and _is_decimal(schema)
        choices = _choices(schema, kind)
        secret = secret or is_secret(schema)
        kind = Kind.NUMBER if exact else _kind_shown(kind, choices, secret)
        return Field(
            kind=kind,
            name=name,
            title=title_of(_string(_mapping(raw).get("title")), _string(schema.get("title")), name),
            description=_string(schema.get("description")),
            required=required,
            nullable=nullable,
            default=schema.get("default", MISSING),
            limits=limits_of(references.alternatives(schema)[0] if exact else schema),
            choices=choices,
            examples=tuple(_sequence(schema.get("examples"))),
            format=_format(schema),
            multiline=not secret and _multiline(schema),
            exact=exact,
            secret=secret,
            lax=self._is_lax,
            deprecated=schema.get("deprecated") is True,
            tag=tag,
            schema=schema,
            reader=self,
            trail=_trail_below(kind, own_trail, unions | resolved.refs),
        )

    @cached_property
    def secretive(self) -> bool:
        """Whether anything in the document is a secret."""
        return has_secrets(self._document)

    def mask(self, schema: Json, value: Json) -> Json:
        """Return *value* with its secrets masked. *schema* is the part of the document that describes it."""
        return mask(schema, value, self._document) if self.secretive else value

    def read_branches(self, schema: Mapping[str, Json], unions: frozenset[str]) -> Iterator[Branch]:
        """Read the alternatives of a union, each with a unique title. *unions* holds the references that led to it."""
        discriminator = _mapping(schema.get("discriminator"))
        mapping, tag = _mapping(discriminator.get("mapping")), _string(discriminator.get("propertyName"))
        seen: set[str] = set()
        for number, raw in enumerate(references.alternatives(schema), start=1):
            ref = _mapping(raw).get("$ref")
            branch = replace(self.read(raw, unions=unions, tag=tag), in_union=True)
            title = branch.title or branch.kind.value
            if title in seen:
                title = f"{title} ({number})"
            seen.add(title)
            yield Branch(title, tuple(tag for tag, target in mapping.items() if target == ref), branch, raw)


def _trail_below(kind: Kind, models: frozenset[str], unions: frozenset[str]) -> frozenset[str]:
    if kind in (Kind.MODEL, Kind.TUPLE):
        return models
    return unions if kind is Kind.UNION else frozenset()


def _kind(schema: Mapping[str, Json]) -> Kind:
    if "const" in schema or "enum" in schema:
        return Kind.CHOICE
    type_ = _string(schema.get("type"))
    if references.alternatives(schema) and "properties" not in schema and type_ not in _TYPES:
        return Kind.UNION
    if type_ == "string":
        text = Kind.SECRET if is_secret(schema) else Kind.TEXT
        return _FORMATS.get(_string(schema.get("format")), text)
    if type_ == "object" or (not type_ and "properties" in schema):
        return _object_kind(schema)
    if type_ == "array":
        return _array_kind(schema)
    if type_ == "null":
        return Kind.CHOICE
    return _TYPES.get(type_, Kind.JSON)


def _object_kind(schema: Mapping[str, Json]) -> Kind:
    further = schema.get("additionalProperties")
    if _mapping(schema.get("properties")) or schema.get("properties") == {}:
        return Kind.MODEL
    if "patternProperties" in schema:
        return Kind.JSON
    if further is False:
        return Kind.MODEL
    return Kind.TABLE if is_mapping(further) and further else Kind.JSON


def _array_kind(schema: Mapping[str, Json]) -> Kind:
    items, places = schema.get("items"), _sequence(schema.get("prefixItems"))
    if "prefixItems" not in schema:
        return Kind.LIST if is_mapping(items) and items else Kind.JSON
    least, most = schema.get("minItems"), schema.get("maxItems")
    open_ended = "items" not in schema and most is None and places[-1:] not in ([], [{}], [True])
    fixed = len(places) == least == most or items is False or open_ended
    return Kind.TUPLE if places and fixed else Kind.JSON


def _position(raw: Json) -> float:
    """Return the position that a property asks for. Properties that ask for none come last, in their own order."""
    schema = _mapping(raw)
    wanted = schema.get("position", schema.get("order"))
    return wanted if isinstance(wanted, int | float) and not isinstance(wanted, bool) else math.inf


def _is_decimal(schema: Mapping[str, Json]) -> bool:
    """Whether this is a Decimal: a union of number and string, with the format "decimal" or with pydantic's pattern.

    `float | str` looks the same, but has neither.
    """
    branches = references.alternatives(schema)
    if len(branches) != 2 or not all(is_mapping(branch) for branch in branches):
        return False
    number, text = branches
    if (number.get("type"), text.get("type")) != ("number", "string"):
        return False
    marked = "decimal" in (schema.get("format"), number.get("format"), text.get("format"))
    return marked or text.keys() == {"type", "pattern"}


def _kind_unless_endless(resolved: references.Resolved, trail: frozenset[str], unions: frozenset[str]) -> Kind:
    """Return a field's kind by its schema, or JSON if the field would contain itself without end."""
    kind = _kind(resolved.schema)
    if kind in (Kind.MODEL, Kind.TUPLE) and not resolved.nullable and resolved.refs & trail:
        return Kind.JSON
    if kind is Kind.UNION and resolved.refs & unions:
        return Kind.JSON  # the union is one of its own alternatives
    return kind


def _kind_shown(kind: Kind, choices: tuple[Choice, ...], secret: bool) -> Kind:
    """The kind by which a field is filled in: a secret of several parts as JSON, so that not even its rows are seen."""
    if choices or kind is Kind.CHOICE:
        return Kind.CHOICE if choices else Kind.JSON
    return Kind.JSON if secret and kind in _OF_PARTS else kind


def _choices(schema: Mapping[str, Json], kind: Kind) -> tuple[Choice, ...]:
    if kind is Kind.UNION:
        found = [_mapping(branch) for branch in references.alternatives(schema)]
        if all("const" in branch or "enum" in branch for branch in found):
            return tuple(choice for branch in found for choice in _titled_choices(branch))
    if kind is not Kind.CHOICE:
        return ()
    values = [schema["const"]] if "const" in schema else _sequence(schema.get("enum", [None]))
    return _labelled(values)


def _labelled(values: list[Json]) -> tuple[Choice, ...]:
    """Return the choices with their labels. Choices that would have the same label are shown as JSON."""
    words = [label_of(value) for value in values]
    often = Counter(words)
    pairs = zip(values, words, strict=True)
    return tuple(Choice(value, text if often[text] == 1 else to_json(value)) for value, text in pairs)


def _titled_choices(branch: Mapping[str, Json]) -> tuple[Choice, ...]:
    """Return the choices of one branch. A constant is labelled with its title, as hand-written schemas intend."""
    title = _string(branch.get("title"))
    if "const" in branch and title:
        return (Choice(branch["const"], title),)
    return _choices(branch, Kind.CHOICE)


def _format(schema: Mapping[str, Json]) -> str:
    if schema.get("contentMediaType") == "application/json":
        return "json-string"
    return _string(schema.get("format"))


def _multiline(schema: Mapping[str, Json]) -> bool:
    asked = "textarea" in (schema.get("widget"), schema.get("format"))
    length = schema.get("maxLength")
    long = isinstance(length, int) and length >= LONG_TEXT
    return asked or long or schema.get("contentMediaType") == "application/json"


def _sendable(default: Json) -> bool:
    return not (isinstance(default, float) and not math.isfinite(default))


def _string(value: Json) -> str:
    return value if isinstance(value, str) else ""


def _mapping(value: Json) -> Mapping[str, Json]:
    return value if is_mapping(value) else {}


def _sequence(value: Json) -> list[Json]:
    return value if is_list(value) else []
