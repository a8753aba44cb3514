"""Reading an answer to a wait from the arguments of ``holdfast resume`` and ``holdfast send``."""

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
    """Return the form of a wait, filled with its initial values."""
    return FormModel(wait.schema, wait.initial)


def from_pairs(wait: Wait, pairs: Sequence[str]) -> Any:
    """Return the answer that ``--input name=value`` makes of the wait's initial values.

    A name can be a path into the answer, such as ``a.0.b``.
    """
    form = form_of(wait)
    enter_all(form, pairs)
    return checked(form)


def from_json(wait: Wait, text: str, source: str) -> Any:
    """Return the answer in a JSON text. If the wait asks for a plain value, the value alone is enough."""
    try:
        value = parse_json(text)
    except UnreadableError as error:
        raise BadInput(f"{source} must be {error}.") from error
    form = form_of(wait)
    form.load(value if wait.schema is None else as_answer(wait.schema, value, is_value=False))
    return checked(form)


def checked(form: FormModel) -> Any:
    """Return the form's answer as JSON values. Raises `BadInput` when it does not fit."""
    if errors := form.errors():
        raise BadInput(f"The answer does not fit: {'; '.join(map(problem, errors.items()))}.")
    return value_of(form)


def value_of(form: FormModel) -> Any:
    """Return the form's answer as JSON values."""
    return form.dump()


def problem(error: tuple[Path, str]) -> str:
    """Return in words what does not fit in an answer, and where."""
    path, words = error
    where = ".".join(map(str, path))
    if words == "required":
        return f"{where or 'an answer'} is required"
    if ": " in words.removeprefix("one of: "):  # a whole clause, or words about a part that has no field of its own
        return f"{where}: {words}" if where else words
    return f"{where or 'it'} must be {words}"


def check_usage(source: str, pairs: list[str] | None, text: str | None) -> None:
    """Refuse an answer that is given in more than one way."""
    if source not in ("", "-"):
        raise BadInput(f"Only - can follow the run, not {source!r}. Give a field with --input name=value.")
    if sum((bool(source), bool(pairs), text is not None)) > 1:
        raise BadInput("Give the answer in one way: --input, --json, or - for standard input.")


def given_answer(source: str, pairs: list[str] | None, text: str | None) -> Callable[[Wait], Any]:
    """Return the function that makes the answer to a wait, as JSON values, from the command's options."""
    read = cache(standard_input)  # it can be read only once, even for several runs

    def answer(wait: Wait) -> Any:
        if wait.schema is None:
            if not pairs and (text or read()).strip() in ("", "{}", "null"):
                return None
            raise BadInput(f"{wait.flow_run_name} only waits to be resumed. Resume it without an answer.")
        if pairs:
            return from_pairs(wait, pairs)
        if source:
            return from_json(wait, read(), "Standard input")
        return from_json(wait, text or "", "--json")

    return answer
