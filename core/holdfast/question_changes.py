"""The differences between a question and the one that it replaced, in plain words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from holdfast.records import Replaced, Wait
from holdfast.type_guards import is_mapping
from holdfast.values.json_text import to_json
from holdfast.values.masks import mask

_LONGEST = 60
_ADVICE = " With its own key= in the code, a question keeps its answer when its texts change."


def differences(old: Replaced, new: Wait) -> list[str]:
    """Return the changes, each in a few words: texts, fields and initial values, the old ones before the new."""
    before, after = old.schema or {}, new.schema or {}
    found: list[str] = []
    if (old.schema is None) != (new.schema is None):
        found.append("it now asks for an answer" if old.schema is None else "it now asks only for a go-ahead")
    else:
        found += _changed("its title was", before.get("title"), "is", after.get("title"))
    words = (old.description or before.get("description"), new.description or after.get("description"))
    found += _changed("its description was", words[0], "is", words[1])
    found += _of_fields(_fields(before), _fields(after), old.initial or {}, new.initial or {})
    found += _of_values(mask(before, old.initial or {}), mask(after, new.initial or {}))
    return found or ["it accepts different answers"]


def advice(old: Replaced, new: Wait) -> str:
    """Return how an answer would stay valid; empty for a question with the user's own key, by which it was replaced."""
    return "" if old.key == new.key else _ADVICE


def told(wait: Wait) -> str:
    """Return the notice above a question that replaced another one; empty if it replaced none."""
    old = wait.replaced
    if old is None:
        return ""
    changes = "; ".join(differences(old, wait))
    if old.answer is None:
        return f"This question has changed: {changes}.{advice(old, wait)}"
    return (
        f"This question has changed since {old.answer.given_by} answered it: {changes}. "
        f"That answer was not used; send it again only if it fits the question as it is now.{advice(old, wait)}"
    )


def _fields(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    properties = schema.get("properties")
    return properties if is_mapping(properties) else {}


def _of_fields(
    before: Mapping[str, Any], after: Mapping[str, Any], old: Mapping[str, Any], new: Mapping[str, Any]
) -> list[str]:
    found: list[str] = []
    added, gone = [each for each in after if each not in before], [each for each in before if each not in after]
    if added:
        found.append(f"new fields: {', '.join(map(str, added))}")
    if gone:
        found.append(f"removed fields: {', '.join(map(str, gone))}")
    # An initial value is also a default; it is described as a value.
    changed = [
        each
        for each in after
        if each in before
        and _part(before[each], each in old or each in new) != _part(after[each], each in old or each in new)
    ]
    if changed:
        found.append(f"changed fields: {', '.join(map(str, changed))}")
    return found


def _part(field: Any, has_value: bool) -> Any:
    if has_value and is_mapping(field):
        return {key: value for key, value in field.items() if key != "default"}
    return field


def _of_values(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    found: list[str] = []
    for name in dict.fromkeys((*before, *after)):
        found += _changed(f"the initial value of {name} was", before.get(name), "is", after.get(name))
    return found


def _changed(was: str, before: Any, now: str, after: Any) -> Sequence[str]:
    return [] if before == after else [f"{was} {_short(before)}, and {now} {_short(after)}"]


def _short(value: Any) -> str:
    if value is None:
        return "nothing"
    text = " ".join(to_json(value).split())
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
