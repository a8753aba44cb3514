"""Messages between processes: woken at once, kept while nobody runs, received again in the same order."""

import asyncio
import os
import signal

import pytest

from holdfast import get_flow_run, get_waits, pause_flow_run, suspend_flow_run
from holdfast.exceptions import NotRunningError
from holdfast.input import receive_input, send_input
from holdfast.store import queries

LISTENS = {
    "sync": """
        from helpers import note
        from holdfast import flow
        from holdfast.input import receive_input

        @flow
        def listens():
            got = []
            for number in receive_input(int, timeout=None):
                note("got", number)
                got.append(number)
                if number == 0:
                    return got

        if __name__ == "__main__":
            listens()
    """,
    "async": """
        import asyncio
        from helpers import note
        from holdfast import flow
        from holdfast.input import receive_input

        @flow
        async def listens():
            got = []
            async for number in receive_input(int, timeout=None):
                note("got", number)
                got.append(number)
                if number == 0:
                    return got

        if __name__ == "__main__":
            asyncio.run(listens())
    """,
}
both = pytest.mark.parametrize("kind", ["sync", "async"])


@pytest.fixture
def listening(bench):
    """A run that waits for numbers in another process: the process, and the run's id."""

    def start(kind):
        process = bench.start(bench.write(LISTENS[kind]))
        return process, bench.feed.until("listening").flow_run_id

    return start


@both
def test_messages_reach_a_run_in_another_process_in_order(bench, listening, kind):
    process, run_id = listening(kind)
    for number in (3, 1, 2, 0):
        send_input(number, run_id)
    assert process.wait() == 0
    assert bench.result() == [3, 1, 2, 0]


@both
def test_a_waiting_run_in_another_process_wakes_at_each_message(bench, listening, kind):
    process, run_id = listening(kind)
    for nth, number in enumerate((3, 1, 0), start=2):
        send_input(number, run_id)
        bench.feed.until("received", nth=nth - 1)
        if number:
            bench.feed.until("listening", nth=nth)
    assert process.wait() == 0


def test_a_run_that_waits_for_messages_is_running_and_shows_for_what(bench, listening):
    _, run_id = listening("sync")
    assert get_flow_run(run_id).state.name == "Running"
    (wait,) = get_waits(run_id)
    assert (wait.key, wait.channel is not None, wait.schema["properties"]["value"]["type"]) == ("int", True, "integer")
    assert queries.inbox(bench.db) == [wait]
    assert queries.count_open_waits(bench.db) == 1


@both
def test_suspending_takes_hold_while_a_run_waits_and_messages_are_kept_for_it(bench, listening, kind):
    process, run_id = listening(kind)
    send_input(5, run_id)
    bench.feed.until("listening", nth=2)
    suspend_flow_run(flow_run_id=run_id)
    assert process.wait() == 0
    assert get_flow_run(run_id).state.name == "Suspended"
    assert get_waits(run_id) == []
    for number in (4, 0):
        send_input(number, run_id)
    bench.resume()
    bench.work()
    assert bench.result() == [5, 4, 0]
    assert bench.ran == ["got 5", "got 5", "got 4", "got 0"]


@both
def test_pausing_takes_hold_while_a_run_waits(bench, listening, kind):
    process, run_id = listening(kind)
    pause_flow_run(flow_run_id=run_id)
    bench.feed.until_state("Paused")
    assert get_waits(run_id) == []
    send_input(0, run_id)
    bench.resume()
    assert process.wait() == 0
    assert bench.result() == [0]


@both
def test_cancelling_takes_hold_while_a_run_waits(bench, listening, kind):
    process, run_id = listening(kind)
    from holdfast import cancel_flow_run

    cancel_flow_run(run_id)
    process.wait()
    assert get_flow_run(run_id).state.name == "Cancelled"
    assert get_waits(run_id) == []
    with pytest.raises(NotRunningError):
        send_input(1, run_id)


@both
def test_a_killed_run_receives_the_same_again_when_it_is_retried(bench, listening, kind):
    process, run_id = listening(kind)
    for nth, number in enumerate((2, 1), start=2):
        send_input(number, run_id)
        bench.feed.until("listening", nth=nth)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    bench.tend()
    assert get_flow_run(run_id).state.name == "Crashed"
    assert get_waits(run_id) == []
    bench.retry()
    send_input(0, run_id)
    bench.work()
    assert bench.result() == [2, 1, 0]


def test_messages_from_many_processes_are_received_once_each(bench, listening):
    process, run_id = listening("sync")
    source = """
        import sys
        from holdfast.input import send_input

        for number in range(25):
            send_input(int(sys.argv[1]) + number, sys.argv[2])
    """
    path = bench.write(source, name="sender.py")
    senders = [bench.start(path, str(first), str(run_id)) for first in (100, 200, 300)]
    assert [each.wait() for each in senders] == [0, 0, 0]
    send_input(0, run_id)
    assert process.wait() == 0
    received = bench.result()
    assert sorted(received) == [0, *range(100, 125), *range(200, 225), *range(300, 325)]
    for first in (100, 200, 300):
        assert [each for each in received if first <= each < first + 100] == list(range(first, first + 25))


def test_a_run_whose_worker_process_is_killed_receives_the_same_again(bench):
    bench.write("""
        from holdfast import flow, suspend_flow_run
        from holdfast.input import receive_input

        @flow
        def listens():
            suspend_flow_run()
            got = []
            for number in receive_input(int, timeout=None):
                got.append(number)
                if number == 0:
                    return got

        if __name__ == "__main__":
            listens()
    """)
    bench.run(bench.folder / "program.py")
    run_id = bench.root().id
    bench.worker()
    bench.resume()
    for nth, number in enumerate((2, 1), start=1):
        bench.feed.until("listening", nth=nth)
        send_input(number, run_id)
    bench.feed.until("listening", nth=3)
    os.kill(bench.host().pid, signal.SIGKILL)
    bench.feed.until("listening", nth=4)
    assert len(get_waits(run_id)) == 2  # the suspension, and one listener: the one that died is gone
    send_input(0, run_id)
    bench.feed.until_state("Completed")
    assert bench.result() == [2, 1, 0]


def test_a_task_that_receives_leaves_when_its_flow_suspends_and_receives_again(bench):
    bench.write("""
        from helpers import note, pass_gate
        from holdfast import flow, suspend_flow_run, task
        from holdfast.input import receive_input

        @task
        def receives():
            receiver = receive_input(int, timeout=None)
            first = receiver.next()
            note("first", first)
            return first, receiver.next()

        @flow
        def main():
            future = receives.submit()
            pass_gate("held")
            suspend_flow_run(key="go")
            return list(future.result())

        if __name__ == "__main__":
            main()
    """)
    gate = bench.gate("held")
    process = bench.start(bench.folder / "program.py")
    run_id = bench.feed.until("listening").flow_run_id
    send_input(3, run_id)
    bench.feed.until("listening", nth=2)
    gate.open()
    assert process.wait() == 0
    assert get_flow_run(run_id).state.name == "Suspended"
    send_input(4, run_id)
    gate.open()
    bench.answer_and_work(key="go")
    assert bench.result() == [3, 4]
    assert bench.ran == ["first 3", "first 3"]


SILENCE = """
from helpers import note
from holdfast import flow, suspend_flow_run, task
from holdfast.input import receive_input, send_input
from holdfast.context import get_run_context

@task
def tells(number):
    note("tells", number)
    send_input(number, get_run_context().flow_run.flow_run_id)

@flow
def main():
    here = get_run_context().flow_run_id
    send_input(1, here)
    tells(2)
    first = list(receive_input(int, timeout=0))
    again = receive_input(int, timeout=0)
    second = [again.next()]
    suspend_flow_run()
    send_input(3, here)
    second += list(again)
    return first, second, list(receive_input(int, timeout=0))

if __name__ == "__main__":
    main()
"""
ASILENCE = (
    SILENCE.replace("def tells", "async def tells")
    .replace("def main", "async def main")
    .replace("    send_input", "    await send_input")
    .replace("    tells(", "    await tells(")
    .replace("again.next()", "await again.next()")
    .replace("    suspend_flow_run", "    await suspend_flow_run")
    .replace("list(receive_input(int, timeout=0))", "[each async for each in receive_input(int, timeout=0)]")
    .replace("list(again)", "[each async for each in again]")
    .replace("    main()", "    import asyncio; asyncio.run(main())")
)


@pytest.mark.parametrize("source", [SILENCE, ASILENCE], ids=["sync", "async"])
def test_what_was_received_and_what_did_not_come_is_the_same_in_every_execution(bench, source):
    process = bench.run(bench.write(source))
    assert process.wait() == 0, process.err
    send_input(9, bench.root().id)
    bench.answer_and_work()
    assert bench.state().is_completed(), bench.log()
    # The first receiver had come to its end before the 9 was sent; what the run sent itself, it sent once.
    first, second, third = bench.result()
    assert (first, second, third) == ([1, 2], [1, 2, 9, 3], [1, 2, 9, 3])
    assert bench.ran == ["tells 2"]


def test_a_run_that_failed_for_want_of_a_message_waits_again_when_it_is_retried(bench):
    bench.write("""
        from holdfast import flow
        from holdfast.input import receive_input

        @flow
        def main():
            numbers = receive_input(int, timeout=0)
            return numbers.next()

        if __name__ == "__main__":
            main()
    """)
    bench.run(bench.folder / "program.py")
    assert bench.state().name == "Failed"
    bench.retry()
    send_input(7, bench.root().id)
    bench.work()
    assert bench.result() == 7


def test_a_script_sends_to_a_run_and_reads_its_answer(bench, listening):
    _, run_id = listening("sync")
    other = bench.write(
        f"""
        import sys
        from holdfast.input import receive_input, send_input

        send_input(0, "{run_id}")
        print(*receive_input(int, flow_run_id="{run_id}", timeout=None))
        """,
        name="other.py",
    )
    assert bench.run(other).out.split() == ["0"]
    assert bench.result() == [0]


def test_reading_from_outside_waits_for_another_process(bench, listening):
    _, run_id = listening("sync")

    async def read():
        receiver = receive_input(int, timeout=30, flow_run_id=run_id)
        sender = bench.write(f"from holdfast.input import send_input\nsend_input(6, '{run_id}')", name="sender.py")
        bench.start(sender)
        return await receiver.next()

    assert asyncio.run(read()) == 6
