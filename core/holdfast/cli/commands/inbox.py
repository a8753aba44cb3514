"""``holdfast inbox``."""

from __future__ import annotations

from holdfast import as_json
from holdfast.cli import output
from holdfast.cli.arguments import AsJson, Limit
from holdfast.cli.open_database import database
from holdfast.records import Wait
from holdfast.store import queries
from holdfast.text import clean, in_command


def inbox(limit: Limit = 20, json: AsJson = False) -> None:
    """List the runs that wait for an answer or a message, the nearest deadline first."""
    waits = queries.inbox(database(), limit=limit)
    if json:
        return output.say(as_json.dump([as_json.wait(wait) for wait in waits]))
    if not waits:
        return output.note("Nothing waits for an answer.")
    headers, rows = ["flow run", "flow", "key", "deadline", "asks for"], [_wait_row(each) for each in waits]
    if any(each.root_name for each in waits):
        headers.append("part of")
        rows = [[*row, clean(each.root_name or "")] for row, each in zip(rows, waits, strict=True)]
    for line in output.table(headers, rows, narrow=(0, 1, 2, 4, 5)[: len(headers) - 1]):
        output.say(line)
    if len(waits) == limit and (total := queries.count_open_waits(database())) > limit:
        output.note(f"These are the first {limit} of {total}. List more with --limit.")
    verb = "Answer one: holdfast resume" if waits[0].channel is None else "Send one: holdfast send"
    output.note(f"{verb} {in_command(waits[0].flow_run_name, waits[0].flow_run_id)}")
    return None


def _wait_row(wait: Wait) -> list[output.Cell]:
    asks = f"answered by {wait.answer.given_by}" if wait.answer else output.asks_for(wait)
    return [
        clean(wait.flow_run_name),
        clean(wait.flow_name),
        clean(wait.key),
        (output.until(wait.deadline), "" if wait.answer else "yellow"),
        clean(asks),
    ]
