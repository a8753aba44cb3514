"""The app in a browser: whom the server lets in, what it shows, and how it ends."""

import asyncio
import logging
import os
import signal
import socket
import sys
from contextlib import asynccontextmanager

import aiohttp
import psutil
import pytest

from holdfast.store.database import default
from holdfast_tui.web import complaints
from holdfast_tui.web import server as web
from holdfast_tui.web.server import WebServer
from waiting import PATIENCE

from . import chromium

pytestmark = pytest.mark.anyio

PATHS = ["/", "/?token=wrong", "/?token=", "/static/js/textual.js", "/page/page.js", "/download/x", "/nowhere"]


@pytest.fixture
def anyio_backend():
    return "asyncio"


@asynccontextmanager
async def serving(host="127.0.0.1"):
    """A server on a free port, and somebody who comes to it with nothing."""
    server = WebServer(default().location.path, host, 0)
    await server.begin()
    try:
        async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as client:
            yield server, client
    finally:
        await server.end()


def at(server, path=""):
    return f"http://127.0.0.1:{server.port}{path}"


async def status(client, url, **options):
    async with client.get(url, allow_redirects=False, **options) as answer:
        return answer.status


def shake_hands(client, server, origin=None):
    return client.ws_connect(at(server, "/ws"), headers={"Origin": at(server) if origin is None else origin})


async def refused(client, server, **options):
    """The status with which a websocket is refused."""
    with pytest.raises(aiohttp.WSServerHandshakeError) as error:
        await shake_hands(client, server, **options)
    return error.value.status


@pytest.mark.parametrize("path", PATHS)
async def test_nothing_is_shown_without_the_token(path):
    async with serving() as (server, client):
        assert await status(client, at(server, path)) == 403


async def test_websocket_without_the_token_is_refused():
    async with serving() as (server, client):
        assert await refused(client, server) == 403


async def test_token_becomes_a_cookie_that_no_script_and_no_other_site_can_use():
    async with serving() as (server, client):
        async with client.get(server.address, allow_redirects=False) as answer:
            assert (answer.status, answer.headers["Location"]) == (303, "/")
            (cookie,) = answer.cookies.values()
        assert cookie["httponly"]
        assert cookie["samesite"] == "Strict"
        assert server.guard.token not in cookie.value


async def test_page_and_what_belongs_to_it_come_with_the_cookie():
    async with serving() as (server, client):
        async with client.get(server.address) as answer:
            page = await answer.text()
            assert answer.status == 200
            assert server.guard.token not in f"{answer.url}{page}"
            assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
        for path in ("/static/js/textual.js", "/static/css/xterm.css", "/page/page.js", "/page/page.css"):
            assert path in page
            assert await status(client, at(server, path)) == 200


async def test_page_asks_nothing_of_other_machines():
    async with serving() as (server, client), client.get(server.address) as answer:
        page = await answer.text()
        assert "//" not in page.replace("<!DOCTYPE", "")


async def test_name_that_somebody_else_has_point_here_is_refused():
    async with serving() as (server, client):
        assert await status(client, server.address) == 303
        for name in ("evil.example", f"evil.example:{server.port}", "127.0.0.1.evil.example", "", "a b", "[::1"):
            assert await status(client, at(server, "/"), headers={"Host": name}) in (400, 403)
        for name in ("localhost", f"localhost:{server.port}", "127.0.0.1:9000", "[::1]:9000"):
            assert await status(client, at(server, "/"), headers={"Host": name}) == 200


async def test_page_of_another_origin_is_refused_though_the_cookie_comes_with_it():
    async with serving() as (server, client):
        assert await status(client, server.address) == 303
        for origin in ("https://evil.example", at(server).replace(str(server.port), "1"), "null", ""):
            assert await refused(client, server, origin=origin) == 403
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await client.ws_connect(at(server, "/ws"))
        assert await status(client, at(server, "/"), headers={"Origin": "https://evil.example"}) == 403


async def test_cookie_of_another_server_is_refused():
    async with serving() as (server, client), serving() as (other, _):
        assert await status(client, server.address) == 303
        assert await status(client, at(other, "/")) == 403


async def test_only_this_machine_can_reach_it():
    async with serving() as (server, _):
        sockets = [each.laddr for each in psutil.Process().net_connections("inet") if each.status == "LISTEN"]
        assert [each.ip for each in sockets if each.port == server.port] == ["127.0.0.1"]


async def test_app_is_shown_takes_a_key_and_ends_with_its_page():
    async with serving() as (server, client):
        assert await status(client, server.address) == 303
        async with shake_hands(client, server) as page:
            await shows(page, b"No runs yet")
            await page.send_json(["stdin", "?"])
            await shows(page, b"type to search")
            (session,) = sessions()
        await ended(session)


async def test_app_that_is_read_only_says_so():
    async with serving() as (server, client):
        server.readonly = True
        assert await status(client, server.address) == 303
        async with shake_hands(client, server) as page:
            await shows(page, b"read-only")


async def test_app_that_is_left_closes_its_page():
    async with serving() as (server, client):
        assert await status(client, server.address) == 303
        async with shake_hands(client, server) as page:
            await shows(page, b"No runs yet")
            await page.send_json(["stdin", "q"])
            async with asyncio.timeout(PATIENCE):
                while (await page.receive()).type not in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED):
                    pass


async def test_message_that_makes_no_sense_closes_the_page():
    async with serving() as (server, client):
        assert await status(client, server.address) == 303
        async with shake_hands(client, server) as page:
            await shows(page, b"No runs yet")
            (session,) = sessions()
            await page.send_str("nonsense")
            await ended(session)


async def test_server_that_ends_closes_its_pages_and_ends_their_processes():
    async with serving() as (server, client):
        assert await status(client, server.address) == 303
        async with shake_hands(client, server) as page:
            await shows(page, b"No runs yet")
            (session,) = sessions()
            await server.end()
            assert not session.is_running()


@pytest.fixture
def as_the_server_logs(monkeypatch):
    """What the libraries log goes where the server's process has it go, until the test ends."""
    for name in complaints.SPEAKERS:
        monkeypatch.setattr(logging.getLogger(name), "handlers", [])
        monkeypatch.setattr(logging.getLogger(name), "propagate", True)
    complaints.take_over()


@pytest.mark.usefixtures("as_the_server_logs")
@pytest.mark.parametrize(
    ("ending", "told"),
    [
        ("exit 1", "The app of a page ended with an error: Error: ␛[2Jwhy\n"),
        ("kill -9 $$", ""),  # as that of a page that is closed before it is drawn
    ],
)
async def test_only_an_app_that_ends_by_an_error_is_told_of_in_one_clean_line(
    monkeypatch, capsys, tmp_path, ending, told
):
    broken = tmp_path / "broken"
    broken.write_text(f"#!/bin/sh\nprintf 'Traceback:\n  it\nError: \\033[2Jwhy\n' >&2\n{ending}\n")
    broken.chmod(0o700)
    async with serving() as (server, client):
        assert await status(client, server.address) == 303
        monkeypatch.setattr(sys, "executable", str(broken))
        async with shake_hands(client, server) as page:
            assert (await page.receive(PATIENCE)).type in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED)
    shown = capsys.readouterr()
    assert shown.err == told
    assert shown.out == ""


async def test_app_that_does_not_end_is_ended(monkeypatch):
    monkeypatch.setattr(web, "GRACE", 0.2)
    async with serving() as (server, client):
        assert await status(client, server.address) == 303
        async with shake_hands(client, server) as page:
            await shows(page, b"No runs yet")
            (session,) = sessions()
            session.send_signal(signal.SIGSTOP)
        await ended(session)


def test_command_prints_the_address_and_ends_in_order(terminal):
    command = terminal("web", "--port", "0")
    command.expect("http://127.0.0.1:")
    command.expect("/?token=")
    command.expect("Stop with ctrl-c.")
    command.process.send_signal(signal.SIGINT)
    assert command.end() == 0
    assert "Traceback" not in command.text


async def test_apps_end_when_their_server_is_killed(terminal):
    command = terminal("web", "--port", "0")
    command.expect("Stop with ctrl-c.")
    address = next(line for line in command.text.splitlines() if line.startswith("http"))
    url = address.partition("/?")[0]
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as client:
        assert await status(client, address) == 303
        async with client.ws_connect(f"{url}/ws", headers={"Origin": url}) as page:
            await shows(page, b"No runs yet")
            (session,) = sessions(command.process.pid)
            os.kill(command.process.pid, signal.SIGKILL)
            await ended(session)


def test_address_that_others_can_reach_is_warned_of(invoke, monkeypatch):
    monkeypatch.setattr(web, "serve", lambda server, tell: tell())
    told = invoke("web", "--host", "0.0.0.0", "--port", "8123")
    assert told.code == 0
    assert "0.0.0.0 can be reached from other machines" in told.err
    assert "ssh -L 8123:127.0.0.1:8123" in told.err
    assert "reached" not in invoke("web").err


def test_port_that_is_taken_is_said(invoke):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        told = invoke("web", "--port", port)
    assert told.code == 1
    assert told.err.startswith(f"Port {port} of 127.0.0.1 is in use")


def test_packages_that_are_missing_are_named(invoke, monkeypatch):
    for name in [each for each in sys.modules if each.startswith("holdfast_tui.web.")]:
        monkeypatch.delattr(name)
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "aiohttp", None)
    told = invoke("web")
    assert told.code == 1
    assert "pip install 'holdfast[web]'" in told.err


@pytest.mark.skipif(chromium.PROGRAM is None, reason="Chromium is not installed")
async def test_app_is_shown_in_a_browser_and_takes_a_key(tmp_path):
    async with serving() as (server, client), chromium.browsing(client, tmp_path / "browser") as page:
        await page.call("Page.navigate", url=server.address)
        await page.until("document.body?.classList.contains('-first-byte')")
        assert await page.value("location.href") == at(server, "/")
        assert await page.value("document.cookie") == ""
        await page.press("q")
        await page.until("document.body.classList.contains('-closed')")
        assert not [each for each in page.said if "Content Security Policy" in each]


def sessions(pid=None):
    """The processes in which the app runs for a page."""
    children = psutil.Process(pid).children()
    return [each for each in children if "holdfast_tui.web.page_app" in each.cmdline()]


async def shows(page, words):
    """Wait until the app has drawn this."""
    drawn = b""
    async with asyncio.timeout(PATIENCE):
        while words not in drawn:
            message = await page.receive()
            assert message.type in (aiohttp.WSMsgType.BINARY, aiohttp.WSMsgType.TEXT), message
            drawn += message.data if isinstance(message.data, bytes) else b""


async def ended(process):
    """Wait until a process has ended."""
    await asyncio.to_thread(process.wait, PATIENCE)
