"""States and which may follow which: the table by itself, and the store that guards it."""

from __future__ import annotations

import itertools

import pytest

from holdfast import flow
from holdfast.engine import actions
from holdfast.exceptions import (
    CancelledRun,
    CrashedRun,
    FailedRun,
    InvalidTransition,
    PausedRun,
    UnfinishedRun,
)
from holdfast.records import Origin, Request
from holdfast.states import (
    NAMES,
    TRANSITIONS,
    Cancelled,
    Completed,
    Crashed,
    Failed,
    Paused,
    Pending,
    Running,
    State,
    StateType,
    Suspended,
    named,
    transition,
)
from holdfast.store import queries, runs, waits
from holdfast.store.ids import new_id

TABLE = """
Scheduled     -> AwaitingRetry Resuming Late Pending Suspended Cancelled Failed
AwaitingRetry -> Scheduled Resuming Late Pending Retrying Pausing Suspending Suspended Cancelling Cancelled Failed \
                 Crashed
Resuming      -> Scheduled AwaitingRetry Late Pending Suspended Cancelled Failed
Late          -> Scheduled AwaitingRetry Resuming Pending Suspended Cancelled Failed
Pending       -> Scheduled AwaitingRetry Resuming Late Running Retrying Suspended Cancelling Cancelled Completed \
                 Cached Failed TimedOut Crashed
NotReady      ->
Running       -> Scheduled AwaitingRetry Retrying Pausing Suspending Paused Suspended Cancelling Cancelled Completed \
                 Cached Failed TimedOut Crashed
Retrying      -> Scheduled AwaitingRetry Running Pausing Suspending Paused Suspended Cancelling Cancelled Completed \
                 Cached Failed TimedOut Crashed
Pausing       -> Scheduled AwaitingRetry Running Retrying Suspending Paused Suspended Cancelling Cancelled Completed \
                 Cached Failed TimedOut Crashed
Suspending    -> Scheduled AwaitingRetry Running Retrying Pausing Paused Suspended Cancelling Cancelled Completed \
                 Cached Failed TimedOut Crashed
Paused        -> Running AwaitingRetry Suspending Suspended Cancelling Failed TimedOut Crashed
Suspended     -> Resuming Running Cancelled Failed
Cancelling    -> Cancelled Completed Cached Failed TimedOut Crashed
Cancelled     -> AwaitingRetry Retrying
Completed     -> Retrying
Cached        ->
Failed        -> AwaitingRetry Retrying
TimedOut      -> AwaitingRetry Retrying
Crashed       -> AwaitingRetry Retrying
"""
ALLOWED = {
    (before.strip(), after)
    for before, _, followers in (line.partition("->") for line in TABLE.replace("\\\n", "").strip().splitlines())
    for after in followers.split()
}
FINAL = {"Cancelled", "Completed", "Cached", "Failed", "TimedOut", "Crashed"}
PAIRS = list(itertools.product(NAMES, NAMES))


def allowed(pairs=PAIRS):
    return [pair for pair in pairs if pair in ALLOWED]


def make_run(db, state="Running"):
    run_id = new_id()
    origin = Origin(None, "/", "python")
    runs.create(db, runs.NewRun(run_id, "a-run", "a-flow", named(state), origin, b"J{}"), "tester")
    return run_id


def look(db, run_id):
    (found,) = [each for each in queries.list_flow_runs(db, limit=1000) if each.id.hex == run_id]
    return found


def test_the_table_above_knows_every_state():
    known = {line.split("->")[0].strip() for line in TABLE.splitlines() if "->" in line}
    assert known == set(NAMES) == set(TRANSITIONS)


@pytest.mark.parametrize(("before", "after"), PAIRS, ids=lambda name: name)
def test_each_state_may_be_followed_by_those_in_the_table_only(before, after):
    if (before, after) in ALLOWED:
        transition(named(before), named(after))
    else:
        with pytest.raises(InvalidTransition, match=f"A run that is {before} cannot become {after}."):
            transition(named(before), named(after))


@pytest.mark.parametrize("before", NAMES)
def test_the_store_makes_allowed_transitions_and_refuses_the_others(db, before):
    for after in NAMES:
        run_id = make_run(db, before)
        if (before, after) in ALLOWED:
            assert runs.set_state(db, run_id, named(after), "tester").name == before
            assert look(db, run_id).state.name == after
        else:
            with pytest.raises(InvalidTransition):
                runs.set_state(db, run_id, named(after), "tester")
            assert look(db, run_id).state.name == before


@pytest.mark.parametrize(("before", "after"), allowed())
def test_an_execution_starts_when_a_run_begins_to_run_that_did_not(before, after):
    is_executing = {"Running", "Retrying", "Pausing", "Suspending", "Paused"}
    begins = before not in is_executing and after in {"Running", "Retrying"}
    assert transition(named(before), named(after)).starts == begins


@pytest.mark.parametrize(("before", "after"), allowed())
def test_a_run_ends_in_every_final_state_and_in_no_other(before, after):
    assert transition(named(before), named(after)).ends == (after in FINAL)


@pytest.mark.parametrize(("before", "after"), allowed())
def test_a_run_reopens_when_it_leaves_a_final_state(before, after):
    assert transition(named(before), named(after)).reopens == (before in FINAL)


@pytest.mark.parametrize(("before", "after"), allowed())
def test_a_request_is_settled_by_all_but_what_it_leads_to(before, after):
    keeps_the_request = {"Pausing", "Suspending", "Cancelling", "Paused"}
    assert transition(named(before), named(after)).settles == (after not in keeps_the_request)


@pytest.mark.parametrize(("before", "after"), allowed())
def test_a_run_that_ended_is_suspended_or_is_scheduled_has_no_process(before, after):
    has_none = FINAL | {"Suspended", "Scheduled", "AwaitingRetry", "Resuming", "Late"}
    assert transition(named(before), named(after)).frees == (after in has_none)


def test_starting_counts_an_execution_and_sets_the_start_time(db):
    run_id = make_run(db, "Pending")
    assert (look(db, run_id).executions, look(db, run_id).started) == (0, None)
    runs.set_state(db, run_id, Running(), "tester")
    assert look(db, run_id).executions == 1
    assert look(db, run_id).started is not None


def test_starting_again_counts_and_keeps_the_first_start_time(db):
    run_id = make_run(db, "Pending")
    runs.set_state(db, run_id, Running(), "tester")
    first = look(db, run_id).started
    for name in ("AwaitingRetry", "Pending", "Retrying"):
        runs.set_state(db, run_id, named(name), "tester")
    assert look(db, run_id).executions == 2
    assert look(db, run_id).started == first


@pytest.mark.parametrize("name", sorted(FINAL))
def test_ending_sets_the_end_time(db, name):
    run_id = make_run(db)
    runs.set_state(db, run_id, named(name), "tester")
    assert look(db, run_id).ended is not None


def test_ending_withdraws_open_waits(db):
    run_id = make_run(db)
    waits.open_wait(db, run_id, key="1", schema=None, initial=None, description=None, deadline=None, actor="tester")
    runs.set_state(db, run_id, Failed(), "tester")
    (wait,) = queries.get_waits(db, look(db, run_id).id)
    assert wait.status == "withdrawn"
    assert wait.closed is not None


def test_reopening_takes_the_end_time_back(db):
    run_id = make_run(db)
    runs.set_state(db, run_id, Failed(), "tester")
    runs.set_state(db, run_id, named("AwaitingRetry"), "tester")
    assert look(db, run_id).ended is None


def test_settling_clears_what_was_asked(db):
    run_id = make_run(db)
    actions.pause(db, run_id, channel="python")
    assert (look(db, run_id).request, look(db, run_id).requested_by) == (Request.PAUSE, "tester")
    runs.set_state(db, run_id, Running(), "tester")
    assert (look(db, run_id).request, look(db, run_id).requested_by, look(db, run_id).requested_at) == (None,) * 3


def test_what_was_asked_stands_until_the_run_has_done_it(db):
    run_id = make_run(db)
    actions.pause(db, run_id, channel="python")
    runs.set_state(db, run_id, Paused(), "tester")
    assert look(db, run_id).request is Request.PAUSE


def test_a_refused_transition_leaves_no_event(db):
    run_id = make_run(db, "Completed")
    before = queries.get_events(db, look(db, run_id).id)
    with pytest.raises(InvalidTransition):
        runs.set_state(db, run_id, Running(), "tester")
    assert queries.get_events(db, look(db, run_id).id) == before


@pytest.mark.parametrize("type_", StateType)
def test_a_name_of_ones_own_counts_as_its_types_first_name(type_):
    first = next(name for name, of in NAMES.items() if of is type_)
    own = State(type_, "Frobnicated")
    for after in NAMES:
        if (first, after) in ALLOWED:
            assert transition(own, named(after)) == transition(named(first), named(after))
        else:
            with pytest.raises(InvalidTransition, match="Frobnicated"):
                transition(own, named(after))


def test_a_known_name_under_another_type_counts_as_that_type():
    with pytest.raises(InvalidTransition):
        transition(State(StateType.COMPLETED, "Running"), Paused())


def test_a_name_of_ones_own_is_kept_by_the_store(call, the_run):
    @flow
    def judged():
        return State(StateType.COMPLETED, "Approved", "By the board")

    call(judged)
    assert the_run().state.type is StateType.COMPLETED
    assert (the_run().state.name, the_run().state.message) == ("Approved", "By the board")


@pytest.mark.parametrize(
    ("state", "says"),
    [
        (named("Scheduled"), "is_scheduled"),
        (Pending(), "is_pending"),
        (Running(), "is_running"),
        (Paused(), "is_paused"),
        (Suspended(), "is_paused"),
        (named("Cancelling"), "is_cancelling"),
        (Cancelled(), "is_cancelled"),
        (Completed(), "is_completed"),
        (Failed(), "is_failed"),
        (Crashed(), "is_crashed"),
    ],
    ids=str,
)
def test_a_state_says_what_kind_it_is_of(state, says):
    questions = [
        "is_scheduled", "is_pending", "is_running", "is_paused", "is_cancelling", "is_cancelled", "is_completed",
        "is_failed", "is_crashed",
    ]  # fmt: skip
    assert [each for each in questions if getattr(state, each)()] == [says]


@pytest.mark.parametrize("name", NAMES)
def test_a_state_is_final_when_nothing_more_happens(name):
    assert named(name).is_final() == (name in FINAL)


def test_the_result_of_a_completed_state_is_its_data():
    assert Completed(data=42).result() == 42


def test_the_result_of_a_failed_state_raises_what_ended_it():
    with pytest.raises(ZeroDivisionError):
        Failed(data=ZeroDivisionError()).result()


def test_the_result_of_a_failed_state_can_be_had_as_an_exception():
    error = ZeroDivisionError()
    assert Failed(data=error).result(raise_on_failure=False) is error


@pytest.mark.parametrize(
    ("state", "error"),
    [
        (Failed("Broken"), FailedRun),
        (Crashed("Broken"), CrashedRun),
        (Cancelled("Broken"), CancelledRun),
        (Paused(), PausedRun),
        (Suspended(), PausedRun),
        (Running(), UnfinishedRun),
        (Pending(), UnfinishedRun),
    ],
    ids=str,
)
def test_a_state_without_a_result_says_why(state, error):
    with pytest.raises(error, match="(?i)" + (state.message or state.name)) as caught:
        state.result()
    assert str(caught.value)


def test_a_state_prints_its_name_and_message():
    assert str(Failed("No paper")) == "Failed('No paper')"
    assert str(Running()) == "Running"


def test_states_with_other_data_are_equal():
    state = Completed(data=1)
    assert state.with_data(2) == state
    assert state.with_data(2).data == 2
