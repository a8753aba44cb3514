"""States as Prefect's users know them: made, looked into, awaited, and of what flows and tasks return."""

from __future__ import annotations

import asyncio
import copy
import pickle
from datetime import UTC, datetime

import pytest

from holdfast import State, StateType, flow, get_flow_run, get_task_runs, list_flow_runs, states, task
from holdfast.engine import results
from holdfast.exceptions import (
    CancelledRun,
    CrashedRun,
    FailedRun,
    MissingResult,
    PausedRun,
    SuspensionError,
    UnfinishedRun,
)
from holdfast.states import (
    AwaitingRetry,
    Cancelled,
    Cancelling,
    Completed,
    Crashed,
    Failed,
    Late,
    Paused,
    Retrying,
    Running,
    Scheduled,
    StateDetails,
    StoredResult,
    Suspended,
    state_result,
)
from holdfast.store import queries

both = pytest.mark.parametrize("is_async", [False, True], ids=["sync", "async"])


# Made


OURS_ALONE = {"Resuming", "NotReady", "Pausing", "Suspending", "Cached", "TimedOut"}


@pytest.mark.parametrize("name", sorted({*states.NAMES} - OURS_ALONE))
def test_each_state_of_prefects_has_its_maker(name):
    made = getattr(states, name)(message="why")
    assert (made.name, made.type, made.message) == (name, states.NAMES[name], "why")


@pytest.mark.parametrize("type_", list(StateType))
def test_a_state_without_a_name_is_called_as_its_type_is(type_):
    assert State(type=type_).name == type_.value.capitalize()
    assert State(type=type_, name=None).name == type_.value.capitalize()


def test_a_type_may_be_given_as_text():
    assert State(type="FAILED").type is StateType.FAILED


def test_states_may_be_annotated_with_what_they_result_in():
    def of(state: State[int]) -> State[str]:
        return State[str](type=state.type, data=str(state.result()))

    assert of(State[int](type=StateType.COMPLETED, data=3)).result() == "3"


def test_a_type_that_there_is_not_is_refused():
    with pytest.raises(ValueError, match="no state of type 'DONE'; the types are SCHEDULED, PENDING"):
        State(type="DONE")


def test_a_state_may_have_a_name_of_its_own():
    made = Completed(name="Approved", data=3)
    assert (made.type, made.name, made.result(), made.is_completed()) == (StateType.COMPLETED, "Approved", 3, True)
    assert Failed(name="Refused").name == "Refused"


def test_a_scheduled_state_says_when():
    when = datetime(2030, 1, 2, tzinfo=UTC)
    for make in (Scheduled, Late, AwaitingRetry):
        assert make(scheduled_time=when).state_details.scheduled_time == when


def test_what_a_maker_does_not_know_is_refused():
    with pytest.raises(TypeError, match="nope"):
        Completed(nope=1)


def test_what_a_state_has_not_is_named_with_its_substitute():
    with pytest.raises(AttributeError, match=r"no attribute 'aresult': use result\(\), with await in async code"):
        Completed().aresult  # noqa: B018
    with pytest.raises(AttributeError, match="no attribute 'id': a state is identified by its run"):
        Completed().id  # noqa: B018
    with pytest.raises(ImportError, match=r"get_state_exception: use state.result\(\), which returns or raises it"):
        states.get_state_exception  # noqa: B018


@pytest.mark.parametrize(
    ("state", "shown"),
    [
        (Completed(data=7), "Completed(data=7)"),
        (Completed("Yes", name="Signed"), "Completed(name='Signed', message='Yes')"),
        (Suspended(), "Paused(name='Suspended')"),
        (Failed(data=[Failed(data=ValueError("in"))]), "Failed(data=[Failed(data=ValueError('in'))])"),
        (Completed(data=StoredResult(lambda: 1)), "Completed()"),
    ],
    ids=str,
)
def test_a_state_is_written_as_it_is_made(state, shown):
    assert repr(state) == shown


# Looked into


@pytest.mark.parametrize(
    "state",
    [
        Failed(data=ValueError("in")),
        Failed(data=Failed(data=ValueError("in"))),
        Failed(data=Crashed(data=Failed(data=ValueError("in")))),
        Failed(data=[Completed(), Failed(data=ValueError("in")), Failed(data=KeyError("later"))]),
        Failed(data=(Cancelled(data=ValueError("in")),)),
        Failed(data=[Running(), Failed(data=ValueError("in"))]),
        Failed(data=StoredResult(lambda: ValueError("in"))),
        Failed(data=[Failed(data=StoredResult(lambda: ValueError("in")))]),
    ],
    ids=["error", "state", "states", "list", "tuple", "behind-one-that-runs", "stored", "stored-in-list"],
)
def test_the_error_within_a_failed_state_is_raised(state):
    with pytest.raises(ValueError, match="in"):
        state.result()


@pytest.mark.parametrize(
    ("state", "error", "text"),
    [
        (Failed("No paper"), FailedRun, "No paper"),
        (Failed("No paper", data=5), FailedRun, "No paper"),
        (Failed(data="No paper"), FailedRun, "No paper"),
        (Failed(data=[Completed(), Running()]), FailedRun, "The run is Failed"),
        (Failed(data=[Completed(), Cancelled("No paper")]), CancelledRun, "No paper"),
        (Cancelled("No paper"), CancelledRun, "No paper"),
        (Crashed("No paper"), CrashedRun, "No paper"),
        (Paused(), PausedRun, "paused and has no result yet"),
        (Suspended(), PausedRun, "suspended and has no result yet"),
        (Cancelling(), UnfinishedRun, "cancelling and has no result yet"),
        (Retrying(), UnfinishedRun, "retrying and has no result yet"),
    ],
    ids=str,
)
def test_a_state_without_an_error_raises_what_it_is(state, error, text):
    with pytest.raises(error, match=text):
        state.result()


def test_without_raising_a_failed_state_gives_what_it_has():
    error, inner = ValueError("in"), Failed(data=KeyError())
    assert Failed(data=error).result(raise_on_failure=False) is error
    assert Failed(data=inner).result(raise_on_failure=False) is inner
    assert Failed(data="text").result(raise_on_failure=False) == "text"
    found = Failed("No paper").result(raise_on_failure=False)
    assert (type(found), str(found)) == (FailedRun, "No paper")
    with pytest.raises(PausedRun):
        Paused().result(raise_on_failure=False)


# Awaited


def test_in_async_code_the_result_is_awaited():
    async def main():
        with pytest.raises(ValueError, match="in"):
            await Failed(data=ValueError("in")).result()
        return await Completed(data=3).result(), await Failed(data="no").result(raise_on_failure=False)

    assert asyncio.run(main()) == (3, "no")


def test_in_async_flows_and_tasks_the_result_is_awaited(call):
    @task
    async def gives():
        return await Completed(data=3).result()

    @flow
    async def main():
        return await (await gives(return_state=True)).result()

    assert call(main) == 3


def test_in_sync_flows_the_result_is_there_though_a_loop_is_running():
    @flow
    def main():
        return Completed(data=3).result()

    async def loops():
        return main()

    assert asyncio.run(loops()) == 3


def test_in_a_plain_hook_of_an_async_flow_the_result_is_there(call):
    seen = []

    @flow(on_completion=[lambda of, run, state: seen.append((state.result(), get_flow_run(run.id).name == run.name))])
    async def main():
        return 3

    call(main)
    assert seen == [(3, True)]


def test_in_an_async_hook_of_a_sync_flow_nothing_has_to_be_awaited(call):
    seen = []

    @flow
    def main():
        return 3

    @main.on_completion
    async def hook(of, run, state):
        seen.append(state.result())

    call(main)
    assert seen == [3]


# Returned


@task
def one():
    return 1


@task
def bad():
    raise ValueError("bad")


@task
def worse():
    raise KeyError("worse")


def returning(value, is_async, **settings):
    if is_async:

        @flow(name="returns", **settings)
        async def returns_async():
            return value()

        return returns_async

    @flow(name="returns", **settings)
    def returns():
        return value()

    return returns


@both
@pytest.mark.parametrize(
    ("value", "message"),
    [
        (lambda: one.submit(), "All states completed."),
        (lambda: one(return_state=True), "All states completed."),
        (lambda: [one.submit(), one(return_state=True)], "All states completed."),
        (lambda: (one.submit(), one.submit()), "All states completed."),
        (lambda: {one.submit()}, "All states completed."),
        (lambda: {"a": one.submit(), "b": [one.submit()]}, None),
        (lambda: [one.submit(), 5], None),
        (lambda: [[one.submit()], [one.submit()]], None),
        (lambda: {"a": bad.submit()}, None),
        (lambda: [bad.submit(), 5], None),
    ],
    ids=["one", "state", "list", "tuple", "set", "dict", "beside-data", "nested", "failed-in-dict", "failed-beside"],
)
def test_a_flow_gives_the_states_of_the_futures_that_it_returns(call, is_async, value, message):
    main = returning(value, is_async)
    state = call(main, return_state=True)
    assert (state.name, state.message) == ("Completed", message)
    assert shape(state.result()) == shape(call(main))
    assert "State" in str(shape(state.result()))


def shape(value):
    if isinstance(value, dict):
        return {key: shape(each) for key, each in value.items()}
    if isinstance(value, list | tuple | set):
        return type(value), [shape(each) for each in value]
    return type(value).__name__, getattr(value, "name", value)


@both
@pytest.mark.parametrize("several", [list, tuple], ids=["list", "tuple"])
def test_of_several_states_one_that_failed_decides(call, the_run, is_async, several):
    main = returning(lambda: several([one.submit(), bad.submit(), worse.submit()]), is_async)
    state = call(main, return_state=True)
    assert (state.name, state.message) == ("Failed", "2/3 states failed.")
    with pytest.raises(ValueError, match="bad"):
        state.result()
    assert [each.name for each in state.result(raise_on_failure=False)] == ["Completed", "Failed", "Failed"]
    assert (the_run().state.name, the_run().state.message) == ("Failed", "2/3 states failed.")


@both
def test_the_call_gives_the_states_also_when_one_has_failed(call, is_async):
    good, failed = call(returning(lambda: (one.submit(), bad.submit()), is_async))
    assert (good.result(), failed.name) == (1, "Failed")


@both
def test_the_call_raises_when_the_one_state_has_failed(call, is_async):
    main = returning(bad.submit, is_async)
    with pytest.raises(ValueError, match="bad"):
        call(main)
    state = call(main, return_state=True)
    assert state.message == "1/1 states failed."
    assert state.result(raise_on_failure=False).name == "Failed"


@both
def test_a_state_that_the_code_made_is_the_flows_own(call, the_run, is_async):
    state = call(returning(lambda: Completed("Signed", data=3, name="Approved"), is_async), return_state=True)
    assert (state.name, state.message, state.result()) == ("Approved", "Signed", 3)
    assert (the_run().state.type, the_run().state.name) == (StateType.COMPLETED, "Approved")


def test_a_state_that_is_called_as_one_of_another_type_is_refused(call, the_run):
    call(returning(lambda: Completed(name="Suspended"), False), return_state=True)
    assert the_run().state.message == (
        "It returned a COMPLETED state named Suspended, which is the name of another type."
    )
    assert the_run().state.name == "Failed"


@both
def test_a_task_may_make_its_own_state_too(call, is_async):
    @task(name="makes")
    async def makes_async():
        return Failed("No paper", data=True)

    @task
    def makes():
        return Failed("No paper", data=True)

    @flow
    async def main_async():
        return await makes_async(return_state=True)

    @flow
    def main():
        return makes(return_state=True)

    found = call(main_async if is_async else main, return_state=True).result(raise_on_failure=False)
    assert (found.name, found.message, found.result(raise_on_failure=False)) == ("Failed", "No paper", True)


def test_a_task_that_is_not_ready_fails_the_flow_that_returns_it(call):
    state = call(returning(lambda: one.submit(wait_for=[bad.submit()]), False), return_state=True)
    assert (state.name, state.message) == ("Failed", "1/1 states are not final.")
    found = state.result(raise_on_failure=False)
    assert (found.type, found.name) == (StateType.PENDING, "NotReady")


@both
def test_the_state_of_a_child_that_is_returned_decides_too(call, is_async):
    child = returning(lambda: [one.submit(), bad.submit()], False)
    main = returning(lambda: child(return_state=True), is_async)
    state = call(main, return_state=True)
    assert (state.name, state.message) == ("Failed", "1/1 states failed.")
    assert state.result(raise_on_failure=False).message == "1/2 states failed."
    with pytest.raises(ValueError, match="bad"):
        state.result()


def test_the_state_of_a_run_says_whose_it_is(call, the_run):
    main = returning(lambda: [one.submit(), one(return_state=True)], False)
    state = call(main, return_state=True)
    assert state.state_details == StateDetails(flow_run_id=the_run().id)
    ids = {each.state_details.task_run_id for each in state.result()}
    assert ids == {each.id for each in get_task_runs(the_run().id)}
    assert {each.state_details.flow_run_id for each in state.result()} == {the_run().id}


def test_cancelling_that_is_returned_is_cancelled_since_the_code_has_ended(call, the_run):
    with pytest.raises(CancelledRun, match="Enough"):
        call(returning(lambda: Cancelling("Enough"), False))
    assert the_run().state.name == "Cancelled"


def test_a_flow_that_no_other_process_finds_fails_when_it_returns_a_paused_state(call, the_run):
    with pytest.raises(SuspensionError, match="cannot be suspended"):
        call(returning(Paused, False))
    assert the_run().state.name == "Failed"


@pytest.mark.parametrize("state", [Paused(), Running(), Scheduled()], ids=str)
def test_a_task_that_returns_a_state_that_is_not_final_is_failed(call, state):
    @task
    def makes():
        return state

    @flow
    def main():
        return [makes(return_state=True)]

    (found,) = call(main)
    assert (found.name, found.message) == ("Failed", f"It returned a state that is not final: {state}.")


# Stored


@pytest.mark.parametrize(
    ("value", "got"),
    [
        (lambda: [one.submit(), bad.submit()], "ValueError"),
        (lambda: bad(return_state=True), "ValueError"),
        (lambda: Failed("No paper"), "FailedRun"),
        (lambda: Failed(data="No paper"), "FailedRun"),
        (lambda: Failed(data=Failed(data=KeyError())), "KeyError"),
        (lambda: Cancelled(data=KeyError()), "KeyError"),
        (lambda: [Cancelled("one"), Completed()], "CancelledRun"),
    ],
    ids=["several", "one", "message", "text", "state", "cancelled", "cancelled-among"],
)
def test_what_a_state_has_is_stored_with_the_run(call, the_run, value, got):
    state = call(returning(value, False), return_state=True)
    stored = get_flow_run(the_run().id).state
    for found in (state, stored):
        with pytest.raises(Exception) as caught:
            found.result()
        assert type(caught.value).__name__ == got
    assert shape(stored.result(raise_on_failure=False))[0] == shape(state.result(raise_on_failure=False))[0]


def test_what_failed_by_a_state_is_shown_as_an_error(db, call, the_run):
    call(returning(lambda: Failed(data="No paper"), False), return_state=True)
    body = queries.get_result(db, the_run().id)
    assert (results.is_error(body), results.show(body)) == (True, "'No paper'")


@both
@pytest.mark.parametrize(
    "value",
    [
        lambda: [one.submit(), bad.submit()],
        lambda: one.submit(),
        lambda: {"a": bad.submit()},
    ],
    ids=["failed", "one", "dict"],
)
def test_what_a_child_returned_is_the_same_when_its_parent_executes_again(call, db, is_async, value):
    calls, found = [], []

    def body():
        calls.append(1)
        return value()

    child = returning(body, False)

    def look():
        found.append([shape(child()), shape(state_result(child(return_state=True), raise_on_failure=False))])
        if len(found) == 1:
            raise InterruptedError
        return "done"

    assert call(returning(look, is_async, retries=1)) == "done"
    assert found[0] == found[1]


# As it was stored before


def test_a_state_that_was_stored_with_fewer_fields_is_read_back():
    old = State.__new__(State)
    old.__setstate__([StateType.COMPLETED, "Completed", "Yes", datetime(2025, 1, 1, tzinfo=UTC), 3])
    for each in (old, copy.copy(old), pickle.loads(pickle.dumps(old))):
        assert (each.message, each.result(), each.state_details, each.returned) == ("Yes", 3, StateDetails(), False)


def test_a_state_whose_result_is_read_when_it_is_asked_for_can_be_stored(call, the_run):
    call(returning(lambda: 42, False))
    first = get_flow_run(the_run().id)
    call(returning(lambda: [first.state, 1], False))
    (again,) = [each for each in list_flow_runs() if each.id != first.id]
    assert get_flow_run(again.id).state.result()[0].result() == 42


def test_one_whose_result_is_missing_can_be_stored_and_says_so(call, the_run):
    call(returning(lambda: 42, False, persist_result=False))
    first = get_flow_run(the_run().id)
    call(returning(lambda: [first.state, 1], False))
    (again,) = [each for each in list_flow_runs() if each.id != first.id]
    with pytest.raises(MissingResult, match="was not stored"):
        get_flow_run(again.id).state.result()[0].result()
