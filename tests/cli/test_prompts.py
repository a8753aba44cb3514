"""``holdfast resume`` on a terminal, which asks field by field."""

import signal
from typing import Literal

import pytest
from pydantic import BaseModel

from holdfast import resume_flow_run
from holdfast.cli import prompts
from holdfast.forms.model import FormModel
from holdfast.questions import question
from holdfast.store import queries, waits
from holdfast.store.database import default


@pytest.fixture
def asked(call):
    """A suspended run that waits for a decision."""
    call("parked")
    (run,) = queries.list_flow_runs(default())
    return run


def answer_of(run):
    (wait,) = queries.get_waits(default(), run.id)
    return wait.answer and wait.answer.value


def test_each_field_is_asked_for_with_what_it_takes_and_holds(asked, terminal):
    screen = terminal("resume", asked.name)
    screen.expect("# Release **1.10**?")
    screen.answer("Approve (yes/no): ", "yes")
    screen.answer("Environment (staging/production) [staging]: ", "prod")
    screen.expect("Percent of the traffic.")
    screen.answer("Rollout (1 to 100, optional, - to empty it) [25]: ", "40")
    screen.answer("Version (optional, - to empty it) [1.0]: ", "1.10")
    screen.answer("Note (optional): ", "Looks good")
    screen.expect("Lines\n  1 row\n  1: gear, 1.50\n")
    screen.answer("Enter to continue: ", "")

    assert screen.end() == 0
    assert answer_of(asked) == {
        "approve": True,
        "environment": "production",
        "rollout": 40,
        "version": "1.10",
        "note": "Looks good",
        "lines": [{"article": "gear", "amount": "1.50"}],
    }


def test_resuming_a_root_asks_for_what_the_run_below_it_asks(call, terminal):
    call("review")
    child, root = queries.list_flow_runs(default())
    screen = terminal("resume", root.name)
    screen.expect(f"{root.name} waits for {child.name}, which asks.")
    screen.expect(f"{child.name} (reviewed)")
    screen.expect("# Release **1.10**?")
    screen.answer("Approve (yes/no): ", "yes")
    for field in ("Environment", "Rollout", "Version", "Note", "Enter to continue"):
        screen.answer(field, "")

    assert screen.end() == 0
    assert answer_of(child)["approve"] is True
    again = terminal("resume", root.name, "--json", '{"approve": false}')
    again.expect(f"{child.name} already has an answer to '1'")
    assert again.end() == 1


def test_what_does_not_fit_is_asked_for_again(asked, terminal):
    screen = terminal("resume", asked.name)
    screen.answer("Approve (yes/no): ", "")
    screen.expect("✗ required")
    screen.answer("Approve (yes/no): ", "perhaps")
    screen.expect("✗ one of: yes/no")
    screen.answer("Approve (yes/no): ", "n")
    screen.answer("Environment", "")
    screen.answer("Rollout", "400")
    screen.expect("✗ at most 100")
    screen.answer("Rollout (1 to 100, optional, - to empty it) [25]: ", "many")
    screen.expect("✗ a whole number")
    screen.answer("Rollout", "100")
    for field in ("Version", "Note", "Enter to continue"):
        screen.answer(field, "")

    assert screen.end() == 0
    assert answer_of(asked)["rollout"] == 100


def test_rows_are_added_changed_and_removed(asked, terminal):
    screen = terminal("resume", asked.name)
    for field, value in (("Approve", "y"), ("Environment", ""), ("Rollout", ""), ("Version", ""), ("Note", "")):
        screen.answer(field, value)
    screen.answer("Enter to continue: ", "+")
    screen.answer("Article", "pump")
    screen.answer("Amount", "0")
    screen.expect("✗ more than 0")
    screen.answer("Amount", "12.30")
    screen.answer("Due", "2027-01-15")
    screen.expect("Fri 15 Jan 2027")
    screen.expect("  2 rows\n")
    screen.answer("Enter to continue: ", "7")
    screen.expect("✗ a row from 1 to 2")
    screen.answer("Enter to continue: ", "-1")
    screen.expect("  1 row\n")
    screen.answer("Enter to continue: ", "1")
    screen.answer("Article [pump]: ", "valve")
    screen.answer("Amount", "")
    screen.answer("Due", "-")
    screen.answer("Enter to continue: ", "")

    assert screen.end() == 0
    assert answer_of(asked)["lines"] == [{"article": "valve", "amount": "12.30", "due": None}]


def test_what_the_flow_objects_to_is_asked_for_again(paused, terminal):
    _, run = paused("decide")
    screen = terminal("resume", run.name)
    for field, value in (("Approve", "y"), ("Environment", ""), ("Rollout", ""), ("Version", ""), ("Note", "NOW")):
        screen.answer(field, value)
    screen.answer("Enter to continue", "")
    screen.expect("✗ Note: no shouting")
    screen.answer("Note (optional, - to empty it) [NOW]: ", "soon")
    screen.expect(f"Answered. {run.name} continues.")

    assert screen.end() == 0
    assert answer_of(run)["note"] == "soon"


def test_what_the_flow_said_of_the_last_answer_is_told(asked, terminal):
    (wait,) = queries.get_waits(default(), asked.id)
    resume_flow_run(asked.id, {"approve": True})
    waits.object_to(default(), wait.id.hex, {("note",): "say why", (): "not today"}, "flow")
    screen = terminal("resume", asked.name)
    screen.expect("The last answer was refused: note: say why\nThe last answer was refused: answer: not today\n")


def test_an_objection_to_a_row_says_which(paused, terminal):
    _, run = paused("decide")
    screen = terminal("resume", run.name)
    for field, value in (("Approve", "y"), ("Environment", ""), ("Rollout", ""), ("Version", ""), ("Note", "")):
        screen.answer(field, value)
    for line in ("1", "GEAR", "", "", ""):
        screen.type(line)
    screen.expect("✗ Lines > Row 1 > Article: no shouting")
    screen.answer("Article [GEAR]: ", "gear")

    assert screen.end() == 0
    assert answer_of(run)["lines"][0]["article"] == "gear"


def test_a_group_that_may_be_left_out_is_asked_about(call, terminal):
    call("shipment")
    (run,) = queries.list_flow_runs(default())
    screen = terminal("resume", run.name)
    screen.answer("Pickup\nWhere a parcel is to be fetched.\nFill it in? [y/N] ", "y")
    screen.answer("Street", "Kaigata 4")
    screen.answer("City", "Bergen")
    screen.expect("Weight")
    screen.expect("1 number\n  2 Measure")
    screen.answer("one of these: ", "2")
    screen.answer("Kilograms", "2.5")

    assert screen.end() == 0
    assert answer_of(run) == {"pickup": {"street": "Kaigata 4", "city": "Bergen"}, "weight": {"kilograms": 2.5}}


def test_a_secret_is_not_shown(paused, terminal):
    running, run = paused("login")
    screen = terminal("resume", run.name)
    screen.answer("User: ", "ana")
    screen.answer("Password: ", "hunter2")

    assert screen.end() == 0
    assert "hunter2" not in screen.text
    assert running.end().out == "ana\n"


def test_a_go_ahead_is_a_yes_or_no(paused, terminal):
    running, run = paused("go_ahead")
    screen = terminal("resume", run.name)
    screen.answer(f"{run.name} (go-ahead) waits to be resumed. Resume it? [Y/n] ", "n")
    screen.expect("It was not resumed.")
    assert screen.end() == 0

    screen = terminal("resume", run.name)
    screen.answer("[Y/n] ", "")
    assert screen.end() == 0
    assert running.end().out == "went\n"


def test_ending_the_input_answers_nothing(asked, terminal):
    screen = terminal("resume", asked.name)
    screen.answer("Approve (yes/no): ", "yes")
    screen.answer("Environment", "\x04")
    screen.expect("Nothing was answered.")

    assert screen.end() == 130
    assert answer_of(asked) is None


def test_an_interrupt_answers_nothing(asked, terminal):
    screen = terminal("resume", asked.name)
    screen.expect("Approve (yes/no): ")
    screen.process.send_signal(signal.SIGINT)
    # A signal that comes while the prompt is still being set up is noticed with the next key.
    screen.type("")

    assert screen.end() == 130
    assert "Traceback" not in screen.text
    assert answer_of(asked) is None


def test_what_the_run_says_cannot_command_the_terminal(call, terminal):
    call("rude")
    (run,) = queries.list_flow_runs(default())
    screen = terminal("resume", run.name, NO_COLOR="1")
    screen.expect("␛[2Jdescription")
    screen.expect("␛]0;title␇")

    assert "\x1b[2J" not in screen.raw
    assert "\x1b]0;" not in screen.raw


class Versioned(BaseModel):
    version: Literal["v2"]
    size: int = 1


@pytest.mark.parametrize("held", [{"version": "v1", "size": 3}, {"size": 3}], ids=["another", "none"])
def test_what_can_have_one_value_only_has_it_whatever_came_in(monkeypatch, held):
    def said(words: str) -> None:
        assert "✗" not in words

    monkeypatch.setattr(prompts, "read", lambda _: "")
    monkeypatch.setattr(prompts.output, "say", said)
    form = FormModel(question(Versioned).schema)
    form.load(held)
    prompts.fill(form)
    assert form.dump() == {"version": "v2", "size": 3}


def test_a_default_that_is_typed_is_given_and_one_that_is_kept_is_not(monkeypatch):
    class Order(BaseModel):
        amount: int = 1
        colour: Literal["red", "blue"] = "red"
        text: str = "x"
        kind: Literal["new", "old"] = "new"

    form = FormModel(question(Order).schema)
    typed = iter(["1", "red", "", ""])
    monkeypatch.setattr(prompts, "read", lambda _: next(typed))
    prompts.fill(form)
    assert form.dump() == {"amount": 1, "colour": "red"}
