"""What the app remembers, and what it does with a file that makes no sense."""

from __future__ import annotations

import json
import threading

import pytest

from holdfast_tui.user import preferences
from holdfast_tui.user.preferences import Preferences


def test_what_is_remembered_is_read_again(tmp_path):
    path = tmp_path / "new" / "preferences.json"
    preferences.remember(path, theme="nord", columns=("run", "age"), wrap=True)
    assert preferences.read(path) == (Preferences(theme="nord", columns=("run", "age"), wrap=True), None)


def test_nothing_is_wrong_where_there_is_no_file(tmp_path):
    assert preferences.read(tmp_path / "preferences.json") == (Preferences(), None)


@pytest.mark.parametrize("text", ["", "[]", "{", '"theme"', "\x00", "null"])
def test_file_that_makes_no_sense_gives_the_usual_and_a_sentence(tmp_path, text):
    path = tmp_path / "preferences.json"
    path.write_text(text)
    found, wrong = preferences.read(path)
    assert found == Preferences()
    assert wrong == f"Cannot read {path}, so the default preferences are used."


def test_value_of_another_type_is_left_out_and_the_rest_used(tmp_path):
    path = tmp_path / "preferences.json"
    path.write_text('{"theme": 3, "columns": ["run", 4], "wrap": true}')
    found, wrong = preferences.read(path)
    assert found == Preferences(wrap=True)
    assert wrong == f"{path} has no valid theme or columns, so the default is used."


def test_what_another_app_or_a_newer_one_has_written_stays(tmp_path):
    path = tmp_path / "preferences.json"
    path.write_text('{"future": {"a": 1}, "theme": "nord"}')
    preferences.remember(path, wrap=True)
    assert json.loads(path.read_text()) == {"future": {"a": 1}, "theme": "nord", "wrap": True}


def test_changes_at_the_same_time_are_all_kept(tmp_path):
    path = tmp_path / "preferences.json"
    changes = [{"theme": "nord"}, {"wrap": True}, {"wide": True}, {"sort": "age"}]
    threads = [threading.Thread(target=preferences.remember, args=(path,), kwargs=each) for each in changes]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert preferences.read(path)[0] == Preferences(theme="nord", wrap=True, wide=True, sort="age")


@pytest.mark.anyio
async def test_broken_file_is_said_once_and_the_app_is_there(opened, story):
    preferences.file().parent.mkdir(parents=True)
    preferences.file().write_text("{")
    async with opened(story) as driver:
        await driver.hears("so the default preferences are used.")
        await driver.sees("eager-finch")


@pytest.mark.anyio
async def test_theme_that_is_gone_is_said(opened, story):
    preferences.remember(preferences.file(), theme="solarized-nowhere")
    async with opened(story) as driver:
        await driver.hears("The theme solarized-nowhere no longer exists, so the default one is used.")


@pytest.mark.anyio
async def test_folder_that_cannot_be_written_is_said(opened, story, monkeypatch):
    preferences.file().parent.parent.joinpath("home").write_text("in the way")
    async with opened(story) as driver:
        driver.app.remember(theme="nord")
        await driver.hears("Could not save preferences:")
