"""The tree of the run list: which runs are unfolded, and the lines under them. It counts lines and draws nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from holdfast_tui.data.run_window import RunRow
from holdfast_tui.widgets.run_columns import Place


@dataclass(frozen=True, slots=True)
class Under:
    """A line of a child run."""

    row: RunRow
    place: Place
    parent: UUID


class Tree:
    """The unfolded runs of a list.

    ``place`` is the position of a run in the list. ``line`` is its position on the screen, which also counts the lines
    of unfolded child runs.
    """

    def __init__(self) -> None:
        self.unfolded: dict[UUID, None] = {}
        """The ids of the runs whose children are shown, at any depth."""
        self._children: Mapping[UUID, Sequence[RunRow]] = {}
        self._places: dict[UUID, int] = {}
        self._lines: dict[UUID, list[Under]] = {}

    def unfold(self, run_id: UUID, place: int | None) -> None:
        """Show the children of a run. It has a place in the list unless it is a child run itself."""
        self.unfolded[run_id] = None
        if place is not None:
            self._places[run_id] = place

    def fold(self, run_id: UUID) -> None:
        """Hide the children of a run."""
        self.unfolded.pop(run_id, None)
        self._places.pop(run_id, None)
        self._drawn()

    def clear(self) -> None:
        """Hide all children."""
        self.unfolded.clear()
        self._places.clear()
        self._drawn()

    def take(self, children: Mapping[UUID, Sequence[RunRow]], where: Callable[[UUID, int], int | None]) -> None:
        """Take the children that were read. ``where`` returns the new place of a run, ``None`` if it is gone."""
        self._children = children
        for run_id, place in list(self._places.items()):
            now = where(run_id, place)
            if now is None:
                self.fold(run_id)
            else:
                self._places[run_id] = now
        self._drawn()

    def _drawn(self) -> None:
        places = sorted(self._places, key=self._places.__getitem__)
        self._lines = {run_id: self._under(run_id, 1) for run_id in places}

    def _under(self, run_id: UUID, depth: int) -> list[Under]:
        found: list[Under] = []
        for row in self._children.get(run_id, ()):
            opened = row.run.id in self.unfolded and depth < 30
            found.append(Under(row, Place(depth, opened), run_id))
            if opened:
                found += self._under(row.run.id, depth + 1)
        return found

    @property
    def extra(self) -> int:
        """The number of lines of child runs."""
        return sum(map(len, self._lines.values()))

    def at(self, line: int) -> tuple[int, Under | None]:
        """Return the place in the list that a line belongs to, and the child line if it is not the run itself."""
        before = 0
        for run_id, under in self._lines.items():
            place = self._places[run_id]
            if line <= place + before:
                break
            if line <= place + before + len(under):
                return place, under[line - place - before - 1]
            before += len(under)
        return line - before, None

    def line(self, place: int) -> int:
        """Return the line of a run of the list."""
        return place + sum(len(under) for run_id, under in self._lines.items() if self._places[run_id] < place)

    def line_of(self, run_id: UUID) -> int | None:
        """Return the line of a child run."""
        for top, under in self._lines.items():
            for index, each in enumerate(under):
                if each.row.run.id == run_id:
                    return self.line(self._places[top]) + 1 + index
        return None

    def opened(self, run_id: UUID) -> bool:
        """Whether a run is unfolded."""
        return run_id in self.unfolded

    def rows(self) -> list[RunRow]:
        """Return the rows of the shown child runs."""
        return [each.row for under in self._lines.values() for each in under]
