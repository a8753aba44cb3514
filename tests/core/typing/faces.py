"""What a type checker makes of the verbs that are called in sync code and awaited in async code. Checked, not run."""

from __future__ import annotations

from typing import Any, assert_type
from uuid import UUID

from pydantic import BaseModel

from holdfast import (
    State,
    cancel_flow_run,
    checkpoint,
    get_events,
    get_flow_run,
    get_logs,
    get_messages,
    get_task_runs,
    get_waits,
    list_flow_runs,
    pause_flow_run,
    resume_flow_run,
    retry_flow_run,
    run_deployment,
    suspend_flow_run,
    wait_for_flow_run,
)
from holdfast.input import InputReceiver, ReceivedInput, RunInput, keyset_from_base_key, receive_input, send_input
from holdfast.records import Event, FlowRun, Log, Message, TaskRun, Wait


class Approval(RunInput):
    approved: bool


class Plain(BaseModel):
    number: int


KEYSET = keyset_from_base_key("key")
RUN = UUID(int=0)


async def awaited() -> None:
    assert_type(await pause_flow_run(), None)
    assert_type(await pause_flow_run(timeout=None, key="a"), None)
    assert_type(await pause_flow_run(wait_for_input=Approval), Approval)
    assert_type(await pause_flow_run(Approval.with_initial_data(approved=True), timeout=5), Approval)
    assert_type(await pause_flow_run(wait_for_input=Plain), Plain)
    assert_type(await pause_flow_run(wait_for_input=int), int)
    assert_type(await pause_flow_run(wait_for_input=list[str]), list[str])
    assert_type(await pause_flow_run(wait_for_input=int | None), Any)
    assert_type(await pause_flow_run(flow_run_id=RUN), State)
    assert_type(await suspend_flow_run(), None)
    assert_type(await suspend_flow_run(wait_for_input=Approval), Approval)
    assert_type(await suspend_flow_run(wait_for_input=int), int)
    assert_type(await suspend_flow_run(flow_run_id="name"), State)
    assert_type(await resume_flow_run(RUN, {"approved": True}), Wait | State)
    assert_type(await cancel_flow_run(RUN), State)
    assert_type(await retry_flow_run(RUN), State)
    assert_type(await checkpoint(), None)
    assert_type(await run_deployment("a/b"), FlowRun)
    assert_type(await wait_for_flow_run(RUN), FlowRun)
    assert_type(await get_flow_run(RUN), FlowRun)
    assert_type(await list_flow_runs(limit=3), list[FlowRun])
    assert_type(await get_task_runs(RUN), list[TaskRun])
    assert_type(await get_events(RUN), list[Event])
    assert_type(await get_logs(RUN), list[Log])
    assert_type(await get_waits(RUN), list[Wait])
    assert_type(await get_messages(RUN), list[Message])


async def awaited_messages() -> None:
    assert_type(await send_input(3, RUN), None)
    assert_type(await Approval(approved=True).send_to(RUN), None)
    assert_type(await Approval.save(KEYSET), None)
    assert_type(await Approval.load(KEYSET), Approval)
    assert_type(await receive_input(int).next(), int)
    assert_type(await receive_input(Plain, with_metadata=True).next(), ReceivedInput[Plain])
    assert_type(await receive_input(Approval, with_metadata=True).next(), Approval)
    assert_type(await Approval.receive().next(), Approval)
    async for approval in Approval.receive():
        assert_type(approval, Approval)
        assert_type(await approval.respond(1), None)


def called() -> Plain:
    approval: Approval = pause_flow_run(wait_for_input=Approval)
    number: int = suspend_flow_run(wait_for_input=int)
    pause_flow_run(timeout=number)
    run: FlowRun = get_flow_run(RUN)
    assert_type(get_flow_run(RUN).name, str)
    assert_type(wait_for_flow_run(run.id).state, State)
    assert_type(run_deployment("a/b", timeout=0).state, State)
    assert_type(cancel_flow_run(RUN).is_final(), bool)
    assert_type([each.task_name for each in get_task_runs(RUN)], list[str])
    runs: list[FlowRun] = list_flow_runs(states=["paused"])
    assert_type(receive_input(int), InputReceiver[int])
    for each in receive_input(str, timeout=len(runs)):
        assert_type(each, str)
    saved: Approval = Approval.load(KEYSET)
    checkpoint()
    return pause_flow_run(wait_for_input=Plain, key=str(approval == saved))


wait_for_flow_run(RUN, [1])  # type: ignore[arg-type]
get_flow_run(RUN).no_such_field  # type: ignore[attr-defined]  # noqa: B018
