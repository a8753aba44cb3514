"""What a flow asks for, as the store and the forms have it: a JSON Schema, and how an answer becomes a value."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, is_dataclass
from functools import cached_property, lru_cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, NewType, Union, get_args, get_origin

from pydantic import (
    AliasChoices,
    BaseModel,
    ConfigDict,
    PydanticUserError,
    Secret,
    SecretBytes,
    SecretStr,
    TypeAdapter,
    ValidationError,
    create_model,
)
from pydantic.errors import PydanticInvalidForJsonSchema
from pydantic.fields import FieldInfo
from pydantic_core import to_jsonable_python
from typing_extensions import TypeAliasType, is_typeddict

from holdfast import identities
from holdfast.exceptions import InvalidFlow, Path
from holdfast.jsontext import to_json


@dataclass(frozen=True)
class Question:
    """What a wait asks for, ready for the store."""

    adapter: TypeAdapter[Any]
    wrapped: bool
    """The answer is a plain value under the name ``value``, since an answer is always an object."""
    schema: Mapping[str, Any]
    initial: Mapping[str, Any] | None
    description: str | None

    @cached_property
    def digest(self) -> str:
        """A short hash of the schema, the same in every process."""
        return hashlib.sha256(json.dumps(self.schema, sort_keys=True).encode()).hexdigest()[:32]

    @cached_property
    def asked(self) -> str:
        """A short hash of all that a person is asked."""
        return identities.asked(self.schema, self.initial, self.description)

    def load(self, answer: Any) -> Any:
        """The answer as the flow gets it. Raises pydantic's `ValidationError`."""
        return self.load_json(to_json(answer))

    def load_json(self, text: str) -> Any:
        """`load`, of an answer as JSON text."""
        loaded = self.adapter.validate_json(text)
        return loaded.value if self.wrapped else loaded

    def objections(self, answer: Any) -> tuple[Any, dict[Path, str]]:
        """The loaded answer and no objections, or ``None`` and what the flow's validators have against it."""
        return self.objections_to_json(to_json(answer))

    def objections_to_json(self, text: str) -> tuple[Any, dict[Path, str]]:
        """`objections`, to an answer as JSON text."""
        try:
            return self.load_json(text), {}
        except ValidationError as error:
            return None, {tuple(each["loc"]): _plain_message(each["msg"]) for each in error.errors()}
        except Exception as error:  # noqa: BLE001 - a validator of the user's may raise anything; the wait survives
            return None, {(): f"{type(error).__name__}: {error}"}


def _plain_message(text: str) -> str:
    return text.removeprefix("Value error, ").removeprefix("Assertion failed, ")


def question(asked: Any, argument: str = "wait_for_input") -> Question:
    """What to ask for, from a type that was given as ``argument``. Raises `InvalidFlow` for what is no type."""
    try:
        hash(asked)
    except TypeError:  # as an annotation may be
        return _make_question.__wrapped__(asked, argument)
    return _make_question(asked, argument)


# Thousands of runs of one flow ask with one model; a model made for one question is soon forgotten.
@lru_cache(maxsize=256)
def _make_question(asked: Any, argument: str) -> Question:
    is_model = isinstance(asked, type) and issubclass(asked, BaseModel)
    try:
        model = asked if is_model else _wrapper(asked)
        schema = model.model_json_schema()
    except (PydanticUserError, PydanticInvalidForJsonSchema) as error:
        raise InvalidFlow(f"{argument}={asked!r} cannot be asked for: {error}") from error
    if not is_model:
        schema.pop("title", None)
    initial = getattr(asked, "_initial_data", None) if is_model else None
    return Question(
        adapter=TypeAdapter(model),
        wrapped=not is_model,
        schema=schema,
        initial=_initial(model, initial) if initial else None,
        description=getattr(asked, "_description", None) if is_model else None,
    )


def _wrapper(asked: Any) -> type[BaseModel]:
    return create_model("Input", __config__=ConfigDict(extra="forbid"), value=(asked, ...))


def _initial(model: type[BaseModel], initial: Mapping[str, Any]) -> dict[str, Any]:
    """Initial values by the names that the schema has, which are the aliases."""
    return {_alias(name, model.model_fields[name]): to_jsonable_python(value) for name, value in initial.items()}


def _alias(name: str, field: FieldInfo) -> str:
    alias = field.validation_alias or field.alias
    if isinstance(alias, AliasChoices):
        alias = alias.choices[0]
    return alias if isinstance(alias, str) else name


def revealed(value: Any, shown: Any) -> Any:
    """``shown``, which is ``value`` as JSON has it, with what pydantic hides of secrets: it is meant to arrive."""
    if isinstance(value, Secret | SecretStr | SecretBytes):
        return to_jsonable_python(value.get_secret_value())
    if isinstance(value, BaseModel) and isinstance(shown, dict):
        names: dict[Any, str] = {
            field.serialization_alias or field.alias or name: name for name, field in _fields(value)
        }
        return {key: revealed(getattr(value, names.get(key, str(key)), each), each) for key, each in shown.items()}
    if isinstance(value, Mapping) and isinstance(shown, dict) and len(value) == len(shown):
        return {key: revealed(inner, each) for inner, (key, each) in zip(value.values(), shown.items(), strict=True)}
    if isinstance(value, list | tuple | set | frozenset) and isinstance(shown, list) and len(value) == len(shown):
        return [revealed(inner, each) for inner, each in zip(value, shown, strict=True)]
    if is_dataclass(value) and isinstance(shown, dict):
        return {key: revealed(getattr(value, str(key), each), each) for key, each in shown.items()}
    return shown


def _fields(model: BaseModel) -> Iterable[tuple[str, FieldInfo]]:
    return type(model).model_fields.items()


def type_name(asked: Any) -> str:
    """What people call a type."""
    return asked.__name__ if isinstance(asked, type) else str(asked).replace("typing.", "")


def type_digest(asked: Any) -> str:
    """A short hash of a type's JSON Schema, the same in every process. Raises `InvalidFlow` for what has none."""
    variant_of = vars(asked).get("_variant_of") if isinstance(asked, type) else None
    return question(variant_of or asked, "input_type").digest


def accepted_digests(asked: Any) -> frozenset[str] | None:
    """The types, by `type_digest`, whose values whoever receives ``asked`` takes; ``None`` for any."""
    kinds = list(_kinds(asked))
    if any(kind in (Any, object) for kind in kinds):
        return None
    return frozenset({type_digest(asked)} | {type_digest(kind) for kind in kinds})


_COLLECTIONS: tuple[type, ...] = (list, tuple, set, frozenset, dict)


def _kinds(asked: Any) -> Iterator[Any]:
    """The types that values of type ``asked`` are of, as `type` would say of them."""
    origin, arguments = get_origin(asked), get_args(asked)
    if origin is Annotated:
        yield from _kinds(arguments[0])
    elif origin in (Union, UnionType):
        for each in arguments:
            yield from _kinds(each)
    elif origin is Literal:
        yield from map(type, arguments)
    elif isinstance(asked, TypeAliasType):
        yield from _kinds(asked.__value__)
    elif isinstance(asked, NewType):
        yield from _kinds(asked.__supertype__)
    elif isinstance(origin, type):
        yield from [kind for kind in _COLLECTIONS if issubclass(kind, origin)] or [origin]
    elif asked is None:
        yield NoneType
    else:
        # An int is a float where one is asked for (PEP 484), and a typed dictionary is a dictionary.
        yield from (asked, int) if asked is float else (asked, dict) if is_typeddict(asked) else (asked,)
