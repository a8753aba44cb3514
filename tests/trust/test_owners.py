"""A run has one owner: who lost it records nothing more of it, and who is elsewhere is judged by its lease."""

import os
import shutil
import signal
import subprocess
import sys
import threading
import time

import pytest

from holdfast.engine import actions, liveness
from holdfast.records import HostKind, WaitStatus
from holdfast.store import hosts as rows
from holdfast.store import queries
from holdfast.store.ids import now
from holdfast.store.statement import Statement
from holdfast.store.tables import host

STEPS = """
    from helpers import note, pass_gate
    from holdfast import flow, get_run_logger, task

    @task
    def step(number):
        note("step", number)
        get_run_logger().info("at %s", number)
        if number == 1:
            pass_gate("held")
        return number

    def tell(flow, run, state):
        note("hook", state.name)

    @flow(log_prints=True, on_completion=[tell], on_failure=[tell], on_crashed=[tell])
    def main():
        for number in range(4):
            step(number)
        print("DONE")

    if __name__ == "__main__":
        main()
"""

ELSEWHERE = "another boot:another namespace:1"


def moved(bench, left, process_start=ELSEWHERE, stopping=None):
    """Have every process be one elsewhere, whose lease lasts so many microseconds more, and stop one of them.

    It is stopped while the database is held here: it would hold it for good if it were stopped while it writes.
    """
    elsewhere = Statement(host.update().values(process_start=process_start, lease_until=now() + left))
    with bench.db.write() as connection:
        if stopping is not None:
            stopping.signal(signal.SIGSTOP)
        elsewhere.run(connection)


def lost(bench, process):
    """Have the run of a process that stands still be taken for dead, and let the process go on."""
    moved(bench, -1, stopping=process)
    bench.tend()
    state = bench.state()
    process.signal(signal.SIGCONT)
    return state


def recorded(bench):
    root = bench.root()
    return (
        root.state,
        root.executions,
        queries.get_events(bench.db, root.id),
        bench.log(),
        [(each.name, each.state.name) for each in bench.tasks()],
    )


@pytest.fixture
def held(bench):
    gate = bench.gate("held")
    process = bench.start(bench.write(STEPS))
    bench.feed.until_task("step-1")
    bench.feed.until_true(lambda: "at 1" in bench.log())
    return process, gate


def test_a_process_that_was_stopped_past_its_lease_records_nothing_more_of_its_run(bench, held):
    process, gate = held
    assert lost(bench, process).is_crashed()
    before = recorded(bench)
    gate.open()
    assert process.wait() == 1
    assert recorded(bench) == before
    assert bench.ran == ["step 0", "step 1"]
    lines = process.err.splitlines()
    assert [line for line in lines if "was taken over by another process; nothing more is recorded here." in line] == [
        lines[-1]
    ]
    assert "Traceback" not in process.err


def test_a_run_that_was_lost_and_retried_is_executed_by_the_other_process_alone(bench, held):
    process, gate = held
    lost(bench, process)
    bench.retry()
    gate.open(2)
    assert process.wait() == 1
    bench.work()
    assert bench.state().is_completed()
    assert bench.ran == ["step 0", "step 1", "step 1", "step 2", "step 3", "hook Completed"]
    assert bench.log().count("DONE") == 1


def test_a_workers_process_that_lost_its_run_says_so_on_the_workers_terminal_and_another_goes_on(bench):
    bench.run(
        bench.write(
            STEPS.replace("for number", "suspend_flow_run()\n        for number").replace(
                "flow,", "flow, suspend_flow_run,"
            )
        )
    )
    gate = bench.gate("held")
    worker = bench.worker()
    bench.resume()
    bench.feed.until_task("step-1")
    bench.feed.until_true(lambda: "at 1" in bench.log())
    with bench.db.write() as connection:
        connection.execute("UPDATE flow_run SET executions = executions + 1")
    gate.open(2)
    bench.feed.until_state("Completed")
    assert worker.err.count("was taken over by another process; nothing more is recorded here.") == 1
    assert "Traceback" not in worker.err
    assert "taken over" not in bench.log()
    assert bench.ran[:5] == ["step 0", "step 1", "step 1", "step 2", "step 3"]


PAUSED = """
    from helpers import note
    from holdfast import flow, pause_flow_run, task

    @flow
    def ask():
        return pause_flow_run(wait_for_input=int)

    @task
    def step(value):
        note("step", value)
        return value

    @flow
    def main():
        return step(1) + ask()

    if __name__ == "__main__":
        main()
"""


def test_a_paused_process_that_lost_its_run_ends_at_once_and_the_answer_is_used_elsewhere(bench):
    process = bench.start(bench.write(PAUSED))
    bench.feed.until_state("Paused")
    assert lost(bench, process).name == "Suspended"
    assert process.wait() == 1
    assert "Traceback" not in process.err
    assert process.err.count("was taken over by another process") == 1
    (wait,) = queries.inbox(bench.db)
    assert wait.status is WaitStatus.OPEN
    actions.resume(bench.db, wait.flow_run_id, 41, key=wait.key, channel="python")
    bench.work()
    assert bench.result() == 42
    assert bench.ran == ["step 1"]


@pytest.mark.parametrize("verb", ["cancel", "suspend", "retry", "resume"])
def test_what_can_be_done_with_a_run_can_be_done_when_its_machine_is_gone(bench, held, verb):
    process, gate = held
    process.signal(signal.SIGSTOP)
    moved(bench, -1)
    run = bench.root().id
    if verb in ("cancel", "suspend"):
        with pytest.raises(Exception, match="is crashed"):
            getattr(actions, verb)(bench.db, run, channel="python")
    elif verb == "resume":
        with pytest.raises(Exception, match="crashed"):
            bench.resume()
    bench.tend()
    bench.retry()
    gate.open(2)
    bench.work()
    assert bench.state().is_completed()


@pytest.mark.parametrize("start", ["1723.5", f"{ELSEWHERE}"], ids=["of an old version", "after another boot"])
def test_a_process_that_never_had_a_lease_and_is_elsewhere_is_gone(bench, held, start):
    process, _ = held
    process.signal(signal.SIGSTOP)
    old = Statement(host.update().values(process_start=start, lease_until=None, registered_at=now() - rows.LEASE))
    with bench.db.write() as connection:
        old.run(connection)
    assert bench.tend() == [bench.root().id]
    assert bench.state().is_crashed()


def test_a_process_here_lives_whatever_the_clock_says_of_its_lease(bench, held):
    past = Statement(host.update().values(lease_until=1))
    with bench.db.write() as connection:
        past.run(connection)
    assert bench.tend() == []
    assert bench.state().name == "Running"


def test_a_lease_that_is_renewed_while_somebody_looks_saves_the_run(bench, held):
    from holdfast.store import recovery

    moved(bench, -1)
    (found,) = rows.holding_runs(bench.db)
    rows.renew(bench.db, found.id.hex)
    assert recovery.recover(bench.db, found, "tester") == []
    rows.forget(bench.db, found)
    assert bench.tend() == []
    assert bench.state().name == "Running"


def test_one_elsewhere_is_remembered_for_a_while_after_its_lease(bench):
    gone = rows.register(bench.db, HostKind.SCRIPT, pid=1, process_start=ELSEWHERE, hostname="here")
    moved(bench, -1)
    bench.tend()
    assert [each.id.hex for each in rows.list_all(bench.db)] == [gone]
    moved(bench, -3_601_000_000)
    bench.tend()
    assert rows.list_all(bench.db) == []


def test_threads_that_start_their_first_flows_at_once_are_one_process(bench):
    process = bench.run(
        bench.write("""
            import threading
            from holdfast import flow

            together = threading.Barrier(8)

            @flow
            def main():
                pass

            def start():
                together.wait()
                main()

            threads = [threading.Thread(target=start) for _ in range(8)]
            for each in threads:
                each.start()
            for each in threads:
                each.join()
        """)
    )
    assert process.err.count("Traceback") == 0
    with bench.db.read() as connection:
        assert connection.execute("SELECT count(*) FROM host").fetchall() == [(1,)]
        assert connection.execute("SELECT count(*) FROM flow_run").fetchall() == [(8,)]


HURRIED = """
    from holdfast.store import hosts
    hosts.RENEWAL = 0.05
"""


def lease(bench):
    (found,) = rows.list_all(bench.db)
    return found.lease_until


def test_a_paused_script_renews_its_lease_and_goes_on_to_when_it_was_kept_from_it(bench):
    process = bench.start(bench.write(HURRIED + PAUSED))
    bench.feed.until_state("Paused")
    first = lease(bench)
    bench.feed.until_true(lambda: lease(bench) > first)
    with bench.db.write():
        at = lease(bench)
        held_up = threading.Event()
        held_up.wait(0.3)
        assert lease(bench) == at
    bench.feed.until_true(lambda: lease(bench) > at)
    (wait,) = queries.inbox(bench.db)
    actions.resume(bench.db, wait.flow_run_id, 41, key=wait.key, channel="python")
    assert process.wait() == 0


def test_the_thread_that_renews_keeps_no_process_alive_and_a_fork_has_its_own(bench):
    process = bench.run(
        bench.write(
            HURRIED
            + """
    import os
    import threading
    from holdfast import flow

    @flow
    def main():
        return 1

    def renewing():
        return sum(each.name == "holdfast-lease" for each in threading.enumerate())

    main()
    assert renewing() == 1
    for _ in range(20):
        pid = os.fork()
        if not pid:
            assert renewing() == 0
            main()
            assert renewing() == 1
            os._exit(0)
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
"""
        )
    )
    assert process.wait() == 0, process.err
    with bench.db.read() as connection:
        assert connection.execute("SELECT count(*) FROM flow_run").fetchall() == [(21,)]


def test_a_script_that_was_forgotten_while_it_stood_still_starts_its_next_flow(bench):
    gate = bench.gate("held")
    process = bench.start(
        bench.write("""
            import os
            import time
            from helpers import note, pass_gate
            from holdfast import flow
            from holdfast.engine import liveness

            @flow
            def main():
                pass

            main()
            os.environ["X"] = "1"
            note("first")
            pass_gate("held")
            liveness._clocks = lambda: (time.monotonic() + 4000, time.time() + 4000)
            main()
        """)
    )
    bench.feed.until_state("Completed")
    with bench.db.write() as connection:
        connection.execute("DELETE FROM host")
    gate.open()
    assert process.wait() == 0, process.err
    bench.feed.until_state("Completed", nth=2)


# Other PID namespaces.

_UNSHARE = ["unshare", "--pid", "--fork", "--kill-child"]


def _can_unshare():
    if shutil.which("unshare") is None:
        return False
    return subprocess.run([*_UNSHARE, "--mount-proc", "true"], capture_output=True).returncode == 0


apart = pytest.mark.skipif(
    sys.platform != "linux" or not _can_unshare(), reason="needs the right to make PID namespaces (root, unshare)"
)


class Apart:
    """Programs in PID namespaces of their own."""

    def __init__(self, bench):
        self._bench = bench
        self._processes = []

    def start(self, *command, mount=True):
        out = self._bench.folder / f"apart-{len(self._processes)}"
        with out.open("w") as output:
            process = subprocess.Popen(
                [*_UNSHARE, *(["--mount-proc"] if mount else []), sys.executable, *map(str, command)],
                cwd=self._bench.folder,
                stdout=output,
                stderr=output,
            )
        process.said = out.read_text
        self._processes.append(process)
        return process

    def close(self):
        for each in self._processes:
            each.kill()
            each.wait()


@pytest.fixture
def beyond(bench):
    made = Apart(bench)
    yield made
    made.close()


@apart
@pytest.mark.parametrize("mount", [True, False], ids=["its own /proc", "the outer /proc"])
def test_a_process_in_another_pid_namespace_is_not_taken_for_dead(bench, beyond, mount):
    gate = bench.gate("held")
    process = beyond.start(bench.write(STEPS), mount=mount)
    bench.feed.until_task("step-1")
    bench.feed.until_true(lambda: "at 1" in bench.log())
    assert bench.tend() == []
    inside = beyond.start("-m", "holdfast", "ls", mount=mount)
    assert inside.wait() == 0
    assert "Running" in inside.said()
    gate.open()
    assert process.wait() == 0, process.said()
    assert bench.state().is_completed()
    assert bench.ran == ["step 0", "step 1", "step 2", "step 3", "hook Completed"]


@apart
def test_workers_in_different_pid_namespaces_leave_each_other_alone(bench, beyond):
    bench.write("""
        import sys
        from holdfast import flow, suspend_flow_run

        @flow
        def main(number: int):
            suspend_flow_run()
            return number

        if __name__ == "__main__":
            for number in range(6):
                main(number, return_state=True)
    """)
    bench.run(bench.folder / "program.py")
    inside = beyond.start("-m", "holdfast", "worker", "--slots", "1")
    outside = bench.worker(slots=1)
    bench.feed.until_true(lambda: len(rows.workers(bench.db)) == 2)
    for run in queries.list_flow_runs(bench.db):
        actions.resume(bench.db, run.id, channel="python")
    bench.feed.until_state("Completed", nth=6)
    for _ in range(3):
        bench.tend()
    assert len(rows.workers(bench.db)) == 2
    assert inside.poll() is None
    assert "Traceback" not in inside.said()
    outside.signal(signal.SIGTERM)
    assert outside.wait() == 0, outside.err
    assert "Traceback" not in outside.err
    assert {each.executions for each in queries.list_flow_runs(bench.db)} == {2}


def test_a_process_is_of_its_own_place(bench):
    with bench.db.read():
        mine = liveness.register(bench.db, HostKind.WORKER)
    (found,) = [each for each in rows.list_all(bench.db) if each.id.hex == mine]
    assert liveness.is_here(found)
    assert liveness.is_alive(found)
    assert found.pid == os.getpid()
    assert found.lease_until.timestamp() > time.time()
