"""The state of fields that contain other fields: groups, fixed lists and unions."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

from typing_extensions import override

from holdfast.forms.branch_fit import fit
from holdfast.forms.fields import MISSING, Field, Json, Path
from holdfast.forms.nodes import REQUIRED, Edits, Node
from holdfast.forms.raw_nodes import redo
from holdfast.type_guards import is_list, is_mapping
from holdfast.values.fitting import put

T = TypeVar("T")


class NestNode(Node):
    """A field that contains other fields, and may be null as a whole."""

    def __init__(self, field: Field, parent: Node | None = None) -> None:
        super().__init__(field, parent)
        self._null = self._null_at_first = False

    @property
    @override
    def null(self) -> bool:
        return self._null

    @override
    def _differs(self) -> bool:
        if self._null or self._null_at_first:
            return self._null != self._null_at_first or self._retyped
        return self._remembered("edited", self._inner_edited)

    @override
    def set_null(self, null: bool) -> None:
        if self.field.nullable and null != self._null:
            self._null = null
            self._retyped = self._defaulted
            self.touched()

    @override
    def take(self, value: Json, *, fill: bool) -> None:
        super().take(value, fill=fill)
        absent = self._given is MISSING
        self._null = self._null_at_first = self.field.nullable and (absent or self._given is None)
        self._start()
        self._changed()

    @override
    def shown(self, *, hide: bool = False, whole: bool = False) -> Json:
        if self._null:
            return MISSING if self._absent and not self._differs() else None
        if not self._differs() and (self._absent or self._misfit):
            return self.hidden(self._given) if hide else self._given
        return self._remembered(f"dump {hide} {whole}", lambda: self._inner_dump(hide, whole))

    @override
    def problems(self) -> Iterator[tuple[Path, str]]:
        if not self._differs() and self._absent:
            return super().problems()
        if self._null or self.untouched_default or (self._misfit and not self._differs()):
            return iter(())
        return iter(self._remembered("problems", lambda: list(self._inner_problems())))

    def _inner_problems(self) -> Iterator[tuple[Path, str]]:
        for key, child in self._keyed():
            for path, problem in child.problems():
                yield (*key, *path), problem

    def _keyed(self) -> Iterator[tuple[Path, Node]]:
        """Yield the nodes below, each with the steps that it adds to the path."""
        return ((self.key_of(child), child) for child in self.children)

    def _remembered(self, what: str, find: Callable[[], T]) -> T:
        """Return the cached result of *find* since the last change: a form is large, and an edit is small."""
        if what not in self._memo:
            self._memo[what] = find()
        found: T = self._memo[what]
        return found

    @property
    def _absent(self) -> bool:
        """Whether there is no initial value, and nothing is sent unless something is edited."""
        return self._given is MISSING and not (self.field.required and self._fill)

    @property
    def _misfit(self) -> bool:
        """Whether the initial value is one that this kind of field cannot hold."""
        return self._given is not MISSING and not self._fits(self._given)

    def below(self, field: Field) -> Node:
        """Make a node below this one for *field*."""
        # Each kind of node may contain every other, so the module that knows all of them is imported on first use.
        from holdfast.forms.node_kinds import make_node

        return make_node(field, self)

    @override
    def edits(self) -> Edits:
        return self._remembered("edits", super().edits)

    @override
    def _edits(self) -> Edits:
        found: Edits = {"null": self._null} if self._null != self._null_at_first or self._retyped else {}
        return found | (self._inner_edits() if self._remembered("inner", self._inner_edited) else {})

    @override
    def _redo(self, edits: Mapping[str, Any]) -> None:
        self._inner_redo(edits)
        self.set_null(bool(edits.get("null", self._null)))
        self._retyped = self._retyped or (self._defaulted and "null" in edits)
        self._changed()

    # Each kind of nested node implements these.

    def _fits(self, value: Json) -> bool:
        raise NotImplementedError

    def _start(self) -> None:
        raise NotImplementedError

    def _inner_edited(self) -> bool:
        return any(child.edited for child in self.children)

    def _inner_dump(self, hide: bool, whole: bool) -> Json:
        raise NotImplementedError

    def _inner_edits(self) -> Edits:
        raise NotImplementedError

    def _inner_redo(self, edits: Mapping[str, Any]) -> None:
        raise NotImplementedError


class _PlacesNode(NestNode):
    """A nested node with a fixed set of children, which the schema lists."""

    def __init__(self, field: Field, parent: Node | None = None) -> None:
        super().__init__(field, parent)
        self._children: list[Node] | None = None

    @property
    @override
    def children(self) -> list[Node]:
        """The fields' nodes. They are made on first use, because a nullable group may contain itself."""
        if self._children is None:
            self._children = self._make_children()
        return self._children

    @override
    def swap(self, child: Node, other: Node) -> None:
        self.children[self._at(child)] = other
        self.touched()

    @override
    def forget(self) -> None:
        self.objection = ""
        for child in self._children or ():
            child.forget()

    def _at(self, child: Node) -> int:
        return next(at for at, each in enumerate(self.children) if each is child)

    def _start(self) -> None:
        self._children = None

    def _make_children(self) -> list[Node]:
        raise NotImplementedError

    @override
    def _inner_edited(self) -> bool:
        return any(child.edited for child in self._children or ())

    @override
    def _inner_edits(self) -> Edits:
        return {"at": {str(at): edits for at, child in enumerate(self.children) if (edits := child.edits())}}

    @override
    def _inner_redo(self, edits: Mapping[str, Any]) -> None:
        for at, below in edits.get("at", {}).items():
            redo(self.children[int(at)], below)


class GroupNode(_PlacesNode):
    """An object with named fields. Properties that the schema does not name are kept."""

    leaves_out = True

    def __init__(self, field: Field, parent: Node | None = None) -> None:
        super().__init__(field, parent)
        self._further: dict[str, Json] = {}

    def put(self, way: list[str], value: Json) -> None:
        """Set a property that the schema does not declare, if it allows that: `Field.further`."""
        self._further[way[0]] = put(self._further.get(way[0]), [*way[1:]], value)
        self.touched()

    @override
    def _start(self) -> None:
        super()._start()
        self._further = {}

    @override
    def _inner_edited(self) -> bool:
        return bool(self._further) or super()._inner_edited()

    @override
    def _inner_edits(self) -> Edits:
        hidden = self._hidden_further()
        kept = {name: value for name, value in self._further.items() if hidden[name] == value}
        return super()._inner_edits() | ({"further": kept} if kept else {})

    @override
    def _inner_redo(self, edits: Mapping[str, Any]) -> None:
        super()._inner_redo(edits)
        self._further = dict(edits.get("further", {}))

    def _hidden_further(self) -> dict[str, Json]:
        if not self._further:
            return {}
        hidden = self.hidden(self._further)
        return dict(hidden) if is_mapping(hidden) else dict.fromkeys(self._further, hidden)

    def _make_children(self) -> list[Node]:
        given = self._given if is_mapping(self._given) else None
        made = [self.below(field) for field in self.field.fields]
        for child in made:
            value = MISSING if given is None else given.get(child.field.name, MISSING)
            child.take(value, fill=self._fill or given is None)
        return made

    @override
    def key_of(self, child: Node) -> Path:
        return (child.field.name,)

    def _fits(self, value: Json) -> bool:
        return is_mapping(value)

    def _inner_dump(self, hide: bool, whole: bool) -> Json:
        found = dict(self._given) if is_mapping(self._given) else {}
        found |= self._hidden_further() if hide else self._further
        for child in self.children:
            value = child.dump(hide=hide, whole=whole)
            if value is MISSING:
                found.pop(child.field.name, None)
            else:
                found[child.field.name] = value
        return found


class TupleNode(_PlacesNode):
    """A list with a fixed number of places, each with its own field."""

    def _make_children(self) -> list[Node]:
        given = self._given if self._fits(self._given) else None
        made = [self.below(field) for field in self.field.places]
        for at, child in enumerate(made):
            child.take(MISSING if given is None else given[at], fill=self._fill or given is None)
        return made

    @override
    def key_of(self, child: Node) -> Path:
        return (self._at(child),)

    def _fits(self, value: Json) -> bool:
        return is_list(value) and len(value) == len(self.field.places)

    def _inner_dump(self, hide: bool, whole: bool) -> Json:
        values = [child.dump(hide=hide, whole=whole) for child in self.children]
        return [None if value is MISSING else value for value in values]


class UnionNode(NestNode):
    """A field with several alternatives. Each keeps its input while another one is active."""

    def __init__(self, field: Field, parent: Node | None = None) -> None:
        super().__init__(field, parent)
        self._index: int | None = None
        self._at_first: int | None = None
        self._nodes: dict[int, Node] = {}

    @property
    def index(self) -> int | None:
        """The position of the active branch, or None if none is chosen."""
        return self._index

    @property
    def active(self) -> Node | None:
        """The node of the active branch."""
        return None if self._index is None else self._nodes[self._index]

    @property
    @override
    def children(self) -> list[Node]:
        return [] if self.active is None else [self.active]

    @override
    def key_of(self, child: Node) -> Path:
        return ()

    @override
    def swap(self, child: Node, other: Node) -> None:
        self._nodes = {at: other if each is child else each for at, each in self._nodes.items()}
        self.touched()

    def choose(self, index: int | None) -> None:
        """Make the branch at *index* the active one. None makes no branch active."""
        if index is not None and index not in self._nodes:
            self._nodes[index] = self.below(self.field.branches[index].field)
            self._nodes[index].take(MISSING, fill=True)
        if index != self._index or self._null:
            self._index = index
            self._null = False
            self.touched()

    @override
    def problems(self) -> Iterator[tuple[Path, str]]:
        if self.needed and self.dump() is MISSING and self.active is None:
            return iter([((), REQUIRED)])
        return super().problems()

    def _start(self) -> None:
        self._nodes = {}
        self._index = None
        if self._given is not MISSING and not self._null:
            fits = [fit(branch.field, self._given) for branch in self.field.branches]
            best = max(fits, default=0)
            if best:
                self._index = fits.index(best)
                self._nodes[self._index] = self.below(self.field.branches[self._index].field)
                self._nodes[self._index].take(self._given, fill=self._fill)
        self._at_first = self._index

    def _fits(self, value: Json) -> bool:
        return self._at_first is not None

    @override
    def _inner_edited(self) -> bool:
        return self._index != self._at_first or super()._inner_edited()

    def _inner_dump(self, hide: bool, whole: bool) -> Json:
        return MISSING if self.active is None else self.active.dump(hide=hide, whole=whole)

    @override
    def edits(self) -> Edits:
        """Return the edits here and below, also those of inactive branches."""
        found = super().edits()
        return found | self._inner_edits() if any(node.edited for node in self._nodes.values()) else found

    @override
    def _inner_edits(self) -> Edits:
        branches = {str(at): edits for at, node in self._nodes.items() if (edits := node.edits())}
        return {"branch": self._index, "branches": branches}

    @override
    def _inner_redo(self, edits: Mapping[str, Any]) -> None:
        for at, below in edits.get("branches", {}).items():
            self.choose(int(at))
            redo(self._nodes[int(at)], below)
        if "branch" in edits:
            self.choose(edits["branch"])
