"""The line at the top, which says where one is, and the line at the bottom, which says what the keys do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, cast

from rich.cells import cell_len
from textual import events
from textual.app import RenderResult
from textual.content import Content
from textual.dom import DOMNode
from textual.reactive import reactive
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Static

from holdfast_tui.text.cells import fit
from holdfast_tui.text.state_style import quiet

if TYPE_CHECKING:
    from holdfast_tui.app import HoldfastApp
    from holdfast_tui.screens.run_screen import RunScreen
    from holdfast_tui.views import View

_STEP = " › "
_BADGE = "bold $text-warning"


class Piece(NamedTuple):
    """A piece of a line that may be clicked."""

    text: str
    style: str = ""
    action: str = ""

    @property
    def width(self) -> int:
        """Cells that it takes."""
        return cell_len(self.text)


class TitleBar(Widget):
    """Name, place, the database, and how many questions are open."""

    view = reactive("runs")
    """The view that is shown."""

    def __init__(self, views: Sequence[type[View]] = ()) -> None:
        super().__init__()
        self._views = views

    @property
    def _holdfast(self) -> HoldfastApp:
        return cast("HoldfastApp", self.app)

    def render(self) -> RenderResult:
        """The line."""
        return Content.assemble(*((piece.text, piece.style) for piece in self._pieces()))

    def _pieces(self) -> list[Piece]:
        right = self._right()
        room = self.size.width - sum(each.width for each in right)
        left = self._left(room)
        room -= sum(each.width for each in left) + 1
        name = self._holdfast.database_name
        where = [Piece(f"{name} ", self._faint)] if 0 < cell_len(name) < room else []
        gap = max(0, room + 1 - sum(each.width for each in where))
        return [*left, Piece(" " * gap), *where, *right]

    def _right(self) -> list[Piece]:
        app = self._holdfast
        pieces = []
        if app.readonly:
            pieces.append(Piece(" read-only ", "bold"))
        if app.waiting and not self._views:
            pieces.append(Piece(f" {app.waiting} waiting ", _BADGE, "view('inbox')"))
        return pieces

    def _left(self, room: int) -> list[Piece]:
        """Where one is, in as many words as there is room for."""
        ways = (self._view_names(*short) for short in ((True, True), (False, True), (False, False)))
        if not self._views:
            return self._crumbs(room)
        found: list[Piece] = []
        for found in ways:
            if sum(each.width for each in found) <= room:
                break
        return found

    def _view_names(self, named: bool, labelled: bool) -> list[Piece]:
        """The views; without the app's name, or with the name of the one that is shown alone, if need be."""
        pieces = [Piece(" Holdfast ", "bold")] if named else []
        for each in self._views:
            shown = self.view == each.VIEW
            key = each.KEYS.split(",")[0]
            label = f" {key} {each.LABEL} " if labelled or shown else f" {key} "
            pieces += [Piece(" "), Piece(label, "bold reverse" if shown else self._quiet, f"view('{each.VIEW}')")]
            if each.BADGE and self._holdfast.waiting:
                # Without their names the views are numbers, too.
                badge = f" {self._holdfast.waiting} " if labelled else f"{' ' * shown}({self._holdfast.waiting}) "
                pieces.append(Piece(badge, _BADGE, f"view('{each.VIEW}')"))
        return pieces

    def _crumbs(self, room: int) -> list[Piece]:
        """The way here, without its beginning where it is too long."""
        screens = [each for each in self.app.screen_stack if each.is_attached and hasattr(each, "crumbs")]
        if self.screen in screens:
            screens = screens[: screens.index(self.screen) + 1]
        depth = len(screens)
        steps = [(name, depth - 1 - at) for at, each in enumerate(screens) for name in cast("RunScreen", each).crumbs]
        pieces = [Piece(" Holdfast ", "bold"), Piece(" ")]
        pieces += self._joined(
            [Piece(name, self._quiet, f"screen.back_by({up})" if up else "") for name, up in steps[:-1]]
        )
        pieces.append(Piece(steps[-1][0] if steps else "", "bold"))
        over = sum(each.width for each in pieces) - room
        if over > 0:
            last = pieces[-1]
            return [Piece(f" …{_STEP}", self._faint), Piece(fit(last.text, max(1, min(last.width, room - 5))), "bold")]
        return pieces

    def _joined(self, pieces: Sequence[Piece]) -> list[Piece]:
        return [each for piece in pieces for each in (piece, Piece(_STEP, self._faint))]

    @property
    def _quiet(self) -> str:
        return quiet(self.app, 70)

    @property
    def _faint(self) -> str:
        return quiet(self.app, 50)

    async def on_click(self, event: events.Click) -> None:
        """Go where it says."""
        x = 0
        for piece in self._pieces():
            x += piece.width
            if event.x < x:
                if piece.action:
                    await self.app.run_action(piece.action, self.screen)
                return


_LAST = ("Back", "Help")
"""What is shown at the end, however little room there is."""
_MORE = ("new_run", "command", "mark", "faults", "sort", "follow", "alone", "outside", "export", "wide", "log")
"""Actions that are shown too where all others have room, the first of them first."""


class KeyBar(Static):
    """The keys that do something here; those that do not just now are dim, and the first to go where room is short.

    Where there is much of it, more keys are shown, before the app's own.
    """

    def __init__(self) -> None:
        super().__init__()
        self._shown: list[Key] = []

    def on_mount(self) -> None:
        """Follow the screen's bindings, and the theme."""
        self.app.theme_changed_signal.subscribe(self, lambda _: self._updated(self.screen))
        self.screen.bindings_updated_signal.subscribe(self, self._updated)
        self.call_after_refresh(self._updated, self.screen)

    def on_unmount(self) -> None:
        """Leave the theme's followers: Textual would keep this, and the screen around it, for good."""
        self.app.theme_changed_signal.unsubscribe(self)

    def on_resize(self) -> None:
        """As many keys as fit."""
        self._updated(self.screen)

    def _updated(self, screen: Screen[object]) -> None:
        if not screen.is_attached or self.size.width == 0:
            return
        keys: dict[str, Key] = {}
        for key in _keys(screen):
            keys.setdefault(key.label, key)
        shown = sorted(keys.values(), key=lambda each: (each.label in _LAST, each.owner is self.app, each.more))
        while sum(each.width + 2 for each in shown) > self.size.width and len(shown) > 1:
            shown.remove(_least(shown))
        self._shown = shown
        self.update(Content(" ") + Content("  ").join(each.drawn(quiet(self.app, 35)) for each in shown))

    async def on_click(self, event: events.Click) -> None:
        """Do what the key does, or say why not."""
        x = 1
        for key in self._shown:
            if x <= event.x < x + key.width:
                if key.enabled:
                    await self.app.run_action(key.action, key.owner)
                else:
                    cast("RunScreen", self.screen).say_why_not(key.action)
                return
            x += key.width + 2


@dataclass(frozen=True, slots=True)
class Key:
    """What a key does, and whether it does it now."""

    key: str
    label: str
    enabled: bool
    action: str
    owner: DOMNode
    more: int = 0
    """The place among the keys that are only shown where there is room, from 1 on."""

    @property
    def width(self) -> int:
        """Cells that it takes."""
        return cell_len(f"{self.key} {self.label}")

    def drawn(self, dim: str) -> Content:
        """Key and label, dim where it does nothing now."""
        if self.enabled:
            return Content.assemble((self.key, "bold"), (f" {self.label}", "$foreground 80%"))
        return Content.assemble((f"{self.key} {self.label}", dim))


def _least(keys: Sequence[Key]) -> Key:
    """The one that is missed least: the last of the more; then what does nothing now, then the last before the end."""
    if any(each.more for each in keys):
        return max(keys, key=lambda each: each.more)
    dim = [each for each in keys if not each.enabled]
    rest = [each for each in keys if each.label not in _LAST]
    return (dim or rest or keys)[-1]


def _keys(screen: Screen[object]) -> list[Key]:
    """Keys in the order of their declaration, the focus first."""
    return [
        Key(
            screen.app.get_key_display(active.binding),
            active.binding.description,
            active.enabled,
            active.binding.action,
            active.node,
            0 if active.binding.show else _MORE.index(active.binding.action) + 1,
        )
        for active in screen.active_bindings.values()
        if active.binding.description and (active.binding.show or active.binding.action in _MORE)
    ]
