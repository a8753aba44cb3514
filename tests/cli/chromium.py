"""A headless Chromium, driven by its DevTools protocol."""

import asyncio
import contextlib
import json
import os
import shutil
from itertools import count

from waiting import PATIENCE

PROGRAM = shutil.which("chromium") or shutil.which("chromium-browser")


class Page:
    """A page of the browser."""

    def __init__(self, socket):
        self._socket = socket
        self._numbers = count(1)
        self.said = []
        """What the page has said on its console, and what the browser has against it."""

    async def call(self, method, **parameters):
        """Call a method of the protocol, and give its result."""
        number = next(self._numbers)
        await self._socket.send_json({"id": number, "method": method, "params": parameters})
        while True:
            message = json.loads((await self._socket.receive(PATIENCE)).data)
            if message.get("id") == number:
                assert "error" not in message, message
                return message["result"]
            if message.get("method") in ("Runtime.consoleAPICalled", "Log.entryAdded", "Runtime.exceptionThrown"):
                self.said.append(json.dumps(message["params"]))

    async def value(self, expression):
        """What an expression of JavaScript is worth."""
        found = await self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in found, found
        return found["result"].get("value")

    async def until(self, expression):
        """Wait until an expression is true."""
        async with asyncio.timeout(PATIENCE):
            while not await self.value(expression):  # noqa: ASYNC110 - the protocol has no event for it
                await asyncio.sleep(0.05)

    async def press(self, key):
        """Press a key that is a character."""
        await self.call("Input.dispatchKeyEvent", type="keyDown", key=key, text=key)
        await self.call("Input.dispatchKeyEvent", type="keyUp", key=key)


@contextlib.asynccontextmanager
async def browsing(client, folder, *, size=(1100, 700)):
    """A page of a browser whose files are in a folder."""
    process = await asyncio.create_subprocess_exec(
        PROGRAM, "--headless=new", "--remote-debugging-port=0", f"--user-data-dir={folder}", "--no-first-run",
        "--disable-gpu", "--no-proxy-server", f"--window-size={size[0]},{size[1]}",
        *(["--no-sandbox"] if os.geteuid() == 0 else []), "about:blank",
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        async with asyncio.timeout(PATIENCE):
            while not (line := (await process.stderr.readline()).decode()).startswith("DevTools listening on "):
                assert line, "Chromium did not begin"
        drain = asyncio.create_task(process.stderr.read())
        host = line.split("/")[2]
        async with client.get(f"http://{host}/json/list") as answer:
            (target,) = [each for each in await answer.json() if each["type"] == "page"]
        async with client.ws_connect(target["webSocketDebuggerUrl"], max_msg_size=0) as socket:
            page = Page(socket)
            for domain in ("Page", "Runtime", "Log"):
                await page.call(f"{domain}.enable")
            yield page
    finally:
        process.kill()
        await process.wait()
        await drain
