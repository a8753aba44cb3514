"""Reads of runs: single ones and lists. A part of `holdfast_tui.data.store.Store`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from uuid import UUID

from holdfast.filters import Key, Order, RunFilter
from holdfast.records import FlowRun, Wait, WaitStatus
from holdfast.states import StateType
from holdfast.store import queries, run_lists
from holdfast.store.database import Database
from holdfast.text import clean
from holdfast_tui.data.run_window import Anchor, Page, RunRow, Want
from holdfast_tui.text import sanitize

CHILDREN = 500
"""The maximum number of children of a run that the list shows."""

_STRIDE = 50_000
"""The number of rows per step of a walk."""
_OLDEST = UUID(int=0)


class RunReads:
    """Reads of single runs and lists of runs."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, run_id: UUID) -> FlowRun:
        """Return the run as it is now."""
        return self._shown(queries.get_flow_run(self._database, run_id))

    def find(self, reference: str) -> FlowRun:
        """Return the run with a name, an id or the start of an id. Raises `FlowRunNotFound`."""
        return self._shown(queries.find_flow_run(self._database, reference))

    def _shown(self, run: FlowRun) -> FlowRun:
        return sanitize.flow_run(replace(run, asks=bool(queries.asking(self._database, [run.id]))))

    # Lists that an index has, and their rows.

    def _list(
        self,
        where: RunFilter,
        *,
        limit: int,
        older_than: UUID | None = None,
        newer_than: UUID | None = None,
    ) -> list[FlowRun]:
        return queries.list_flow_runs(self._database, where, older_than=older_than, newer_than=newer_than, limit=limit)

    def page(self, want: Want, stopped: Callable[[], bool] = lambda: False) -> Page:
        """Return the wanted rows, and the children of unfolded runs.

        A walk ends early once ``stopped`` returns true.
        """
        page = self._gathered(want) if want.ids is not None else self._indexed(want, stopped)
        children = {run_id: self._children(run_id, want) for run_id in want.unfolded}
        rows = [*page.rows, *(row for under in children.values() for row in under)]
        parents = run_lists.with_children(self._database, [row.run.id for row in rows])
        marked = {run_id: [_as_parent(row, parents) for row in under] for run_id, under in children.items()}
        names: Mapping[UUID, str] = self._deployment_names() if any(row.run.deployment_id for row in rows) else {}
        shown = [_as_parent(row, parents) for row in page.rows]
        return replace(page, rows=shown, children=marked, deployments=names)

    def _gathered(self, want: Want) -> Page:
        """Return the rows of the given ids; runs that no longer exist are left out."""
        assert want.ids is not None
        assert want.total is not None
        found = run_lists.get_flow_runs(self._database, want.ids)
        rows = self._rows([found[each] for each in want.ids if each in found], want)
        return Page(want.first, rows, want.total, ())

    def _children(self, run_id: UUID, want: Want) -> list[RunRow]:
        return self._rows(run_lists.first_children(self._database, run_id, CHILDREN), want)

    def _indexed(self, want: Want, stopped: Callable[[], bool]) -> Page:
        total = queries.count_flow_runs(self._database, want.where) if want.total is None else want.total
        if want.keep is not None and want.first > 0:
            runs = self._list(want.where, older_than=_just_above(want.keep), limit=want.size)
            return self._page_of(want, want.first, runs, total, ())
        first = max(0, min(want.first, total - want.size))
        if first == 0:
            runs = self._list(want.where, limit=want.size)
            total = len(runs) if len(runs) < want.size else max(total, len(runs))
            return self._page_of(want, 0, runs, total, ())
        if first + want.size >= total:
            runs = self._list(want.where, newer_than=_OLDEST, limit=want.size)
            return self._page_of(want, total - len(runs), runs, total, ())
        start, found = self._walk(want, first, total, stopped)
        runs = self._list(want.where, older_than=_just_above(start.run_id), limit=want.size)
        return self._page_of(want, total - start.from_end, runs, total, found)

    def _page_of(self, want: Want, first: int, runs: Sequence[FlowRun], total: int, found: Sequence[Anchor]) -> Page:
        rows = self._rows(runs, want)
        if len(rows) < want.size and first + len(rows) != total:
            # This is the end of the list, so the place of every row is certain.
            first = max(0, total - len(rows))
        edges = [Anchor(total - first - at, rows[at].run.id) for at in {0, len(rows) - 1} if rows]
        return Page(first, rows, total, [*found, *edges])

    def _rows(self, runs: Sequence[FlowRun], want: Want) -> list[RunRow]:
        asking = queries.asking(self._database, [each.id for each in runs])
        return [self._row(replace(run, asks=run.id in asking), want) for run in runs]

    def _row(self, run: FlowRun, want: Want) -> RunRow:
        known = want.known.get(run.id)
        is_known = known is not None and run.id not in want.changed and known.run.state.timestamp == run.state.timestamp
        if known is not None and is_known and known.run.asks == run.asks:
            return RunRow(sanitize.flow_run(run), known.wait)
        return RunRow(sanitize.flow_run(run), self._next_wait(run))

    def _next_wait(self, run: FlowRun) -> Wait | None:
        """Return the open wait of a run that is due first; if it has none itself, one of its child runs."""
        if not run.asks and run.state.type is not StateType.PAUSED:
            return None
        own = [each for each in queries.get_waits(self._database, run.id) if each.status is WaitStatus.OPEN]
        waits = own or queries.waits_below(self._database, run.id)
        due = min(waits, key=lambda each: (each.deadline is None, each.deadline or each.opened), default=None)
        return None if due is None else sanitize.wait(due)

    def _walk(self, want: Want, first: int, total: int, stopped: Callable[[], bool]) -> tuple[Anchor, Sequence[Anchor]]:
        """Walk by keyset from the nearest known place to ``first``. Return the end, and the places on the way."""
        target = total - first
        at = min(
            [*want.anchors, Anchor(total + 1, UUID(int=2**128 - 1)), Anchor(0, _OLDEST)],
            key=lambda each: abs(each.from_end - target),
        )
        found: list[Anchor] = []
        while at.from_end != target and not stopped():
            step = min(abs(at.from_end - target), _STRIDE)
            down = at.from_end > target
            ahead = queries.nth_flow_run_id(
                self._database,
                want.where,
                step,
                older_than=at.run_id if down else None,
                newer_than=None if down else at.run_id,
            )
            if ahead is None:
                break
            at = Anchor(at.from_end - step if down else at.from_end + step, ahead)
            found.append(at)
        return at, found

    # Lists that no index has, and data for lists.

    def gather(
        self, where: RunFilter, order: Order, stopped: Callable[[], bool], take: Callable[[bytes], None]
    ) -> bool:
        """Pass the ids of a list to ``take`` piece by piece, unless an index has the list. Return whether it has."""
        if order == run_lists.NEWEST_FIRST and run_lists.is_indexed(self._database, where):
            return True
        for piece in run_lists.scan_flow_runs(self._database, where, order, stopped):
            if piece:
                take(piece)
        return False

    def which_fit(self, where: RunFilter, ids: Iterable[UUID]) -> set[UUID]:
        """Return which of the runs are in a list."""
        return run_lists.which_fit(self._database, where, ids)

    def ids_between(self, where: RunFilter, newest: UUID | None, oldest: UUID | None, limit: int) -> list[UUID]:
        """Return the ids of a list from one run to another, newest first."""
        return run_lists.ids_between(self._database, where, newest, oldest, limit)

    def _deployment_names(self) -> Mapping[UUID, str]:
        """Return the names of the deployments."""
        return {run_id: clean(name) for run_id, name in run_lists.deployment_names(self._database).items()}

    def filter_values(self) -> dict[Key, tuple[str, ...]]:
        """Return the values for completing flows, tags and deployments in a filter."""
        return {
            Key.FLOW: tuple(run_lists.flow_names(self._database, 200)),
            Key.TAG: tuple(run_lists.recent_tags(self._database)),
            Key.DEPLOYMENT: tuple(sorted(run_lists.deployment_names(self._database).values())),
        }


def _as_parent(row: RunRow, parents: set[UUID]) -> RunRow:
    return replace(row, is_parent=row.run.id in parents)


def _just_above(run_id: UUID) -> UUID:
    return UUID(int=run_id.int + 1)
