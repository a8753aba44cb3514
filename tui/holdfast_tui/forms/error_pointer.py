"""The errors shown in the rows of a form, and moving from one to the next."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterable, Mapping
from typing import Protocol

from holdfast.forms.fields import Path
from holdfast.forms.nodes import Node


class ErrorRow(Protocol):
    """A row of a form that can show an error."""

    node: Node
    reports: bool
    """Whether this row shows the errors of its node."""

    @property
    @abstractmethod
    def error(self) -> str:
        """The error of the field; empty if there is none."""

    @property
    @abstractmethod
    def has_focus_within(self) -> bool:
        """Whether the focus is in the row."""

    def say(self, *, error: str) -> None:
        """Show an error; an empty text removes it."""

    def focus_error(self) -> None:
        """Focus the control with the error."""


class ErrorPointer:
    """Shows errors in the rows of a form, counts them, and moves from one to the next."""

    def __init__(self, rows: Callable[[], Iterable[ErrorRow]]) -> None:
        self._rows = rows
        """Returns the shown rows, from the top."""

    def show(self, errors: Mapping[Path, str]) -> str:
        """Show each error in its row and go to the first. Return the errors without a row as text."""
        left = dict(errors)
        for row in self._rows():
            error = errors.get(row.node.path, "") if row.reports else ""
            row.say(error=error)
            if error:
                left.pop(row.node.path, None)
        for row in self._wrong():
            row.focus_error()
            break
        return "\n".join(_spelled(path, error) for path, error in left.items())

    @property
    def count(self) -> int:
        """The number of rows with an error."""
        return len(self._wrong())

    @property
    def summary(self) -> str:
        """The number of errors in words, and the key to the next one."""
        count = self.count
        words = f"{count} error{'' if count == 1 else 's'}" if count else ""
        return f"{words}  next ^n" if count > 1 else words

    def go(self, by: int) -> None:
        """Go to the next error from the focus, or with -1 to the previous one, and wrap around at the ends."""
        rows = list(self._rows())
        wrong = [at for at, row in enumerate(rows) if row.error]
        if wrong:
            here = next((at for at, row in enumerate(rows) if row.has_focus_within), -1)
            ahead = [at for at in wrong if (at > here if by > 0 else at < here)]
            rows[(ahead or wrong)[0 if by > 0 else -1]].focus_error()

    def _wrong(self) -> list[ErrorRow]:
        return [row for row in self._rows() if row.error]


def _spelled(path: Path, error: str) -> str:
    """Return the text of an error without a row."""
    where = ".".join(str(step) for step in path)
    return f"{where}: {error}" if where else error
