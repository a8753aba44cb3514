"""What a wait asks for, in a line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from holdfast.records import Wait
from holdfast.type_guards import is_mapping


def asks_for(wait: Wait) -> str:
    """What a wait asks for, in a line: the first of its description, else its fields."""
    for line in (wait.description or "").splitlines():
        if words := line.strip(" #*_>-").replace("**", "").replace("`", ""):
            return words
    if wait.schema is None:
        return "a yes to go on"
    fields = ", ".join(field_names(wait.schema)) or "an answer"
    return fields if wait.channel is None else f"a message: {fields}"


def field_names(schema: Mapping[str, Any]) -> list[str]:
    """The fields at the top of a wait's schema."""
    properties = schema.get("properties")
    return list(properties) if is_mapping(properties) else []
