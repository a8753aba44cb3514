"""Untouched defaults when a value is edited as JSON: they are shown in the JSON, but not sent."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from holdfast.forms.fields import MISSING, Json, Path
from holdfast.type_guards import is_dict, is_list
from holdfast.values.json_text import to_json

if TYPE_CHECKING:
    from holdfast.forms.nodes import Node


def untouched(root: "Node") -> list[tuple[Path, Json]]:
    """Return the paths below *root* where an untouched default is shown, each with the default."""
    return [(path, node.shown(whole=True)) for path, node in _walk(root, ()) if node.untouched_default]


def leave_untouched(root: "Node", defaults: list[tuple[Path, Json]]) -> None:
    """Mark defaults as untouched again if they still have the same value."""
    wanted = dict(defaults)
    found = [(node, wanted[path]) for path, node in _walk(root, ()) if path in wanted]
    for node, default in found:
        if _same(node.shown(whole=True), default):
            node.take(MISSING, fill=True)


def without_untouched(value: Json, whole: Json, sent: Json) -> Json:
    """Return a value without untouched defaults: unchanged parts of *whole* that are not in *sent*."""
    if is_dict(value) and is_dict(whole) and is_dict(sent):
        return {
            key: without_untouched(each, whole.get(key, MISSING), sent.get(key, MISSING))
            for key, each in value.items()
            if key in sent or key not in whole or not _same(each, whole[key])
        }
    if is_list(value) and is_list(whole) and is_list(sent):
        pairs = [*zip(whole, sent, strict=False), *[(MISSING, MISSING)] * len(value)]
        return [without_untouched(each, *pair) for each, pair in zip(value, pairs, strict=False)]
    return value


def _same(one: Json, other: Json) -> bool:
    return one is not MISSING and to_json(one) == to_json(other)


def _walk(node: "Node", path: Path) -> Iterator[tuple[Path, "Node"]]:
    if path:
        yield path, node
    if not node.null and not node.untouched_default:
        for child in node.children:
            yield from _walk(child, (*path, *node.key_of(child)))
