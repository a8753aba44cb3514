"""The words shown for fields and values of a schema."""

import re
from typing import Any

from holdfast.values.json_text import to_json


def label_of(value: Any) -> str:
    """The words shown for one of several values."""
    if isinstance(value, str):
        return value or '""'
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return to_json(value)


def title_of(own: str, of_type: str, name: str) -> str:
    """The label of a field, of its own title, that of its type, and its name; a title that pydantic made is none."""
    if name:
        generated = name.title().replace("_", " ").strip()
        return own if own and own != generated else _spoken(name)
    return own or _spoken(of_type)


def _spoken(name: str) -> str:
    """A property's or class's name as a label: `dueDate` and `due_date` are both "Due date"."""
    apart = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|_+|-+", " ", name).split()
    words = [word if word.isupper() and len(word) > 1 else word.lower() for word in apart]
    text = " ".join(words)
    return text[:1].upper() + text[1:] if text else name
