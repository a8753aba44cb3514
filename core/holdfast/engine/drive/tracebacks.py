"""Tracebacks as they are logged and stored: the user's own frames, without the engine's frames between them."""

from __future__ import annotations

from pathlib import Path
from traceback import StackSummary, TracebackException

from typing_extensions import TypeIs

_HERE = Path(__file__).parents[1]
_ENGINE, _DEMO = f"{_HERE}/", f"{_HERE}/demo/"


def is_group(error: object) -> TypeIs[BaseExceptionGroup[BaseException]]:
    """Whether it is a group of exceptions."""
    return isinstance(error, BaseExceptionGroup)


def text_of(error: BaseException) -> str:
    """Return the exception with its traceback, as Python prints it.

    An exception that the engine raised keeps its frames.
    """
    shown = TracebackException.from_exception(error, compact=True)
    _leave_out_engine(shown)
    return "".join(shown.format())


def message_of(error: BaseException) -> str:
    """Return the exception's class and message in one line, even if its ``__str__`` fails."""
    try:
        return f"{type(error).__name__}: {error}"
    except Exception as why:  # noqa: BLE001 - a __str__ of the user's, or a number of too many digits
        return f"{type(error).__name__}, whose message cannot be read: {type(why).__name__}"


def _leave_out_engine(shown: TracebackException) -> None:
    pending: list[TracebackException | None] = [shown]
    while pending:
        each = pending.pop()
        if each is None:
            continue
        own = [frame for frame in each.stack if _is_own(frame.filename)]
        if own:
            each.stack = StackSummary.from_list(own)
        pending += [each.__cause__, each.__context__, *(each.exceptions or ())]


def _is_own(file: str) -> bool:
    return file.startswith(_DEMO) or not file.startswith(_ENGINE)
