"""The kinds of events in a run's history, and the words in which people read them."""

from __future__ import annotations

from enum import StrEnum


class EventKind(StrEnum):
    """What an event of a run's history tells."""

    STATE = "state"
    """The run, or a call of a task, entered a state."""
    REQUEST = "request"
    """The run was asked for something from outside."""
    RELEASED = "released"
    """That request was taken back."""
    LATE = "late"
    """The code had ended before what was asked could be done."""
    HELD = "held"
    """The run cannot be executed, since its code cannot be loaded or its parameters no longer fit."""
    REUSED = "reused"
    """A call of a task gave the result of an earlier one."""

    OPENED = "opened"
    ANSWERED = "answered"
    """An answer was stored, which the code has not taken in yet."""
    OBJECTED = "objected"
    """The flow's own validators refused the answer."""
    DECIDED = "decided"
    """The code has taken the answer in."""
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    SUPERSEDED = "superseded"
    """The code no longer asks this."""
    REVIVED = "revived"
    """The code asks after all what it had no longer asked."""
    SET_ASIDE = "set aside"
    """A retry asks again what had expired."""

    LISTENING = "listening"
    """The code waits for a message."""
    SENT = "sent"
    RECEIVED = "received"
    UNHEARD = "unheard"
    """The code no longer waits for a message that did not come."""


_WORDS: dict[str, str] = {
    EventKind.STATE: "{}",
    EventKind.REQUEST: "{}",
    EventKind.RELEASED: "request taken back {}",
    EventKind.LATE: "ended first. {}",
    EventKind.HELD: "cannot be loaded: {}",
    EventKind.REUSED: "result used again of {}",
    EventKind.OPENED: "question {} asked",
    EventKind.ANSWERED: "question {} answered",
    EventKind.OBJECTED: "question {} objected to",
    EventKind.DECIDED: "question {} decided",
    EventKind.EXPIRED: "question {} expired",
    EventKind.WITHDRAWN: "question {} withdrawn",
    EventKind.SUPERSEDED: "question {} is asked no longer",
    EventKind.REVIVED: "question {} is asked after all",
    EventKind.SET_ASIDE: "question {} expired, and is asked again by the retry",
    EventKind.LISTENING: "waits to be sent {}",
    EventKind.SENT: "was sent {}",
    EventKind.RECEIVED: "received {}",
    EventKind.UNHEARD: "no longer waits to be sent {}",
}
"""``{}`` is the event's detail: the key of a question, the type of a message, the name of a task."""


def in_words(kind: str, detail: str | None) -> str:
    """What an event tells; a kind that a later version has written is named as it is."""
    return _WORDS.get(kind, f"{kind} {{}}").replace("{}", detail or "").rstrip()
