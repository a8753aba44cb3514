"""What every test has: a database of its own, and a name to act under."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from holdfast.store import database


@pytest.fixture(autouse=True)
def own_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Settings that keep the test to its own folder; what it opened is closed."""
    monkeypatch.setenv("HOLDFAST_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("HOLDFAST_USER", "tester")
    for name in ("HOLDFAST_DB", "HOLDFAST_SYNCHRONOUS"):
        monkeypatch.delenv(name, raising=False)
    yield
    database.close_all()
