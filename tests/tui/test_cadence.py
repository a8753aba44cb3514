"""Schedules in words."""

import pytest

from holdfast.schedules import Cron, Interval, RRule, Schedule
from holdfast_tui.text.schedule_text import in_words

CRONS = {
    "* * * * *": "every minute",
    "*/15 * * * *": "every 15 minutes",
    "5 * * * *": "every hour at :05",
    "@hourly": "every hour at :00",
    "0 */3 * * *": "every 3 hours",
    "0 6 * * *": "every day at 06:00 UTC",
    "@daily": "every day at 00:00 UTC",
    "30 9,17 * * *": "every day at 09:30 and 17:30 UTC",
    "0 9 * * mon-fri": "weekdays at 09:00 UTC",
    "0 9 * * 1-5": "weekdays at 09:00 UTC",
    "0 9 * * 0,6": "weekends at 09:00 UTC",
    "0 9 * * 7": "Sundays at 09:00 UTC",
    "0 9 * * tue,thu": "Tuesdays and Thursdays at 09:00 UTC",
    "0 0 1 * *": "1st of the month at 00:00 UTC",
    "0 0 1,15 * *": "1st and 15th of the month at 00:00 UTC",
    "@yearly": "January 1 at 00:00 UTC",
    "0 0 24 dec *": "December 24 at 00:00 UTC",
}
AS_THEY_ARE = [
    "0 9 * * mon#1",
    "0 9 l * *",
    "1-50/7 * * * *",
    "0 9 1 * mon",
    "0 0-12 * * *",
    "30 0 9 * * *",
    "0 9 * 6 *",
]
RULES = {
    "FREQ=DAILY;BYHOUR=9": "every day at 09:00 UTC",
    "FREQ=DAILY;BYHOUR=9;BYMINUTE=30;BYSECOND=0": "every day at 09:30 UTC",
    "FREQ=WEEKLY;BYDAY=MO,TH;BYHOUR=9": "Mondays and Thursdays at 09:00 UTC",
    "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO;BYHOUR=9": "every 2 weeks on Mondays at 09:00 UTC",
    "RRULE:FREQ=HOURLY;INTERVAL=2": "every 2 hours",
    "FREQ=MONTHLY;BYMONTHDAY=1;BYHOUR=8": "1st of the month at 08:00 UTC",
    "FREQ=DAILY": "every day",
}
RULES_AS_THEY_ARE = ["FREQ=MONTHLY;BYDAY=-1FR", "FREQ=DAILY;COUNT=3", "FREQ=HOURLY;BYHOUR=9,10", "FREQ=YEARLY"]


@pytest.mark.parametrize("rule", CRONS)
def test_cron_expression_in_words(rule):
    assert in_words([Cron(rule)]) == CRONS[rule]


@pytest.mark.parametrize("rule", AS_THEY_ARE)
def test_cron_expression_without_words_is_shown_as_it_is(rule):
    assert in_words([Cron(rule)]) == f"cron {rule}"


@pytest.mark.parametrize("rule", RULES)
def test_rule_in_words(rule):
    assert in_words([RRule(rule)]) == RULES[rule]


@pytest.mark.parametrize("rule", RULES_AS_THEY_ARE)
def test_rule_without_words_is_shown_as_it_is(rule):
    assert in_words([RRule(rule)]) == f"rrule {rule}"


@pytest.mark.parametrize(
    ("interval", "words"),
    [
        ("15m", "every 15 minutes"),
        ("1h", "every hour"),
        (90, "every 90 seconds"),
        ("2d", "every 2 days"),
        (0.5 + 1, "every 1.5 seconds"),
    ],
)
def test_interval_in_words(interval, words):
    assert in_words([Interval(interval)]) == words


def test_times_of_day_name_their_zone():
    assert in_words([Cron("0 6 * * *", "Europe/Berlin")]) == "every day at 06:00 Europe/Berlin"
    assert in_words([Cron("*/5 * * * *", "Europe/Berlin")]) == "every 5 minutes"


def test_several_schedules():
    assert in_words([Cron("0 6 * * *"), Interval("1h")]) == "every day at 06:00 UTC; every hour"
    assert in_words([]) == ""


def test_escapes_in_a_stored_rule_are_shown():
    assert "\x1b" not in in_words([Schedule("cron", "0 9 * * \x1b[31m"), Schedule("cron", "0 9 * * *", "\x1b]0;x\x07")])
