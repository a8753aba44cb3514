"""What the run list reads from the store. These functions run in threads, and are imported inside jobs only."""

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
"""Children of a run that the list shows at most."""

_STRIDE = 50_000
"""Rows that one step of a walk passes."""
_OLDEST = UUID(int=0)


def _list(
    database: Database,
    where: RunFilter,
    *,
    limit: int,
    older_than: UUID | None = None,
    newer_than: UUID | None = None,
) -> list[FlowRun]:
    return queries.list_flow_runs(database, where, older_than=older_than, newer_than=newer_than, limit=limit)


def read_page(database: Database, want: Want, stopped: Callable[[], bool] = lambda: False) -> Page:
    """Read the rows that are wanted, and the children of those that are unfolded.

    A walk ends early, where it is, once ``stopped`` says so.
    """
    page = _gathered(database, want) if want.ids is not None else _indexed(database, want, stopped)
    children = {run_id: _children(database, run_id, want) for run_id in want.unfolded}
    rows = [*page.rows, *(row for under in children.values() for row in under)]
    parents = run_lists.with_children(database, [row.run.id for row in rows])
    marked = {run_id: [_as_parent(row, parents) for row in under] for run_id, under in children.items()}
    names = deployment_names(database) if any(row.run.deployment_id for row in rows) else {}
    shown = [_as_parent(row, parents) for row in page.rows]
    return replace(page, rows=shown, children=marked, deployments=names)


def _as_parent(row: RunRow, parents: set[UUID]) -> RunRow:
    return replace(row, is_parent=row.run.id in parents)


def _gathered(database: Database, want: Want) -> Page:
    """The rows of ids that are at hand; a run that has gone leaves none."""
    assert want.ids is not None
    assert want.total is not None
    found = run_lists.get_flow_runs(database, want.ids)
    rows = _rows(database, [found[each] for each in want.ids if each in found], want)
    return Page(want.first, rows, want.total, ())


def _children(database: Database, run_id: UUID, want: Want) -> list[RunRow]:
    return _rows(database, run_lists.first_children(database, run_id, CHILDREN), want)


def _indexed(database: Database, want: Want, stopped: Callable[[], bool]) -> Page:
    total = queries.count_flow_runs(database, want.where) if want.total is None else want.total
    if want.keep is not None and want.first > 0:
        runs = _list(database, want.where, older_than=_just_above(want.keep), limit=want.size)
        return _page(database, want, want.first, runs, total, ())
    first = max(0, min(want.first, total - want.size))
    if first == 0:
        runs = _list(database, want.where, limit=want.size)
        total = len(runs) if len(runs) < want.size else max(total, len(runs))
        return _page(database, want, 0, runs, total, ())
    if first + want.size >= total:
        runs = _list(database, want.where, newer_than=_OLDEST, limit=want.size)
        return _page(database, want, total - len(runs), runs, total, ())
    start, found = _walk(database, want, first, total, stopped)
    runs = _list(database, want.where, older_than=_just_above(start.run_id), limit=want.size)
    return _page(database, want, total - start.from_end, runs, total, found)


def _just_above(run_id: UUID) -> UUID:
    return UUID(int=run_id.int + 1)


def _page(
    database: Database, want: Want, first: int, runs: Sequence[FlowRun], total: int, found: Sequence[Anchor]
) -> Page:
    rows = _rows(database, runs, want)
    if len(rows) < want.size and first + len(rows) != total:
        # The end is in sight, so the place of every row is certain.
        first = max(0, total - len(rows))
    edges = [Anchor(total - first - at, rows[at].run.id) for at in {0, len(rows) - 1} if rows]
    return Page(first, rows, total, [*found, *edges])


def _rows(database: Database, runs: Sequence[FlowRun], want: Want) -> list[RunRow]:
    asking = queries.asking(database, [each.id for each in runs])
    return [_row(database, replace(run, asks=run.id in asking), want) for run in runs]


def _row(database: Database, run: FlowRun, want: Want) -> RunRow:
    known = want.known.get(run.id)
    is_known = known is not None and run.id not in want.changed and known.run.state.timestamp == run.state.timestamp
    if known is not None and is_known and known.run.asks == run.asks:
        return RunRow(sanitize.flow_run(run), known.wait)
    return RunRow(sanitize.flow_run(run), next_wait(database, run))


def next_wait(database: Database, run: FlowRun) -> Wait | None:
    """The open wait of a run that is due first; where it has none of its own, of those below it."""
    if not run.asks and run.state.type is not StateType.PAUSED:
        return None
    own = [each for each in queries.get_waits(database, run.id) if each.status is WaitStatus.OPEN]
    waits = own or queries.waits_below(database, run.id)
    due = min(waits, key=lambda each: (each.deadline is None, each.deadline or each.opened), default=None)
    return None if due is None else sanitize.wait(due)


def _walk(
    database: Database, want: Want, first: int, total: int, stopped: Callable[[], bool]
) -> tuple[Anchor, Sequence[Anchor]]:
    """Go by keyset from the nearest known place to ``first``; gives where it came to, and places on the way."""
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
            database,
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


# Lists that no index has, and what goes with a list.


def gather(
    database: Database, where: RunFilter, order: Order, stopped: Callable[[], bool], take: Callable[[bytes], None]
) -> bool:
    """Hand the ids of a list to ``take``, piece by piece, unless an index has it: whether that is so is given."""
    if order == run_lists.NEWEST_FIRST and run_lists.is_indexed(database, where):
        return True
    for piece in run_lists.scan_flow_runs(database, where, order, stopped):
        if piece:
            take(piece)
    return False


def which_fit(database: Database, where: RunFilter, ids: Iterable[UUID]) -> set[UUID]:
    """Those of the runs that are in a list."""
    return run_lists.which_fit(database, where, ids)


def ids_between(
    database: Database, where: RunFilter, newest: UUID | None, oldest: UUID | None, limit: int
) -> list[UUID]:
    """The ids of a list, newest first, from one run to another."""
    return run_lists.ids_between(database, where, newest, oldest, limit)


def deployment_names(database: Database) -> Mapping[UUID, str]:
    """What deployments are called."""
    return {run_id: clean(name) for run_id, name in run_lists.deployment_names(database).items()}


def filter_values(database: Database) -> dict[Key, tuple[str, ...]]:
    """What may be typed into a filter for flows, tags and deployments."""
    return {
        Key.FLOW: tuple(run_lists.flow_names(database, 200)),
        Key.TAG: tuple(run_lists.recent_tags(database)),
        Key.DEPLOYMENT: tuple(sorted(run_lists.deployment_names(database).values())),
    }
