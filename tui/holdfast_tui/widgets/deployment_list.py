"""The list of deployments, and the parts of a deployment's page: its facts and its runs."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from datetime import datetime
from functools import lru_cache

from rich.cells import cell_len
from textual import events

from holdfast.records import FlowRun
from holdfast.schedules import CatchUp
from holdfast_tui.data.deployment_rows import DeploymentDetails, DeploymentRow, next_time, schedule, slots
from holdfast_tui.text.cells import fit, one_line, wrap
from holdfast_tui.text.durations import Clock, coarse, countdown, took
from holdfast_tui.text.state_style import symbol, tone
from holdfast_tui.widgets.line_list import Cell, Line, LineList
from holdfast_tui.widgets.record_list import Column, RecordList, filled

_MISSED = {CatchUp.ONCE: "one run for all", CatchUp.ALL: "one run for each", CatchUp.SKIP: "no run"}
_LABEL = 11


class DeploymentList(RecordList[DeploymentRow]):
    """The list of deployments."""

    def key_of(self, record: DeploymentRow) -> Hashable:
        """Return the deployment's id."""
        return record.deployment.id

    def columns(self, width: int) -> Sequence[Column]:
        """Return the columns that fit: name and next time, then schedule, slots and last run, then age, then tags."""
        return _columns(width, max((cell_len(each.deployment.full_name) for each in self.records), default=0))

    def values(self, record: DeploymentRow) -> Sequence[tuple[str, str]]:
        """Return the texts and tones of a deployment."""
        of, last = record.deployment, record.last
        mark = ("‖", "waiting") if of.paused else ("●", "active") if record.taken else ("○", "muted")
        full = of.limit is not None and record.taken >= of.limit
        age = "" if last is None else coarse(self.clock() - (last.started or last.created))
        return (
            mark,
            (of.full_name, "plain"),
            (schedule(of), "muted"),
            next_time(of, self.clock()),
            (slots(record), "waiting" if full else "muted"),
            ("never run", "muted") if last is None else (f"{symbol(last.state)} {last.state.name}", tone(last.state)),
            (age, "muted"),
            (", ".join(of.tags), "muted"),
        )


@lru_cache(64)
def _columns(width: int, longest: int) -> Sequence[Column]:
    next_, mark = 10, 1
    if width < 60:
        name, plan, slots_, last, age, tags = max(4, width - mark - next_ - 3), 0, 0, 0, 0, 0
    else:
        slots_, last = 8, 13
        age, tags = 4 if width >= 100 else 0, 14 if width >= 115 else 0
        gaps = 7 + 2 * (age > 0) + (tags > 0)
        room = width - mark - next_ - slots_ - last - age - tags - gaps
        name = min(max(10, longest), room * 3 // 5)
        plan = room - name
        plan, tags = (40, tags + plan - 40) if tags and plan > 40 else (plan, tags)
    return (
        Column("", mark),
        Column("Deployment", name),
        Column("Schedule", plan),
        Column("Next", next_, right=True),
        Column("Slots", slots_, right=True, gap=2),
        Column("Last run", last),
        Column("Age", age, right=True, gap=2),
        Column("Tags", tags),
    )


class DeploymentRuns(RecordList[FlowRun]):
    """The newest runs of a deployment."""

    def key_of(self, record: FlowRun) -> Hashable:
        """Return the run's id."""
        return record.id

    def columns(self, width: int) -> Sequence[Column]:
        """Return the columns: state, name and age; if there is room, also duration and message."""
        if width < 46:
            return (
                Column("State", 13),
                Column("Run", width - 19),
                Column("Age", 4, True),
                Column("", 0),
                Column("", 0),
            )
        name = min(26, width - 30)
        return (
            Column("State", 13),
            Column("Run", name),
            Column("Age", 4, True),
            Column("Took", 8, True),
            Column("", max(0, width - name - 30)),
        )

    def values(self, record: FlowRun) -> Sequence[tuple[str, str]]:
        """Return the texts and tones of a run."""
        now = self.clock()
        when = record.started or record.created
        age = f"-{coarse(record.due - now)}" if record.due is not None and record.due > now else coarse(now - when)
        return (
            (f"{symbol(record.state)} {record.state.name}", tone(record.state)),
            (record.name, "plain"),
            (age, "muted"),
            ("" if record.started is None else took(record.started, record.ended, self.clock), "muted"),
            (one_line(record.state.message or ""), "muted"),
        )


class FactsPane(LineList):
    """The facts of a deployment: its schedule, its parameters, and where its code is."""

    def __init__(self, clock: Clock, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id, classes=classes)
        self._clock = clock
        self._details: DeploymentDetails | None = None
        self._lines: list[tuple[str, str, str]] = []

    def show(self, details: DeploymentDetails) -> None:
        """Show the facts of a deployment."""
        self._details = details
        self.lay_out()

    def on_mount(self) -> None:
        """Make the lines after the first layout, when the width is known."""
        self.call_after_refresh(self.lay_out)

    def lay_out(self) -> None:
        """Make the lines again for a new width or a new time."""
        width = self.row_width - 1
        if self._details is None or width < _LABEL + 4:
            return
        self._lines = []
        for label, text, kind in self._facts(self._details):
            for at, line in enumerate(wrap(text, width - _LABEL - 1)):
                self._lines.append(("" if at else label, line, kind))
        self.set_count(len(self._lines))
        self.repaint()

    def _facts(self, of: DeploymentDetails) -> Sequence[tuple[str, str, str]]:
        deployment, now = of.row.deployment, self._clock()
        text, kind = next_time(deployment, now)
        coming = [(_moment(each, now), "plain") for each in of.coming]
        limit = "none" if deployment.limit is None else f"{deployment.limit} at a time"
        return [
            ("Schedule", schedule(deployment), "plain"),
            *(("" if at else "Next", *each) for at, each in enumerate(coming or [(text or "when started", kind)])),
            *([("Missed", _MISSED[deployment.catch_up], "muted")] if deployment.schedules else []),
            ("Limit", f"{limit}, {of.row.taken} now" if of.row.taken else limit, "muted"),
            *([("Tags", ", ".join(deployment.tags), "muted")] if deployment.tags else []),
            *(
                ("" if at else "Parameters", each, "plain")
                for at, each in enumerate(of.parameters or ["the flow's defaults"])
            ),
            ("Code", of.entrypoint, "muted"),
            ("Folder", of.folder, "muted"),
        ]

    def cells(self, index: int, width: int) -> Line:
        """Return the cells of a line."""
        if index >= len(self._lines):
            return [Cell(" " * width)]
        label, text, kind = self._lines[index]
        return filled([Cell(fit(label, _LABEL), "muted"), Cell(fit(text, max(0, width - _LABEL)), kind)], width)

    def on_resize(self, event: events.Resize) -> None:
        """Wrap the lines again."""
        self.lay_out()
        super().on_resize(event)


def _moment(moment: datetime, now: datetime) -> str:
    """Return the time left, and the local date and time, with the year if it is not the current one."""
    left = countdown(moment, now) if moment > now else "due now"
    local = moment.astimezone()
    year = "" if local.year == now.astimezone().year else f" {local.year}"
    return f"{left:<9} {local:%a %d %b}{year} {local:%H:%M}"
