"""A run's log holds what its logger was given, whatever the application makes of its own logging."""

from __future__ import annotations

import logging
import logging.config
import threading

import pytest

from holdfast import flow, get_run_logger, pause_flow_run, task
from holdfast.logging import TASK_RUNS
from holdfast.store import queries

OURS = ("holdfast", "holdfast.flow_runs", "holdfast.task_runs")


@pytest.fixture(autouse=True)
def logging_as_it_was(monkeypatch):
    """What a test configures is taken back; pytest's own handlers stay out of it."""
    others = [each for each in logging.root.manager.loggerDict.values() if isinstance(each, logging.Logger)]
    loggers = [logging.getLogger(), *map(logging.getLogger, OURS), *others]
    monkeypatch.setattr(logging.root, "handlers", list(logging.root.handlers))
    before = [(each, each.level, each.handlers[:], each.filters[:], each.disabled, each.propagate) for each in loggers]
    factory, kind = logging.getLogRecordFactory(), logging.getLoggerClass()
    yield
    for each, level, handlers, filters, disabled, propagate in before:
        each.setLevel(level)
        each.handlers, each.filters, each.disabled, each.propagate = handlers, filters, disabled, propagate
    logging.setLogRecordFactory(factory)
    logging.setLoggerClass(kind)
    logging.disable(logging.NOTSET)
    logging.captureWarnings(False)


class Other(logging.Logger):
    """A logger that does nothing of what the usual one does."""

    def handle(self, record):
        raise AssertionError

    def _log(self, *args, **kwargs):
        raise AssertionError


def file_config(path):
    path.write_text(
        "[loggers]\nkeys=root\n[handlers]\nkeys=\n[formatters]\nkeys=\n[logger_root]\nlevel=ERROR\nhandlers=\n"
    )
    logging.config.fileConfig(path)


def each_of_ours(act):
    for name in OURS:
        act(logging.getLogger(name))


def broken_factory(*args, **kwargs):
    record = logging.LogRecord(*args, **kwargs)
    record.request_id = "7"
    return record


CONFIGURATIONS = {
    "dictConfig": lambda _: logging.config.dictConfig({"version": 1}),
    "dictConfig with levels": lambda _: logging.config.dictConfig(
        {"version": 1, "root": {"level": "CRITICAL"}, "loggers": {name: {"level": "ERROR"} for name in OURS}}
    ),
    "fileConfig": file_config,
    "disable": lambda _: logging.disable(logging.CRITICAL),
    "root level": lambda _: logging.getLogger().setLevel(logging.CRITICAL),
    "every level": lambda _: each_of_ours(lambda logger: logger.setLevel(logging.CRITICAL)),
    "no propagation": lambda _: each_of_ours(lambda logger: setattr(logger, "propagate", False)),
    "disabled": lambda _: each_of_ours(lambda logger: setattr(logger, "disabled", True)),
    "no handlers": lambda _: each_of_ours(lambda logger: logger.handlers.clear()),
    "shutdown": lambda _: logging.shutdown(),
    "logger class": lambda _: logging.setLoggerClass(Other),
    "record factory": lambda _: logging.setLogRecordFactory(broken_factory),
    "basicConfig": lambda _: logging.basicConfig(level=logging.ERROR, force=True),
    "captured warnings": lambda _: logging.captureWarnings(True),
    "nothing": lambda _: None,
}
every = pytest.mark.parametrize("configure", CONFIGURATIONS.values(), ids=CONFIGURATIONS)


@pytest.fixture
def lines(db, the_run):
    """The messages in the log of the only run."""
    return lambda: [each.message for each in queries.get_logs(db, the_run().id)]


@every
@pytest.mark.parametrize("when", ["before", "within"])
def test_flows_tasks_and_threads_log_as_ever(call, lines, tmp_path, configure, when):
    @task
    def step():
        get_run_logger().info("task")

    @flow
    def logs():
        own = get_run_logger()
        own.info("before")
        if when == "within":
            configure(tmp_path / "logging.ini")
        own.info("own")
        get_run_logger().warning("again")
        step()
        step.submit().result()
        thread = threading.Thread(target=own.error, args=("thread",))
        thread.start()
        thread.join()

    if when == "before":
        configure(tmp_path / "logging.ini")
    call(logs)
    assert lines() == ["before", "own", "again", "task", "task", "thread"]


@pytest.mark.parametrize("name", sorted(set(CONFIGURATIONS) - {"dictConfig with levels", "every level"}))
def test_how_to_resume_is_still_told_on_the_terminal(start, person, the_run, capsys, tmp_path, name):
    configure = CONFIGURATIONS[name]

    @flow
    def asks():
        configure(tmp_path / "logging.ini")
        return pause_flow_run(wait_for_input=str)

    person.answers("yes")
    assert start(asks).result() == "yes"
    assert f"holdfast resume {the_run().name}" in capsys.readouterr().err


def test_a_higher_level_of_the_logger_quietens_the_terminal_alone(call, lines, capsys):
    @flow
    def logs():
        get_run_logger().info("Hello")

    logging.getLogger("holdfast").setLevel(logging.WARNING)
    call(logs)
    assert lines() == ["Hello"]
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("name", ["holdfast", "holdfast.flow_runs"])
def test_a_lower_level_of_the_logger_brings_more(call, lines, capsys, name):
    @flow
    def logs():
        get_run_logger().debug("psst")

    logging.getLogger(name).setLevel(logging.DEBUG)
    call(logs)
    assert lines() == ["psst"]
    assert "psst" in capsys.readouterr().err


def test_extra_fields_reach_handlers_of_the_applications_and_not_those_of_the_engine(call, lines):
    heard = []

    class Handler(logging.Handler):
        def emit(self, record):
            heard.append(record)

    @flow
    def logs():
        get_run_logger().info("Hello", extra={"customer": 7})
        get_run_logger().info("again", extra=None)

    logging.getLogger("holdfast").addHandler(Handler())
    call(logs)
    assert lines() == ["Hello", "again"]
    assert heard[0].customer == 7
    assert all(isinstance(value, str | int | float | tuple | None) for value in vars(heard[0]).values())


def test_a_filter_on_the_runs_logger_changes_what_is_kept(call, lines):
    def redact(record):
        record.msg, record.args = record.getMessage().replace("1234", "****"), ()
        return True

    @flow
    def logs():
        get_run_logger().info("card %s", "1234")

    logging.getLogger("holdfast.flow_runs").addFilter(redact)
    call(logs)
    assert lines() == ["card ****"]


def test_a_line_that_cannot_be_formatted_is_kept_as_it_was_given(call, lines, capsys):
    class Unwilling:
        def __str__(self):
            raise ZeroDivisionError

        __repr__ = __str__

    @flow
    def logs():
        get_run_logger().info("%d of %s", "one", 2)
        get_run_logger().info("%s", Unwilling())

    call(logs)
    first, second = lines()
    assert first.startswith("A log line cannot be formatted: TypeError")
    assert first.endswith("'%d of %s' with ('one', 2)")
    assert second == "A log line cannot be formatted: ZeroDivisionError"
    assert "Traceback" not in capsys.readouterr().err


def test_a_line_that_cannot_be_stored_is_told_in_a_sentence(call, capsys, monkeypatch):
    from holdfast.store import log_writing

    def fail(*args, **kwargs):
        raise OSError("disk \x1b[2J gone")

    @flow(log_prints=True)
    def both():
        get_run_logger().info("Hello")
        print("printed")

    monkeypatch.setattr(log_writing, "append", fail)
    call(both)
    err = capsys.readouterr().err
    assert err.count("could not be stored: OSError: disk ␛[2J gone") == 2
    assert "Traceback" not in err


@pytest.mark.parametrize("kind", ["none", "closed", "ascii"])
def test_a_terminal_that_takes_no_text_ends_nothing(call, lines, monkeypatch, tmp_path, kind):
    @flow
    def logs():
        get_run_logger().info("Zürich")

    with (tmp_path / "terminal").open("w", encoding="ascii") as stream:
        if kind == "closed":
            stream.close()
        monkeypatch.setattr("sys.stderr", None if kind == "none" else stream)
        call(logs)
    assert lines() == ["Zürich"]


def test_the_callers_place_is_that_of_the_users_code(call):
    places = []

    class Handler(logging.Handler):
        def emit(self, record):
            places.append((record.filename, record.funcName))

    @task
    def step():
        get_run_logger().info("Hello")

    @flow
    def logs():
        step()

    logging.getLogger(TASK_RUNS).addHandler(Handler())
    call(logs)
    assert places == [("test_logging_configured.py", "step")]
