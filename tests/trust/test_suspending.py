"""A script whose flow suspends: how it ends, and what it leaves behind."""

import os
import subprocess
import sys

import pytest

from holdfast import cancel_flow_run
from holdfast.records import WaitStatus

SYNC = """
    from helpers import note
    from holdfast import flow, suspend_flow_run, task

    @task
    def prepare():
        note("prepare")
        return 20

    @flow
    def order():
        try:
            return prepare() + suspend_flow_run(wait_for_input=int)
        finally:
            note("finally")

    if __name__ == "__main__":
        order()
        note("after the call")
"""

ASYNC = """
    import asyncio
    from helpers import note
    from holdfast import flow, suspend_flow_run, task

    @task
    async def prepare():
        note("prepare")
        return 20

    @flow
    async def order():
        try:
            return await prepare() + await suspend_flow_run(wait_for_input=int)
        finally:
            note("finally")

    async def main():
        await order()
        note("after the call")

    if __name__ == "__main__":
        asyncio.run(main())
        note("after the loop")
"""


def python(path, *arguments, **options):
    return subprocess.run(
        [sys.executable, str(path), *arguments], capture_output=True, text=True, cwd=path.parent, timeout=60, **options
    )


@pytest.mark.parametrize("source", [SYNC, ASYNC], ids=["sync", "async"])
def test_a_suspended_script_exits_with_0_and_one_line_that_says_how_to_go_on(bench, source):
    done = python(bench.write(source))
    run = bench.root()
    assert done.returncode == 0
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert run.name in done.stderr
    assert f"holdfast resume {run.name}" in done.stderr
    assert run.state.name == "Suspended"


MANNERS = """
    import asyncio, multiprocessing, sys, threading
    import anyio
    from holdfast import flow, suspend_flow_run

    @flow
    def waits():
        suspend_flow_run(timeout=None)

    @flow
    async def waits_async():
        await suspend_flow_run(timeout=None)

    async def gathered():
        await asyncio.gather(waits_async(), asyncio.sleep(60))

    async def grouped():
        async with asyncio.TaskGroup() as group:
            group.create_task(waits_async())
            group.create_task(asyncio.sleep(60))

    async def in_a_nursery():
        async with anyio.create_task_group() as group:
            group.start_soon(waits_async)

    async def left_alone():
        left = asyncio.ensure_future(waits_async())
        await asyncio.wait([left])

    async def in_a_thread():
        await asyncio.to_thread(waits)

    def run_gathered():
        asyncio.run(gathered())

    def in_a_process(target):
        process = multiprocessing.get_context("fork").Process(target=target)
        process.start()
        process.join()
        sys.exit(process.exitcode)

    def thread():
        started = threading.Thread(target=waits)
        started.start()
        started.join()

    def finally_():
        try:
            waits()
        finally:
            sys.stdout.flush()

    if __name__ == "__main__":
        {
            "gathered": run_gathered,
            "grouped": lambda: asyncio.run(grouped()),
            "nursery": lambda: anyio.run(in_a_nursery),
            "left alone": lambda: asyncio.run(left_alone()),
            "to_thread": lambda: asyncio.run(in_a_thread()),
            "process": lambda: in_a_process(waits),
            "process with a loop": lambda: in_a_process(run_gathered),
            "thread": thread,
            "finally": finally_,
        }[sys.argv[1]]()
"""


@pytest.mark.parametrize(
    "manner",
    [
        "gathered",
        "grouped",
        "nursery",
        "left alone",
        "to_thread",
        "process",
        "process with a loop",
        "thread",
        "finally",
    ],
)
def test_however_the_flow_was_called_the_script_ends_with_0_and_one_line(bench, manner):
    done = python(bench.write(MANNERS), manner)
    assert (done.returncode, done.stdout) == (0, "")
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert f"holdfast resume {bench.root().name}" in done.stderr


def test_an_exception_hook_of_the_scripts_own_gets_all_other_exceptions(bench):
    done = python(
        bench.write("""
            import sys
            from holdfast import flow, suspend_flow_run
            from holdfast.exceptions import FlowRunSuspended

            sys.excepthook = lambda kind, error, trace: print("hook:", kind.__name__)

            @flow
            def waits():
                suspend_flow_run(timeout=None)

            if __name__ == "__main__":
                try:
                    waits()
                except FlowRunSuspended:
                    raise ValueError from None
        """)
    )
    assert (done.returncode, done.stdout) == (1, "hook: ValueError\n")


def test_an_interactive_session_shows_one_line_and_goes_on(bench):
    script = bench.write(SYNC)
    done = subprocess.run(
        [sys.executable, "-i", str(script)],
        input="print('still', 'there')\n",
        capture_output=True,
        text=True,
        cwd=script.parent,
        timeout=60,
    )
    assert "still there" in done.stdout
    assert "Traceback" not in done.stderr
    assert f"{bench.root().name} is suspended. Resume it with: holdfast resume {bench.root().name}" in done.stderr


@pytest.mark.parametrize("source", [SYNC, ASYNC], ids=["sync", "async"])
def test_a_suspended_script_runs_its_finally_blocks_and_nothing_after_the_call(bench, source):
    bench.run(bench.write(source))
    assert bench.ran == ["prepare", "finally"]


@pytest.mark.parametrize("source", [SYNC, ASYNC], ids=["sync", "async"])
def test_an_answered_run_goes_on_without_its_script(bench, source):
    bench.run(bench.write(source))
    bench.answer_and_work(22)
    assert bench.state().is_completed()
    assert bench.result() == 42
    assert bench.ran == ["prepare", "finally", "finally"]


def test_no_process_is_left_of_a_suspended_run(bench):
    process = bench.run(bench.write(SYNC))
    assert process.wait() == 0
    assert bench.host() is None


def test_the_question_is_kept_with_the_suspended_run(bench):
    bench.run(bench.write(SYNC))
    (wait,) = bench.waits()
    assert wait.status is WaitStatus.OPEN
    assert wait.schema["properties"]["value"]["type"] == "integer"


def test_the_seeds_example_makes_no_recorded_call_again(bench):
    path = bench.write("""
        from helpers import note
        from holdfast import flow, pause_flow_run, task

        @task
        def foo():
            note("foo")
            return 42

        @flow
        def noblock_pausing():
            x = foo.submit()
            pause_flow_run(timeout=30, reschedule=True)
            y = foo.submit()
            z = foo(wait_for=[x])
            alpha = foo(wait_for=[y])
            omega = foo(wait_for=[x, y])
            return [x.result(), y.result(), z, alpha, omega]

        if __name__ == "__main__":
            noblock_pausing()
    """)
    bench.run(path)
    assert bench.state().name == "Suspended"
    recorded = len(bench.ran)  # the first call may not have started when its run was suspended
    bench.answer_and_work()
    assert bench.result() == [42] * 5
    assert bench.ran == ["foo"] * 5
    assert sum(each.reused for each in bench.tasks()) == recorded


def test_a_flow_that_is_in_no_file_says_why_it_cannot_suspend(bench):
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "from holdfast import flow, suspend_flow_run\n@flow\ndef order():\n    suspend_flow_run()\norder()",
        ],
        capture_output=True,
        text=True,
        env=dict(os.environ),
        timeout=60,
    )
    assert done.returncode == 1
    assert "cannot be suspended: its flow is not in a file" in done.stderr.splitlines()[-1]
    assert bench.waits() == []


def test_calls_that_suspend_while_the_code_is_being_left_ask_their_questions_too(bench):
    begin, gate = bench.gate("begin"), bench.gate("held")
    path = bench.write("""
        from helpers import note, pass_gate
        from holdfast import flow, suspend_flow_run, task

        @task
        def first():
            pass_gate("begin")
            return suspend_flow_run(wait_for_input=int, key="first")

        @task
        def second():
            pass_gate("held")
            return suspend_flow_run(wait_for_input=int, key="second")

        @flow
        def main():
            return sum(each.result() for each in [first.submit(), second.submit()])

        if __name__ == "__main__":
            main()
    """)
    process = bench.start(path)
    bench.feed.until_task("second-1")
    begin.open()
    bench.feed.until("opened", detail="first")
    gate.open()
    assert process.wait() == 0
    assert sorted(each.key for each in bench.waits("open")) == ["first", "second"]
    assert {each.state.name for each in bench.tasks()} == {"Suspended"}
    bench.resume(20, key="first")
    bench.resume(22, key="second")
    begin.open()
    gate.open()
    bench.work()
    assert bench.result() == 42


def test_a_pause_that_the_flow_broke_off_is_withdrawn(bench):
    path = bench.write("""
        import asyncio
        from helpers import note, pass_gate
        from holdfast import flow, pause_flow_run, task

        @task
        async def step():
            await asyncio.to_thread(pass_gate, "held")

        @flow
        async def main():
            try:
                async with asyncio.timeout(0):
                    await pause_flow_run(timeout=None)
            except TimeoutError:
                note("too long")
            await step()
            return 42

        if __name__ == "__main__":
            asyncio.run(main())
    """)
    gate = bench.gate("held")
    process = bench.start(path)
    bench.feed.until_task("step-1")
    assert bench.state().name == "Running"
    assert [each.status for each in bench.waits()] == [WaitStatus.WITHDRAWN]
    gate.open()
    assert process.wait() == 0
    assert bench.result() == 42
    assert bench.ran == ["too long"]


def test_a_suspension_in_a_child_suspends_the_tree_from_its_root(bench):
    path = bench.write("""
        from helpers import note
        from holdfast import flow, suspend_flow_run, task

        @task
        def step(value):
            note("step", value)
            return value

        @flow
        def inner():
            return step(20) + suspend_flow_run(wait_for_input=int)

        @flow
        def outer():
            return step(1) + inner() + step(2)

        if __name__ == "__main__":
            outer()
    """)
    assert bench.run(path).wait() == 0
    inner = bench.the_run("inner")
    assert bench.the_run("outer").state.name == inner.state.name == "Suspended"
    bench.resume(19, run=inner)
    bench.work()
    assert bench.result() == 42
    assert bench.ran == ["step 1", "step 20", "step 2"]
    assert bench.the_run("inner").id == inner.id


CANCELLED_CHILD = """
    from helpers import note
    from holdfast import flow, suspend_flow_run
    from holdfast.exceptions import CancelledRun

    @flow
    def child():
        note("child")
        suspend_flow_run(wait_for_input=int, timeout=None)
        note("child goes on")

    @flow
    def main():
        try:
            child()
        except CancelledRun as error:
            note(f"{error}")
        return suspend_flow_run(wait_for_input=int, timeout=None)

    if __name__ == "__main__":
        main()
"""


@pytest.fixture
def without_child(bench):
    """A flow whose child was cancelled while the tree was suspended, and that has asked for itself since."""
    bench.run(bench.write(CANCELLED_CHILD))
    cancel_flow_run(bench.the_run("child").id)
    bench.work()
    return bench


def test_a_suspended_tree_goes_on_without_a_child_that_is_cancelled(without_child):
    (wait,) = without_child.waits(WaitStatus.OPEN)
    assert wait.flow_run_id == without_child.root().id
    assert without_child.ran == ["child", "tester asked to cancel (python)."]


def test_a_cancelled_child_stays_so_when_its_tree_executes_again(without_child):
    without_child.answer_and_work(3)
    assert without_child.result() == 3
    assert without_child.ran.count("child") == 1
    assert without_child.state(without_child.the_run("child")).name == "Cancelled"


def test_a_cancelled_child_is_done_again_when_its_tree_is_retried(without_child):
    cancel_flow_run(without_child.root().id)
    without_child.retry()
    without_child.work()
    assert without_child.ran.count("child") == 2
    assert without_child.waits(WaitStatus.OPEN, run=without_child.the_run("child"))
    assert without_child.state().name == "Suspended"


def test_code_that_swallowed_its_suspension_gets_the_answer_when_it_executes_again(bench):
    path = bench.write("""
        import asyncio
        from helpers import note
        from holdfast import flow, suspend_flow_run, task

        @task
        async def ask():
            try:
                return await suspend_flow_run(wait_for_input=int, timeout=None)
            except:
                return "nothing"

        @task
        async def follow_up(answer):
            note("follow_up", answer)

        @flow
        async def main():
            (answer,) = await asyncio.gather(ask(), return_exceptions=True)
            try:
                await follow_up(answer)
            except:
                pass
            return answer

        if __name__ == "__main__":
            asyncio.run(main())
    """)
    assert bench.run(path).wait() == 0
    assert (bench.state().name, bench.ran) == ("Suspended", [])
    bench.answer_and_work(42)
    assert bench.result() == 42
    assert bench.ran == ["follow_up 42"]
