"""Fitting the stored parameters of a run to the current code of its flow, which may have changed."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any, get_args, get_origin, get_type_hints

from pydantic import ConfigDict, TypeAdapter, ValidationError

from holdfast.engine.stored_values import grown_classes
from holdfast.exceptions import ParameterError
from holdfast.type_guards import is_dict, is_list_or_tuple
from holdfast.values.json_text import FromJson

if TYPE_CHECKING:
    from holdfast.flows import Flow

_UNFIT = "its stored parameters no longer fit the flow: {}"
_MANY, _REST = inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD
_BY_NAME = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
_MADE_OF = ("function-before", "function-after", "function-wrap", "function-plain", "json")
"""Kinds of pydantic schemas that may refuse their own output."""


def fitted(
    flow: Flow[..., Any], stored: Mapping[str, Any], gathering: Mapping[str, str] | None = None
) -> tuple[dict[str, Any], list[str]]:
    """Return stored parameters as the flow takes them now, and the names of those that it no longer takes.

    ``gathering`` says which of them took any number of values, if that is known (see `Origin.gathering`): a value given
    by name may now have its own parameter, or none. A new parameter gets its default. Raises `ParameterError`, which
    names each parameter that is missing or does not fit.
    """
    call = _Call(flow, stored, gathering)
    hints = _hints(flow)
    problems = list(call.problems.values())
    for name, each in call.taken.items():
        if name not in call.problems:
            problems += _problems(flow, each, call.kept, hints.get(name, Any))
    if problems:
        raise ParameterError(_UNFIT.format("; ".join(problems)))
    defaults = {name: each.default for name, each in call.taken.items() if each.default is not each.empty}
    return defaults | call.kept, call.dropped


def fitted_json(flow: Flow[..., Any], stored: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Return the stored parameters of a deployment's run like `fitted`. They are the given JSON, all by name.

    They are converted according to the flow's annotations. Raises `ParameterError`.
    """
    taken = inspect.signature(flow.fn).parameters
    takes_any = any(each.kind is each.VAR_KEYWORD for each in taken.values())
    kept = {name: value for name, value in stored.items() if takes_any or name in taken}
    try:
        return flow.validate((), FromJson(kept)), [name for name in stored if name not in kept]
    except ParameterError as error:
        raise ParameterError(_UNFIT.format(error)) from error


class _Call:
    """The call with which a run began, according to the flow's current signature."""

    def __init__(self, flow: Flow[..., Any], stored: Mapping[str, Any], gathering: Mapping[str, str] | None) -> None:
        self.taken = inspect.signature(flow.fn).parameters
        self.kept: dict[str, Any] = {}
        self.dropped: list[str] = []
        self.problems: dict[str, str] = {}
        names = {each.kind: name for name, each in self.taken.items()}
        self._many, self._rest = names.get(_MANY), names.get(_REST)
        if self._many is not None:
            self.kept[self._many] = ()
        if self._rest is not None:
            self.kept[self._rest] = {}
        if gathering is None:
            gathering = self._gathering(stored)
        for name, value in stored.items():
            if name not in gathering:
                self._named(name, value)
            elif gathering[name] == "*":
                self._positional(name, value)
        for name, stars in gathering.items():
            if stars == "**":
                self._rest_of(name, stored.get(name, {}))

    def _gathering(self, stored: Mapping[str, Any]) -> dict[str, str]:
        """Return the parameters that took any number of values.

        If that is not stored, the flow's current ones may be meant.
        """
        may_be = {self._many: ("*", tuple), self._rest: ("**", dict)}
        return {
            name: stars
            for name, (stars, kind) in may_be.items()
            if name is not None and isinstance(stored.get(name), kind)
        }

    def _named(self, name: str, value: Any) -> None:
        if name == self._many or name == self._rest:
            self.problems[name] = f"{name} is {'*' if name == self._many else '**'}{name} now"
        elif name in self.taken:
            self.kept[name] = value
        else:
            self._by_name({name: value})

    def _positional(self, name: str, values: Any) -> None:
        if self._many is not None:
            self.kept[self._many] = values
        elif name in self.taken and values:
            self.problems[name] = f"{name} was *{name}"
        elif values:
            self.dropped.append(name)

    def _rest_of(self, name: str, values: Mapping[str, Any]) -> None:
        if values and name in self.taken and name not in (*values, self._rest):
            self.problems[name] = f"{name} was **{name}"
        else:
            self._by_name(values)

    def _by_name(self, values: Mapping[str, Any]) -> None:
        """Take values that were given by name and had, or have, no parameter of their own."""
        for name, value in values.items():
            each = self.taken.get(name)
            if each is not None and name not in self.kept and each.kind in _BY_NAME:
                self.kept[name] = value
            elif self._rest is not None:
                self.kept[self._rest][name] = value
            else:
                self.dropped.append(name)


def _problems(
    flow: Flow[..., Any], parameter: inspect.Parameter, kept: dict[str, Any], annotation: Any
) -> Iterator[str]:
    """Yield what does not fit. A value that fits after conversion, like a given value, is replaced."""
    name = parameter.name
    gathers = parameter.kind in (_MANY, _REST)
    if name not in kept:
        if parameter.default is parameter.empty and not gathers:
            yield f"{name} is missing"
    elif parameter.default is None and kept[name] is None:
        return  # `x: str = None`, which also stays None when a flow is called
    elif lacking := list(grown_classes.completed(name, kept[name])):
        yield from lacking
    elif flow.should_validate_parameters and not gathers:
        yield from _misfit(name, kept, annotation)


def _hints(flow: Flow[..., Any]) -> dict[str, Any]:
    try:
        return get_type_hints(flow.fn, include_extras=True)
    except Exception:  # noqa: BLE001 - names that only a type checker knows
        return {}


def _misfit(name: str, kept: dict[str, Any], annotation: Any) -> Iterator[str]:
    """Yield pydantic's objections to a stored value, if its annotation has changed; otherwise convert the value."""
    value = kept[name]
    if annotation is Any or type(value) is annotation:
        return
    try:
        plain: Any = get_args(annotation)[0] if get_origin(annotation) is Annotated else annotation
        config = None if _has_config(plain) else ConfigDict(arbitrary_types_allowed=True)
        adapter: TypeAdapter[Any] = TypeAdapter(annotation, config=config)
        if not _may_refuse_its_own(adapter.core_schema):
            now = adapter.validate_python(value)
            if type(now) is not type(value) or now != value:
                kept[name] = now
    except ValidationError as error:
        told = "; ".join(f"{'.'.join(map(str, (name, *each['loc'])))}: {each['msg']}" for each in error.errors())
        yield f"{told} (stored: {value!r:.80})"
    except Exception:  # noqa: BLE001 - pydantic cannot check it, so it is unchanged
        return


def _has_config(annotation: Any) -> bool:
    return hasattr(annotation, "model_config") or hasattr(annotation, "__pydantic_config__")


def _may_refuse_its_own(schema: Any) -> bool:
    """Whether this validation may refuse its own output, or depends on the time."""
    if is_list_or_tuple(schema):
        return any(map(_may_refuse_its_own, schema))
    if not is_dict(schema):
        return False
    if schema.get("type") in _MADE_OF or "now_op" in schema:
        return True
    if schema.get("type") in ("model", "dataclass"):  # an instance is not validated again
        return False
    return any(map(_may_refuse_its_own, schema.values()))
