"""The list of workers and other processes, each with the runs that it executes below it."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from holdfast.records import FlowRun, HostKind
from holdfast_tui.data.deployment_rows import HostRow
from holdfast_tui.text.durations import coarse, countdown
from holdfast_tui.text.state_style import symbol, tone
from holdfast_tui.widgets.record_list import Column, RecordList


@dataclass(frozen=True, slots=True)
class HostLine:
    """A process, or a run that it executes."""

    row: HostRow
    run: FlowRun | None = None


def lines_of(rows: Sequence[HostRow]) -> list[HostLine]:
    """Return a line for each process, followed by its runs."""
    return [line for row in rows for line in (HostLine(row), *(HostLine(row, run) for run in row.runs))]


class HostList(RecordList[HostLine]):
    """The list of processes and their runs."""

    def key_of(self, record: HostLine) -> Hashable:
        """Return the id of the run, or else of the host."""
        return (record.run or record.row.host).id

    def columns(self, width: int) -> Sequence[Column]:
        """Return the columns: process and slots, and if there is room, also machine, uptime and lease."""
        slots = 12
        if width < 60:
            return (Column("  Process", width - slots - 1), *[Column("", 0)] * 3, Column("Slots", slots, True))
        since, lease = 7, 13
        name = min(34, width * 2 // 5)
        return (
            Column("  Process", name),
            Column("Machine", width - name - since - lease - slots - 5),
            Column("Up", since, True),
            Column("Lease", lease, True, gap=2),
            Column("Slots", slots, True),
        )

    def values(self, record: HostLine) -> Sequence[tuple[str, str]]:
        """Return the texts and tones of a process or a run."""
        if record.run is not None:
            return self._values_of_run(record.run)
        row = record.row
        host = row.host
        mark, kind = ("✗", "bad") if not row.alive else ("●", "active") if row.runs else ("○", "plain")
        return (
            (f"{mark} {row.name} {host.pid}", kind),
            (f"{host.hostname} (here)" if row.here else host.hostname, "muted"),
            (coarse(self.clock() - host.registered), "muted"),
            self._lease(row),
            _slots(row),
        )

    def _values_of_run(self, run: FlowRun) -> Sequence[tuple[str, str]]:
        return (
            (f"    {symbol(run.state)} {run.name}", tone(run.state)),
            (run.flow_name, "muted"),
            ("" if run.started is None else coarse(self.clock() - run.started), "muted"),
            ("", "muted"),
            (run.state.name, tone(run.state)),
        )

    def _lease(self, row: HostRow) -> tuple[str, str]:
        until, now = row.host.lease_until, self.clock()
        if not row.alive or row.host.kind is not HostKind.WORKER:
            return "", "muted"
        if until > now:
            return f"{countdown(until, now)} left", "muted"
        return f"overdue {coarse(now - until)}", "waiting"


def _slots(row: HostRow) -> tuple[str, str]:
    if not row.alive:
        return "dead", "bad"
    if row.host.kind is not HostKind.WORKER:
        return "", "muted"
    taken, slots = len(row.runs), row.host.slots
    return f"{taken} of {slots} taken", "waiting" if taken >= slots else "muted"
