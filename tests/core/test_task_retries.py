"""Retries of tasks: how often, how long after, whether at all; and what takes hold meanwhile."""

from __future__ import annotations

import pytest

from holdfast import StateType, cancel_flow_run, flow, pause_flow_run, resume_flow_run, runtime, suspend_flow_run, task
from holdfast.engine.calls import retrying
from holdfast.exceptions import FlowPauseTimeout, FlowRunSuspended, InvalidFlow
from holdfast.store import database, queries
from holdfast.tasks import exponential_backoff

both = pytest.mark.parametrize("is_async", [False, True], ids=["sync", "async"])


class Fails:
    """Fails so often, then gives its number of calls."""

    def __init__(self, times):
        self.times, self.calls = times, 0

    def __call__(self):
        self.calls += 1
        if self.calls <= self.times:
            raise ValueError(f"no {self.calls}")
        return self.calls


def flow_of(body, is_async, **settings):
    """A flow that calls a task with this body."""
    if is_async:

        @task(**settings)
        async def tries_async():
            return body()

        @flow
        async def main_async():
            return await tries_async()

        return main_async

    @task(**settings)
    def tries():
        return body()

    @flow
    def main():
        return tries()

    return main


@pytest.fixture
def history(db, feed, the_run):
    """The states that the tasks came to, and what was said of them."""

    def read():
        feed.until_state(the_run().state.name)
        return [(each.after, each.detail) for each in feed._events if each.task_run_id is not None]

    return read


@both
def test_a_task_that_fails_is_tried_again(call, is_async):
    fails = Fails(2)
    assert call(flow_of(fails, is_async, retries=2)) == 3


@both
def test_a_task_that_keeps_failing_is_failed_with_its_last_error(db, call, is_async, the_run):
    fails = Fails(9)
    with pytest.raises(ValueError, match="no 3"):
        call(flow_of(fails, is_async, retries=2))
    (run,) = queries.get_task_runs(db, the_run().id)
    assert (run.state.name, run.attempt, fails.calls) == ("Failed", 3, 3)


@both
def test_a_submitted_task_is_tried_again(call, is_async):
    fails = Fails(1)

    @task(retries=1)
    def tries():
        return fails()

    @task(retries=1)
    async def tries_async():
        return fails()

    @flow
    def main():
        return (tries_async if is_async else tries).submit().result()

    assert call(main) == 2


@both
def test_each_try_is_told_by_the_states_that_the_task_goes_through(call, is_async, history):
    call(flow_of(Fails(2), is_async, retries=3))
    names = [name for name, _ in history()]
    assert names == ["Running", "AwaitingRetry", "Retrying", "AwaitingRetry", "Retrying", "Completed"]
    assert history()[1][1] == "Attempt 2 of 4 at once, after ValueError: no 1"
    assert history()[4][1] == "Attempt 3 of 4"


def test_the_task_knows_which_try_it_is(call):
    seen = []

    def body():
        seen.append(runtime.task_run.run_count)
        raise ValueError

    with pytest.raises(ValueError):
        call(flow_of(body, False, retries=2))
    assert seen == [1, 2, 3]


def test_a_task_that_returns_a_failed_state_is_tried_again(call):
    from holdfast.states import Failed

    fails = iter([Failed("once"), 5])
    assert call(flow_of(lambda: next(fails), False, retries=1)) == 5


# How long after


@pytest.mark.parametrize(
    ("delays", "waited"),
    [
        (3, [3, 3, 3, 3]),
        (0.5, [0.5] * 4),
        ([1, 2], [1, 2, 2, 2]),
        (lambda retries: [retries] * retries, [4, 4, 4, 4]),
        (exponential_backoff(10), [10, 20, 40, 80]),
        (None, [0, 0, 0, 0]),
    ],
    ids=["number", "fraction", "list", "function", "backoff", "none"],
)
@both
def test_the_delay_before_each_retry(call, monkeypatch, delays, waited, is_async):
    seen = []

    def wait_out(run, seconds):
        seen.append(seconds)
        return
        yield

    monkeypatch.setattr(retrying, "wait_out", wait_out)
    assert call(flow_of(Fails(4), is_async, retries=4, retry_delay_seconds=delays)) == 5
    assert seen == waited


@both
def test_the_delay_passes(call, is_async):
    assert call(flow_of(Fails(1), is_async, retries=1, retry_delay_seconds=0.01)) == 2


@both
def test_jitter_makes_delays_longer_by_a_part(call, is_async, monkeypatch):
    seen = []

    def wait_out(run, seconds):
        seen.append(seconds)
        return
        yield

    monkeypatch.setattr(retrying, "wait_out", wait_out)
    call(flow_of(Fails(40), is_async, retries=40, retry_delay_seconds=10, retry_jitter_factor=0.5))
    assert all(10 <= each <= 15 for each in seen)
    assert len(set(seen)) > 30


@pytest.mark.parametrize(
    "settings",
    [
        {"retries": -1},
        {"retries": 1.5},
        {"retry_delay_seconds": -1},
        {"retries": 60, "retry_delay_seconds": [1] * 51},
        {"retry_jitter_factor": -0.1},
    ],
    ids=str,
)
def test_settings_that_make_no_sense_are_refused(settings):
    with pytest.raises(InvalidFlow):
        task(**settings)(Fails(0).__call__)


def test_a_setting_that_there_is_not_is_named():
    with pytest.raises(TypeError, match="no setting called retires"):
        task(retires=3)(Fails(0).__call__)


def test_backoff_lists_as_many_delays_as_there_may_be():
    assert task(retries=80, retry_delay_seconds=exponential_backoff(1))(print).retry_delay_seconds[-1] == 2**49


# Whether at all


@both
@pytest.mark.parametrize(("again", "calls"), [(True, 3), (False, 1)])
def test_a_condition_says_whether_to_try_again(call, is_async, again, calls):
    seen = []

    def condition(of, run, state):
        seen.append((of.name.startswith("tries"), run.attempt, run.state.name, state.result(raise_on_failure=False)))
        return again

    fails = Fails(9)
    with pytest.raises(ValueError):
        call(flow_of(fails, is_async, retries=2, retry_condition_fn=condition))
    assert fails.calls == calls
    assert seen[0][:3] == (True, 1, "Failed")
    assert isinstance(seen[0][3], ValueError)


def test_a_condition_that_fails_means_no_retry_and_is_logged(db, call, the_run):
    def condition(of, run, state):
        raise KeyError("broken")

    fails = Fails(9)
    with pytest.raises(ValueError):
        call(flow_of(fails, False, retries=2, retry_condition_fn=condition))
    assert fails.calls == 1
    assert any("retry_condition_fn failed" in each.message for each in queries.get_logs(db, the_run().id))


@both
def test_a_wait_that_nobody_answered_is_not_asked_again_by_a_retry(call, is_async):
    asked = []

    @task(retries=3)
    def asks():
        asked.append(1)
        pause_flow_run(timeout=0.01)

    @task(retries=3)
    async def asks_async():
        asked.append(1)
        await pause_flow_run(timeout=0.01)

    @flow
    def main():
        asks()

    @flow
    async def main_async():
        await asks_async()

    with pytest.raises(FlowPauseTimeout):
        call(main_async if is_async else main)
    assert asked == [1]


# Meanwhile


@both
def test_a_run_that_is_cancelled_while_a_task_waits_for_its_retry_ends_at_once(db, start, feed, the_run, is_async):
    fails = Fails(1)
    running = start(flow_of(fails, is_async, retries=1, retry_delay_seconds=3600), return_state=True)
    feed.until("state", after="AwaitingRetry")
    cancel_flow_run(the_run().id)
    assert running.result().type is StateType.CANCELLED
    (run,) = queries.get_task_runs(db, the_run().id)
    assert (run.state.name, fails.calls) == ("Cancelled", 1)


failures = 0
runs = 0


@task(retries=2, retry_delay_seconds=3600)
def fails_once():
    global failures
    failures += 1
    if failures == 1:
        raise ValueError("once")
    return runtime.task_run.run_count


@task
def counts():
    global runs
    runs += 1


@flow
def suspendable():
    counts()
    return fails_once()


def test_a_run_that_is_suspended_while_a_task_waits_goes_on_with_the_next_try(db, start, feed, the_run):
    from holdfast.engine.drive.effects import drive
    from holdfast.engine.runs.flow_engine import run_again
    from holdfast.store import claims

    running = start(suspendable)
    feed.until("state", after="AwaitingRetry")
    suspend_flow_run(flow_run_id=the_run().id)
    with pytest.raises(FlowRunSuspended):
        running.result()
    assert the_run().state.name == "Suspended"
    (_, waits) = queries.get_task_runs(db, the_run().id)
    assert waits.state.name == "AwaitingRetry"
    resume_flow_run(the_run().id)
    from holdfast.engine import liveness

    claims.claim(db, liveness.current(db), 1, "tester")
    state = drive(run_again(suspendable, database.default(), the_run().id))
    assert (state.result(), failures, runs) == (2, 2, 1)


def test_a_pause_from_outside_holds_a_retry_back(db, start, feed, the_run):
    fails = Fails(1)
    running = start(flow_of(fails, False, retries=1, retry_delay_seconds=0.2))
    feed.until("state", after="AwaitingRetry")
    pause_flow_run(flow_run_id=the_run().id)
    feed.until_state("Paused")
    assert fails.calls == 1
    resume_flow_run(the_run().id)
    assert running.result() == 2
