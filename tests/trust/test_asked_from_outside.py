"""Pausing, suspending and cancelling a run from another process, and taking it back."""

import pytest

from holdfast.engine import actions
from holdfast.exceptions import LinkedFlowRunError
from holdfast.store import queries

TWO_TASKS = """
    from helpers import Alone, note, pass_gate
    from holdfast import flow, task

    @task
    def hold(value):
        note("hold", value)
        pass_gate("held")
        return value

    @task
    def step(value):
        note("step", value)
        return value

    @flow
    def main():
        with Alone():
            return hold(1) + step(2)

    if __name__ == "__main__":
        main()
        note("after")
"""

IN_THREADS = """
    from helpers import note, pass_gate
    from holdfast import flow, task

    @task
    def hold(value):
        note("hold", value)
        pass_gate("held")
        return value

    @task
    def step(value):
        note("step", value)
        return value

    @flow
    def main():
        held = [hold.submit(each) for each in (1, 2)]
        for each in held:
            each.wait()
        later = [step.submit(each) for each in (3, 4)]
        return sum(each.result() for each in held + later)

    if __name__ == "__main__":
        main()
"""

ASYNC = """
    import asyncio
    from helpers import note, pass_gate
    from holdfast import flow, task

    @task
    async def hold(value):
        note("hold", value)
        await asyncio.to_thread(pass_gate, "held")
        note("held", value)
        return value

    @task
    async def step(value):
        note("step", value)
        await asyncio.to_thread(pass_gate, "stepped")
        return value

    async def steps():
        return await step(2) + await step(3)

    @flow
    async def main():
        first, second = await asyncio.gather(hold(1), steps())
        return first + second

    if __name__ == "__main__":
        asyncio.run(main())
"""


@pytest.fixture
def held(bench):
    """Start a program and wait until tasks of it are being held."""

    def start(source, *names):
        gate = bench.gate("held")
        process = bench.start(bench.write(source))
        for name in names or ("hold-1",):
            bench.feed.until_task(name)
        return process, gate

    return start


def suspend(bench):
    return actions.suspend(bench.db, bench.root().id, channel="python")


def test_suspending_shows_as_asked_until_the_run_has_acknowledged_it(bench, held):
    process, gate = held(TWO_TASKS)
    assert suspend(bench).name == "Suspending"
    run = bench.root()
    assert (run.state.name, run.requested_by) == ("Suspending", "tester")
    assert run.requested_at is not None
    gate.open()
    assert process.wait() == 0
    assert bench.state().name == "Suspended"


def test_a_running_task_finishes_and_nothing_new_starts(bench, held):
    process, gate = held(TWO_TASKS)
    suspend(bench)
    gate.open()
    process.wait()
    assert bench.ran == ["hold 1"]
    assert [(each.name, each.state.name) for each in bench.tasks()] == [("hold-1", "Completed")]
    bench.resume()
    bench.work()
    assert bench.result() == 3
    assert bench.ran == ["hold 1", "step 2"]


def test_submitted_tasks_that_run_finish_and_none_starts(bench, held):
    process, gate = held(IN_THREADS, "hold-1", "hold-2")
    suspend(bench)
    gate.open(2)
    assert process.wait() == 0
    assert sorted(bench.ran) == ["hold 1", "hold 2"]
    bench.resume()
    bench.work()
    assert bench.result() == 10
    assert sorted(bench.ran) == ["hold 1", "hold 2", "step 3", "step 4"]


def test_async_tasks_that_run_finish_though_the_code_beside_them_was_left(bench, held):
    stepped = bench.gate("stepped")
    process, gate = held(ASYNC, "hold-1", "step-1")
    suspend(bench)
    stepped.open()
    bench.feed.until_task("step-1", "Completed")
    gate.open()
    assert process.wait() == 0
    assert bench.state().name == "Suspended"
    assert {each.state.name for each in bench.tasks()} == {"Completed"}
    stepped.open()
    bench.resume()
    bench.work()
    assert bench.result() == 6
    assert sorted(bench.ran) == ["held 1", "hold 1", "step 2", "step 3"]


def test_resuming_before_the_process_has_ended_withdraws_the_request(bench, held):
    process, gate = held(TWO_TASKS)
    suspend(bench)
    assert bench.resume().name == "Running"
    gate.open()
    assert process.wait() == 0
    assert bench.state().is_completed()
    assert bench.ran == ["hold 1", "step 2", "after"]
    assert bench.root().executions == 1


def test_resuming_while_the_code_is_being_left_never_makes_two_executions(bench):
    gate, leaving = bench.gate("held"), bench.gate("leaving")
    path = bench.write("""
        from helpers import Alone, note, pass_gate
        from holdfast import checkpoint, flow, get_run_logger

        @flow
        def main():
            with Alone():
                note("begin")
                pass_gate("held")
                try:
                    checkpoint()
                finally:
                    note("leaving")
                    get_run_logger().info("leaving")
                    pass_gate("leaving")
            return "done"

        if __name__ == "__main__":
            main()
    """)
    process = bench.start(path)
    bench.feed.until_state("Running")
    worker = bench.worker()
    suspend(bench)
    gate.open()
    bench.feed.until_true(lambda: "leaving" in bench.log())
    assert bench.state().name == "Suspending"
    bench.resume()
    leaving.open()
    assert process.wait() == 0
    gate.open()
    leaving.open()
    bench.feed.until_state("Completed")
    worker.kill()
    assert bench.root().executions == 2
    assert bench.ran == ["begin", "leaving"] * 2


def test_pausing_from_outside_holds_the_run_at_a_boundary_until_it_is_resumed(bench, held):
    process, gate = held(TWO_TASKS)
    assert actions.pause(bench.db, bench.root().id, channel="python").name == "Pausing"
    gate.open()
    bench.feed.until_state("Paused")
    assert bench.ran == ["hold 1"]
    assert bench.resume().name == "Running"
    assert process.wait() == 0
    assert bench.state().is_completed()
    assert bench.ran == ["hold 1", "step 2", "after"]


def test_a_run_paused_from_outside_can_be_suspended(bench, held):
    process, gate = held(TWO_TASKS)
    actions.pause(bench.db, bench.root().id, channel="python")
    gate.open()
    bench.feed.until_state("Paused")
    suspend(bench)
    assert process.wait() == 0
    assert bench.state().name == "Suspended"
    bench.resume()
    bench.work()
    assert bench.ran == ["hold 1", "step 2"]


@pytest.mark.parametrize("source", [TWO_TASKS, IN_THREADS], ids=["in sequence", "in threads"])
def test_cancelling_takes_hold_at_a_boundary(bench, held, source):
    process, gate = held(source)
    assert actions.cancel(bench.db, bench.root().id, channel="python").name == "Cancelling"
    gate.open(2)
    assert process.wait() == 1
    assert bench.state().name == "Cancelled"
    assert not [each for each in bench.ran if each.startswith(("step", "after"))]
    assert process.err.splitlines()[-1].startswith("holdfast.exceptions.CancelledRun")


def test_a_suspended_run_is_cancelled_at_once(bench, held):
    process, gate = held(TWO_TASKS)
    suspend(bench)
    gate.open()
    process.wait()
    assert actions.cancel(bench.db, bench.root().id, channel="python").name == "Cancelled"


@pytest.mark.parametrize("verb", ["suspend", "cancel"])
def test_a_checkpoint_in_a_plain_loop_is_a_boundary(bench, verb):
    gate = bench.gate("held")
    path = bench.write("""
        from helpers import note, pass_gate
        from holdfast import checkpoint, flow, get_run_logger

        @flow
        def main():
            for each in range(3):
                note("round", each)
                get_run_logger().info("round %s", each)
                pass_gate("held")
                checkpoint()

        if __name__ == "__main__":
            main()
    """)
    process = bench.start(path)
    bench.feed.until_state("Running")
    gate.open()
    bench.feed.until_true(lambda: "round 1" in bench.log())
    getattr(actions, verb)(bench.db, bench.root().id, channel="python")
    gate.open()
    process.wait()
    assert bench.state().name == {"suspend": "Suspended", "cancel": "Cancelled"}[verb]
    assert bench.ran == ["round 0", "round 1"]


TREE = """
    from helpers import note, pass_gate
    from holdfast import flow, task

    @task
    def hold(value):
        note("hold", value)
        pass_gate("held")
        return value

    @flow
    def inner(value):
        note("inner", value)
        return hold(value) + hold(value)

    @flow
    def middle(value):
        return inner(value)

    @flow
    def outer():
        return middle(1) + middle(2)

    if __name__ == "__main__":
        outer()
"""


def test_suspending_the_root_suspends_its_children_at_their_boundaries(bench, held):
    process, gate = held(TREE)
    suspend(bench)
    gate.open()
    assert process.wait() == 0
    runs = queries.list_flow_runs(bench.db)
    assert [(each.flow_name, each.state.name) for each in runs] == [
        ("inner", "Suspended"),
        ("middle", "Suspended"),
        ("outer", "Suspended"),
    ]
    gate.open(3)
    bench.resume()
    bench.work()
    assert bench.result() == 6
    after = queries.list_flow_runs(bench.db)
    assert {each.id for each in runs} < {each.id for each in after}
    assert len(after) == 5
    assert {each.state.name for each in after} == {"Completed"}
    assert bench.ran == ["inner 1", "hold 1", "inner 1", "hold 1", "inner 2", "hold 2", "hold 2"]


@pytest.mark.parametrize("verb", ["pause", "suspend"])
def test_a_linked_child_alone_is_refused_naming_its_root(bench, held, verb):
    held(TREE)
    outer = bench.the_run("outer")
    with pytest.raises(LinkedFlowRunError, match=outer.name) as caught:
        getattr(actions, verb)(bench.db, bench.the_run("inner").id, channel="python")
    assert str(outer.id) in str(caught.value)
    assert bench.the_run("inner").state.name == "Running"


def test_a_parent_that_fails_beside_a_paused_child_fails_with_its_own_error(bench):
    path = bench.write("""
        import asyncio
        from helpers import pass_gate
        from holdfast import flow, pause_flow_run

        @flow
        async def waiting():
            await pause_flow_run(timeout=None)

        @flow
        async def failing():
            await asyncio.to_thread(pass_gate, "asked")
            raise ValueError("for good")

        @flow
        async def outer():
            await asyncio.gather(waiting(), failing())

        if __name__ == "__main__":
            asyncio.run(outer())
    """)
    asked = bench.gate("asked")
    process = bench.start(path)
    bench.feed.until_state("Paused")
    asked.open()
    process.wait()
    assert process.err.splitlines()[-1] == "ValueError: for good"
    assert bench.the_run("outer").state.name == "Failed"
    assert bench.the_run("failing").state.name == "Failed"
    assert bench.the_run("waiting").state.name == "Cancelled"
