"""The state of a form, without a screen: load a value, edit it field by field, check it, dump it."""

import datetime as dt
import hashlib
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import Any

from holdfast.forms.fields import MISSING, Branch, Json, Kind, Path, Reader
from holdfast.forms.list_nodes import ListNode, TableNode
from holdfast.forms.nested_nodes import NestNode, TupleNode, UnionNode
from holdfast.forms.node_kinds import make_node
from holdfast.forms.nodes import Node, system_time
from holdfast.forms.raw_nodes import RawNode, redo
from holdfast.forms.schema_documents import read_document
from holdfast.forms.untouched_defaults import leave_untouched, untouched
from holdfast.forms.validation import Checker
from holdfast.values.json_text import UnreadableError, parse_json, to_json
from holdfast.values.masks import has_secrets, mask, masked, unmask


class FormModel:
    """The state of a form over one JSON Schema.

    It starts from *initial*, with the schema's defaults for absent values. *clock* returns the time by which words such
    as "tomorrow" are understood.
    """

    def __init__(
        self,
        schema: Json,
        initial: Mapping[str, Any] | None = None,
        *,
        clock: Callable[[], dt.datetime] = system_time,
    ) -> None:
        self.schema = schema
        document = read_document(schema)
        self.root: Node = make_node(Reader(document).read(document.root))
        self.root.clock = clock
        self._loaded: Json = MISSING
        self._checker = Checker(document)
        self.root.take(MISSING if initial is None else dict(initial), fill=True)

    @property
    def asks_nothing(self) -> bool:
        """Whether the schema is an object without fields, so there is nothing to fill in."""
        return self.root.field.kind is Kind.MODEL and not self.root.field.fields

    @property
    def edited(self) -> bool:
        """Whether anything was entered, or loaded in place of the initial value."""
        return self._loaded is not MISSING or self.root.edited

    def load(self, data: Json) -> None:
        """Start again from exactly *data*. Absent values stay absent unless they are edited."""
        self._loaded = data
        self.root.take(data, fill=False)

    def dump(self) -> Json:
        """Return the current value, or None if the whole form is empty.

        A text that its field cannot read is returned as text. A number that a float would round is
        a `decimal.Decimal`: write it with `to_json`.
        """
        value = self.root.dump()
        return None if value is MISSING else value

    def errors(self) -> dict[Path, str]:
        """Return the errors by field; `()` is the form as a whole. If it is empty, the schema accepts the value."""
        found: dict[Path, str] = {}
        for path, problem in self.root.problems():
            found.setdefault(path, problem)
        local = {path[:at] for path in found for at in range(len(path) + 1)}
        value = self.dump()
        for path in masked(value) if has_secrets(self.schema) else ():
            node, rest = self.anchor(path)
            found.setdefault(node.path, _about(rest, "must be typed again: secrets are not kept"))
        for path, problem in self._checker.problems(value, self._branch_in_use):
            node, rest = self.anchor(path)
            at = node.path
            if not (isinstance(node, UnionNode) and at in local):
                found.setdefault(at, _about(rest, problem))
        return found

    def object_to(self, objections: Mapping[Path, str]) -> None:
        """Show objections from outside, such as a validator's. Their paths may be pydantic's `loc`s.

        They replace earlier ones. An objection is cleared when its field is edited. One that belongs to no field is
        at `()`.
        """
        self.root.forget()
        traced = [(*self._trace(path), objection) for path, objection in objections.items()]
        meant = [node for node, _, aside, _ in traced if aside is None]
        for node, rest, aside, objection in traced:
            if aside is not None and any(aside.path == other.path[: len(aside.path)] for other in meant):
                continue  # it is about an alternative that is not chosen
            words = _about(rest, objection)
            node.objection = f"{node.objection}; {words}" if node.objection else words

    def objections(self) -> dict[Path, str]:
        """Return the objections that no edit has cleared yet, by field."""
        return {node.path: node.objection for node in self.nodes() if node.objection}

    def nodes(self) -> Iterator[Node]:
        """Yield every node of the form, parents first."""
        pending = [self.root]
        while pending:
            node = pending.pop()
            yield node
            pending.extend(reversed(node.children if _open(node) else []))

    def find(self, path: Path) -> Node | None:
        """Return the node at exactly *path*, or None. For a union it is the node of the active branch."""
        node, rest = self.anchor(path)
        return None if rest else node

    def anchor(self, path: Path) -> tuple[Node, Path]:
        """Return the deepest node along *path*, and the remaining steps, which lead into its value."""
        node, rest, _ = self._trace(path)
        return node, rest

    def _trace(self, path: Path) -> tuple[Node, Path, UnionNode | None]:
        """Do what `anchor` does, and also return the union if *path* names an alternative of it that is not in use."""
        node = self.root
        steps = list(path)
        aside: UnionNode | None = None
        while True:
            below = _below(node, steps[0] if steps else None)
            if below is not None:
                if not isinstance(node, UnionNode):
                    del steps[0]
                node = below
            elif steps and isinstance(node.parent, UnionNode) and _is_tag(node.parent, steps[0]):
                if not _names(node.parent.field.branches[node.parent.index or 0], str(steps[0])):
                    aside = node.parent
                del steps[0]
            else:
                return node, tuple(steps), aside

    def json_text(self) -> str:
        """Return the whole value as JSON text to edit, with the defaults that the form shows. Secrets are masked."""
        value = self.root.dump(hide=True, whole=True)
        return to_json({} if value is MISSING else value, indent=2)

    def load_json_text(self, text: str) -> None:
        """Start again from an edited JSON text.

        An unchanged mask stands for its secret, and an unchanged default is still not sent.

        Raises:
            UnreadableError: the text is not JSON.

        """
        masked_, real = self.root.dump(hide=True, whole=True), self.root.dump(whole=True)
        defaults = untouched(self.root)
        self.load(unmask(parse_json(text), masked_, real))
        leave_untouched(self.root, defaults)

    # One field as JSON.

    def as_json(self, node: Node) -> RawNode:
        """Replace *node* with a node that edits its value as JSON text, and return that."""
        assert node.parent is not None
        raw = RawNode(node)
        node.parent.swap(node, raw)
        return raw

    def as_form(self, raw: RawNode) -> Node:
        """Put the field's own node back, and return it. Raises `UnreadableError` if the text is not JSON."""
        node = raw.back()
        assert raw.parent is not None
        raw.parent.swap(raw, node)
        return node

    # Drafts.

    def draft(self, json_text: str | None = None) -> dict[str, Any] | None:
        """Return the input to be stored, as JSON values without secrets, or None if there is none.

        *json_text* is the text of the whole value, if it was edited as JSON.
        """
        found: dict[str, Any] = {}
        if self._loaded is not MISSING:
            found["loaded"] = to_json(mask(self.schema, self._loaded))
        if edits := self.root.edits():
            found["edits"] = edits
        if json_text is not None and (text := self._without_secrets(json_text)) is not None:
            found["json"] = text
        return {"schema": self._digest, **found} if found else None

    def redo(self, draft: Mapping[str, Any]) -> str | None:
        """Apply a stored `draft` again, unless its schema was different. Return its text of the whole value as JSON."""
        if draft.get("schema") != self._digest:
            return None
        if "loaded" in draft:
            self.load_json_text(draft["loaded"])
        redo(self.root, draft.get("edits", {}))
        text = draft.get("json")
        return text if isinstance(text, str) else None

    @cached_property
    def _digest(self) -> str:
        return hashlib.sha256(to_json(self.schema).encode("utf-8", "backslashreplace")).hexdigest()[:16]

    def _without_secrets(self, text: str) -> str | None:
        """Return a text of the whole value that can be stored, or None if secrets in it cannot be found."""
        if not has_secrets(self.schema):
            return text
        try:
            return to_json(mask(self.schema, parse_json(text)), indent=2)
        except UnreadableError:
            return None

    def _branch_in_use(self, path: Path, alternatives: list[Json]) -> int | None:
        node: Node | None = self.find(path)
        while node is not None:
            if isinstance(node, UnionNode) and node.index is not None:
                raw = node.field.branches[node.index].raw
                found = next((i for i, listed in enumerate(alternatives) if listed is raw), None)
                if found is not None:
                    return found
            node = node.parent
        return None


def _open(node: Node) -> bool:
    """Whether a node's children are part of the form at the moment."""
    return not (isinstance(node, NestNode) and node.null)


def _below(node: Node, step: str | int | None) -> Node | None:
    if not _open(node):
        return None
    if isinstance(node, UnionNode):
        return node.active
    if isinstance(node, TableNode):
        return next((row for row in node.children if step is not None and node.name_of(row) == str(step)), None)
    if isinstance(node, ListNode | TupleNode):
        rows = node.children
        return rows[step] if isinstance(step, int) and 0 <= step < len(rows) else None
    return next((child for child in node.children if child.field.name == step), None)


def _is_tag(union: UnionNode, step: str | int) -> bool:
    """Whether *step* is the name that pydantic puts into a `loc` for a union's branch."""
    return isinstance(step, str) and any(_names(branch, step) for branch in union.field.branches)


_PYTHON_NAMES = {
    Kind.TEXT: {"str", "constrained-str", "url", "uuid", "json"},
    Kind.SECRET: {"str"},
    Kind.INTEGER: {"int", "constrained-int"},
    Kind.NUMBER: {"float", "constrained-float", "decimal"},
    Kind.BOOLEAN: {"bool"},
    Kind.CHOICE: {"literal", "enum", "str-enum", "int-enum"},
    Kind.DATE: {"date"},
    Kind.TIME: {"time"},
    Kind.DATETIME: {"datetime"},
    Kind.DURATION: {"timedelta"},
    Kind.LIST: {"list", "set", "frozenset", "tuple", "constrained-list"},
    Kind.TUPLE: {"tuple"},
    Kind.TABLE: {"dict"},
    Kind.JSON: {"dict", "any", "tuple", "list"},
}


def _names(branch: Branch, step: str) -> bool:
    title = branch.field.schema.get("title")
    names = {*branch.tags, title, *_PYTHON_NAMES.get(branch.field.kind, set())}
    return step in names or step.split("[")[0] in names


def _about(rest: Path, problem: str) -> str:
    """Describe a problem with a part of a value that has no field of its own."""
    rest = tuple(step for step in rest if step != "[key]")  # pydantic's step for the name of an entry
    if not rest:
        return problem
    where = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in rest)
    return f"{where.removeprefix('.')}: {problem}"
