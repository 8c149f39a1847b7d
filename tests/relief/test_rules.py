from datetime import date
from decimal import Decimal as D

import pytest

from relief import rules
from relief.documents import ALL, CONSENT, DIAGNOSIS, LOSS, RELATIONSHIP, wanted
from relief.hardship import CategoryA, CategoryB, HouseholdFacts, category_a, category_b
from relief.rules import Cause, Relation, Status
from wanping_union.errors import Refused
from wanping_union.roles import AREA, UNIT, Role


def test_every_status_is_reached_and_none_but_the_ends_is_a_dead_end():
    reached = {step.target for step in rules.STEPS} | {Status.DRAFT}
    left = {source for step in rules.STEPS for source in step.sources}
    assert reached == set(Status)
    assert set(Status) - left == {Status.CLOSED, Status.REFUSED, Status.WITHDRAWN}


def test_a_return_leads_back_to_where_it_was_made():
    for stage in rules.RETURNABLE:
        assert rules.SUPPLY[stage].target == stage
    assert {step.sources for step in rules.SUPPLY.values()} == {(Status.RETURNED,)}


def test_money_is_decided_by_the_district_and_paid_by_finance_alone():
    to_granted = [s for s in rules.STEPS if s.target == Status.APPROVED and s != rules.REVERSE]
    assert {s.roles for s in to_granted} == {(Role.DISTRICT_REVIEWER,)}
    assert rules.PAY.roles == rules.REVERSE.roles == (Role.FINANCE_OFFICER,)
    assert rules.SIGN.roles == (Role.AREA_CHAIR,)
    assert not set(rules.SUBMIT.roles) - set(UNIT)
    assert not set(rules.VISIT.roles) - set(AREA)


def test_steps_with_an_effect_on_money_name_their_basis():
    money = (*rules.GRANTED, Status.REFUSED)
    assert [s.name for s in rules.STEPS if s.target in money and not s.basis] == [
        "confirm_receipt", "hand_over", "close", "reverse",
    ]  # fmt: skip


def test_no_step_is_offered_twice():
    names = [step.name for step in rules.OFFERED]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    ("names", "is_enough"),
    [
        (["甲", "乙", "丙"], True),
        (["甲", "乙", "乙 ", ""], False),
        (["甲", "乙"], False),
        (["甲", "乙", "丙", "丁"], True),
    ],
)
def test_the_unit_verifies_by_three_different_people(names, is_enough):
    if is_enough:
        assert len(rules.check_committee(names)) >= 3
    else:
        with pytest.raises(Refused, match="三名"):
            rules.check_committee(names)


@pytest.mark.parametrize(
    ("number", "good"),
    [
        ("6222020200112233442", False),
        ("6228480402564890018", True),
        ("4111111111111111", True),
        ("4111111111111112", False),
        ("411111111111111", False),
        ("abc", False),
        ("", False),
        ("４１１１１１１１１１１１１１１１", False),
    ],
)
def test_a_card_number_has_its_check_digit(number, good):
    assert rules.is_card(number) == good


def test_every_single_wrong_digit_of_a_card_is_found():
    good = "6228480402564890018"
    for place, digit in enumerate(good):
        for other in set("0123456789") - {digit}:
            assert not rules.is_card(good[:place] + other + good[place + 1 :])


def test_an_amount_is_positive_and_within_what_is_left():
    rules.check_granted(D("0.01"), D("0.01"))
    for amount in (D(0), D(-1)):
        with pytest.raises(Refused, match="大于 0"):
            rules.check_granted(amount, D(100))
    with pytest.raises(Refused, match=r"最多还可以批准 99\.99 元"):
        rules.check_granted(D(100), D("99.99"))


def test_a_child_is_grown_up_on_the_eighteenth_birthday():
    assert not rules.is_adult(date(2000, 2, 29), date(2018, 2, 28))
    assert rules.is_adult(date(2000, 2, 29), date(2018, 3, 1))


def test_papers_follow_from_the_answers():
    own = wanted(Cause.ILLNESS, Relation.SELF, has_family=False)
    assert DIAGNOSIS in own
    assert RELATIONSHIP not in own
    assert CONSENT not in own
    child = wanted(Cause.DISASTER, Relation.CHILD, has_family=True)
    assert {LOSS, RELATIONSHIP, CONSENT} <= set(child)
    assert DIAGNOSIS not in child
    assert len({d.code for d in ALL}) == len(ALL)


LINE = D(800)


@pytest.mark.parametrize(
    ("income", "rigid", "cost", "savings", "category"),
    [
        ("28799", "0", "0", None, CategoryA.MINIMUM),  # 3 people, below 800 each a month
        ("28800", "0", "0", None, CategoryA.NEAR),
        ("43200", "14400", "0", None, CategoryA.NEAR),  # 1.5 lines, the line after costs
        ("43200", "14399", "0", None, None),
        ("43201", "14500", "0", None, None),
        ("86400", "0", "57600", None, CategoryA.ACCIDENT),  # 3 lines
        ("86401", "0", "57601", "0", CategoryA.ACCIDENT),
        ("86401", "0", "57601", None, None),  # savings unknown: never taken for none
        ("86401", "0", "57601", "1000", None),
    ],
)
def test_categories_of_2016(income, rigid, cost, savings, category):
    facts = HouseholdFacts(3, D(income), D(rigid), D(savings) if savings else None, D(cost), LINE)
    assert category_a(facts) == category


@pytest.mark.parametrize(
    ("income", "rigid", "cost", "category"),
    [
        ("28799", "0", "0", CategoryB.DEEP),
        ("28800", "0", "0", CategoryB.RELATIVE),
        ("57599", "0", "0", CategoryB.RELATIVE),
        ("57600", "0", "46080", None),  # exactly 80 %
        ("57600", "0", "46081", CategoryB.ACCIDENT),
        ("60000", "31201", "0", CategoryB.DEEP),
    ],
)
def test_categories_since_2018(income, rigid, cost, category):
    facts = HouseholdFacts(3, D(income), D(rigid), None, D(cost), LINE)
    assert category_b(facts, share=D(80)) == category


def test_unknown_income_or_line_gives_no_category():
    for facts in (HouseholdFacts(3, None, line=LINE), HouseholdFacts(3, D(1))):
        assert category_a(facts) is None
        assert category_b(facts, share=D(80)) is None
