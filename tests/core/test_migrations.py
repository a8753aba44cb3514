"""Alembic's way to the newest tables is the same as making them at once."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from holdfast.exceptions import StoreDamaged
from holdfast.store import tables
from holdfast.store.database import VERSION, Database
from holdfast.store.migrations import configuration, known_revisions, upgrade
from holdfast.store.sqlite import files

SAMPLES = sorted((Path(__file__).parents[1] / "trust" / "upgrades").glob("*.sql"))
"""A database of each revision that is out; see ``make.py`` there."""


def made(path):
    """Every statement that made something in the file, by what it made, without the white space."""
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute("SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall()
    return {
        (type_, name): re.sub(r"\s*([(),])\s*", r"\1", re.sub(r"\s+", " ", sql)).strip()
        for type_, name, sql in rows
        if name != "alembic_version"
    }


@pytest.mark.slow
def test_migrating_an_empty_file_gives_the_tables_that_a_new_file_has(tmp_path):
    migrated, new = tmp_path / "migrated.db", tmp_path / "new.db"
    migrated.touch()
    upgrade(migrated)
    files.create(new, VERSION)
    assert made(migrated) == made(new)


def test_the_tables_are_those_that_the_rows_declare(tmp_path):
    migrated, declared = tmp_path / "migrated.db", tmp_path / "declared.db"
    migrated.touch()
    upgrade(migrated)
    with closing(sqlite3.connect(declared)) as connection:
        for statement in files.schema():
            connection.execute(statement)
    assert made(migrated) == made(declared)


def test_partial_indexes_are_made_by_the_one_helper_that_knows_every_dialect():
    """An argument of one dialect alone would make a full index in another, which refuses rows that are right."""
    assert Path(tables.__file__).read_text().count("_where") == 1


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.stem)
def test_a_revision_that_is_out_is_not_changed(sample, tmp_path):
    migrated, sampled = tmp_path / "migrated.db", tmp_path / "sampled.db"
    migrated.touch()
    upgrade(migrated, to=sample.stem)
    with closing(sqlite3.connect(sampled)) as connection:
        connection.executescript(sample.read_text())
    assert made(migrated) == made(sampled)


def test_a_migrated_file_opens(tmp_path):
    path = tmp_path / "migrated.db"
    path.touch()
    upgrade(path)
    Database(path).close()


def test_the_version_is_the_newest_revision():
    from alembic.script import ScriptDirectory

    assert ScriptDirectory.from_config(configuration()).get_heads() == [VERSION]


def test_revisions_are_in_order_of_their_names():
    from alembic.script import ScriptDirectory

    revisions = [each.revision for each in ScriptDirectory.from_config(configuration()).walk_revisions()]
    assert revisions == sorted(revisions, reverse=True)
    assert set(revisions) == known_revisions(configuration())


def test_a_revision_that_never_was_is_refused(tmp_path):
    path = tmp_path / "odd.db"
    files.create(path, "0000-odd")
    with pytest.raises(StoreDamaged, match=re.escape(f"{path} says its schema is '0000-odd'")):
        Database(path)


def test_a_file_with_an_unfinished_migration_is_left_as_it_was(tmp_path):
    path = tmp_path / "odd.db"
    files.create(path, "0000-odd")
    before = made(path)
    with pytest.raises(StoreDamaged):
        Database(path)
    assert made(path) == before
