"""What is wrong with a form: shown at its fields, counted, gone to one by one."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice

from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from holdfast.forms.fields import Path
from holdfast.text import clean_block
from holdfast_tui.forms.doing import Doing
from holdfast_tui.forms.rows import FormRow
from holdfast_tui.forms.texts import Lines
from holdfast_tui.forms.widgets import NestPart, rows_of, show_errors

_REVEALED = 50
"""Errors for which parts that are not shown yet are made."""


class Checking(Doing):
    """The part of a form's screen that says what is wrong."""

    _form: Widget
    """All parts of the form."""

    @property
    def _json(self) -> Lines:
        return self.query_one("#answer--json", Lines)

    @property
    def _as_json(self) -> bool:
        """Whether the whole is shown as JSON."""
        return any(each.display for each in self.query("#answer--json"))

    async def _show_objections(self) -> None:
        await self._reveal(self.model.objections())
        self._show_errors(self.model.objections())

    async def _reveal(self, errors: Mapping[Path, str]) -> None:
        """Make the parts in which something is wrong, as far as they have not been made yet."""
        if isinstance(self._form, NestPart) and not self._as_json:
            for path in islice(errors, _REVEALED):
                await self._form.reveal(path)

    def _show_errors(self, errors: Mapping[Path, str]) -> None:
        first, left = show_errors(self._form, errors)
        if self._as_json:
            left = dict(errors)
        self._say_banner("\n".join(spelled(path, error) for path, error in left.items()))
        if first is not None and not self._as_json:
            first.focus_error()
        self._count_errors()

    def _wrong(self) -> list[FormRow]:
        return [row for row in rows_of(self._form) if row.error and not self._as_json]

    def _count_errors(self) -> None:
        count = len(self._wrong())
        words = "" if not count else f"{count} error{'' if count == 1 else 's'}" + ("  next ^n" if count > 1 else "")
        for shown in self.query("#answer--errors").results(Static):
            shown.update(Content(words))
        self.set_class(bool(count), "-wrong")

    def action_next_error(self, by: int) -> None:
        """Go to the next field in which something is wrong."""
        rows = list(rows_of(self._form))
        wrong = [at for at, row in enumerate(rows) if row.error]
        if not wrong or self._as_json:
            return
        here = next((at for at, row in enumerate(rows) if row.has_focus_within), -1)
        ahead = [at for at in wrong if (at > here if by > 0 else at < here)]
        rows[(ahead or wrong)[0 if by > 0 else -1]].focus_error()

    def _say_banner(self, text: str) -> None:
        for banner in self.query("#answer--banner").results(Static):
            banner.update(Content(clean_block(text)))
            banner.display = bool(text)


def spelled(path: Path, error: str) -> str:
    """An error that has no field of its own to stand at."""
    where = ".".join(str(step) for step in path)
    return f"{where}: {error}" if where else error
