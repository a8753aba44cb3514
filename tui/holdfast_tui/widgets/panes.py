"""The panes of a run's page: lists of records that are all in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeVar

from rich.cells import cell_len
from textual.binding import Binding, BindingType

from holdfast.event_kinds import EventKind, in_words
from holdfast.question_changes import told
from holdfast.records import Event, FlowRun, Wait, WaitStatus
from holdfast.text import clean
from holdfast.type_guards import is_dict
from holdfast.values.json_text import to_json
from holdfast_tui.data.page_records import Child
from holdfast_tui.text.cells import as_lines, fit, fit_right, one_line, wrap
from holdfast_tui.text.durations import Clock, clock_time, date_time, new_day, took
from holdfast_tui.text.state_style import question, question_of, symbol, tone, wait_symbol
from holdfast_tui.widgets.inbox_list import time_left
from holdfast_tui.widgets.line_list import Cell, Line, LineList
from holdfast_tui.widgets.run_columns import RAISED

T = TypeVar("T")
Lines = Sequence[Sequence[Cell]]


class Pane(LineList, Generic[T]):
    """A list of records of one or more lines each. Its border shows their number."""

    def __init__(self, title: str, clock: Clock, nothing: str, *, id: str) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id, classes="pane")
        self.title, self.nothing = title, nothing
        self.border_title = title
        self.clock = clock
        self.records: Sequence[T] = ()
        self._lines: list[tuple[int, Line]] = []

    NEWEST_LAST: ClassVar[bool] = False
    """Whether the cursor starts at the end, and stays there when records are added."""

    def show(self, records: Sequence[T]) -> None:
        """Show these records."""
        at_end = self.NEWEST_LAST and self.cursor >= len(self._lines) - 1
        self.records = records
        self.border_title = f"{self.title} {len(records)}" if records else self.title
        self._lay_out()
        if at_end:
            self.move_cursor(self.count - 1, by_hand=False)
        self.repaint()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Enable opening only for records that can be opened."""
        if action != "open":
            return super().check_action(action, parameters)
        selected = self.selected
        return selected is not None and self.opens(selected)

    def opens(self, record: T) -> bool:
        """Whether a record can be opened."""
        return False

    # Copying.

    def copied(self) -> tuple[str, str] | None:
        """Return what to copy: a name for the line under the cursor, and its text."""
        if not self.records or self.cursor >= len(self._lines):
            return None
        return "the line", _text(self._lines[self.cursor][1])

    def all_text(self) -> str:
        """Return all lines as text."""
        return "\n".join(_text(line) for _, line in self._lines)

    def lines(self, record: T, width: int) -> Lines:
        """Return the lines of a record."""
        raise NotImplementedError

    def between(self, before: T, after: T) -> str | None:
        """Return the text of a line between two records, if there is one."""
        return None

    def tick(self) -> None:
        """Redraw the times."""
        if self.records:
            self._lay_out()
            self.repaint()

    def _lay_out(self) -> None:
        width = self.row_width - 1
        if width < 4:
            return
        self._lines = []
        for index, record in enumerate(self.records):
            if index and (said := self.between(self.records[index - 1], record)) is not None:
                self._lines.append((index, [Cell(fit(said, width), "muted")]))
            self._lines += [(index, line) for line in self.lines(record, width)]
        if not self._lines:
            self._lines = [(0, [Cell(text, "muted")]) for text in wrap(self.nothing, width)]
        self.set_count(len(self._lines))

    def on_resize(self, event: Any) -> None:
        """Lay out the lines again."""
        self._lay_out()
        super().on_resize(event)

    @property
    def selected(self) -> T | None:
        """The record under the cursor."""
        if not self.records or self.cursor >= len(self._lines):
            return None
        return self.records[self._lines[self.cursor][0]]

    def cells(self, index: int, width: int) -> Line:
        """Return the cells of a line, padded to the width."""
        line = self._lines[index][1] if index < len(self._lines) else ()
        used = sum(cell_len(cell.text) for cell in line)
        if used > width:
            return [Cell(fit("".join(cell.text for cell in line), width))]
        return [*line, Cell(" " * (width - used))]


def _text(line: Line) -> str:
    return "".join(cell.text for cell in line).rstrip()


class WaitsPane(Pane[Wait]):
    """The run's questions, open and closed, with their answers."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "open", "Answer", key_display="enter")]
    run: FlowRun | None = None
    """The run of the page. Questions of its child runs are shown with the child's name."""

    def opens(self, record: Wait) -> bool:
        """Whether the question is open."""
        return record.status is WaitStatus.OPEN and record.answer is None

    def lines(self, record: Wait, width: int) -> Lines:
        """Return status, question and time left, and then objections or the answer."""
        mark, kind = wait_symbol(record)
        open_ = record.status is WaitStatus.OPEN and record.answer is None
        left, left_tone = time_left(record, self.clock) if open_ else (str(record.status), kind)
        room = width - 3 - len(left)
        lines: list[Line] = [
            [
                Cell(f"{mark} ", kind),
                Cell(fit(self._asked(record), room), "strong" if open_ else "plain"),
                Cell(f" {left}", left_tone),
            ]
        ]
        for text, tone_ in self._details(record):
            lines += [[Cell(f"  {each}", tone_)] for each in wrap(text, width - 2)]
        return lines

    def _asked(self, record: Wait) -> str:
        return question(record) if self.run is None else question_of(record, self.run)

    def _details(self, record: Wait) -> list[tuple[str, str]]:
        found: list[tuple[str, str]] = []
        if record.status is WaitStatus.OPEN and (changed := told(record)):
            found.append((clean(changed), "waiting"))
        for path, text in record.objections.items():
            where = ".".join(str(each) for each in path)
            found.append((f"{clean(where)}: {text}" if where else text, "bad"))
        given = record.answer
        if given is not None:
            found += [(each, "plain") for each in _answer_lines(given.value)]
            verb = "decided" if record.status is WaitStatus.DECIDED else "answered"
            found.append((f"{verb} by {given.given_by} ({given.channel}), {date_time(given.given_at)}", "muted"))
            if record.status is WaitStatus.OPEN:
                found.append(("The run has not received the answer yet.", "active"))
        elif record.closed is not None:
            found.append((f"nobody answered: {record.status}, {date_time(record.closed)}", "muted"))
        return found


def _answer_lines(value: Any) -> list[str]:
    """Return the lines of an answer, one per field."""
    if value is None:
        return []
    if is_dict(value) and list(value) == ["value"]:
        value = value["value"]
    return as_lines(value) if is_dict(value) else [clean(to_json(value))]


class HistoryPane(Pane[Event]):
    """The events of the run and who caused them, newest last."""

    NEWEST_LAST = True

    def lines(self, record: Event, width: int) -> Lines:
        """Return time, event and actor; the actor is below if there is no room."""
        what, actor, room = self._what(record), record.actor, width - 9
        head = Cell(f"{clock_time(record.at)} ", "muted")
        if cell_len(what) + cell_len(actor) + 2 <= room:
            return [[head, Cell(what), Cell(f"  {actor}", "muted")]]
        first, *rest = wrap(what, room)
        below: list[Line] = [[Cell(" " * 9), Cell(each)] for each in rest]
        if actor:
            below.append([Cell(" " * 9), Cell(fit(actor, room), "muted")])
        return [[head, Cell(first)], *below]

    def between(self, before: Event, after: Event) -> str | None:
        """Return the date if it is another day, because a run may wait for a year."""
        return new_day(before.at, after.at)

    @staticmethod
    def _what(record: Event) -> str:
        detail = one_line((record.detail or "").removeprefix(RAISED))
        if record.kind not in (EventKind.STATE, EventKind.REQUEST):
            return in_words(record.kind, detail)
        if record.task_run_id is not None:
            return (
                f"{detail}: {record.after}" if record.after == "Running" else f"task {record.after} {detail}".rstrip()
            )
        move = f"{record.before} → {record.after}" if record.before else record.after
        return f"{move}  {detail}" if detail and record.kind != EventKind.REQUEST else move


@dataclass(frozen=True, slots=True)
class Para:
    """A paragraph of a pane, and its tone."""

    text: str
    tone: str = "plain"
    hang: int = 0
    """The width of the hanging indent, in cells."""


class TextPane(Pane[Para]):
    """A pane of text in sections, such as parameters, results and tracebacks."""

    def show_text(self, paras: Sequence[Para]) -> None:
        """Show these paragraphs. Unlike records, they are not counted."""
        if list(paras) != list(self.records):
            self.show(paras)
        self.border_title = self.title

    def lines(self, record: Para, width: int) -> Lines:
        """Return the wrapped text."""
        hang = record.hang if record.hang * 2 <= width else 0
        first, *rest = wrap(record.text[hang:], width - hang)
        texts = [record.text[:hang] + first, *(" " * hang + each for each in rest)]
        return [[Cell(each, record.tone)] for each in texts]


def sections(*parts: tuple[str, Sequence[Para]]) -> list[Para]:
    """Return paragraphs with the names of their sections; empty sections are left out."""
    found: list[Para] = []
    for name, paras in parts:
        if paras:
            found += [Para("")] if found else []
            found += [Para(name, "strong"), *paras] if name else paras
    return found


class ChildrenPane(Pane[Child]):
    """The child runs, and their child runs."""

    def opens(self, record: Child) -> bool:
        """Whether the run can be opened; each has a page."""
        return True

    def copied(self) -> tuple[str, str] | None:
        """Return what to copy: the id of the run under the cursor."""
        selected = self.selected
        return None if selected is None else ("the id of the run", str(selected.run.id))

    def lines(self, record: Child, width: int) -> Lines:
        """Return state, name, flow and duration, indented by depth."""
        run = record.run
        taken = "" if run.started is None else took(run.started, run.ended, self.clock)
        indent = "  " * min(record.depth, 8) + ("└ " if record.depth else "")
        room = max(1, width - 9 - 2)
        name = fit(f"{indent}{run.name}  {run.flow_name}", room)
        return [[Cell(f"{symbol(run.state)} ", tone(run.state)), Cell(name), Cell(fit_right(taken, 9), "muted")]]
