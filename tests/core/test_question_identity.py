"""Which question an answer belongs to, whatever order the code asks in and however it changes."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from pydantic import Field

from holdfast import question_identity
from holdfast.exceptions import InvalidFlow, QuestionChangedError
from holdfast.input import RunInput
from holdfast.question_changes import told
from holdfast.questions import question
from holdfast.records import DraftOf, Origin, WaitStatus
from holdfast.states import named
from holdfast.store import drafts, queries, runs, waits
from holdfast.store.ids import new_id

SCHEMA = {"type": "object", "properties": {"value": {"type": "integer"}}, "required": ["value"]}
OTHER = {"type": "object", "properties": {"value": {"type": "string"}}, "required": ["value"]}


class Program:
    """A run whose code asks a list of questions, one after the other, and suspends at the first that has no answer."""

    def __init__(self, db):
        self.db = db
        self.id = new_id()
        origin = Origin("/flows/f.py:f", "/flows", "python")
        runs.create(db, runs.NewRun(self.id, "a-run", "a-flow", named("Running"), origin, b"J{}"), "tester")
        self.begun = False

    def execute(self, *asked):
        """Start the code from the top; gives what it got, and the wait that it stands at, if it does at one."""
        if self.begun:
            for name in ("Suspended", "Resuming", "Pending", "Running"):
                if queries.find_flow_run(self.db, self.id).state.name != name:
                    runs.set_state(self.db, self.id, named(name), "tester")
        self.begun = True
        counts, got, caught_up = Counter(), [], False
        for each in asked:
            wait = self.ask(each, counts, replaces=not caught_up)
            caught_up |= wait.replaced is None and wait.status is WaitStatus.OPEN and wait.answer is not None
            if wait.status is WaitStatus.OPEN and wait.answer is not None:
                waits.accept(self.db, wait.id.hex)
            elif wait.status is not WaitStatus.DECIDED:
                return got, wait
            got.append(wait.answer.value["value"])
        return got, None

    def ask(self, text, counts=None, *, key="", schema=SCHEMA, replaces=True, task_run_id=""):
        what = question_identity.asked(schema, None, text)
        counts = Counter() if counts is None else counts
        counts[what + task_run_id] += 1
        which = question_identity.by_key(key, schema, None) if key else None
        which = which or question_identity.by_content(what, counts[what + task_run_id], task_run_id)
        return waits.open_wait(
            self.db, self.id, key=key, schema=schema, initial=None, description=text, deadline=None, actor="tester",
            identity=which, replaces=replaces,
        )  # fmt: skip

    def answer(self, wait, value):
        return waits.give_answer(self.db, wait.id.hex, {"value": value}, "ada", "python")

    def waits(self):
        return {
            each.description: each for each in queries.get_waits(self.db, queries.find_flow_run(self.db, self.id).id)
        }

    def events(self, kind):
        run = queries.find_flow_run(self.db, self.id)
        return [each.detail for each in queries.get_events(self.db, run.id) if each.kind == kind]


@pytest.fixture
def program(db):
    return Program(db)


def test_a_question_that_comes_before_another_gets_no_answer_of_it(program):
    _, spend = program.execute("Spend 100 EUR?")
    program.answer(spend, 1)
    got, delete = program.execute("Delete the customer?", "Spend 100 EUR?")
    assert got == []
    assert delete.description == "Delete the customer?"


def test_the_question_that_was_answered_gets_its_answer_when_it_is_asked_after_all(program):
    _, spend = program.execute("Spend 100 EUR?")
    program.answer(spend, 1)
    _, delete = program.execute("Delete the customer?", "Spend 100 EUR?")
    program.answer(delete, 2)
    assert program.execute("Delete the customer?", "Spend 100 EUR?") == ([2, 1], None)
    assert program.events("superseded") == program.events("revived") == ["1"]


def test_a_decided_question_whose_text_changes_is_asked_again_and_offers_its_answer(program):
    _, first = program.execute("On Monday?", "Sure?")
    program.answer(first, 1)
    program.execute("On Monday?", "Sure?")
    got, again = program.execute("On Tuesday?", "Sure?")
    assert got == []
    assert again.replaced.description == "On Monday?"
    assert again.replaced.answer.value == {"value": 1}


def test_what_changed_is_told_with_the_advice_to_give_a_key_where_there_is_none(program):
    program.execute("On Monday?")
    _, again = program.execute("On Tuesday?")
    assert "With its own key= in the code, a question keeps its answer" in told(again)
    program.execute()
    program.ask("How many?", key="go")
    program.execute()
    assert "key=" not in told(program.ask("What?", key="go", schema=OTHER))


def test_an_answer_is_offered_though_the_question_changed_twice_since(program):
    _, first = program.execute("On Monday?")
    program.answer(first, 1)
    program.execute("On Tuesday?")
    _, third = program.execute("On Wednesday?")
    assert third.replaced.answer.value == {"value": 1}


def test_keys_that_people_see_are_never_given_twice(program):
    program.execute("a")
    program.execute("b")
    _, third = program.execute("c")
    assert third.key == "3"
    assert [each.key for each in program.waits().values()] == ["1", "2", "3"]


def test_equal_questions_are_told_apart_by_how_many_came_before(program):
    _, first = program.execute("Again?", "Again?")
    program.answer(first, 1)
    got, second = program.execute("Again?", "Again?")
    assert got == [1]
    assert second.id != first.id
    program.answer(second, 2)
    assert program.execute("Again?", "Again?") == ([1, 2], None)


def test_questions_that_two_threads_ask_in_another_order_keep_their_answers(program):
    counts = Counter()
    a, b = program.ask("a", counts), program.ask("b", counts)
    program.begun = True
    program.answer(a, 1)
    program.answer(b, 2)
    assert program.execute("b", "a") == ([2, 1], None)
    assert program.events("superseded") == []


def test_a_question_behind_the_one_that_the_run_stood_at_replaces_none(program):
    counts = Counter()
    first, _ = program.ask("of the first thread", counts), program.ask("of the second thread", counts)
    program.begun = True
    program.answer(first, 1)
    program.execute("of the first thread", "the first thread's next")
    assert program.waits()["of the second thread"].status is WaitStatus.OPEN


def test_with_a_key_texts_may_change(program):
    program.execute()
    wait = program.ask("On Monday?", key="go")
    program.answer(wait, 1)
    program.execute()
    assert program.ask("On Tuesday?", key="go").answer.value == {"value": 1}


def test_with_a_key_and_another_schema_the_question_is_superseded(program):
    program.execute()
    wait = program.ask("How many?", key="go")
    program.answer(wait, 1)
    program.execute()
    new = program.ask("What?", key="go", schema=OTHER)
    assert (new.answer, new.key, new.replaced.id) == (None, "go", wait.id)
    assert program.waits()["How many?"].status is WaitStatus.SUPERSEDED


def test_the_open_question_of_a_key_makes_room_though_the_key_had_an_answer_before(program):
    program.execute()
    first = program.ask("How many?", key="go")
    program.answer(first, 1)
    waits.accept(program.db, first.id.hex)
    second = program.ask("What?", key="go", schema=OTHER)
    program.execute()
    third = program.ask("Which?", key="go", schema={"type": "object", "properties": {}})
    assert (third.key, third.replaced.id) == ("go", second.id)


def test_two_different_questions_cannot_be_open_under_one_key(program):
    program.execute()
    program.ask("How many?", key="go")
    with pytest.raises(InvalidFlow, match="key='go' is already the key of another open question"):
        program.ask("What?", key="go", schema=OTHER)


def test_questions_of_different_task_runs_do_not_replace_each_other(program):
    program.execute()
    program.ask("of one", key="t-000001", task_run_id="1" * 32)
    program.execute()
    new = program.ask("of another", key="t-000002", task_run_id="2" * 32)
    assert new.replaced is None


def test_an_answer_to_a_question_that_has_been_superseded_is_refused(program):
    _, old = program.execute("Spend?")
    program.execute("Delete?")
    with pytest.raises(QuestionChangedError, match="no longer asks question '1'"):
        program.answer(old, 1)
    assert program.waits()["Delete?"].answer is None


def test_what_was_entered_for_a_question_becomes_a_draft_of_the_one_in_its_place(program, db):
    _, old = program.execute("On Monday?")
    drafts.keep(db, DraftOf.WAIT, old.id.hex, "ada", {"edits": 1})
    _, new = program.execute("On Tuesday?")
    assert drafts.find(db, DraftOf.WAIT, new.id.hex, "ada").body == {"edits": 1}


def test_a_run_that_completes_without_asking_closes_its_question_as_superseded(program, db):
    _, wait = program.execute("Spend?")
    program.answer(wait, 1)
    program.execute()
    runs.finish(db, program.id, named("Completed"), None, "tester")
    assert program.waits()["Spend?"].status is WaitStatus.SUPERSEDED
    assert program.events("superseded") == ["1 (answered by ada)"]


@pytest.mark.parametrize("name", ["Failed", "TimedOut", "Crashed"])
def test_an_answer_that_was_not_taken_outlives_the_end_of_its_run(program, db, name):
    _, wait = program.execute("Spend?")
    program.answer(wait, 7)
    program.execute()
    runs.set_state(db, program.id, named(name), "tester")
    assert program.waits()["Spend?"].status is WaitStatus.OPEN
    assert queries.inbox(db) == []
    assert (queries.count_open_waits(db), queries.count_unanswered_waits(db)) == (0, 0)
    runs.set_state(db, program.id, named("AwaitingRetry"), "tester")
    runs.set_state(db, program.id, named("Pending"), "tester")
    runs.set_state(db, program.id, named("Running"), "tester")
    assert program.ask("Spend?").answer.value == {"value": 7}


def test_cancelling_says_who_had_answered_and_a_retry_finds_the_answer(program, db):
    _, wait = program.execute("Spend?")
    program.answer(wait, 7)
    for name in ("Suspended", "Cancelled"):
        runs.set_state(db, program.id, named(name), "tester")
    assert program.waits()["Spend?"].status is WaitStatus.WITHDRAWN
    assert program.events("withdrawn") == ["1 (answered by ada)"]
    for name in ("AwaitingRetry", "Pending", "Running"):
        runs.set_state(db, program.id, named(name), "tester")
    assert program.ask("Spend?").answer.value == {"value": 7}


def test_a_question_that_is_no_longer_asked_does_not_hold_the_run(program, db):
    counts = Counter()
    first = program.ask("first", counts)
    program.ask("second, which the code drops", counts)
    program.begun = True
    program.answer(first, 1)
    assert program.execute("first") == ([1], None)
    assert queries.find_flow_run(db, program.id).state.name == "Running"


@pytest.mark.parametrize("seed", range(20))
def test_whatever_the_code_asks_each_question_gets_the_answer_that_was_given_to_it(program, seed):
    chance = random.Random(seed)
    code, given, number = ["a", "b"], {}, 0
    for _ in range(12):
        got, wait = program.execute(*code)
        counts, wanted = Counter(), []
        for text in code:
            counts[text] += 1
            if (text, counts[text]) not in given:
                break
            wanted.append(given[text, counts[text]])
        assert got == wanted
        assert (wait is None) == (len(got) == len(code))
        if wait is not None and chance.random() < 0.7:
            text, number = code[len(got)], number + 1
            given[text, code[: len(got) + 1].count(text)] = number
            program.answer(wait, number)
        if chance.random() < 0.6:
            at = chance.randrange(len(code) + 1)
            code[at : at + chance.randrange(2)] = chance.sample("abcd", chance.randrange(2)) or ["e"]


class Plain(RunInput):
    name: str
    amount: int = Field(title="How much")


def identity(model):
    return question(model).asked


def test_the_order_of_fields_does_not_make_another_question():
    class One(RunInput):
        name: str
        amount: int

    class Two(RunInput):
        amount: int
        name: str

    Two.__name__ = Two.__qualname__ = "One"
    schema, swapped = One.model_json_schema(), Two.model_json_schema() | {"title": "One"}
    assert question_identity.asked(schema, None, None) == question_identity.asked(swapped, None, None)


@pytest.mark.parametrize(
    "other",
    [
        Plain.with_initial_data(description="Two?"),
        Plain.with_initial_data(description="One?", amount=3),
        type("Renamed", (Plain,), {}).with_initial_data(description="One?"),  # type: ignore[attr-defined]
    ],
    ids=["description", "initial values", "title"],
)
def test_what_a_person_is_shown_makes_another_question(other):
    assert identity(other) != identity(Plain.with_initial_data(description="One?"))


@pytest.mark.parametrize(
    "other",
    [
        Plain.with_initial_data(description="Two?"),
        Plain.with_initial_data(description="One?", amount=4),
        type("Renamed", (Plain,), {}).with_initial_data(description="One?", amount=3),  # type: ignore[attr-defined]
    ],
    ids=["description", "initial values", "title"],
)
def test_with_a_key_it_makes_no_other_question(other):
    first, second = question(Plain.with_initial_data(description="One?", amount=3)), question(other)
    found = [
        question_identity.by_key("k", each.schema, {"amount": 0, **(each.initial or {})}) for each in (first, second)
    ]
    assert found[0] == found[1]


def test_with_a_key_another_type_makes_another_question():
    assert question_identity.by_key("k", question(int).schema, None) != question_identity.by_key(
        "k", question(str).schema, None
    )
