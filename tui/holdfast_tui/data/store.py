"""The store as the app uses it: what jobs get. It is imported in a job's thread, by the gateway, and only there.

The store takes longer to import than the app takes to be on screen. So no module of the app but those of `data` that
this one imports may import the store or the engine.
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
"""Seconds that is waited for another program's write lock when it is only tried out."""


class Drafts:
    """What was entered into forms and not sent."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, of: DraftOf, of_id: UUID) -> Draft | None:
        """What the user has entered before, else what somebody else has."""
        return kept_drafts.find(self._database, of, of_id)

    def keep(self, of: DraftOf, of_id: UUID, body: Mapping[str, Any] | None) -> None:
        """Write down what the user has entered; with ``None`` forget it."""
        kept_drafts.keep(self._database, of, of_id, body)


class Store:
    """An open database, by subject. May be used from any thread.

    What needs the engine is imported at its first use, so that the first rows do not wait for that.
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
        """The pages of runs and tasks."""
        from holdfast_tui.data.page_reads import PageReads  # the engine

        return PageReads(self._database)

    @cached_property
    def deployments(self) -> DeploymentReads:
        """Deployments, and processes."""
        from holdfast_tui.data.deployment_reads import DeploymentReads  # the engine

        return DeploymentReads(self._database)

    @cached_property
    def verbs(self) -> VerbCalls:
        """What is done to runs."""
        from holdfast_tui.data.verb_calls import VerbCalls  # the engine

        return VerbCalls(self._database)

    # The database itself.

    def try_out(self, *, writing: bool) -> None:
        """Use the database in a way that changes nothing. Raises the `StoreError` that any use would."""
        self._database.check()
        if writing:
            with self._database.hurried(_MOMENT):
                self._database.try_to_write()
        else:
            self.waits.count()

    def follow(self, told: Callable[[Sequence[Event]], None], interval: float) -> Follower:
        """Tell of what is committed by anybody, in a thread of the store's, until the follower is stopped."""
        return self._database.watcher.follow(told, interval=interval)

    def has_moved(self) -> bool:
        """Whether the file is no longer in its place."""
        try:
            self._database.look()
        except StoreMoved:
            return True
        return False

    def close(self) -> None:
        """Close the database."""
        self._database.close()
