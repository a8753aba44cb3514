"""An answer to a wait from what was typed after ``holdfast resume``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from holdfast.cli import typed
from holdfast.cli.exits import BadInput
from holdfast.engine.answers import as_answer
from holdfast.forms.lists import ListNode, TableNode
from holdfast.forms.model import FormModel
from holdfast.forms.nests import TupleNode, UnionNode
from holdfast.forms.nodes import Node, PickNode, TextNode
from holdfast.forms.schema import Kind, Path
from holdfast.jsontext import UnreadableError, parse_json, to_json
from holdfast.records import Wait
from holdfast.schema_places import meant, takes

_YES_NO = {"true": "yes", "y": "yes", "1": "yes", "on": "yes", "false": "no", "n": "no", "0": "no", "off": "no"}


def form_of(wait: Wait) -> FormModel:
    """The form of a wait, filled with its initial values."""
    return FormModel(wait.schema, wait.initial)


def from_pairs(wait: Wait, pairs: Sequence[str]) -> Any:
    """The answer of ``--input name=value`` over the wait's initial values; names may go deep: ``a.0.b``."""
    form = form_of(wait)
    for pair in pairs:
        name, equals, text = pair.partition("=")
        if not equals or not name:
            raise BadInput(f"--input {pair!r} is not of the form name=value.")
        enter(_node(form, name), name, text)
    return checked(form)


def from_json(wait: Wait, text: str, source: str) -> Any:
    """The answer that a JSON text holds; a plain value is enough where the wait asks for one."""
    try:
        value = parse_json(text)
    except UnreadableError as error:
        raise BadInput(f"{source} has to be {error}.") from error
    form = form_of(wait)
    form.load(value if wait.schema is None else as_answer(wait.schema, value, is_value=False))
    return checked(form)


def checked(form: FormModel) -> Any:
    """What the form holds, as JSON has it. Raises `BadInput` when it does not fit."""
    if errors := form.errors():
        raise BadInput(f"The answer does not fit: {'; '.join(map(problem, errors.items()))}.")
    return value_of(form)


def value_of(form: FormModel) -> Any:
    """What the form holds, as JSON has it."""
    return form.dump()


def problem(error: tuple[Path, str]) -> str:
    """One thing that is wrong, and where."""
    path, words = error
    where = ".".join(map(str, path))
    if words == "required":
        return f"{where or 'an answer'} is required"
    return f"{where}: {words} is asked for" if where else words


def _node(form: FormModel, name: str) -> Node:
    """The part of the form that a dotted name means; the row after a list's last is made, and a table's new name."""
    path: Path = ()
    for step in name.split("."):
        node, rest = form.anchor(path)
        if isinstance(node, ListNode) and step.isdecimal() and int(step) == len(node.children):
            node.add()
        if isinstance(node, TableNode) and not rest and form.find((*path, step)) is None:
            node.rename(node.add(), step)
        path = (*path, int(step) if isinstance(node, ListNode | TupleNode) and step.isdecimal() else step)
        if rest or form.find(path) is None:
            raise BadInput(f"There is no field {name!r}; the answer has {_known(node)}.")
    found = form.find(path)
    assert found is not None
    return found


def _known(node: Node) -> str:
    if isinstance(node, ListNode):
        return f"rows 0 to {len(node.children)} in {'.'.join(map(str, node.path))}"
    names = [".".join(map(str, child.path)) for child in node.children]
    return ", ".join(names) or f"nothing below {'.'.join(map(str, node.path))}"


def enter(node: Node, name: str, text: str) -> None:
    """Put a text into a field: as it is, as one of the field's choices, or as JSON, as the field asks."""
    if isinstance(node.parent, UnionNode) and not isinstance(value := _typed(node.parent, name, text), str):
        node.parent.take(value, fill=False)
    elif isinstance(node, TextNode):
        node.text = text
    elif isinstance(node, PickNode):
        node.pick(pick(node, text, name))
    else:
        node.take(_typed(node, name, text), fill=False)


def _typed(node: Node, name: str, text: str) -> Any:
    """What was typed for a part of a form that is made of others, or is any JSON."""
    root = node
    while root.parent is not None:
        root = root.parent
    document = root.field.schema
    if takes(meant(document, [node.field.schema]), "string"):
        return typed.value_of(text, node.field.schema, name, document)
    try:
        return parse_json(text)
    except UnreadableError as error:
        raise BadInput(f"{name} has to be {error}.") from error


def pick(node: PickNode, text: str, name: str) -> int:
    """The choice that a text means: its label in any case, or its value as JSON. Raises `BadInput`."""
    wanted = text.strip().lower()
    if node.field.kind is Kind.BOOLEAN:
        wanted = _YES_NO.get(wanted, wanted)
    for index, option in enumerate(node.options):
        if wanted in (option.label.lower(), to_json(option.value).lower()):
            return index
    choices = ", ".join(option.label for option in node.options)
    given = "that" if node.field.secret else repr(text)
    raise BadInput(f"{name} cannot be {given}; the choices are {choices}.")
