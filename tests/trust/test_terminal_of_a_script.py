"""A script's own terminal: what the engine writes there obeys nobody, whoever gave the text."""

import os
import pty
import subprocess
import sys

import pytest

from holdfast.engine import actions

SCRIPT = """
    from holdfast import flow, get_run_logger, pause_flow_run, task

    @task(task_run_name="{name}")
    def greet(name):
        get_run_logger().info("Hello %s", name)
        raise ValueError(name)

    @flow(flow_run_name="of \\x1b[2J")
    def main():
        name = pause_flow_run(wait_for_input=str, timeout=None)
        try:
            greet(name)
        except ValueError:
            get_run_logger().exception("It failed")
        raise ValueError(name)

    if __name__ == "__main__":
        main(return_state=True)
"""
EVIL = "\x1b]0;CHANGED\x07\x1b[2J\x9b2J\u202eevil\r\n23:59:59 | INFO    | forged"


@pytest.fixture
def shown(bench):
    """Run the script on a terminal of its own, answer it, and give all that the terminal was sent."""
    path = bench.write(SCRIPT)
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, str(path)],
        cwd=bench.folder,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    try:
        bench.feed.until_state("Paused")
        actions.resume(bench.db, bench.root().id, {"value": EVIL}, channel="python")
        received = b""
        while part := read(ours):
            received += part
        assert process.wait(60) == 0
        return received.decode()
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        os.close(ours)


def read(terminal):
    try:
        return os.read(terminal, 4096)
    except OSError:  # nobody has the other end any more
        return b""


def test_answers_names_log_lines_and_exceptions_are_only_text(shown):
    assert "Hello ␛]0;CHANGED␇␛[2J" in shown
    assert "ValueError" in shown
    assert "evil" in shown
    assert [each for each in shown if not each.isprintable() and each not in "\r\n"] == []
    assert not [line for line in shown.splitlines() if line.startswith("23:59:59")]
