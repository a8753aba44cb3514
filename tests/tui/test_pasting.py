"""Pasted text reaches the app as text, however the terminal hands it over."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual import events
from textual.drivers import linux_driver

from holdfast_tui.terminal.hangup import Terminal
from holdfast_tui.terminal.pasting import PasteParser, take_pastes_as_text

START, END = "\x1b[200~", "\x1b[201~"


def read(*pieces):
    """What reaches the app when the input comes in these pieces: pasted texts in angle brackets, and keys."""
    parser = PasteParser()
    came = [each for piece in pieces for each in parser.feed(piece)]
    return [f"<{each.text}>" if isinstance(each, events.Paste) else each.key for each in came]


@pytest.mark.parametrize("sequence", ["\x1b[A", "\x1b]0;owned\x07", "\x1bq", "\x1b\x1b", "\x1b[2J\x1b[H", "\x1b[200~"])
def test_an_escape_sequence_in_a_paste_is_text(sequence):
    assert read(f"{START}a{sequence}b{END}") == [f"<a{sequence}b>".replace("\x1b", "␛")]


def test_keys_before_and_after_a_paste_are_keys():
    assert read(f"x\x1b[A{START}\x1b[A{END}\x1b[By") == ["x", "up", "<␛[A>", "down", "y"]


def test_one_paste_after_another_is_read():
    assert read(f"{START}a{END}{START}\x1bb{END}") == ["<a>", "<␛b>"]


@given(st.lists(st.sampled_from(["\x1b", "[", "2", "0", "1", "~", "a"])).map("".join), st.data())
def test_a_paste_is_read_alike_in_whatever_pieces_it_comes(pasted, data):
    pasted = f"a{pasted.replace(END, '')}"
    whole = f"x{START}{pasted}{END}y"
    cuts = sorted(data.draw(st.sets(st.integers(1, len(whole) - 1))))
    pieces = [whole[start:end] for start, end in zip([0, *cuts], [*cuts, None], strict=True)]
    assert read(*pieces) == read(whole) == ["x", f"<{pasted.replace(chr(27), '␛')}>", "y"]


def test_escape_alone_is_the_key_at_once_and_not_held_back():
    parser = PasteParser()
    assert list(parser.feed("\x1b")) == []
    assert [each.key for each in parser.feed("")] == ["escape"]


def test_the_terminal_reads_its_input_so(monkeypatch):
    monkeypatch.setattr(linux_driver, "XTermParser", linux_driver.XTermParser)
    take_pastes_as_text(Terminal)
    assert linux_driver.XTermParser is PasteParser
