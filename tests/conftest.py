"""What every test has: a database of its own, and a name to act under."""

from __future__ import annotations

import subprocess
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


class SmallDisk:
    """A disk of two megabytes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def fill(self) -> None:
        """Leave no room on it."""
        with (self.folder / "fill").open("wb", buffering=0) as file:
            try:
                while True:
                    file.write(b"." * 4096)
            except OSError as error:
                assert error.strerror == "No space left on device"  # noqa: PT017 - until it happens

    def make_room(self) -> None:
        """Take back what `fill` did."""
        (self.folder / "fill").unlink()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[SmallDisk]:
    """A small disk of the test's own."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("a disk of its own needs root, and the right to mount")
    try:
        yield SmallDisk(folder)
    finally:
        database.close_all()
        subprocess.run(["umount", str(folder)], check=True)
