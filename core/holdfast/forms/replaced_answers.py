"""The answer to a replaced question: its fitting parts, offered in the form of the new question."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from holdfast.forms.answer_checks import schema_errors
from holdfast.records import Draft, Wait
from holdfast.type_guards import is_mapping
from holdfast.values.masks import mask

if TYPE_CHECKING:
    from holdfast.forms.model import FormModel


def offered(wait: Wait) -> Any:
    """Return the answer to the question that this one replaced, as far as it fits; ``None`` if nothing does.

    Secrets are masked and must be entered again.
    """
    old = wait.replaced
    return None if old is None or old.answer is None else fitting(wait, old.schema, old.answer.value)


def as_draft(wait: Wait) -> Draft | None:
    """Return `offered` as a draft of the person who gave that answer."""
    value = offered(wait)
    if value is None or wait.replaced is None or wait.replaced.answer is None:
        return None
    body = written(wait, value)
    return None if body is None else Draft(wait.replaced.answer.given_by, wait.replaced.answer.given_at, body)


def fitting(wait: Wait, schema: Mapping[str, Any] | None, value: Any) -> Any:
    """Return the fields of an answer to another question that fit this one; ``None`` if there are none."""
    fields = (wait.schema or {}).get("properties")
    if not is_mapping(value) or not is_mapping(fields):
        return None
    kept = {name: each for name, each in value.items() if name in fields}
    wrong = {path[0] for path in schema_errors(wait.schema or {}, kept) if path}
    fits = {name: each for name, each in kept.items() if name not in wrong}
    return mask(wait.schema, mask(schema, fits)) if fits else None


def written(wait: Wait, value: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return the draft of a wait's form in which these values are entered over the initial ones."""
    form = form_of(wait)
    form.load({**(wait.initial or {}), **value})
    return form.draft()


def form_of(wait: Wait) -> FormModel:
    """Return the form of a wait, with its initial values."""
    # Forms are loaded only when a draft was made for another question, which is rare.
    from holdfast.forms.model import FormModel

    return FormModel(wait.schema, wait.initial)
