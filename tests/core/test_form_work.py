"""How much work large forms are: it grows with what is looked at, not with what there is, nor with its square."""

from collections import Counter
from typing import Any

import pytest
from pydantic import BaseModel

from holdfast.forms import leniency, schema_documents, validation
from holdfast.forms.answer_checks import schema_errors
from holdfast.forms.fields import Reader
from holdfast.forms.model import FormModel
from holdfast.forms.nodes import Node
from holdfast.forms.schema_cleaning import _Cleaner
from holdfast.questions import question
from holdfast.values.json_text import to_json

PROPERTIES, BELOW, ROWS = 300, 10, 3_000

LARGE = {
    "title": "Large",
    "type": "object",
    "properties": {
        f"p{number}": {
            "type": "object",
            "description": "x" * 3_000,
            "properties": {f"q{inner}": {"type": "string", "pattern": "^[a-z]*$"} for inner in range(BELOW)},
        }
        for number in range(PROPERTIES)
    },
}
SCHEMAS = 1 + PROPERTIES * (1 + BELOW)
"""Schemas in it, itself too."""


class Row(BaseModel):
    name: str
    amount: int = 1


class Rows(BaseModel):
    rows: list[Row]


def rows(**changes: Any) -> dict[str, Any]:
    return {"rows": [{"name": "a", "amount": number, **changes} for number in range(ROWS)]}


@pytest.fixture
def calls(monkeypatch):
    """Counts calls of functions and methods, by their names."""
    found: Counter[str] = Counter()

    def count(owner: Any, name: str) -> None:
        real = getattr(owner, name)

        def counting(*args: Any, **kwargs: Any) -> Any:
            found[name] += 1
            return real(*args, **kwargs)

        monkeypatch.setattr(owner, name, counting)

    found.count = count
    return found


@pytest.mark.slow
def test_a_schema_of_a_megabyte_is_cleaned_and_built_once_and_read_where_one_looks(calls):
    assert len(to_json(LARGE)) > 1_000_000
    for owner, name in ((schema_documents, "_build"), (_Cleaner, "schema"), (Reader, "read")):
        calls.count(owner, name)
    form = FormModel(LARGE)
    assert (calls["_build"], calls["schema"]) == (1, SCHEMAS)
    assert calls["read"] <= 1 + PROPERTIES
    assert form.errors() == {}
    assert len(list(form.nodes())) == SCHEMAS
    assert calls["read"] == SCHEMAS
    form.find(("p7", "q3")).text = "B"
    assert list(form.errors()) == [("p7", "q3")]
    assert (calls["_build"], calls["schema"], calls["read"]) == (1, SCHEMAS, SCHEMAS)


def test_the_draft_of_a_long_list_looks_at_what_was_edited_since_the_last(calls):
    form = FormModel(question(Rows).schema, rows())
    form.find(("rows", 7, "name")).text = "b"
    first = form.draft()
    calls.count(Node, "edits")
    form.find(("rows", 1_500, "name")).text = "c"
    assert form.draft() != first
    assert calls["edits"] < 20


@pytest.mark.slow
def test_rows_that_are_read_as_another_type_are_looked_at_once(calls):
    calls.count(validation, "reading")
    calls.count(leniency, "changed")
    assert schema_errors(question(Rows).schema, rows(amount="5")) == {}
    assert calls["reading"] == ROWS
    assert calls["changed"] < 3 * ROWS
