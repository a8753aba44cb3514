"""``holdfast deployments``."""

from __future__ import annotations

from holdfast import as_json
from holdfast.cli import output
from holdfast.cli.arguments import AsJson
from holdfast.cli.open_database import database
from holdfast.records import Deployment
from holdfast.store import deployments as rows
from holdfast.text import clean


def deployments(json: AsJson = False) -> None:
    """List the deployments, their schedules and their next runs."""
    found = rows.list_all(database())
    if json:
        return output.say(as_json.dump([as_json.deployment(each) for each in found]))
    if not found:
        return output.note("There is no deployment yet. Create one with: holdfast deploy FILE:FLOW")
    for line in output.table(("deployment", "schedule", "next", "limit"), map(_row, found), narrow=(0, 1)):
        output.say(line)
    return None


def _row(each: Deployment) -> list[output.Cell]:
    return [
        clean(each.full_name),
        clean("; ".join(map(str, each.schedules))) or ("none", "dim"),
        _next(each),
        "" if each.limit is None else str(each.limit),
    ]


def _next(each: Deployment) -> output.Cell:
    if each.paused:
        return ("paused", "yellow")
    return "" if each.next_due is None else output.clock(each.next_due)
