"""Entering ``--input name=value`` into a form: finding the field by its name, and reading the text for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from holdfast.cli import typed_values
from holdfast.cli.exit_codes import BadInput
from holdfast.forms.fields import Choice, Field, Kind
from holdfast.forms.formats import pydantic_value
from holdfast.forms.list_nodes import ListNode, TableNode
from holdfast.forms.model import FormModel
from holdfast.forms.nested_nodes import GroupNode, NestNode, TupleNode, UnionNode
from holdfast.forms.nodes import Node, PickNode, TextNode
from holdfast.type_guards import is_dict, is_list
from holdfast.values.fitting import put
from holdfast.values.json_text import NotJsonError, UnreadableError, parse_json, to_json
from holdfast.values.schema_places import NAMES, WAYS, meant, takes


@dataclass(frozen=True)
class _Pair:
    name: str
    steps: tuple[str, ...]
    text: str


def enter_all(form: FormModel, pairs: Sequence[str]) -> None:
    """Put each ``name=value`` into the form. A name can be a path, such as ``a.0.b``. Raises `BadInput`."""
    found = [_split(form, pair) for pair in pairs]
    for each in found:
        node, rest = _find_node(form, each, found)
        if rest and isinstance(node, GroupNode):
            node.put(rest, typed_values.value_of(each.text, node.field.further, each.name, _document(node)))
        elif rest:
            _enter_inside(node, rest, each)
        else:
            _enter(form, node, each)


def _split(form: FormModel, pair: str) -> _Pair:
    """Split a pair into its name and its text. A name may contain ``=``."""
    names = [pair[:at] for at, letter in enumerate(pair) if letter == "=" and at]
    if not names:
        raise BadInput(f"--input {pair!r} does not have the form name=value.")
    name = next((name for name in names if _length(form.root, name.split("."))), names[0])
    return _Pair(name, tuple(name.split(".")), pair[len(name) + 1 :])


def _find_node(form: FormModel, pair: _Pair, pairs: Sequence[_Pair]) -> tuple[Node, list[str]]:
    """Find the node that a name leads to, and create it if necessary. Return it with the steps that are left.

    Steps are left when the name leads into JSON, or to a property that a group does not declare but allows.
    """
    node, rest = form.root, [*pair.steps]
    while rest:
        way = pair.steps[: len(pair.steps) - len(rest)]
        wanted = {each.steps[len(way) :]: each.text for each in pairs if each.steps[: len(way)] == way}
        node = _made_ready(node, wanted or {tuple(rest): pair.text}, pair)
        if isinstance(node, TextNode) and node.field.kind is Kind.JSON:
            break
        rest = _main_steps(node, rest)
        below = _below(node, rest)
        if below is None and isinstance(node, GroupNode) and node.field.further is not False:
            break
        if below is None:
            raise BadInput(f"There is no field {pair.name!r}; the answer has {_known(node)}.")
        node, rest = below
    return node, rest


def _made_ready(node: Node, wanted: Mapping[tuple[str, ...], str], pair: _Pair) -> Node:
    """Make a node ready for the wanted parts below it: not null, and for a union, the alternative that has them."""
    while isinstance(node, UnionNode):
        if node.active is None or node.null or not _suits(node.active.field, wanted):
            suits = [_suits(branch.field, wanted) for branch in node.field.branches]
            if not any(suits):
                raise BadInput(f"There is no field {pair.name!r}; the answer has {_known(node)}.")
            node.choose(suits.index(max(suits)))
        assert node.active is not None
        node = node.active
    if isinstance(node, NestNode) and node.null:
        node.set_null(False)
    return node


def _suits(field: Field, wanted: Mapping[tuple[str, ...], str]) -> int:
    """Rate how well a field can hold parts with these names and texts. 0 means not at all."""
    if field.kind is Kind.UNION:
        return max((_suits(branch.field, wanted) for branch in field.branches), default=0)
    if field.kind is Kind.MODEL:
        return _group_suits(field, wanted)
    if field.kind in (Kind.LIST, Kind.TUPLE):
        return int(all(rest and rest[0].isdecimal() for rest in wanted))
    return int(field.kind in (Kind.TABLE, Kind.JSON) and not takes([field.schema], "string"))


def _group_suits(field: Field, wanted: Mapping[tuple[str, ...], str]) -> int:
    names = {child.name: child for child in field.fields}
    found = 1 + len(wanted)
    for rest, text in wanted.items():
        name = next((joined for joined in _joined(rest) if joined in names), None)
        if name is None and _main_steps_of(field, [*rest]) == [*rest]:
            if field.further is False:
                return 0
            found -= 1
        if name is not None and name == ".".join(rest) and names[name].kind is Kind.CHOICE:
            if _index(names[name].options, text) is None:
                return 0
            found += 1
    return found


def _joined(steps: Sequence[str]) -> list[str]:
    """Return the names that the first steps can form together, since a name may contain dots."""
    return [".".join(steps[:length]) for length in range(1, len(steps) + 1)]


def _length(node: Node, steps: Sequence[str]) -> int:
    """Return how many of these steps lead to a node directly below, or 0 if none do."""
    if not isinstance(node, GroupNode):
        return 1
    names = {child.name for child in node.field.fields}
    found = next((length for length, name in enumerate(_joined(steps), start=1) if name in names), 0)
    return found or int(_main_steps(node, [*steps]) != [*steps])


def _main_steps(node: Node, steps: list[str]) -> list[str]:
    """Translate steps that use another name of a field into the steps that the form uses."""
    if not isinstance(node, GroupNode) or any(
        name in {each.name for each in node.field.fields} for name in _joined(steps)
    ):
        return steps
    return _main_steps_of(node.field, steps)


def _main_steps_of(field: Field, steps: list[str]) -> list[str]:
    for first, *others in field.schema.get(WAYS, ()):
        for way in others:
            if steps[: len(way)] == [*map(str, way)]:
                return [*map(str, first), *steps[len(way) :]]
    return steps


def _below(node: Node, steps: list[str]) -> tuple[Node, list[str]] | None:
    """Return the node to which the first of these steps leads, and the remaining steps."""
    if isinstance(node, ListNode):
        at = int(steps[0]) if steps[0].isdecimal() and len(steps[0]) < 10 else -1
        if at == len(node.children):
            node.add()
        return (node.children[at], steps[1:]) if 0 <= at < len(node.children) else None
    if isinstance(node, TupleNode):
        names = node.field.schema.get(NAMES, ())
        steps = [str(names.index(steps[0])), *steps[1:]] if steps[0] in names else steps
        at = int(steps[0]) if steps[0].isdecimal() and len(steps[0]) < 10 else -1
        return (node.children[at], steps[1:]) if 0 <= at < len(node.children) else None
    if isinstance(node, TableNode):
        rows = {node.name_of(row): row for row in node.children}
        name = next((name for name in reversed(_joined(steps)) if name in rows), steps[0])
        if name not in rows:
            node.rename(node.add(), name)
        length = name.count(".") + 1 if name in rows else 1
        return next(row for row in node.children if node.name_of(row) == name), steps[length:]
    children = {child.field.name: child for child in node.children}
    for length, name in enumerate(_joined(steps), start=1):
        if name in children:
            return children[name], steps[length:]
    return None


def _known(node: Node) -> str:
    if isinstance(node, ListNode):
        return f"rows 0 to {len(node.children)} in {'.'.join(map(str, node.path))}"
    if isinstance(node, UnionNode):
        parts = [(*node.path, each.name) for branch in node.field.branches for each in branch.field.fields]
    else:
        parts = [child.path for child in node.children]
    names = dict.fromkeys(".".join(map(str, path)) for path in parts)
    return ", ".join(names) or f"nothing below {'.'.join(map(str, node.path))}"


# ---- reading the text


def _enter_inside(node: Node, steps: Sequence[str], pair: _Pair) -> None:
    """Put a text into a part of a value that has no fields. The text is read as JSON if it is JSON."""
    whole = node.shown(whole=True)
    empty: Any = list[Any]() if takes([node.field.schema], "array") else dict[str, Any]()
    held = whole if is_dict(whole) or is_list(whole) else empty
    names = node.field.schema.get(NAMES, ())
    if is_list(held) and steps[0] in names:
        held = dict(zip(names, held, strict=False))
    way: list[str | int] = []
    inner: Any = held
    for step in steps:
        way.append(int(step) if is_list(inner) and step.isdecimal() and int(step) <= len(inner) else step)
        if is_list(inner) and not isinstance(way[-1], int):
            raise BadInput(f"There is no field {pair.name!r}; the answer has rows 0 to {len(inner)} there.")
        inner = _part(inner, way[-1])
    node.replace(put(held, way, typed_values.value_of(pair.text, {}, pair.name)))


def _part(value: Any, step: str | int) -> Any:
    if is_list(value):
        return value[step] if isinstance(step, int) and step < len(value) else None
    return value.get(step) if is_dict(value) else None


def _enter(form: FormModel, node: Node, pair: _Pair) -> None:
    """Put a text into a field: as text, as one of the field's choices, or as JSON, whichever the field takes."""
    if isinstance(node, PickNode):
        _enter_choice(form, node, pair)
    elif node.field.nullable and pair.text.strip() == "null":
        node.replace(None)
    elif isinstance(node, UnionNode):
        _enter_one_of_several(form, node, pair)
    elif isinstance(node, TextNode):
        _enter_text(node, pair.text)
    else:
        node.replace(_typed(node, pair))


def _enter_text(node: TextNode, text: str) -> None:
    is_text = node.field.kind in (Kind.TEXT, Kind.SECRET) and not node.field.nullable
    if (not text and is_text) or (node.field.kind is Kind.JSON and _is_meant_as_it_is(node, text)):
        node.replace(text)
    else:
        node.text = text
        node.insist()


def _is_meant_as_it_is(node: Node, text: str) -> bool:
    """Whether a text is no JSON and the field may hold a plain text."""
    try:
        parse_json(text)
    except NotJsonError:
        return _may_be_text(node)
    except UnreadableError:
        return False
    return False


def _may_be_text(node: Node) -> bool:
    here = meant(_document(node), [node.field.schema])
    return node.field.is_open or not any("type" in each for each in here) or takes(here, "string")


def _document(node: Node) -> Any:
    while node.parent is not None:
        node = node.parent
    return node.field.schema


def _enter_one_of_several(form: FormModel, node: UnionNode, pair: _Pair) -> None:
    value = _typed(node, pair)
    if not isinstance(value, str):
        node.replace(value)
        return
    if node.active is not None and _takes(node.active, value):
        return
    node.replace(value)
    if node.active is not None and node.path not in form.errors():
        return
    for at in range(len(node.field.branches)):  # an alternative may understand words such as "tomorrow"
        node.choose(at)
        if node.active is not None and _takes(node.active, value):
            return
    node.replace(value)


def _takes(node: Node, text: str) -> bool:
    """Put a text into an alternative of a union. Return whether the alternative can read it."""
    if isinstance(node, TextNode):
        node.text = text
        node.insist()
        return not node.problem()
    if isinstance(node, PickNode) and (index := _index(node.options, text)) is not None:
        node.pick(index)
        node.insist()
        return True
    return False


def _typed(node: Node, pair: _Pair) -> Any:
    """Read the text that was typed for a node that has parts."""
    document = _document(node)
    if takes(meant(document, [node.field.schema]), "string") or node.field.is_open:
        return typed_values.value_of(pair.text, node.field.schema, pair.name, document)
    try:
        return parse_json(pair.text)
    except UnreadableError as error:
        raise BadInput(f"{pair.name} must be {error}.") from error


def _enter_choice(form: FormModel, node: PickNode, pair: _Pair) -> None:
    """Pick the choice that a text names, or enter a value that pydantic accepts as a choice."""
    index = _index(node.options, pair.text)
    if index is None and node.field.lax:
        node.replace(typed_values.value_of(pair.text, {}, pair.name))
        if node.path not in form.errors():
            return
    node.pick(pick(node, pair.text, pair.name))
    node.insist()


def pick(node: PickNode, text: str, name: str) -> int:
    """Return the index of the choice that a text names. Raises `BadInput`.

    A choice is named by its label in upper or lower case, or by its value as JSON.
    """
    found = _index(node.options, text)
    if found is None:
        choices = ", ".join(option.label for option in node.options)
        given = "that" if node.field.secret else repr(text)
        raise BadInput(f"{name} cannot be {given}. The choices are {choices}.")
    return found


def _index(options: Sequence[Choice], text: str) -> int | None:
    """Return the index of the choice that a text names, or None."""
    for exact in ([option.label for option in options], [option.value for option in options]):
        if text in exact:
            return exact.index(text)
    wanted = text.strip().lower()
    for at, option in enumerate(options):
        if wanted in (option.label.lower(), to_json(option.value).lower()):
            return at
    truth = pydantic_value("boolean", wanted)
    yes_no = (at for at, option in enumerate(options) if option.value is truth)
    return None if truth is None else next(yes_no, None)
