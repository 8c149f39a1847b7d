"""What lists search by follows the person, whatever path wrote."""

from datetime import date

import pytest
from django.db import connection

from members.models import Membership, Person
from members.selectors import search
from tests.factories import make_member
from wanping_union import names
from wanping_union.rights.models import Consent, Notice
from wanping_union.rights.rules import Purpose


def copied(membership: Membership) -> tuple:
    found = Membership.objects.get(pk=membership.pk)
    return found.sex, found.lacks_card, found.lacks_mobile, found.is_told, set(found.keys)


def right(membership: Membership) -> tuple:
    person = Person.objects.get(pk=membership.person_id)
    keys = {*person.keys, f"U{membership.union_id}"}
    told = Consent.objects.open().filter(subject=person.id_hash, purpose=Purpose.MEMBERSHIP)
    return person.sex, person.card_hash is None, person.mobile_hash is None, told.exists(), keys


@pytest.fixture
def member(union) -> Membership:
    return make_member(union, name="解小娜", mobile="13911112222")


def test_a_new_membership_has_them(member):
    assert copied(member) == right(member)
    assert copied(member)[:4] == ("F", True, False, False)


@pytest.mark.parametrize(
    "values",
    [
        {"name": "王晓明", "keys": names.search_keys("王晓明")},
        {"sex": "M"},
        {"card_hash": b"1" * 16},
        {"mobile_hash": None},
    ],
)
def test_a_correction_of_the_person_reaches_them(member, values):
    Person.objects.filter(pk=member.person_id).update(**values)
    assert copied(member) == right(member)


@pytest.fixture
def consent(member, chair) -> Consent:
    return Consent.objects.create(
        subject=member.person.id_hash,
        union=member.union,
        purpose=Purpose.MEMBERSHIP,
        notice=Notice.objects.get(purpose=Purpose.MEMBERSHIP, version=1),
        channel="paper",
        given_on=date(2024, 1, 2),
        by=chair,
    )


def test_a_consent_reaches_them_and_its_end(member, consent):
    assert copied(member)[3]
    Consent.objects.update(withdrawn_on=date(2024, 2, 1), reason="本人要求")
    assert not copied(member)[3]
    Consent.objects.update(withdrawn_on=None)
    assert copied(member) == right(member)
    consent.delete()
    assert not copied(member)[3]


def test_a_consent_to_something_else_does_not(member, consent):
    Consent.objects.update(purpose=Purpose.SENSITIVE_CARD)
    assert copied(member) == right(member)
    assert not copied(member)[3]


@pytest.mark.parametrize("first", ["person", "consent"])
def test_a_consent_follows_a_corrected_number(member, consent, first):
    writes = {
        "person": lambda: Person.objects.filter(pk=member.person_id).update(id_hash=b"2" * 16),
        "consent": lambda: Consent.objects.update(subject=b"2" * 16),
    }
    writes.pop(first)()
    assert not copied(member)[3]
    writes.popitem()[1]()
    assert copied(member)[3]


def test_who_agreed_before_the_membership_is_told_in_it(member, consent, other_union):
    Membership.objects.filter(pk=member.pk).update(is_current=False, status="withdrawn")
    again = Membership.objects.create(
        person=member.person, union=other_union, joined_on=date(2024, 3, 1), status="active"
    )
    assert copied(again) == right(again)
    assert copied(again)[3]


def test_a_move_to_another_union_reaches_them(member, other_union, chair, outsider):
    Membership.objects.filter(pk=member.pk).update(union=other_union)
    member.refresh_from_db()
    assert copied(member) == right(member)
    assert not search.find(chair, "解小娜").people
    assert len(search.find(outsider, "解小娜").people) == 1


def test_rows_that_come_by_copy_have_them(member, other_union):
    with (
        connection.cursor() as cursor,
        cursor.copy(
            "copy members_membership (person_id, union_id, status, joined_on, route, is_transfer_in,"
            " occupation, remark, is_current, updated_at) from stdin"
        ) as copy,
    ):
        copy.write_row((member.person_id, other_union.pk, "withdrawn", "2014-01-01", "", False,
                        "", "", False, "2014-01-01"))  # fmt: skip
    earlier = Membership.objects.get(person=member.person_id, is_current=False)
    assert copied(earlier) == right(earlier)
