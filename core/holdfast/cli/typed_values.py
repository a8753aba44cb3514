"""What a text on the command line means where a JSON Schema says what is asked for."""

from __future__ import annotations

import sys
from typing import Any

from holdfast.cli.exit_codes import BadInput
from holdfast.values.json_text import NotJsonError, UnreadableError, parse_json, read_utf8
from holdfast.values.schema_places import meant, takes, takes_decimal


def value_of(text: str, schema: Any, name: str, document: Any = None) -> Any:
    """The value that was typed for ``name``: JSON, or the text as it is where text is asked for or it is no JSON.

    ``document`` is what the schema is a part of. What is JSON but cannot be read raises `BadInput`.
    """
    here = meant(schema if document is None else document, [schema])
    only_text = takes(here, "string")
    try:
        value = parse_json(text)
    except NotJsonError:
        return text
    except UnreadableError as error:
        if only_text:
            return text
        raise BadInput(f"{name} has to be {error}.") from error
    kinds = _kinds(value)
    if only_text and not any(takes(here, kind) for kind in kinds) and not ("number" in kinds and takes_decimal(here)):
        return text
    return value


def _kinds(value: Any) -> tuple[str, ...]:
    """The types in JSON Schema that a value is of; none for text, which is the text that was typed."""
    if isinstance(value, bool):
        return ("boolean",)
    if isinstance(value, int):
        return ("integer", "number")
    if isinstance(value, str):
        return ()
    if value is None:
        return ("null",)
    return ("object",) if isinstance(value, dict) else ("array",) if isinstance(value, list) else ("number",)


def standard_input() -> str:
    """All of standard input, which has to be UTF-8. Raises `BadInput`."""
    buffer = getattr(sys.stdin, "buffer", None)
    if buffer is None:
        return sys.stdin.read()
    try:
        return read_utf8(buffer.read())
    except UnreadableError as error:
        raise BadInput(f"Standard input has to be {error}.") from error
