"""``holdfast send``."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from holdfast.cli import output
from holdfast.cli.answers import check_usage, given_answer
from holdfast.cli.arguments import RunReference
from holdfast.cli.exit_codes import BadInput, Exit
from holdfast.cli.open_database import database
from holdfast.cli.prompts import converse
from holdfast.cli.typed_values import standard_input
from holdfast.engine.messages import sending
from holdfast.exceptions import SeveralWaitsError
from holdfast.records import FlowRun, Wait
from holdfast.store import queries
from holdfast.store.database import Database
from holdfast.text import clean
from holdfast.values.json_text import UnreadableError, parse_json


def send(
    run: RunReference,
    source: Annotated[
        str, typer.Argument(metavar="-", help="Read the message as JSON from standard input.", show_default=False)
    ] = "",
    pairs: Annotated[
        list[str] | None,
        typer.Option("--input", "-i", metavar="NAME=VALUE", help="A field of the message. Can be repeated."),
    ] = None,
    text: Annotated[str | None, typer.Option("--json", metavar="TEXT", help="The message as JSON.")] = None,
    key: Annotated[
        str | None,
        typer.Option("--key", "-k", metavar="PREFIX", help="The key prefix or the type that the flow receives."),
    ] = None,
) -> Exit:
    """Send a message to a flow run that receives them.

    Give the message with --input, with --json, or as JSON from standard input. If you give none on a terminal, you are
    asked for it field by field. A run that does not wait for a message now gets it when it next receives one.
    """
    check_usage(source, pairs, text)
    db = database()
    found = queries.find_flow_run(db, run)
    wanted = _wanted(db, found, key)
    given = bool(source or pairs or text is not None)
    if wanted is None:
        return _send_ahead(db, found, source, pairs, text, key)
    if given:
        return _send(db, found, wanted, given_answer(source, pairs, text)(wanted))
    if output.is_interactive():
        return converse(found, wanted, lambda value: _send(db, found, wanted, value), "Nothing was sent.")
    raise BadInput(
        f"{found.name} waits for a message with {', '.join(output.field_names(wanted.schema or {})) or 'some value'}: "
        "give it with --input name=value, with --json TEXT, or with - from standard input."
    )


def _wanted(db: Database, run: FlowRun, key: str | None) -> Wait | None:
    """Return the run's open wait for a message, if it has one. If one channel has several, return the last."""
    listeners = {each.channel: each for each in queries.get_listeners(db, run.id) if key in (None, each.key)}
    if len(listeners) > 1:
        raise SeveralWaitsError(run.name, [each.key for each in listeners.values()])
    return next(iter(listeners.values()), None)


def _send(db: Database, run: FlowRun, wanted: Wait, value: Any) -> Exit:
    sending.send_answer(db, wanted, value)
    output.say(f"Sent to {clean(run.name)}.")
    return Exit.DONE


def _send_ahead(
    db: Database, run: FlowRun, source: str, pairs: list[str] | None, text: str | None, key: str | None
) -> Exit:
    """Send to a run that does not wait for a message now: by the key prefix, or by the value's type in Python."""
    if pairs or not (source or text is not None):
        what = f" {key!r}" if key else ""
        raise BadInput(f"{run.name} waits for no message{what} now. To send one for later, give it with --json TEXT.")
    try:
        value = parse_json(standard_input() if source else text or "")
    except UnreadableError as error:
        raise BadInput(f"{'Standard input' if source else '--json'} must be {error}.") from error
    if key is None:
        sending.send(db, run.id, value)
    else:
        sending.send_json(db, run.id, value, key)
    output.say(f"Sent to {clean(run.name)}, which gets it when it next receives a message.")
    return Exit.DONE
