"""The figures of relief, and the year 2016 of the article."""

from datetime import date
from decimal import Decimal as D

import pytest

from relief.report import SECTION
from relief.rules import Status
from tests.relief.playing import ready_case
from wanping_union.indicators import Period

YEAR = Period(date(2016, 1, 1), date(2016, 12, 31))
MARCH = Period(date(2016, 3, 1), date(2016, 3, 31))
DAYS = (date(2016, 3, 1), date(2016, 3, 31), date(2016, 11, 11))


@pytest.fixture
def paid(cast, fund, other_union):
    for day, amount in zip(DAYS, ("3100", "7500", "50000"), strict=True):
        granted(fund, cast.union, day, amount)
    granted(fund, other_union, date(2015, 12, 31), "9000")
    granted(fund, other_union, date(2017, 1, 1), "9000")
    ready_case(fund, cast.union, status=Status.APPROVED, amount=D(1), decided_on=DAYS[0])


def granted(fund, union, day, amount):
    ready_case(fund, union, status=Status.CLOSED, amount=D(amount), decided_on=day, paid_on=day)


def figures(union, period):
    return [indicator.value(union, period) for indicator in SECTION.indicators]


def test_paid_cases_are_counted_by_the_day_of_payment(paid, area, union, other_union):
    assert figures(area, YEAR) == [3, D(60_600), D(50_000)]
    assert figures(union, MARCH) == [2, D(10_600), D(7_500)]
    assert figures(other_union, YEAR) == [0, D(0), D(0)]
    assert str(SECTION.find("relief_paid_amount").value(area, YEAR)) == "60600.00"


@pytest.mark.parametrize("indicator", SECTION.indicators, ids=lambda i: i.code)
def test_a_figure_is_what_its_rows_say(paid, area, indicator):
    weights = [indicator.weigh(row) for row in indicator.rows(area, YEAR)]
    total = D(0)
    for weight in weights:
        total = indicator.gather(total, weight)
    assert total == indicator.value(area, YEAR)


def test_no_row_names_a_person(paid, area):
    for row in SECTION.indicators[0].rows(area, YEAR):
        shown = [str(column.show(row)) for column in SECTION.indicators[0].columns]
        assert row.beneficiary.name not in " ".join(shown)
