"""Going through the inbox, answering marked questions together, and its filter."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from seeding import NOW, SCHEMA
from textual import events
from textual.widgets import Input

from holdfast.records import WaitStatus
from holdfast.store import queries, waits
from holdfast_tui.data.verb_calls import VerbCalls
from holdfast_tui.forms.screen import AnswerScreen
from holdfast_tui.screens.bulk_report import ReportScreen
from holdfast_tui.screens.dialogs import ConfirmScreen
from holdfast_tui.verbs.action_log import Status
from holdfast_tui.widgets.inbox_list import InboxList

pytestmark = pytest.mark.anyio

sizes = pytest.mark.parametrize("size", [(40, 12), (80, 24), (120, 40)], ids=["40x12", "80x24", "120x40"])

LIMIT = {
    "title": "Limit",
    "type": "object",
    "properties": {"limit": {"title": "Limit", "type": "integer"}},
    "required": ["limit"],
}


@pytest.fixture
def three(seeder):
    """Three questions with one form, a minute apart."""
    return [
        seeder.wait(seeder.run(name), deadline=NOW + timedelta(minutes=10 + index), description=f"Ship {name}?")
        for index, name in enumerate(("first", "second", "third"))
    ]


def shown(driver) -> list[str]:
    """The runs that ask, from the top."""
    return [wait.flow_run_name for wait in driver.app.main.query_one(InboxList)._waits]


def marked(driver) -> list[str]:
    """The runs of the marked questions."""
    inbox = driver.app.main.query_one(InboxList)
    return [inbox.find(each).flow_run_name for each in inbox.marked_waits]


async def form_for(driver, name: str) -> None:
    """Wait for the form of a run."""
    await driver.until(lambda: isinstance(driver.app.screen, AnswerScreen))
    await driver.sees(f"{name}  release")


@pytest.fixture
def accepting(seeder):
    """Flows that accept every answer at once."""

    def decide(events):
        for each in events:
            if each.kind == "answered":
                for wait in queries.get_waits(seeder.database, each.flow_run_id):
                    waits.accept(seeder.database, wait.id.hex)

    follower = seeder.database.watcher.follow(decide, interval=0.02)
    yield
    follower.stop()


@pytest.mark.parametrize("keys", [("i", "enter"), ("r",)], ids=["inbox", "runs"])
async def test_what_is_typed_before_the_form_is_open_goes_into_the_form(opened, path, seeder, keys):
    seeder.wait(seeder.run("first"), schema=LIMIT)
    async with opened(path) as driver:
        await driver.press(*keys[:-1])
        await driver.sees("first")
        for key in (keys[-1], "4", "2"):
            driver.app.post_message(events.Key(key, key if len(key) == 1 else None))
        await form_for(driver, "first")
        await driver.until(lambda: driver.app.screen.query_one(Input).value == "42")


async def test_what_is_typed_before_the_next_form_is_open_goes_into_that_form(opened, path, seeder, accepting):
    for index, name in enumerate(("first", "second")):
        seeder.wait(seeder.run(name), schema=LIMIT, deadline=NOW + timedelta(minutes=10 + index))
    async with opened(path) as driver:
        await driver.press("i", "enter")
        await form_for(driver, "first")
        for key in ("7", "ctrl+l", "4", "2"):
            driver.app.post_message(events.Key(key, key if len(key) == 1 else None))
        await form_for(driver, "second")
        await driver.until(lambda: driver.app.screen.query_one(Input).value == "42")


@sizes
async def test_the_next_question_comes_up_by_itself(opened, path, three, accepting, size):
    async with opened(path, size=size) as driver:
        await driver.press("i", "enter")
        for name in ("first", "second", "third"):
            await form_for(driver, name)
            await driver.press("ctrl+s")
        await driver.sees("No question is waiting.")
        assert driver.app.screen is driver.app.main


async def test_a_form_says_how_many_follow(opened, path, three):
    async with opened(path) as driver:
        await driver.press("i", "enter")
        await driver.sees("first  release  (2 more)")


async def test_a_question_can_be_skipped_and_keeps_what_was_entered(opened, path, three):
    async with opened(path) as driver:
        await driver.press("i", "enter")
        await form_for(driver, "first")
        driver.app.screen.query(Input).last().focus()
        await driver.press(*"later", "ctrl+l")
        await form_for(driver, "second")
        await driver.press("escape", "k", "enter")
        await form_for(driver, "first")
        assert driver.app.screen.query(Input).last().value == "later"


async def test_each_question_comes_once(opened, path, three):
    async with opened(path) as driver:
        await driver.press("i", "j", "enter")
        for name in ("second", "third", "first"):
            await form_for(driver, name)
            await driver.press("ctrl+l")
        await driver.until(lambda: driver.app.screen is driver.app.main)
        assert len(shown(driver)) == 3


async def test_escape_leaves_at_the_question_that_was_shown(opened, path, three):
    async with opened(path) as driver:
        await driver.press("i", "enter")
        await form_for(driver, "first")
        await driver.press("ctrl+l")
        await form_for(driver, "second")
        await driver.press("escape")
        await driver.until(lambda: driver.app.screen is driver.app.main)
        assert driver.app.main.wait.flow_run_name == "second"


async def test_a_go_ahead_can_be_skipped_too(opened, path, seeder):
    for name in ("first", "second"):
        seeder.wait(seeder.run(name), "go", schema=None, description=None)
    async with opened(path) as driver:
        await driver.press("i", "enter")
        await driver.sees("Resume first?")
        await driver.press("n")
        await driver.sees("Resume second?")
        await driver.press("y")
        await driver.until(lambda: driver.app.screen is driver.app.main)
        await driver.until(lambda: shown(driver) == ["first"])


async def test_a_go_ahead_that_comes_too_late_is_noted_as_refused(opened, path, seeder):
    wait = seeder.wait(seeder.run("first"), "go", schema=None, description=None)
    async with opened(path) as driver:
        await driver.press("i", "enter")
        await driver.sees("Resume first?")
        waits.withdraw(seeder.database, wait.id.hex, "bo@laptop")
        await driver.press("y")
        await driver.until(lambda: [each.status for each in driver.app.actions] == [Status.REFUSED])


async def test_one_that_somebody_else_answers_meanwhile_is_passed_over(opened, path, three, seeder):
    async with opened(path) as driver:
        await driver.press("i", "enter")
        await form_for(driver, "first")
        waits.give_answer(seeder.database, three[1].id.hex, {"approve": True}, "bo@laptop", "cli")
        await driver.press("ctrl+l")
        await form_for(driver, "third")


@sizes
async def test_marked_questions_are_answered_with_one_form(opened, path, three, seeder, accepting, size):
    async with opened(path, size=size) as driver:
        await driver.press("i", "space", "space", "enter")
        await driver.until(lambda: isinstance(driver.app.screen, AnswerScreen))
        await driver.sees("2 questions")
        await driver.press("ctrl+s")
        await driver.until(lambda: isinstance(driver.app.screen, ConfirmScreen))
        await driver.press("y")
        await driver.until(lambda: isinstance(driver.app.screen, ReportScreen))
        await driver.sees("2 questions answered.")
        await driver.press("escape")
        await driver.until(lambda: shown(driver) == ["third"])
        assert marked(driver) == []
    given = [waits.get_wait(seeder.database, each.id.hex) for each in three]
    assert [each.status for each in given] == [WaitStatus.DECIDED, WaitStatus.DECIDED, WaitStatus.OPEN]
    assert given[0].answer.value == given[1].answer.value


async def test_the_preview_says_which_runs_get_what(opened, path, three):
    async with opened(path) as driver:
        await driver.press("i", "space", "space", "enter")
        await driver.until(lambda: isinstance(driver.app.screen, AnswerScreen))
        driver.app.screen.query(Input).last().focus()
        await driver.press(*"fine", "ctrl+s")
        await driver.until(lambda: isinstance(driver.app.screen, ConfirmScreen))
        assert "Answer 2 questions?" in driver.text
        assert 'note: "fine"' in driver.text
        assert "first Ship first? second Ship second?" in driver.prose
        await driver.press("n")
        await driver.until(lambda: isinstance(driver.app.screen, AnswerScreen))
        assert driver.app.screen.query(Input).last().value == "fine"


async def test_secrets_are_masked_in_the_preview(opened, path, seeder):
    secret = {"title": "Key", "type": "string", "format": "password", "writeOnly": True}
    for name in ("first", "second"):
        seeder.wait(seeder.run(name), schema={**SCHEMA, "properties": {"key": secret}})
    async with opened(path) as driver:
        await driver.press("i", "space", "space", "enter")
        await driver.until(lambda: isinstance(driver.app.screen, AnswerScreen))
        driver.app.screen.query(Input).last().focus()
        await driver.press(*"hush", "ctrl+s")
        await driver.until(lambda: isinstance(driver.app.screen, ConfirmScreen))
        await driver.sees("key:")
        assert "hush" not in driver.text


async def test_questions_with_different_forms_say_why_they_cannot_be_answered_together(opened, path, three, seeder):
    seeder.wait(seeder.run("fourth"), schema=LIMIT, deadline=NOW + timedelta(minutes=20))
    async with opened(path) as driver:
        await driver.press("i", "asterisk", "enter")
        await driver.hears("These ask for different things: approve, note (first and 2 more); limit (fourth).")
        assert marked(driver) == ["first", "second", "third", "fourth"]


async def test_what_was_answered_meanwhile_is_left_out(opened, path, three, seeder):
    async with opened(path) as driver:
        await driver.press("i", "asterisk")
        waits.give_answer(seeder.database, three[0].id.hex, {"approve": True}, "bo@laptop", "cli")
        await driver.press("enter")
        await driver.until(lambda: isinstance(driver.app.screen, AnswerScreen))
        await driver.sees("2 questions")


@pytest.fixture
def slow(monkeypatch):
    """Answers that are given once the test says so."""
    may = threading.Event()
    answer_all = VerbCalls.answer_all

    def answering(calls, group, value):
        assert may.wait(60)
        return answer_all(calls, group, value)

    monkeypatch.setattr(VerbCalls, "answer_all", answering)
    yield may
    may.set()


async def test_answers_that_take_a_while_are_said_to_be_under_way_and_need_not_be_waited_for(
    opened, path, three, accepting, slow
):
    async with opened(path) as driver:
        await driver.press("i", "space", "space", "enter")
        await driver.until(lambda: isinstance(driver.app.screen, AnswerScreen))
        await driver.press("ctrl+s")
        await driver.until(lambda: isinstance(driver.app.screen, ConfirmScreen))
        await driver.pilot.press("y")
        await driver.sees("Answer: 0 of 2 …")
        await driver.pilot.press("escape")
        await driver.until(lambda: driver.app.screen is driver.app.main)
        slow.set()
        await driver.hears("2 questions answered.")
        assert driver.app.screen is driver.app.main


async def test_a_refused_one_is_reported_and_stays_marked(opened, path, three, seeder):
    def object_to(events):
        for each in events:
            if each.kind == "answered":
                (wait,) = queries.get_waits(seeder.database, each.flow_run_id)
                if wait.flow_run_name == "first":
                    waits.object_to(seeder.database, wait.id.hex, {("note",): "say why"}, "flow")
                else:
                    waits.accept(seeder.database, wait.id.hex)

    follower = seeder.database.watcher.follow(object_to, interval=0.02)
    async with opened(path) as driver:
        await driver.press("i", "space", "space", "enter")
        await driver.until(lambda: isinstance(driver.app.screen, AnswerScreen))
        await driver.press("ctrl+s")
        await driver.until(lambda: isinstance(driver.app.screen, ConfirmScreen))
        await driver.press("y")
        await driver.sees("1 question answered, 1 refused.")
        assert "say why" in driver.text
        await driver.press("escape")
        assert marked(driver) == ["first"]
    follower.stop()


async def test_go_aheads_are_given_together(opened, path, seeder):
    for name in ("first", "second"):
        seeder.wait(seeder.run(name), "go", schema=None, description=None)
    async with opened(path) as driver:
        await driver.press("i", "space", "space", "enter")
        await driver.sees("Each of them continues.")
        await driver.press("y")
        await driver.sees("2 questions answered.")


async def test_initial_values_that_differ_are_named_and_left_empty(opened, path, seeder):
    for name, note in (("first", "a"), ("second", "b")):
        seeder.wait(seeder.run(name), initial={"approve": False, "note": note})
    async with opened(path) as driver:
        await driver.press("i", "space", "space", "enter")
        await driver.until(lambda: isinstance(driver.app.screen, AnswerScreen))
        await driver.sees("The initial values differ")
        assert driver.app.screen.model.dump()["approve"] is False
        assert driver.app.screen.query(Input).last().value == ""


async def test_verbs_act_on_the_runs_of_the_marked_questions(opened, path, three):
    async with opened(path) as driver:
        await driver.press("i", "space", "space", "c")
        await driver.sees("Cancel 2 runs?")


async def test_escape_takes_marks_away_before_the_filter(opened, path, three):
    async with opened(path) as driver:
        await driver.press("i", "slash", *"ship", "enter", "space")
        await driver.sees("1 marked")
        await driver.press("escape")
        assert marked(driver) == []
        assert driver.app.main.view.filter_text == "ship"
        await driver.press("escape")
        assert driver.app.main.view.filter_text == ""


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("second", ["second"]),
        ("SHIP", ["first", "second", "third"]),
        ("flow:order", ["tidy"]),
        ("key:limit", ["tidy"]),
        ("run:ir", ["first", "third"]),
        ("ship th", ["third"]),
        ("pass?", ["tidy"]),
    ],
)
async def test_filter_finds_by_name_flow_key_and_question(opened, path, three, seeder, typed, found):
    seeder.wait(seeder.run("tidy", "order"), "limit", description="Let it pass?", deadline=None)
    async with opened(path) as driver:
        await driver.press("i", "slash", *typed, "enter")
        await driver.until(lambda: shown(driver) == found)


async def test_filter_that_nothing_fits_says_so(opened, path, three):
    async with opened(path) as driver:
        await driver.press("i", "slash", *"nowhere")
        await driver.sees("No question matches the filter.")
        await driver.press("enter", "escape")
        await driver.sees("first")
