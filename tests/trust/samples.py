"""The sample databases of earlier schema revisions; see ``upgrades/make.py``."""

import sqlite3
import sys
from contextlib import closing
from pathlib import Path

_HERE = Path(__file__).parent / "upgrades"
SAMPLES = sorted(path.stem for path in _HERE.glob("*.sql"))


def fill(path, revision, folder):
    """Make the sample of a revision, whose flows are in ``folder``, as a program of that time leaves it."""
    text = (_HERE / f"{revision}.sql").read_text()
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(text.replace("{folder}", str(folder)).replace("{python}", sys.executable))
        connection.execute("PRAGMA journal_mode=WAL")


def version(path):
    """The revision of a file."""
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute("SELECT version_num FROM alembic_version").fetchone()[0]
