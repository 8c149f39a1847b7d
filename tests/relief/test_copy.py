"""What a person gets of relief in the copy of their data."""

import pytest

from relief.models import HouseholdMember, ReliefCase
from relief.rules import Relation
from relief.selectors.rights import copy_of
from tests.relief.playing import DAY, paid_case
from wanping_union import clock
from wanping_union.rights.registry import Section, Subject


@pytest.fixture
def case(cast, fund) -> ReliefCase:
    with clock.at(DAY):
        paid = paid_case(cast, fund)
    paid.household.mobile = "13800001111"
    paid.household.save(update_fields=["mobile"])
    return paid


def subject_of(case: ReliefCase) -> Subject:
    me = case.beneficiary
    return Subject(case.household.head.pk, bytes(me.id_hash), me.name, case.union, "")


def words(sections: list[Section]) -> str:
    return " ".join(cell for section in sections for row in section.rows for cell in row)


def test_the_copy_names_the_file_and_what_was_paid(case):
    copy = words(copy_of(subject_of(case)))
    assert case.household.mobile in copy
    assert f"{case.amount}" in copy
    assert "已拨付" in copy


def test_the_unit_prints_no_diagnosis_and_no_account(case):
    sections = copy_of(subject_of(case))
    assert case.story not in words(sections)
    assert case.account not in words(sections)
    assert "地区总工会" in sections[-1].note


def test_what_others_of_the_household_gave_stays_theirs(case):
    spouse = HouseholdMember.objects.create(
        household=case.household, relation=Relation.SPOUSE, name="某", id_number="x",
        id_hash=b"1" * 16, born_on="1970-01-01",
    )  # fmt: skip
    copy = words(copy_of(Subject(0, b"1" * 16, "某", case.union, "")))
    assert spouse.get_relation_display() in copy
    assert case.household.mobile not in copy
    assert f"{case.amount}" not in copy
