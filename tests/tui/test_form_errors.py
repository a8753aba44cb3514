"""Which errors a form shows, counts and goes to: rows that only say so, without widgets."""

import pytest

from holdfast.forms.model import FormModel
from holdfast_tui.forms.error_pointer import ErrorPointer

SCHEMA = {
    "type": "object",
    "properties": {name: {"type": "string"} for name in "abcd"},
}


class Row:
    """A row of a form, as far as errors go."""

    focused: "Row | None" = None

    def __init__(self, node, reports=True):
        self.node, self.reports, self.error = node, reports, ""

    @property
    def has_focus_within(self):
        return Row.focused is self

    def say(self, *, error):
        self.error = error

    def focus_error(self):
        Row.focused = self


@pytest.fixture
def rows():
    Row.focused = None
    model = FormModel(SCHEMA)
    return [Row(model.find((name,))) for name in "abcd"]


def focused(rows):
    return next((row.node.path[0] for row in rows if row is Row.focused), None)


def test_each_error_is_shown_at_its_row_and_the_first_gets_the_focus(rows):
    left = ErrorPointer(lambda: rows).show({("c",): "wrong", ("b",): "required"})
    assert [row.error for row in rows] == ["", "required", "wrong", ""]
    assert (focused(rows), left) == ("b", "")


def test_errors_without_a_row_are_said_with_the_name_of_their_field(rows):
    left = ErrorPointer(lambda: rows).show({(): "not today", ("x", 0): "wrong", ("a",): "required"})
    assert left == "not today\nx.0: wrong"


def test_a_row_that_reports_nothing_leaves_its_error_to_another(rows):
    rows[0].reports = False
    also = Row(rows[0].node)
    left = ErrorPointer(lambda: [*rows, also]).show({("a",): "wrong"})
    assert ([row.error for row in rows], also.error, left) == ([""] * 4, "wrong", "")


def test_errors_that_are_no_longer_there_are_taken_away(rows):
    pointer = ErrorPointer(lambda: rows)
    pointer.show({("a",): "wrong"})
    Row.focused = None
    pointer.show({})
    assert (pointer.count, focused(rows)) == (0, None)


@pytest.mark.parametrize(("names", "said"), [("", ""), ("a", "1 error"), ("ab", "2 errors  next ^n")])
def test_the_title_says_how_many_there_are_and_what_leads_to_the_next(rows, names, said):
    pointer = ErrorPointer(lambda: rows)
    pointer.show({(name,): "wrong" for name in names})
    assert (pointer.count, pointer.summary) == (len(names), said)


@pytest.mark.parametrize(
    ("by", "start", "visited"),
    [(1, "b", "dbd"), (-1, "d", "bdb"), (1, "a", "bdb"), (-1, "c", "bdb"), (1, None, "bdb"), (-1, None, "dbd")],
)
def test_one_goes_from_error_to_error_and_around_the_ends(rows, by, start, visited):
    pointer = ErrorPointer(lambda: rows)
    pointer.show({("b",): "wrong", ("d",): "wrong"})
    Row.focused = next((row for row in rows if row.node.path == (start,)), None)
    gone = []
    for _ in visited:
        pointer.go(by)
        gone.append(focused(rows))
    assert "".join(gone) == visited


def test_without_errors_the_focus_stays(rows):
    Row.focused = rows[2]
    ErrorPointer(lambda: rows).go(1)
    assert focused(rows) == "c"
