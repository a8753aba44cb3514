"""The inbox, and answering from it."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from seeding import NOW
from textual.widgets import Input

from holdfast.store import waits
from holdfast_tui.forms.screen import AnswerScreen
from holdfast_tui.widgets.inbox_list import InboxList

pytestmark = pytest.mark.anyio


def questions(driver) -> list[str]:
    """The runs that ask, from the top."""
    return [wait.flow_run_name for wait in driver.app.main.query_one(InboxList)._waits]


async def test_nearest_deadline_comes_first_and_none_last(opened, story):
    async with opened(story) as driver:
        await driver.press("i")
        assert questions(driver) == ["tidy-magpie", "golden-otter", "lazy-crane", "misty-tern"]


@pytest.mark.parametrize(
    ("size", "shown"),
    [
        ((40, 12), ["3:16", "tidy-m", "Order"]),
        ((80, 24), ["3:16", "tidy-magpie", "order-limit", "Order 4711 is 3,200 €", "5s"]),
        ((120, 40), ["3:16", "tidy-magpie", "order-limit", "Order 4711 is 3,200 € above the limit", "5s ago"]),
    ],
    ids=str,
)
async def test_a_question_is_shown_with_what_it_belongs_to_and_its_times(opened, story, size, shown):
    async with opened(story, size=size) as driver:
        await driver.press("i")
        await driver.sees("3:16")
        line = next(line for line in driver.lines if "3:16" in line)
        assert [each for each in shown if each not in line] == []


async def test_header_counts_open_questions(opened, story):
    async with opened(story) as driver:
        assert "2 Inbox  4" in driver.lines[0]


async def test_header_counts_no_question_that_somebody_has_answered(opened, path, seeder):
    wait = seeder.wait(seeder.run("brave-emu"))
    seeder.wait(seeder.run("calm-heron"))
    async with opened(path) as driver:
        await driver.sees("2 Inbox  2")
        waits.give_answer(seeder.database, wait.id.hex, {"approve": True}, "bo@laptop", "cli")
        await driver.sees("2 Inbox  1")


async def test_time_left_counts_down(opened, story):
    now = NOW
    async with opened(story, clock=lambda: now) as driver:
        await driver.press("2")
        await driver.sees("3:21")
        now += timedelta(seconds=1)
        await driver.sees("3:20")


async def test_empty_inbox_says_so(opened, path):
    async with opened(path) as driver:
        await driver.press("i")
        await driver.sees("No question is waiting.")


async def test_question_of_another_process_appears(opened, path, seeder):
    async with opened(path) as driver:
        await driver.press("i")
        seeder.wait(seeder.run("brave-emu"))
        await driver.sees("brave-emu")
        await driver.sees("2 Inbox  1")


async def test_what_came_before_anybody_looked_leaves_the_cursor_at_the_top(opened, path, seeder):
    async with opened(path) as driver:
        seeder.wait(seeder.run("brave-emu"), deadline=NOW + timedelta(minutes=30))
        await driver.until(lambda: questions(driver) == ["brave-emu"])
        seeder.wait(seeder.run("lazy-crane"), deadline=NOW + timedelta(minutes=3))
        await driver.until(lambda: questions(driver) == ["lazy-crane", "brave-emu"])
        await driver.press("i")
        assert driver.app.main.query_one(InboxList).selected.flow_run_name == "lazy-crane"


async def test_cursor_stays_with_the_question_that_somebody_saw(opened, path, seeder):
    async with opened(path) as driver:
        seeder.wait(seeder.run("brave-emu"), deadline=NOW + timedelta(minutes=30))
        await driver.press("i")
        await driver.sees("brave-emu")
        seeder.wait(seeder.run("lazy-crane"), deadline=NOW + timedelta(minutes=3))
        await driver.until(lambda: questions(driver) == ["lazy-crane", "brave-emu"])
        assert driver.app.main.query_one(InboxList).selected.flow_run_name == "brave-emu"


async def test_enter_opens_the_form_with_the_question(opened, story):
    async with opened(story) as driver:
        await driver.press("i", "j", "enter")
        await driver.until(lambda: isinstance(driver.app.screen, AnswerScreen))
        assert "golden-otter" in driver.text
        assert "Ship 2.1 to production?" in driver.text
        assert "59:55 left" in driver.text


async def test_answer_reaches_the_store_and_the_next_question_is_under_the_cursor(opened, path, seeder):
    first = seeder.wait(seeder.run("first"), deadline=NOW + timedelta(minutes=1))
    seeder.wait(seeder.run("second"), deadline=NOW + timedelta(minutes=2))
    stop = accept_answers(seeder, first.id.hex)
    async with opened(path) as driver:
        await driver.press("i", "enter", "ctrl+s")
        await driver.hears("first is answered and continues.")
        await driver.until(lambda: questions(driver) == ["second"])
        assert driver.app.main.wait.flow_run_name == "second"
    stop.join()
    decided = waits.get_wait(seeder.database, first.id.hex)
    assert decided.answer.value == {}  # the flow's own defaults, which nobody touched
    assert decided.answer.channel == "app"


async def test_objection_of_the_flow_shows_at_its_field_and_nothing_is_lost(opened, path, seeder):
    wait = seeder.wait(seeder.run("brave-emu"))
    stop = object_to_answers(seeder, wait.id.hex, {("note",): "say why"})
    async with opened(path) as driver:
        await driver.press("i", "enter")
        await driver.until(lambda: isinstance(driver.app.screen, AnswerScreen))
        field = driver.app.screen.query(Input).last()
        field.focus()
        await driver.press(*"because", "ctrl+s")
        await driver.sees("say why")
        assert driver.app.screen.query(Input).last().value == "because"
    stop.join()


async def test_escape_keeps_the_draft(opened, path, seeder):
    seeder.wait(seeder.run("brave-emu"))
    async with opened(path) as driver:
        await driver.press("i", "enter")
        await driver.until(lambda: isinstance(driver.app.screen, AnswerScreen))
        driver.app.screen.query(Input).last().focus()
        await driver.press(*"later", "escape", "enter")
        await driver.until(lambda: isinstance(driver.app.screen, AnswerScreen))
        assert driver.app.screen.query(Input).last().value == "later"


async def test_wait_that_somebody_else_decided_is_refused_in_words(opened, path, seeder):
    wait = seeder.wait(seeder.run("brave-emu"))
    async with opened(path) as driver:
        await driver.press("i", "enter")
        await driver.until(lambda: isinstance(driver.app.screen, AnswerScreen))
        waits.give_answer(seeder.database, wait.id.hex, {"approve": True, "note": "mine"}, "bo@laptop", "cli")
        waits.accept(seeder.database, wait.id.hex)
        await driver.press("ctrl+s")
        await driver.sees("already has an answer")


async def test_wait_that_asks_nothing_is_confirmed(opened, path, seeder):
    seeder.wait(seeder.run("brave-emu"), "go", schema=None, description=None)
    async with opened(path) as driver:
        await driver.press("i", "r")
        await driver.sees("Resume brave-emu?")
        await driver.press("y")
        await driver.hears("brave-emu is answered and continues.")
        await driver.sees("No question is waiting.")


async def test_one_of_several_questions_of_a_run_is_chosen(opened, path, seeder):
    run_id = seeder.run("brave-emu")
    seeder.wait(run_id, "one", description="First question?")
    seeder.wait(run_id, "two", description="Second question?")
    async with opened(path) as driver:
        await driver.press("r")
        await driver.sees("brave-emu asks several questions")
        await driver.press("j", "enter")
        await driver.until(lambda: isinstance(driver.app.screen, AnswerScreen))
        assert "Second question?" in driver.text


@pytest.mark.parametrize(
    ("size", "said"),
    [((80, 24), "pending: bo@laptop's answer"), ((120, 40), "answered by bo@laptop, pending")],
    ids=str,
)
async def test_answer_that_the_run_has_not_taken_is_shown_as_such(opened, path, seeder, size, said):
    wait = seeder.wait(seeder.run("brave-emu"))
    waits.give_answer(seeder.database, wait.id.hex, {"approve": True}, "bo@laptop", "cli")
    async with opened(path, size=size) as driver:
        await driver.press("i")
        await driver.sees(said)


async def test_keys_act_on_the_run_that_asks(opened, path, seeder):
    seeder.wait(seeder.run("brave-emu"))
    async with opened(path) as driver:
        await driver.press("i", "c")
        await driver.sees("Cancel brave-emu?")
        await driver.press("n", "s", "y")
        await driver.hears("Asked brave-emu to suspend; not done yet.")
        await driver.press("s")
        await driver.hears("brave-emu was already asked to suspend, by tester.")


async def test_keys_that_do_not_apply_to_the_run_that_asks_say_why(opened, path, seeder):
    seeder.wait(seeder.run("brave-emu"))
    async with opened(path) as driver:
        await driver.press("i", "p")
        await driver.hears("brave-emu is paused, so it cannot be paused.")
        await driver.press("R")
        await driver.hears("brave-emu is paused; only a run that failed, crashed or was cancelled can be retried.")


async def test_keys_act_on_the_next_run_though_it_is_still_being_read(opened, path, seeder, monkeypatch):
    seeder.wait(seeder.run("first"), deadline=NOW + timedelta(minutes=1))
    seeder.wait(seeder.run("second"), deadline=NOW + timedelta(minutes=2))
    async with opened(path) as driver:
        await driver.press("i")
        monkeypatch.setattr(InboxList, "_read_run", lambda self, *, urgent: None)
        await driver.press("j", "p")
        await driver.hears("second is paused, so it cannot be paused.")
        await driver.press("s")
        await driver.sees("Suspend second?")
        await driver.press("y")
        await driver.hears("Asked second to suspend; not done yet.")


def accept_answers(seeder, wait_id: str) -> threading.Thread:
    """A flow that accepts the first answer to a wait."""
    return _flow(seeder, wait_id, lambda: waits.accept(seeder.database, wait_id))


def object_to_answers(seeder, wait_id: str, objections) -> threading.Thread:
    """A flow that has something against the first answer to a wait."""
    return _flow(seeder, wait_id, lambda: waits.object_to(seeder.database, wait_id, objections, "flow"))


def _flow(seeder, wait_id: str, decide) -> threading.Thread:
    heard = threading.Event()
    follower = seeder.database.watcher.follow(lambda events: heard.set(), interval=0.02)

    def run() -> None:
        while waits.get_wait(seeder.database, wait_id).answer is None:
            if not heard.wait(20):
                return
            heard.clear()
        decide()
        follower.stop()

    thread = threading.Thread(target=run)
    thread.start()
    return thread
