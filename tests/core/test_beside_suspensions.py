"""A flow that suspends disturbs nothing beside it: its call raises an exception like any other."""

import asyncio
import pickle
import threading
from concurrent.futures import ThreadPoolExecutor

import anyio
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from holdfast import flow, suspend_flow_run
from holdfast.exceptions import FlowRunSuspended, HoldfastError, PausedRun
from holdfast.store import queries


@flow
def waits():
    suspend_flow_run(timeout=None)


@flow
async def waits_async():
    await suspend_flow_run(timeout=None)


@flow
async def works(beside):
    await beside.wait()
    return "ok"


def states(db):
    return {each.flow_name: each.state.name for each in queries.list_flow_runs(db)}


def test_flows_in_the_same_gathering_go_on(db, call):
    async def program():
        beside = asyncio.Event()

        async def first():
            try:
                await waits_async()
            finally:
                beside.set()

        return await asyncio.gather(first(), works(beside), return_exceptions=True)

    suspended, result = call(program)
    assert isinstance(suspended, FlowRunSuspended)
    assert not isinstance(suspended, SystemExit)
    assert result == "ok"
    assert states(db) == {"waits-async": "Suspended", "works": "Completed"}


@pytest.mark.parametrize("waiting", [waits, waits_async], ids=["sync", "async"])
def test_tasks_of_the_loop_go_on_though_nobody_awaits_the_flow(db, call, waiting, capsys):
    async def program():
        beside = asyncio.Event()

        async def background():
            result = waiting()
            await result

        left = asyncio.ensure_future(background())
        running = asyncio.ensure_future(works(beside))
        await asyncio.wait([left])
        del left
        beside.set()
        return await running

    assert call(program) == "ok"
    assert "Traceback" not in capsys.readouterr().err


@pytest.mark.parametrize("group", [asyncio.TaskGroup, anyio.create_task_group], ids=["asyncio", "anyio"])
def test_a_task_group_raises_it_in_its_group(call, group):
    async def program():
        async with group() as tasks:
            (tasks.create_task(waits_async()) if group is asyncio.TaskGroup else tasks.start_soon(waits_async))

    with pytest.raises(ExceptionGroup) as caught:
        call(program)
    assert caught.group_contains(FlowRunSuspended)


@pytest.mark.parametrize("waiting", [waits, waits_async], ids=["sync", "async"])
def test_a_web_server_answers_further_requests(call, waiting):
    async def start(_):
        result = waiting()
        return web.Response(text=str(await result))

    async def sync_in_a_thread(_):
        await asyncio.to_thread(waits)

    async def politely(_):
        try:
            await waits_async()
        except FlowRunSuspended as error:
            return web.Response(text=f"waits: {error.flow_run_name}")

    async def program():
        app = web.Application()
        app.add_routes([web.get("/", start), web.get("/thread", sync_in_a_thread), web.get("/politely", politely)])
        async with TestClient(TestServer(app)) as client:
            found = [(await client.get(path)) for path in ("/", "/thread", "/politely")]
            return [each.status for each in found], await found[-1].text()

    statuses, text = call(program)
    assert statuses == [500, 500, 200]
    assert text.startswith("waits: ")


def test_a_thread_pool_has_it_in_its_future():
    with ThreadPoolExecutor(1) as pool:
        assert isinstance(pool.submit(waits).exception(), FlowRunSuspended)
        assert pool.submit(lambda: "ok").result() == "ok"


def test_a_thread_ends_without_a_word(capsys):
    thread = threading.Thread(target=waits)
    thread.start()
    thread.join()
    assert "Traceback" not in capsys.readouterr().err


def test_it_is_a_paused_run_and_an_error_of_holdfasts(the_run):
    with pytest.raises(PausedRun) as caught:
        waits()
    assert isinstance(caught.value, HoldfastError)
    assert (caught.value.flow_run_id, caught.value.flow_run_name) == (the_run().id, the_run().name)
    assert str(caught.value) == f"{the_run().name} is suspended. Resume it with: holdfast resume {the_run().name}"


def test_where_it_can_only_end_the_script_it_is_a_system_exit_with_0():
    with pytest.raises(SystemExit) as caught:
        waits()
    assert caught.value.code == 0
    with pytest.raises(SystemExit) as caught:
        asyncio.run(waits_async())
    assert caught.value.code == 0


def test_it_is_sent_to_another_process_whole():
    with pytest.raises(FlowRunSuspended) as caught:
        waits()
    sent = pickle.loads(pickle.dumps(caught.value))
    assert type(sent) is FlowRunSuspended
    assert (sent.flow_run_id, sent.flow_run_name) == (caught.value.flow_run_id, caught.value.flow_run_name)
    assert not isinstance(sent, SystemExit)


def test_ipython_shows_one_line_of_it():
    with pytest.raises(FlowRunSuspended) as caught:
        waits()
    assert caught.value._render_traceback_() == [str(caught.value)]
