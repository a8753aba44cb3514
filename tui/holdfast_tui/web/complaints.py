"""What the server writes to its own terminal when something goes wrong: one clean line, and no traceback."""

from __future__ import annotations

import logging
import sys

from aiohttp.http_exceptions import HttpProcessingError

from holdfast.engine.drive.tracebacks import message_of
from holdfast.text import clean

SPEAKERS = ("aiohttp", "asyncio", "textual-serve")
"""Whose logs are told here."""
_NOT_STARTED = "Application failed to start"
"""What textual-serve says of a page that was closed before its app could start, too. `Session` tells a fault apart."""


class _OneLine(logging.Handler):
    """Nothing of requests that make no sense: whoever sent one has been told, and could fill the terminal with them."""

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, HttpProcessingError | ConnectionError) or record.msg == _NOT_STARTED:
            return
        said = record.getMessage().partition("\n")[0]
        complain(said if error is None else f"{said}: {message_of(error)}")


def complain(said: str) -> None:
    """Write a line to the server's terminal."""
    sys.stderr.write(f"{clean(said)}\n")


def take_over() -> None:
    """Have all that the server's libraries log come here. This process is the server's alone."""
    for name in SPEAKERS:
        logger = logging.getLogger(name)
        logger.handlers = [_OneLine(logging.WARNING)]
        logger.propagate = False
