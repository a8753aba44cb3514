"""Expressions as SQLite writes them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import bindparam, func, literal, select
from sqlalchemy.dialects import sqlite
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler

from holdfast.store.expressions import Holds, InsertIfNew, IsAmong, IsLike

DIALECT = sqlite.dialect(paramstyle="named")


@compiles(InsertIfNew, DIALECT.name)
def _write_insert_if_new(new: InsertIfNew, compiler: SQLCompiler, **options: Any) -> str:
    values: dict[str, Any] = {name: bindparam(name) for name in new.names}
    return compiler.process(sqlite.insert(new.table).values(values).on_conflict_do_nothing(), **options)


@compiles(Holds, DIALECT.name)
def _write_holds(holds: Holds, compiler: SQLCompiler, **options: Any) -> str:
    column, value = holds.clauses
    listed = func.json_each(column).table_valued("value")
    return compiler.process(select(literal(1)).select_from(listed).where(listed.c.value == value).exists(), **options)


@compiles(IsAmong, DIALECT.name)
def _write_is_among(among: IsAmong, compiler: SQLCompiler, **options: Any) -> str:
    column, ids = among.clauses
    return compiler.process(column.in_(select(func.json_each(ids).table_valued("value").c.value)), **options)


@compiles(IsLike, DIALECT.name)
def _write_is_like(is_like: IsLike, compiler: SQLCompiler, **options: Any) -> str:
    # LIKE ignores case by itself here; lower() on both sides costs twice the time.
    column, pattern = is_like.clauses
    return compiler.process(column.like(pattern, escape="/"), **options)
