"""Clocks end on the right day, also by brute force."""

from datetime import date, timedelta
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wanping_union.deadlines import (
    Calendar,
    Clock,
    Pause,
    Unit,
    add_months,
    due,
    working_days,
)
from wanping_union.reference import holidays

CALENDAR = Calendar({row.day: row.is_rest for row in holidays.rows()})
NOTHING = Calendar()
DAYS = st.dates(date(2005, 1, 1), date(2025, 12, 31))


def end(start, length, unit=Unit.WORKING_DAYS, calendar=CALENDAR, **more):
    found = due(Clock(date.fromisoformat(start), length, Unit(unit), **more), calendar)
    return found.on.isoformat() if found else None


@pytest.mark.parametrize(
    ("start", "length", "unit", "last"),
    [
        ("2016-03-01", 3, "working_days", "2016-03-04"),
        (
            "2016-09-28",
            4,
            "working_days",
            "2016-10-09",
        ),  # over the national holiday; 8 and 9 worked
        ("2016-03-01", 15, "days", "2016-03-16"),
        ("2016-03-04", 1, "days", "2016-03-07"),  # a Saturday rolls to Monday
        ("2016-09-30", 1, "days", "2016-10-08"),  # rolls past the holiday to a worked Saturday
        ("2016-01-31", 1, "months", "2016-02-29"),  # no 31 February
        ("2016-02-29", 1, "years", "2017-02-28"),
        ("2016-08-31", 6, "months", "2017-02-28"),
        ("2016-03-01", 0, "days", "2016-03-01"),
    ],
)
def test_a_period_ends_as_the_civil_code_says(start, length, unit, last):
    assert end(start, length, unit) == last


def test_a_clock_that_does_not_roll_ends_on_the_rest_day():
    assert end("2016-03-04", 1, "days", rolls=False) == "2016-03-05"


def test_paused_days_do_not_count_and_an_open_pause_has_no_end():
    pause = Pause(date(2016, 3, 3), date(2016, 3, 10))
    assert end("2016-03-01", 3, pauses=(pause,)) == "2016-03-14"
    assert end("2016-03-01", 3, "days", pauses=(pause,), rolls=False) == "2016-03-12"
    assert end("2016-03-01", 1, "months", pauses=(pause,), rolls=False) == "2016-04-09"
    assert end("2016-03-01", 3, pauses=(Pause(date(2016, 3, 3)),)) is None


def test_a_year_without_a_notice_knows_the_fixed_holidays_and_is_provisional():
    clock = Clock(date(2030, 9, 30), 1, Unit.WORKING_DAYS)
    assert due(clock, CALENDAR) == (date(2030, 10, 4), True)
    assert due(Clock(date(2016, 3, 1), 3, Unit.WORKING_DAYS), CALENDAR).is_provisional is False
    assert NOTHING.is_rest(date(2025, 5, 2))
    assert not NOTHING.is_rest(date(2024, 5, 2))  # a holiday only since 2025


def test_a_year_with_a_notice_goes_by_the_notice_alone():
    assert not CALENDAR.is_rest(date(2016, 10, 8))  # a Saturday worked
    assert CALENDAR.is_rest(date(2015, 9, 3))
    assert CALENDAR.is_rest(date(2020, 1, 31))


def test_a_negative_length_is_an_error():
    with pytest.raises(ValueError, match="negative"):
        due(Clock(date(2016, 3, 1), -1, Unit.DAYS), CALENDAR)


@given(DAYS, st.integers(0, 60))
def test_working_days_agree_with_counting_by_hand(start, length):
    by_hand = [
        day
        for day in (start + timedelta(n) for n in range(1, 200))
        if CALENDAR.table.get(day, day.weekday() >= 5) is False
    ]
    found = due(Clock(start, length, Unit.WORKING_DAYS, rolls=False), CALENDAR)
    assert found.on == (by_hand[length - 1] if length else start)
    assert working_days(start, found.on, CALENDAR) == length


@given(DAYS, st.integers(0, 400), st.sampled_from(Unit))
def test_an_end_that_rolls_is_the_first_working_day_from_the_one_that_does_not(start, length, unit):
    plain = due(Clock(start, length % 60, unit, rolls=False), CALENDAR)
    rolled = due(Clock(start, length % 60, unit), CALENDAR)
    first = next(day for n in count() if not CALENDAR.is_rest(day := plain.on + timedelta(n)))
    assert rolled.on == first


@given(DAYS, st.integers(0, 240))
def test_months_end_on_the_same_day_or_the_months_last(start, months):
    end = add_months(start, months)
    assert (end.year * 12 + end.month) - (start.year * 12 + start.month) == months
    assert end.day == start.day or ((end + timedelta(1)).day == 1 and end.day < start.day)


@given(DAYS, st.integers(1, 40), st.integers(0, 20), st.integers(0, 20))
def test_a_pause_moves_the_end_of_calendar_days_by_its_days_within_the_period(
    start, length, offset, paused
):
    since = start + timedelta(1 + offset % length)
    pause = Pause(since, since + timedelta(paused))
    clock = Clock(start, length, Unit.DAYS, (pause,), rolls=False)
    assert due(clock, CALENDAR).on == start + timedelta(length + paused + 1)
