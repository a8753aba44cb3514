"""``holdfast deployment pause``, ``resume`` and ``delete``."""

from __future__ import annotations

from typing import Annotated

import typer

from holdfast import as_json, settings
from holdfast.cli import output
from holdfast.cli.arguments import AsJson, DeploymentName
from holdfast.cli.open_database import database
from holdfast.cli.prompts import confirm
from holdfast.deployments import get_deployment, pause_deployment, resume_deployment
from holdfast.records import Deployment
from holdfast.store import deployments as rows
from holdfast.text import clean, in_command

app = typer.Typer(help="Pause, resume or delete a deployment.", add_completion=False, rich_markup_mode=None)


@app.command()
def pause(name: DeploymentName, json: AsJson = False) -> None:
    """Stop a deployment's schedules. Existing runs continue, and `holdfast start` still works."""
    database()
    print_deployment(pause_deployment(name), json)


@app.command()
def resume(name: DeploymentName, json: AsJson = False) -> None:
    """Restart a deployment's schedules. Runs missed in the meantime are not caught up with."""
    database()
    print_deployment(resume_deployment(name), json)


@app.command()
def delete(
    name: DeploymentName,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Do not ask. Without a terminal, nothing is ever asked.")
    ] = False,
    json: AsJson = False,
) -> None:
    """Delete a deployment. Runs that have not begun are cancelled. All other runs are kept and continue."""
    db = database()
    found = get_deployment(name)
    shown = clean(found.full_name)
    if not yes and output.is_interactive() and not confirm(f"Delete {shown}?", default=False):
        return output.say("Nothing was deleted.")
    cancelled = rows.delete(db, found.id, settings.user())
    if json:
        return output.say(as_json.dump(as_json.deployment(found)))
    begun = "run that had not begun is" if cancelled == 1 else "runs that had not begun are"
    runs = f", and {cancelled} {begun} cancelled"
    return output.say(f"{shown} is deleted{runs if cancelled else ''}.")


def print_deployment(found: Deployment, json: bool) -> None:
    """Print the state of a deployment after it was changed."""
    if json:
        return output.say(as_json.dump(as_json.deployment(found)))
    output.say(f"{clean(found.full_name)} {_what(found)}.")
    if not found.schedules:
        output.note(f"Run it with: holdfast start {in_command(found.full_name, found.id)}")
    return None


def _what(found: Deployment) -> str:
    if found.paused:
        return "is paused; its schedules start no runs"
    if found.next_due is not None:
        return f"runs next at {output.clock(found.next_due)}"
    return "is ready" if not found.schedules else "is ready; its schedules have ended"
