"""Tracebacks that are logged and stored show the user's code."""

from __future__ import annotations

import pytest

from holdfast import flow, task
from holdfast.engine.drive.tracebacks import text_of
from holdfast.store import queries


@task
def broken(number):
    try:
        raise KeyError(number)
    except KeyError as error:
        raise ValueError("no luck") from error


@flow
def breaks():
    broken(1)


def test_engine_does_not_show_between_the_frames_of_the_user(db):
    with pytest.raises(ValueError, match="no luck"):
        breaks()
    run = queries.list_flow_runs(db)[0]
    for log in queries.get_logs(db, run.id):
        if "Traceback" in log.message:
            assert "holdfast/engine" not in log.message
            assert "in broken" in log.message
            assert "KeyError: 1" in log.message
            assert log.message.rstrip().endswith("ValueError: no luck")


def test_error_that_the_engine_raised_keeps_its_frames(db):
    with pytest.raises(Exception, match="not there") as found:
        queries.find_flow_run(db, "not there")
    error = found.value
    error.__traceback__ = error.__traceback__.tb_next
    assert "find_flow_run" in text_of(error)


def test_exceptions_of_a_group_are_shown_with_their_frames():
    def inner():
        raise ValueError("one")

    try:
        inner()
    except ValueError as error:
        text = text_of(ExceptionGroup("several", [error]))
    assert "in inner" in text
    assert "several" in text
