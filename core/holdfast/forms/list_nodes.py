"""The state of lists and tables, whose rows are added, moved and removed."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from typing_extensions import override

from holdfast.forms.branch_fit import same
from holdfast.forms.fields import MISSING, Field, Json, Kind, Path
from holdfast.forms.nested_nodes import NestNode
from holdfast.forms.nodes import Edits, Node, PickNode
from holdfast.forms.raw_nodes import redo
from holdfast.type_guards import is_list, is_mapping

NAME_NEEDED = "a name"
NAME_TWICE = "a unique name"
"""The errors of an entry whose name is missing or not unique."""


@dataclass(frozen=True)
class Removed:
    """A removed row, which can be restored."""

    at: int
    row: Node
    key: str


class RowsNode(NestNode):
    """A field with any number of rows."""

    def __init__(self, field: Field, parent: Node | None = None) -> None:
        super().__init__(field, parent)
        self._rows: list[Node] = []
        self._positions: dict[int, int] = {}
        """The position of each row when it was last looked up, by the row's identity."""
        self._at_first: list[Node] = []
        self._removed: list[Removed] = []

    @property
    @override
    def children(self) -> list[Node]:
        return list(self._rows)

    @override
    def swap(self, child: Node, other: Node) -> None:
        self._at_first = [other if each is child else each for each in self._at_first]
        self._rows[self.position(child)] = other
        super().touched()

    @override
    def touched(self) -> None:
        self._retyped = self._defaulted
        super().touched()

    def position(self, row: Node) -> int:
        """Return the position of *row*, from 0, or the number of rows if it is not among them."""
        at = self._positions.get(id(row), len(self._rows))
        if at >= len(self._rows) or self._rows[at] is not row:
            self._positions = {id(each): at for at, each in enumerate(self._rows)}
        return self._positions.get(id(row), len(self._rows))

    def add(self, at: int | None = None) -> Node:
        """Add a new row with its defaults, at the end or at the given position."""
        row = self.below(self.field.item)
        row.take(MISSING, fill=True)
        self._put(row, len(self._rows) if at is None else at)
        return row

    def duplicate(self, row: Node) -> Node:
        """Add a copy of *row* below it."""
        copy = self.below(self.field.item)
        copy.take(row.dump(), fill=False)
        self._put(copy, self.position(row) + 1)
        return copy

    def remove(self, row: Node) -> None:
        """Remove *row*. `restore` brings it back."""
        at = self.position(row)
        self._removed.append(Removed(at, row, self._key(row)))
        del self._rows[at]
        self.touched()

    @property
    def can_restore(self) -> bool:
        """Whether a removed row can be restored."""
        return bool(self._removed)

    def restore(self) -> Node:
        """Put the row that was removed last back in its place."""
        last = self._removed.pop()
        self._put(last.row, min(last.at, len(self._rows)))
        self._name(last.row, last.key)
        return last.row

    def move(self, row: Node, by: int) -> bool:
        """Move *row* by that many places, as far as the list goes. Return False if it does not move."""
        old = self.position(row)
        new = max(0, min(len(self._rows) - 1, old + by))
        if new == old:
            return False
        self._rows.insert(new, self._rows.pop(old))
        self.touched()
        return True

    def _put(self, row: Node, at: int) -> None:
        self._null = False
        self._rows.insert(at, row)
        self._name(row, "")
        self.touched()

    def _key(self, row: Node) -> str:
        return ""

    def _name(self, row: Node, key: str) -> None:
        """Name *row*, if rows have names."""

    def _start(self) -> None:
        self._rows, self._removed = [], []
        if self._fits(self._given):
            for value in self._values(self._given):
                self._rows.append(row := self.below(self.field.item))
                row.take(value, fill=self._fill)
        self._at_first = list(self._rows)

    def _values(self, given: Json) -> list[Json]:
        return list(given)

    @override
    def _inner_edited(self) -> bool:
        return self._retyped or self._rows != self._at_first or super()._inner_edited()

    @override
    def _inner_edits(self) -> Edits:
        at_first = {id(row): at for at, row in enumerate(self._at_first)}
        return {"rows": [self._row_edits(row, at_first.get(id(row))) for row in self._rows]}

    def _row_edits(self, row: Node, was: int | None) -> Edits:
        """Return the edits of a row. *was* is its initial position, or None for an added row."""
        if was is not None:
            return {"was": was, "edits": row.edits()}
        value, fill = row.came
        came = {} if value is MISSING else {"came": row.hidden(value)}
        return {"was": None, "fill": fill, **came, "edits": row.edits()}

    @override
    def _inner_redo(self, edits: Mapping[str, Any]) -> None:
        if "rows" not in edits:
            return
        self._rows = []
        for each in edits["rows"]:
            was: int | None = each.get("was")
            row = self.below(self.field.item) if was is None else self._at_first[was]
            if was is None:
                row.take(each.get("came", MISSING), fill=each["fill"])
            self._rows.append(row)
            redo(row, each.get("edits", {}))
        self._null = False
        self._retyped = self._defaulted
        self._changed()


class ListNode(RowsNode):
    """A list whose rows are added, removed and moved."""

    @override
    def key_of(self, child: Node) -> Path:
        return (self.position(child),)

    @override
    def _keyed(self) -> Iterator[tuple[Path, Node]]:
        return (((at,), row) for at, row in enumerate(self._rows))

    @property
    def picks(self) -> PickNode | None:
        """The choices, if this is a list of different choices; None for any other list."""
        item = self.field.item
        if item.kind is not Kind.CHOICE or item.nullable or len(item.choices) < 2:
            return None
        rows = [row for row in self._rows if isinstance(row, PickNode)]
        picked = {row.index for row in rows}
        if len(rows) < len(self._rows) or None in picked or len(picked) < len(rows):
            return None
        return PickNode(item)

    def set_picks(self, chosen: frozenset[int]) -> None:
        """Set the rows to the choices at these positions. New rows are put in the order of the choices."""
        for row in list(self._rows):
            if isinstance(row, PickNode) and row.index not in chosen:
                self._rows.remove(row)
        held = [row.index for row in self._rows if isinstance(row, PickNode) and row.index is not None]
        for index in sorted(chosen - set(held)):
            at = next((at for at, each in enumerate(held) if each > index), len(held))
            row = self._taken_out(index) or self._picked(index)
            self._rows.insert(at, row)
            held.insert(at, index)
        self._null = False
        self.touched()

    def _taken_out(self, index: int) -> Node | None:
        value = self.field.item.choices[index].value
        return next((row for row in self._at_first if row not in self._rows and same(row.dump(), value)), None)

    def _picked(self, index: int) -> Node:
        row = self.below(self.field.item)
        assert isinstance(row, PickNode)
        row.take(MISSING, fill=False)
        row.pick(index)
        return row

    def _fits(self, value: Json) -> bool:
        return is_list(value)

    def _inner_dump(self, hide: bool, whole: bool) -> Json:
        values = [row.dump(hide=hide, whole=whole) for row in self._rows]
        return [None if value is MISSING else value for value in values]


class TableNode(RowsNode):
    """An object with any names, whose values all have the same kind."""

    def __init__(self, field: Field, parent: Node | None = None) -> None:
        super().__init__(field, parent)
        self._names: dict[Node, str] = {}
        self._names_at_first: dict[Node, str] = {}

    def name_of(self, row: Node) -> str:
        """Return the name of a row's value."""
        return self._names.get(row, "")

    def rename(self, row: Node, name: str) -> None:
        """Change the name of a row's value."""
        if name != self.name_of(row):
            self._names[row] = name
            self.touched()

    @override
    def key_of(self, child: Node) -> Path:
        return (self.name_of(child),)

    @override
    def swap(self, child: Node, other: Node) -> None:
        for names in (self._names, self._names_at_first):
            if child in names:
                names[other] = names[child]
        super().swap(child, other)

    @override
    def duplicate(self, row: Node) -> Node:
        copy = super().duplicate(row)
        name, taken = self.name_of(row), {self.name_of(each) for each in self._rows}
        number = next(n for n in range(2, len(taken) + 3) if f"{name} {n}" not in taken)
        self.rename(copy, f"{name} {number}")
        return copy

    @override
    def _inner_problems(self) -> Iterator[tuple[Path, str]]:
        if self._differs():
            for name, count in Counter(map(self.name_of, self._rows)).items():
                if count > 1:
                    yield (name,), NAME_TWICE if name else NAME_NEEDED
                elif not name and "" not in self._names_at_first.values():
                    yield (name,), NAME_NEEDED
        yield from super()._inner_problems()

    @override
    def _key(self, row: Node) -> str:
        return self.name_of(row)

    @override
    def _name(self, row: Node, key: str) -> None:
        self._names[row] = key

    @override
    def _start(self) -> None:
        super()._start()
        names = list(self._given) if self._fits(self._given) else []
        self._names = {row: str(name) for row, name in zip(self._rows, names, strict=True)}
        self._names_at_first = dict(self._names)

    def _values(self, given: Json) -> list[Json]:
        return list(given.values())

    def _fits(self, value: Json) -> bool:
        return is_mapping(value)

    @override
    def _inner_edited(self) -> bool:
        renamed = any(self.name_of(row) != self._names_at_first.get(row) for row in self._rows)
        return renamed or super()._inner_edited()

    def _inner_dump(self, hide: bool, whole: bool) -> Json:
        values = {self.name_of(row): row.dump(hide=hide, whole=whole) for row in self._rows}
        return {name: None if value is MISSING else value for name, value in values.items()}

    @override
    def _row_edits(self, row: Node, was: int | None) -> Edits:
        return super()._row_edits(row, was) | {"name": self.name_of(row)}

    @override
    def _inner_redo(self, edits: Mapping[str, Any]) -> None:
        super()._inner_redo(edits)
        for row, each in zip(self._rows, edits.get("rows", []), strict=False):
            self._names[row] = str(each["name"])
        self._changed()
