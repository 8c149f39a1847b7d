from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relief import terms
from relief.terms import BillSums, IncompleteTerms, Ladder, Paid, Payee, Rung, Terms
from tests.relief.building import WARM

EMPLOYEE, FAMILY = WARM.ladders[Payee.EMPLOYEE], WARM.ladders[Payee.FAMILY]
money = st.decimals(0, 2_000_000, places=2)


@pytest.mark.parametrize(
    ("self_paid", "amount"),
    [
        ("0", "0"),
        ("9999", "0"),
        ("9999.99", "0"),
        ("10000", "2000"),
        ("29999.99", "6000.00"),
        ("30000", "7500"),
        ("50000", "15000"),
        ("80000", "28000"),
        ("99999", "34999.65"),
        ("100000", "50000"),
        ("160000", "50000"),
    ],
)
def test_the_ladder_pays_an_employee_what_the_table_says(self_paid, amount):
    assert EMPLOYEE.amount(D(self_paid)) == D(amount)


@pytest.mark.parametrize(
    ("self_paid", "amount"),
    [("10000", "1000"), ("30000", "4500"), ("99999.99", "25000.00"), ("100000", "30000")],
)
def test_the_ladder_pays_a_relative_less(self_paid, amount):
    assert FAMILY.amount(D(self_paid)) == D(amount)


def test_half_a_fen_is_rounded_up():
    assert Rung(D(0), percent=D(25)).of(D("10000.02")) == D("2500.01")


@given(money, money)
def test_a_second_application_gets_at_most_what_the_cap_leaves(self_paid, earlier):
    paid = Paid(person=min(earlier, EMPLOYEE.cap))

    granted = terms.suggested(WARM, Payee.EMPLOYEE, self_paid, paid)

    assert granted == min(EMPLOYEE.amount(self_paid), EMPLOYEE.cap - paid.person)
    assert D(0) <= granted <= EMPLOYEE.cap - paid.person


@given(money, money)
def test_more_cost_never_brings_less(one, other):
    less, more = sorted((one, other))
    assert EMPLOYEE.amount(less) <= EMPLOYEE.amount(more)


@given(money)
def test_every_amount_is_whole_fen(self_paid):
    for ladder in (EMPLOYEE, FAMILY):
        amount = ladder.amount(self_paid)
        assert amount == amount.quantize(D("0.01"))


@given(money, money, st.decimals(0, 60_000, places=2))
def test_no_year_passes_either_cap(person, household, self_paid):
    paid = Paid(person, max(person, household))

    granted = terms.suggested(WARM, Payee.EMPLOYEE, self_paid, paid)

    assert granted == 0 or paid.person + granted <= EMPLOYEE.cap
    assert granted == 0 or paid.household + granted <= D(80_000)


def test_the_order_of_the_rungs_does_not_matter():
    shuffled = Ladder(EMPLOYEE.rungs[::-1], EMPLOYEE.cap)
    assert shuffled.amount(D(29_999)) == EMPLOYEE.amount(D(29_999))


def test_self_paid_is_what_nobody_else_bears():
    bills = [
        BillSums(D("1200.50"), insurance=D(900), mutual_aid=D("100.50")),
        BillSums(D(300), reimbursed=D(50), other=D(50)),
    ]
    assert terms.self_paid(bills) == D(400)


def test_terms_come_back_from_what_a_case_keeps():
    assert Terms.restored(WARM.stored()) == WARM
    assert WARM.version == "2016-01-01"


@pytest.mark.parametrize("lost", ["employee.cap", "family."])
def test_terms_without_a_cap_or_a_ladder_are_refused(lost):
    with pytest.raises(IncompleteTerms, match=lost.partition(".")[0]):
        Terms.read(row for row in WARM.rows if not row.key.startswith(lost))


def test_the_weakest_source_gives_the_confidence():
    assert WARM.said_by("employee.10000")[1] == "L"
    assert WARM.said_by("employee.cap")[1] == "H"
    assert WARM.said_by("employee.cap", "household.cap")[1] == "L"
