"""Filling a database with suspended runs: copies of one real run, with ids, names and deadlines of their own.

What is copied is what the run really left, column by column, so that this keeps up with the schema.
"""

from __future__ import annotations

import random
import sqlite3
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import coolname
from children import HERE, environment, seconds
from measuring import Options

_TABLES = ("flow_run", "task_run", "result", "wait", "event", "log")
_CHUNK = 20_000
_DAY = 86_400_000_000
_Template = dict[str, list[dict[str, Any]]]


def fill(home: Path, count: int) -> Path:
    """Make a database in ``home`` with ``count`` suspended runs, and return its path."""
    seconds([sys.executable, str(HERE / "programs" / "suspending.py")], environment(home))
    path = home / "holdfast.db"
    connection = sqlite3.connect(path, isolation_level=None)
    for pragma in ("synchronous=OFF", "foreign_keys=OFF", "cache_size=-1000000"):
        connection.execute(f"PRAGMA {pragma}")
    template = {table: _rows(connection, table) for table in _TABLES}
    chance = random.Random(count)
    names = [coolname.generate_slug(2) for _ in range(min(count, 20_000))]
    for start in range(1, count, _CHUNK):
        _insert(connection, template, range(start, min(count, start + _CHUNK)), names, chance)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return path


def filled(options: Options) -> Path:
    """The home with very many suspended runs, which is made once for all who measure."""
    home = options.place / "filled"
    if not home.exists():
        home.mkdir()
        fill(home, options.many)
    return home


def _rows(connection: sqlite3.Connection, table: str) -> list[dict[str, Any]]:
    cursor = connection.execute(f"SELECT * FROM {table}")
    columns = [each[0] for each in cursor.description]
    return [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]


def _insert(
    connection: sqlite3.Connection, template: _Template, numbers: Sequence[int], names: list[str], chance: random.Random
) -> None:
    copies = [_Copy(template, number, chance.choice(names), chance) for number in numbers]
    connection.execute("BEGIN IMMEDIATE")
    for table, rows in template.items():
        for row in rows:
            columns = [name for name in row if name != "seq"]
            marks = ", ".join("?" * len(columns))
            connection.executemany(
                f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})",
                (copy.values(table, row, columns) for copy in copies),
            )
    connection.execute("COMMIT")


_BEFORE = 1_000_000
"""Milliseconds before the original at which the first copy was made: one for each of the most that there are."""


class _Copy:
    """One copy of the run: what stands in it in place of the original's ids and name."""

    def __init__(self, template: _Template, number: int, name: str, chance: random.Random) -> None:
        self._name = name
        self._deadline = None if chance.random() < 0.1 else time.time_ns() // 1000 + chance.randrange(_DAY, 30 * _DAY)
        self._new: dict[Any, str] = {}
        originals = [row["id"] for rows in template.values() for row in rows if "id" in row]
        for index, original in enumerate(originals):
            # In the order of their making, and before the original, so that what comes later is newer in every list.
            milliseconds = (int(original, 16) >> 80) - _BEFORE + number
            self._new[original] = f"{milliseconds:012x}7{index:03x}8{chance.getrandbits(60):015x}"

    def values(self, table: str, row: dict[str, Any], columns: Sequence[str]) -> tuple[Any, ...]:
        """The values of one of its rows."""
        own: dict[str, Any] = {}
        if table == "wait":
            own = {"deadline": self._deadline}
        elif table == "flow_run":
            own = {"name": self._name}
        return tuple(own.get(name, self._new.get(row[name], row[name])) for name in columns)
