"""Errors on the server's terminal: one clean line each, without a traceback."""

from __future__ import annotations

import logging
import sys

from aiohttp.http_exceptions import HttpProcessingError

from holdfast.engine.drive.tracebacks import message_of
from holdfast.text import clean

SPEAKERS = ("aiohttp", "asyncio", "textual-serve")
"""The loggers whose messages are shown."""
_NOT_STARTED = "Application failed to start"
"""The message of textual-serve, which it also logs if a page was closed before its app started. `Session` reports
real failures."""


class _OneLine(logging.Handler):
    """Ignores errors of malformed requests, because a client gets a response and could fill the terminal with them."""

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
    """Handle all logs of the server's libraries here. The process belongs to the server alone."""
    for name in SPEAKERS:
        logger = logging.getLogger(name)
        logger.handlers = [_OneLine(logging.WARNING)]
        logger.propagate = False
