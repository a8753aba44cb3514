"""The command ``holdfast``: its subcommands, and the error handling around them."""

from __future__ import annotations

import functools
import importlib
import sys
from importlib.metadata import version
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from holdfast.cli import output
from holdfast.cli.exit_codes import EXPLAINED, USAGE_ERROR, BadInput, Exit, guarded, usage_sentence
from holdfast.verbs import ABOUT, Verb

COMMANDS = {
    "demo": ("demo:demo", "Open the app with demo flows that need an answer."),
    "run": ("run:run", "Run a flow in this process and print its result."),
    "ls": ("ls:ls", "List flow runs, newest first."),
    "show": ("show:show", "Show everything about a flow run."),
    "inbox": ("inbox:inbox", "List the runs that wait for an answer or a message."),
    "logs": ("logs:logs", "Print a flow run's log."),
    "resume": ("resume:resume", f"{ABOUT[Verb.RESUME].line}."),
    "send": ("send:send", "Send a message to a flow run that receives them."),
    **{each.value: (f"run_verbs:{each}", f"{ABOUT[each].line}.") for each in Verb if each is not Verb.RESUME},
    "deploy": ("deploy:deploy", "Create or change a deployment of a flow."),
    "deployments": ("deployments:deployments", "List the deployments, their schedules and their next runs."),
    "start": ("start:start", "Start a run of a deployment."),
    "deployment": ("deployment:app", "Pause, resume or delete a deployment."),
    "worker": ("worker:worker", "Execute scheduled runs until interrupted."),
    "web": ("web:web", "Serve the app to a browser until interrupted."),
    "keys": ("keys:keys", "List the app's keys."),
    "doctor": ("doctor:doctor", "Check that Holdfast can work on this machine."),
}
"""The module of each command, the command's name in it, and its line in the help.

A module is imported when its command is run.
"""


class _LazyCommand(TyperCommand):
    """A command whose module is imported when it is needed: to run it, to print its help or to complete it."""

    def __init__(self, name: str, place: str, line: str) -> None:
        super().__init__(name, help=line)
        self._place = place

    @functools.cached_property
    def loaded(self) -> Any:
        """The real command, from its module."""
        module, _, attribute = self._place.partition(":")
        found = getattr(importlib.import_module(f"holdfast.cli.commands.{module}"), attribute)
        if not isinstance(found, typer.Typer):
            function, found = found, typer.Typer(add_completion=False, rich_markup_mode=None)
            found.command(self.name)(function)
        return typer.main.get_command(found)

    def make_context(self, *args: Any, **extra: Any) -> Any:
        """Make the context in which the real command runs."""
        return self.loaded.make_context(*args, **extra)


class Commands(TyperGroup):
    """All commands. For each of them, an error that a user can cause becomes one sentence and an exit status."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        for name, (place, line) in COMMANDS.items():
            self.add_command(_LazyCommand(name, place, line))

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


def _version(wanted: bool) -> None:
    if wanted:
        output.say(f"holdfast {version('holdfast')}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def main(
    ctx: typer.Context,
    _: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")] = False,
    readonly: Annotated[
        bool, typer.Option("--readonly", help="Open the app read-only: it changes nothing and has no worker.")
    ] = False,
) -> Exit | None:
    """Open the app if no command is given."""
    if ctx.invoked_subcommand is not None:
        if readonly:
            raise BadInput("--readonly is only for the app. Leave it out for a command.")
        return None
    if not output.is_interactive():
        output.complain("The app needs a terminal. `holdfast --help` lists the commands that work without one.")
        return Exit.BAD_INPUT
    from holdfast_tui import run_app  # only when the app is opened, since it loads Textual

    return Exit.FAILED if run_app(readonly=readonly) else Exit.DONE
