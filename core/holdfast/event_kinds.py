"""The kinds of events in a run's history, and the words that describe them."""

from __future__ import annotations

from enum import StrEnum


class EventKind(StrEnum):
    """The kind of an event in a run's history."""

    STATE = "state"
    """The run, or a call of a task, entered a state."""
    REQUEST = "request"
    """Somebody requested something of the run from outside."""
    RELEASED = "released"
    """That request was withdrawn."""
    LATE = "late"
    """The code had ended before the request could be carried out."""
    HELD = "held"
    """The run cannot be executed, since its code cannot be loaded or its parameters no longer fit."""
    REUSED = "reused"
    """A call of a task reused the result of an earlier one."""

    OPENED = "opened"
    ANSWERED = "answered"
    """An answer was stored, which the code has not taken yet."""
    OBJECTED = "objected"
    """The flow's own validators refused the answer."""
    DECIDED = "decided"
    """The code has taken the answer."""
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    SUPERSEDED = "superseded"
    """The code no longer asks this."""
    REVIVED = "revived"
    """The code asks a question again that it had stopped asking."""
    SET_ASIDE = "set aside"
    """A retry asks a question again that had expired."""

    LISTENING = "listening"
    """The code waits for a message."""
    SENT = "sent"
    RECEIVED = "received"
    UNHEARD = "unheard"
    """The code no longer waits for a message that did not come."""


_WORDS: dict[str, str] = {
    EventKind.STATE: "{}",
    EventKind.REQUEST: "{}",
    EventKind.RELEASED: "request withdrawn {}",
    EventKind.LATE: "ended first. {}",
    EventKind.HELD: "cannot be loaded: {}",
    EventKind.REUSED: "reused the result of {}",
    EventKind.OPENED: "question {} asked",
    EventKind.ANSWERED: "question {} answered",
    EventKind.OBJECTED: "the answer to question {} did not fit",
    EventKind.DECIDED: "question {} decided",
    EventKind.EXPIRED: "question {} expired",
    EventKind.WITHDRAWN: "question {} withdrawn",
    EventKind.SUPERSEDED: "question {} is no longer asked",
    EventKind.REVIVED: "question {} is asked again",
    EventKind.SET_ASIDE: "question {} expired, and is asked again by the retry",
    EventKind.LISTENING: "waits for message {}",
    EventKind.SENT: "was sent {}",
    EventKind.RECEIVED: "received {}",
    EventKind.UNHEARD: "no longer waits for message {}",
}
"""``{}`` is the event's detail: the key of a question, the type of a message, the name of a task."""


def in_words(kind: str, detail: str | None) -> str:
    """Describe an event. A kind from a later version keeps its name."""
    return _WORDS.get(kind, f"{kind} {{}}").replace("{}", detail or "").rstrip()
