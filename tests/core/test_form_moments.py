"""Dates, times and durations as people say them."""

import datetime as dt
import time

import pytest

from holdfast.forms.dates_and_times import read_date, read_datetime, read_duration, read_time, say_datetime
from holdfast.forms.model import FormModel
from holdfast.values.json_text import UnreadableError

NOW = dt.datetime(2026, 11, 25, 1, 0, 30, tzinfo=dt.UTC)  # Wednesday, 02:00:30 in Berlin


@pytest.fixture(autouse=True)
def _in_berlin(monkeypatch):
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize(
    ("said", "date"),
    [
        ("today", "2026-11-25"),
        (" Tomorrow ", "2026-11-26"),
        ("yesterday", "2026-11-24"),
        ("friday", "2026-11-27"),
        ("next Friday", "2026-11-27"),
        ("on wed", "2026-12-02"),
        ("in 3 days", "2026-11-28"),
        ("in a week", "2026-12-02"),
        ("next week", "2026-12-02"),
        ("next month", "2026-12-25"),
        ("in 3 months", "2027-02-25"),
        ("+2w", "2026-12-09"),
        ("2 weeks ago", "2026-11-11"),
        ("30 nov", "2026-11-30"),
        ("24 nov", "2027-11-24"),
        ("1st of Dec", "2026-12-01"),
        ("December 24, 2027", "2027-12-24"),
        ("24.12.2027", "2027-12-24"),
        ("24.12.", "2026-12-24"),
        ("2026-11-25", "2026-11-25"),
    ],
)
def test_a_date_is_understood_as_it_is_said(said, date):
    assert read_date(said, NOW).isoformat() == date


@pytest.mark.parametrize(
    "said", ["", "soon", "11/12/2026", "31 feb", "in 2 parsecs", "in 1.5 months", "in 99999999999 days", "next 5", "٣"]
)
def test_what_is_no_date_is_not_guessed_at(said):
    with pytest.raises(UnreadableError):
        read_date(said, NOW)


@pytest.mark.parametrize(
    ("said", "moment"),
    [
        ("now", "2026-11-25T02:00:30+01:00"),
        ("in 2 h", "2026-11-25T04:00:30+01:00"),
        ("in 1h30m", "2026-11-25T03:30:30+01:00"),
        ("in 2 hours and 5 minutes", "2026-11-25T04:05:30+01:00"),
        ("90 min ago", "2026-11-25T00:30:30+01:00"),
        ("in 2 days", "2026-11-27T02:00:30+01:00"),
        ("tomorrow", "2026-11-26T00:00:00+01:00"),
        ("tomorrow 9:00", "2026-11-26T09:00:00+01:00"),
        ("tomorrow at 9", "2026-11-26T09:00:00+01:00"),
        ("next friday, 2:30 pm", "2026-11-27T14:30:00+01:00"),
        ("friday noon", "2026-11-27T12:00:00+01:00"),
        ("14:30", "2026-11-25T14:30:00+01:00"),
        ("12 am", "2026-11-25T00:00:00+01:00"),
        ("25 dec 18:00 utc", "2026-12-25T18:00:00+00:00"),
        ("2026-12-25 18:00 America/New_York", "2026-12-25T18:00:00-05:00"),
        ("tomorrow 9:00 +05:30", "2026-11-26T09:00:00+05:30"),
        ("2026-11-25 14:30", "2026-11-25T14:30:00+01:00"),
        ("2026-07-01 14:30", "2026-07-01T14:30:00+02:00"),
        ("2026-11-25T14:30:00", "2026-11-25T14:30:00"),
        ("2026-11-25T14:30:00Z", "2026-11-25T14:30:00+00:00"),
    ],
)
def test_a_moment_is_understood_as_it_is_said_in_the_systems_zone(said, moment):
    assert read_datetime(said, NOW).isoformat() == moment


def test_days_go_by_the_calendar_and_hours_by_time_where_the_clocks_change():
    evening = dt.datetime(2026, 10, 24, 18, 0, tzinfo=dt.UTC)  # 20:00 in Berlin, the night before summer time ends
    assert read_datetime("in 1 day", evening).isoformat() == "2026-10-25T20:00:00+01:00"
    assert read_datetime("in 24 h", evening).isoformat() == "2026-10-25T19:00:00+01:00"
    assert read_datetime("tomorrow 9:00", evening).isoformat() == "2026-10-25T09:00:00+01:00"


@pytest.mark.parametrize(
    ("said", "time"),
    [("9", "09:00:00"), ("9:30 pm", "21:30:00"), ("noon", "12:00:00"), ("14:30 +02:00", "14:30:00+02:00")],
)
def test_a_time_of_day_is_understood_as_it_is_said(said, time):
    assert read_time(said, NOW).isoformat() == time


@pytest.mark.parametrize("said", ["25:00", "13 pm", "9:99", "0 am", "14:30 Mars/Crater"])
def test_what_is_no_time_is_not_guessed_at(said):
    with pytest.raises(UnreadableError):
        read_time(said, NOW)


@pytest.mark.parametrize(
    ("said", "iso"),
    [
        ("1h30m", "PT1H30M"),
        ("1 hour and 30 minutes", "PT1H30M"),
        ("90 min", "PT90M"),
        ("1.5 h", "PT1.5H"),
        ("2 weeks", "P14D"),
        ("1:30", "PT1H30M"),
        ("1:30:15", "PT1H30M15S"),
        ("an hour", "PT1H"),
        ("-2 d", "-P2D"),
        ("0s", "PT0S"),
        ("pt5m", "PT5M"),
    ],
)
def test_a_duration_is_understood_as_it_is_said(said, iso):
    assert read_duration(said) == iso


@pytest.mark.parametrize("said", ["", "soon", "1 month", "5", "1h 1h", "h"])
def test_what_is_no_duration_is_not_guessed_at(said):
    with pytest.raises(UnreadableError):
        read_duration(said)


def test_words_mean_what_they_meant_when_they_were_typed():
    times = [NOW]
    schema = {"properties": {"x": {"type": "string", "format": "date-time"}}}
    form = FormModel(schema, clock=lambda: times[0])
    form.root.children[0].text = "in 2 h"
    times[0] += dt.timedelta(minutes=10)
    assert form.dump() == {"x": "2026-11-25T04:00:30+01:00"}
    assert form.root.children[0].understood == "Wed 25 Nov 2026, 04:00:30 +01:00, in 2 h"


def test_words_that_came_in_are_not_read_as_a_date():
    schema = {"properties": {"x": {"anyOf": [{"type": "string", "format": "date"}, {"type": "string"}]}}}
    form = FormModel(schema, {"x": "tomorrow"})
    assert form.dump() == {"x": "tomorrow"}
    assert form.errors() == {}


def test_how_far_away_a_moment_is_stands_behind_it():
    later = NOW + dt.timedelta(days=3)
    assert say_datetime(later, NOW) == "Sat 28 Nov 2026, 01:00:30 +00:00, in 3 d"
    assert say_datetime(NOW - dt.timedelta(hours=2), NOW).endswith("2 h ago")


@pytest.mark.parametrize(
    ("away", "said"),
    [
        (dt.timedelta(hours=2, seconds=-1), "in 2 h"),
        (dt.timedelta(minutes=90), "in 1 h 30 min"),
        (dt.timedelta(days=1, hours=3, minutes=20), "in 1 d 3 h"),
        (dt.timedelta(seconds=-100), "2 min ago"),
        (dt.timedelta(seconds=10), "now"),
    ],
)
def test_how_far_away_a_moment_is_is_said_as_people_count(away, said):
    assert say_datetime(NOW + away, NOW).endswith(f", {said}")
