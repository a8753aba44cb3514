"""Parameters that are stored with a run, and the flow as its code is now, which may have changed meanwhile."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any, get_args, get_origin, get_type_hints

from holdfast.engine import grown_classes
from holdfast.exceptions import ParameterError
from holdfast.jsontext import FromJson

if TYPE_CHECKING:
    from holdfast.flows import Flow

_MADE_OF = ("function-before", "function-after", "function-wrap", "function-plain", "json")
"""Parts of a pydantic schema that may refuse what came out of them."""


def fitted(flow: Flow[..., Any], stored: Mapping[str, Any], *, is_json: bool) -> tuple[dict[str, Any], list[str]]:
    """Stored parameters as the flow takes them now, and the names of those that it does not take any more.

    Those of a deployment's run are the JSON that was given, and become what the annotations say; others went through
    that when the run began. A new parameter has its default. Raises `ParameterError`, which names each that is missing
    or does not fit.
    """
    taken = inspect.signature(flow.fn).parameters
    kept = {name: value for name, value in stored.items() if name in taken}
    dropped = [name for name in stored if name not in taken]
    rest = next((name for name, each in taken.items() if each.kind is each.VAR_KEYWORD), None)
    if rest is not None and dropped:
        kept[rest] = {**dict(kept.get(rest) or {}), **{name: stored[name] for name in dropped}}
        dropped = []
    problems = list(_problems(flow, taken, kept))
    if problems:
        raise ParameterError(f"its stored parameters do not fit the flow any more: {'; '.join(problems)}")
    if is_json:
        try:
            return flow.validate((), FromJson(_as_called(taken, kept))), dropped
        except ParameterError as error:
            raise ParameterError(f"its stored parameters do not fit the flow any more: {error}") from error
    for name, each in taken.items():
        if name not in kept and each.default is not each.empty:
            kept[name] = each.default
    return kept, dropped


def _problems(flow: Flow[..., Any], taken: Mapping[str, inspect.Parameter], kept: dict[str, Any]) -> Iterator[str]:
    """What does not fit. What fits when it is converted, as a value that is given is, becomes that."""
    hints = _hints(flow)
    for name, each in taken.items():
        if name not in kept:
            if each.default is each.empty and each.kind not in (each.VAR_POSITIONAL, each.VAR_KEYWORD):
                yield f"{name} is missing"
        elif each.kind is each.VAR_POSITIONAL and not isinstance(kept[name], list | tuple):
            yield f"{name} is *{name} now"
        elif each.kind is each.VAR_KEYWORD and not isinstance(kept[name], dict):
            yield f"{name} is **{name} now"
        elif each.default is None and kept[name] is None:
            continue  # `x: str = None`, which stays None when a flow is called, too
        elif lacking := list(grown_classes.completed(name, kept[name])):
            yield from lacking
        elif flow.should_validate_parameters and each.kind not in (each.VAR_POSITIONAL, each.VAR_KEYWORD):
            yield from _misfit(name, kept, hints.get(name, Any))


def _as_called(taken: Mapping[str, inspect.Parameter], kept: Mapping[str, Any]) -> dict[str, Any]:
    """Parameters by name with those that ``**kwargs`` holds among them."""
    rest = next((name for name, each in taken.items() if each.kind is each.VAR_KEYWORD), None)
    if rest is None or not isinstance(kept.get(rest), dict):
        return dict(kept)
    return {**{name: value for name, value in kept.items() if name != rest}, **kept[rest]}


def _hints(flow: Flow[..., Any]) -> dict[str, Any]:
    try:
        return get_type_hints(flow.fn, include_extras=True)
    except Exception:  # noqa: BLE001 - names that only a type checker knows
        return {}


def _misfit(name: str, kept: dict[str, Any], annotation: Any) -> Iterator[str]:
    """What pydantic has against a stored value, if its annotation has changed; else it becomes what that says."""
    value = kept[name]
    if annotation is Any or type(value) is annotation:
        return
    from pydantic import ConfigDict, TypeAdapter, ValidationError

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
        yield f"{told} (stored is {value!r:.80})"
    except Exception:  # noqa: BLE001 - what pydantic knows nothing of is taken as it is
        return


def _has_config(annotation: Any) -> bool:
    return hasattr(annotation, "model_config") or hasattr(annotation, "__pydantic_config__")


def _may_refuse_its_own(schema: Any) -> bool:
    """Whether a value that came out of this validation may not go in, or depends on the time."""
    if isinstance(schema, list | tuple):
        return any(map(_may_refuse_its_own, schema))
    if not isinstance(schema, dict):
        return False
    if schema.get("type") in _MADE_OF or "now_op" in schema:
        return True
    if schema.get("type") in ("model", "dataclass"):  # an instance is not validated again
        return False
    return any(map(_may_refuse_its_own, schema.values()))
