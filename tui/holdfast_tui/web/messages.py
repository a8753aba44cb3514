"""What the page of a browser tells the app: keys, sizes, and whether it is looked at."""

from __future__ import annotations

import json
import math
from typing import Any

from aiohttp import WSMessage, WSMsgType, web
from textual_serve.app_service import AppService

_LARGEST = 1000
"""Columns or rows of the largest terminal that is drawn: more would only take memory and time."""


class SenselessMessage(Exception):
    """A message that no page of this server sends."""


async def pass_on(page: web.WebSocketResponse, app: AppService) -> None:
    """Tell the app what its page says, until that is closed. Raises `SenselessMessage`."""
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
    """A width or height that a terminal can have. Raises `SenselessMessage` for what is no number."""
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
