"""Asking for an answer or a message at the prompt, until the flow takes it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from holdfast.cli import answers, output, prompts
from holdfast.cli.exit_codes import Exit
from holdfast.engine.waits import drafts
from holdfast.exceptions import InvalidAnswerError
from holdfast.question_changes import told
from holdfast.records import FlowRun, Wait
from holdfast.text import clean, clean_block


def converse(run: FlowRun, wait: Wait, give: Callable[[Any], Exit], given_up: str) -> Exit:
    """Ask for the answer, and again for what the flow's own validators object to."""
    output.say(f"{output.paint(clean(run.name), 'bold')} ({clean(run.flow_name)}), {output.until(wait.deadline)}")
    if wait.description:
        output.say(f"\n{clean_block(wait.description.strip())}\n")
    if changed := told(wait):
        output.say(output.paint(clean(changed), "yellow"))
    for path, words in wait.objections.items():
        where = ".".join(map(str, path)) or "answer"
        output.say(output.paint(clean(f"The last answer was refused: {where}: {words}"), "red"))
    form = answers.form_of(wait)
    if (before := drafts.offered(wait)) is not None:
        form.load({**(wait.initial or {}), **before})
    try:
        prompts.fill(form)
        while True:
            try:
                return give(answers.value_of(form))
            except InvalidAnswerError as error:
                prompts.correct(form, error.errors)
    except (KeyboardInterrupt, EOFError):
        output.say(f"\n{given_up}")
        return Exit.INTERRUPTED
