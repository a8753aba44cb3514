"""Expressions that every database supports, but that are written differently in each, or that SQLAlchemy lacks.

`holdfast.store.sqlite.dialect` has the SQLite versions. Boolean expressions do not have the type `Boolean` here, since
SQLAlchemy compares such a value with 1 if a database has no type for it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, Insert, String, Table, bindparam, literal, literal_column
from sqlalchemy.sql.functions import FunctionElement

TextColumn = ColumnElement[str] | ColumnElement[str | None]


def constant(value: str) -> ColumnElement[str]:
    """Return a constant that is written into the statement.

    SQLite plans again whenever a parameter meets a partial index.
    """
    return literal_column(f"'{value}'", String)


class InsertIfNew(Insert):
    """An INSERT with a parameter for each column. It does nothing if the row exists already."""

    inherit_cache = False

    def __init__(self, table: Table, columns: Sequence[str]) -> None:
        super().__init__(table)
        self.names = columns


class Holds(FunctionElement[bool]):
    """Whether the JSON list in a column contains this text."""

    inherit_cache = True

    def __init__(self, column: TextColumn, value: str) -> None:
        super().__init__(column, literal(value, String))


class IsAmong(FunctionElement[bool]):
    """Whether an id is in a list that the statement gets as one parameter, from `id_list`.

    With a parameter for each id, every number of them would be a statement to compile: that takes milliseconds.
    """

    inherit_cache = True

    def __init__(self, column: TextColumn, parameter: str) -> None:
        super().__init__(column, bindparam(parameter, type_=String))


def id_list(ids: Iterable[UUID]) -> str:
    """Return ids as the parameter of `IsAmong`."""
    return json.dumps([each.hex for each in ids])


class IsLike(FunctionElement[bool]):
    """Whether text fits a pattern, with ``/`` as escape, ignoring the case of ASCII letters."""

    inherit_cache = True

    def __init__(self, column: TextColumn, pattern: str) -> None:
        super().__init__(column, literal(pattern, String))
