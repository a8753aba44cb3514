"""What must be true in the end of a database and of what the witness saw. Each gives sentences of what is not."""

import json
import sqlite3
from collections import defaultdict
from contextlib import closing

from flows import MESSAGES, QUESTIONS

FINAL = ("COMPLETED", "FAILED", "CANCELLED", "CRASHED")


class Records:
    """The database, read without the engine."""

    def __init__(self, path):
        self._path = path

    def rows(self, query, *parameters):
        with closing(sqlite3.connect(self._path, timeout=60)) as connection:
            return connection.execute(query, parameters).fetchall()


def problems(path, facts):
    """All that is not as it must be."""
    records = Records(path)
    return [
        *no_body_after_its_record(records, facts),
        *no_two_executions(facts),
        *every_answer_is_used(records, facts),
        *history_explains_each_wait(records),
        *nothing_is_stuck(records),
        *results_are_right(records, facts),
        *the_file_is_whole(records),
    ]


def no_body_after_its_record(records, facts):
    """The body of a task never begins after the engine has recorded that it completed."""
    ended = dict(records.rows("SELECT id, ended_at FROM task_run WHERE state_type = 'COMPLETED'"))
    runs = defaultdict(set)
    for fact in facts:
        if fact["kind"] == "body":
            runs[fact["run"], fact["label"]].add(fact["task_run"])
            if fact["at"] > ended.get(fact["task_run"], fact["at"]):
                yield f"{fact['label']} of {fact['run']} began again after it was recorded as completed"
    for (run, label), task_runs in runs.items():
        if sum(each in ended for each in task_runs) > 1:
            yield f"{label} of {run} completed in {len(task_runs)} task runs"


def no_two_executions(facts):
    """No two processes execute a run at the same time."""
    for fact in facts:
        if fact["kind"] == "two executions":
            yield f"two processes executed {fact['run']} at the same time"


def acknowledged(facts, verb):
    """The arguments of everything that was acknowledged to somebody."""
    return [fact["arguments"] for fact in facts if fact["kind"] == "acknowledged" and fact["verb"] == verb]


def every_answer_is_used(records, facts):
    """What was acknowledged as an answer is what the wait was decided by, unless the run was cancelled."""
    for run, key, value in acknowledged(facts, "answer"):
        found = records.rows(
            "SELECT wait.status, answer.verdict, answer.value FROM wait JOIN flow_run ON flow_run.id = flow_run_id"
            " JOIN answer ON wait_id = wait.id WHERE flow_run_id = ? AND key = ? AND state_type != 'CANCELLED'",
            run,
            key,
        )
        if any(
            (verdict, status) != ("accepted", "decided") or plain(stored) != int(value)
            for status, verdict, stored in found
        ):
            yield f"{value} was acknowledged as the answer to {key} of {run}, and there is {found}"


def plain(stored):
    """The number in a stored answer."""
    value = json.loads(stored)
    return value["value"] if isinstance(value, dict) else value


def history_explains_each_wait(records):
    """Each wait that is closed was closed by an event that says how, and was opened before."""
    waits = records.rows("SELECT id, flow_run_id, key, status FROM wait")
    for _, run, key, status in waits:
        kinds = [
            kind
            for (kind,) in records.rows(
                "SELECT kind FROM event WHERE flow_run_id = ? AND task_run_id IS NULL"
                " AND (detail = ? OR detail LIKE ? || ' %' OR detail LIKE ? || ':%') ORDER BY seq",
                run,
                key,
                key,
                key,
            )
        ]
        if "opened" not in kinds:
            yield f"wait {key} of {run} was never opened: {kinds}"
        if status != "open" and status not in kinds:
            yield f"wait {key} of {run} is {status}, and its events are {kinds}"


def nothing_is_stuck(records):
    """Every run has ended, and no process is recorded as executing one."""
    for name, flow, state, host in records.rows("SELECT name, flow_name, state_name, host_id FROM flow_run"):
        if state not in ("Completed", "Cancelled") or host is not None:
            yield f"{name} ({flow}) is {state}, in the process {host}"
    for name, key in records.rows(
        "SELECT name, key FROM wait JOIN flow_run ON flow_run.id = flow_run_id WHERE status = 'open'"
        " AND state_type = 'COMPLETED'"
    ):
        yield f"{name} has ended, and {key} is open"


def results_are_right(records, facts):
    """What each flow returned is what follows from what people said."""
    sent = defaultdict(list)
    for run, value in acknowledged(facts, "send"):
        sent[run].append(int(value))
    rows = records.rows(
        "SELECT flow_run.id, flow_name, body FROM flow_run LEFT JOIN result ON run_id = flow_run.id"
        " WHERE state_type = 'COMPLETED' AND parent_id IS NULL"
    )
    for run, flow, body in rows:
        if body is None:
            yield f"{flow} {run} has no result"
            continue
        got = decoded(body)
        wanted = expected(records, run, flow, got, sent[run])
        if got != wanted:
            yield f"{flow} {run} returned {got}, not {wanted}"


def decoded(body):
    """A stored value; tuples are lists here."""
    from holdfast.engine.results import decode

    return json.loads(json.dumps(decode(body)))


def expected(records, run, flow, got, sent):
    """What the flow must have returned."""
    answers = dict(
        records.rows(
            "SELECT wait.flow_run_id || wait.key, answer.value FROM wait JOIN answer ON wait_id = wait.id"
            " JOIN flow_run ON flow_run.id = wait.flow_run_id WHERE root_id = ? AND verdict = 'accepted'",
            run,
        )
    )
    said = {key: plain(value) for key, value in answers.items()}
    if flow in ("suspending", "pausing", "asuspending"):
        return [each for number in range(QUESTIONS) for each in (2 * number, said.get(f"{run}{number + 1}"))]
    if flow == "threads":
        return [[2 * each for each in range(6)], "at last", [said.get(f"{run}in a task {each}") for each in range(2)]]
    if flow == "tree":
        children = records.rows("SELECT id FROM flow_run WHERE parent_id = ? ORDER BY id", run)
        return [[2 * number, said.get(f"{each}1")] for number, (each,) in enumerate(children, 1)]
    if flow == "receiving":
        return got if len(set(got)) == MESSAGES and (len(sent) > MESSAGES or set(sent) <= set(got)) else sorted(sent)
    return 2


def the_file_is_whole(records):
    """SQLite finds nothing wrong."""
    if (found := records.rows("PRAGMA integrity_check")) != [("ok",)]:
        yield f"the file is damaged: {found}"
    if found := records.rows("PRAGMA foreign_key_check"):
        yield f"rows refer to what is not there: {found}"
