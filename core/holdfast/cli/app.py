"""The command ``holdfast``: its subcommands, and what happens around each of them."""

from __future__ import annotations

import functools
import sys
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from holdfast.cli import (
    acting,
    answering,
    browsing,
    checking,
    deploying,
    keys,
    listing,
    logs,
    output,
    running,
    sending,
    showcase,
    showing,
    working,
)
from holdfast.cli.exits import EXPLAINED, USAGE_ERROR, BadInput, Exit, guarded, usage_sentence


class Commands(TyperGroup):
    """All commands. Errors that a user can cause become a sentence and an exit status here, for each of them."""

    def main(self, *args: Any, **options: Any) -> Any:
        """Run a command and exit."""
        options["standalone_mode"] = False
        output.prepare()
        try:
            status = super().main(*args, **options)
        except USAGE_ERROR as error:
            output.complain(usage_sentence(error))
            status = Exit.BAD_INPUT
        except (typer.Abort, KeyboardInterrupt):
            status = Exit.INTERRUPTED
        sys.exit(status)

    def invoke(self, ctx: Any) -> Any:
        """Run the command that the arguments name."""
        return guarded(functools.partial(super().invoke, ctx))


app = typer.Typer(
    cls=Commands,
    help="Python flows that wait for people. Without a command, opens the app.",
    epilog=EXPLAINED,
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command("demo")(showcase.demo)
app.command("run")(running.run)
app.command("ls")(listing.ls)
app.command("show")(showing.show)
app.command("inbox")(listing.inbox)
app.command("logs")(logs.logs)
app.command("resume")(answering.resume)
app.command("send")(sending.send)
app.command("pause")(acting.pause)
app.command("suspend")(acting.suspend)
app.command("cancel")(acting.cancel)
app.command("retry")(acting.retry)
app.command("deploy")(deploying.deploy)
app.command("deployments")(deploying.deployments)
app.command("start")(deploying.start)
app.command("worker")(working.worker)
app.command("web")(browsing.web)
app.command("keys")(keys.keys)
app.command("doctor")(checking.doctor)

_deployment = typer.Typer(help="Pause, resume or delete a deployment.")
_deployment.command("pause")(deploying.pause)
_deployment.command("resume")(deploying.resume)
_deployment.command("delete")(deploying.delete)
app.add_typer(_deployment, name="deployment")


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        output.say(f"holdfast {version('holdfast')}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def main(
    ctx: typer.Context,
    _: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")] = False,
    readonly: Annotated[
        bool, typer.Option("--readonly", help="Open the app to look only: no verbs, and no worker in it.")
    ] = False,
) -> Exit | None:
    """Open the app, unless there is a command."""
    if ctx.invoked_subcommand is not None:
        if readonly:
            raise BadInput("--readonly is for the app; commands have no such thing.")
        return None
    if not output.is_interactive():
        output.complain("The app needs a terminal. See `holdfast --help` for the commands that do not.")
        return Exit.BAD_INPUT
    from holdfast_tui import run_app

    return Exit.FAILED if run_app(readonly=readonly) else Exit.DONE
