"""The store as the app uses it, which jobs get. Only the gateway imports this module, in a job's thread.

The store takes longer to import than the app takes to appear. So only the modules of `data` that this one imports may
import the store or the engine.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

from holdfast.engine.waits import kept_drafts
from holdfast.exceptions import StoreMoved
from holdfast.records import Draft, DraftOf, Event
from holdfast.store.database import Database
from holdfast.store.watch import Follower
from holdfast_tui.data.log_reads import LogReads
from holdfast_tui.data.run_reads import RunReads
from holdfast_tui.data.wait_reads import WaitReads

if TYPE_CHECKING:
    from holdfast_tui.data.deployment_reads import DeploymentReads
    from holdfast_tui.data.page_reads import PageReads
    from holdfast_tui.data.verb_calls import VerbCalls

_MOMENT = 0.2
"""Seconds to wait for another program's write lock when the database is only checked."""


class Drafts:
    """Drafts: input of forms that was not sent."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, of: DraftOf, of_id: UUID) -> Draft | None:
        """Return the user's own draft, or else somebody else's."""
        return kept_drafts.find(self._database, of, of_id)

    def keep(self, of: DraftOf, of_id: UUID, body: Mapping[str, Any] | None) -> None:
        """Save the user's draft; ``None`` deletes it."""
        kept_drafts.keep(self._database, of, of_id, body)


class Store:
    """An open database, by subject. It can be used from any thread.

    Parts that need the engine are imported at their first use, so that the first rows do not wait for it.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self.waits = WaitReads(database)
        self.runs = RunReads(database)
        self.logs = LogReads(database)
        self.drafts = Drafts(database)

    @classmethod
    def open(cls, path: Path) -> Store:
        """Open the database of a file. Raises a `StoreError`."""
        return cls(Database(path))

    @cached_property
    def pages(self) -> PageReads:
        """The reads for the pages of runs and tasks."""
        from holdfast_tui.data.page_reads import PageReads  # the engine

        return PageReads(self._database)

    @cached_property
    def deployments(self) -> DeploymentReads:
        """The reads of deployments and processes."""
        from holdfast_tui.data.deployment_reads import DeploymentReads  # the engine

        return DeploymentReads(self._database)

    @cached_property
    def verbs(self) -> VerbCalls:
        """The verbs and answers."""
        from holdfast_tui.data.verb_calls import VerbCalls  # the engine

        return VerbCalls(self._database)

    # The database itself.

    def try_out(self, *, writing: bool) -> None:
        """Use the database without changing anything. Raises the `StoreError` that any use would raise."""
        self._database.check()
        if writing:
            with self._database.hurried(_MOMENT):
                self._database.try_to_write()
        else:
            self.waits.count()

    def follow(self, told: Callable[[Sequence[Event]], None], interval: float) -> Follower:
        """Report commits of any process, in a thread of the store, until the follower is stopped."""
        return self._database.watcher.follow(told, interval=interval)

    def has_moved(self) -> bool:
        """Whether the database file was moved or replaced."""
        try:
            self._database.look()
        except StoreMoved:
            return True
        return False

    def close(self) -> None:
        """Close the database."""
        self._database.close()
