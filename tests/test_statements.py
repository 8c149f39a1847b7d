"""A statement written once answers each asking with what that one brings."""

import tracemalloc

import pytest
from django.db import NotSupportedError, connection, connections, transaction
from django.db.models import Value
from django.test.utils import CaptureQueriesContext

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


def test_what_is_no_given_stands_in_the_sql_as_it_is(union):
    odd = "100%s '; \\ %% 全部"
    Union.objects.filter(pk=union.pk).update(name=odd)
    same = Union.objects.filter(name=odd, code=Value(Given("code"))).values_list("name", "kind")
    contains = Union.objects.filter(name__contains="0%s '").values_list("name")
    assert Statement(same).ask(code=union.code) == [(odd, union.kind)]
    assert Statement(contains).ask() == [(odd,)]


def planned() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("select statement from pg_prepared_statements where statement ~ 'code'")
        return [statement for (statement,) in cursor.fetchall()]


def test_what_is_asked_often_is_planned_once_for_all_its_values(union, other_union):
    named = Statement(Union.objects.filter(code=Value(Given("code"))).values_list("name"))
    codes = [union.code, other_union.code, "WP99"] * 2
    found = [named.ask(code=code) for code in codes]
    assert found == [[(union.name,)], [(other_union.name,)], []] * 2
    assert len(planned()) == 1
    once = Statement(Union.objects.filter(code=union.code).values_list("name"))
    once.ask()
    assert len(planned()) == 1


def test_a_logged_statement_shows_its_values(union):
    named = Statement(Union.objects.filter(code=Value(Given("code"))).values_list("name"))
    with CaptureQueriesContext(connection) as seen:
        named.ask(code=union.code)
    assert f"'{union.code}'" in seen.captured_queries[0]["sql"]


def test_a_table_altered_under_a_plan_fails_one_transaction_at_most(committed, union):
    named = Statement(Union.objects.filter(code=Value(Given("code"))).values_list("name"))
    for _ in range(4):
        named.ask(code=union.code)
    altered = "alter table accounts_union alter column name type varchar({})"
    with connections["owner"].cursor() as cursor:
        cursor.execute(altered.format(81))
    try:
        with pytest.raises(NotSupportedError), transaction.atomic():
            named.ask(code=union.code)
        with transaction.atomic():
            assert named.ask(code=union.code) == [(union.name,)]
    finally:
        with connections["owner"].cursor() as cursor:
            cursor.execute(altered.format(80))
        connections["owner"].close()


def test_what_django_asks_is_not_held_after_its_answer(db):
    size = 1_000_000
    Statement(Union.objects.values_list("name")).ask()
    with connection.cursor() as cursor:
        cursor.execute("select length(%s)", ["x" * size])
        tracemalloc.start()
        for sign in "abcdefghijklmnopqrst":
            cursor.execute("select length(%s)", [sign * size])
        held, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert held < 5 * size
