"""The drafts of JSON Schema: finding a document's draft, and translating its keywords to those of the newest draft."""

from collections.abc import Mapping
from enum import IntEnum
from typing import Any

from holdfast.type_guards import is_list, is_mapping


class Draft(IntEnum):
    """A draft of JSON Schema. Later drafts are greater."""

    DRAFT_4 = 4
    DRAFT_6 = 6
    DRAFT_7 = 7
    DRAFT_2019 = 2019
    DRAFT_2020 = 2020


_ADDRESSES = {
    "json-schema.org/draft-04/schema": Draft.DRAFT_4,
    "json-schema.org/draft-06/schema": Draft.DRAFT_6,
    "json-schema.org/draft-07/schema": Draft.DRAFT_7,
    "json-schema.org/draft/2019-09/schema": Draft.DRAFT_2019,
    "json-schema.org/draft/2020-12/schema": Draft.DRAFT_2020,
}


def draft_of(document: Any) -> Draft:
    """Return the draft that `$schema` names, or the newest if it names no known draft."""
    named = document.get("$schema") if is_mapping(document) else None
    if not isinstance(named, str):
        return Draft.DRAFT_2020
    address = named.strip().rstrip("#").removeprefix("https://").removeprefix("http://")
    return _ADDRESSES.get(address, Draft.DRAFT_2020)


def modern(schema: Mapping[str, Any], draft: Draft) -> Mapping[str, Any]:
    """Translate the keywords of one schema to draft 2020-12. The schemas below it are not changed."""
    if draft is Draft.DRAFT_2020:
        return schema
    if draft <= Draft.DRAFT_7 and "$ref" in schema:
        return {"$ref": schema["$ref"]}  # in these drafts, keywords next to a reference are ignored
    found = dict(schema)
    if is_list(found.get("items")):
        found["prefixItems"] = found.pop("items")
        if "additionalItems" in found:
            found["items"] = found.pop("additionalItems")
    if draft is Draft.DRAFT_4:
        for bound, strict in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
            if found.pop(strict, None) is True and bound in found:
                found[strict] = found.pop(bound)
    return found
