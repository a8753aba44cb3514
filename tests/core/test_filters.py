"""The language in which lists of flow runs are filtered."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.exceptions import InvalidFilter
from holdfast.filters import (
    FAILURES,
    KINDS,
    NAMED,
    STATES,
    TIMES,
    Key,
    RunFilter,
    Term,
    completions,
    parse,
    parse_span,
    parse_what_makes_sense,
    toggled,
    write,
    write_span,
)

HOUR = timedelta(hours=1)

values = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
spans = st.timedeltas(timedelta(), timedelta(days=36_000))


def named(key: Key) -> st.SearchStrategy[Term]:
    of = {
        Key.STATE: st.sampled_from(STATES),
        Key.IS: st.sampled_from(KINDS),
        Key.ID: st.text("0123456789abcdef", min_size=1, max_size=32),
    }
    return st.builds(
        Term, st.just(key), st.lists(of.get(key, values), min_size=1, max_size=3).map(tuple), st.booleans()
    )


terms = st.one_of(
    st.builds(Term, st.sampled_from([Key.TEXT, Key.FUZZY]), st.tuples(values), st.booleans()),
    *map(named, NAMED),
    st.builds(Term, st.sampled_from(TIMES), st.just(()), st.booleans(), spans, st.booleans()),
)


@given(st.lists(terms, max_size=5).map(tuple))
def test_what_is_written_is_read_again(given_terms):
    assert parse(write(given_terms)).terms == given_terms


@given(st.text(max_size=40))
def test_any_text_is_a_filter_or_one_sentence_about_a_word_of_it(text):
    found = attempt(text)
    if isinstance(found, InvalidFilter):
        assert 0 <= found.start < found.end <= len(text)
    else:
        assert parse(write(found.terms)) == found


def attempt(text):
    try:
        return parse(text)
    except InvalidFilter as error:
        return error


@given(spans)
def test_a_time_is_read_as_it_was_written(span):
    assert parse_span(write_span(span)) == span


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ()),
        ("otter", (Term(Key.TEXT, ("otter",)),)),
        ("golden otter", (Term(Key.TEXT, ("golden",)), Term(Key.TEXT, ("otter",)))),
        ('"golden otter"', (Term(Key.TEXT, ("golden otter",)),)),
        ("!otter", (Term(Key.TEXT, ("otter",), inverse=True),)),
        ("-otter", (Term(Key.TEXT, ("otter",), inverse=True),)),
        ('"-otter"', (Term(Key.TEXT, ("-otter",)),)),
        ("golden-otter", (Term(Key.TEXT, ("golden-otter",)),)),
        ("~glot", (Term(Key.FUZZY, ("glot",)),)),
        ("!~glot", (Term(Key.FUZZY, ("glot",), inverse=True),)),
        ("state:Paused,failed", (Term(Key.STATE, ("paused", "failed")),)),
        ("STATE:paused", (Term(Key.STATE, ("paused",)),)),
        ("!state:completed", (Term(Key.STATE, ("completed",), inverse=True),)),
        ('flow:"my flow",other', (Term(Key.FLOW, ("my flow", "other")),)),
        ("flow:rel*", (Term(Key.FLOW, ("rel*",)),)),
        ("id:019F-0a", (Term(Key.ID, ("019f0a",)),)),
        ("age>2h", (Term(Key.AGE, (), span=2 * HOUR),)),
        ("age<=1h30m", (Term(Key.AGE, (), span=1.5 * HOUR, longer=False),)),
        ("took>1.5h", (Term(Key.TOOK, (), span=1.5 * HOUR),)),
        ('"state:paused"', (Term(Key.TEXT, ("state:paused",)),)),
        ("load->store", (Term(Key.TEXT, ("load->store",)),)),
    ],
)
def test_words_are_read_as(text, expected):
    assert parse(text).terms == expected


@pytest.mark.parametrize(
    ("text", "says", "about"),
    [
        ("state:pasued", "There is no state 'pasued': did you mean paused?", "state:pasued"),
        ("state:qqq", "There is no state 'qqq': there are scheduled, pending,", "state:qqq"),
        ("x state:", "state: needs a value right after it, such as state:paused.", "state:"),
        ("x satte:paused", "There is no filter satte:, only state:, flow:,", "satte:paused"),
        ("age>", "age> needs a length of time such as 30s, 10m, 2h, 3d or 1h30m, right after it.", "age>"),
        ("age<soon", "not 'soon'", "age<soon"),
        ("age>2", "not '2'", "age>2"),
        ("age>999999999d", "not '999999999d'", "age>999999999d"),
        ("age:2h", "age:2h is not a way to filter by age: write age>2h or age<2h.", "age:2h"),
        ("state>2h", "write state:value", "state>2h"),
        ('flow:"my flow', "are not closed", 'flow:"my flow'),
        ("x !", "A ! alone means nothing", "!"),
        ("~", "A ~ alone means nothing", "~"),
        ('""', "nothing between the quotes", '""'),
        ("id:xyz", "'xyz' is not the beginning of an id", "id:xyz"),
        ("x" * 1001, "is longer than 1000 characters", "x" * 1001),
        ("x " * 101, "at most 100 words", "x"),
        ("is:big", "There is no kind of run 'big'", "is:big"),
    ],
)
def test_what_makes_no_sense_is_said_in_a_sentence_that_says_where(text, says, about):
    with pytest.raises(InvalidFilter) as caught:
        parse(text)
    assert says in str(caught.value)
    assert text[caught.value.start : caught.value.end] == about


def test_what_makes_sense_of_a_filter_that_is_typed_holds():
    terms, wrong = parse_what_makes_sense("otter state: tag:eu fo:x")
    assert write(terms) == "otter tag:eu"
    assert str(wrong).startswith("state: needs a value")
    assert parse_what_makes_sense("otter") == (parse("otter").terms, None)
    terms, wrong = parse_what_makes_sense("x " * 102)
    assert len(terms) == 100
    assert "at most 100 words" in str(wrong)


def test_a_filter_takes_more_terms():
    assert RunFilter(text="x") & parse("age>2h").terms == RunFilter(text="x", terms=parse("age>2h").terms)


def test_a_term_is_added_to_what_was_typed_and_taken_out_again():
    assert toggled("otter", FAILURES) == "otter state:failed,crashed"
    assert toggled("state:failed,crashed otter", FAILURES) == "otter"
    assert toggled('state: "', FAILURES) == 'state: " state:failed,crashed'


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("st", ["state:"]),
        ("otter !ta", ["!tag:"]),
        ("age", ["age>", "age<"]),
        ("", []),
        ("otter ", []),
        ("state:pau", ["state:paused", "state:pausing"]),
        ("!state:failed,cra", ["!state:failed,crashed"]),
        ("flow:", ['flow:"my flow"', "flow:release"]),
        ("flow:R", ["flow:release"]),
        ("is:", ["is:top", "is:child"]),
    ],
)
def test_keys_and_values_are_completed(text, expected):
    assert completions(text, len(text), {Key.FLOW: ("my flow", "release")}) == expected
