"""The command ``holdfast``: its subcommands, and what happens around each of them."""

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
    "demo": ("demo:demo", "Open the app with demo flows running that need an answer."),
    "run": ("run:run", "Run a flow here, and print what it returns."),
    "ls": ("ls:ls", "List flow runs, the newest first."),
    "show": ("show:show", "Show all there is to a flow run."),
    "inbox": ("inbox:inbox", "List what waits for an answer or a message."),
    "logs": ("logs:logs", "Print a flow run's log."),
    "resume": ("resume:resume", f"{ABOUT[Verb.RESUME].line}."),
    "send": ("send:send", "Send a message to a flow run that receives them."),
    **{each.value: (f"run_verbs:{each}", f"{ABOUT[each].line}.") for each in Verb if each is not Verb.RESUME},
    "deploy": ("deploy:deploy", "Make a deployment of a flow, or change it."),
    "deployments": ("deployments:deployments", "List the deployments: what they are, when they come next."),
    "start": ("start:start", "Start a run of a deployment."),
    "deployment": ("deployment:app", "Pause, resume or delete a deployment."),
    "worker": ("worker:worker", "Execute what is scheduled, until interrupted."),
    "web": ("web:web", "Show the app in a browser, until interrupted."),
    "keys": ("keys:keys", "List the keys of the app."),
    "doctor": ("doctor:doctor", "Check that Holdfast can work here."),
}
"""Each command's module, its name there, and its line in the help. A module is imported when its command is run."""


class _Unloaded(TyperCommand):
    """A command whose module is imported when it is needed: to run it, for its own help and for its completion."""

    def __init__(self, name: str, place: str, line: str) -> None:
        super().__init__(name, help=line)
        self._place = place

    @functools.cached_property
    def loaded(self) -> Any:
        """The command itself."""
        module, _, attribute = self._place.partition(":")
        found = getattr(importlib.import_module(f"holdfast.cli.commands.{module}"), attribute)
        if not isinstance(found, typer.Typer):
            function, found = found, typer.Typer(add_completion=False, rich_markup_mode=None)
            found.command(self.name)(function)
        return typer.main.get_command(found)

    def make_context(self, *args: Any, **extra: Any) -> Any:
        """The context in which the command itself runs."""
        return self.loaded.make_context(*args, **extra)


class Commands(TyperGroup):
    """All commands. Errors that a user can cause become a sentence and an exit status here, for each of them."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        for name, (place, line) in COMMANDS.items():
            self.add_command(_Unloaded(name, place, line))

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
    from holdfast_tui import run_app  # only where the app is opened: it loads Textual

    return Exit.FAILED if run_app(readonly=readonly) else Exit.DONE
