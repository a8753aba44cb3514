"""Code that changes while its run is suspended, and answers whose run dies: every answer reaches its own question."""

import pytest

from holdfast.engine import actions
from holdfast.engine.waits import kept_drafts
from holdfast.exceptions import AlreadyDecidedError, QuestionChangedError
from holdfast.forms import replaced_answers
from holdfast.records import DraftOf, WaitStatus
from holdfast.store import queries, requests

BUDGET = """
from helpers import note
from holdfast import flow, pause_flow_run, suspend_flow_run, task
from holdfast.input import RunInput

class Approval(RunInput):
    approved: bool

def ask(text, key=None):
    return suspend_flow_run(wait_for_input=Approval.with_initial_data(description=text), key=key).approved
"""
TAIL = """
if __name__ == "__main__":
    main()
"""


@pytest.fixture
def suspended(bench):
    """Run a flow ``main``, given as its code, until it suspends."""

    def run(code):
        edit(bench, code)
        process = bench.run(bench.folder / "program.py")
        assert process.wait() == 0, process.err
        assert bench.state().name == "Suspended", process.err
        return bench

    return run


def edit(bench, code):
    bench.write(BUDGET + code + TAIL)


def open_wait(bench):
    (found,) = bench.waits("open")
    return found


SPEND = """
@flow
def main():
    note("spend", ask("Spend 100 EUR?"))
"""
DELETE_FIRST = """
@flow
def main():
    note("delete", ask("Delete the customer?"))
    note("spend", ask("Spend 100 EUR?"))
"""


def test_a_question_that_was_put_in_front_is_asked_and_the_other_gets_its_answer(suspended):
    bench = suspended(SPEND)
    edit(bench, DELETE_FIRST)
    bench.answer_and_work({"approved": True})
    assert bench.ran == []
    assert open_wait(bench).description == "Delete the customer?"
    bench.answer_and_work({"approved": False})
    assert bench.state().is_completed()
    assert bench.ran == ["delete False", "spend True"]


def test_the_log_and_the_wait_say_what_changed_and_the_answer_is_offered(suspended):
    bench = suspended(SPEND)
    edit(bench, SPEND.replace("100", "200"))
    bench.answer_and_work({"approved": True})
    assert 'description was "Spend 100 EUR?", and is "Spend 200 EUR?"' in bench.log()
    assert "key=" in bench.log()
    assert replaced_answers.offered(open_wait(bench)) == {"approved": True}


def test_with_a_key_a_new_text_keeps_the_answer(suspended):
    bench = suspended('@flow\ndef main():\n    note(ask("Monday?", key="go"))\n')
    edit(bench, '@flow\ndef main():\n    note(ask("Tuesday?", key="go"))\n')
    bench.answer_and_work({"approved": True})
    assert bench.ran == ["True"]


def test_a_text_with_the_time_in_it_is_confirmed_until_it_stays(suspended):
    code = '@flow\ndef main():\n    note(ask("It is {}"))\n'
    bench = suspended(code.format(1))
    edit(bench, code.format(2))
    bench.answer_and_work({"approved": True})
    bench.answer_and_work({"approved": True})
    assert bench.ran == ["True"]


BESIDE = """
import asyncio

async def town(name):
    note(name, (await suspend_flow_run(wait_for_input=Approval.with_initial_data(description=name))).approved)

@flow
async def towns():
    await asyncio.gather({})

def main():
    asyncio.run(towns())
"""


def test_of_questions_beside_each_other_those_that_changed_take_the_place_of_what_they_were(suspended):
    bench = suspended(BESIDE.format("town('Aachen?'), town('Bern?'), town('Celle?')"))
    edit(bench, BESIDE.format("town('Aachen?'), town('Bern!'), town('Celle!')"))
    first, *_ = bench.waits("open")
    actions.resume(bench.db, bench.root().id, {"approved": True}, channel="test", wait_id=first.id)
    bench.work()
    assert sorted(each.description for each in bench.waits("open")) == ["Bern!", "Celle!"]
    assert [each.replaced.description for each in bench.waits("open")] == ["Bern?", "Celle?"]
    assert 'description was "Celle?", and is "Celle!"' in bench.log()


def test_a_question_that_follows_another_takes_the_place_of_none_that_is_still_asked_beside_it(suspended):
    code = BESIDE.replace("note(name,", "note(name[0],").replace("{}", "twice(), town('Bern?')")
    code = code.replace("@flow", "async def twice():\n    await town('Aachen?')\n    await town('Again?')\n\n@flow")
    bench = suspended(code)
    first, *_ = bench.waits("open")
    actions.resume(bench.db, bench.root().id, {"approved": True}, channel="test", wait_id=first.id)
    bench.work()
    assert sorted(each.description for each in bench.waits("open")) == ["Again?", "Bern?"]
    assert all(each.replaced is None for each in bench.waits("open"))


def test_an_answer_from_a_form_that_was_still_open_is_refused_and_becomes_a_draft(suspended):
    bench = suspended(SPEND)
    seen = open_wait(bench)
    edit(bench, SPEND.replace("100", "200"))
    requests.take_back(bench.db, bench.root().id.hex, "tester")
    bench.work()
    with pytest.raises(QuestionChangedError):
        actions.resume(bench.db, bench.root().id, {"approved": True}, channel="app", wait_id=seen.id)
    new = open_wait(bench)
    assert new.answer is None
    assert kept_drafts.find(bench.db, DraftOf.WAIT, new.id) is not None


def test_an_answer_outlives_a_failure_before_it_was_taken(suspended):
    bench = suspended(SPEND)
    edit(bench, "@flow\ndef main():\n    raise ValueError('no')\n")
    bench.answer_and_work({"approved": True})
    assert bench.state().is_failed()
    assert queries.inbox(bench.db) == []
    edit(bench, SPEND)
    bench.retry()
    bench.work()
    assert bench.ran == ["spend True"]


def test_a_failed_run_is_not_answered_anew(suspended):
    bench = suspended(SPEND)
    edit(bench, "@flow\ndef main():\n    raise ValueError('no')\n")
    bench.answer_and_work({"approved": True})
    assert bench.resume({"approved": True}).answer.value == {"approved": True}
    with pytest.raises(AlreadyDecidedError):
        bench.resume({"approved": False})


def test_a_retry_of_a_cancelled_run_takes_the_answer_that_was_given(suspended):
    bench = suspended(SPEND)
    bench.resume({"approved": True})
    actions.cancel(bench.db, bench.root().id, channel="python")
    bench.retry()
    bench.work()
    assert bench.ran == ["spend True"]


def test_what_expired_stays_expired_when_its_run_is_retried(bench):
    edit(
        bench,
        """
@flow
def main():
    note(pause_flow_run(wait_for_input=int, timeout=0.01))
""",
    )
    bench.run(bench.folder / "program.py")
    edit(
        bench,
        """
@flow
def main():
    note(pause_flow_run(wait_for_input=int, timeout=0.01))
    note("never")
""",
    )
    assert [each.status for each in bench.waits()] == [WaitStatus.EXPIRED]
    bench.retry()
    assert [each.status for each in bench.waits()] == [WaitStatus.EXPIRED]
    kinds = [each.kind for each in queries.get_events(bench.db, bench.root().id)]
    assert kinds[-2:] == ["set aside", "state"]
    bench.work()
    assert [each.status for each in bench.waits()] == [WaitStatus.EXPIRED] * 2


TREE = """
@flow
def audit(name):
    return suspend_flow_run(wait_for_input=bool)

@flow
def main():
    note("audited", audit("a"))
"""


def test_an_answer_to_the_root_goes_to_the_one_question_below_it(suspended):
    bench = suspended(TREE)
    child = bench.the_run("audit")
    assert bench.state().message == f"Waits for an answer to {child.name}."
    bench.resume({"value": True}, run=bench.the_run("main"))
    bench.work()
    assert bench.ran == ["audited True"]
