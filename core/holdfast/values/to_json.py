"""Python values as JSON from which pydantic can make them again.

That is not pydantic's own output, which has computed fields, the results of custom serializers, and the names for
output. A model is made again from its fields as they are, by the names under which they are read.
"""

from __future__ import annotations

import base64
import datetime as dt
import os
import re
from collections import deque
from collections.abc import Callable, Mapping, Set
from dataclasses import fields, is_dataclass
from decimal import Decimal
from enum import Enum
from functools import lru_cache
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import (
    AliasChoices,
    AliasPath,
    BaseModel,
    EncodedBytes,
    EncodedStr,
    ImportString,
    Json,
    PydanticUserError,
    Secret,
    SecretBytes,
    SecretStr,
    TypeAdapter,
)
from pydantic.fields import FieldInfo
from pydantic_core import PydanticSerializationError, to_jsonable_python

from holdfast.type_guards import class_of, is_list, is_mapping, is_tuple
from holdfast.values.enum_values import form_of
from holdfast.values.json_text import MAX_DEPTH, MAX_DIGITS, canonical, fits, to_json

SECRETS: tuple[Any, ...] = (Secret, SecretStr, SecretBytes)
"""The types of secret values."""

STARS = "**********"
"""The text that pydantic shows for a secret."""

_MOST_REPEATED = 300_000
"""The number of containers that may be written again because they occur in several places of a value."""

_BYTES: tuple[type[Any], ...] = (bytes, bytearray, memoryview)
_PATTERNS: tuple[type[Any], ...] = (re.Pattern,)
_PATHS: tuple[type[Any], ...] = (os.PathLike,)

_JSON: Any = Json  # for a type checker these are not classes
_IMPORT: Any = ImportString


class UnwritableError(ValueError):
    """A value that JSON cannot represent; the message says why."""


class KeyText(str):
    """A key of a mapping that is not a text, as JSON."""

    __slots__ = ()


class BytesText(str):
    """The UTF-8 text of bytes, until the required encoding is known."""

    __slots__ = ("raw",)
    raw: bytes


class Written(dict[str, Any]):
    """A model or dataclass as JSON: the fields that were set."""

    def __init__(self, unset: Callable[[], dict[str, Any]], names: set[str]) -> None:
        super().__init__()
        self.unset = unset
        """The fields that were not set, with their values."""
        self.names = names
        """The names of its fields in JSON."""


def written(value: Any, annotation: Any = None) -> Any:
    """Return a Python value as the JSON from which pydantic makes it again. Secrets in it are not masked.

    A decimal number stays a `decimal.Decimal`. ``annotation`` is the declared type of the value, if that is known.
    Raises `UnwritableError`.
    """
    return _Writer().write(value, annotation)


def written_for(part: Any, value: Any) -> Any:
    """Return the value as `written`, with the text encoding given by a part of a schema.

    The result must still be `fitted` to the schema, which does this for nested values.
    """
    schema: Mapping[str, Any] = part if is_mapping(part) else {}
    if schema.get("contentMediaType") == "application/json" and not isinstance(value, str):
        return written(value, _JSON)
    return _Writer(for_schema=True).write(value)


def text_of_bytes(value: bytes, form: str) -> str:
    """Return the text of bytes in an encoding: ``base64``, ``base64url``, ``hex``, or else UTF-8.

    Raises `UnwritableError`.
    """
    if form == "base64":
        return base64.b64encode(value).decode()
    if form == "base64url":
        return base64.urlsafe_b64encode(value).decode()
    if form == "hex":
        return value.hex()
    try:
        return value.decode()
    except UnicodeDecodeError as error:
        raise UnwritableError(
            "its bytes are not text in UTF-8; declare them as Base64Bytes, or set val_json_bytes='base64'"
        ) from error


def written_fields(kind: type[BaseModel], values: Mapping[str, Any]) -> dict[str, Any]:
    """Return values for the fields of a model, given by their names in Python, as JSON; see `written`."""
    return _Writer(for_schema=True).fields(kind, values)


class _Writer:
    """Writes one value."""

    def __init__(self, *, for_schema: bool = False) -> None:
        self._depth = 0
        self._bytes = "utf8"
        self._for_schema = for_schema
        self._seen: dict[int, Any] = {}
        self._repeated = 0

    def write(self, value: Any, annotation: Any = None) -> Any:
        if self._depth > MAX_DEPTH:
            raise UnwritableError(f"it is nested more than {MAX_DEPTH} levels deep, or contains itself")
        self._depth += 1
        try:
            return self._write(value, annotation)
        finally:
            self._depth -= 1

    def _write(self, value: Any, annotation: Any) -> Any:
        if get_origin(annotation) is Annotated:
            return self._encoded(value, *get_args(annotation))
        if annotation is _JSON:
            return to_json(self.write(value))
        if annotation is _IMPORT:
            return self.write(_adapter(_IMPORT).dump_python(value, mode="json"))
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, Enum):
            return form_of(value)
        if isinstance(value, str):
            return _text(str.__str__(value))
        if isinstance(value, int | float | Decimal):
            return _number(value)
        if isinstance(value, SECRETS):
            return self.write(value.get_secret_value())
        if isinstance(value, BaseModel):
            self._count(value)
            return self._model(value)
        if is_mapping(value):
            self._count(value)
            return self._mapping(value, annotation)
        if isinstance(value, list | tuple | Set | deque):
            self._count(value)
            return self._items(value, annotation)
        if isinstance(value, _BYTES):
            return self._text_of_bytes(bytes(value))
        if is_dataclass(value) and not isinstance(value, type):
            self._count(value)
            return self._dataclass(value)
        return _other(value)

    def _count(self, value: Any) -> None:
        """Refuse a value that contains itself so many times that writing it would not end."""
        self._repeated += id(value) in self._seen
        self._seen[id(value)] = value  # kept, so that no other object gets its id meanwhile
        if self._repeated > _MOST_REPEATED:
            raise UnwritableError(f"its parts occur in it at more than {_MOST_REPEATED:,} places")

    def _encoded(self, value: Any, inner: Any, *metadata: Any) -> Any:
        """Return a value that was made from a text of another encoding."""
        for each in metadata:
            if each is _IMPORT or isinstance(each, _IMPORT):
                return self.write(value, _IMPORT)
            if each is _JSON or isinstance(each, _JSON):
                return to_json(self.write(value, inner))
            if isinstance(each, EncodedBytes) and isinstance(value, bytes):
                return text_of_bytes(each.encode(value), self._form)
            if isinstance(each, EncodedStr) and isinstance(value, str):
                return each.encode_str(value)
        return self.write(value, inner)

    def _model(self, model: BaseModel) -> Any:
        kind = type(model)
        known = kind.__pydantic_fields__
        if kind.__pydantic_root_model__:
            return self._field(known["root"], model.__dict__["root"])
        held = {name: value for name, value in model.__dict__.items() if name in known}
        unset = {name: value for name, value in held.items() if _is_left_alone(name, model)}
        found = Written(
            lambda: self._unset(kind, unset), {str(_path(name, kind, field)[0]) for name, field in known.items()}
        )
        found.update(self.fields(kind, {name: value for name, value in held.items() if name not in unset}))
        for name, value in (model.__pydantic_extra__ or {}).items():
            found[name] = self.write(value)
        return found

    def _unset(self, kind: type[BaseModel], values: Mapping[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, value in values.items():
            try:
                found |= self.fields(kind, {name: value})
            except UnwritableError:
                continue  # a default that nobody can give
        return found

    def fields(self, kind: type[BaseModel], values: Mapping[str, Any]) -> dict[str, Any]:
        """Return the fields of a model that have these values."""
        before, self._bytes = self._bytes, kind.model_config.get("val_json_bytes", "utf8")
        found: dict[str, Any] = {}
        try:
            for name, value in values.items():
                field = kind.__pydantic_fields__[name]
                _put(found, _path(name, kind, field), self._field(field, value))
        finally:
            self._bytes = before
        return found

    def _field(self, field: FieldInfo, value: Any) -> Any:
        annotation = field.annotation
        if field.metadata:
            annotation = Annotated[(annotation, *field.metadata)]  # type: ignore[assignment]
        return self.write(value, annotation)

    def _dataclass(self, value: Any) -> Any:
        kind = class_of(value)
        known = getattr(kind, "__pydantic_fields__", {})
        found = Written(dict, set())
        for each in fields(value):
            if not each.init or not hasattr(value, each.name):
                continue
            field = known.get(each.name, each.default)
            if isinstance(field, FieldInfo):
                path = _path(each.name, kind, field)
                _put(found, path, self._field(field, getattr(value, each.name)))
            else:
                path = (each.name,)
                found[each.name] = self.write(getattr(value, each.name))
            found.names.add(str(path[0]))
        return found

    def _mapping(self, value: Mapping[Any, Any], annotation: Any) -> dict[str, Any]:
        arguments = get_args(_only(annotation))
        inner = arguments[1] if len(arguments) == 2 else None
        found = {self._key(key): self.write(each, inner) for key, each in value.items()}
        if len(found) < len(value):
            raise UnwritableError("two of its keys would be the same as text")
        return found

    def _key(self, key: Any) -> str:
        if type(key) is str:
            return _text(key)
        form = self.write(key)
        if isinstance(form, dict | list):
            return KeyText(to_json(form))
        if form is None or isinstance(form, bool):
            return to_json(form)
        return form if isinstance(form, str) else str(form)

    def _items(self, value: Any, annotation: Any) -> list[Any]:
        arguments = get_args(_only(annotation))
        places = [each for each in arguments if each is not ...]
        if len(places) == len(value) > 1 and is_tuple(value):
            return [self.write(each, place) for each, place in zip(value, places, strict=True)]
        inner = places[0] if len(places) == 1 else None
        found = [self.write(each, inner) for each in value]
        # The same set is the same answer, whatever its order in this process.
        return sorted(found, key=canonical) if isinstance(value, Set) else found

    @property
    def _form(self) -> str:
        return "base64url" if self._bytes == "base64" else self._bytes

    def _text_of_bytes(self, value: bytes) -> str:
        if not self._for_schema or self._form != "utf8":
            return text_of_bytes(value, self._form)
        text = BytesText(value.decode(errors="replace"))
        text.raw = value
        return text


def _text(value: str) -> str:
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError as error:
            raise UnwritableError("a string in it has invalid characters (lone surrogates)") from error
    return value


def _number(value: float | Decimal) -> Any:
    if isinstance(value, int) or (isinstance(value, Decimal) and value.is_finite()):
        if not fits(value):
            raise UnwritableError(f"a number in it has more than {MAX_DIGITS} digits")
        return int(value) if isinstance(value, int) else value
    return float(value) if isinstance(value, float) else str(value)


def _other(value: Any) -> Any:
    if isinstance(value, _PATTERNS):
        return _pattern(value)
    if isinstance(value, _PATHS):
        return _Writer().write(os.fspath(value))
    if isinstance(value, dt.datetime) and (offset := value.utcoffset()) and offset.total_seconds() % 60:
        value = value.astimezone(dt.UTC)  # its time zone cannot be written to the second
    try:
        return to_jsonable_python(value)
    except (PydanticSerializationError, ValueError, RecursionError):
        return _by_its_class(value)


def _by_its_class(value: Any) -> Any:
    """Return a value whose class defines how it is written."""
    kind: Any = class_of(value)
    try:
        return _adapter(kind).dump_python(value, mode="json")
    except (PydanticUserError, PydanticSerializationError, TypeError, ValueError, RecursionError) as error:
        raise UnwritableError(f"{kind.__name__!r} cannot be represented in JSON") from error


@lru_cache(maxsize=64)
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def _pattern(value: re.Pattern[Any]) -> str:
    """Return a pattern with its flags in front, as in ``(?im)^a``."""
    text = value.pattern if isinstance(value.pattern, str) else value.pattern.decode()
    letters = {"a": re.A, "i": re.I, "m": re.M, "s": re.S, "x": re.X}
    plain = re.compile(value.pattern).flags
    set_ = "".join(letter for letter, flag in letters.items() if value.flags & flag & ~plain)
    return f"(?{set_}){text}" if set_ else text


def _is_left_alone(name: str, model: BaseModel) -> bool:
    """Whether a field was not set, and still has its default: not one that was made for this model, or changed."""
    if name in model.model_fields_set:
        return False
    held = vars(model)
    field, value = type(model).__pydantic_fields__[name], held[name]
    try:
        default = field.get_default(call_default_factory=True, validated_data=held)
        return default is value or (type(default) is type(value) and bool(default == value))
    except Exception:  # noqa: BLE001 - the user's factory or comparison may raise anything
        return False


def _only(annotation: Any) -> Any:
    """Return ``X`` for ``X | None``."""
    if get_origin(annotation) in (Union, UnionType):
        inner = [each for each in get_args(annotation) if each is not type(None)]
        return inner[0] if len(inner) == 1 else None
    return annotation


def _path(name: str, kind: type[Any], field: FieldInfo) -> tuple[str | int, ...]:
    """Return the path where pydantic looks for a field."""
    config = getattr(kind, "model_config", None) or getattr(kind, "__pydantic_config__", {})
    alias = field.validation_alias if field.validation_alias is not None else field.alias
    if alias is None or not config.get("validate_by_alias", True):
        return (name,)
    return _alias_path(alias)


def _alias_path(alias: str | AliasPath | AliasChoices) -> tuple[str | int, ...]:
    """Return the path where pydantic looks for an alias. Names come before longer paths, as in the schema."""
    if isinstance(alias, AliasChoices):
        named = next((each for each in alias.choices if isinstance(each, str)), None)
        return _alias_path(alias.choices[0] if named is None else named)
    return (alias,) if isinstance(alias, str) else tuple(alias.path)


def _put(found: dict[str, Any], path: tuple[str | int, ...], value: Any) -> None:
    """Put a value at the end of a path, and create the containers on it."""
    here: Any = found
    for step, after in zip(path, (*path[1:], None), strict=True):
        inner: Any = value if after is None else list[Any]() if isinstance(after, int) else dict[str, Any]()
        if is_list(here):
            assert isinstance(step, int)
            while len(here) <= step:
                here.append(None)
            if after is None or here[step] is None:
                here[step] = inner
            here = here[step]
        else:
            if after is None or step not in here:
                here[step] = inner
            here = here[step]
