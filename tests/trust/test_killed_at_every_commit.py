"""Whatever process is killed at whatever commit: no finished task runs again, no wait is lost or decided twice."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

SWEEP = Path(__file__).parent / "sweep.py"


@pytest.fixture
def folder(tmp_path):
    """A folder in memory where there is one: a kill is no power cut, so nothing here has to reach a disk."""
    memory = Path("/dev/shm")
    if not os.access(memory, os.W_OK):
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(dir=memory, prefix="holdfast-") as made:
        yield Path(made)


@pytest.mark.parametrize(
    "flow",
    [
        "suspending",
        "suspending_in_a_child",
        "asuspending",
        "pausing_in_threads",
        "apausing",
        "pausing",
        "in_children",
        "in_threads",
        "in_sequence",
        "in_a_loop",
        "catching",
        "receiving",
        "areceiving",
    ],
)
def test_a_flow_comes_to_its_result_with_a_kill_at_any_commit(flow, folder):
    done = subprocess.run(
        [sys.executable, str(SWEEP), flow, str(folder)],
        capture_output=True,
        text=True,
        env=dict(os.environ),
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["problems"] == []
    assert found["kills"] > 10
