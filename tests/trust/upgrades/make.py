"""Makes a sample of the newest schema revision: a database with runs of every kind, as SQL text.

``python tests/trust/upgrades/make.py`` writes ``NNNN.sql`` beside this file. A revision that has a sample is frozen:
`test_upgrades` opens every sample with today's code. Paths in the text are ``{folder}`` and ``{python}``.
"""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from decimal import Decimal
from pathlib import Path

HERE = Path(__file__).parent
PATIENCE = 60.0


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve()
        shutil.copy(HERE / "flows.py", folder)
        os.environ |= {"HOLDFAST_DB": str(folder / "holdfast.db"), "HOLDFAST_USER": "ana"}
        os.chdir(folder)
        fill(folder)
        write(folder)


def fill(folder):
    """Make the runs."""
    from holdfast import cancel_flow_run, get_flow_run, resume_flow_run
    from holdfast.engine.waits import kept_drafts
    from holdfast.forms.model import FormModel
    from holdfast.input import send_input
    from holdfast.records import DraftOf
    from holdfast.store.database import close_all, default
    from holdfast.store.queries import get_waits

    for name in ("contract", "second_question", "keyed", "tree", "go_ahead", "finished", "cancelled"):
        script(name)
    for name, status in (("failed", 1), ("crashed", -signal.SIGKILL)):
        script(name, status)
    script("answered")
    begin("desk", until="Running")
    send_input(1, get_flow_run("desk").id)
    await_state("desk", "Suspended")
    paused = begin("paused_in_task", until="Paused")
    os.kill(paused.pid, signal.SIGKILL)
    paused.wait()

    worker = subprocess.Popen([sys.executable, "-m", "holdfast", "worker"])
    resume_flow_run("second-question", True)
    await_state("second-question", "Suspended", executions=2)
    worker.send_signal(signal.SIGINT)
    worker.wait()

    command("deploy", "flows.py:report", "--name", "nightly", "--cron", "0 6 * * *", "-p", "region=south")
    command("deployment", "pause", "report/nightly")
    command("start", "report/nightly", "-p", "limit=3", "--at", "2026-01-01 00:00")
    script("expired")
    resume_flow_run("answered", Decimal("42.10"))
    send_input(2, get_flow_run("desk").id)
    cancel_flow_run("cancelled")
    database = default()
    (wait,) = get_waits(database, get_flow_run("contract").id)
    form = FormModel(wait.schema, wait.initial)
    form.find(("signed_by",)).text = "An"
    kept_drafts.keep(database, DraftOf.WAIT, wait.id, form.draft())
    close_all()


def script(flow, status=0):
    """Run a flow as a script, to its end."""
    ended = subprocess.run([sys.executable, "flows.py", flow]).returncode
    assert ended == status, (flow, ended)


def begin(flow, until):
    """Start a flow as a script, and wait until it has a state."""
    process = subprocess.Popen([sys.executable, "flows.py", flow])
    await_state(flow.replace("_", "-"), until)
    return process


def await_state(name, state, executions=1):
    from holdfast import get_flow_run
    from holdfast.exceptions import FlowRunNotFound

    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        try:
            run = get_flow_run(name)
        except FlowRunNotFound:
            time.sleep(0.05)
            continue
        if run.state.name == state and run.executions >= executions:
            return
        time.sleep(0.05)
    raise TimeoutError(f"{name} is not {state}.")


def command(*words):
    subprocess.run([sys.executable, "-m", "holdfast", *words], check=True)


def write(folder):
    """Write the database down as text that is the same wherever it was made."""
    from holdfast.store.database import VERSION

    with closing(sqlite3.connect(folder / "holdfast.db")) as connection:
        text = "\n".join(connection.iterdump())
    text = text.replace(str(folder), "{folder}").replace(sys.executable, "{python}")
    (HERE / f"{VERSION}.sql").write_text(text + "\n")


if __name__ == "__main__":
    main()
