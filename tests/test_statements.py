"""A statement written once answers each asking with what that one brings."""

import pytest
from django.db.models import Value

from members.models import Person
from tests.factories import make_member
from wanping_union.accounts.models import Union
from wanping_union.among import as_array
from wanping_union.statements import Given, Statement


def test_each_asking_brings_its_own_values(union, other_union):
    named = Statement(Union.objects.filter(code=Value(Given("code"))).values_list("name"))
    assert named.ask(code=union.code) == [(union.name,)]
    assert named.ask(code=other_union.code) == [(other_union.name,)]
    assert named.ask(code="' or true --") == []


def test_ids_come_as_one_array(union, other_union):
    some = Union.objects.filter(pk__among=Given("ids")).order_by("pk").values_list("pk", "code")
    both = [union.pk, other_union.pk]
    assert [pk for pk, _ in Statement(some).ask(ids=as_array(both))] == sorted(both)
    assert Statement(some).ask(ids=as_array([])) == []


def test_encrypted_values_are_opened(union):
    member = make_member(union, mobile="13911112222")
    mobile = Statement(Person.objects.filter(pk=Value(Given("pk"))).values_list("mobile"))
    assert mobile.ask(pk=member.person_id) == [("13911112222",)]


def test_a_value_that_is_not_brought_is_an_error(union):
    with pytest.raises(KeyError):
        Statement(Union.objects.filter(pk=Value(Given("pk"))).values_list("name")).ask()
