"""Each kind of event has its words, which the command line and the app share."""

import pytest

from holdfast.event_kinds import EventKind, in_words


@pytest.mark.parametrize("kind", EventKind)
def test_every_kind_has_words_with_its_detail(kind):
    assert "2.4.0" in in_words(kind, "2.4.0")
    assert in_words(kind, "2.4.0") != f"{kind} 2.4.0" or kind is EventKind.RECEIVED


def test_a_kind_of_a_later_version_is_named_as_it_is():
    assert in_words("escalated", "2") == "escalated 2"
    assert in_words("escalated", None) == "escalated"
