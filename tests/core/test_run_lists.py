"""Lists of flow runs from the store, beside the same lists made in plain Python."""

from __future__ import annotations

import json
import random
import sqlite3
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from uuid import UUID

import pytest

from holdfast.filters import Key, Order, RunFilter, Sort, parse
from holdfast.schedules import CatchUp
from holdfast.states import NAMES, StateType, named
from holdfast.store import run_lists
from holdfast.store.database import Database
from holdfast.store.ids import from_time, to_time
from holdfast.store.run_plans import plan

NOW = datetime(2077, 3, 4, 9, 30, tzinfo=UTC)
COUNT = 3_000
DEPLOYMENTS = {"d" * 32: ("release", "nightly"), "e" * 32: ("report", "daily")}
STATES = ["Completed"] * 6 + ["Failed", "TimedOut", "Crashed", "Paused", "Suspended", "Running", "Scheduled"]


def make_rows(pattern):
    chance = random.Random(7)
    top = None
    for index in range(COUNT):
        at = to_time(NOW) // 1000 - (COUNT - index) * 60_000
        run_id = f"{(at << 80) | (0x7000 << 64) | (0x8 << 60) | index:032x}"
        state = named(chance.choice(STATES))
        started = None if state.name == "Scheduled" else at * 1000 + 5
        ended = at * 1000 + chance.randrange(10**10) if state.is_final() else None
        child = top is not None and index % 4 == 0
        top = top if child else run_id
        yield pattern | {
            "id": run_id, "root_id": run_id, "parent_id": top if child else None, "call": run_id if child else None,
            "name": chance.choice(["golden-otter", "Calm-Heron", "100%_done", "a/b", "東京", "zz"]) + f"-{index % 50}",
            "flow_name": chance.choice(["release", "report", "Import", "rel_ease", "a[b]"]),
            "state_type": state.type.value, "state_name": state.name, "state_at": ended or at * 1000,
            "created_at": at * 1000, "started_at": started, "ended_at": ended, "host_id": None,
            "deployment_id": chance.choice([None, None, *DEPLOYMENTS]), "idempotency_key": run_id,
            "tags": chance.choice([None, *map(json.dumps, (["eu", 'q"uote'], ["EU-west"], ["ü", "eu"]))]),
        }  # fmt: skip


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """A database with runs of every kind, and its rows, the newest first."""
    from holdfast.records import Origin
    from holdfast.store import runs

    path = tmp_path_factory.mktemp("lists") / "holdfast.db"
    database = Database(path)
    origin = Origin("/srv/flow.py:flow", "/srv", "/usr/bin/python3")
    runs.create(database, runs.NewRun("0" * 32, "x", "x", named("Running"), origin, b"{}"), "ana")
    connection = sqlite3.connect(path)
    connection.row_factory = sqlite3.Row
    pattern = dict(connection.execute("SELECT * FROM flow_run").fetchone())
    rows = list(make_rows(pattern))
    with connection:
        connection.execute("DELETE FROM event")
        connection.execute("DELETE FROM flow_run")
        for id_, (flow, name) in DEPLOYMENTS.items():
            given = {
                "id": id_, "flow_name": flow, "name": name, "tags": "[]", "schedules": "[]", "catch_up": CatchUp.ONCE,
                "paused": 0, "created_at": 0, "updated_at": 0, "parameters": b"{}", "entrypoint": "x",
                "working_directory": "/", "interpreter": "x", "arguments": "[]",
            }  # fmt: skip
            marks = ", ".join(f":{each}" for each in given)
            connection.execute(f"INSERT INTO deployment ({', '.join(given)}) VALUES ({marks})", given)
        connection.executemany(
            f"INSERT INTO flow_run ({', '.join(pattern)}) VALUES ({', '.join(f':{each}' for each in pattern)})", rows
        )
    connection.close()
    yield database, sorted(rows, key=lambda row: row["id"], reverse=True)
    database.close()


def fits(row, term):
    return fits_as_it_stands(row, term) is not term.inverse


def fits_as_it_stands(row, term):
    names = [row["name"].lower(), row["flow_name"].lower()]
    first = term.values[0].lower() if term.values else ""
    match term.key:
        case Key.TEXT:
            return any(first in name for name in names)
        case Key.FUZZY:
            return any(in_order(first, name) for name in names)
        case Key.STATE:
            return any(each in (row["state_type"].lower(), row["state_name"].lower()) for each in term.values)
        case Key.FLOW:
            patterns = [each.lower().replace("[", "[[]") for each in term.values]
            return any(fnmatchcase(row["flow_name"].lower(), each) for each in patterns)
        case Key.TAG:
            tags = {tag.lower() for tag in json.loads(row["tags"] or "[]")}
            return bool(tags & {each.lower() for each in term.values})
        case Key.DEPLOYMENT:
            flow, name = DEPLOYMENTS.get(row["deployment_id"], ("", ""))
            return any(each in (name, f"{flow}/{name}") for each in term.values)
        case Key.ID:
            return any(row["id"].startswith(each) for each in term.values)
        case Key.IS:
            return ("child" if row["parent_id"] else "top") in term.values
        case Key.AGE:
            age = NOW - from_time(row["created_at"])
            return age > term.span if term.longer else age <= term.span
        case Key.TOOK:
            if row["started_at"] is None:
                return False
            taken = (from_time(row["ended_at"]) if row["ended_at"] else NOW) - from_time(row["started_at"])
            return taken > term.span if term.longer else taken < term.span


def in_order(letters, name):
    rest = iter(name)
    return all(letter in rest for letter in letters)


FILTERS = [
    "", "otter", "OTTER", "!otter", "otter release", "100%_", "a/b", "%", "_", "東", "~gtr", "!~gtr", "~%d",
    "state:failed", "state:timedout", "state:failed,crashed", "state:suspended", "state:paused,timedout",
    "!state:completed", "state:paused state:suspended", "flow:release", "flow:RELEASE,import", "flow:rel*",
    "flow:a[b]", "flow:nothing", "!flow:nothing", "!flow:rel*", "flow:release state:failed",
    "flow:release !state:failed",
    "tag:eu", "!tag:eu", "tag:EU", 'tag:"q\\"uote"', "tag:ü", "tag:e", "deployment:nightly", "deployment:report/daily",
    "!deployment:daily", "deployment:nothing", "deployment:nightly flow:release", "is:top", "is:child", "!is:child",
    "is:top,child", "is:top flow:release", "age>2h", "age<2h", "!age<2h", "age>2h age<10h state:failed", "took>1h",
    "took<10m", "!took<10m", "state:failed took>1h otter tag:eu",
]  # fmt: skip


@pytest.mark.parametrize("text", FILTERS)
def test_a_filter_gives_what_plain_python_gives(store, text):
    database, rows = store
    where = RunFilter(terms=parse(text).terms, now=NOW)
    expected = [UUID(row["id"]) for row in rows if all(fits(row, term) for term in where.terms)]

    assert scanned(database, where) == expected
    assert run_lists.count_flow_runs(database, where) == len(expected)
    assert run_lists.which_fit(database, where, [UUID(row["id"]) for row in rows]) == set(expected)
    page = run_lists.list_flow_runs(database, where, limit=40)
    assert [run.id for run in page] == expected[:40]
    if len(expected) > 40:
        after = run_lists.list_flow_runs(database, where, older_than=page[-1].id, limit=40)
        assert [run.id for run in after] == expected[40:80]
        before = run_lists.list_flow_runs(database, where, newer_than=page[-1].id, limit=5)
        assert [run.id for run in before] == expected[34:39]
        assert run_lists.nth_flow_run_id(database, where, 30, older_than=page[0].id) == expected[30]


def scanned(database, where, order=run_lists.NEWEST_FIRST):
    found = b"".join(run_lists.scan_flow_runs(database, where, order))
    return [UUID(bytes=found[at : at + 16]) for at in range(0, len(found), 16)]


def test_an_id_is_found_by_its_beginning(store):
    database, rows = store
    begun = rows[7]["id"][:13]
    expected = [UUID(row["id"]) for row in rows if row["id"].startswith(begun)]
    assert scanned(database, parse(f"id:{begun[:8]}-{begun[8:]}")) == expected


RANKS = ["PAUSED", "FAILED", "CRASHED", "CANCELLING", "RUNNING", "PENDING", "SCHEDULED", "CANCELLED", "COMPLETED"]


def taken(row):
    return None if row["started_at"] is None else (row["ended_at"] or to_time(NOW)) - row["started_at"]


def in_plain_python(rows, order):
    keys = {
        Sort.CREATED: lambda row: row["created_at"],
        Sort.UPDATED: lambda row: row["state_at"],
        Sort.ENDED: lambda row: row["ended_at"],
        Sort.TOOK: taken,
        Sort.NAME: lambda row: row["name"],
        Sort.FLOW: lambda row: row["flow_name"],
        Sort.STATE: lambda row: RANKS.index(row["state_type"]),
    }
    key = keys[order.by]
    if order.by in (Sort.NAME, Sort.FLOW):
        return sorted(rows, key=lambda row: (key(row), row["id"]), reverse=order.reverse)
    last = [row for row in rows if key(row) is None]
    rest = [row for row in rows if key(row) is not None]
    down = order.by is not Sort.STATE
    return sorted(rest, key=key, reverse=down is not order.reverse) + last


@pytest.mark.parametrize("text", ["", "flow:release state:failed,completed", "otter"])
@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("by", Sort)
def test_a_list_is_sorted_as_plain_python_sorts_it(store, text, by, reverse):
    database, rows = store
    where, order = RunFilter(terms=parse(text).terms, now=NOW), Order(by, reverse)
    fitting = [row for row in rows if all(fits(row, term) for term in where.terms)]
    if by is Sort.CREATED:
        expected = [row["id"] for row in (reversed(fitting) if reverse else fitting)]
    else:
        expected = [row["id"] for row in in_plain_python(fitting, order)]
    assert [each.hex for each in scanned(database, where, order)] == expected
    page = run_lists.list_flow_runs(database, where, order=order, limit=30)
    assert [run.id.hex for run in page] == expected[:30]


def test_a_walk_gives_what_it_finds_in_pieces_and_stops_when_told_to(store):
    database, _ = store
    assert len(list(run_lists.scan_flow_runs(database, parse("otter")))) > 1
    stop: list[bool] = []
    pieces = []
    for piece in run_lists.scan_flow_runs(database, parse("otter"), stopped=lambda: bool(stop)):
        pieces.append(piece)
        stop.append(True)
    assert len(pieces) == 1


def test_sorting_stops_when_told_to(store):
    database, _ = store
    assert list(run_lists.scan_flow_runs(database, RunFilter(), Order(Sort.ENDED), stopped=lambda: True)) in (
        [],
        [b"".join(run_lists.scan_flow_runs(database, RunFilter(), Order(Sort.ENDED)))],
    )


@pytest.mark.parametrize(
    ("text", "indexed"),
    [
        ("", True), ("state:failed,crashed", True), ("flow:release", True), ("flow:rel*", True), ("age>2h", True),
        ("state:failed age<2h", True), ("deployment:nightly", True), ("is:top", True), ("state:suspended", False),
        ("otter", False), ("flow:release state:failed", False), ("tag:eu", False), ("took>1m", False),
        ("!state:failed", False),
    ],
)  # fmt: skip
def test_the_common_filters_are_had_from_indexes(store, text, indexed):
    assert run_lists.is_indexed(store[0], parse(text)) is indexed


@pytest.mark.parametrize(
    ("text", "index"),
    [
        ("state:failed,crashed", "flow_run_by_state"),
        ("flow:release,report", "flow_run_by_flow"),
        ("deployment:nightly", "flow_run_of_deployment"),
        ("is:top", "flow_run_at_top"),
        ("state:failed flow:release", "flow_run_by_state"),
    ],
)
def test_pages_and_counts_read_an_index_and_sort_nothing(store, text, index):
    database, _ = store
    with database.read() as connection:
        connection.execute("SELECT 1")
        steps = []
        connection.set_trace_callback(steps.append)
        database.connections._readers.append(connection)
        try:
            run_lists.list_flow_runs(database, parse(text))
        finally:
            database.connections._readers.remove(connection)
            connection.set_trace_callback(None)
        plans = [str(row[3]) for row in connection.execute(f"EXPLAIN QUERY PLAN {steps[-1]}")]
    assert any(index in step for step in plans), plans
    assert not any("TEMP B-TREE" in step for step in plans), plans


def test_what_has_children_is_known_of_many_runs_at_once(store):
    database, rows = store
    parents = {UUID(row["parent_id"]) for row in rows if row["parent_id"]}
    assert run_lists.with_children(database, [UUID(row["id"]) for row in rows]) == parents


def test_flows_tags_and_deployments_are_offered(store):
    database, rows = store
    assert run_lists.flow_names(database, 100) == sorted({row["flow_name"] for row in rows})
    assert run_lists.recent_tags(database) == sorted(["eu", 'q"uote', "EU-west", "ü"])
    assert set(run_lists.deployment_names(database).values()) == {"release/nightly", "report/daily"}


def test_very_many_flows_are_matched_in_their_rows(store, monkeypatch):
    database, rows = store
    monkeypatch.setattr("holdfast.store.run_plans._NAMES", 2)
    where = parse("flow:rel*")
    assert not plan(database, where).is_exact
    assert scanned(database, where) == [UUID(row["id"]) for row in rows if row["flow_name"].startswith("rel")]


def test_every_state_is_a_word_of_the_language():
    assert {*map(str.lower, NAMES), *(each.lower() for each in StateType)} == set(
        parse("state:" + ",".join(NAMES)).terms[0].values
    ) | {each.lower() for each in StateType}
