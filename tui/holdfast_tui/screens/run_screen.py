"""The base class of screens whose keys act on runs: the verbs, and why they do not apply."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, cast

from textual import events
from textual.actions import parse
from textual.binding import Binding, BindingType

from holdfast_tui.closing import ClosedOnce
from holdfast_tui.commands.command_line import CommandLine
from holdfast_tui.screens.acting import Acting
from holdfast_tui.screens.deployment_verbs import DeploymentVerbs
from holdfast_tui.textual_types import app_of
from holdfast_tui.user.keymap import Keyed
from holdfast_tui.verbs import actions
from holdfast_tui.verbs.targets import Targets
from holdfast_tui.views import VIEWS

if TYPE_CHECKING:
    from holdfast_tui.app import HoldfastApp
    from holdfast_tui.commands.registry import Command

_CHANGING = ("new_run", "run_again", "delete_deployment")
"""The actions that change something, besides the verbs."""


class RunScreen(Keyed, Targets, ClosedOnce[None]):
    """A screen whose keys act on one or several runs, or on a wait."""

    VERBS: ClassVar[Sequence[str]] = actions.VERBS
    BINDINGS: ClassVar[list[BindingType]] = [
        *(
            Binding(key, f"verb('{verb}')", verb.capitalize(), tooltip=actions.LINES[verb])
            for verb, key in actions.KEYS.items()
        ),
        Binding("n", "new_run", "New run", show=False, tooltip="Start a run of a deployment"),
        Binding("N", "run_again", "Run again", show=False, tooltip="Start a run like this, with its parameters"),
        *(Binding(each.KEYS, f"view('{each.VIEW}')", each.LABEL, show=False, tooltip=each.ABOUT) for each in VIEWS),
        Binding("minus", "last_view", "Last view", show=False, tooltip="Previous view"),
        Binding("colon", "command", "Command", show=False, tooltip="Type a command"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._apply: tuple[bool, ...] = ()
        self.acting = Acting(self)
        self.deploying = DeploymentVerbs(self)

    @property
    def holdfast(self) -> HoldfastApp:
        """The app, with its type."""
        return cast("HoldfastApp", app_of(self))

    def on_mount(self) -> None:
        """Add the command line after the first paint of the screen."""
        self.call_after_refresh(self._add_command_line)

    async def _add_command_line(self) -> None:
        if self.is_attached and not self.query(CommandLine):
            await self.mount(CommandLine(self.holdfast.history))

    # To override in a screen.

    @property
    def crumbs(self) -> Sequence[str]:
        """The path to this screen, below the previous screen."""
        return ()

    def take_focus(self) -> None:
        """Focus the widget whose keys usually act."""

    def commands(self) -> Sequence[Command]:
        """Return the commands that work only here."""
        return ()

    @property
    def names(self) -> Sequence[str]:
        """The names of the runs in view, for completion."""
        return [each.name for each in self.targets]

    @property
    def verbs(self) -> Sequence[str]:
        """The verbs that can apply here."""
        return self.VERBS

    # Verbs.

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Dim actions that do not apply now, and hide those that never apply here."""
        if action == "verb" and parameters[0] not in self.verbs:
            return False
        if action in _CHANGING and self.readonly_reason is not None:
            return None
        if action == "verb" and self.why_not(str(parameters[0])) is not None:
            return None
        return True

    def refresh_keys(self) -> None:
        """Draw the keys again if different verbs apply now. While the run is being read, that is not known."""
        if self.run is None and self.wait is not None:
            return
        apply = tuple(self.why_not(verb) is None for verb in actions.VERBS)
        if apply != self._apply:
            self._apply = apply
            self.refresh_bindings()

    @property
    def readonly_reason(self) -> str | None:
        """The reason why nothing can be changed from here, if there is one."""
        return actions.READONLY if self.holdfast.readonly else self.holdfast.trouble.forbids

    def why_not(self, verb: str) -> str | None:
        """Return why a verb does not apply; ``None`` if it applies, or if that is only known after reading."""
        if self.readonly_reason is not None:
            return self.readonly_reason
        targets, several = self.targets, len(self.target_ids) > 1
        if several and len(targets) < len(self.target_ids):
            return None
        if not several and self.wait is not None and (verb == "resume" or not targets):
            return None
        reasons = [actions.why_not(verb, each) for each in targets]
        if not reasons:
            return actions.why_not(verb, None)
        if None in reasons:
            return None
        return reasons[0] if not several else f"None of {len(reasons)} runs: {reasons[0]}"

    def on_key(self, event: events.Key) -> None:
        """Show why a dimmed key does not apply."""
        active = self.active_bindings.get(event.key)
        if active is not None and not active.enabled and self.say_why_not(active.binding.action):
            event.stop()

    def say_why_not(self, action: str) -> bool:
        """Show why an action does not apply. Return whether there is a reason."""
        _, name, parameters = parse(action)
        reason = self.reason(name, parameters)
        if reason is not None:
            self.holdfast.say(reason, severity="warning")
        return reason is not None

    def reason(self, action: str, parameters: tuple[object, ...]) -> str | None:
        """Return why an action is dimmed."""
        if action in _CHANGING:
            return self.readonly_reason
        return (self.why_not(str(parameters[0])) or "Not now.") if action == "verb" else None

    def action_back_by(self, steps: int) -> None:
        """Close this screen and some below it."""
        for _ in range(min(steps, len(app_of(self).screen_stack) - 1)):
            app_of(self).pop_screen()

    def action_view(self, name: str) -> None:
        """Show a view of the main screen."""
        self.holdfast.show_view(name)

    def action_last_view(self) -> None:
        """Go back to the view that this screen was opened from."""
        self.holdfast.show_view(self.holdfast.main.view.VIEW)

    def action_command(self, text: str = "") -> None:
        """Open the command line."""
        for line in self.query(CommandLine):
            line.open(text)

    def begin_command(self, command: Command) -> None:
        """Run a command, or open the command line for its arguments."""
        line = self.query_one(CommandLine)
        line.open(f"{command.name} ")
        if not command.needs_arguments:
            line.run()

    def action_new_run(self) -> None:
        """Start a run of the current deployment, or ask for one."""
        self.deploying.start(self.deployment)

    def action_run_again(self) -> None:
        """Start a run like the current one."""
        if self.run is None:
            self.holdfast.say("There is no run here to run again.", severity="warning")
        else:
            self.deploying.again(self.run)

    def action_delete_deployment(self) -> None:
        """Delete the current deployment."""
        if self.deployment is not None:
            self.deploying.delete(self.deployment)

    def action_verb(self, verb: str) -> None:
        """Do a verb to the runs, or show why it does not apply."""
        reason = self.why_not(verb)
        if reason is not None:
            self.holdfast.say(reason, severity="warning")
        else:
            self.act(verb)

    def act(self, verb: str) -> None:
        """Do a verb that applies."""
        if len(self.target_ids) > 1:
            self.acting.on_several(verb, self.target_ids)
        else:
            self.acting.on_one(verb, self.run, self.wait)
