"""Databases that earlier versions wrote are upgraded, and their runs go on.

Each file ``upgrades/NNNN.sql`` is a sample of one schema revision; see ``upgrades/make.py``.
"""

import shutil
from pathlib import Path

import pytest
from samples import SAMPLES, fill, version

from holdfast import settings
from holdfast.deployments import list_deployments
from holdfast.engine import actions
from holdfast.engine.results import decode
from holdfast.engine.waits import kept_drafts
from holdfast.exceptions import StoreError
from holdfast.forms.model import FormModel
from holdfast.records import DraftOf
from holdfast.store import database, queries
from holdfast.store.database import VERSION, Database
from holdfast.store.sqlite.files import backups


@pytest.fixture(params=SAMPLES)
def revision(request):
    return request.param


@pytest.fixture
def db(revision, tmp_path):
    """The upgraded sample, whose flows are in the bench's folder."""
    path = settings.database()
    path.parent.mkdir()
    fill(path, revision, tmp_path / "bench")
    return database.default()


@pytest.fixture(autouse=True)
def flows(bench):
    shutil.copy(Path(__file__).parent / "upgrades" / "flows.py", bench.folder)


def run(db, name):
    return queries.find_flow_run(db, name)


def result(db, name):
    return decode(queries.get_result(db, run(db, name).id))


def work(bench, db, *expected):
    """Have runs executed until none is due; they are those that are expected to."""
    due = queries.RunFilter(states=frozenset({"scheduled"}))
    took = set()
    while found := {each.name for each in queries.list_flow_runs(db, due)}:
        bench.work()
        took |= found
    assert took >= set(expected)


def test_the_file_has_the_newest_schema(db):
    assert version(db.location.path) == VERSION


def test_a_question_is_answered_and_its_run_goes_on_without_its_finished_tasks(bench, db):
    actions.resume(db, "contract", {"signed_by": "Ana", "copies": 2}, channel="python")
    work(bench, db, "contract")
    assert result(db, "contract") == "Contract with ACME: Ana, 2 copies, 0.10 of 2.20"
    assert not [line for line in bench.ran if "ACME" in line or "gear" in line]


def test_an_answer_that_nobody_had_taken_is_taken(bench, db):
    work(bench, db, "answered")
    assert str(result(db, "answered")) == "42.10"
    assert "draw up for answered" not in bench.ran


def test_a_decided_question_keeps_its_answer_and_a_failed_task_its_exception(bench, db):
    actions.resume(db, "second-question", False, channel="python")
    work(bench, db, "second-question")
    assert result(db, "second-question") == (True, "twice", False)
    assert "refuse twice" not in bench.ran


def test_a_question_with_a_key_is_answered_by_it(bench, db):
    actions.resume(db, "keyed", 5, key="budget", channel="python")
    work(bench, db, "keyed")
    assert result(db, "keyed") == 5


def test_a_question_of_a_task_is_answered(bench, db):
    actions.resume(db, "paused-in-task", "yes", channel="python")
    work(bench, db, "paused-in-task")
    assert result(db, "paused-in-task") == "yes"
    assert "draw up for paused" not in bench.ran


def test_a_childs_question_is_answered_and_its_tree_goes_on(bench, db):
    actions.resume(db, "asking-child", True, channel="python")
    work(bench, db, "tree")
    assert result(db, "tree") == ("Contract with child 1", True)
    assert "draw up for child 1" not in bench.ran


def test_a_go_ahead_is_given(bench, db):
    actions.resume(db, "go-ahead", channel="python")
    work(bench, db, "go-ahead")
    assert result(db, "go-ahead") == "gone ahead"


def test_a_deadline_that_passed_has_passed(bench, db):
    bench.tend()
    assert run(db, "expired").state.name == "Failed"


def test_messages_are_received_in_their_order(bench, db):
    actions.resume(db, "desk", channel="python")
    work(bench, db, "desk")
    assert result(db, "desk") == (1, 2)


@pytest.mark.parametrize(("name", "expected"), [("failed", "repaired"), ("crashed", "went on")])
def test_a_run_is_retried_without_its_finished_tasks(bench, db, name, expected):
    (bench.folder / "repaired").touch()
    actions.retry(db, name)
    work(bench, db, name)
    assert result(db, name) == expected
    assert f"draw up for {name}" not in bench.ran


def test_a_result_is_read(db):
    assert result(db, "finished") == "Contract with finished"


def test_a_deployment_and_its_scheduled_run_are_there(bench, db):
    (nightly,) = list_deployments()
    assert (nightly.full_name, nightly.paused) == ("report/nightly", True)
    (scheduled,) = queries.list_flow_runs(db, queries.RunFilter(flow_name="report"))
    work(bench, db, scheduled.name)
    assert result(db, scheduled.name) == "3 lines for south"


def test_a_draft_is_offered(db, monkeypatch):
    monkeypatch.setenv("HOLDFAST_USER", "ana")
    (wait,) = queries.get_waits(db, run(db, "contract").id)
    form = FormModel(wait.schema, wait.initial)
    draft = kept_drafts.find(db, DraftOf.WAIT, wait.id)
    form.redo(draft.body)
    assert form.find(("signed_by",)).text == "An"


def test_lists_and_pages_of_every_run_are_read(db):
    for each in queries.list_flow_runs(db):
        queries.get_task_runs(db, each.id)
        queries.get_logs(db, each.id)
        queries.get_waits(db, each.id)


def test_the_file_is_kept_as_it_was_before_its_upgrade(db, revision):
    kept = backups(db.location.path)
    assert [version(each) for each in kept] == ([] if revision == VERSION else [revision])
    assert all(each.stat().st_mode & 0o077 == 0 for each in kept)


def test_a_backup_that_finds_no_room_keeps_the_file_from_its_upgrade(db, monkeypatch, tmp_path, revision):
    (kept,) = backups(db.location.path) or [pytest.skip("it is the newest schema")]
    again = tmp_path / "again" / "holdfast.db"
    again.parent.mkdir()
    shutil.copy(kept, again)
    monkeypatch.setattr("os.open", no_room)
    with pytest.raises(StoreError, match=f"must be upgraded from schema {revision}, but cannot be backed up"):
        Database(again)
    assert version(again) == revision


def no_room(*_, **_options):
    raise OSError(28, "No space left on device")
