"""Any field as JSON text, and applying stored edits to a node that may have been edited as JSON text."""

import dataclasses
from collections.abc import Mapping
from typing import Any

from typing_extensions import override

from holdfast.forms.fields import MISSING, Json, Kind
from holdfast.forms.nodes import Edits, Node, TextNode
from holdfast.forms.untouched_defaults import leave_untouched, untouched, without_untouched
from holdfast.values.json_text import UnreadableError, parse_json, to_json
from holdfast.values.masks import unmask


class RawNode(TextNode):
    """Any field's value as JSON text. If the text is not edited, the field's own value is sent."""

    def __init__(self, form: Node) -> None:
        super().__init__(dataclasses.replace(form.field, kind=Kind.JSON, choices=(), nullable=False), form.parent)
        self.form = form
        """The field whose value this is."""
        self._real: Json = MISSING
        self._masked: Json = MISSING
        self._show()

    def _show(self) -> None:
        self._real, self._masked = self.form.shown(whole=True), self.form.shown(hide=True, whole=True)
        text = "" if self._masked is MISSING else to_json(self._masked, indent=2)
        self._shown = self._text = self._kept = text

    def back(self) -> Node:
        """Return the field itself with the value of the text. Raises `UnreadableError` if the text is not JSON."""
        if self._text != self._shown:
            defaults = untouched(self.form)
            self.form.replace(MISSING if self._empty else self._parsed())
            leave_untouched(self.form, defaults)
        return self.form

    @override
    def take(self, value: Json, *, fill: bool) -> None:
        self.form.take(value, fill=fill)
        self._show()

    @override
    def replace(self, value: Json) -> None:
        self.form.replace(value)
        self._show()
        self.touched()

    @override
    def revert(self) -> None:
        self.form.revert()
        self._show()
        self.touched()

    @override
    def _differs(self) -> bool:
        return super()._differs() or self.form.edited

    @override
    def dump(self, *, hide: bool = False, whole: bool = False) -> Json:
        if self._text == self._shown:
            return self.form.dump(hide=hide, whole=whole)
        return super().dump(hide=hide, whole=whole)

    @override
    def _value(self) -> Json:
        if self._text == self._shown:
            return self.form.shown()
        if self._empty:
            return MISSING
        try:
            return without_untouched(self._parsed(), self._real, self.form.shown())
        except UnreadableError:
            return self._text

    @override
    def _parsed(self) -> Json:
        return unmask(parse_json(self._text), self._masked, self._real)

    @override
    def edits(self) -> Edits:
        """Return the edits, with a note that the field was edited as JSON."""
        text = super()._edits().get("text") if self._text != self._shown else None
        return {"raw": text, "form": self.form.edits()}


def redo(node: Node, edits: Mapping[str, Any]) -> None:
    """Apply the stored edits of *node* again, as JSON text if it was edited as JSON."""
    if "raw" not in edits:
        node.redo(edits)
        return
    node.redo(edits["form"])
    if node.parent is not None:
        raw = RawNode(node)
        node.parent.swap(node, raw)
        if edits["raw"] is not None:
            raw.text = str(edits["raw"])
