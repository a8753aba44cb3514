"""Logs: the run's own logger, prints, and threads."""

from __future__ import annotations

import asyncio
import io
import logging
import sys
import threading
from uuid import UUID

import pytest

from holdfast import flow, get_run_logger, task
from holdfast.annotations import quote
from holdfast.context import get_run_context
from holdfast.exceptions import OutsideFlowRun
from holdfast.store import queries


@flow
def says(text, **options):
    get_run_logger().info(text)


@flow
async def says_async(text, **options):
    get_run_logger().info(text)


@task
def says_in_task(text):
    get_run_logger().warning(text)


both = pytest.mark.parametrize("is_async", [False, True], ids=["sync", "async"])


@pytest.fixture
def lines(db, the_run):
    """The messages in the log of the only run."""
    return lambda: [each.message for each in queries.get_logs(db, the_run().id)]


@both
def test_a_flow_writes_to_its_runs_log(db, call, the_run, is_async):
    call(says_async if is_async else says, "Hello %s")
    (line,) = queries.get_logs(db, the_run().id)
    assert (line.message, line.level, line.flow_run_id, line.task_run_id) == ("Hello %s", 20, the_run().id, None)


def test_messages_are_formatted_as_by_the_standard_library(call, lines):
    @flow
    def formats():
        get_run_logger().info("%s of %d", "one", 2)

    call(formats)
    assert lines() == ["one of 2"]


def test_a_task_writes_to_its_runs_log_under_its_own_name(db, call, the_run):
    @flow
    def calls():
        says_in_task("Careful")
        says_in_task.submit("Again").result()

    call(calls)
    found = queries.get_logs(db, the_run().id)
    assert [(each.message, each.level) for each in found] == [("Careful", 30), ("Again", 30)]
    assert [each.task_run_id for each in found] == [each.id for each in queries.get_task_runs(db, the_run().id)]


def test_exceptions_are_logged_with_their_traceback(call, lines):
    @flow
    def handles():
        try:
            raise KeyError("gone")
        except KeyError:
            get_run_logger().exception("It broke")

    call(handles)
    (line,) = lines()
    assert line.startswith("It broke\nTraceback")
    assert "KeyError: 'gone'" in line


def test_debug_lines_are_left_out_by_default(call, lines):
    @flow
    def whispers():
        get_run_logger().debug("psst")

    call(whispers)
    assert lines() == []


def test_a_logger_works_from_any_thread(call, lines):
    @flow
    def starts_threads():
        logger = get_run_logger()
        threads = [threading.Thread(target=logger.info, args=(f"line {number}",)) for number in range(8)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()

    call(starts_threads)
    assert sorted(lines()) == [f"line {number}" for number in range(8)]


def test_in_a_thread_of_an_async_flow_the_logger_is_found(call, lines):
    @flow
    async def delegates():
        await asyncio.to_thread(lambda: get_run_logger().info("from a thread"))

    call(delegates)
    assert lines() == ["from a thread"]


def test_runs_at_once_each_write_to_their_own_log(db, call):
    @flow
    async def talks(name: str):
        for number in range(3):
            get_run_logger().info("%s %d", name, number)
            await asyncio.sleep(0)

    async def all_of_them():
        await asyncio.gather(*(talks(name) for name in "abc"))

    call(all_of_them)
    found = [[each.message for each in queries.get_logs(db, run.id)] for run in queries.list_flow_runs(db)]
    assert sorted(found) == [[f"{name} {number}" for number in range(3)] for name in "abc"]


def test_lines_also_go_to_the_terminal_with_the_runs_name(call, capsys, the_run):
    call(says, "Hello")
    (line,) = [each for each in capsys.readouterr().err.splitlines() if "Hello" in each]
    assert the_run().name in line
    assert "INFO" in line


def test_outside_a_run_there_is_no_logger():
    with pytest.raises(OutsideFlowRun, match="only inside a flow or task"):
        get_run_logger()


@pytest.mark.parametrize("text", ["ü 🎉", "\x1b[31mred", "a\nb", "\x00", "half a \ud83c", ""], ids=repr)
def test_a_line_may_say_anything(call, lines, monkeypatch, text):
    # Kept out of pytest's own capture, which cannot hand half a character from process to process.
    monkeypatch.setattr(logging.getLogger("holdfast"), "propagate", False)
    call(says, text)
    (line,) = lines()
    assert line == text.encode("utf-8", "backslashreplace").decode()


def test_a_log_that_cannot_be_written_does_not_end_the_flow(db, call, the_run, capsys, monkeypatch):
    from holdfast.store import log_writing

    def fail(*args, **kwargs):
        raise OSError("disk gone")

    monkeypatch.setattr(log_writing, "append", fail)
    call(says, "Hello")
    assert the_run().state.name == "Completed"


# Prints


def test_prints_go_to_the_log_and_to_the_terminal(db, call, capsys, the_run):
    @flow(log_prints=True)
    def prints():
        print("Hello", 1, sep="-")

    call(prints)
    (line,) = queries.get_logs(db, the_run().id)
    assert (line.message, line.level) == ("Hello-1", 20)
    assert capsys.readouterr().out == "Hello-1\n"


@both
def test_by_default_prints_stay_out_of_the_log(call, lines, capsys, is_async):
    @flow
    def prints():
        print("Hello")

    @flow
    async def prints_async():
        print("Hello")

    call(prints_async if is_async else prints)
    assert lines() == []
    assert capsys.readouterr().out == "Hello\n"


def test_prints_of_async_flows_go_to_the_log(call, lines):
    @flow(log_prints=True)
    async def prints():
        print("Hello")
        await asyncio.sleep(0)
        print("again")

    call(prints)
    assert lines() == ["Hello", "again"]


def test_tasks_of_a_flow_that_logs_prints_log_theirs(db, call, the_run):
    @task
    def prints():
        print("from the task")

    @flow(log_prints=True)
    def calls():
        prints()
        prints.submit().result()

    call(calls)
    assert [(each.message, each.task_run_id is None) for each in queries.get_logs(db, the_run().id)] == [
        ("from the task", False)
    ] * 2


def test_a_task_may_log_its_prints_by_itself(call, lines):
    @task(log_prints=True)
    def prints():
        print("from the task")

    @flow
    def calls():
        print("from the flow")
        prints()

    call(calls)
    assert lines() == ["from the task"]


def test_what_is_printed_to_a_file_stays_out_of_the_log(call, lines, tmp_path):
    @flow(log_prints=True)
    def prints():
        print("to stderr", file=sys.stderr)
        with (tmp_path / "file").open("w") as file:
            print("to a file", file=file)
        print("to stdout", file=sys.stdout)

    call(prints)
    assert lines() == ["to stderr", "to stdout"]
    assert (tmp_path / "file").read_text() == "to a file\n"


def test_a_printed_line_is_logged_with_its_end_but_for_blanks(call, lines, capsys):
    @flow(log_prints=True)
    def prints():
        print("a", "b", sep="/", end="!\n")
        print("no end", end="")
        print()

    call(prints)
    assert capsys.readouterr().out == "a/b!\nno end\n"
    assert lines() == ["a/b!", "no end", ""]


def test_afterwards_print_is_what_it_was(call):
    before = print

    @flow(log_prints=True)
    def fails():
        raise ZeroDivisionError

    call(fails, return_state=True)
    assert print is before


def test_prints_of_runs_at_once_go_each_to_its_own_log(db, call):
    @flow(log_prints=True)
    async def prints(name: str):
        for _ in range(3):
            print(name)
            await asyncio.sleep(0)

    async def all_of_them():
        await asyncio.gather(*(prints(name) for name in "abc"))

    call(all_of_them)
    found = [[each.message for each in queries.get_logs(db, run.id)] for run in queries.list_flow_runs(db)]
    assert sorted(found) == [[name] * 3 for name in "abc"]


def test_only_runs_that_log_their_prints_do_while_others_run_beside_them(db, call):
    @flow(log_prints=True)
    async def logs_prints():
        for _ in range(3):
            print("logged")
            await asyncio.sleep(0)

    @flow
    async def only_prints():
        for _ in range(3):
            print("printed")
            await asyncio.sleep(0)

    async def both_at_once():
        await asyncio.gather(logs_prints(), only_prints())

    call(both_at_once)
    found = {run.flow_name: len(queries.get_logs(db, run.id)) for run in queries.list_flow_runs(db)}
    assert found == {"logs-prints": 3, "only-prints": 0}


def test_other_loggers_are_left_alone(call, lines, caplog):
    @flow
    def logs_elsewhere():
        logging.getLogger("elsewhere").warning("not mine")

    call(logs_elsewhere)
    assert lines() == []
    assert "not mine" in caplog.text


@both
def test_a_handler_of_the_users_own_gets_what_runs_write(call, the_run, is_async):
    heard = []

    class Handler(logging.Handler):
        def emit(self, record):
            heard.append((record.name, record.levelname, record.getMessage()))

    @flow
    def calls():
        says_in_task("Careful")
        get_run_logger().info("Hello")

    @flow
    async def calls_async():
        says_in_task("Careful")
        get_run_logger().info("Hello")

    handler = Handler()
    logging.getLogger("holdfast").addHandler(handler)
    try:
        call(calls_async if is_async else calls)
    finally:
        logging.getLogger("holdfast").removeHandler(handler)
    assert heard == [
        ("holdfast.task_runs", "WARNING", "Careful"), ("holdfast.flow_runs", "INFO", "Hello"),
    ]  # fmt: skip


@pytest.fixture
def records():
    """The log records that a handler of the application's gets."""
    heard = []

    class Handler(logging.Handler):
        def emit(self, record):
            heard.append(record)

    handler = Handler()
    logging.getLogger("holdfast").addHandler(handler)
    yield heard
    logging.getLogger("holdfast").removeHandler(handler)


def test_a_record_says_of_which_run_flow_and_task_it_is(call, the_run, records):
    @task
    def step():
        get_run_logger().info("task")

    @flow
    def logs():
        get_run_logger().info("flow")
        step()

    call(logs)
    run = the_run()
    of_flow = {"flow_run_id": str(run.id), "flow_run_name": run.name, "flow_name": "logs"}
    in_flow, in_task = records
    assert of_flow.items() <= vars(in_flow).items()
    assert not hasattr(in_flow, "task_name")
    assert of_flow.items() <= vars(in_task).items()
    assert (in_task.task_name, in_task.task_run_name) == ("step", "step-1")
    assert UUID(in_task.task_run_id)


def test_a_record_of_a_task_outside_a_flow_has_no_run_of_a_flow(records):
    @task
    def step():
        get_run_logger().info("alone")

    step()
    (record,) = records
    assert (record.task_name, record.flow_run_id, record.flow_name) == ("step", None, None)


def test_a_logger_adds_what_it_is_made_with_to_its_records(call, records):
    @flow
    def logs():
        logger = get_run_logger(customer="ACME", flow_name="mine")
        logger.info("one")
        logger.info("two", extra={"customer": "other"})

    call(logs)
    assert [each.customer for each in records] == ["ACME", "other"]
    assert records[0].flow_name == "mine"


def test_a_logger_may_be_that_of_another_run(call, the_run, db):
    @task
    def step(of):
        get_run_logger(of).info("of the flow")

    @flow
    def logs():
        step(quote(get_run_context()))

    call(logs)
    (line,) = queries.get_logs(db, the_run().id)
    assert (line.message, line.task_run_id) == ("of the flow", None)


def test_a_logger_of_no_run_is_refused(call):
    with pytest.raises(TypeError, match=r"context is 5; it must be what get_run_context\(\) returns"):
        get_run_logger(5)


@both
def test_prints_reach_the_applications_handlers_once_and_say_where_they_are(call, records, capsys, is_async):
    @flow(log_prints=True)
    def says():
        print("100 %s", 1)

    @flow(log_prints=True)
    async def says_async():
        print("100 %s", 1)

    call(says_async if is_async else says)
    (record,) = records
    assert (record.name, record.levelname, record.getMessage()) == ("holdfast.flow_runs", "INFO", "100 %s 1")
    assert (record.filename, record.funcName) == ("test_logging.py", "says_async" if is_async else "says")
    assert capsys.readouterr().out.count("100 %s 1") == 1


def test_a_handler_that_prints_does_not_hear_itself(call, lines):
    class Handler(logging.Handler):
        def emit(self, record):
            print(f"heard {record.getMessage()}")

    handler = Handler()
    logging.getLogger("holdfast").addHandler(handler)

    @flow(log_prints=True)
    def says():
        print("hello")

    try:
        call(says)
    finally:
        logging.getLogger("holdfast").removeHandler(handler)
    assert lines() == ["hello", "heard hello"]


def test_where_output_is_captured_no_handler_logs_a_second_time(call, lines, records, capfd, monkeypatch):
    monkeypatch.setattr("holdfast.logging._has_terminal", False)  # as in a process of a worker's
    handlers = [logging.StreamHandler(sys.stderr), logging.StreamHandler(io.StringIO())]
    for each in handlers:
        logging.getLogger("holdfast").addHandler(each)

    @flow(log_prints=True)
    def says():
        print("printed")
        get_run_logger().info("logged")

    try:
        call(says)
    finally:
        for each in handlers:
            logging.getLogger("holdfast").removeHandler(each)
    assert lines() == [each.getMessage() for each in records] == ["printed", "logged"]
    assert handlers[1].stream.getvalue() == "printed\nlogged\n"
    assert capfd.readouterr().err == ""


# The terminal


HOSTILE = "\x1b]0;CHANGED\x07\x1b[2J\x9b31m\u202e\r"


def test_the_terminal_of_a_script_gets_no_control_sequences(script, feed, db, the_run):
    from holdfast.engine import actions

    program = script(
        """
        import sys
        from holdfast import flow, get_run_logger, pause_flow_run, task

        HOSTILE = "\\x1b]0;CHANGED\\x07\\x1b[2J\\x9b31m\\u202e\\r"

        @task(task_run_name=f"task {HOSTILE}", retries=1)
        def fails(name):
            raise ValueError(name)

        @flow(name=f"flow {HOSTILE}", flow_run_name=f"run {HOSTILE}")
        def greet():
            name = pause_flow_run(wait_for_input=str, timeout=None)
            log = get_run_logger()
            log.info("Hello %s", name)
            log.warning("fields", extra={"name_": name})
            try:
                fails(name)
            except ValueError:
                log.exception("It failed")
            raise RuntimeError(name)

        greet(return_state=True)
        """
    )
    feed.until_state("Paused")
    actions.resume(db, the_run().id, HOSTILE, channel="python")
    assert program.end() == 0, program.errors
    shown = program.errors
    assert "Hello ␛]0;CHANGED" in shown
    assert f"holdfast resume {the_run().id}" in shown
    assert not [each for each in shown if each != "\n" and not each.isprintable()]


def test_further_lines_of_a_record_do_not_look_like_records(call, capsys):
    @flow
    def forges():
        get_run_logger().info("first\n12:00:00 | INFO    | admin - second")

    call(forges)
    shown = [each for each in capsys.readouterr().err.splitlines() if "admin" in each]
    assert shown == ["  12:00:00 | INFO    | admin - second"]


def test_an_error_of_the_engine_is_harmless_however_it_is_printed():
    from holdfast.exceptions import AlreadyDecidedError

    assert str(AlreadyDecidedError(f"answered {HOSTILE}")) == "answered ␛]0;CHANGED␇␛[2J\ufffd31m\ufffd␍"
