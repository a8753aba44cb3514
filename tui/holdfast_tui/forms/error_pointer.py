"""Which rows of a form say that something is wrong, and which of them is next."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Protocol

from holdfast.forms.fields import Path
from holdfast.forms.nodes import Node


class ErrorRow(Protocol):
    """What a row of a form has to have."""

    node: Node
    reports: bool
    """Whether errors of the node are shown here."""

    @property
    def error(self) -> str:
        """What is wrong with the field; empty when nothing is."""

    @property
    def has_focus_within(self) -> bool:
        """Whether the focus is in the row."""

    def say(self, *, error: str) -> None:
        """Show an error, or none."""

    def focus_error(self) -> None:
        """Give the focus to what is wrong in the row."""


class ErrorPointer:
    """Shows errors at the rows of a form, counts them, and goes from one to the next."""

    def __init__(self, rows: Callable[[], Iterable[ErrorRow]]) -> None:
        self._rows = rows
        """Gives the rows that are shown, from the top."""

    def show(self, errors: Mapping[Path, str]) -> str:
        """Show each error at its row and go to the first; gives in words those that have no row."""
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
        """How many rows have an error."""
        return len(self._wrong())

    @property
    def summary(self) -> str:
        """How many errors there are, in words, and the key that leads to the next."""
        count = self.count
        words = f"{count} error{'' if count == 1 else 's'}" if count else ""
        return f"{words}  next ^n" if count > 1 else words

    def go(self, by: int) -> None:
        """Go to the next error from where the focus is, or with -1 to the one before; around the ends too."""
        rows = list(self._rows())
        wrong = [at for at, row in enumerate(rows) if row.error]
        if wrong:
            here = next((at for at, row in enumerate(rows) if row.has_focus_within), -1)
            ahead = [at for at in wrong if (at > here if by > 0 else at < here)]
            rows[(ahead or wrong)[0 if by > 0 else -1]].focus_error()

    def _wrong(self) -> list[ErrorRow]:
        return [row for row in self._rows() if row.error]


def _spelled(path: Path, error: str) -> str:
    """An error that has no row to stand at."""
    where = ".".join(str(step) for step in path)
    return f"{where}: {error}" if where else error
