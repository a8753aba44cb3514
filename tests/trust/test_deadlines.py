"""Deadlines of suspended runs hold after any downtime, whoever looks first."""

import pytest

from holdfast.engine import actions
from holdfast.exceptions import FlowPauseTimeout
from holdfast.records import WaitStatus
from holdfast.store import queries
from holdfast.store.ids import now
from holdfast.store.statement import Statement
from holdfast.store.tables import wait

SUSPENDED = """
    from helpers import note
    from holdfast import flow, pause_flow_run, suspend_flow_run

    @flow
    def main():
        note("begin")
        return suspend_flow_run(wait_for_input=int{timeout})

    if __name__ == "__main__":
        main()
"""

IN_A_CHILD = """
    from holdfast import flow, suspend_flow_run

    @flow
    def inner():
        return suspend_flow_run(wait_for_input=int, timeout=60)

    @flow
    def main():
        return inner()

    if __name__ == "__main__":
        main()
"""


@pytest.fixture
def suspended(bench):
    """A run that was suspended and whose deadline has passed since, while nothing was running."""

    def suspend(timeout=", timeout=60", source=SUSPENDED, late=True):
        bench.run(bench.write(source.replace("{timeout}", timeout)))
        assert bench.state().name == "Suspended"
        if late:
            with bench.db.write() as connection:
                Statement(wait.update().values(deadline=now() - 1)).run(connection)
        return bench

    return suspend


def test_a_run_that_nobody_resumed_fails_when_somebody_looks(suspended):
    bench = suspended()
    bench.tend()
    state = bench.state()
    assert (state.name, state.message) == ("Failed", "Flow run was suspended and never resumed.")
    assert [each.status for each in bench.waits()] == [WaitStatus.EXPIRED]


def test_a_passed_deadline_shows_before_anybody_has_recorded_it(suspended):
    bench = suspended()
    assert [each.status for each in bench.waits()] == [WaitStatus.EXPIRED]
    assert queries.inbox(bench.db) == []
    assert queries.count_open_waits(bench.db) == 0


@pytest.mark.parametrize("seen", [False, True], ids=["before anybody looked", "afterwards"])
def test_what_has_expired_cannot_be_answered(suspended, seen):
    bench = suspended()
    if seen:
        bench.tend()
    with pytest.raises(FlowPauseTimeout, match="can no longer be resumed"):
        bench.resume(1)
    assert bench.state().name == "Failed"


def test_a_worker_that_starts_after_the_deadline_fails_the_run(suspended):
    bench = suspended()
    bench.worker()
    bench.feed.until_state("Failed")
    assert bench.ran == ["begin"]


def test_a_run_before_its_deadline_is_left_alone(suspended):
    bench = suspended(late=False)
    bench.tend()
    assert bench.state().name == "Suspended"


def test_the_deadline_is_an_hour_away_by_default(suspended):
    bench = suspended(timeout="", late=False)
    (found,) = bench.waits()
    assert (found.deadline - found.opened).total_seconds() == pytest.approx(3600, abs=5)


def test_without_a_timeout_a_run_waits_for_ever(suspended):
    bench = suspended(timeout=", timeout=None", late=False)
    (found,) = bench.waits()
    assert found.deadline is None
    bench.tend()
    assert bench.state().name == "Suspended"


def test_an_answer_given_in_time_stands_though_the_run_goes_on_after_the_deadline(suspended):
    bench = suspended(late=False)
    bench.resume(42)
    with bench.db.write() as connection:
        Statement(wait.update().values(deadline=now() - 1)).run(connection)
    bench.tend()
    bench.work()
    assert bench.result() == 42


def test_an_answer_given_in_time_is_kept_while_the_code_cannot_be_loaded(suspended):
    bench = suspended(late=False)
    path = bench.folder / "program.py"
    code = path.read_text()
    path.write_text("import no_such_module\n")
    bench.answer_and_work(42)
    with bench.db.write() as connection:
        Statement(wait.update().values(deadline=now() - 1)).run(connection)
    bench.tend()
    assert bench.state().name == "Suspended"
    bench.write(code)
    bench.resume()
    bench.work()
    assert bench.result() == 42


def test_a_run_that_failed_by_its_deadline_asks_anew_when_it_is_retried(suspended):
    bench = suspended()
    bench.tend()
    bench.retry()
    bench.work()
    assert bench.state().name == "Suspended"
    assert len(bench.waits("open")) == 1
    bench.answer_and_work(42)
    assert bench.result() == 42


def test_a_deadline_of_a_child_fails_the_whole_tree(suspended):
    bench = suspended(source=IN_A_CHILD)
    bench.tend()
    assert {each.state.name for each in queries.list_flow_runs(bench.db)} == {"Failed"}
    assert bench.root().state.message == "Flow run was suspended and never resumed."


def test_a_pause_whose_process_died_expires_as_a_suspension(bench):
    process = bench.start(
        bench.write(
            SUSPENDED.replace("suspend_flow_run(wait", "pause_flow_run(wait").replace("{timeout}", ", timeout=600")
        )
    )
    bench.feed.until_state("Paused")
    process.kill()
    with bench.db.write() as connection:
        Statement(wait.update().values(deadline=now() - 1)).run(connection)
    bench.tend()
    bench.tend()
    assert (bench.state().name, bench.state().message) == ("Failed", "Flow run was suspended and never resumed.")


def test_a_deadline_that_passed_while_the_run_waited_for_another_answer_raises_in_the_flow(bench):
    path = bench.write("""
        from holdfast import flow, pause_flow_run, task
        from holdfast.exceptions import FlowPauseTimeout

        @task
        def ask(key, timeout):
            try:
                return pause_flow_run(wait_for_input=int, key=key, timeout=timeout)
            except FlowPauseTimeout as error:
                return str(error)

        @flow
        def main():
            return [each.result() for each in [ask.submit("long", None), ask.submit("short", 600)]]

        if __name__ == "__main__":
            main()
    """)
    process = bench.start(path)
    bench.feed.until("opened", nth=2)
    process.kill()
    bench.tend()
    actions.resume(bench.db, bench.root().id, 42, key="long", channel="python")
    with bench.db.write() as connection:
        Statement(wait.update().where(wait.c.key == "short").values(deadline=now() - 1)).run(connection)
    bench.tend()
    bench.work()
    assert bench.result() == [42, "Flow run was paused and never resumed."]
