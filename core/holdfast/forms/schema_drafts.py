"""The drafts of JSON Schema: which one a document is written in, and how its keywords are read in today's terms."""

from collections.abc import Mapping
from enum import IntEnum
from typing import Any

from holdfast.type_guards import is_list, is_mapping


class Draft(IntEnum):
    """A draft of JSON Schema, in the order of their years."""

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
    """The draft that `$schema` names; the newest where it names none that is known."""
    named = document.get("$schema") if is_mapping(document) else None
    if not isinstance(named, str):
        return Draft.DRAFT_2020
    address = named.strip().rstrip("#").removeprefix("https://").removeprefix("http://")
    return _ADDRESSES.get(address, Draft.DRAFT_2020)


def modern(schema: Mapping[str, Any], draft: Draft) -> Mapping[str, Any]:
    """One schema in the words of 2020-12; what lies below it stays as it is."""
    if draft is Draft.DRAFT_2020:
        return schema
    if draft <= Draft.DRAFT_7 and "$ref" in schema:
        return {"$ref": schema["$ref"]}  # what stands beside a reference does not count
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
