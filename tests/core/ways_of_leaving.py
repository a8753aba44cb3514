"""Ways of swallowing what makes code leave."""

import asyncio
import contextlib

import pytest

from holdfast import (
    flow,
    pause_flow_run,
    suspend_flow_run,
    task,
)
from holdfast.store import queries

ran: list[str] = []
"""What the tasks have done that are called after their run was told to leave."""


@pytest.fixture(autouse=True)
def nothing_ran():
    ran.clear()


def asks(how):
    """Come to a point where the run is told to leave: it suspends itself, or waits until somebody tells it."""
    ask = suspend_flow_run if how == "suspend" else pause_flow_run
    return ask(wait_for_input=bool, timeout=None)


@task
def work():
    ran.append("work")


@flow
def asking_child(how):
    with contextlib.suppress(BaseException):
        asks(how)
    return "went on"


async def gather(ask):
    return repr(await asyncio.gather(ask(), return_exceptions=True))


async def wait(ask):
    done, _ = await asyncio.wait([asyncio.ensure_future(ask())])
    return repr([each.exception() for each in done])


def root_of(db):
    (found,) = [each for each in queries.list_flow_runs(db) if each.parent_id is None]
    return found
