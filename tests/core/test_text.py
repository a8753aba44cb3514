"""Text from outside can neither command a terminal nor hide what it says."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.text import clean, clean_block

HARMLESS = ["", "plain", "Zürich, 東京", "👩‍👩‍👧 family", "عربي", "a - b [/c] $d"]


@pytest.mark.parametrize("text", HARMLESS)
@pytest.mark.parametrize("sanitise", [clean, clean_block])
def test_printable_text_stays_as_it_is(sanitise, text):
    assert sanitise(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[2J", "␛[2J"),
        ("\x1b]52;c;aGk=\x07", "␛]52;c;aGk=␇"),
        ("\x00", "␀"),
        ("\x7f", "␡"),
        ("a\nb", "a␊b"),
        ("a\r\nb", "a␍␊b"),
        ("a\tb", "a␉b"),
        ("\x9b2J", "\ufffd2J"),
        ("\x85", "\ufffd"),
        ("user\u202etxt.exe", "user\ufffdtxt.exe"),
        ("\u2066x\u2069", "\ufffdx\ufffd"),
        ("\u2028", "\ufffd"),
        ("\ud800", "\ufffd"),
    ],
)
def test_a_line_shows_what_a_terminal_would_obey(text, shown):
    assert clean(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\nb", "a\nb"),
        ("a\r\nb", "a\nb"),
        ("a\rb", "a␍b"),
        ("a\tb", "a    b"),
        ("\x1b[31m\n", "␛[31m\n"),
        ("\x9d0;title\x9c", "\ufffd0;title\ufffd"),
    ],
)
def test_a_block_keeps_its_lines_only(text, shown):
    assert clean_block(text) == shown


@given(st.text(st.characters(categories=["Cc", "Cf", "Cs", "Zl", "Zp", "Lu"])))
def test_nothing_that_commands_is_left(text):
    assert not any(unicodedata.category(char) in {"Cc", "Cs", "Zl", "Zp"} for char in clean(text))
    assert not any(unicodedata.category(char) == "Cc" and char != "\n" for char in clean_block(text))
    assert not any(unicodedata.bidirectional(char) in {"LRE", "RLE", "PDF", "LRO", "RLO"} for char in clean(text))


@given(st.text())
def test_cleaning_twice_changes_nothing_more(text):
    assert clean(clean(text)) == clean(text)
    assert clean_block(clean_block(text)) == clean_block(text)


@given(st.text())
def test_a_line_is_always_one_line_of_the_same_length(text):
    assert len(clean(text)) == len(text)
    assert len(clean(text).splitlines()) <= 1
