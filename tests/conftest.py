"""What every test has: a database of its own, and a name to act under."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest

from holdfast.store import database
from holdfast.store.sqlite import files
from holdfast.store.tables import VERSION
from processes import Forge

MEMORY = Path("/dev/shm")
ROOM = 2**30
"""Bytes that have to be free in memory for the tests' folders to be there."""


def pytest_configure() -> None:
    """Put the tests' folders into memory where there is enough: most of a new database's cost is waiting for a disk.

    The processes that tests start keep bytecode, as everywhere: without it each of them compiles Holdfast.
    """
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    if os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ROOM:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))


LIVE = {"anyio_backend", "desk", "forge", "script", "small_disk", "snap_compare"}
"""Fixtures by which a test starts a process, or runs an app: async tests of the app do, and pictures."""
TRUST = Path(__file__).with_name("trust")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what `make quick` leaves out: by the fixtures that it uses, and all of the tests that break processes."""
    for item in items:
        if LIVE & set(getattr(item, "fixturenames", ())) or item.path.is_relative_to(TRUST):
            item.add_marker("live")


@pytest.fixture(autouse=True)
def no_process(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """See to it that a test that starts a process is marked."""
    if request.node.get_closest_marker("live") is not None:
        return

    def refuse(*_: object, **__: object) -> NoReturn:
        pytest.fail("A test that starts a process has to use a fixture for that, or has the mark `live`.")

    monkeypatch.setattr(subprocess.Popen, "_execute_child", refuse)
    monkeypatch.setattr(os, "fork", refuse)


@pytest.fixture(scope="session", autouse=True)
def copied_databases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Databases that are made in this process are copies of one that was made by its schema."""
    made = tmp_path_factory.mktemp("made") / "holdfast.db"
    files.create(made, VERSION)
    fill = files.fill

    def copy(path: Path, version: str) -> None:
        if version == VERSION:
            shutil.copyfile(made, path)
        else:
            fill(path, version)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(files, "fill", copy)
        yield


@pytest.fixture(autouse=True)
def own_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Settings that keep the test to its own folder; what it opened is closed."""
    monkeypatch.setenv("HOLDFAST_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("HOLDFAST_USER", "tester")
    for name in ("HOLDFAST_DB", "HOLDFAST_SYNCHRONOUS"):
        monkeypatch.delenv(name, raising=False)
    yield
    database.close_all()


@pytest.fixture(scope="session")
def forge() -> Iterator[Forge]:
    """Where processes for commands, and for the app on a terminal, come from."""
    made = Forge(Path(__file__).with_name("commands_server.py"))
    yield made
    made.close()


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
