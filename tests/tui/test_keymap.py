"""Keys as the user wants them, from a file."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from holdfast.store import queries
from holdfast_tui.user import keymap

README = Path(__file__).parents[2] / "README.md"


def write(text: str) -> None:
    keymap.file().parent.mkdir(parents=True, exist_ok=True)
    keymap.file().write_text(text, encoding="utf-8")


@pytest.mark.anyio
async def test_key_of_the_file_acts_and_the_usual_one_does_not(opened, path, seeder):
    run_id = seeder.run("brave-emu")
    write('pause = "x"')
    async with opened(path) as driver:
        assert "x Pause" in driver.lines[-1]
        await driver.press("p")
        assert queries.get_flow_run(seeder.database, run_id).request is None
        await driver.press("x", "y")
        await driver.hears("Asked brave-emu to pause")


@pytest.mark.anyio
async def test_key_of_the_file_says_why_it_does_not_apply(opened, path, seeder):
    seeder.run("brave-emu")
    write('retry = "ctrl+r"')
    async with opened(path) as driver:
        await driver.press("ctrl+r")
        await driver.hears("only a run that failed, crashed or was cancelled can be retried.")


@pytest.mark.anyio
async def test_letters_of_the_file_are_letters_where_one_types(opened, story):
    write('"list.page-down" = "x, pagedown"\npause = "y"')
    async with opened(story) as driver:
        await driver.press("slash", *"xyzzy")
        assert driver.app.main.view.filter_input.value == "xyzzy"


@pytest.mark.anyio
async def test_list_moves_by_keys_of_the_file(opened, story):
    write('[list]\ndown = ["down", "n"]\nup = ["up", "e"]')
    async with opened(story) as driver:
        await driver.press("n", "n", "e", "j")
        assert driver.app.main.runs.cursor == 1


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('puase = "x"', "There is no key id 'puase': did you mean 'pause'?"),
        ('pause = "hyperspace"', "pause in keymap.toml: there is no key 'hyperspace'."),
        ("pause = 3", "pause in keymap.toml has no key."),
        ("pause = ", "so the default keys are used"),
    ],
)
async def test_what_makes_no_sense_is_said_once_and_the_rest_is_used(opened, story, text, said):
    write(text)
    async with opened(story) as driver:
        await driver.hears(said)
        assert "p Pause" in driver.lines[-1]


@pytest.mark.anyio
async def test_key_that_is_taken_from_another_is_said(opened, story):
    write('pause = "c"')
    async with opened(story) as driver:
        await driver.hears("The key c is assigned to pause, but cancel has it too.")
        assert "c Pause" in driver.lines[-1]


@pytest.mark.parametrize("name", ["x", "X", "?", "f2", "ctrl+d", "shift+tab", "pageup", "question_mark", "ctrl+@"])
def test_names_of_keys(name):
    assert keymap.is_key(name)


@pytest.mark.parametrize("name", ["hyperspace", "control+d", "ctrl+nothing", "xx"])
def test_what_is_no_key(name):
    assert not keymap.is_key(name)


@pytest.mark.anyio
async def test_keys_of_a_question_can_be_others_and_are_said_on_its_buttons(opened, path, seeder):
    write('[dialog]\nyes = "Y"\nno = "N"\n')
    seeder.run("brave-emu")
    async with opened(path) as driver:
        await driver.press("c")
        await driver.sees("Cancel run (Y)")
        await driver.press("y")
        assert "Back (N)" in driver.text
        await driver.press("N")
        await driver.sees_no("Back (N)")
    assert keymap.problems({"dialog.yes": "Y", "dialog.no": "N"}) == []


def test_keys_of_vi_are_there_from_the_start():
    usual = {each.id: each.keys.split(",") for each in keymap.load_all()}
    for id_, key in {
        "list.down": "j",
        "list.up": "k",
        "list.first": "g",
        "list.last": "G",
        "list.half-page-down": "ctrl+d",
        "list.half-page-up": "ctrl+u",
    }.items():
        assert key in usual[id_]


def test_no_key_means_two_things_in_the_app():
    by_key: dict[str, set[str]] = {}
    for each in keymap.load_all():
        if keymap.in_dialog(each.id):
            continue  # There, y is yes and n is no.
        for key in each.keys.split(","):
            by_key.setdefault(key, set()).add(each.id)
    assert {key: ids for key, ids in by_key.items() if len(ids) > 1 and key not in SHARED} == {}


SHARED = {"enter", "escape", "tab", "shift+tab", "end", "G"}
"""Keys that go on to the next thing that may want them."""


def test_example_in_the_readme_is_a_keymap():
    example = re.search(r"```toml\n(# keymap.toml.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    assert example is not None
    write(example[1])
    keys, wrong = keymap.read(keymap.file())
    assert keys
    assert wrong == []
    assert keymap.problems(keys) == []
