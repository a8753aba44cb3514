"""What a flow asks for: a JSON Schema for the store and the forms, and how an answer becomes a value."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache, partial
from types import BuiltinFunctionType, FunctionType, MethodType, NoneType, UnionType
from typing import Annotated, Any, ClassVar, Literal, NewType, Union, get_args, get_origin

from pydantic import BaseModel, ConfigDict, PydanticUserError, TypeAdapter, ValidationError, create_model
from pydantic_core import SchemaError
from typing_extensions import TypeAliasType, is_typeddict

from holdfast import question_identity
from holdfast.exceptions import InvalidFlow, Path
from holdfast.values.answerable import why_unanswerable
from holdfast.values.asked_schema import AskedSchema
from holdfast.values.fitting import fitted
from holdfast.values.from_json import Reader, json_reader
from holdfast.values.json_text import parse_json, to_json
from holdfast.values.schema_places import without_marks
from holdfast.values.to_json import UnwritableError, written_fields


@dataclass(frozen=True)
class Question:
    """The question of a wait, ready for the store."""

    adapter: TypeAdapter[Any]
    wrapped: bool
    """Whether the answer has a plain value under the name ``value``, since an answer is always an object."""
    schema: Mapping[str, Any]
    initial: Mapping[str, Any] | None
    description: str | None

    @cached_property
    def digest(self) -> str:
        """A short hash of the schema, the same in every process, and in versions with other schema marks."""
        return hashlib.sha256(json.dumps(without_marks(self.schema), sort_keys=True).encode()).hexdigest()[:32]

    @cached_property
    def asked(self) -> str:
        """A short hash of everything that a person is asked."""
        return question_identity.asked(self.schema, self.initial, self.description)

    @cached_property
    def _read(self) -> Reader:
        return json_reader(self.adapter)

    def load(self, answer: Any) -> Any:
        """Return the answer as the flow gets it. Raises pydantic's `ValidationError`."""
        return self.load_json(to_json(answer))

    def load_json(self, text: str) -> Any:
        """Return an answer given as JSON text as the flow gets it; see `load`."""
        loaded = self._read(self.schema, parse_json(text))
        return loaded.value if self.wrapped else loaded

    def objections(self, answer: Any) -> tuple[Any, dict[Path, str]]:
        """Return the loaded answer and no objections, or ``None`` and the objections of the flow's validators."""
        return self.objections_to_json(to_json(answer))

    def objections_to_json(self, text: str) -> tuple[Any, dict[Path, str]]:
        """Return the objections to an answer given as JSON text; see `objections`."""
        try:
            return self.load_json(text), {}
        except ValidationError as error:
            return None, {tuple(each["loc"]): _plain_message(each["msg"]) for each in error.errors()}
        except Exception as error:  # noqa: BLE001 - a validator of the user's may raise anything; the wait survives
            return None, {(): f"{type(error).__name__}: {error}"}


def _plain_message(text: str) -> str:
    return text.removeprefix("Value error, ").removeprefix("Assertion failed, ")


def question(asked: Any, argument: str = "wait_for_input") -> Question:
    """Return the question for a type that was given as ``argument``. Raises `InvalidFlow` for anything else."""
    try:
        hash(asked)
    except TypeError:  # annotations may be unhashable
        return _make_question.__wrapped__(asked, argument)
    return _make_question(asked, argument)


# Thousands of runs of one flow ask with one model. A model made for one question is soon evicted.
@lru_cache(maxsize=256)
def _make_question(asked: Any, argument: str) -> Question:
    is_model = _is_model(asked)
    try:
        model: type[BaseModel] = asked if is_model else _wrapper(asked)
        schema = model.model_json_schema(schema_generator=AskedSchema)
    except Exception as error:  # the code of a type may raise anything, and so may pydantic for something else
        raise InvalidFlow(f"{argument}={_shown(asked)} cannot be asked for: {_why_no_question(error)}.") from error
    if why := why_unanswerable(schema):
        raise InvalidFlow(f"{argument}={_shown(asked)} cannot be asked for, because no answer fits it: {why}.")
    if not is_model:
        schema.pop("title", None)
    initial = getattr(asked, "_initial_data", None) if is_model else None
    return Question(
        adapter=TypeAdapter(model),
        wrapped=not is_model,
        schema=schema,
        initial=_initial(model, initial, schema) if initial else None,
        description=getattr(asked, "_description", None) if is_model else None,
    )


def _is_model(asked: object) -> bool:
    return isinstance(asked, type) and issubclass(asked, BaseModel)


def _is_no_type(asked: object) -> bool:
    return isinstance(asked, _NO_TYPES) or get_origin(asked) is ClassVar or (type(asked) is str and not asked)


def _wrapper(asked: Any) -> type[BaseModel]:
    if _is_no_type(asked):
        raise TypeError(_GIVE)
    return create_model("Input", __config__=ConfigDict(extra="forbid"), value=(asked, ...))


_NO_TYPES = (FunctionType, BuiltinFunctionType, MethodType, partial, Mapping)
"""Values that pydantic accepts as a type although they are none."""
_GIVE = "give a type, such as int or Literal['yes', 'no'], or a model"


def _why_no_question(error: Exception) -> str:
    """Return why there is no question, without pydantic's advice for authors of models."""
    if isinstance(error, PydanticUserError) and error.code == "schema-for-unknown-type":
        what = error.message.partition("schema for ")[2].partition(". Set `")[0]
        return f"there is no form for {what}; {_GIVE}"
    if str(error) == _GIVE:
        return f"it is not a type; {_GIVE}"
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    said = error.message if isinstance(error, PydanticUserError) else str(error)
    if isinstance(error, SchemaError):  # it begins with the place, from the outside in
        reason = said.strip().splitlines()[-1].partition(": ")[2].rstrip(".")
        return f"a pattern in it cannot be read: {reason}" if "regex parse error" in said else reason
    name = "" if isinstance(error, PydanticUserError) else f"{type(error).__name__}: "
    return f"{name}{said.partition(chr(10))[0]}".rstrip(".")


def _shown(asked: Any) -> str:
    try:
        return f"{asked!r:.200}"
    except Exception as error:  # noqa: BLE001 - a __repr__ of the user's
        return f"<{type(asked).__name__}, whose repr() raises {type(error).__name__}>"


def _initial(model: type[BaseModel], initial: Mapping[str, Any], schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return the initial values under the names of the schema, which are the aliases."""
    try:
        found: dict[str, Any] = fitted(schema, written_fields(model, initial))
    except UnwritableError as error:
        raise InvalidFlow(f"The initial data of {model.__name__} cannot be shown: {error}.") from error
    return found


def type_name(asked: Any) -> str:
    """Return the name of a type for people."""
    return asked.__name__ if isinstance(asked, type) else str(asked).replace("typing.", "")


def type_digest(asked: Any) -> str:
    """Return a short hash of a type's JSON Schema, the same in every process. Raises `InvalidFlow` if it has none."""
    return question_of_type(asked).digest


def question_of_type(asked: Any) -> Question:
    """Return the question for all values of a type, including the same type with initial data. Raises `InvalidFlow`."""
    variant_of = vars(asked).get("_variant_of") if isinstance(asked, type) else None
    return question(variant_of or asked, "input_type")


def accepted_digests(asked: Any) -> frozenset[str] | None:
    """Return the types, by `type_digest`, whose values a receiver of ``asked`` accepts; ``None`` for any."""
    kinds = list(_kinds(asked))
    if any(kind in (Any, object) for kind in kinds):
        return None
    return frozenset({type_digest(asked)} | {type_digest(kind) for kind in kinds})


_COLLECTIONS: tuple[type, ...] = (list, tuple, set, frozenset, dict)


def _kinds(asked: Any) -> Iterator[Any]:
    """Yield the types that values of type ``asked`` may have, as `type` returns them."""
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
        # An int is accepted for a float (PEP 484), and a typed dictionary is a dictionary.
        yield from (asked, int) if asked is float else (asked, dict) if is_typeddict(asked) else (asked,)
