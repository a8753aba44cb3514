"""The title line at the top, which shows where you are, and the line of keys at the bottom."""

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
from holdfast_tui.textual_types import app_of

if TYPE_CHECKING:
    from holdfast_tui.app import HoldfastApp
    from holdfast_tui.screens.run_screen import RunScreen
    from holdfast_tui.views import View

_STEP = " › "
_BADGE = "bold $text-warning"


class Piece(NamedTuple):
    """A piece of a line, which may be clickable."""

    text: str
    style: str = ""
    action: str = ""

    @property
    def width(self) -> int:
        """Its width in cells."""
        return cell_len(self.text)


class TitleBar(Widget):
    """The app's name, the path to the screen, the database, and the number of open questions."""

    view = reactive("runs")
    """The name of the shown view."""

    def __init__(self, views: Sequence[type[View]] = ()) -> None:
        super().__init__()
        self._views = views

    @property
    def _holdfast(self) -> HoldfastApp:
        return cast("HoldfastApp", app_of(self))

    def render(self) -> RenderResult:
        """Draw the line."""
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
        pieces: list[Piece] = []
        if app.readonly:
            pieces.append(Piece(" read-only ", "bold"))
        if app.waiting and not self._views:
            pieces.append(Piece(f" {app.waiting} waiting ", _BADGE, "view('inbox')"))
        return pieces

    def _left(self, room: int) -> list[Piece]:
        """Return the path to the screen, as long as there is room for."""
        ways = (self._view_names(*short) for short in ((True, True), (False, True), (False, False)))
        if not self._views:
            return self._crumbs(room)
        found: list[Piece] = []
        for found in ways:
            if sum(each.width for each in found) <= room:
                break
        return found

    def _view_names(self, named: bool, labelled: bool) -> list[Piece]:
        """Return the views; without the app's name, or with only the shown view's name, if there is no room."""
        pieces = [Piece(" Holdfast ", "bold")] if named else []
        for each in self._views:
            shown = self.view == each.VIEW
            key = each.KEYS.split(",")[0]
            label = f" {key} {each.LABEL} " if labelled or shown else f" {key} "
            pieces += [Piece(" "), Piece(label, "bold reverse" if shown else self._quiet, f"view('{each.VIEW}')")]
            if each.BADGE and self._holdfast.waiting:
                # Without their names, the views are numbers too.
                badge = f" {self._holdfast.waiting} " if labelled else f"{' ' * shown}({self._holdfast.waiting}) "
                pieces.append(Piece(badge, _BADGE, f"view('{each.VIEW}')"))
        return pieces

    def _crumbs(self, room: int) -> list[Piece]:
        """Return the path to this screen, without its beginning if it is too long."""
        screens = [each for each in app_of(self).screen_stack if each.is_attached and hasattr(each, "crumbs")]
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
        return quiet(app_of(self), 70)

    @property
    def _faint(self) -> str:
        return quiet(app_of(self), 50)

    async def on_click(self, event: events.Click) -> None:
        """Go to the clicked view or screen."""
        x = 0
        for piece in self._pieces():
            x += piece.width
            if event.x < x:
                if piece.action:
                    await app_of(self).run_action(piece.action, self.screen)
                return


_LAST = ("Back", "Help")
"""The keys that are always shown, at the end."""
_MORE = ("new_run", "command", "mark", "failures", "sort", "follow", "alone", "outside", "export", "wide", "log")
"""Actions that are shown too if all others have room, in this order."""


class KeyBar(Static):
    """The keys that do something here. Keys that do nothing now are dim, and are left out first if space is short.

    If there is much space, more keys are shown before the app's own.
    """

    def __init__(self) -> None:
        super().__init__()
        self._shown: list[Key] = []

    def on_mount(self) -> None:
        """Follow the screen's bindings and the theme."""
        app_of(self).theme_changed_signal.subscribe(self, lambda _: self._updated(self.screen))
        # Textual does not say of what the screens are that it gives.
        self.screen.bindings_updated_signal.subscribe(self, self._updated)  # pyright: ignore[reportUnknownMemberType]
        self.call_after_refresh(self._updated, self.screen)

    def on_unmount(self) -> None:
        """Unsubscribe from the theme, because Textual would otherwise keep this widget and its screen forever."""
        app_of(self).theme_changed_signal.unsubscribe(self)

    def on_resize(self) -> None:
        """Show as many keys as fit."""
        self._updated(self.screen)

    def _updated(self, screen: Screen[object]) -> None:
        if not screen.is_attached or self.size.width == 0:
            return
        keys: dict[str, Key] = {}
        for key in _keys(screen):
            keys.setdefault(key.label, key)
        shown = sorted(keys.values(), key=lambda each: (each.label in _LAST, each.owner is app_of(self), each.more))
        while sum(each.width + 2 for each in shown) > self.size.width and len(shown) > 1:
            shown.remove(_least(shown))
        self._shown = shown
        self.update(Content(" ") + Content("  ").join(each.drawn(quiet(app_of(self), 35)) for each in shown))

    async def on_click(self, event: events.Click) -> None:
        """Do what the clicked key does, or show why it does not apply."""
        x = 1
        for key in self._shown:
            if x <= event.x < x + key.width:
                if key.enabled:
                    await app_of(self).run_action(key.action, key.owner)
                else:
                    cast("RunScreen", self.screen).say_why_not(key.action)
                return
            x += key.width + 2


@dataclass(frozen=True, slots=True)
class Key:
    """A key, its label, and whether it does something now."""

    key: str
    label: str
    enabled: bool
    action: str
    owner: DOMNode
    more: int = 0
    """The rank among the keys that are only shown if there is room, from 1 on; 0 for other keys."""

    @property
    def width(self) -> int:
        """Its width in cells."""
        return cell_len(f"{self.key} {self.label}")

    def drawn(self, dim: str) -> Content:
        """Return the key and the label, dim if it does nothing now."""
        if self.enabled:
            return Content.assemble((self.key, "bold"), (f" {self.label}", "$foreground 80%"))
        return Content.assemble((f"{self.key} {self.label}", dim))


def _least(keys: Sequence[Key]) -> Key:
    """Return the least important key: the last extra one, else the last dim one, else the last before the end."""
    if any(each.more for each in keys):
        return max(keys, key=lambda each: each.more)
    dim = [each for each in keys if not each.enabled]
    rest = [each for each in keys if each.label not in _LAST]
    return (dim or rest or keys)[-1]


def _keys(screen: Screen[object]) -> list[Key]:
    """Return the keys in the order of their declaration, those of the focused widget first."""
    return [
        Key(
            app_of(screen).get_key_display(active.binding),
            active.binding.description,
            active.enabled,
            active.binding.action,
            active.node,
            0 if active.binding.show else _MORE.index(active.binding.action) + 1,
        )
        for active in screen.active_bindings.values()
        if active.binding.description and (active.binding.show or active.binding.action in _MORE)
    ]
