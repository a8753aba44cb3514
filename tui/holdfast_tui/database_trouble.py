"""Trouble with the open database, such as a lock or a full disk. What was read stays on the screen meanwhile."""

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
    StoreMoved: "The database was moved or replaced",
    StoreDamaged: "The database cannot be read",
    StoreTooNew: "The database is newer than this Holdfast",
    SettingsError: "A setting is invalid",
}
_WAITS = "Deadlines, schedules and recovery wait."
_NOTHING = "Nothing can be changed until it is back."


def title(error: Exception) -> str:
    """Return the trouble in a few words. Where the app can continue meanwhile, they fit into 38 columns."""
    return next((text for kind, text in _TITLES.items() if isinstance(error, kind)), "The database cannot be used")


class Trouble:
    """Shows a banner on every screen while there is trouble, and checks every second whether it is over."""

    def __init__(self, app: HoldfastApp) -> None:
        self._app = app
        self._lane = Lane(app, "trouble")
        self.error: StoreError | None = None
        """The last error."""

    @property
    def forbids(self) -> str | None:
        """Why nothing may be changed; ``None`` if it may be tried, as a lock or a full disk may be gone by then."""
        return str(self.error) if isinstance(self.error, StoreMoved) else None

    @property
    def banner(self) -> tuple[str, str]:
        """The short text of the banner, and what follows it where there is room."""
        if self.error is None:
            return "", ""
        return f"{title(self.error)}.", _NOTHING if self.forbids else _WAITS

    def is_known(self, error: StoreError) -> bool:
        """Whether an error is the known one."""
        return self.error is not None and str(error) == str(self.error)

    def meet(self, error: StoreError) -> bool:
        """Record an error. Return whether it is new."""
        news = not self.is_known(error)
        self.error = error
        if news:
            self._show()
        return news

    def look(self) -> None:
        """Check whether there is trouble."""
        readonly = self._app.readonly
        self._lane.submit(lambda store: store.try_out(writing=not readonly), lambda _: self._over())

    def tick(self) -> None:
        """Check whether the trouble is over, and whether the app's worker has any."""
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
