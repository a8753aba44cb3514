"""Which waits the inbox shows, as typed."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class InboxFilter:
    """What must be in a wait, in any case; the store's filter has the same fields."""

    text: tuple[str, ...] = ()
    """Each in a name, the key or the question."""
    run: str = ""
    flow: str = ""
    key: str = ""


def parse_filter(text: str) -> InboxFilter:
    """A filter as typed: words are looked for everywhere, ``flow:``, ``run:`` and ``key:`` in one place."""
    words: list[str] = []
    places = {"run": "", "flow": "", "key": ""}
    for word in text.split():
        place, colon, wanted = word.partition(":")
        if colon and place in places:
            places[place] = wanted
        else:
            words.append(word)
    return InboxFilter(tuple(words), **places)
