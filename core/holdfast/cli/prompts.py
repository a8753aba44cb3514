"""Asking for an answer at the prompt, field by field, by the wait's JSON Schema."""

from __future__ import annotations

import contextlib
import getpass
from collections.abc import Callable, Mapping
from typing import Any

from holdfast.cli import answers, output
from holdfast.cli.exit_codes import BadInput, Exit
from holdfast.cli.pairs import pick
from holdfast.exceptions import InvalidAnswerError
from holdfast.forms import replaced_answers
from holdfast.forms.field_texts import EXPECTED, hint, text_of
from holdfast.forms.fields import Kind, Path
from holdfast.forms.list_nodes import ListNode, RowsNode, TableNode
from holdfast.forms.model import FormModel
from holdfast.forms.nested_nodes import GroupNode, NestNode, TupleNode, UnionNode
from holdfast.forms.nodes import Node, PickNode, TextNode
from holdfast.question_changes import told
from holdfast.records import FlowRun, Wait
from holdfast.text import clean, clean_block
from holdfast.values.json_text import to_json

EMPTY = "-"
"""The input that empties an optional field."""


def converse(run: FlowRun, wait: Wait, give: Callable[[Any], Exit], given_up: str) -> Exit:
    """Ask for the answer, and ask again for fields that the flow's own validators refuse."""
    output.say(f"{output.paint(clean(run.name), 'bold')} ({clean(run.flow_name)}), {output.until(wait.deadline)}")
    if wait.description:
        output.say(f"\n{clean_block(wait.description.strip())}\n")
    if changed := told(wait):
        output.say(output.paint(clean(changed), "yellow"))
    for path, words in wait.objections.items():
        where = ".".join(map(str, path)) or "answer"
        output.say(output.paint(clean(f"The last answer was refused: {where}: {words}"), "red"))
    form = answers.form_of(wait)
    if (before := replaced_answers.offered(wait)) is not None:
        form.load({**(wait.initial or {}), **before})
    try:
        fill(form)
        while True:
            try:
                return give(answers.value_of(form))
            except InvalidAnswerError as error:
                correct(form, error.errors)
    except (KeyboardInterrupt, EOFError):
        output.say(f"\n{given_up}")
        return Exit.INTERRUPTED


def confirm(question: str, default: bool = True) -> bool:
    """Ask a yes-or-no question."""
    while True:
        given = read(f"{question} [{'Y/n' if default else 'y/N'}] ").strip().lower()
        if not given:
            return default
        if given in ("y", "yes", "n", "no"):
            return given[0] == "y"
        _refuse("yes or no")


def read(prompt: str) -> str:
    """Read a line from the terminal, with line editing if Python has it."""
    with contextlib.suppress(ImportError):
        # It gives input() its editing keys. It is imported only here because it may write to the terminal.
        import readline  # noqa: F401  # pyright: ignore[reportUnusedImport]  # it is used by being there
    return input(prompt)


def fill(form: FormModel) -> None:
    """Ask for every field of the form until its answer fits the schema."""
    _ask(form, form.root)
    while errors := form.errors():
        _again(form, errors)


def correct(form: FormModel, objections: Mapping[Path, str]) -> None:
    """Ask again for the fields that the flow's own validators refused."""
    form.object_to(objections)
    _again(form, form.objections())
    while errors := form.errors():
        _again(form, errors)


def _again(form: FormModel, errors: Mapping[Path, str]) -> None:
    for path, words in errors.items():
        node = form.find(path) or form.root
        _refuse(f"{_where(node)}: {words}" if path else words)
        _ask(form, node)


def _refuse(words: str) -> None:
    output.say(output.paint(f"  ✗ {clean(words)}", "red"))


def _ask(form: FormModel, node: Node) -> None:
    if node.field.fixed and isinstance(node, PickNode):
        if node.index is None and (node.needed or not node.left_out):
            node.pick(0)  # the schema allows only one value, whatever the initial value is
        return
    if isinstance(node, NestNode) and node is not form.root:
        output.say(output.paint(clean(_name(node)), "bold"))
    if node.field.description and node is not form.root:
        output.say(output.paint(clean_block(node.field.description), "dim"))
    if isinstance(node, TextNode):
        _ask_text(form, node)
    elif isinstance(node, PickNode):
        _ask_choice(form, node)
    elif isinstance(node, RowsNode):
        _ask_rows(form, node)
    elif isinstance(node, UnionNode):
        _ask_union(form, node)
    elif isinstance(node, GroupNode | TupleNode) and _wanted(node):
        for child in node.children:
            _ask(form, child)


def _wanted(node: Node) -> bool:
    """Ask whether to fill in an optional group."""
    if not node.field.nullable:
        return True
    wanted = confirm("Fill it in?", default=not node.null)
    node.set_null(not wanted)
    return wanted


def _ask_text(form: FormModel, node: TextNode) -> None:
    """Ask until the text fits. An empty line keeps the present value."""
    may_be_empty = not node.field.required or node.field.nullable
    words = [hint(node.field) or _kind_words(node), "optional" if may_be_empty else ""]
    if may_be_empty and node.text:
        words.append(f"{EMPTY} to empty it")
    about = ", ".join(filter(None, words))
    secret = node.field.secret
    held = ("kept" if node.keeps_secret else "") if secret else node.text
    prompt = clean(f"{_name(node)}{f' ({about})' if about else ''}{f' [{held}]' if held else ''}: ")
    before = node.text
    while True:
        given = _read_secret(prompt) if secret else read(prompt)
        if given.strip() == EMPTY and may_be_empty:
            node.text = ""
        elif given:
            node.text = given
            node.insist()
        problem = form.errors().get(node.path)
        if problem is None:
            if node.understood:
                output.say(output.paint(f"  {node.understood}", "dim"))
            return
        _refuse(problem)
        node.text = before


def _kind_words(node: TextNode) -> str:
    return "" if node.field.kind in (Kind.TEXT, Kind.SECRET) else EXPECTED[node.field.kind]


def _read_secret(prompt: str) -> str:
    return getpass.getpass(prompt)


def _ask_choice(form: FormModel, node: PickNode) -> None:
    held = "" if node.index is None else node.options[node.index].label
    choices = "/".join(option.label for option in node.options)
    prompt = clean(f"{_name(node)} ({choices}){f' [{held}]' if held else ''}: ")
    while True:
        given = (_read_secret(prompt) if node.field.secret else read(prompt)).strip()
        try:
            if given:
                node.pick(_begins(node, given))
                node.insist()
        except BadInput:
            _refuse(f"one of: {choices}")
            continue
        problem = form.errors().get(node.path)
        if problem is None:
            return
        _refuse(problem)


def _begins(node: PickNode, given: str) -> int:
    """Return the index of the choice that was typed in full, or of the only one that begins with the text."""
    begun = [i for i, option in enumerate(node.options) if option.label.lower().startswith(given.lower())]
    return begun[0] if len(begun) == 1 else pick(node, given, _name(node))


def _ask_union(form: FormModel, node: UnionNode) -> None:
    branches = node.field.branches
    for number, branch in enumerate(branches, start=1):
        output.say(clean(f"  {number} {branch.title}"))
    held = "" if node.index is None else f" [{node.index + 1}]"
    none = ", 0 for none" if node.field.nullable else ""
    while True:
        given = read(clean(f"{_name(node)}, one of these{none}{held}: ")).strip()
        if not given and node.index is not None:
            break
        if given == "0" and node.field.nullable:
            return node.set_null(True)
        if given.isdecimal() and 1 <= int(given) <= len(branches):
            node.choose(int(given) - 1)
            break
        _refuse(f"a number from 1 to {len(branches)}")
    assert node.active is not None
    return _ask(form, node.active)


def _ask_rows(form: FormModel, node: RowsNode) -> None:
    """Show a list or table, and let the person add, change or remove rows until they enter an empty line."""
    while True:
        output.say(f"  {_rows(node)}")
        for number, row in enumerate(node.children, start=1):
            name = f"{node.name_of(row)} = " if isinstance(node, TableNode) else ""
            output.say(output.cut(clean(f"  {number}: {name}{_summary(row)}"), output.columns() - 1))
        given = read("  number to change, + to add, -number to remove, Enter to continue: ").strip()
        if not given:
            problem = form.errors().get(node.path)
            if problem is None:
                return
            _refuse(problem)
        elif given == "+":
            _ask_named(form, node, node.add())
        elif (chosen := _row(node, given.removeprefix("-"))) is None:
            _refuse(f"a row from 1 to {len(node.children)}, + or Enter")
        elif given.startswith("-"):
            node.remove(chosen)
        else:
            _ask_named(form, node, chosen)


def _ask_named(form: FormModel, rows: RowsNode, row: Node) -> None:
    """Ask for a row. If rows have names, ask for the name first."""
    if isinstance(rows, TableNode):
        held = rows.name_of(row)
        while not (given := read(clean(f"Name{f' [{held}]' if held else ''}: ")).strip() or held):
            _refuse("a name")
        rows.rename(row, given)
    _ask(form, row)


def _rows(node: RowsNode) -> str:
    count = len(node.children)
    return f"{count} row{'' if count == 1 else 's'}"


def _row(node: RowsNode, number: str) -> Node | None:
    rows = node.children
    return rows[int(number) - 1] if number.isdecimal() and 1 <= int(number) <= len(rows) else None


def _summary(row: Node) -> str:
    if isinstance(row, GroupNode) and not row.null:
        return ", ".join(filter(None, (_summary(child) for child in row.children)))
    value = row.shown(hide=True)
    return to_json(value) if isinstance(value, dict | list) else text_of(row.field, value)


def _name(node: Node) -> str:
    if isinstance(node.parent, ListNode) or (isinstance(node.parent, TupleNode) and not node.field.title):
        return f"Row {node.path[-1] + 1}" if isinstance(node.path[-1], int) else node.field.title
    if isinstance(node.parent, TableNode):
        return node.parent.name_of(node)
    return node.field.title or "Answer"


def _where(node: Node) -> str:
    """Return the field's name after the names of the fields that contain it."""
    names = [_name(node)]
    while (node := node.parent or node).parent is not None:
        names.append(_name(node))
    return " > ".join(reversed(names))
