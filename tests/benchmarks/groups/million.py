"""Lists from a large file of suspended runs, compared with the same lists from a file with a thousand.

With ``--large`` the file has 1,000,000 runs, which takes some minutes to make.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from uuid import UUID

from children import fresh_home
from measuring import Budget, Options, Reference, Row, in_turns, row
from seeding import fill, filled

from holdfast.engine import actions
from holdfast.records import FlowRun, Wait
from holdfast.store import queries
from holdfast.store.database import Database
from holdfast.store.queries import RunFilter
from holdfast.store.sqlite.driver import SqliteConnection

_SMALL = 1_000
_PAGE = 100
_LIST = Budget(value=0.020)


def measure(options: Options) -> Iterator[Row]:
    """Measure size, pages, counts and one answer."""
    count = options.many
    with fresh_home(options.place) as few_home:
        path = filled(options) / "holdfast.db"
        size = path.stat().st_size / count / 1024
        yield row(f"{count:,} suspended runs: on disk each", [[size]], unit="KB", budget=Budget(value=1.5))
        many, few = Database(path), Database(fill(few_home, _SMALL))
        try:
            yield from _reads(many, few, count, options.rounds(15, 3))
            yield _answers(many, few, count, options.rounds(100, 10))
        finally:
            many.close()
            few.close()


def _reads(many: Database, few: Database, count: int, rounds: int) -> Iterator[Row]:
    for (name, budget, read), (_, _, small) in zip(_queries(many), _queries(few), strict=True):
        measured, reference = in_turns(rounds, _timed(read), _timed(small))
        compared = Reference(f"{_SMALL:,} runs", reference)
        yield row(f"{count:,} suspended runs: {name}", measured, reference=compared, budget=budget)


def _queries(database: Database) -> list[tuple[str, Budget, Callable[[], object]]]:
    wait, run = _middle(database)
    suspended = RunFilter(states=frozenset({"Suspended"}))
    return [
        ("inbox, first page", _LIST, lambda: queries.inbox(database, limit=_PAGE)),
        ("inbox, page in the middle", _LIST, lambda: queries.inbox(database, after=wait, limit=_PAGE)),
        ("runs, first page", _LIST, lambda: queries.list_flow_runs(database, limit=_PAGE)),
        ("runs, page in the middle", _LIST, lambda: queries.list_flow_runs(database, older_than=run.id, limit=_PAGE)),
        ("runs, first page of suspended", _LIST, lambda: queries.list_flow_runs(database, suspended, limit=_PAGE)),
        (
            "runs, a name that no run has",
            Budget(),
            lambda: queries.list_flow_runs(database, RunFilter(text="no such name"), limit=_PAGE),
        ),
        ("run by the start of its id", _LIST, lambda: queries.find_flow_run(database, run.id.hex[:30])),
        ("run by its name", _LIST, lambda: queries.find_flow_run(database, run.name)),
        ("count of runs", Budget(), lambda: queries.count_flow_runs(database)),
        ("count of suspended runs", Budget(), lambda: queries.count_flow_runs(database, suspended)),
        ("count of unanswered waits", Budget(), lambda: queries.count_unanswered_waits(database)),
    ]


def _middle(database: Database) -> tuple[Wait, FlowRun]:
    """Return a wait and a run from the middle of their lists."""
    with database.read() as connection:
        assert isinstance(connection, SqliteConnection)
        (run_id,) = connection.execute(
            "SELECT id FROM flow_run ORDER BY id LIMIT 1 OFFSET (SELECT count(*) / 2 FROM flow_run)"
        ).fetchone()
    run = queries.get_flow_run(database, UUID(run_id))
    return queries.get_waits(database, run.id)[0], run


def _timed(call: Callable[[], object]) -> Callable[[], list[float]]:
    def block() -> list[float]:
        began = time.perf_counter()
        call()
        return [time.perf_counter() - began]

    return block


def _answers(many: Database, few: Database, count: int, rounds: int) -> Row:
    """Measure an answer to a suspended run: storing it and scheduling the run, which decides the wait later."""

    def answer(database: Database) -> Callable[[], list[float]]:
        runs = iter(queries.list_flow_runs(database, RunFilter(states=frozenset({"Suspended"})), limit=rounds))

        def block() -> list[float]:
            run = next(runs)
            began = time.perf_counter()
            actions.resume(database, run.id, {"approved": True}, channel="python")
            return [time.perf_counter() - began]

        return block

    measured, reference = in_turns(rounds, answer(many), answer(few))
    return row(
        f"{count:,} suspended runs: answer one",
        measured,
        reference=Reference(f"{_SMALL:,} runs", reference),
        latency=True,
    )
