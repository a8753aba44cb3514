"""Flows for Prefect find here what they import, and the table of what is the same leaves out no setting."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from holdfast import deployments, flows, tasks

README = Path(__file__).parents[2] / "core" / "README.md"
OPTIONS = {**flows.FlowOptions.__annotations__, **tasks.TaskOptions.__annotations__} | {
    **deployments.DeploymentOptions.__annotations__
}


def names_in_the_table():
    table = README.read_text().partition("| the same | |")[2].partition("| different on purpose")[0]
    return sorted(set(re.findall(r"`([^`]+)`", table)) - {"+", "-"})


def test_the_table_has_every_setting():
    assert set(OPTIONS) - {"limit", "timezone", "catch_up"} <= set(names_in_the_table())


@pytest.mark.parametrize(
    "statement",
    [
        "from prefect import allow_failure, flow, get_run_logger, serve, State, tags, task, unmapped",
        "from prefect.cache_policies import DEFAULT, INPUTS, NO_CACHE, RUN_ID, TASK_SOURCE",
        "from prefect.context import get_run_context, tags",
        "from prefect.deployments import run_deployment, serve",
        "from prefect.exceptions import CancelledRun, CrashedRun, FailedRun, MissingResult, PausedRun",
        "from prefect.flow_runs import pause_flow_run, resume_flow_run, suspend_flow_run, wait_for_flow_run",
        "from prefect.futures import as_completed, wait",
        "from prefect.input import RunInput, receive_input, send_input",
        "from prefect.logging import get_run_logger",
        "from prefect.runtime import deployment, flow_run, task_run",
        "from prefect.schedules import Cron, Interval, RRule",
        "from prefect.states import Cancelled, Completed, Failed, Paused, Pending, Running",
        "from prefect.task_runners import ProcessPoolTaskRunner, TaskRunner, ThreadPoolTaskRunner",
        "from prefect.tasks import Task, exponential_backoff, task",
        "from prefect.flows import Flow, flow",
    ],
)
def test_the_import_is_changed_and_nothing_else(statement):
    exec(statement.replace("prefect", "holdfast"), {})
