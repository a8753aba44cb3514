"""Deployments with real workers: by name, by schedule, with a limit, from flows, and through deaths."""

import os
import signal
from collections import Counter
from datetime import date, timedelta

import pytest

from holdfast import run_deployment
from holdfast.deployments import get_deployment, list_deployments
from holdfast.engine import actions
from holdfast.engine.deployment_actions import schedule_due
from holdfast.exceptions import ParameterError
from holdfast.records import HostKind
from holdfast.store import claims, deployments, hosts, queries
from holdfast.store.queries import RunFilter

DOUBLE = """
    from datetime import date
    from helpers import note
    from holdfast import flow, task

    @task
    def work(number):
        note("work", number)
        return number * 2

    @flow
    def main(number: int, day: date = date(2026, 1, 1)):
        assert isinstance(day, date)
        return work(number)

    if __name__ == "__main__":
        main.to_deployment("d", limit=None).apply()
"""

HELD = """
    from helpers import note, pass_gate
    from holdfast import flow, suspend_flow_run, task

    @task
    def hold(value):
        pass_gate("held")
        return value

    @flow
    def main(value: int = 0, suspends: bool = False):
        if suspends:
            suspend_flow_run(timeout=None)
        return hold(value)

    if __name__ == "__main__":
        main.to_deployment("d", limit=1).apply()
"""


def runs_of(bench, flow_name="main"):
    """The oldest first."""
    return queries.list_flow_runs(bench.db, RunFilter(flow_name=flow_name))[::-1]


def states(bench):
    return [each.state.name for each in runs_of(bench)]


def test_a_deployed_flow_is_run_by_any_worker_with_parameters_from_outside(bench):
    bench.run(bench.write(DOUBLE))
    bench.worker()
    run = run_deployment("main/d", {"number": 21, "day": date(2026, 5, 1)})
    assert run.state.result() == 42
    assert run.executions == 1
    assert run.deployment_id == get_deployment("main/d").id


def test_serving_is_being_a_worker_until_terminated(bench):
    serving = bench.start(bench.write(DOUBLE.replace('main.to_deployment("d", limit=None).apply()', 'main.serve("d")')))
    bench.feed.until_true(lambda: list_deployments() and hosts.workers(bench.db))
    assert run_deployment("d", {"number": 4}).state.result() == 8
    serving.signal(signal.SIGTERM)
    assert serving.wait() == 0
    assert hosts.workers(bench.db) == []
    assert "Serving main/d" in serving.err
    assert "Stopping" in serving.err
    assert [each.full_name for each in list_deployments()] == ["main/d"]


def test_several_flows_are_served_together(bench):
    serving = bench.start(
        bench.write("""
        from holdfast import flow, serve

        @flow
        def one():
            return 1

        @flow
        async def two():
            return 2

        serve(one.to_deployment("d"), two.to_deployment("d"))
    """)
    )
    bench.feed.until_true(lambda: len(list_deployments()) == 2)
    assert run_deployment("one/d").state.result() == 1
    assert run_deployment("two/d").state.result() == 2
    serving.signal(signal.SIGINT)
    assert serving.wait() == 0


def test_a_schedule_runs_while_somebody_serves(bench):
    bench.run(bench.write(DOUBLE.replace('"d", ', '"d", interval=1, parameters={"number": 1}, ')))
    worker = bench.worker()
    bench.feed.until_state("Completed", nth=2)
    worker.signal(signal.SIGTERM)
    assert worker.wait() == 0
    assert set(states(bench)) <= {"Completed", "Scheduled", "Late"}


def test_many_workers_make_each_due_run_once(bench):
    bench.run(bench.write(DOUBLE.replace('"d", ', '"d", cron="@hourly", catch_up="all", parameters={"number": 1}, ')))
    found = get_deployment("main/d")
    bench.run(
        bench.write(
            f"""
        from datetime import datetime, timedelta
        from concurrent.futures import ThreadPoolExecutor
        import multiprocessing
        from holdfast.engine.deployment_actions import schedule_due
        from holdfast.store.database import default

        def look(_):
            return len(schedule_due(default(), datetime.fromisoformat({found.next_due.isoformat()!r})
                + timedelta(hours=19)))

        if __name__ == "__main__":
            with multiprocessing.get_context("spawn").Pool(3) as pool:
                assert sum(pool.map(look, range(6))) == 20
    """,
            "look.py",
        )
    )
    assert len(runs_of(bench)) == 20
    assert len({each.due for each in runs_of(bench)}) == 20


def test_no_more_runs_have_a_process_than_the_limit_lets(bench):
    bench.run(bench.write(HELD))
    gate = bench.gate("held")
    bench.worker(slots=2)
    bench.worker(slots=2)
    for value in range(3):
        run_deployment("d", {"value": value}, timeout=0)
    for nth in range(1, 4):
        bench.feed.until_task("hold-1", nth=nth)
        executing = [each for each in runs_of(bench) if each.state.name == "Running"]
        assert len(executing) == 1
        assert Counter(states(bench))["Completed"] == nth - 1
        gate.open()
    bench.feed.until_state("Completed", nth=3)


def test_a_suspended_run_holds_no_slot_and_takes_one_again_when_it_goes_on(bench):
    bench.run(bench.write(HELD))
    gate = bench.gate("held")
    bench.worker()
    first = run_deployment("d", {"value": 1, "suspends": True}, timeout=0)
    bench.feed.until_state("Suspended", run_id=first.id)
    second = run_deployment("d", {"value": 2}, timeout=0)
    bench.feed.until_task("hold-1")
    actions.resume(bench.db, first.id, channel="python")
    assert claims.claim(bench.db, hosts.workers(bench.db)[0].id.hex, 5, "tester") == []
    gate.open()
    bench.feed.until_state("Completed", run_id=second.id)
    gate.open()
    bench.feed.until_state("Completed", run_id=first.id)


def test_a_paused_run_in_a_living_process_holds_its_slot(bench):
    bench.run(bench.write(HELD.replace("suspend_flow_run", "pause_flow_run")))
    gate = bench.gate("held")
    bench.worker()
    first = run_deployment("d", {"value": 1, "suspends": True}, timeout=0)
    bench.feed.until_state("Paused", run_id=first.id)
    second = run_deployment("d", {"value": 2}, timeout=0)
    assert claims.claim(bench.db, hosts.workers(bench.db)[0].id.hex, 5, "tester") == []
    actions.resume(bench.db, first.id, channel="python")
    gate.open(2)
    bench.feed.until_state("Completed", run_id=second.id)
    freed = bench.feed.until_state("Completed", run_id=first.id)
    assert bench.feed.until_state("Pending", run_id=second.id).seq > freed.seq


def test_a_killed_run_of_a_deployment_frees_its_slot_and_is_followed_by_another(bench):
    bench.run(bench.write(HELD))
    gate = bench.gate("held")
    bench.worker()
    run = run_deployment("d", {"value": 1}, timeout=0)
    bench.feed.until_task("hold-1")
    os.kill(bench.host(run).pid, signal.SIGKILL)
    bench.feed.until_task("hold-1", nth=2)
    gate.open()
    bench.feed.until_state("Completed", run_id=run.id)


def test_a_run_whose_deployment_has_new_code_runs_that_or_says_why_not(bench):
    bench.run(bench.write(DOUBLE))
    bench.write(DOUBLE.replace("number: int", "number: int, needed: str"))
    bench.worker()
    run = run_deployment("d", {"number": 1})
    assert run.state.name == "Failed"
    with pytest.raises(ParameterError, match="needed"):
        run.state.result()


CALLING = """
    import sys
    from helpers import note, pass_gate
    from holdfast import flow, run_deployment, suspend_flow_run, task

    @task
    def step(value):
        note("step", value)
        return value

    @flow
    def called(value: int, suspends: bool = False):
        note("called", value)
        if suspends:
            suspend_flow_run(timeout=None)
        return step(value)

    @flow
    def main(suspends: bool = False, linked: bool = True):
        note("begin")
        first = run_deployment("called/d", {"value": 1, "suspends": suspends}, as_subflow=linked).state.result()
        suspend_flow_run(timeout=None, key="between")
        second = run_deployment("called/d", {"value": 1}, as_subflow=linked).state.result()
        return first + second

    if __name__ == "__main__":
        called.to_deployment("d", limit=1).apply()
        main.to_deployment("d").apply()
"""
ASYNC_CALLING = (
    CALLING.replace("def main", "async def main")
    .replace("= run_deployment(", "= await (await run_deployment(")
    .replace("as_subflow=linked)", "as_subflow=linked))")
    .replace("    suspend_flow_run(timeout=None, key", "    await suspend_flow_run(timeout=None, key")
)


@pytest.mark.parametrize("source", [CALLING, ASYNC_CALLING], ids=["sync", "async"])
@pytest.mark.parametrize("linked", [True, False])
def test_a_run_that_a_flow_called_is_found_again_when_the_flow_executes_again(bench, source, linked):
    bench.run(bench.write(source))
    bench.worker()
    root = run_deployment("main/d", {"linked": linked}, timeout=0)
    bench.feed.until_state("Suspended", run_id=root.id)
    actions.resume(bench.db, root.id, channel="python")
    bench.feed.until_state("Completed", run_id=root.id)
    assert Counter(bench.ran) == {"begin": 2, "called 1": 2, "step 1": 2}
    children = runs_of(bench, "called")
    assert [each.parent_id for each in children] == [root.id if linked else None] * 2
    assert len(queries.get_children(bench.db, root.id)) == (2 if linked else 0)


@pytest.mark.parametrize("source", [CALLING, ASYNC_CALLING], ids=["sync", "async"])
def test_a_flow_is_suspended_while_the_run_that_it_called_is(bench, source):
    bench.run(bench.write(source))
    worker = bench.worker()
    root = run_deployment("main/d", {"suspends": True}, timeout=0)
    bench.feed.until_state("Suspended", run_id=root.id)
    (child,) = runs_of(bench, "called")
    assert child.state.name == "Suspended"
    assert hosts.holding_runs(bench.db) == []
    actions.resume(bench.db, child.id, channel="python")
    bench.feed.until_state("Suspended", run_id=root.id, nth=2)
    assert queries.get_flow_run(bench.db, child.id).state.name == "Completed"
    actions.resume(bench.db, root.id, channel="python", key="between")
    bench.feed.until_state("Completed", run_id=root.id)
    worker.signal(signal.SIGTERM)
    assert worker.wait() == 0
    assert Counter(bench.ran)["step 1"] == 2


def test_a_worker_with_one_slot_does_not_starve_the_run_that_its_own_run_waits_for(bench):
    bench.run(bench.write(CALLING))
    bench.worker(slots=1)
    root = run_deployment("main/d", timeout=0)
    bench.feed.until("opened", flow_run_id=root.id)
    assert [each.state.name for each in runs_of(bench, "called")] == ["Completed"]


def test_a_flow_that_waits_for_a_run_of_tomorrow_holds_no_process(bench):
    bench.run(
        bench.write("""
        from datetime import UTC, datetime, timedelta
        from holdfast import flow, run_deployment

        @flow
        def called():
            return 1

        @flow
        def main():
            return run_deployment("called/d", scheduled_time=datetime.now(UTC) + timedelta(days=1)).state.result()

        if __name__ == "__main__":
            called.to_deployment("d").apply()
            main.to_deployment("d").apply()
    """)
    )
    bench.worker()
    root = run_deployment("main/d", timeout=0)
    bench.feed.until_state("Suspended", run_id=root.id)
    (child,) = runs_of(bench, "called")
    assert child.state.name == "Scheduled"
    actions.cancel(bench.db, child.id, channel="python")
    bench.feed.until_state("Failed", run_id=root.id)


def test_cancelling_a_flow_cancels_the_run_that_it_called(bench):
    bench.run(bench.write(CALLING.replace('note("called", value)', 'pass_gate("held")\n        step(0)')))
    gate = bench.gate("held")
    bench.worker()
    root = run_deployment("main/d", timeout=0)
    bench.feed.until("state", after="Running", before="Pending", nth=2)
    actions.cancel(bench.db, root.id, channel="python")
    bench.feed.until_state("Cancelled", run_id=root.id)
    (child,) = runs_of(bench, "called")
    assert child.state.name == "Cancelling"
    gate.open()
    bench.feed.until_state("Cancelled", run_id=child.id)
    assert bench.ran == ["begin"]


def test_retrying_a_flow_retries_the_run_that_it_called_and_that_failed(bench):
    failing = CALLING.replace("return step(value)", 'return step(value) if "mended" in __doc__ else 1 / 0')
    bench.write('"""broken"""\n' + failing.replace("\n    ", "\n"))
    bench.run(bench.folder / "program.py")
    bench.worker()
    root = run_deployment("main/d", timeout=0)
    bench.feed.until_state("Failed", run_id=root.id)
    bench.write('"""mended"""\n' + failing.replace("\n    ", "\n"))
    actions.retry(bench.db, root.id)
    bench.feed.until_state("Suspended", run_id=root.id)
    (child,) = runs_of(bench, "called")
    assert (child.state.name, child.executions) == ("Completed", 2)


def test_a_run_called_by_a_task_is_found_again(bench):
    bench.run(
        bench.write("""
        import os
        from helpers import note
        from holdfast import flow, run_deployment, task

        @flow
        def called(value: int = 1):
            note("called")
            return value

        @task
        def step():
            value = run_deployment("called/d").state.result()
            if not os.path.exists("died"):
                open("died", "w").close()
                os._exit(1)
            return value

        @flow
        def main():
            return step() + run_deployment("called/d").state.result()

        if __name__ == "__main__":
            called.to_deployment("d").apply()
            main.to_deployment("d").apply()
    """)
    )
    bench.worker()
    assert run_deployment("main/d").state.result() == 2
    assert bench.ran == ["called"] * 2


def test_what_was_missed_while_nobody_looked_is_run_once(bench):
    bench.run(bench.write(DOUBLE.replace('"d", ', '"d", cron="@daily", parameters={"number": 1}, ')))
    found = get_deployment("d")
    later = found.next_due + timedelta(days=10, minutes=5)
    schedule_due(bench.db, later)
    (run,) = runs_of(bench)
    assert run.due == found.next_due + timedelta(days=10)
    assert get_deployment("d").next_due == found.next_due + timedelta(days=11)


def test_a_script_that_is_no_worker_does_not_count_as_one(bench):
    bench.run(bench.write(DOUBLE))
    assert [each for each in hosts.workers(bench.db) if each.kind is HostKind.WORKER] == []
    assert deployments.find(bench.db, "d").next_due is None


ENDURING = """
    from helpers import note
    from holdfast import flow, run_deployment, task

    @task
    def step(value):
        return value

    @flow
    def called(value: int):
        note("called")
        return step(value)

    @flow
    def main():
        return step(1) + run_deployment("called/d", {"value": 40}).state.result() + step(1)

    if __name__ == "__main__":
        main()
"""


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_flow_killed_at_any_commit_starts_what_it_calls_once(bench, when):
    bench.run(bench.write(ENDURING.replace("        main()", '        called.to_deployment("d").apply()')))
    path = bench.write(ENDURING)
    bench.worker()
    for commit in range(1, 100):
        if bench.start(path, env={"HOLDFAST_FAULT": f"{when}:{commit}"}).wait() == 0:
            break
        bench.tend()
        for root in runs_of(bench):
            if root.state.is_crashed():
                actions.retry(bench.db, root.id)
                bench.feed.until_state("Completed", run_id=root.id)
    assert commit > 6
    roots = runs_of(bench)
    assert {each.state.name for each in roots} == {"Completed"}
    assert len(bench.ran) == len(roots) == len(runs_of(bench, "called"))


@pytest.mark.parametrize("when", ["before", "after"])
def test_whoever_is_killed_while_making_due_runs_makes_none_twice(bench, when):
    bench.run(bench.write(DOUBLE.replace('"d", ', '"d", cron="@hourly", catch_up="all", parameters={"number": 1}, ')))
    due = get_deployment("d").next_due
    path = bench.write("""
        import sys
        from datetime import datetime
        from holdfast.engine.deployment_actions import schedule_due
        from holdfast.store.database import default

        schedule_due(default(), datetime.fromisoformat(sys.argv[1]))
    """, "look.py")  # fmt: skip
    until = (due + timedelta(hours=4)).isoformat()
    assert bench.start(path, until, env={"HOLDFAST_FAULT": f"{when}:1"}).wait() == -signal.SIGKILL
    assert len(runs_of(bench)) == (0 if when == "before" else 5)
    assert bench.start(path, until).wait() == 0
    assert [each.due for each in runs_of(bench)] == [due + timedelta(hours=each) for each in range(5)]
