"""Flows and tasks keep their signatures and result types for a type checker, and the verbs have theirs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CHECKED = sorted(map(str, (Path(__file__).parent / "typing").glob("*.py")))


@pytest.mark.live
def test_mypy_finds_signatures_and_results_as_they_are():
    # With the project's own settings it uses what checking the project has cached.
    check("mypy", *CHECKED)


@pytest.mark.live
def test_pyright_finds_signatures_and_results_as_they_are(monkeypatch):
    monkeypatch.setenv("PYRIGHT_PYTHON_IGNORE_WARNINGS", "1")  # it would ask the network for a newer one
    check("pyright", "--pythonpath", sys.executable, "--project", str(ROOT / "pyproject.toml"), *CHECKED)


def check(*arguments):
    done = subprocess.run([sys.executable, "-m", *arguments], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stdout + done.stderr
