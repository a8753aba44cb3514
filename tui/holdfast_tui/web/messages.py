"""The messages of a browser page to the app: keys, sizes and focus."""

from __future__ import annotations

import json
import math
from typing import Any

from aiohttp import WSMessage, WSMsgType, web
from textual_serve.app_service import AppService

_LARGEST = 1000
"""The maximum number of columns or rows of a terminal. More would only cost memory and time."""


class SenselessMessage(Exception):
    """A message that no page of this server sends."""


async def pass_on(page: web.WebSocketResponse, app: AppService) -> None:
    """Pass messages of the page on to the app until the page is closed. Raises `SenselessMessage`."""
    async for message in page:
        match _read(message):
            case ["stdin", str(keys)]:
                await app.send_bytes(_utf8(keys))
            case ["resize", {"width": width, "height": height}]:
                await app.set_terminal_size(cells(width), cells(height))
            case ["ping", data]:
                await page.send_json(["pong", data])
            case ["blur", *_]:
                await app.blur()
            case ["focus", *_]:
                await app.focus()
            case _:
                raise SenselessMessage


def cells(size: Any) -> int:
    """Return a valid width or height of a terminal. Raises `SenselessMessage` if it is not a number."""
    if isinstance(size, bool) or not isinstance(size, int | float) or (isinstance(size, float) and math.isnan(size)):
        raise SenselessMessage
    return int(max(1, min(size, _LARGEST)))


def _read(message: WSMessage) -> Any:
    if message.type is not WSMsgType.TEXT:
        raise SenselessMessage
    try:
        return json.loads(message.data)
    except (ValueError, RecursionError) as error:
        raise SenselessMessage from error


def _utf8(keys: str) -> bytes:
    try:
        return keys.encode()
    except UnicodeEncodeError as error:  # half of a pair of surrogates
        raise SenselessMessage from error
