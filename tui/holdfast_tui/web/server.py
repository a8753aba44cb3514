"""The server of the app in a browser: textual-serve behind a guard, with Holdfast's own page."""

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
from aiohttp.typedefs import Handler
from textual_serve.app_service import AppService
from textual_serve.server import Server, to_int
from typing_extensions import override

from holdfast.store.door import Location
from holdfast_tui.background_worker import Background
from holdfast_tui.web import complaints
from holdfast_tui.web.access import Guard
from holdfast_tui.web.messages import SenselessMessage, cells, pass_on

PAGE = Path(__file__).with_name("page")
GRACE = 5.0
"""Seconds that a session has for a clean end."""
_SIZE = {"width": 80, "height": 24}
_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Session(AppService):
    """The process in which the app runs for one page."""

    arguments: tuple[str, ...] = ()
    _said: asyncio.Task[bytes] | None = None

    @override
    async def _open_app_process(self, width: int = 80, height: int = 24) -> Process:
        # In its own session, so that only the server gets ctrl-c, and ends its sessions cleanly.
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-P", "-m", "holdfast_tui.web.page_app", *self.arguments,
            stdin=PIPE, stdout=PIPE, stderr=PIPE, start_new_session=True,
            env=self._build_environment(width=width, height=height),
        )  # fmt: skip
        self._stdin = self._process.stdin
        # The app's errors are read here, because textual-serve would write them to the terminal unchanged.
        said, self._process.stderr = self._process.stderr, asyncio.StreamReader()
        assert said is not None
        self._process.stderr.feed_eof()
        self._said = asyncio.create_task(said.read())
        return self._process

    @override
    async def run(self) -> None:
        try:
            await super().run()
        except asyncio.CancelledError:
            # If an app ends before it is listened to, textual-serve cancels a part of itself.
            task = asyncio.current_task()
            if task is None or task.cancelling():
                raise
        await self.remote_close()
        assert self._process is not None
        assert self._said is not None
        said, status = await self._said, await self._process.wait()
        if status > 0:  # neither a clean end nor a signal from here
            last = (said.decode("utf-8", "replace").strip() or f"status {status}").rpartition("\n")[2]
            complaints.complain(f"The app of a page ended with an error: {last}")

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
    """Serves the app on a database, with one process per page, to clients that its guard accepts."""

    def __init__(self, database: Location | Path, host: str, port: int, *, readonly: bool = False) -> None:
        # textual-serve does not say of what one of its parameters is a PathLike.
        super().__init__(  # pyright: ignore[reportUnknownMemberType]
            "holdfast", host=host, port=port, title="Holdfast", templates_path=PAGE
        )
        self.guard = Guard(host)
        self.database, self.readonly = database, readonly
        self._pages: set[web.WebSocketResponse] = set()
        self._runner: web.AppRunner | None = None

    @property
    def address(self) -> str:
        """The address of the server, with the token."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}/?token={self.guard.token}"

    # Start and end.

    async def begin(self) -> None:
        """Start listening; port 0 chooses a free port. Raises `OSError`."""
        # Without a log of requests, because it would contain the token.
        self._runner = web.AppRunner(await self._make_app(), access_log=None, shutdown_timeout=GRACE + 1)
        await self._runner.setup()
        await web.TCPSite(self._runner, self.host, self.port).start()
        self.port = self._runner.addresses[0][1]

    async def end(self) -> None:
        """Stop listening, close all pages, and end their processes."""
        if self._runner is not None:
            await self._runner.cleanup()

    @override
    async def _make_app(self) -> web.Application:
        app = await super()._make_app()
        app.router.add_static("/page", PAGE)
        app.middlewares.append(_find_no_odd_names)
        self.guard.set_up(app)
        return app

    @override
    async def on_startup(self, app: web.Application) -> None:
        """Print nothing, because the command does."""

    @override
    async def on_shutdown(self, app: web.Application) -> None:
        """Close the pages, because the server would wait for them."""
        for page in list(self._pages):
            await page.close(code=WSCloseCode.GOING_AWAY)

    # Requests.

    @override
    @aiohttp_jinja2.template("index.html")
    async def handle_index(self, request: web.Request) -> dict[str, Any]:
        return {"font_size": max(6, min(40, to_int(request.query.get("fontsize", "16"), 16)))}

    @override
    async def handle_websocket(self, request: web.Request) -> web.WebSocketResponse:
        width, height = (cells(to_int(request.query.get(name, ""), usual)) for name, usual in _SIZE.items())
        page = web.WebSocketResponse(heartbeat=15)
        try:
            await page.prepare(request)
        except ValueError as error:  # the key is not base64
            raise web.HTTPBadRequest(text="This is not a websocket handshake.\n") from error

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
            await session.start(width, height)
            await pass_on(page, session)
        except SenselessMessage:
            await page.close(code=WSCloseCode.INVALID_TEXT)
        finally:
            self._pages.discard(page)
            await session.stop()
        return page


@web.middleware
async def _find_no_odd_names(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer with 404 for file names that no file system accepts."""
    try:
        return await handler(request)
    except OSError as error:
        if isinstance(error, ConnectionError):
            raise
        raise web.HTTPNotFound from error


def serve(server: WebServer, tell: Callable[[], object]) -> None:
    """Serve until a signal asks to end. ``tell`` is called once the server listens. Raises `OSError`.

    Meanwhile this process executes scheduled runs, unless another worker does or it is read-only, because pages come
    and go.
    """
    asyncio.run(_serve(server, tell))


async def _serve(server: WebServer, tell: Callable[[], object]) -> None:
    told = asyncio.Event()
    for each in _ENDING:
        asyncio.get_running_loop().add_signal_handler(each, told.set)
    complaints.take_over()
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
