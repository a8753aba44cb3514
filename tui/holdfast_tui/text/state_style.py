"""The style of states: a symbol that is clear without colour, and a tone for recognizing them at a glance."""

from __future__ import annotations

from datetime import datetime

from textual.app import App

from holdfast.records import FlowRun, Request, Wait, WaitStatus
from holdfast.states import State, StateType
from holdfast.text import clean
from holdfast_tui.text.cells import first_line, one_line
from holdfast_tui.text.durations import ago

TONES = ("plain", "muted", "strong", "waiting", "active", "good", "bad")
"""The meanings of colours, such as waiting for a person, active, succeeded and failed. ``app.tcss`` styles them."""

_SYMBOLS = {"Paused": "‖", "Suspended": "■", "Pausing": "◌", "Suspending": "◌", "Cancelling": "◌"}
_TYPES = {
    StateType.SCHEDULED: ("○", "muted"),
    StateType.PENDING: ("○", "muted"),
    StateType.RUNNING: ("●", "active"),
    StateType.PAUSED: ("‖", "waiting"),
    StateType.CANCELLING: ("◌", "active"),
    StateType.CANCELLED: ("\N{EN DASH}", "muted"),
    StateType.COMPLETED: ("✓", "good"),
    StateType.FAILED: ("✗", "bad"),
    StateType.CRASHED: ("✗", "bad"),
}

COLOURS = {
    "muted": "$foreground 60%", "strong": "bold", "waiting": "$text-warning", "active": "$text-primary",
    "good": "$text-success", "bad": "$text-error",
}  # fmt: skip
"""The tones as styles for Textual's own widgets."""


def symbol(state: State) -> str:
    """Return the symbol of a state, one cell wide."""
    return _SYMBOLS.get(state.name, _TYPES[state.type][0])


def tone(state: State) -> str:
    """Return the tone of a state, one of `TONES`."""
    return _TYPES[state.type][1]


def quiet(app: App[object], percent: int) -> str:
    """Return the style of faint text. With the terminal's own colours there is only one shade."""
    return "dim" if app.native_ansi_color else f"$foreground {percent}%"


def colour(state: State) -> str:
    """Return the style of a state; a tone without meaning leaves the text as it is."""
    return COLOURS[tone(state)] if tone(state) in ("waiting", "active", "good", "bad") else "$foreground"


_STATUSES = {
    WaitStatus.OPEN: ("?", "waiting"),
    WaitStatus.DECIDED: ("✓", "good"),
    WaitStatus.EXPIRED: ("✗", "bad"),
    WaitStatus.WITHDRAWN: ("\N{EN DASH}", "muted"),
    WaitStatus.SUPERSEDED: ("\N{EN DASH}", "muted"),
}


def asked(run: FlowRun, now: datetime) -> str:
    """Return the request that is in force for a run, in words; an empty text if there is none."""
    if run.request is None or run.requested_at is None:
        return ""
    if run.request is Request.PAUSE and run.state.name == "Paused":
        return f"since {ago(run.state.timestamp, now)} by {run.requested_by}"
    return f"asked {ago(run.requested_at, now)} by {run.requested_by}"


def wait_symbol(wait: Wait) -> tuple[str, str]:
    """Return the symbol and the tone of a wait."""
    if wait.status is WaitStatus.OPEN and wait.answer is not None:
        return "◌", "active"
    return _STATUSES[wait.status]


def question(wait: Wait) -> str:
    """Return the question of a wait in one line: its description, or else the title of its schema."""
    described = first_line(wait.description or "")
    if described:
        return described
    title = wait.schema.get("title") if wait.schema is not None else None
    if wait.channel is not None:
        return f"Send {one_line(clean(title if isinstance(title, str) else wait.key))}"
    asks = clean(title) if isinstance(title, str) else "Go on?"
    return asks if wait.key.isdecimal() else f"{asks} ({one_line(clean(wait.key))})"


def part_of(wait: Wait) -> str:
    """Return the name of the root run, to show after the name of a child run that asks."""
    return "" if wait.root_name is None else f", part of {one_line(wait.root_name)}"


def question_of(wait: Wait, run: FlowRun) -> str:
    """Return the `question` of a wait, with the name of the run that asks it if that is a child of ``run``."""
    return question(wait) if wait.flow_run_id == run.id else f"{wait.flow_run_name}: {question(wait)}"


def level_tone(level: int) -> str:
    """Return the tone of a log line, by the standard library's levels."""
    if level >= 40:
        return "bad"
    if level >= 30:
        return "waiting"
    return "plain" if level >= 20 else "muted"


def level_sign(level: int) -> str:
    """Return the sign of a log line's level, which is clear without colour. Most lines have none."""
    if level >= 40:
        return "✗"
    if level >= 30:
        return "!"
    return " " if level >= 20 else "·"
