"""Cleaning a schema: a keyword with an invalid value is left out, and all the others are kept.

Leaving something out must only accept more values. If a looser part would refuse more, as below `not`, the keyword
around it is left out, too.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from holdfast.forms import references
from holdfast.forms.keywords import COUNTS, NOTES, SCHEMA_LISTS, SCHEMA_TABLES, SCHEMAS, holds, is_text
from holdfast.forms.patterns import is_ecma, matcher
from holdfast.forms.schema_drafts import Draft
from holdfast.type_guards import is_list, is_mapping
from holdfast.values.schema_places import KEYS, TOLD_APART

FOREIGN_PATTERN = "x-holdfast-pattern"
"""The keyword for a pattern that the schema's validator cannot read itself."""

_DEEPEST = 240
"""The number of nested schemas that are read. A deeper schema accepts any value."""

_DEEP = 40
"""The depth at which a schema is moved to the definitions, since the validator refuses much deeper nesting."""

_MOVED = "x-holdfast-deep"


class _Cleaned(NamedTuple):
    schema: Any
    loose: bool
    """Whether it accepts more values than the original."""


def clean(document: Any, draft: Draft) -> Any:
    """Return *document* without the keywords that a validator of its draft would refuse."""
    cleaner = _Cleaner(document, draft)
    found = cleaner.schema(document, 0).schema
    return {**found, _MOVED: cleaner.moved} if cleaner.moved else found


class _Cleaner:
    """Cleans one document."""

    def __init__(self, document: Any, draft: Draft) -> None:
        self._document = document
        self._draft = draft
        self._id = "id" if draft is Draft.DRAFT_4 else "$id"
        self._has_ids = _mentions_below(document, self._id)
        self.moved: list[Any] = []
        """Schemas that were nested too deep. References under `_MOVED` lead to them."""

    def schema(self, raw: Any, depth: int) -> _Cleaned:
        """Return a schema without invalid keywords."""
        if isinstance(raw, bool):
            return _Cleaned(raw if self._draft > Draft.DRAFT_4 else {} if raw else {"not": {}}, False)
        if not is_mapping(raw) or depth > _DEEPEST:
            return _Cleaned({}, True)
        if self._draft <= Draft.DRAFT_7 and "$ref" in raw and not self._leads_somewhere(raw["$ref"]):
            raw = {name: raw[name] for name in raw if name in NOTES or name == "definitions"}
            return _Cleaned(self._keywords(raw, depth).schema, True)
        found = self._keywords(raw, depth)
        if depth and depth % _DEEP == 0 and not self._has_ids:
            self.moved.append(found.schema)
            notes = {name: found.schema[name] for name in ("title", "description") if name in found.schema}
            return _Cleaned({"$ref": f"#/{_MOVED}/{len(self.moved) - 1}", **notes}, found.loose)
        return found

    def _keywords(self, raw: Mapping[Any, Any], depth: int) -> _Cleaned:
        found: dict[str, Any] = {}
        loose: set[str] = set()
        for name, value in raw.items():
            if not is_text(name):
                continue
            if name in SCHEMAS or name in SCHEMA_LISTS or name in SCHEMA_TABLES or name == "dependencies":
                if name == "items" and is_list(value) and self._draft < Draft.DRAFT_2020:
                    cleaned = self._list(value, depth)
                elif name in SCHEMAS:
                    cleaned = self._one(value, depth)
                elif name in SCHEMA_LISTS:
                    cleaned = self._list(value, depth)
                else:
                    cleaned = self._table(name, value, depth)
                if cleaned.schema is not None:
                    found[name] = cleaned.schema
                if cleaned.loose:
                    loose.add(name)
            else:
                self._plain(name, value, found, loose)
        if _may_overlap(found):
            loose.add("oneOf")
        if KEYS in found and found.pop("propertyNames", None) is not None:
            loose.add("propertyNames")
        _untie(found, loose)
        return _Cleaned(found, bool(loose - {"$defs", "definitions"}))

    def _one(self, value: Any, depth: int) -> _Cleaned:
        if not isinstance(value, Mapping | bool):
            return _Cleaned(None, True)
        return self.schema(value, depth + 1)

    def _list(self, value: Any, depth: int) -> _Cleaned:
        if not is_list(value) or not value:
            return _Cleaned(None, True)
        parts = [self.schema(part, depth + 1) for part in value]
        return _Cleaned([part.schema for part in parts], any(part.loose for part in parts))

    def _table(self, name: str, value: Any, depth: int) -> _Cleaned:
        if not is_mapping(value):
            return _Cleaned(None, True)
        found: dict[str, Any] = {}
        loose = False
        for key, part in value.items():
            if not is_text(key) or (name == "patternProperties" and not is_ecma(key)):
                loose = True
            elif name == "dependencies" and is_list(part):
                if all(map(is_text, part)):
                    found[key] = list(dict.fromkeys(part))
            else:
                found[key], looser = self.schema(part, depth + 1)
                loose = loose or looser
        if len(found) < len(value) and name == "patternProperties":
            return _Cleaned(found or None, True)
        return _Cleaned(found, loose)

    def _plain(self, name: str, value: Any, found: dict[str, Any], loose: set[str]) -> None:
        if not holds(self._draft, name, value) or (name == "$ref" and not self._leads_somewhere(value)):
            if name not in NOTES:
                loose.add(name)
            return
        if name in ("required", "type", "enum") and is_list(value):
            value = _once(value)
        elif name == "dependentRequired":
            value = {key: _once(names) for key, names in value.items()}
        elif name in COUNTS:
            value = int(value)
        if name == "pattern" and not is_ecma(value):
            if matcher(value) is None:
                loose.add(name)
            name = FOREIGN_PATTERN
        found[name] = value

    def _leads_somewhere(self, ref: Any) -> bool:
        if not is_text(ref):
            return False
        # Only the validator knows names and addresses. It checks them when it is built.
        return self._has_ids or not (ref in ("", "#") or ref.startswith("#/")) or references.exists(self._document, ref)


def _may_overlap(schema: Mapping[str, Any]) -> bool:
    """Whether this is pydantic's union with a function that chooses the alternative: a value may fit several."""
    if TOLD_APART in schema:
        return True
    parts = schema.get("oneOf", ())
    targets = {part.get("$ref") for part in parts if is_mapping(part)}
    models = all(isinstance(target, str) and target.startswith("#/$defs/") for target in targets)
    return models and 1 < len(targets) == len(parts) and "discriminator" not in schema


def _untie(found: dict[str, Any], loose: set[str]) -> None:
    """Leave out keywords that would refuse more, now that something next to or below them accepts more."""
    if loose & {"not"}:
        found.pop("not", None)
    if loose & {"if"}:
        for name in ("if", "then", "else"):
            found.pop(name, None)
    if loose & {"contains"}:
        found.pop("maxContains", None)
    if loose & {"oneOf"} and "oneOf" in found:
        found["allOf"] = [*found.get("allOf", ()), {"anyOf": found.pop("oneOf")}]
        if len(found["allOf"]) == 1 and "anyOf" not in found:
            found["anyOf"] = found.pop("allOf")[0]["anyOf"]
    if ("properties" in loose and "properties" not in found) or "patternProperties" in loose:
        found.pop("additionalProperties", None)
    if ("prefixItems" in loose and "prefixItems" not in found) or ("items" in loose and "items" not in found):
        found.pop("items", None)
        found.pop("additionalItems", None)
    if loose:
        found.pop("unevaluatedProperties", None)
        found.pop("unevaluatedItems", None)


def _once(values: list[Any]) -> list[Any]:
    """Return the values without duplicates."""
    seen: dict[str, Any] = {}
    for value in values:
        seen.setdefault(repr(value), value)
    return list(seen.values())


def _mentions_below(document: Any, keyword: str) -> bool:
    """Whether any part below a document's top level has the keyword with a text."""
    pending = [*document.values()] if is_mapping(document) else []
    while pending:
        part = pending.pop()
        if is_mapping(part):
            if isinstance(part.get(keyword), str):
                return True
            pending.extend(part.values())
        elif is_list(part):
            pending.extend(part)
    return False
