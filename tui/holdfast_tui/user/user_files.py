"""The user's files: preferences, the keymap, and exports. Errors in the first two are shown once."""

from __future__ import annotations

import asyncio
import os
import re
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from holdfast_tui.user import keymap, preferences, themes
from holdfast_tui.user.preferences import Preferences

if TYPE_CHECKING:
    from holdfast_tui.app import HoldfastApp


class Memory:
    """Reads both files before the first paint, and writes preferences in a thread."""

    def __init__(self, app: HoldfastApp) -> None:
        self._app = app
        self._file = preferences.file()
        self._wrong: list[str] = []
        self.preferences = Preferences()
        self.keymap: dict[str, str] = {}

    def recall(self) -> None:
        """Restore the preferences and the keymap. The environment's theme or lack of colours has priority."""
        self.preferences, wrong = preferences.read(self._file)
        self._wrong += [wrong] if wrong else []
        theme = self.preferences.theme or themes.for_terminal(os.environ)
        if self._app.no_color:
            theme = themes.WITHOUT_COLOUR
        if theme and not os.environ.get("TEXTUAL_THEME"):
            if theme in self._app.available_themes:
                self._app.theme = theme
            else:
                self._wrong.append(f"The theme {theme} no longer exists, so the default one is used.")
        self.keymap, unreadable = keymap.read(keymap.file())
        self._wrong += unreadable
        if self.keymap:
            self._app.set_keymap(self.keymap)

    def complain(self) -> None:
        """Show the errors of the files. Call this when the app is visible."""
        for sentence in self._wrong:
            self._app.say(sentence, severity="warning")
        self._wrong.clear()
        if self.keymap:
            self._app.run_worker(self._check_keymap(), exit_on_error=False)

    async def _check_keymap(self) -> None:
        for sentence in await asyncio.to_thread(keymap.problems, self.keymap):
            self._app.say(sentence, severity="warning")

    def remember(self, **changes: Any) -> None:
        """Change preferences, and save them for the next time."""
        self.preferences = replace(self.preferences, **changes)

        async def write() -> None:
            try:
                await asyncio.to_thread(preferences.remember, self._file, **changes)
            except OSError as error:
                self._app.say(f"Could not save preferences: {error}", severity="warning")

        self._app.run_worker(write(), exit_on_error=False)


def export(text: str, name: str, folder: Path) -> Path:
    """Write ``text`` to a new file in ``folder`` that only its user can read, and return its path."""
    plain = re.sub(r"[^\w.-]+", "-", name).strip("-.") or "run"
    for number in count(1):
        path = folder / (f"holdfast-{plain}.json" if number == 1 else f"holdfast-{plain}-{number}.json")
        try:
            path.touch(mode=0o600, exist_ok=False)
        except FileExistsError:
            continue
        path.write_text(text + "\n", encoding="utf-8")
        return path
    raise AssertionError("There is always another number.")
