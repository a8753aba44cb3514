"""What a run did while an earlier version of Holdfast executed it is found again, by the digest of that version."""

from __future__ import annotations

from decimal import Decimal

import pytest

from holdfast import (
    flow,
    get_messages,
    get_task_runs,
    list_flow_runs,
    run_deployment,
    task,
)
from holdfast.context import get_run_context
from holdfast.engine.code import call_identity
from holdfast.engine.stored_values.earlier_digests import earlier_digest
from holdfast.input import send_input

GIVEN = (1, Decimal("1.10"))
"""What is no JSON: the digest of JSON has always been the same."""


@flow
def called(given: tuple[int, Decimal]):
    return given


@pytest.fixture
def twice(call, monkeypatch):
    """Do something in a run, and once more when it executes again; the first time by the digest of earlier versions."""

    def play(deed):
        tries = []

        @flow(retries=1)
        def main():
            tries.append(1)
            with monkeypatch.context() as earlier:
                if len(tries) == 1:
                    earlier.setattr(call_identity, "digest", earlier_digest)
                deed()
            if len(tries) == 1:
                raise ZeroDivisionError

        call(main)
        assert len(tries) == 2

    return play


def test_a_task_is_not_called_again(twice, the_run):
    @task
    def step(given):
        made.append(given)

    made = []
    twice(lambda: (step(GIVEN), step(GIVEN)))
    assert made == [GIVEN, GIVEN]
    assert [each.reused for each in get_task_runs(the_run().id)] == [1, 1]


def test_a_child_flow_is_not_called_again(twice):
    @flow
    def child(given):
        made.append(given)

    made = []
    twice(lambda: child(GIVEN))
    assert made == [GIVEN]


def test_a_message_is_not_sent_again(twice, the_run):
    def send():
        for _ in range(2):
            send_input(GIVEN[1], get_run_context().flow_run_id, key_prefix="amounts")

    twice(send)
    assert len(get_messages(the_run().id)) == 2


@pytest.mark.parametrize("as_subflow", [True, False], ids=["as a child", "on its own"])
def test_a_run_of_a_deployment_is_not_started_again(twice, as_subflow):
    called.to_deployment("d").apply()
    twice(lambda: run_deployment("called/d", {"given": GIVEN}, timeout=0, as_subflow=as_subflow))
    assert len(list_flow_runs(flow_name="called")) == 1
