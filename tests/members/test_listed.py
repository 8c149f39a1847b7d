"""What lists search by follows the person, whatever path wrote."""

import pytest
from django.db import connection

from members.models import Membership, Person
from members.selectors import search
from tests.factories import make_member
from wanping_union import names


def copied(membership: Membership) -> tuple:
    found = Membership.objects.get(pk=membership.pk)
    return found.sex, found.lacks_card, found.lacks_mobile, set(found.keys)


def right(membership: Membership) -> tuple:
    person = Person.objects.get(pk=membership.person_id)
    keys = {*person.keys, f"U{membership.union_id}"}
    return person.sex, person.card_hash is None, person.mobile_hash is None, keys


@pytest.fixture
def member(union) -> Membership:
    return make_member(union, name="解小娜", mobile="13911112222")


def test_a_new_membership_has_them(member):
    assert copied(member) == right(member)
    assert copied(member)[:3] == ("F", True, False)


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
