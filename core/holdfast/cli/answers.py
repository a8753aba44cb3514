"""An answer to a wait from what was typed after ``holdfast resume``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from holdfast.cli.exit_codes import BadInput
from holdfast.cli.pairs import enter_all
from holdfast.cli.typed_values import standard_input
from holdfast.forms.answer_checks import as_answer
from holdfast.forms.fields import Path
from holdfast.forms.model import FormModel
from holdfast.records import Wait
from holdfast.values.json_text import UnreadableError, parse_json


def form_of(wait: Wait) -> FormModel:
    """The form of a wait, filled with its initial values."""
    return FormModel(wait.schema, wait.initial)


def from_pairs(wait: Wait, pairs: Sequence[str]) -> Any:
    """The answer of ``--input name=value`` over the wait's initial values; names may go deep: ``a.0.b``."""
    form = form_of(wait)
    enter_all(form, pairs)
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
    """One thing of an answer that does not fit, and where."""
    path, words = error
    where = ".".join(map(str, path))
    if words == "required":
        return f"{where or 'an answer'} is required"
    return f"{where}: {words} is asked for" if where else f"it has to be {words}"


def check_usage(source: str, pairs: list[str] | None, text: str | None) -> None:
    """Refuse what cannot be told apart: an answer may be given in one way."""
    if source not in ("", "-"):
        raise BadInput(f"After the run only - can follow, not {source!r}: give a field with --input name=value.")
    if sum((bool(source), bool(pairs), text is not None)) > 1:
        raise BadInput("Give the answer in one way: --input, --json, or - for standard input.")


def given_answer(source: str, pairs: list[str] | None, text: str | None) -> Callable[[Wait], Any]:
    """What gives a wait the answer that was given with the command, as JSON has it."""
    read = cache(standard_input)  # once, also for several runs

    def answer(wait: Wait) -> Any:
        if wait.schema is None:
            if not pairs and (text or read()).strip() in ("", "{}", "null"):
                return None
            raise BadInput(f"{wait.flow_run_name} asks for nothing but a go-ahead: resume it without an answer.")
        if pairs:
            return from_pairs(wait, pairs)
        if source:
            return from_json(wait, read(), "Standard input")
        return from_json(wait, text or "", "--json")

    return answer
