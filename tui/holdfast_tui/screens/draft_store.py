"""Drafts in the store, written and read in threads."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from uuid import UUID

from holdfast.exceptions import HoldfastError, StoreError
from holdfast.records import Draft, DraftOf, Wait
from holdfast_tui.data.jobs import Lane

if TYPE_CHECKING:
    from holdfast_tui.app import HoldfastApp


class StoreKeeper:
    """Keeps the draft of one form: of a wait, of a message that a run waits for, or of a deployment's new run."""

    def __init__(self, app: HoldfastApp, of: DraftOf, of_id: UUID) -> None:
        self._app = app
        self._of = of
        self._of_id = of_id
        self._lane = Lane(app, f"draft-{of_id}")

    def find(self, found: Callable[[Draft | None], None]) -> None:
        """Look for a draft in a thread. If there is none, or it cannot be read, the form starts empty."""
        # In a lane of the screen, because the app holds back keys meanwhile, and its other messages with them.
        lane = Lane(self._app.screen, f"draft-of-{self._of_id}")
        lane.submit(
            lambda store: store.drafts.find(self._of, self._of_id),
            found,
            failed=lambda _: found(None),
            urgent=True,
        )

    def keep(self, body: dict[str, Any] | None) -> None:
        """Save the draft in a thread; ``None`` deletes it."""
        self._lane.submit(
            lambda store: store.drafts.keep(self._of, self._of_id, body), lambda _: None, failed=self._not_kept
        )

    async def keep_now(self, body: dict[str, Any] | None) -> None:
        """Save the draft before continuing."""

        def write() -> None:
            with self._app.gateway.store() as store:
                store.drafts.keep(self._of, self._of_id, body)

        try:
            await asyncio.to_thread(write)
        except (HoldfastError, RuntimeError) as error:  # while the app is closing, there is nobody to tell
            self._app.log.warning(f"A draft was not kept: {error}")
            if isinstance(error, StoreError) and self._app.is_running:
                self._app.refuse(error)
                self._app.say("Your draft is kept while the app is open, but is not saved on disk.", severity="warning")

    def _not_kept(self, error: HoldfastError) -> None:
        """Report errors of the store. Other errors mean that the question is gone, which is reported elsewhere."""
        if isinstance(error, StoreError):
            self._app.report(error)


def keeper_of(app: HoldfastApp, wait: Wait) -> StoreKeeper:
    """Return the keeper of the draft of an answer."""
    return StoreKeeper(app, DraftOf.WAIT if wait.channel is None else DraftOf.LISTENER, wait.id)
