"""What becomes of runs whose process has died or was interrupted."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from holdfast.engine import actions, liveness
from holdfast.records import WaitStatus
from holdfast.store import queries
from holdfast.store.ids import now
from holdfast.store.statement import Statement
from holdfast.store.tables import host

HELD = """
    from helpers import note, pass_gate
    from holdfast import flow, get_run_logger, task

    @task
    def step(value):
        note("step", value)
        return value

    @task
    def hold(value):
        note("hold", value)
        get_run_logger().info("held")
        pass_gate("held")
        return value

    @flow
    def main():
        return step(1) + hold(2)

    if __name__ == "__main__":
        main()
"""

PAUSED = """
    from helpers import note
    from holdfast import flow, pause_flow_run, task

    @task
    def step(value):
        note("step", value)
        return value

    @flow
    def main():
        return step(1) + pause_flow_run(wait_for_input=int) + step(2)

    if __name__ == "__main__":
        main()
"""

PAUSED_ASYNC = """
    import asyncio
    from helpers import note
    from holdfast import flow, pause_flow_run, task

    @task
    async def step(value):
        note("step", value)
        return value

    @flow
    async def main():
        return await step(1) + await pause_flow_run(wait_for_input=int) + await step(2)

    if __name__ == "__main__":
        asyncio.run(main())
"""

PAUSED_IN_A_TASK = """
    from helpers import note
    from holdfast import flow, pause_flow_run, task

    @task
    def step(value):
        note("step", value)
        return value

    @task
    def ask():
        return pause_flow_run(wait_for_input=int)

    @flow
    def main():
        asked = ask.submit()
        return step(1) + asked.result() + step(2)

    if __name__ == "__main__":
        main()
"""

PAUSED_IN_A_CHILD = """
    from helpers import note
    from holdfast import flow, pause_flow_run, task

    @task
    def step(value):
        note("step", value)
        return value

    @flow
    def ask():
        return step(1) + pause_flow_run(wait_for_input=int)

    @flow
    def main():
        return ask() + step(2)

    if __name__ == "__main__":
        main()
"""

PAUSED_PROGRAMS = pytest.mark.parametrize(
    "source",
    [PAUSED, PAUSED_ASYNC, PAUSED_IN_A_TASK, PAUSED_IN_A_CHILD],
    ids=["sync", "async", "in a task", "in a child"],
)


@pytest.fixture
def held(bench):
    gate = bench.gate("held")
    process = bench.start(bench.write(HELD))
    bench.feed.until_task("hold-1")
    bench.feed.until_true(lambda: "held" in bench.log())
    return process, gate


def the_wait(bench):
    (wait,) = queries.inbox(bench.db)
    return wait


def answer(bench, value):
    wait = the_wait(bench)
    return actions.resume(bench.db, wait.flow_run_id, value, key=wait.key, channel="python")


def test_a_killed_script_leaves_a_crashed_run_that_says_why(bench, held):
    process, _ = held
    process.kill()
    assert bench.tend() == [bench.root().id]
    state = bench.state()
    assert state.is_crashed()
    assert f"pid {process.pid} " in state.message
    assert "holdfast retry" in state.message
    assert bench.tend() == []


def test_nothing_is_settled_while_the_process_lives(bench, held):
    assert bench.tend() == []
    assert bench.state().name == "Running"


def test_a_retry_goes_on_from_what_was_finished(bench, held):
    process, gate = held
    process.kill()
    bench.tend()
    bench.retry()
    gate.open()
    bench.work()
    assert bench.result() == 3
    assert bench.ran == ["step 1", "hold 2", "hold 2"]


def test_the_tasks_of_a_killed_process_no_longer_run(bench, held):
    process, _ = held
    process.kill()
    bench.tend()
    assert [(each.name, each.state.name) for each in bench.tasks()] == [("step-1", "Completed"), ("hold-1", "Crashed")]


@PAUSED_PROGRAMS
def test_a_run_whose_process_is_killed_in_a_pause_is_suspended_and_can_be_answered(bench, source):
    process = bench.start(bench.write(source))
    bench.feed.until_state("Paused")
    bench.feed.until_task("step-1", "Completed")
    process.kill()
    bench.tend()
    assert bench.state().name == "Suspended"
    answer(bench, 39)
    bench.feed.until_state("Resuming")
    bench.work()
    assert bench.result() == 42
    assert sorted(bench.ran) == ["step 1", "step 2"]


def test_an_answer_given_to_a_dead_process_revives_the_run_under_a_worker(bench):
    process = bench.start(bench.write(PAUSED))
    bench.feed.until_state("Paused")
    process.kill()
    bench.worker()
    answer(bench, 39)
    bench.feed.until_state("Completed")
    assert bench.result() == 42
    assert bench.ran == ["step 1", "step 2"]


def test_an_answer_that_came_while_the_code_was_being_left_revives_a_killed_run(bench):
    gate = bench.gate("held")
    path = bench.write("""
        from helpers import pass_gate
        from holdfast import flow, get_run_logger, suspend_flow_run

        @flow
        def main():
            try:
                suspend_flow_run()
            finally:
                get_run_logger().info("leaving")
                pass_gate("held")

        if __name__ == "__main__":
            main()
    """)
    process = bench.start(path)
    bench.feed.until("opened")
    bench.feed.until_true(lambda: "leaving" in bench.log())
    bench.resume()
    assert bench.state().name == "Suspending"
    process.kill()
    bench.tend()
    assert bench.state().name == "Resuming"
    gate.open()
    bench.work()
    assert bench.state().is_completed()


def test_a_run_whose_processes_die_of_an_answer_is_not_started_over_and_over(bench):
    path = bench.write("""
        import os, signal
        from helpers import note
        from holdfast import flow, suspend_flow_run
        from holdfast.input import RunInput
        from pydantic import field_validator

        class Deadly(RunInput):
            number: int

            @field_validator("number")
            def die(cls, number):
                note("dies")
                os.kill(os.getpid(), signal.SIGKILL)

        @flow
        def main():
            suspend_flow_run(wait_for_input=Deadly, timeout=None)

        if __name__ == "__main__":
            main()
    """)
    bench.run(path)
    bench.resume({"number": 1})
    bench.worker()
    bench.feed.until_state("Crashed")
    assert "That was 4 times in a row." in bench.state().message
    assert bench.ran == ["dies"] * 4
    (wait,) = bench.waits()
    assert (wait.status, wait.answer.value) == (WaitStatus.OPEN, {"number": 1})


def test_a_killed_process_that_was_to_be_suspended_leaves_a_suspended_run(bench, held):
    process, gate = held
    actions.suspend(bench.db, bench.root().id, channel="python")
    process.kill()
    bench.tend()
    assert bench.state().name == "Suspended"
    gate.open()
    bench.resume()
    bench.work()
    assert bench.result() == 3


def test_a_killed_process_that_was_to_be_cancelled_leaves_a_cancelled_run(bench, held):
    process, _ = held
    actions.cancel(bench.db, bench.root().id, channel="python")
    process.kill()
    bench.tend()
    assert bench.state().name == "Cancelled"


def test_a_run_that_is_in_no_file_crashes_even_in_a_pause(bench):
    process = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "from holdfast import flow, pause_flow_run\n@flow\ndef main():\n    pause_flow_run()\nmain()",
        ],
        stderr=subprocess.DEVNULL,
        env=dict(os.environ),
    )
    bench.feed.until_state("Paused")
    process.kill()
    process.wait()
    bench.tend()
    assert bench.state().is_crashed()
    assert "not in a file" in bench.state().message
    assert queries.inbox(bench.db) == []


def test_a_reused_pid_is_not_taken_for_the_old_process(bench, held):
    other = Statement(host.update().values(process_start=f"{liveness.place()}1"))
    with bench.db.write() as connection:
        other.run(connection)
    assert bench.tend() == [bench.root().id]
    assert bench.state().is_crashed()


def test_a_process_is_known_by_another_name_of_the_machine(bench, held):
    process, _ = held
    renamed = Statement(host.update().values(hostname="the-name-before"))
    with bench.db.write() as connection:
        renamed.run(connection)
    assert bench.tend() == []
    process.kill()
    assert bench.tend() == [bench.root().id]


@pytest.mark.parametrize(("left", "state"), [(-1, "Crashed"), (3_600_000_000, "Running")], ids=["over", "holds"])
def test_of_a_process_elsewhere_its_lease_tells(bench, held, left, state):
    values = {"hostname": "elsewhere", "process_start": "boot:1", "lease_until": now() + left}
    elsewhere = Statement(host.update().values(values))
    with bench.db.write() as connection:
        elsewhere.run(connection)
    bench.tend()
    assert bench.state().name == state


def test_scripts_that_have_ended_are_forgotten(bench):
    path = bench.write(PAUSED.replace("pause_flow_run(wait_for_input=int)", "1"))
    bench.run(path)
    bench.run(path)
    waiting = bench.start(bench.write(PAUSED, "waiting.py"))
    bench.feed.until_state("Paused")
    bench.tend()
    with bench.db.read() as connection:
        left = connection.execute("SELECT pid FROM host").fetchall()
    assert left == [(waiting.pid,)]


def test_a_process_that_nobody_has_reaped_counts_as_dead(bench):
    process = subprocess.Popen(
        [sys.executable, str(bench.write(PAUSED))], stderr=subprocess.DEVNULL, env=dict(os.environ)
    )
    bench.feed.until_state("Paused")
    os.kill(process.pid, signal.SIGKILL)
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    bench.tend()
    assert bench.state().name == "Suspended"
    process.wait()


@pytest.mark.skipif(sys.platform != "linux", reason="only there does it show as a zombie")
def test_a_process_lives_as_long_as_one_of_its_threads_does(bench):
    code = """if True:
        import ctypes, os, sys, threading

        def go_on():
            print("Main thread gone", flush=True)
            sys.stdin.readline()
            os._exit(0)

        threading.Thread(target=go_on).start()
        ctypes.CDLL(None).pthread_exit(None)
    """
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        begun = liveness.process_start(process.pid)
        process.stdout.readline()
        bench.feed.until_true(lambda: Path(f"/proc/{process.pid}/stat").read_text().split(") ")[1][0] == "Z")
        assert liveness.process_start(process.pid) == begun
        process.stdin.close()
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        assert liveness.process_start(process.pid) is None


@pytest.mark.parametrize(
    "source",
    [PAUSED, PAUSED_ASYNC, PAUSED_IN_A_CHILD, PAUSED_IN_A_TASK],
    ids=["sync", "async", "in a child", "in a task"],
)
def test_ctrl_c_in_a_pause_suspends_the_run(bench, source):
    process = bench.start(bench.write(source))
    bench.feed.until_state("Paused")
    bench.feed.until_task("step-1", "Completed")
    process.signal(signal.SIGINT)
    assert process.wait() == -signal.SIGINT
    assert process.err.splitlines()[-1].startswith("KeyboardInterrupt")
    assert bench.state().name == "Suspended"
    answer(bench, 39)
    bench.work()
    assert bench.result() == 42
    assert sorted(bench.ran) == ["step 1", "step 2"]


@pytest.mark.parametrize("wait", ["asked.result()", "wait([asked])", "list(as_completed([asked]))", "pause_flow_run()"])
def test_ctrl_c_that_does_not_wake_the_main_thread_is_heeded_all_the_same(bench, wait):
    """As when it comes in the instant before the thread blocks: here another thread gets the signal."""
    gate = bench.gate("held")
    process = bench.start(
        bench.write(f"""
            import signal
            import sys
            import threading
            from helpers import pass_gate
            from holdfast import flow, pause_flow_run, task
            from holdfast.futures import as_completed, wait

            def place():
                frame = sys._current_frames()[threading.main_thread().ident]
                return frame.f_code.co_name, frame.f_lasti

            def is_blocked():
                places = {{place() for _ in range(5) if not threading.Event().wait(0.01)}}
                return len(places) == 1 and places.pop()[0] in ("wait", "next_ended")

            @task
            def press():
                while not is_blocked():
                    pass
                signal.pthread_kill(threading.get_ident(), signal.SIGINT)
                pass_gate("held")

            @flow
            def main():
                asked = press.submit()
                {wait}

            if __name__ == "__main__":
                main()
        """)
    )
    bench.feed.until("request")
    gate.open()
    assert process.wait() == -signal.SIGINT
    assert bench.state().name in ("Crashed", "Suspended")


def test_ctrl_c_between_any_two_steps_leaves_the_database_usable(bench):
    process = bench.run(Path(__file__).parent / "programs" / "interrupted.py")
    assert process.wait() == 0, process.err
    assert process.err == ""


def test_ctrl_c_in_plain_code_crashes_the_run_and_it_can_be_retried(bench, held):
    process, gate = held
    process.signal(signal.SIGINT)
    assert process.wait() == -signal.SIGINT
    assert bench.state().is_crashed()
    assert "KeyboardInterrupt" in bench.state().message
    bench.retry()
    gate.open()
    bench.work()
    assert bench.result() == 3
    assert bench.ran == ["step 1", "hold 2", "hold 2"]


def test_ctrl_c_starts_nothing_new_and_is_recorded_when_all_has_ended(bench):
    gate = bench.gate("held")
    process = bench.start(
        bench.write("""
            from helpers import Alone, note, pass_gate
            from holdfast import flow, get_run_logger, task

            @task
            def step(value):
                note("step", value)
                return value

            @task
            def hold():
                with Alone():
                    note("hold")
                    get_run_logger().info("held")
                    pass_gate("held")
                    return step(1)

            @flow
            def main():
                held = hold.submit()
                get_run_logger().info("submitted")
                return held.result()

            if __name__ == "__main__":
                main()
        """)
    )
    bench.feed.until_task("hold-1")
    bench.feed.until_true(lambda: "held" in bench.log() and "submitted" in bench.log())
    process.signal(signal.SIGINT)
    bench.feed.until("request")
    assert bench.state().name == "Running"
    gate.open()
    assert process.wait() == -signal.SIGINT
    assert bench.state().is_crashed()
    assert bench.ran == ["hold"]
    bench.retry()
    gate.open()
    bench.work()
    assert bench.result() == 1
    assert bench.ran == ["hold", "hold", "step 1"]


def test_ctrl_c_ends_a_run_that_was_paused_from_outside_in_its_tasks(bench):
    gate = bench.gate("held")
    process = bench.start(
        bench.write("""
            from helpers import note, pass_gate
            from holdfast import flow, get_run_logger, task

            @task
            def step(value):
                note("step", value)
                return value

            @task
            def hold():
                pass_gate("held")
                return step(1)

            @flow
            def main():
                held = hold.submit()
                get_run_logger().info("submitted")
                return held.result()

            if __name__ == "__main__":
                main()
        """)
    )
    bench.feed.until_task("hold-1")
    bench.feed.until_true(lambda: "submitted" in bench.log())
    actions.pause(bench.db, bench.root().id, channel="python")
    gate.open()
    bench.feed.until_state("Paused")
    process.signal(signal.SIGINT)
    assert process.wait() == -signal.SIGINT
    assert bench.state().name == "Suspended"
    assert bench.ran == []
    gate.open()
    bench.resume()
    bench.work()
    assert bench.result() == 1


@pytest.mark.parametrize(("source", "state"), [(HELD, "Crashed"), (PAUSED, "Suspended")], ids=["running", "paused"])
def test_a_script_ended_by_sigterm_is_as_one_killed(bench, source, state):
    bench.gate("held")
    process = bench.start(bench.write(source))
    bench.feed.until_task("hold-1") if source is HELD else bench.feed.until_state("Paused")
    process.signal(signal.SIGTERM)
    assert process.wait() == -signal.SIGTERM
    bench.tend()
    assert bench.state().name == state


def test_two_who_look_at_once_settle_a_dead_process_once(bench, held):
    process, _ = held
    process.kill()
    assert [bench.tend(), bench.tend()] == [[bench.root().id], []]
    states = [each for each in queries.get_events(bench.db, bench.root().id) if each.after == "Crashed"]
    assert len(states) == 1


def test_tasks_that_come_to_their_pauses_in_another_order_get_their_own_answers(bench):
    code = """
        from helpers import note
        from holdfast import flow, pause_flow_run, task
        from holdfast.context import get_run_context

        @task
        def ask(name):
            note(get_run_context().task_run_id.hex, name)
            return name, pause_flow_run(wait_for_input=str)

        @flow
        def main():
            return dict(each.result() for each in [ask.submit(each) for each in {order}])

        if __name__ == "__main__":
            main()
    """
    process = bench.start(bench.write(code.replace("{order}", '"abc"')))
    bench.feed.until("opened", nth=3)
    asking = dict(line.split() for line in bench.ran)
    process.kill()
    bench.tend()
    for wait in bench.waits():
        (name,) = [name for each, name in asking.items() if wait.key.endswith(each[-6:])]
        bench.resume(f"for {name}", key=wait.key)
    bench.write(code.replace("{order}", '"cba"'))
    bench.work()
    assert bench.result() == {"a": "for a", "b": "for b", "c": "for c"}
