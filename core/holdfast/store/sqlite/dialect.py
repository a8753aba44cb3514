"""SQL as SQLite has it."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Insert, Table, bindparam, func, literal, select
from sqlalchemy.dialects import sqlite

DIALECT = sqlite.dialect(paramstyle="named")


def insert_if_new(table: Table, columns: Sequence[str]) -> Insert:
    """An INSERT that does nothing where the row is there already."""
    return sqlite.insert(table).values({name: bindparam(name) for name in columns}).on_conflict_do_nothing()


def holds(column: ColumnElement[str | None], value: str) -> ColumnElement[bool]:
    """Whether the JSON list in a column has this text in it."""
    listed = func.json_each(column).table_valued("value")
    return select(literal(1)).select_from(listed).where(listed.c.value == value).exists()


def is_like(column: ColumnElement[str] | ColumnElement[str | None], pattern: str) -> ColumnElement[bool]:
    """Whether text fits a pattern, in which ``/`` escapes, whatever the case of its ASCII letters."""
    # LIKE does that by itself here; lower() on both sides costs twice the time.
    return column.like(pattern, escape="/")
