from datetime import date
from decimal import Decimal
from itertools import groupby, pairwise

import pytest

from wanping_union.reference.seed import GROUPS, ROWS

BY_KEY = {
    key: sorted(rows, key=lambda row: row.valid_from)
    for key, rows in groupby(sorted(ROWS, key=lambda row: row.key), key=lambda row: row.key)
}


def on(key, day):
    day = date.fromisoformat(day)
    (row,) = [
        row
        for row in BY_KEY[key]
        if row.valid_from <= day and (row.valid_to is None or day <= row.valid_to)
    ]
    return row


def test_no_key_has_two_rows_of_the_same_first_day():
    names = [(row.key, row.valid_from) for row in ROWS]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("key", BY_KEY)
def test_the_periods_of_a_key_do_not_overlap(key):
    rows = BY_KEY[key]
    assert all(row.valid_to is None or row.valid_from <= row.valid_to for row in rows)
    assert all(a.valid_to is not None and a.valid_to < b.valid_from for a, b in pairwise(rows))


@pytest.mark.parametrize("key", BY_KEY)
def test_a_key_keeps_its_label_and_unit(key):
    assert len({(row.label, row.unit) for row in BY_KEY[key]}) == 1


def test_every_row_says_something_has_a_source_and_a_known_confidence():
    assert all(row.source.strip() for row in ROWS)
    assert all(row.value is not None or row.text for row in ROWS)
    assert {row.confidence for row in ROWS} == {"H", "M", "L"}


def test_a_row_without_a_known_value_is_never_called_verified():
    assert {row.confidence for row in ROWS if row.value is None} == {"L"}


def test_every_row_belongs_to_a_group_of_the_page():
    assert {row.key.partition(".")[0] for row in ROWS} == set(GROUPS)


def test_every_row_fits_the_columns_it_is_loaded_into():
    assert max(len(row.key) for row in ROWS) <= 80
    assert max(len(row.label) for row in ROWS) <= 120
    assert max(len(row.source) for row in ROWS) <= 300
    assert all(round(row.value, 4) == row.value for row in ROWS if row.value is not None)


@pytest.mark.parametrize(
    "key",
    [
        "dues.rate",
        "contribution.share_basic",
        "contribution.share_higher",
        "committee_size.25_200",
        "election.attendance",
        "election.majority",
        "statistics.due",
    ],
)
def test_what_is_from_memory_starts_unverified(key):
    assert on(key, "2016-12-31").confidence == "L"


@pytest.mark.parametrize(
    ("key", "day", "value", "confidence"),
    [
        ("union.must_form_members", "2016-01-01", "25", "H"),
        ("union.women_committee", "2016-12-31", "25", "H"),
        ("enterprise.hundred_plus", "2016-12-31", "100", "H"),
        ("union.full_time_chair", "2016-12-31", "200", "H"),
        ("committee_term.basic_short", "2016-12-31", "3", "H"),
        ("committee_term.basic_long", "2016-12-31", "5", "H"),
        ("contribution.rate", "2016-12-31", "2", "H"),
        ("contribution.late_fee", "2016-12-31", "5", "H"),
        ("statistics.period_start_month", "2014-06-01", "10", "H"),
        ("statistics.period_start_month", "2016-06-01", "10", "L"),
        ("minimum_wage.monthly", "2016-08-31", "1720", "H"),
        ("minimum_wage.monthly", "2016-09-01", "1890", "H"),
        ("minimum_wage.hourly", "2012-06-01", "7.2", "L"),
        ("minimum_wage.hourly", "2013-06-01", "8.05", "M"),
        ("minimum_wage.part_time_holiday", "2014-04-01", "40.8", "L"),
        ("minimum_wage.monthly", "2020-06-01", "2200", "H"),
        ("minimum_wage.monthly", "2025-12-31", "2540", "H"),
        ("minimum_wage.monthly", "2026-11-22", "2540", "M"),
        ("average_wage.old.annual", "2016-12-31", "92477", "H"),
        ("average_wage.old.monthly", "2016-12-31", "7706", "H"),
        ("average_wage.full.monthly", "2025-01-01", "12116", "H"),
        ("average_wage.legal_units.annual", "2018-01-01", "127107", "H"),
        ("average_wage.legal_units.annual", "2023-01-01", "188413", "L"),
        ("wage_guideline.base", "2016-12-31", "9", "H"),
        ("wage_guideline.upper", "2016-12-31", "15", "H"),
        ("wage_guideline.lower", "2016-12-31", "4", "H"),
        ("wage_guideline.base", "2013-12-31", "12", "M"),
        ("living_allowance.line", "2016-01-01", "800", "H"),
        ("living_allowance.line", "2024-12-31", "1450", "L"),
        ("living_allowance.low_income", "2013-06-01", "740", "H"),
        ("living_allowance.low_income", "2016-12-31", "1050", "H"),
    ],
)
def test_the_value_in_force_on_a_day(key, day, value, confidence):
    row = on(key, day)
    assert (row.value, row.confidence) == (Decimal(value), confidence)


@pytest.mark.parametrize(
    ("key", "day"),
    [
        ("wage_guideline.base", "2014-06-01"),
        ("wage_guideline.upper", "2018-06-01"),
        ("living_allowance.line", "2025-07-01"),
        ("living_allowance.low_income", "2021-07-01"),
    ],
)
def test_an_unknown_value_is_left_open_instead_of_running_on(key, day):
    assert on(key, day).value is None


def test_the_hourly_minimum_wage_is_the_monthly_one_over_174_hours():
    for row in BY_KEY["minimum_wage.monthly"]:
        hourly = on("minimum_wage.hourly", row.valid_from.isoformat()).value
        assert abs(row.value / 174 - hourly) < Decimal("0.05")
