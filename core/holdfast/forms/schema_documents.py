"""A JSON Schema that is ready to use: cleaned, with its draft and a validator."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeAlias

import jsonschema_rs

from holdfast.forms.formats import FORMATS
from holdfast.forms.patterns import PatternKeyword
from holdfast.forms.schema_cleaning import FOREIGN_PATTERN, clean
from holdfast.forms.schema_drafts import Draft, draft_of
from holdfast.type_guards import is_list, is_mapping

Validator: TypeAlias = (
    jsonschema_rs.Draft4Validator
    | jsonschema_rs.Draft6Validator
    | jsonschema_rs.Draft7Validator
    | jsonschema_rs.Draft201909Validator
    | jsonschema_rs.Draft202012Validator
)

_CLASSES: dict[Draft, Callable[..., Validator]] = {
    Draft.DRAFT_4: jsonschema_rs.Draft4Validator,
    Draft.DRAFT_6: jsonschema_rs.Draft6Validator,
    Draft.DRAFT_7: jsonschema_rs.Draft7Validator,
    Draft.DRAFT_2019: jsonschema_rs.Draft201909Validator,
    Draft.DRAFT_2020: jsonschema_rs.Draft202012Validator,
}

_ADDRESSED = frozenset({"$id", "id", "$anchor", "$dynamicAnchor", "$recursiveAnchor", "$dynamicRef", "$recursiveRef"})
_REFUSING_MORE = frozenset({"unevaluatedProperties", "unevaluatedItems", "not", "if", "then", "else"})


_NOT_BUILT = (ValueError, TypeError, RecursionError)
"""The errors of a validator that cannot be built, for example because a reference leads nowhere."""


@dataclass(frozen=True)
class Document:
    """A schema from which fields are read, and against which values are checked."""

    root: Any
    draft: Draft
    validator: Validator | None
    """None if no validator can be built. Then the flow itself checks everything."""


def read_document(schema: Any) -> Document:
    """Return *schema* cleaned, in its own draft. This never fails."""
    draft = draft_of(schema)
    root = clean(schema, draft)
    with suppress(*_NOT_BUILT):
        return Document(root, draft, _build(root, draft))
    local = _local(root)
    with suppress(*_NOT_BUILT):
        return Document(local, draft, _build(local, draft))
    return Document(local, draft, None)


def _build(root: Any, draft: Draft) -> Validator:
    return _CLASSES[draft](
        root,
        formats=FORMATS,
        validate_formats=True,
        offline=True,  # a schema must not make this program use the network
        keywords={"pattern": PatternKeyword, FOREIGN_PATTERN: PatternKeyword},
    )


def _local(part: Any) -> Any:
    """Return a copy without references that leave the document, and without keywords that would then refuse more."""
    if is_list(part):
        return [_local(each) for each in part]
    if not is_mapping(part):
        return part
    found = {name: _local(part[name]) for name in part if isinstance(name, str) and not _is_address(name, part[name])}
    ref = found.get("$ref")
    if isinstance(ref, str) and not (ref in ("", "#") or ref.startswith("#/")):
        del found["$ref"]
    for name in _REFUSING_MORE:
        if isinstance(found.get(name), Mapping | bool):
            del found[name]
    if is_list(found.get("oneOf")):
        found["anyOf"] = [*found.pop("oneOf"), *found.get("anyOf", ())]
    return found


def _is_address(name: str, value: Any) -> bool:
    return name in _ADDRESSED and isinstance(value, str | bool)
