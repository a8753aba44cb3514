"""The registry of commands: how a line is parsed, run and completed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import takewhile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from holdfast_tui.screens.run_screen import RunScreen


class CommandError(Exception):
    """A command was not run. The text is a sentence for the user."""


def _nothing(screen: RunScreen, text: str) -> Sequence[str]:
    return ()


@dataclass(frozen=True, slots=True)
class Command:
    """A command that can be typed after the colon."""

    name: str
    about: str
    """A description for the help."""
    run: Callable[[RunScreen, str], None]
    """Called with the text after the name; raises `CommandError`."""
    arguments: str = ""
    """The arguments, as the help shows them; optional ones are in brackets."""
    complete: Callable[[RunScreen, str], Sequence[str]] = _nothing
    """Returns the completions of the last typed word."""
    aliases: tuple[str, ...] = ()
    group: str = "Commands"

    @property
    def usage(self) -> str:
        """The command with its arguments, as it is typed."""
        return f":{self.name} {self.arguments}".rstrip()

    @property
    def needs_arguments(self) -> bool:
        """Whether it cannot be run without arguments."""
        return bool(self.arguments) and not self.arguments.startswith("[")


_COMMANDS: dict[str, Command] = {}


def register(*commands: Command) -> None:
    """Register commands that work on every screen."""
    _COMMANDS.update((each.name, each) for each in commands)


def available(screen: RunScreen) -> list[Command]:
    """Return the commands that work on a screen, its own first."""
    own = screen.commands()
    names = {each.name for each in own}
    return [*own, *(each for each in _COMMANDS.values() if each.name not in names)]


def find(screen: RunScreen, name: str) -> Command:
    """Return the command of this name, or the only one that begins with it. Raises `CommandError`."""
    commands = available(screen)
    for each in commands:
        if name == each.name or name in each.aliases:
            return each
    beginning = [each for each in commands if each.name.startswith(name)]
    if len(beginning) == 1:
        return beginning[0]
    if beginning:
        *most, last = (each.name for each in beginning)
        raise CommandError(f"{name} may be {', '.join(most)} or {last}.")
    close = get_close_matches(name, [each.name for each in commands], 1)
    raise CommandError(f"There is no command {name}" + (f"; did you mean {close[0]}?" if close else "."))


def split(line: str) -> tuple[str, str]:
    """Split a line into the command's name and the rest."""
    name, _, rest = line.strip().removeprefix(":").lstrip().partition(" ")
    return name, rest.strip()


def run(screen: RunScreen, line: str) -> None:
    """Run a line. Raises `CommandError`."""
    name, rest = split(line)
    if not name:
        return
    command = find(screen, name)
    if command.needs_arguments and not rest:
        raise CommandError(f"Usage: {command.usage}")
    command.run(screen, rest)


def candidates(screen: RunScreen, line: str) -> list[str]:
    """Return the possible lines with the last word completed."""
    begun = line.lstrip()
    if " " not in begun:
        return sorted(each.name for each in available(screen) if each.name.startswith(begun))
    name, rest = begun.split(" ", 1)
    try:
        command = find(screen, name)
    except CommandError:
        return []
    before, _, last = rest.rpartition(" ")
    fitting = [each for each in command.complete(screen, rest) if each.lower().startswith(last.lower())]
    return [" ".join(filter(None, (name, before.strip(), each))) for each in fitting]


def extended(line: str, to: Sequence[str]) -> str:
    """Return the line extended by the part that all candidates share."""
    if len(to) == 1:
        return f"{to[0]} "
    common = "".join(
        letters[0] for letters in takewhile(lambda letters: len(set(letters)) == 1, zip(*to, strict=False))
    )
    return common if len(common) > len(line.lstrip()) else line


def hint(screen: RunScreen, line: str) -> str:
    """Return the usage and the description of the command that is being typed."""
    name, _ = split(line)
    if not name or " " not in line.strip(" ") + (" " if line.endswith(" ") else ""):
        return ""
    try:
        command = find(screen, name)
    except CommandError as error:
        return str(error)
    return f"{command.usage}   {command.about}"
