"""Flows: the decorator, results, failures, and what the store has of a run."""

from __future__ import annotations

import asyncio
import inspect
import sys
import threading
from pathlib import Path
from unittest import mock

import pytest

from holdfast import Flow, StateType, flow, task
from holdfast.engine import results
from holdfast.exceptions import FailedRun, InvalidFlow, MissingResult
from holdfast.futures import TaskFuture
from holdfast.store import queries


@flow
def adds(a, b=2):
    """Adds two numbers."""
    return a + b


@flow
async def adds_async(a, b=2):
    """Adds two numbers."""
    return a + b


@flow
def breaks():
    raise ZeroDivisionError("too small")


@flow
async def breaks_async():
    raise ZeroDivisionError("too small")


both_add = pytest.mark.parametrize("adds", [adds, adds_async], ids=["sync", "async"])
both_break = pytest.mark.parametrize("breaks", [breaks, breaks_async], ids=["sync", "async"])


# The decorator


@both_add
def test_a_flow_is_made_without_parentheses(adds):
    assert isinstance(adds, Flow)


@both_add
def test_a_flow_returns_what_its_function_returns(call, adds):
    assert call(adds, 1) == 3
    assert call(adds, 1, b=5) == 6


@pytest.mark.parametrize("decorate", [flow(), flow(name="other"), flow], ids=["empty", "options", "none"])
def test_a_flow_is_made_with_and_without_parentheses(call, decorate):
    @decorate
    def works(number: int):
        return number

    @decorate
    async def works_async(number: int):
        return number

    assert (call(works, 1), call(works_async, 2)) == (1, 2)


def test_a_flow_is_named_after_its_function_with_dashes():
    assert adds_async.name == "adds-async"


def test_a_flow_may_have_a_name_and_a_description(call, the_run):
    @flow(name="Nightly report", description="Makes it.")
    def report():
        return None

    call(report)
    assert (report.name, report.description) == ("Nightly report", "Makes it.")
    assert the_run().flow_name == "Nightly report"


def test_the_description_is_the_docstring():
    assert adds.description == "Adds two numbers."


def test_a_flow_looks_like_its_function():
    assert (adds.__name__, adds.__doc__) == ("adds", "Adds two numbers.")
    assert list(inspect.signature(adds).parameters) == ["a", "b"]


def test_a_flow_knows_whether_it_is_async():
    assert (adds.is_async, adds_async.is_async) == (False, True)


def test_calling_an_async_flow_gives_a_coroutine_that_runs_it_once_awaited(db):
    coroutine = adds_async(1)
    assert inspect.iscoroutine(coroutine)
    assert queries.list_flow_runs(db) == []
    assert asyncio.run(coroutine) == 3


@pytest.mark.parametrize("thing", [3, "name", None], ids=str)
def test_decorating_what_is_no_function_is_refused(thing):
    with pytest.raises(InvalidFlow, match="decorates a function"):
        flow()(thing)


# What the store has


@both_add
def test_a_run_that_went_well_is_completed(call, adds, the_run):
    call(adds, 1)
    run = the_run()
    assert (run.state.type, run.state.name, run.executions, run.parent_id, run.root_id) == (
        StateType.COMPLETED, "Completed", 1, None, run.id,
    )  # fmt: skip
    assert run.created <= run.started <= run.ended


@both_add
def test_each_call_is_a_run_of_its_own_with_a_name_of_its_own(db, call, adds):
    for _ in range(5):
        call(adds, 1)
    assert len({each.id for each in queries.list_flow_runs(db)}) == 5
    assert len({each.name for each in queries.list_flow_runs(db)}) == 5


@both_add
def test_parameters_are_stored_with_their_defaults(db, call, adds, the_run):
    call(adds, 1)
    assert results.decode(queries.get_parameters(db, the_run().id)) == {"a": 1, "b": 2}


@both_add
def test_the_result_is_stored(db, call, adds, the_run):
    call(adds, 1)
    assert results.decode(queries.get_result(db, the_run().id)) == 3


@pytest.mark.parametrize(
    "value",
    [
        None,
        1,
        1.5,
        float("inf"),
        "ü\x00\x1b",
        [1, [2]],
        {"a": (1, 2)},
        {1: 2},
        {1, 2},
        b"x",
        Path("/x"),
        StateType.FAILED,
    ],
    ids=repr,
)
def test_a_result_is_read_back_as_it_was(db, call, the_run, value):
    @flow
    def returns():
        return value

    call(returns)
    found = results.decode(queries.get_result(db, the_run().id))
    assert found == value
    assert type(found) is type(value)


def test_a_result_that_cannot_be_stored_is_returned_all_the_same(db, call, the_run):
    lock = threading.Lock()

    @flow
    def returns():
        return [lock]

    assert call(returns) == [lock]
    assert the_run().state.name == "Completed"
    assert any("cannot be stored" in each.message for each in queries.get_logs(db, the_run().id))


loaded: list[int] = []


class Evil:
    def __reduce__(self):
        return Evil.load, ()

    @staticmethod
    def load():
        loaded.append(1)
        return Evil()

    def __repr__(self):
        return "evil"


def test_showing_a_stored_value_runs_no_code(call, db, the_run):

    @flow
    def takes(thing: object):
        return thing

    call(takes, Evil())
    loaded.clear()
    assert results.show(queries.get_result(db, the_run().id)) == "evil"
    assert results.show(queries.get_parameters(db, the_run().id)) == {"thing": "evil"}
    assert loaded == []


def test_a_stored_value_that_cannot_be_read_back_says_so(tmp_path, monkeypatch):
    (tmp_path / "gone.py").write_text("class Gone: pass")
    monkeypatch.syspath_prepend(tmp_path)
    import gone  # type: ignore[import-not-found]

    body = results.encode(gone.Gone())
    monkeypatch.delitem(sys.modules, "gone")
    (tmp_path / "gone.py").unlink()
    with pytest.raises(MissingResult, match="cannot be read back"):
        results.decode(body)


def test_a_run_knows_where_its_code_is(db, call, the_run):
    call(adds, 1)
    origin = queries.get_origin(db, the_run().id)
    assert origin.entrypoint.endswith("test_flows:adds") or origin.entrypoint.endswith("test_flows.py:adds")
    assert origin.working_directory == str(Path.cwd())
    assert origin.interpreter == sys.executable


def test_a_flow_inside_a_function_cannot_be_found_again(db, call, the_run):
    @flow
    def local():
        return 1

    call(local)
    assert queries.get_origin(db, the_run().id).entrypoint is None


def test_a_run_is_running_while_its_code_runs(call, the_run):
    @flow
    def looks():
        return the_run().state.name

    assert call(looks) == "Running"


# Failures


@both_break
def test_calling_a_flow_raises_what_it_raises(call, breaks):
    with pytest.raises(ZeroDivisionError, match="too small"):
        call(breaks)


@both_break
def test_a_run_that_raised_is_failed_and_says_what(call, breaks, the_run):
    call(breaks, return_state=True)
    run = the_run()
    assert (run.state.type, run.state.name) == (StateType.FAILED, "Failed")
    assert run.state.message == "Flow run encountered an exception: ZeroDivisionError: too small"
    assert run.ended is not None


@both_break
def test_the_log_has_the_traceback(db, call, breaks, the_run):
    call(breaks, return_state=True)
    (line,) = queries.get_logs(db, the_run().id)
    assert line.level == 40
    assert "Traceback" in line.message
    assert 'raise ZeroDivisionError("too small")' in line.message


@both_break
def test_the_exception_is_stored(db, call, breaks, the_run):
    call(breaks, return_state=True)
    found = results.decode(queries.get_result(db, the_run().id))
    assert isinstance(found, ZeroDivisionError)
    assert results.is_error(queries.get_result(db, the_run().id))


def test_an_exception_that_cannot_be_stored_is_kept_as_text(db, call, the_run):
    class Odd(Exception):
        lock = threading.Lock()

    @flow
    def raises():
        raise Odd("strange")

    with pytest.raises(Odd):
        call(raises)
    found = results.decode(queries.get_result(db, the_run().id))
    assert isinstance(found, FailedRun)
    assert "strange" in str(found)
    assert any(
        "a FailedRun with its text takes its place" in each.message for each in queries.get_logs(db, the_run().id)
    )


@pytest.mark.parametrize("text", ["half a \ud83c", "\x00", "\x1b]0;title\x07", "", "long " * 100_000])
def test_a_failure_may_say_anything(call, the_run, text):
    @flow
    def raises():
        raise ValueError(text)

    with pytest.raises(ValueError) as caught:
        call(raises)
    assert caught.value.args == (text,)
    assert the_run().state.name == "Failed"


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, GeneratorExit], ids=lambda each: each.__name__)
def test_a_run_whose_process_is_told_to_stop_is_crashed(call, the_run, error):
    @flow
    def stops():
        raise error

    with pytest.raises(error):
        call(stops)
    assert (the_run().state.name, the_run().state.message) == ("Crashed", f"Interrupted by {error.__name__}.")


def test_an_async_run_that_is_cancelled_by_its_loop_is_crashed(call, the_run):
    @flow
    async def waits_for_ever():
        started.set()
        await asyncio.Event().wait()

    async def cancels():
        running = asyncio.create_task(waits_for_ever())
        await started.wait()
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running

    started = asyncio.Event()
    asyncio.run(cancels())
    assert the_run().state.name == "Crashed"


def test_a_run_waits_for_the_tasks_that_it_submitted(db, call, the_run):
    made = []

    @task
    def works():
        return 7

    @flow
    def leaves():
        made.append(works.submit())
        return "done"

    assert call(leaves) == "done"
    assert isinstance(made[0], TaskFuture)
    (ran,) = queries.get_task_runs(db, the_run().id)
    assert ran.state.name == "Completed"
    assert ran.ended <= the_run().ended


HAS_EVERY_NAME = mock.call
"""What is asked of it, it has: a tuple with the name."""


def test_a_flow_runs_in_a_module_that_holds_what_has_every_attribute(call):
    @flow
    def main():
        return 1

    assert HAS_EVERY_NAME.__closure__
    assert call(main) == 1
