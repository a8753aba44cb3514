"""The state of a single field: its initial value, its edits, and the value that is sent."""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias

from typing_extensions import override

from holdfast.forms.branch_fit import index_of
from holdfast.forms.field_texts import echo, parse, text_of
from holdfast.forms.fields import MISSING, Choice, Field, Json, Kind, Path
from holdfast.values.json_text import UnreadableError, parse_json, to_json
from holdfast.values.masks import MASK, unmask

Edits: TypeAlias = dict[str, Any]
"""The edits of a field and of all fields below it, as JSON values without secrets; see `Node.edits`."""

ASTERISKS = "*" * 10
"""What pydantic writes in place of a secret."""

REQUIRED = "required"

_TEXT_KINDS = (Kind.TEXT, Kind.SECRET)


def system_time() -> dt.datetime:
    """Return the current time in UTC."""
    return dt.datetime.now(dt.UTC)


class Node:
    """One field's state. A value that is not edited is sent exactly as it came in. An untouched default is not sent."""

    leaves_out = False
    """Whether the nodes directly below can be left out of the value."""

    def __init__(self, field: Field, parent: "Node | None" = None) -> None:
        self.field = field
        self.parent = parent
        self.depth: int = 0 if parent is None else parent.depth + 1
        """The number of nodes above it."""
        self.clock: Callable[[], dt.datetime] = system_time if parent is None else parent.clock
        """Returns the time by which words such as "tomorrow" are understood."""
        self.objection = ""
        """An error that was reported from outside. It is cleared when the field is edited."""
        self._given: Json = MISSING
        self._fill = True
        self.came: tuple[Json, bool] = (MISSING, True)
        """The initial value, and whether defaults were filled in for absent values."""
        self._replaced = False
        self._defaulted = False
        self._retyped = False
        """Whether the default was touched, even if its value is the same again."""
        self._memo: dict[str, Any] = {}
        """Cached results about this node and all nodes below it, until something there changes."""

    @property
    def path(self) -> Path:
        """The place of this node's value in the form's value."""
        return (*self.parent.path, *self.parent.key_of(self)) if self.parent else ()

    @property
    def children(self) -> list["Node"]:
        """The nodes directly below."""
        return []

    @property
    def edited(self) -> bool:
        """Whether the value here or below differs from the initial value."""
        return self._replaced or self._differs()

    @property
    def null(self) -> bool:
        """Whether the value is null."""
        return self.shown() is None

    def set_null(self, null: bool) -> None:
        """Make the value null, or restore the value that it had before."""
        raise NotImplementedError

    def key_of(self, child: "Node") -> Path:
        """Return the steps that *child* adds to this node's path."""
        raise NotImplementedError

    def swap(self, child: "Node", other: "Node") -> None:
        """Put *other* in the place of *child*."""
        raise NotImplementedError

    def take(self, value: Json, *, fill: bool) -> None:
        """Start from *value*. With *fill*, use defaults for absent values."""
        self.came = (value, fill)
        self._replaced = False
        self._defaulted = value is MISSING and fill and self.field.has_default and not self._recurs()
        self._given = self.field.default if self._defaulted else value
        self._fill = fill
        self._retyped = False
        self.objection = ""
        self._changed()

    def _recurs(self) -> bool:
        """Whether this node is inside its own default value, which would never end."""
        default, node = self.field.default, self.parent
        if not isinstance(default, dict | list):
            return False
        while node is not None:
            if node._defaulted and node.field.default is default:
                return True
            node = node.parent
        return False

    def replace(self, value: Json) -> None:
        """Replace the current value with *value*. `MISSING` leaves the field out."""
        came = self.came
        self.take(value, fill=False)
        self.came = came
        self._replaced = True
        self.touched()

    def revert(self) -> None:
        """Restore the initial value."""
        value, fill = self.came
        self.take(value, fill=fill)
        self.touched()

    def insist(self) -> None:
        """Treat the current value as entered, even if it is the initial one. A default is sent then."""
        self._retyped = True
        self.touched()

    @property
    def needed(self) -> bool:
        """Whether a value must be sent. A function of the flow that sees the whole first could still fill it in."""
        node = self.parent
        while self.field.required and node is not None:
            if node.field.is_open and (node._given is not MISSING or node.edited):
                return False
            node = node.parent
        return self.field.required

    @property
    def left_out(self) -> bool:
        """Whether no value is sent."""
        return self.dump() is MISSING

    def dump(self, *, hide: bool = False, whole: bool = False) -> Json:
        """Return the value that is sent, or MISSING if the field is left out.

        With *hide*, secrets are masked. With *whole*, untouched defaults are included.
        """
        return MISSING if self.untouched_default and not whole else self.shown(hide=hide, whole=whole)

    @property
    def untouched_default(self) -> bool:
        """Whether the untouched default is shown and need not be sent, because the flow knows it."""
        if not self._defaulted or self.field.required or self.field.identifies:
            return False
        return self.parent is not None and self.parent.leaves_out and not self._differs()

    def shown(self, *, hide: bool = False, whole: bool = False) -> Json:
        """Return the value that the form shows, including a default, or MISSING if there is none. See `dump`."""
        raise NotImplementedError

    def problems(self) -> Iterator[tuple[Path, str]]:
        """Yield the errors here and below that the fields can find themselves. Paths are relative to this node."""
        if self.needed and self.dump() is MISSING:
            yield (), REQUIRED

    def touched(self) -> None:
        """Clear the objections that this edit may have resolved: here, above and below."""
        self.forget()
        self._changed()
        node = self.parent
        while node is not None:
            node.objection = ""
            node = node.parent

    def _changed(self) -> None:
        node: Node | None = self
        while node is not None:
            node._memo.clear()
            node = node.parent

    def forget(self) -> None:
        """Clear all objections here and below."""
        self.objection = ""
        for child in self.children:
            child.forget()

    def hidden(self, value: Json) -> Json:
        """Return *value* with its secrets masked."""
        if value is MISSING or value is None or self.field.reader is None:
            return value
        if self.field.secret:
            return MASK
        return self.field.reader.mask(self.field.schema, value)

    # Drafts.

    def edits(self) -> Edits:
        """Return the edits here and below, to be stored. Empty if there are none, or if the field is secret."""
        found: Edits = {}
        if self.field.secret:
            return found
        if self._replaced:
            hidden = self.hidden(self._given)
            found["put"] = {} if hidden is MISSING else {"value": hidden}
        if self._differs():
            found |= self._edits()
        return found

    def redo(self, edits: Mapping[str, Any]) -> None:
        """Apply stored `edits` again."""
        if "put" in edits:
            self.replace(edits["put"].get("value", MISSING))
        self._redo(edits)

    # Each kind of node implements these.

    def _differs(self) -> bool:
        raise NotImplementedError

    def _edits(self) -> Edits:
        raise NotImplementedError

    def _redo(self, edits: Mapping[str, Any]) -> None:
        raise NotImplementedError

    def _unset(self) -> Json:
        """Return the value of a field that has no initial value and no input."""
        return None if self.field.nullable and self.field.required and self._fill else MISSING


class TextNode(Node):
    """A field for typed input: text, numbers, dates or JSON."""

    def __init__(self, field: Field, parent: Node | None = None) -> None:
        super().__init__(field, parent)
        self._text = self._shown = self._kept = ""
        self._typed: dt.datetime | None = None
        self.several_lines = False
        """Whether several lines were put in at once."""

    @property
    def text(self) -> str:
        """The text in the field. An initial secret is never shown."""
        return self._text

    @text.setter
    def text(self, text: str) -> None:
        if text != self._text:
            self._text = text
            self._typed = self.clock()
            self._retyped = self._defaulted
            self.touched()

    @property
    def understood(self) -> str:
        """How a date, time or duration is understood, in words. Empty if there is nothing to add or to show."""
        return "" if self.field.secret else echo(self.field, self._text, self._typed)

    @property
    def multiline(self) -> bool:
        """Whether the text needs several lines."""
        if self.field.secret:
            return False
        return self.field.kind is Kind.JSON or self.field.multiline or self.several_lines or "\n" in self._shown

    @override
    def _differs(self) -> bool:
        return self._text != self._shown or self._retyped

    @property
    def keeps_secret(self) -> bool:
        """Whether there is an initial secret, which is sent unless another one is typed."""
        return self.field.secret and self._given not in (MISSING, None) and not self._differs()

    @override
    def take(self, value: Json, *, fill: bool) -> None:
        if self.field.secret and value in (ASTERISKS, MASK):
            value = MISSING
        super().take(value, fill=fill)
        self._shown = "" if self.field.secret else text_of(self.field, self.hidden(self._given))
        self._text = self._kept = self._shown
        self._typed = None

    @override
    def set_null(self, null: bool) -> None:
        if null:
            self._kept = self._text or self._kept
        self.text = "" if null else self._kept

    def problem(self) -> str:
        """Return the error in the text, or an empty string."""
        value = self.dump()
        if value is MISSING:
            return REQUIRED if self.needed else ""
        if not self._differs() or self._empty or self.field.is_open:
            return ""
        try:
            parse(self.field, self._text, self._typed)
        except UnreadableError as error:
            return str(error)
        return ""

    @override
    def problems(self) -> Iterator[tuple[Path, str]]:
        if problem := self.problem():
            yield (), problem

    @override
    def shown(self, *, hide: bool = False, whole: bool = False) -> Json:
        value = self._value()
        return self.hidden(value) if hide else value

    @property
    def _empty(self) -> bool:
        return not (self._text if self.field.kind in _TEXT_KINDS else self._text.strip())

    def _value(self) -> Json:
        if not self._differs():
            return self._unset() if self._given is MISSING else self._given
        if self._empty:
            return self._emptied()
        try:
            return self._parsed()
        except UnreadableError:
            return self._text

    def _parsed(self) -> Json:
        value = parse(self.field, self._text, self._typed)
        return unmask(value, self.hidden(self._given), self._given) if self.field.kind is Kind.JSON else value

    def _emptied(self) -> Json:
        """Return the value of an emptied field: null if allowed, or else none, unless the default would come back."""
        if self.field.nullable:
            return None
        if self.field.required or not self.field.has_default or self.field.default is None:
            return MISSING
        return "" if self.field.kind in _TEXT_KINDS else self.field.default

    @override
    def _edits(self) -> Edits:
        text = self._text
        if self.field.kind is Kind.JSON and self.field.reader is not None and self.field.reader.secretive:
            try:
                text = to_json(self.hidden(parse_json(text)))
            except UnreadableError:
                return {}  # text that cannot be read cannot be searched for secrets
        typed = None if self._typed is None else self._typed.isoformat()
        return {"text": text, "typed": typed}

    @override
    def _redo(self, edits: Mapping[str, Any]) -> None:
        if "text" in edits:
            self.text = str(edits["text"])
            self._retyped = self._defaulted
            self.several_lines = self.field.kind is Kind.TEXT and "\n" in self.text
            self._typed = dt.datetime.fromisoformat(edits["typed"]) if edits.get("typed") else None


class PickNode(Node):
    """A field with options to pick from: choices, or yes and no."""

    def __init__(self, field: Field, parent: Node | None = None) -> None:
        super().__init__(field, parent)
        self.options: tuple[Choice, ...] = field.options
        self._index: int | None = None
        self._shown: int | None = None
        self._kept: int | None = None

    @property
    def index(self) -> int | None:
        """The position of the picked option, or None if none is picked."""
        return self._index

    @override
    def _differs(self) -> bool:
        return self._index != self._shown or self._retyped

    @override
    def take(self, value: Json, *, fill: bool) -> None:
        super().take(MISSING if self.field.secret and value in (ASTERISKS, MASK) else value, fill=fill)
        if self._given is MISSING and fill and self.field.fixed and self.field.required:
            self._given = self.options[0].value
        elif self.field.secret:  # do not show which option the initial value is
            self._index = self._shown = self._kept = None
            return
        self._index = self._shown = self._kept = index_of(self.field, self._given)

    def pick(self, index: int | None) -> None:
        """Pick the option at *index*, or none of them."""
        if index != self._index:
            self._index = index
            self._retyped = self._defaulted
            self.touched()

    @override
    def set_null(self, null: bool) -> None:
        if null:
            self._kept = None if self.null else self._index
        self.pick(len(self.options) - 1 if null else self._kept)

    @override
    def shown(self, *, hide: bool = False, whole: bool = False) -> Json:
        if not self._differs():
            value = self._given
        else:
            value = MISSING if self._index is None else self.options[self._index].value
        return self.hidden(value) if hide else value

    @override
    def _edits(self) -> Edits:
        return {"pick": self._index}

    @override
    def _redo(self, edits: Mapping[str, Any]) -> None:
        if "pick" in edits:
            self._retyped = self._defaulted
            index = edits["pick"]
            self.pick(index if isinstance(index, int) and 0 <= index < len(self.options) else None)
