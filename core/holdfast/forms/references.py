"""Resolving the references and null branches of a JSON Schema, so that a field can be read from one dict."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from holdfast.forms.schema_drafts import Draft, modern
from holdfast.type_guards import is_list, is_mapping

_DEPTH = 32
"""The number of references and wrappers followed in a row. A schema with more is circular and describes nothing."""

_ANNOTATIONS = ("title", "description", "default", "examples", "deprecated", "widget")


@dataclass(frozen=True)
class Resolved:
    """A schema without references at its top, whether it allows null, and the references that were followed."""

    schema: Mapping[str, Any]
    nullable: bool
    refs: frozenset[str]


def resolve(document: Any, raw: Any, draft: Draft = Draft.DRAFT_2020) -> Resolved:
    """Resolve references, single wrappers and null branches of *raw*, and return a plain schema of the newest draft."""
    schema = dict(modern(raw, draft)) if is_mapping(raw) else {}
    nullable = False
    followed: set[str] = set()
    for _ in range(_DEPTH):
        if isinstance(ref := schema.get("$ref"), str):
            target = modern(_lookup(document, ref), draft)
            followed.add(ref)
            del schema["$ref"]
            schema = {**target, **schema}
        elif is_list(parts := schema.get("allOf")) and parts:
            del schema["allOf"]
            schema = _merge([*(_one_step(document, part, followed, draft) for part in parts), schema])
        elif (folded := _fold_null(document, schema, draft)) is not None:
            schema, null = folded
            nullable = nullable or null
        elif is_list(schema.get("type")):
            schema = _split_types(schema)
        else:
            return Resolved(schema, nullable, frozenset(followed))
    return Resolved({}, nullable, frozenset(followed))


def alternatives(schema: Mapping[str, Any]) -> list[Any]:
    """Return the branches of an `anyOf` or `oneOf`. Empty if there is neither."""
    for key in ("anyOf", "oneOf"):
        branches = schema.get(key)
        if is_list(branches) and branches:
            return branches
    return []


def _one_step(document: Any, part: Any, followed: set[str], draft: Draft) -> Mapping[str, Any]:
    schema: Mapping[str, Any] = modern(part, draft) if is_mapping(part) else {}
    if isinstance(ref := schema.get("$ref"), str):
        followed.add(ref)
        return {
            **modern(_lookup(document, ref), draft),
            **{key: value for key, value in schema.items() if key != "$ref"},
        }
    return schema


def _merge(parts: list[Mapping[str, Any]]) -> dict[str, Any]:
    """Merge the parts of an `allOf` for display. Properties and required add up; else the last part wins."""
    merged: dict[str, Any] = {}
    for part in parts:
        for key, value in part.items():
            before = merged.get(key)
            if key == "properties" and is_mapping(before) and is_mapping(value):
                merged[key] = {**before, **value}
            elif key == "required" and is_list(before) and is_list(value):
                merged[key] = [*before, *value]
            else:
                merged[key] = value
    return merged


def _fold_null(document: Any, schema: Mapping[str, Any], draft: Draft) -> tuple[dict[str, Any], bool] | None:
    """Return the schema without null and without wrappers of a single alternative, or None if it has neither."""
    for key in ("anyOf", "oneOf"):
        branches = schema.get(key)
        if not is_list(branches) or not branches:
            continue
        rest = [branch for branch in branches if not _is_null(document, branch)]
        null = len(rest) < len(branches)
        outer = {name: value for name, value in schema.items() if name != key}
        if not rest:
            return {**outer, "const": None}, False
        if len(rest) == 1:
            inner: Mapping[str, Any] = modern(rest[0], draft) if is_mapping(rest[0]) else {}
            return {**inner, **outer}, null
        return ({**outer, key: rest}, True) if null else None
    values = schema.get("enum")
    if is_list(values) and None in values and len(values) > 1:
        return {**schema, "enum": [value for value in values if value is not None]}, True
    types = schema.get("type")
    if is_list(types) and "null" in types and len(types) > 1:
        return {**schema, "type": [name for name in types if name != "null"]}, "enum" not in schema
    return None


def _is_null(document: Any, branch: Any) -> bool:
    if not is_mapping(branch):
        return False
    if isinstance(ref := branch.get("$ref"), str):
        branch = _lookup(document, ref)
    null = branch.get("type") == "null" or branch.get("enum") == [None]
    return null or branch.get("const", False) is None


def _split_types(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Turn `type: [a, b]` into alternatives. A list with one type becomes that type."""
    types = schema["type"]
    rest = {name: value for name, value in schema.items() if name != "type"}
    if not types or "enum" in schema or "const" in schema:
        return rest
    if len(types) == 1:
        return {**rest, "type": types[0] if isinstance(types[0], str) else ""}
    outer = {name: value for name, value in rest.items() if name in _ANNOTATIONS}
    inner = {name: value for name, value in rest.items() if name not in _ANNOTATIONS}
    return {**outer, "anyOf": [{**inner, "type": name} for name in types]}


def _lookup(document: Any, ref: str) -> Mapping[str, Any]:
    """Return the part of *document* that a local reference points at. Empty if there is none."""
    found = target(document, ref)
    return found if is_mapping(found) else {}


def target(document: Any, ref: str) -> Any:
    """Return the part that a local reference points at, or None."""
    return walk(document, _steps(ref))


def exists(document: Any, ref: str) -> bool:
    """Whether a local reference points at a schema."""
    return isinstance(target(document, ref), Mapping | bool)


def walk(document: Any, steps: Iterable[str | int]) -> Any:
    """Return the part of *document* under these keys and positions, or None."""
    found = document
    for step in steps:
        if is_mapping(found) and step in found:
            found = found[step]
        elif is_list(found) and str(step).isdecimal() and len(str(step)) < 10 and int(step) < len(found):
            found = found[int(step)]
        else:
            return None
    return found


def _steps(ref: str) -> Iterator[str]:
    if ref in {"#", ""}:
        return
    if not ref.startswith("#/"):
        yield ref
        return
    for step in unquote(ref[2:]).split("/"):
        yield step.replace("~1", "/").replace("~0", "~")
