"""A process that has lost its run: whatever it does next of the run leaves the code, and nothing of it is recorded."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from holdfast import (
    checkpoint,
    flow,
    get_run_logger,
    pause_flow_run,
    run_deployment,
    suspend_flow_run,
    task,
)
from holdfast.context import get_run_context
from holdfast.exceptions import FlowRunLost, LostUnwind
from holdfast.input import receive_input, send_input
from holdfast.store import database, queries
from holdfast.store.sqlite.driver import SqliteConnection


def take_over(db: database.Database | None = None) -> None:
    """Have another process own every run that executes."""
    with (db or database.default()).write() as connection:
        assert isinstance(connection, SqliteConnection)
        connection.execute("UPDATE flow_run SET executions = executions + 1 WHERE host_id IS NOT NULL")


def everything() -> list[Any]:
    """All rows of what a run writes."""
    with database.default().read() as connection:
        assert isinstance(connection, SqliteConnection)
        return [
            connection.execute(f"SELECT * FROM {table}").fetchall()
            for table in ("event", "log", "task_run", "wait", "message", "receipt", "listener", "result", "flow_run")
        ]


@task
def step(value: int = 1) -> int:
    return value


@task
def step_that_loses() -> None:
    take_over()
    seen.append(everything())


@task(retries=1)
def failing_step_that_loses() -> None:
    step_that_loses.fn()
    raise ValueError


@flow
def child() -> int:
    return step()


@flow
def child_that_loses() -> None:
    step_that_loses.fn()


seen: list[Any] = []

WAYS: dict[str, Callable[[], Any]] = {
    "task": step,
    "submitted task": lambda: step.submit().result(),
    "mapped task": lambda: step.map([1, 2]).result(),
    "end of a task": step_that_loses,
    "end of a submitted task": lambda: step_that_loses.submit().result(),
    "retry of a task": failing_step_that_loses,
    "child flow": child,
    "end of a child flow": child_that_loses,
    "log": lambda: get_run_logger().info("hello"),
    "print": lambda: print("hello"),
    "checkpoint": checkpoint,
    "pause": lambda: pause_flow_run(timeout=1),
    "pause for input": lambda: pause_flow_run(wait_for_input=int, timeout=1),
    "suspend": lambda: suspend_flow_run(timeout=1),
    "receive": lambda: receive_input(int, timeout=1).next(),
    "send": lambda: send_input(3, flow_run_id=str(get_run_context().flow_run_id)),
    "end": lambda: None,
    "failure": lambda: [][1],
}


def lose_now() -> None:
    if not seen:
        take_over()
        seen.append(everything())


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("swallows", [False, True], ids=["", "swallowed"])
def test_whatever_a_process_does_of_a_run_that_it_lost_is_not_recorded(way: str, swallows: bool) -> None:
    seen.clear()
    hooks: list[Any] = []

    @flow(log_prints=True, on_completion=[lambda *_: hooks.append(1)], on_failure=[lambda *_: hooks.append(2)],
          on_crashed=[lambda *_: hooks.append(3)])  # fmt: skip
    def main() -> Any:
        step(0)
        if "loses" not in getattr(WAYS[way], "__name__", "") and "end of a submitted" not in way:
            lose_now()
        if not swallows:
            return WAYS[way]()
        with suppress(BaseException):  # what careless code does
            WAYS[way]()
        return step(5)

    with pytest.raises(FlowRunLost) as raised:
        main()
    assert raised.value.exit_status == 1
    assert everything() == seen[0]
    assert hooks == []


@pytest.mark.parametrize("way", ["pause", "pause for input", "suspend", "task", "gather"])
def test_an_async_flow_leaves_a_run_that_it_lost(call: Any, way: str) -> None:
    seen.clear()

    @task
    async def astep() -> int:
        return 1

    @flow
    async def main() -> Any:
        lose_now()
        if way == "task":
            return await astep()
        if way == "gather":
            return await asyncio.gather(astep(), astep(), return_exceptions=True)
        if way == "suspend":
            return await suspend_flow_run(timeout=1)
        return await pause_flow_run(wait_for_input=int if "input" in way else None, timeout=1)

    with pytest.raises(FlowRunLost):
        call(main)
    assert everything() == seen[0]


def test_a_lost_run_says_so_in_one_line_on_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    @flow
    def main() -> None:
        take_over()
        step()

    state = main(return_state=True)
    assert state.is_crashed()
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    assert lines[0].endswith("was taken over by another process; nothing more is recorded here.")


def test_a_run_that_is_lost_while_it_waits_leaves_its_code(the_pause: threading.Event) -> None:
    @flow
    def main() -> None:
        pause_flow_run(wait_for_input=int)

    with pytest.raises(FlowRunLost):
        main()
    assert the_pause.wait(30)


@pytest.fixture
def the_pause(feed: Any) -> Any:
    """Takes the run over as soon as it is paused, with an event as every settling has one."""
    done = threading.Event()

    def act() -> None:
        feed.until_state("Paused")
        with database.default().write() as connection:
            assert isinstance(connection, SqliteConnection)
            connection.execute("UPDATE flow_run SET executions = executions + 1 WHERE host_id IS NOT NULL")
            connection.execute(
                "INSERT INTO event (flow_run_id, kind, after, at, actor)"
                " SELECT id, 'state', 'Crashed', 1, 'x' FROM flow_run"
            )
        done.set()

    thread = threading.Thread(target=act)
    thread.start()
    yield done
    thread.join()


@pytest.mark.slow
def test_an_answer_is_not_accepted_by_a_process_that_lost_the_run(feed: Any) -> None:
    from holdfast import resume_flow_run

    @flow
    def main() -> None:
        pause_flow_run(wait_for_input=int)

    def act() -> None:
        run = feed.until("opened").flow_run_id
        take_over()
        resume_flow_run(run, 3)

    thread = threading.Thread(target=act)
    thread.start()
    with pytest.raises(FlowRunLost):
        main()
    thread.join()
    (run,) = queries.list_flow_runs(database.default())
    (wait,) = queries.get_waits(database.default(), run.id)
    assert wait.status == "open"
    assert wait.answer is not None


def test_decisions_of_other_runs_are_committed_though_one_was_lost() -> None:
    db = database.default()

    def refuse(connection: Any) -> Any:
        raise LostUnwind

    lost, other = db.group.add(refuse), db.group.add(lambda connection: 7)
    with pytest.raises(LostUnwind):
        db.group.settle(lost)
    assert other.settled
    assert other.outcome() == 7


def test_a_hook_of_a_run_that_has_ended_still_logs() -> None:
    def tell(flow: Any, run: Any, state: Any) -> None:
        get_run_logger().info("told")

    @flow(on_completion=[tell])
    def main() -> None:
        pass

    main()
    (run,) = queries.list_flow_runs(database.default())
    assert [each.message for each in queries.get_logs(database.default(), run.id)] == ["told"]


def test_a_flow_that_yields_leaves_a_run_that_it_lost() -> None:
    @flow
    def main() -> Any:
        yield 1
        lose_now()
        yield step()

    seen.clear()
    with pytest.raises(FlowRunLost):
        list(main())
    assert everything() == seen[0]


def test_a_line_of_a_thread_of_the_users_own_is_dropped_when_the_run_was_lost(
    capsys: pytest.CaptureFixture[str],
) -> None:
    @flow
    def main() -> None:
        logger = get_run_logger()
        take_over()
        thread = threading.Thread(target=lambda: logger.info("late"))
        thread.start()
        thread.join()

    main(return_state=True)
    (run,) = queries.list_flow_runs(database.default())
    assert queries.get_logs(database.default(), run.id) == []
    assert "Traceback" not in capsys.readouterr().err


def test_nothing_is_kept_of_runs_that_have_ended() -> None:
    @flow
    def main() -> None:
        child()

    for _ in range(3):
        main()
    assert len(database.default().fences) == 0


def test_a_lost_run_starts_no_run_of_a_deployment() -> None:
    @flow
    def main() -> None:
        take_over()
        run_deployment("child/again", timeout=0)

    child.to_deployment("again").apply()
    with pytest.raises(FlowRunLost):
        main()
    assert [each.flow_name for each in queries.list_flow_runs(database.default())] == ["main"]
