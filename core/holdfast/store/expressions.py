"""What every database can do, but each says in words of its own, or not in any that SQLAlchemy has.

How it is written in SQLite: `holdfast.store.sqlite.dialect`. What is true or false has no type `Boolean` here, since
SQLAlchemy compares such a value with 1 where a database has no type for it.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Insert, String, Table, literal, literal_column
from sqlalchemy.sql.functions import FunctionElement

TextColumn = ColumnElement[str] | ColumnElement[str | None]


def constant(value: str) -> ColumnElement[str]:
    """A value of ours, written into the statement: SQLite plans again whenever a parameter meets a partial index."""
    return literal_column(f"'{value}'", String)


class InsertIfNew(Insert):
    """An INSERT with a parameter for each column, that does nothing where the row is there already."""

    inherit_cache = False

    def __init__(self, table: Table, columns: Sequence[str]) -> None:
        super().__init__(table)
        self.names = columns


class Holds(FunctionElement[bool]):
    """Whether the JSON list in a column has this text in it."""

    inherit_cache = True

    def __init__(self, column: TextColumn, value: str) -> None:
        super().__init__(column, literal(value, String))


class IsLike(FunctionElement[bool]):
    """Whether text fits a pattern, in which ``/`` escapes, whatever the case of its ASCII letters."""

    inherit_cache = True

    def __init__(self, column: TextColumn, pattern: str) -> None:
        super().__init__(column, literal(pattern, String))
