"""Escape sequences in every text field, on a real terminal: initial, pasted and typed, none reaches it as a command."""

from __future__ import annotations

import json
import re
import sqlite3

import pytest
from seeding import Seeder
from test_escapes import CORPUS

from holdfast.store.database import Database

SEQUENCES = "".join(CORPUS[:6])
TEXT = {"type": "string"}
SCHEMA = {
    "type": "object",
    "title": "Q",
    "properties": {
        "line": TEXT,
        "lines": {**TEXT, "widget": "textarea"},
        "secret": {**TEXT, "format": "password", "writeOnly": True},
        "number": {"type": "integer"},
        "exact": {"anyOf": [{"type": "number"}, {"type": "string"}]},
        "date": {**TEXT, "format": "date"},
        "moment": {**TEXT, "format": "date-time"},
        "span": {**TEXT, "format": "duration"},
        "path": {**TEXT, "format": "path"},
        "rows": {"type": "array", "items": TEXT},
        "table": {"type": "object", "additionalProperties": TEXT},
        "pair": {"type": "array", "prefixItems": [TEXT], "minItems": 1, "maxItems": 1},
        "anything": {},
        "either": {"anyOf": [{"type": "integer"}, TEXT]},
    },
}
INITIAL = {
    **dict.fromkeys(["line", "lines", "secret", "number", "exact", "date", "moment", "span", "path"], SEQUENCES),
    "lines": f"a\n{SEQUENCES}",
    "rows": [SEQUENCES],
    "table": {SEQUENCES: SEQUENCES},
    "pair": [SEQUENCES],
    "anything": {SEQUENCES: [SEQUENCES]},
    "either": SEQUENCES,
}
_COMMANDS = (b"\x1b]52", b"\x1b]0;owned", b"ZXZpbA==\x07", b"\x1bPq", b"\x1b[2J\x1b[H\x1b]")


@pytest.fixture
def terminal(tmp_path, monkeypatch, app_on_a_pty):
    monkeypatch.setenv("HOLDFAST_HOME", str(tmp_path))
    database = Database(tmp_path / "holdfast.db")
    seeder = Seeder(database)
    seeder.wait(seeder.run("brave-emu"), schema=SCHEMA, initial=INITIAL, description="Escapes?")
    with app_on_a_pty(tmp_path) as opened:
        opened.type("i")
        opened.expect("Escapes?")
        opened.type("\r")
        opened.expect("Line")
        yield opened
    database.close()


def harmless(written: bytes) -> bool:
    """Whether nothing of the corpus was written as a command, C1 controls among it."""
    rest = re.sub(rb"[\xc2-\xf4][\x80-\xbf]+", lambda found: b"" if found[0][:1] != b"\xc2" else found[0], written)
    return not any(command in written for command in _COMMANDS) and not re.search(rb"\xc2[\x80-\x9f]", rest)


def through_all_fields(terminal, enter: str) -> bytes:
    """Do the same in each field, and on to the next; gives all that was written."""
    terminal.type(enter)
    written = b""
    for _ in range(20):
        terminal.type("\t" + enter)
        terminal.expect("")
        written += terminal.raw
    terminal.type("\x14")
    terminal.expect("Form ^t")
    return written + terminal.raw


def test_what_came_in_is_shown_and_commands_nothing(terminal):
    written = terminal.raw + through_all_fields(terminal, "")
    assert harmless(written)


def test_what_is_pasted_commands_nothing_and_is_kept_as_the_symbols_that_are_shown(terminal, tmp_path):
    pasted = SEQUENCES.replace("\r", "")
    written = terminal.raw + through_all_fields(terminal, f"\x1b[200~{pasted}\x1b[201~")
    assert harmless(written)
    terminal.type("\x14\x1b")
    terminal.expect("1 Runs")
    terminal.type("q")
    terminal.end()
    with sqlite3.connect(tmp_path / "holdfast.db") as connection:
        ((body,),) = connection.execute("SELECT body FROM draft").fetchall()
    assert "edits" in json.loads(body)


def test_what_is_typed_commands_nothing(terminal):
    typed = "".join(char for char in SEQUENCES if char.isprintable()) + "\x9b2J"
    written = terminal.raw + through_all_fields(terminal, typed)
    assert harmless(written)


def test_a_text_of_several_lines_goes_to_the_users_editor_and_comes_back(tmp_path, monkeypatch, app_on_a_pty):
    monkeypatch.setenv("HOLDFAST_HOME", str(tmp_path))
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setenv("EDITOR", "sed -i s/before/edited/")
    database = Database(tmp_path / "holdfast.db")
    seeder = Seeder(database)
    schema = {"type": "object", "title": "Q", "properties": {"lines": {**TEXT, "widget": "textarea"}}}
    seeder.wait(seeder.run("brave-emu"), schema=schema, initial={"lines": "as it was before"}, description="Edit?")
    with app_on_a_pty(tmp_path) as opened:
        opened.type("i")
        opened.expect("Edit?")
        opened.type("\r")
        opened.expect("as it was before")
        opened.type("\x05")
        opened.expect("as it was edited")
    database.close()
