"""Labels for the fields and values of a schema."""

import re
from typing import Any

from holdfast.values.json_text import to_json


def label_of(value: Any) -> str:
    """Return the label for one of several values."""
    if isinstance(value, str):
        return value or '""'
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return to_json(value)


def title_of(own: str, of_type: str, name: str) -> str:
    """Return a field's label: its own title, unless pydantic generated it, or else its name or its type's title."""
    if name:
        generated = name.title().replace("_", " ").strip()
        return own if own and own != generated else _name_in_words(name)
    return own or _name_in_words(of_type)


def _name_in_words(name: str) -> str:
    """Turn a property's or class's name into a label: `dueDate` and `due_date` both become "Due date"."""
    apart = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|_+|-+", " ", name).split()
    words = [word if word.isupper() and len(word) > 1 else word.lower() for word in apart]
    text = " ".join(words)
    return text[:1].upper() + text[1:] if text else name
