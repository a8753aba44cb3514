"""The commands that are typed after the colon. Each module registers its commands when it is imported below."""

from holdfast_tui.commands import verbs, places, settings  # noqa: I001 - they register their commands, in this order
from holdfast_tui.commands.registry import Command, CommandError, available, candidates, extended, hint, register, run

__all__ = [
    "Command",
    "CommandError",
    "available",
    "candidates",
    "extended",
    "hint",
    "places",
    "register",
    "run",
    "settings",
    "verbs",
]
