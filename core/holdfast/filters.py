"""Which flow runs a list shows, in the one language that the app, the command line and `list_flow_runs` share.

``state:paused,failed flow:release age>2h nightly !tag:eu ~rlse`` are six terms. A run is shown if it fits them all.
Everything here is pure; the store makes statements of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from difflib import get_close_matches
from enum import StrEnum
from uuid import UUID

from holdfast.durations import seconds_of
from holdfast.exceptions import InvalidFilter
from holdfast.states import NAMES, StateType


class Key(StrEnum):
    """The property of a run that a term checks."""

    TEXT = "text"
    """Part of the run's or the flow's name; case does not matter."""
    FUZZY = "fuzzy"
    """Letters that appear in this order in the run's or the flow's name."""
    STATE = "state"
    """A state's type or name; case does not matter."""
    FLOW = "flow"
    """The flow's whole name; case does not matter, and ``*`` stands for anything."""
    TAG = "tag"
    """A whole tag; case does not matter."""
    DEPLOYMENT = "deployment"
    """A deployment's name or full name; case does not matter, and ``*`` stands for anything."""
    ID = "id"
    """The beginning of the run's id."""
    IS = "is"
    """``top``: called by no other run; ``child``: called by one."""
    AGE = "age"
    """The time since the run was made."""
    TOOK = "took"
    """The run's duration, from its start to its end or now. A run that has not started has none."""


NAMED = (Key.STATE, Key.FLOW, Key.TAG, Key.DEPLOYMENT, Key.ID, Key.IS)
"""Keys written ``key:value,value``."""
TIMES = (Key.AGE, Key.TOOK)
"""Keys written ``key>2h`` or ``key<2h``."""
KINDS = ("top", "child")
STATES = tuple(dict.fromkeys(each.lower() for each in (*StateType, *NAMES)))
"""Values for ``state:``."""


@dataclass(frozen=True, slots=True)
class Term:
    """One condition on a run."""

    key: Key
    values: tuple[str, ...] = ()
    """The alternatives, one of which must fit; empty for times."""
    inverse: bool = False
    """Whether the term excludes the runs that fit."""
    span: timedelta = timedelta()
    """The length of time to compare with."""
    longer: bool = True
    """Whether the time must be longer than that, not shorter."""


@dataclass(frozen=True, slots=True)
class RunFilter:
    """Which flow runs a list shows. Empty fields do not restrict it."""

    states: frozenset[str] = frozenset()
    """State types or names; case does not matter: ``paused``, ``Suspended``."""
    text: str = ""
    """Part of the run's or the flow's name; case does not matter."""
    flow_name: str = ""
    tags: frozenset[str] = frozenset()
    """Tags, all of which a run must have."""
    deployment_id: UUID | None = None
    parent_id: UUID | None = None
    """Only the child runs of this run."""
    created_after: datetime | None = None
    created_before: datetime | None = None
    terms: tuple[Term, ...] = ()
    """The terms that `parse` found."""
    now: datetime | None = None
    """The time from which ages are counted; if it is not given, the time of the query."""

    def __and__(self, terms: tuple[Term, ...]) -> RunFilter:
        """Return the filter with more terms."""
        return replace(self, terms=self.terms + terms)

    @property
    def is_timed(self) -> bool:
        """Whether runs enter or leave it as time passes."""
        return any(term.key in TIMES for term in self.terms)


@dataclass(frozen=True, slots=True)
class InboxFilter:
    """Which waits the inbox shows: those that contain all of these, ignoring the case of ASCII letters."""

    text: tuple[str, ...] = ()
    """Texts, each in the run's name, the flow's name, the key or the description."""
    run: str = ""
    flow: str = ""
    key: str = ""


class Sort(StrEnum):
    """The property by which a list of runs is sorted, and which runs come first."""

    CREATED = "created"
    """Newest first."""
    UPDATED = "updated"
    """Most recent state change first."""
    ENDED = "ended"
    """Latest end first; runs that have not ended come last."""
    NAME = "name"
    """A to Z, by code point."""
    FLOW = "flow"
    """A to Z, by code point."""
    STATE = "state"
    """Runs that need somebody, then those that went wrong, then those in progress, then the rest."""
    TOOK = "took"
    """Longest first; runs that have not started come last."""


@dataclass(frozen=True, slots=True)
class Order:
    """The order of a list of runs."""

    by: Sort = Sort.CREATED
    reverse: bool = False


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a filter as it was written."""

    text: str
    """The text as written, with its quotes."""
    start: int
    end: int
    closed: bool = True
    """Whether its last quote is closed."""


_WORD = re.compile(r'(?:"(?:\\.|[^"\\])*(?:"|\\?$)|[^\s"])+')
_PIECE = re.compile(r'"((?:\\.|[^"\\])*)"|([^"]+)')
_NAMED = re.compile(r"([A-Za-z_]+):(.*)", re.DOTALL)
_TIME = re.compile(r"([A-Za-z_]+)([<>])=?(.*)", re.DOTALL)
_SPAN = re.compile(r"(?:\d+(?:\.\d+)?[wdhms])+", re.ASCII)
_PLAIN = re.compile(r'[^\s"!\-~:<>,\\][^\s":<>,\\]*')
_MOST, _WIDEST = 100, 1_000
_LONGEST = timedelta(days=36_500)


def words(text: str) -> Iterator[Word]:
    """Yield the words of a filter. Spaces within quotes do not separate words."""
    for found in _WORD.finditer(text):
        quotes = len(re.findall(r'(?<!\\)"', re.sub(r"\\\\", "", found[0])))
        yield Word(found[0], found.start(), found.end(), quotes % 2 == 0)


def parse(text: str) -> RunFilter:
    """Return the filter written in ``text``. Raises `InvalidFilter`, which says in a sentence what is wrong."""
    found = list(words(text))
    if len(found) > _MOST:
        raise _too_many(found[_MOST])
    return RunFilter(terms=tuple(map(_term, found)))


def parse_what_makes_sense(text: str) -> tuple[tuple[Term, ...], InvalidFilter | None]:
    """Return the valid terms of a filter that is being typed, and what is wrong with the first invalid word."""
    found: list[Term] = []
    wrong: InvalidFilter | None = None
    for number, word in enumerate(words(text)):
        try:
            if number == _MOST:
                raise _too_many(word)
            found.append(_term(word))
        except InvalidFilter as error:
            wrong = wrong or error
    return tuple(found[:_MOST]), wrong


def parse_inbox_filter(text: str) -> InboxFilter:
    """The inbox's filter as typed: words are looked for everywhere, ``flow:``, ``run:`` and ``key:`` in one place."""
    texts: list[str] = []
    places = {"run": "", "flow": "", "key": ""}
    for word in text.split():
        place, colon, wanted = word.partition(":")
        if colon and place in places:
            places[place] = wanted
        else:
            texts.append(word)
    return InboxFilter(tuple(texts), **places)


def _term(word: Word) -> Term:
    if len(word.text) > _WIDEST:
        raise _wrong(word, f"{word.text[:20]}… is longer than {_WIDEST} characters: search for a part of it.")
    if not word.closed:
        raise _wrong(word, f"The quotes in {word.text} are not closed: add a quote at the end.")
    inverse = word.text[0] in "!-"
    rest = word.text[1:] if inverse else word.text
    if not rest:
        raise _wrong(word, f"A {word.text} alone means nothing: put what to leave out right after it.")
    if rest[0] == "~":
        if not rest[1:]:
            raise _wrong(word, "A ~ alone means nothing: put the letters to search for right after it.")
        return Term(Key.FUZZY, (_unquoted(rest[1:]),), inverse)
    if rest[0] != '"':
        if named := _NAMED.fullmatch(rest):
            return _named(word, named[1], named[2], inverse)
        if time := _TIME.fullmatch(rest):
            return _time(word, time[1], time[2], time[3], inverse)
    if not (plain := _unquoted(rest)):
        raise _wrong(word, "There is nothing between the quotes: put text there, or leave them out.")
    return Term(Key.TEXT, (plain,), inverse)


def _named(word: Word, name: str, body: str, inverse: bool) -> Term:
    key = _key(word, name, NAMED, ":")
    values = tuple(value for value in (_unquoted(each) for each in _split(body)) if value)
    if not values:
        raise _wrong(word, f"{key}: needs a value right after it, such as {_EXAMPLES[key]}.")
    return Term(key, tuple(_checked(word, key, each) for each in values), inverse)


_EXAMPLES = {
    Key.STATE: "state:paused", Key.FLOW: "flow:release", Key.TAG: "tag:nightly", Key.DEPLOYMENT: "deployment:nightly",
    Key.ID: "id:019f", Key.IS: "is:child",
}  # fmt: skip


def _key(word: Word, name: str, among: tuple[Key, ...], mark: str) -> Key:
    key = next((each for each in among if each == name.lower()), None)
    if key is not None:
        return key
    if name.lower() in (*NAMED, *TIMES):
        right = f"{name.lower()}>2h or {name.lower()}<2h" if mark == ":" else f"{name.lower()}:value"
        raise _wrong(word, f"{word.text} is not a way to filter by {name.lower()}: write {right}.")
    there = ", ".join([*(f"{each}:" for each in NAMED), *(f"{each}>" for each in TIMES)])
    raise _wrong(word, f'There is no filter {name}{mark}, only {there}; to search for the text, write "{name}{mark}…".')


def _checked(word: Word, key: Key, value: str) -> str:
    if key is Key.STATE:
        return _one_of(word, "state", value, STATES)
    if key is Key.IS:
        return _one_of(word, "kind of run", value, KINDS)
    if key is Key.ID:
        digits = value.replace("-", "").lower()
        if not re.fullmatch(r"[0-9a-f]{1,32}", digits):
            raise _wrong(word, f"{value!r} is not the beginning of an id: an id has only 0 to 9 and a to f.")
        return digits
    return value


def _one_of(word: Word, what: str, value: str, known: tuple[str, ...]) -> str:
    if value.lower() in known:
        return value.lower()
    begun = [each for each in known if each.startswith(value.lower())]
    near = begun[:1] or get_close_matches(value.lower(), known, 1)
    hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(known)}."
    raise _wrong(word, f"There is no {what} {value!r}: {hint}")


def _time(word: Word, name: str, sign: str, body: str, inverse: bool) -> Term:
    key = _key(word, name, TIMES, sign)
    found = parse_span(body)
    if found is None:
        after = f"not {body!r}" if body else "right after it"
        raise _wrong(word, f"{key}{sign} needs a length of time such as 30s, 10m, 2h, 3d or 1h30m, {after}.")
    return Term(key, (), inverse, found, sign == ">")


def parse_span(text: str) -> timedelta | None:
    """Return the length of time that ``1h30m`` or the like means; ``None`` for other text."""
    if not _SPAN.fullmatch(text):
        return None
    seconds = seconds_of(text, "A time")
    return timedelta(seconds=seconds) if seconds <= _LONGEST.total_seconds() else None


def _split(body: str) -> list[str]:
    """Split at commas, except for those in quotes."""
    return re.findall(r'(?:"(?:\\.|[^"\\])*"|[^",])+', body)


def _unquoted(text: str) -> str:
    pieces = (re.sub(r"\\(.)", r"\1", quoted) if quoted else plain for quoted, plain in _PIECE.findall(text))
    return "".join(pieces)


def _too_many(word: Word) -> InvalidFilter:
    return _wrong(word, f"A filter can have at most {_MOST} words: leave some out.")


def _wrong(word: Word, message: str) -> InvalidFilter:
    return InvalidFilter(message, word.start, word.end)


def write(terms: tuple[Term, ...]) -> str:
    """Return terms as text; `parse` reads it back."""
    return " ".join(map(_written, terms))


def _written(term: Term) -> str:
    sign = "!" if term.inverse else ""
    if term.key in TIMES:
        return f"{sign}{term.key}{'>' if term.longer else '<'}{write_span(term.span)}"
    values = ",".join(map(quoted, term.values))
    if term.key is Key.TEXT:
        return sign + values
    return f"{sign}~{values}" if term.key is Key.FUZZY else f"{sign}{term.key}:{values}"


def write_span(span: timedelta) -> str:
    """Return a length of time as text that `parse_span` reads."""
    minutes, seconds = divmod(span.seconds, 60)
    parts = [(span.days, "d"), (minutes // 60, "h"), (minutes % 60, "m")]
    text = "".join(f"{number}{unit}" for number, unit in parts if number)
    if span.microseconds:
        return f"{text}{seconds}.{span.microseconds:06d}s"
    return text + (f"{seconds}s" if seconds or not text else "")


def quoted(value: str) -> str:
    """Return a value as it is written in a filter, with quotes if it needs them."""
    if _PLAIN.fullmatch(value):
        return value
    escaped = re.sub(r'(["\\])', r"\\\1", value)
    return f'"{escaped}"'


def toggled(text: str, term: Term) -> str:
    """Return the filter without a term, or with it if it is not there."""
    kept = [word.text for word in words(text) if not _is(word, term)]
    return " ".join(kept if len(kept) < len(list(words(text))) else [*kept, write((term,))])


def _is(word: Word, term: Term) -> bool:
    try:
        return _term(word) == term
    except InvalidFilter:
        return False


FAILURES = Term(Key.STATE, ("failed", "crashed"))
"""Runs that went wrong: failed, timed out, crashed."""


def completions(text: str, at: int, known: dict[Key, tuple[str, ...]]) -> list[str]:
    """Return possible completions of the word that ends at ``at``: keys, or the ``known`` values of its key."""
    word = next((each for each in words(text) if each.start < at <= each.end), None)
    begun = text[word.start : at] if word is not None else ""
    sign = begun[:1] if begun[:1] in ("!", "-") else ""
    begun = begun[len(sign) :]
    name, colon, body = begun.partition(":")
    if not colon:
        keys = [*(f"{each}:" for each in NAMED), *(f"{each}{mark}" for each in TIMES for mark in "><")]
        return [sign + each for each in keys if begun and each.startswith(begun.lower())]
    before, comma, last = body.rpartition(",")
    key = next((each for each in NAMED if each == name.lower()), Key.TEXT)
    values = {Key.STATE: STATES, Key.IS: KINDS, **known}.get(key, ())
    head = f"{sign}{name}:{before}{comma}"
    fits = (each for each in values if each.lower().startswith(last.strip('"').lower()))
    return [head + quoted(each) for each in fits]
