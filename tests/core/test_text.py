"""Text from outside can neither command a terminal nor hide what it says."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.text import clean, clean_block, in_command

HARMLESS = ["", "plain", "Zürich, 東京", "👩‍👩‍👧 family", "❤️", "عربي", "می‌خواهم", "a - b [/c] $d"]


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
        ("ad\u200bmin", "ad\ufffdmin"),
        ("ad\u200dmin", "ad\ufffdmin"),
        ("é\u200d", "é\ufffd"),
        ("é\u200d\u200cé", "é\ufffd\ufffdé"),
        ("a\u2060\u00ad\u3164b", "a\ufffd\ufffd\ufffdb"),
        ("\U000e0041\U000e007f", "\ufffd\ufffd"),
        ("\ufff9", "\ufffd"),
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


ID = "0199f0c2-0000-7000-8000-000000000001"


@pytest.mark.parametrize("name", ["celadon-waxbill", "run_2", "flow/nightly", "v1.2", "müller", "東京"])
def test_a_command_names_what_has_a_plain_name_by_it(name):
    assert in_command(name, ID) == name


@pytest.mark.parametrize(
    "name",
    ["", "two words", "$(reboot)", "a;b", "`a`", "a'b", "-rf", "--help", "a\nb", "\x1b[2J", "a\u200bb", "\u3164",
     "~root", "a*", "deadbeef", "2026-01-01", "user\u202etxt", "a=b", "#a", "a\\", "x" + chr(0)],
    ids=ascii,
)  # fmt: skip
def test_a_command_names_anything_else_by_its_id(name):
    assert in_command(name, ID) == ID
