"""Reading a text from the command line as the value that a JSON Schema asks for."""

from __future__ import annotations

import sys
from typing import Any

from holdfast.cli.exit_codes import BadInput
from holdfast.values.json_text import NotJsonError, UnreadableError, parse_json, read_utf8
from holdfast.values.schema_places import meant, takes, takes_decimal


def value_of(text: str, schema: Any, name: str, document: Any = None) -> Any:
    """Return the value that was typed for ``name``.

    The text is read as JSON. It is kept as it is if it is no JSON, or if the schema asks for text. ``document`` is the
    schema's root. Raises `BadInput` for JSON that cannot be read.
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
        raise BadInput(f"{name} must be {error}.") from error
    kinds = _kinds(value)
    if only_text and not any(takes(here, kind) for kind in kinds) and not ("number" in kinds and takes_decimal(here)):
        return text
    return value


def _kinds(value: Any) -> tuple[str, ...]:
    """Return the value's types in JSON Schema. A string has none here: it stands for the typed text."""
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
    """Read all of standard input, which must be UTF-8. Raises `BadInput`."""
    buffer = getattr(sys.stdin, "buffer", None)
    if buffer is None:
        return sys.stdin.read()
    try:
        return read_utf8(buffer.read())
    except UnreadableError as error:
        raise BadInput(f"Standard input must be {error}.") from error
