"""``holdfast demo --headless``: one flow from start to end, as plain text."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from typing import Any

from holdfast.cli import output
from holdfast.cli.answers import form_of
from holdfast.cli.commands.logs import changes, text_of
from holdfast.cli.demo_processes import Running
from holdfast.cli.exit_codes import Exit
from holdfast.engine import actions, results
from holdfast.forms.field_texts import hint
from holdfast.interrupts import in_turns
from holdfast.records import FlowRun, Wait
from holdfast.store import queries
from holdfast.store.database import Database, default
from holdfast.text import clean, clean_block

ANSWER = {"approve": True, "environment": "production", "rollout": 10, "note": "Payment service first."}


class _Ended(Exception):
    """The flow's process ended unexpectedly."""


def tell(running: Running) -> Exit:
    """Follow the release flow in its process, answer its question, and print what happens."""
    database = default()
    with changes(database) as changed:
        threading.Thread(target=_notice_end, args=(running.process, changed), daemon=True).start()
        try:
            _Story(database, running.process, changed).tell()
        except _Ended:
            output.complain(f"The flow's process ended unexpectedly: {running.last_words()}")
            return Exit.FAILED
    return Exit.DONE


def _notice_end(process: subprocess.Popen[bytes], changed: threading.Event) -> None:
    process.wait()
    changed.set()


class _Story:
    """The story, and how far it has been told."""

    def __init__(self, database: Database, process: subprocess.Popen[bytes], changed: threading.Event) -> None:
        self._database = database
        self._process = process
        self._changed = changed
        self._run: FlowRun | None = None
        self._last_line = 0

    def tell(self) -> None:
        """Tell the story from start to end."""
        _chapter(f"A flow starts in its own process (pid {self._process.pid}).")
        wait = self._until_it_asks()
        assert self._run is not None
        _chapter(f"It pauses and asks. `holdfast inbox` lists the question, due {output.until(wait.deadline)}:")
        _block(wait.description or "")
        output.say()
        for line in _fields(wait):
            output.say(f"   {line}")
        _chapter(f"Somebody answers from another process (pid {os.getpid()}), as with this command:")
        pairs = " ".join(f"-i {name}={_shell(value)}" for name, value in ANSWER.items())
        output.say(f"   holdfast resume {clean(self._run.name)} {pairs}")
        actions.resume(self._database, self._run.id, ANSWER, key=wait.key, channel="cli")
        _chapter("The flow continues with the answer.")
        run = self._until_it_ends()
        _chapter(f"{run.state.name} after {output.span(_seconds(run))} with the result:")
        output.say(f"   {self._result(run)}")

    def _until_it_asks(self) -> Wait:
        while True:
            self._look()
            waits = queries.get_waits(self._database, self._run.id) if self._run else []
            if waits:
                return waits[0]
            self._wait()

    def _until_it_ends(self) -> FlowRun:
        while True:
            run = self._look()
            if run is not None and run.state.is_final():
                return run
            self._wait()

    def _look(self) -> FlowRun | None:
        """Read the run, and print the new log lines of its tasks."""
        self._changed.clear()
        ended = self._process.poll() is not None
        first = self._run is None
        if self._run is None:
            newest = queries.list_flow_runs(self._database, limit=1)
            self._run = newest[0] if newest else None
        else:
            self._run = queries.get_flow_run(self._database, self._run.id)
        if self._run is None:
            if ended:
                raise _Ended
            return None
        if first:
            output.say(f"   flow run {clean(self._run.name)} of {clean(self._run.flow_name)}")
        for line in queries.get_logs(self._database, self._run.id, after=self._last_line):
            self._last_line = line.seq
            if line.task_run_id is not None:
                _block(text_of(line))
        if ended and not self._run.state.is_final():
            raise _Ended
        return self._run

    def _wait(self) -> None:
        sys.stdout.flush()
        in_turns(self._changed.wait)

    def _result(self, run: FlowRun) -> str:
        body = queries.get_result(self._database, run.id)
        return clean(str(results.show(body))) if body else "none"


def _chapter(title: str) -> None:
    output.say(f"\n{output.paint(title, 'bold')}" if sys.stdout.isatty() else f"\n{title}")


def _block(text: str) -> None:
    for line in clean_block(text).strip().split("\n"):
        output.say(f"   {line}".rstrip())


def _fields(wait: Wait) -> list[str]:
    """Return the form's fields as lines, one per field."""
    rows: list[tuple[str, ...]] = []
    for node in form_of(wait).root.children:
        value = node.shown()
        choices = ", ".join(choice.label for choice in node.field.choices)
        about = choices or hint(node.field) or node.field.kind.value
        given = value if isinstance(value, str | int) else ""
        rows.append((clean(node.field.name), clean(about), f"[{clean(str(given))}]" if given else ""))
    return output.table(("field", "takes", ""), rows)


def _shell(value: Any) -> str:
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return f"'{text}'" if " " in text else text


def _seconds(run: FlowRun) -> float:
    return (run.ended - run.created).total_seconds() if run.ended else 0.0
