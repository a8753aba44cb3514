"""When schedules come: a pure function of the rule and the time, over the days on which clocks change too."""

from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.exceptions import ScheduleError
from holdfast.schedules import (
    CatchUp,
    Cron,
    Due,
    Interval,
    RRule,
    Schedule,
    collect,
    due,
    from_json,
    next_of,
    next_times,
    to_json,
)

BERLIN = ZoneInfo("Europe/Berlin")
ANCHOR = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)


def utc(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def wall(schedule, after, n, zone=BERLIN):
    """The next times as clocks in the zone show them."""
    return [f"{each.astimezone(zone):%d %H:%M %z}" for each in next_times(schedule, after, n)]


def test_a_cron_expression_is_meant_in_its_time_zone():
    assert next_times(Cron("0 9 * * *", "America/New_York"), utc("2026-01-01"), 1) == [utc("2026-01-01T14:00")]
    assert next_times(Cron("0 9 * * *"), utc("2026-01-01"), 1) == [utc("2026-01-01T09:00")]


def test_a_daily_time_that_a_change_of_clocks_leaves_out_comes_right_after_it():
    found = wall(Cron("30 2 * * *", "Europe/Berlin"), utc("2026-03-28"), 3)
    assert found == ["28 02:30 +0100", "29 03:00 +0200", "30 02:30 +0200"]


def test_a_daily_time_that_comes_twice_runs_once():
    found = wall(Cron("30 2 * * *", "Europe/Berlin"), utc("2026-10-24"), 3)
    assert found == ["24 02:30 +0200", "25 02:30 +0200", "26 02:30 +0100"]


def test_every_hour_is_every_hour_when_clocks_go_back():
    found = wall(Cron("0 * * * *", "Europe/Berlin"), utc("2026-10-24T23:30"), 3)
    assert found == ["25 02:00 +0200", "25 02:00 +0100", "25 03:00 +0100"]


def test_every_hour_is_every_hour_when_clocks_go_forward():
    found = wall(Cron("0 * * * *", "Europe/Berlin"), utc("2026-03-28T23:30"), 3)
    assert found == ["29 01:00 +0100", "29 03:00 +0200", "29 04:00 +0200"]


@pytest.mark.parametrize("changes", ["2026-03-28T20:00", "2026-10-24T20:00"])
@pytest.mark.parametrize(
    "cron", ["*/20 * * * *", "0 * * * *", "30 2 * * *", "0 2,3 * * *", "0 0 * * *", "15 1-4 * * *"]
)
def test_asking_anew_after_each_time_gives_the_same_times(cron, changes):
    schedule, at = Cron(cron, "Europe/Berlin"), utc(changes)
    together = next_times(schedule, at, 30)
    one_by_one = []
    for _ in range(30):
        (at,) = next_times(schedule, at, 1)
        one_by_one.append(at)
    assert one_by_one == together


@given(
    st.sampled_from(["*/7 * * * *", "30 2 * * *", "0 */3 * * *", "5 4 * * 0", "0 0 29 2 *", "*/20 * * * * *"]),
    st.sampled_from(["UTC", "Europe/Berlin", "America/Sao_Paulo", "Australia/Lord_Howe", "Asia/Kathmandu"]),
    st.integers(0, 20 * 365 * 86400).map(lambda seconds: utc("2010-01-01") + timedelta(seconds=seconds)),
)
def test_times_come_in_order_and_after_what_was_asked(cron, zone, after):
    found = [after, *next_times(Cron(cron, zone), after, 5)]
    assert len(found) == 6
    assert all(earlier < later for earlier, later in pairwise(found))


@pytest.mark.parametrize(
    ("cron", "expected"),
    [
        ("@hourly", "2026-01-01T01:00"),
        ("@daily", "2026-01-02T00:00"),
        ("0 9 * * mon-fri", "2026-01-01T09:00"),
        ("30 0 0 * * *", "2026-01-01T00:00:30"),
        ("0 0 L * *", "2026-01-31T00:00"),
    ],
)
def test_what_cron_expressions_can_say(cron, expected):
    assert next_times(Cron(cron), utc("2026-01-01"), 1) == [utc(expected)]


@pytest.mark.parametrize("cron", ["", "* * * *", "61 * * * *", "0 0 30 2 *", "0 0 31 4,6 *", "at nine"])
def test_a_cron_expression_that_makes_no_sense_is_refused(cron):
    with pytest.raises(ScheduleError, match="is invalid"):
        Cron(cron)


@pytest.mark.parametrize("zone", ["Mars/Olympus", "", "../etc/passwd"])
def test_a_time_zone_that_is_none_is_refused(zone):
    with pytest.raises(ScheduleError, match="no time zone"):
        Cron("0 9 * * *", zone)


def test_a_cron_expression_with_days_of_both_kinds_comes_on_either_or_on_those_that_are_both():
    either, both = Cron("0 9 13 * fri"), Cron("0 9 13 * fri", day_or=False)
    assert [each.day for each in next_times(either, utc("2026-02-01"), 4)] == [6, 13, 20, 27]
    assert next_times(both, utc("2026-02-01"), 2) == [utc("2026-02-13T09:00"), utc("2026-03-13T09:00")]
    assert str(both) == "cron 0 9 13 * fri (both days)"
    assert str(Cron("0 9 13 * fri", "Europe/Berlin", day_or=False)) == "cron 0 9 13 * fri (Europe/Berlin, both days)"
    assert next_times(Cron("0 9 * * fri", day_or=False), utc("2026-02-01"), 1) == [utc("2026-02-06T09:00")]


@pytest.mark.parametrize(("cron", "day_or"), [("0 9 1 * mon#2", False), ("0 9 13 * fri", "no"), (9, True)])
def test_days_that_never_are_both_and_what_is_neither_yes_nor_no_are_refused(cron, day_or):
    with pytest.raises(ScheduleError):
        Cron(cron, day_or=day_or)


@pytest.mark.parametrize(
    ("schedule", "made"),
    [
        (Schedule(cron="0 9 * * *", timezone="Europe/Berlin"), Cron("0 9 * * *", "Europe/Berlin")),
        (Schedule(cron="0 9 13 * fri", day_or=False), Cron("0 9 13 * fri", day_or=False)),
        (Schedule(interval=timedelta(minutes=15), anchor=ANCHOR), Interval(900, anchor=ANCHOR)),
        (Schedule(rrule="FREQ=DAILY", timezone="Europe/Berlin"), RRule("FREQ=DAILY", "Europe/Berlin")),
    ],
    ids=str,
)
def test_a_schedule_may_be_made_by_naming_its_rule(schedule, made):
    assert schedule == made


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"cron": "0 9 * * *", "interval": 60},
        {"cron": "nonsense"},
        {"interval": 0},
        {"rrule": 7},
        {"anchor": ANCHOR},
    ],
    ids=str,
)
def test_a_schedule_without_one_rule_that_makes_sense_is_refused(given):
    with pytest.raises(ScheduleError):
        Schedule(**given)


def test_a_schedule_says_its_rule():
    cron, interval, rule = Cron("0 9 * * *"), Interval("15m"), RRule("FREQ=DAILY")
    assert [each.cron for each in (cron, interval, rule)] == ["0 9 * * *", None, None]
    assert [each.interval for each in (cron, interval, rule)] == [None, timedelta(minutes=15), None]
    assert [each.rrule for each in (cron, interval, rule)] == [None, None, "FREQ=DAILY"]


def test_an_interval_counts_elapsed_time_from_its_anchor():
    found = wall(Interval(timedelta(days=1), anchor=utc("2026-03-20T08:00")), utc("2026-03-28"), 3)
    assert found == ["28 09:00 +0100", "29 10:00 +0200", "30 10:00 +0200"]


def test_an_interval_first_comes_after_its_anchor():
    assert next_times(Interval(60, anchor=ANCHOR), ANCHOR - timedelta(days=1), 1) == [ANCHOR + timedelta(seconds=60)]
    assert next_times(Interval(60, anchor=ANCHOR), ANCHOR, 1) == [ANCHOR + timedelta(seconds=60)]


@pytest.mark.parametrize(
    ("text", "seconds"), [("90", 90), ("15m", 900), ("1h", 3600), ("1.5 d", 129600), ("2w", 1209600)]
)
def test_intervals_as_text(text, seconds):
    assert Interval(text) == Interval(seconds) == Interval(timedelta(seconds=seconds))


@pytest.mark.parametrize("interval", [0, -5, 0.5, "soon", "5 y", float("nan"), float("inf"), 1e300, timedelta(0)])
def test_an_interval_that_makes_no_sense_is_refused(interval):
    with pytest.raises(ScheduleError):
        Interval(interval)


def test_a_rule_is_meant_in_its_time_zone_and_counts_from_its_anchor():
    rule = RRule("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO;BYHOUR=9;BYMINUTE=0;BYSECOND=0", "Europe/Berlin", anchor=ANCHOR)
    assert wall(rule, utc("2026-03-17"), 2) == ["30 09:00 +0200", "13 09:00 +0200"]


def test_a_rule_in_a_gap_comes_after_it_and_in_a_fold_once():
    rule = RRule("FREQ=DAILY;BYHOUR=2;BYMINUTE=30;BYSECOND=0", "Europe/Berlin", anchor=ANCHOR)
    assert wall(rule, utc("2026-03-28"), 3) == ["28 02:30 +0100", "29 03:30 +0200", "30 02:30 +0200"]
    assert wall(rule, utc("2026-10-24"), 3) == ["24 02:30 +0200", "25 02:30 +0200", "26 02:30 +0100"]


def test_a_rule_by_the_hour_counts_elapsed_time():
    rule = RRule("FREQ=HOURLY", "Europe/Berlin", anchor=ANCHOR)
    assert wall(rule, utc("2026-10-24T23:30"), 3) == ["25 02:00 +0200", "25 02:00 +0100", "25 03:00 +0100"]


def test_a_rule_with_a_start_of_its_own():
    rule = RRule("DTSTART:20260101T090000\nRRULE:FREQ=DAILY;COUNT=2", "Europe/Berlin")
    assert wall(rule, utc("2025-01-01"), 5) == ["01 09:00 +0100", "02 09:00 +0100"]


def test_a_rule_ends():
    rule = RRule("FREQ=DAILY;UNTIL=20260107T000000Z", anchor=ANCHOR)
    assert next_times(rule, ANCHOR, 5) == [ANCHOR + timedelta(days=1)]


@pytest.mark.parametrize(
    ("rule", "last"),
    [
        ("FREQ=DAILY;BYHOUR=9;UNTIL=20280103", "2028-01-03T08:00"),
        ("FREQ=DAILY;BYHOUR=9;UNTIL=20280103T090000", "2028-01-03T08:00"),
        ("FREQ=DAILY;BYHOUR=9;UNTIL=20280103T085959", "2028-01-02T08:00"),
        ("FREQ=DAILY;BYHOUR=9;UNTIL=20280103T075959Z", "2028-01-02T08:00"),
        ("FREQ=DAILY;BYHOUR=9;UNTIL=20280703", "2028-07-03T07:00"),
        ("freq=daily;byhour=9;until=20280103t090000", "2028-01-03T08:00"),
        ("FREQ=HOURLY;UNTIL=20280103T090000", "2028-01-03T08:00"),
        ("DTSTART:20280101T090000\nRRULE:FREQ=DAILY;UNTIL=20280103", "2028-01-03T08:00"),
        ("DTSTART:20280101T090000\nRRULE:FREQ=DAILY;UNTIL=20280103T080000Z", "2028-01-03T08:00"),
        ("DTSTART:20280101T080000Z\nRRULE:FREQ=DAILY;UNTIL=20280103T090000", "2028-01-03T08:00"),
        ("DTSTART;TZID=America/New_York:20280101T030000\nRRULE:FREQ=DAILY;UNTIL=20280103", "2028-01-03T08:00"),
    ],
)
def test_an_end_without_a_time_zone_is_meant_in_the_schedules(rule, last):
    start = datetime.fromisoformat(last).replace(tzinfo=UTC) - timedelta(days=1, minutes=1)
    found = next_times(RRule(rule, "Europe/Berlin", anchor=datetime(2027, 1, 1, tzinfo=UTC)), start, 100)
    assert f"{found[-1]:%Y-%m-%dT%H:%M}" == last


@pytest.mark.parametrize(
    "rule", ["FREQ=SOMETIMES", "", "FREQ=DAILY;UNTIL=20261307", "FREQ=DAILY;UNTIL=soon", "every day"]
)
def test_a_rule_that_makes_no_sense_is_refused(rule):
    with pytest.raises(ScheduleError):
        RRule(rule)


def test_an_anchor_names_its_time_zone():
    with pytest.raises(ScheduleError, match="has no time zone"):
        Interval(60, anchor=ANCHOR.replace(tzinfo=None))


def test_several_schedules_are_merged_and_coincidences_count_once():
    both = collect(cron=["0 9 * * *", "0 21 * * *"], interval="12h", schedules=[Cron("0 9 * * *")])
    at_nine = [*both[:2], Interval("12h", anchor=utc("2026-01-01T09:00")), both[3]]
    found = next_of(at_nine, utc("2026-01-01T08:00"), 3)
    assert found == [utc("2026-01-01T09:00"), utc("2026-01-01T21:00"), utc("2026-01-02T09:00")]


def test_schedules_survive_json():
    schedules = collect(cron="0 9 * * *", interval=5, rrule="FREQ=DAILY", timezone="Europe/Berlin")
    anchored = (*schedules, Interval(5, anchor=ANCHOR), Cron("0 9 13 * fri", day_or=False))
    assert from_json(to_json(anchored)) == anchored


@pytest.mark.parametrize(
    ("schedule", "text"),
    [
        (Interval(90), "every 90s"),
        (Interval("1d"), "every 1d"),
        (Cron("0 9 * * *"), "cron 0 9 * * *"),
        (Cron("0 9 * * *", "Europe/Berlin"), "cron 0 9 * * * (Europe/Berlin)"),
    ],
)
def test_a_schedule_as_text(schedule, text):
    assert str(schedule) == text


HOURLY = (Cron("0 * * * *"),)


@pytest.mark.parametrize(
    ("catch_up", "runs"),
    [
        (CatchUp.ONCE, ["13:00"]),
        (CatchUp.ALL, ["10:00", "11:00", "12:00", "13:00"]),
        (CatchUp.SKIP, []),
    ],
)
def test_what_was_missed_is_run_as_chosen(catch_up, runs):
    found = due(HOURLY, utc("2026-01-01T10:00"), utc("2026-01-01T13:30"), catch_up)
    assert found == Due(tuple(utc(f"2026-01-01T{each}") for each in runs), utc("2026-01-01T14:00"))


@pytest.mark.parametrize("catch_up", CatchUp)
def test_what_is_due_just_now_runs_in_any_case(catch_up):
    at = utc("2026-01-01T10:00")
    assert due(HOURLY, at, at + timedelta(seconds=5), catch_up) == Due((at,), utc("2026-01-01T11:00"))


@pytest.mark.parametrize("catch_up", CatchUp)
def test_nothing_is_due_before_its_time(catch_up):
    at = utc("2026-01-01T10:00")
    assert due(HOURLY, at, at - timedelta(seconds=1), catch_up) == Due((), at)


def test_all_that_was_missed_comes_in_portions():
    found = due(HOURLY, utc("2026-01-01T10:00"), utc("2026-02-01"), CatchUp.ALL, limit=2)
    assert found == Due((utc("2026-01-01T10:00"), utc("2026-01-01T11:00")), utc("2026-01-01T12:00"))


def test_the_last_of_years_of_minutes_is_found_at_once():
    found = due((Cron("* * * * *"),), utc("2000-01-01"), utc("2026-01-01T00:00:30"), CatchUp.ONCE)
    assert found == Due((utc("2026-01-01"),), utc("2026-01-01T00:01"))


def test_a_rare_time_long_ago_is_found():
    found = due((Cron("0 0 29 2 *"),), utc("2024-02-29"), utc("2027-01-01"), CatchUp.ONCE)
    assert found == Due((utc("2024-02-29"),), utc("2028-02-29"))


def test_schedules_that_have_ended_are_looked_at_no_more():
    ended = (RRule("FREQ=DAILY;COUNT=2", anchor=ANCHOR),)
    assert due(ended, ANCHOR, utc("2027-01-01"), CatchUp.ALL) == Due((ANCHOR, ANCHOR + timedelta(days=1)), None)


def test_a_schedule_of_nothing():
    assert due((), ANCHOR, ANCHOR, CatchUp.ALL) == Due((), None)
    assert isinstance(Cron("0 9 * * *"), Schedule)


@pytest.mark.slow
@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=SECONDLY;INTERVAL=61",
        "FREQ=MINUTELY",
        "FREQ=MINUTELY;INTERVAL=7",
        "FREQ=MINUTELY;INTERVAL=45;BYHOUR=9,10;BYDAY=MO,WE",
        "FREQ=HOURLY;INTERVAL=5",
        "FREQ=HOURLY;INTERVAL=5;UNTIL=20260104T000000Z",
        "FREQ=DAILY;INTERVAL=3",
        "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,TH,SU;BYHOUR=9",
        "FREQ=WEEKLY;INTERVAL=3;WKST=SU;BYDAY=SU,MO",
        "FREQ=MINUTELY;INTERVAL=3;COUNT=5000",
        "DTSTART:20260101T030005Z\nRRULE:FREQ=MINUTELY;INTERVAL=11",
    ],
)
def test_a_rule_looked_at_late_has_the_times_that_it_has_when_counted_from_its_start(rule):
    anchor = datetime(2026, 1, 1, 3, 0, 5, tzinfo=UTC)
    schedule = RRule(rule, timezone="Europe/Berlin", anchor=anchor)
    counted = next_times(schedule, anchor - timedelta(days=1), 60_000)
    for after in (anchor + timedelta(days=days, minutes=13) for days in (0, 1, 2, 9, 40)):
        expected = [each for each in counted if each > after][:5]
        assert next_times(schedule, after, 5)[: len(expected)] == expected


@pytest.mark.slow
def test_a_rule_by_the_second_is_as_quick_after_years_as_at_first():
    schedule = RRule("FREQ=SECONDLY", anchor=datetime(1980, 1, 1, tzinfo=UTC))
    after = datetime(2026, 11, 25, tzinfo=UTC)
    # Counted from its start it would take a quarter of an hour.
    assert next_times(schedule, after, 1) == [after + timedelta(seconds=1)]


@pytest.mark.parametrize(
    "left_out",
    [
        "EXDATE:20260107T090000",
        "EXDATE:20260107T080000Z",
        "EXDATE;TZID=America/New_York:20260107T030000",
        "EXDATE;VALUE=DATE:20260107",
        "EXDATE:20260107,20260301",
        "EXDATE:20260301T090000,20260107T090000",
        "exdate:20260107t090000",
    ],
)
@pytest.mark.parametrize(
    "start",
    ["", "DTSTART:20260105T090000\n", "DTSTART:20260105T080000Z\n", "DTSTART;TZID=Europe/Berlin:20260105T090000\n"],
)
def test_times_that_a_rule_leaves_out_are_meant_in_its_time_zone(start, left_out):
    schedule = RRule(f"{start}RRULE:FREQ=DAILY\n{left_out}", timezone="Europe/Berlin", anchor=ANCHOR)
    assert wall(schedule, ANCHOR, 2) == ["06 09:00 +0100", "08 09:00 +0100"]


def test_a_day_that_a_rule_by_the_hour_leaves_out_is_one_of_its_time_zone():
    schedule = RRule("RRULE:FREQ=HOURLY\nEXDATE:20260106", timezone="Europe/Berlin", anchor=ANCHOR)
    assert wall(schedule, utc("2026-01-05T21:30"), 2) == ["05 23:00 +0100", "07 00:00 +0100"]


def test_a_time_that_a_rule_adds_is_meant_in_its_time_zone():
    schedule = RRule("RRULE:FREQ=YEARLY\nRDATE:20260107T100000", timezone="Europe/Berlin", anchor=ANCHOR)
    assert wall(schedule, ANCHOR, 1) == ["07 10:00 +0100"]


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        ("FREQ=DAILY;UNTIL=2028-01-03", "'2028-01-03' is not a time; write 20280103 or"),
        ("FREQ=DAILY;UNTIL=20281303", "'20281303' is not a time"),
        ("FREQ=DAILY;UNTIL=20280103T2359", "'20280103T2359' is not a time"),
        ("FREQ=DAILY;UNTIL=", "'' is not a time"),
        ("RRULE:FREQ=DAILY\nEXDATE:soon", "'soon' is not a time"),
        ("FREQ=DAILY;INTERVAL=0", "INTERVAL must be 1 or more"),
        ("FREQ=DAILY;INTERVAL=-1", "INTERVAL must be 1 or more"),
        ("DAILY", "no FREQ"),
        ("", "no FREQ"),
        ("DTSTART;TZID=Nowhere/City:20260101T090000\nRRULE:FREQ=DAILY", "no time zone 'Nowhere/City'"),
        ("RRULE:FREQ=DAILY\nEXDATE;TZID=Nowhere/City:20260101T090000", "no time zone 'Nowhere/City'"),
    ],
)
def test_a_slip_in_a_rule_is_told_in_its_own_words(rule, why):
    with pytest.raises(ScheduleError, match=why):
        RRule(rule, timezone="Europe/Berlin")


@pytest.mark.parametrize("zone", [5, UTC, BERLIN, b"UTC", "utc+2", ""], ids=repr)
def test_what_is_no_name_of_a_time_zone_is_refused(zone):
    for make in (lambda: Cron("@daily", timezone=zone), lambda: RRule("FREQ=DAILY", timezone=zone)):
        with pytest.raises(ScheduleError, match="There is no time zone"):
            make()


@pytest.mark.parametrize(
    "anchor", [5, "2026-01-01", datetime(2026, 1, 1).date(), datetime(2026, 1, 1)], ids=str  # noqa: DTZ001 - has no zone
)  # fmt: skip
def test_an_anchor_is_an_aware_time(anchor):
    for make in (lambda: Interval(60, anchor=anchor), lambda: RRule("FREQ=DAILY", anchor=anchor)):
        with pytest.raises(ScheduleError, match="give an aware datetime"):
            make()


def test_an_anchor_that_is_before_all_time_is_refused():
    with pytest.raises(ScheduleError, match="too early"):
        Interval(60, anchor=datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=5))))


@pytest.mark.parametrize("name", ["@Daily", "@HOURLY"])
def test_names_of_cron_expressions_are_read_in_any_case(name):
    assert next_times(Cron(name), ANCHOR, 2) == next_times(Cron(name.lower()), ANCHOR, 2)
