"""The server of the app in a browser: textual-serve's, behind a guard, with a page of our own."""

from __future__ import annotations

import asyncio
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiohttp_jinja2
from aiohttp import WSCloseCode, web
from textual_serve.app_service import AppService
from textual_serve.server import Server, to_int
from typing_extensions import override

from holdfast_tui.background import Background
from holdfast_tui.web.guard import Guard

PAGE = Path(__file__).with_name("page")
GRACE = 5.0
"""Seconds that a session has to end in order."""
_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_BAD_MESSAGE = (AssertionError, AttributeError, IndexError, KeyError, TypeError, ValueError)


class Session(AppService):
    """The process in which the app runs for one page."""

    arguments: tuple[str, ...] = ()

    @override
    async def _open_app_process(self, width: int = 80, height: int = 24) -> Process:
        # Not of the terminal's group: ctrl-c there is the server's to hear, which then ends its sessions in order.
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "holdfast_tui.web.session", *self.arguments,
            stdin=PIPE, stdout=PIPE, stderr=PIPE, start_new_session=True,
            env=self._build_environment(width=width, height=height),
        )  # fmt: skip
        self._stdin = self._process.stdin
        return self._process

    @override
    async def run(self) -> None:
        await super().run()
        await self.remote_close()

    @override
    async def stop(self) -> None:
        process = self._process
        if process is None:
            return
        deadline = asyncio.get_running_loop().call_later(GRACE, process.kill)
        try:
            await super().stop()
            await process.communicate()
        finally:
            deadline.cancel()


class WebServer(Server):
    """Serves the app on a database, one process a page, to those whom its guard lets in."""

    def __init__(self, database: Path, host: str, port: int, *, readonly: bool = False) -> None:
        super().__init__("holdfast", host=host, port=port, title="Holdfast", templates_path=PAGE)
        self.guard = Guard(host)
        self.database, self.readonly = database, readonly
        self._pages: set[web.WebSocketResponse] = set()
        self._runner: web.AppRunner | None = None

    @property
    def address(self) -> str:
        """Where it is, with the token."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}/?token={self.guard.token}"

    # Life.

    async def begin(self) -> None:
        """Listen; with port 0 on one that is free. Raises `OSError`."""
        # Without a log of requests, which would have the token in it.
        self._runner = web.AppRunner(await self._make_app(), access_log=None, shutdown_timeout=GRACE + 1)
        await self._runner.setup()
        await web.TCPSite(self._runner, self.host, self.port).start()
        self.port = self._runner.addresses[0][1]

    async def end(self) -> None:
        """Close all pages, end their processes, and listen no more."""
        if self._runner is not None:
            await self._runner.cleanup()

    @override
    async def _make_app(self) -> web.Application:
        app = await super()._make_app()
        app.router.add_static("/page", PAGE)
        self.guard.set_up(app)
        return app

    @override
    async def on_startup(self, app: web.Application) -> None:
        """Say nothing: the command does."""

    @override
    async def on_shutdown(self, app: web.Application) -> None:
        """Close the pages, which would be waited for."""
        for page in list(self._pages):
            await page.close(code=WSCloseCode.GOING_AWAY)

    # Requests.

    @override
    @aiohttp_jinja2.template("index.html")
    async def handle_index(self, request: web.Request) -> dict[str, Any]:
        return {"font_size": max(6, min(40, to_int(request.query.get("fontsize", "16"), 16)))}

    @override
    async def handle_websocket(self, request: web.Request) -> web.WebSocketResponse:
        page = web.WebSocketResponse(heartbeat=15)
        await page.prepare(request)

        async def close() -> None:
            await page.close()

        session = Session(
            self.command,
            write_bytes=page.send_bytes,
            write_str=page.send_str,
            close=close,
            download_manager=self.download_manager,
        )
        session.arguments = (str(self.database), *(["--readonly"] if self.readonly else []))
        self._pages.add(page)
        try:
            await session.start(to_int(request.query.get("width", ""), 80), to_int(request.query.get("height", ""), 24))
            await self._process_messages(page, session)
        except _BAD_MESSAGE:
            await page.close(code=WSCloseCode.INVALID_TEXT)
        finally:
            self._pages.discard(page)
            await session.stop()
        return page


def serve(server: WebServer, tell: Callable[[], object]) -> None:
    """Serve until a signal says to end; ``tell`` is called once it listens. Raises `OSError` where it cannot.

    Meanwhile this process executes what is scheduled, unless another worker does or it is read-only: pages come and go.
    """
    asyncio.run(_serve(server, tell))


async def _serve(server: WebServer, tell: Callable[[], object]) -> None:
    told = asyncio.Event()
    for each in _ENDING:
        asyncio.get_running_loop().add_signal_handler(each, told.set)
    background = Background("web")
    try:
        await server.begin()
        if not server.readonly:
            background.start(server.database)
        tell()
        await told.wait()
    finally:
        background.stop()
        await server.end()
        await asyncio.to_thread(background.join)
