"""What keeps the open database from being used as usual, for as long as it does. What was read stays on the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from holdfast.exceptions import SettingsError, StoreDamaged, StoreError, StoreFull, StoreLocked, StoreMoved, StoreTooNew
from holdfast_tui.data.feed import EVERYTHING
from holdfast_tui.data.jobs import Lane
from holdfast_tui.widgets.banner import Banner

if TYPE_CHECKING:
    from holdfast_tui.app import HoldfastApp

_TITLES: dict[type[Exception], str] = {
    StoreLocked: "The database is locked",
    StoreFull: "The disk is full",
    StoreMoved: "The database is not in its place",
    StoreDamaged: "The database cannot be read",
    StoreTooNew: "The database is newer than this Holdfast",
    SettingsError: "A setting makes no sense",
}
_WAITS = "Deadlines, schedules and dead processes wait."
_NOTHING = "Nothing can be changed until it is back."


def title(error: Exception) -> str:
    """What is wrong with the database, in a few words that fit 38 columns where the app can go on meanwhile."""
    return next((text for kind, text in _TITLES.items() if isinstance(error, kind)), "The database cannot be used")


class Trouble:
    """Shows a banner on every screen while there is some, and looks every second whether it is over."""

    def __init__(self, app: HoldfastApp) -> None:
        self._app = app
        self._lane = Lane(app, "trouble")
        self.error: StoreError | None = None
        """What was met last."""

    @property
    def forbids(self) -> str | None:
        """Why nothing may be changed; ``None`` where it may be tried. A lock or a full disk may have gone meanwhile."""
        return str(self.error) if isinstance(self.error, StoreMoved) else None

    @property
    def banner(self) -> tuple[str, str]:
        """What the banner says where there is little room, and what besides where there is more."""
        if self.error is None:
            return "", ""
        return f"{title(self.error)}.", _NOTHING if self.forbids else _WAITS

    def is_known(self, error: StoreError) -> bool:
        """Whether this was met before and is not over."""
        return self.error is not None and str(error) == str(self.error)

    def meet(self, error: StoreError) -> bool:
        """Note what went wrong; gives whether it is news."""
        news = not self.is_known(error)
        self.error = error
        if news:
            self._show()
        return news

    def look(self) -> None:
        """See whether there is any."""
        readonly = self._app.readonly
        self._lane.submit(lambda store: store.try_out(writing=not readonly), lambda _: self._over())

    def tick(self) -> None:
        """A second has gone by: see whether it is over, and whether the app's worker has met any."""
        held_up = self._app.held_up
        if held_up is not None:
            self._app.report(held_up)
        if self.error is not None:
            self.look()

    def _over(self) -> None:
        if self.error is None or self._app.held_up is not None:
            return
        self.error = None
        self._show()
        self._app.say("The database can be used again.")
        self._app.changed(EVERYTHING)

    def _show(self) -> None:
        for screen in self._app.screen_stack:
            for banner in screen.query(Banner):
                banner.show(*self.banner)
            screen.refresh_bindings()
