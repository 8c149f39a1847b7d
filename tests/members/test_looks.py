"""谁看过: a person can be told who has seen their data."""

from datetime import date

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from members.selectors import looks as selectors
from members.selectors.people import memberships_of
from tests.factories import make_member, make_user
from wanping_union.portal import SECTIONS
from wanping_union.reports import monthly
from wanping_union.roles import Role


@pytest.fixture
def person(union):
    return make_member(union, name="欧阳植月").person


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def page(client: Client, person, name: str = "members:looks") -> str:
    return client.get(reverse(name, args=[person.pk])).content.decode()


def test_it_names_who_looked_where_and_why(person, union, chair):
    clerk = make_user(Role.UNIT_CLERK, union, name="曹经办")
    reader = signed_in(clerk)
    reader.get("/members/")
    reader.get("/members/")
    reader.post(f"{person.get_absolute_url()}reveal/mobile/", {"reason": "通知领取福利"})
    for name in ("members:looks", "members:print_looks"):
        text = page(signed_in(chair), person, name)
        for words in (
            "曹经办",
            f"{union}{Role.UNIT_CLERK.label}",
            "会员名册",
            "2 次",
            "手机号码",
            "通知领取福利",
        ):
            assert words in text, words


def test_a_report_counts_for_who_fetched_it_not_for_its_making(person, union, chair):
    made = monthly.make_now(union, date(2015, 3, 1), SECTIONS)
    assert "下载月报" not in page(signed_in(chair), person)
    signed_in(chair).get(reverse("reports:download", args=[made.pk]))
    seen, _ = selectors.of_person(person, memberships_of(person))
    assert [row.by for row in seen if row.page == "下载月报"] == [str(chair)]
    assert "生成月报" not in {row.page for row in seen}


def test_what_was_done_is_told_too(person, chair):
    client = signed_in(chair)
    form = client.get(reverse("members:act", args=[person.pk, "withdraw"]))
    assert form.status_code == 200
    _, done = selectors.of_person(person, memberships_of(person))
    assert done == []
    assert "没有逐个办理的记录" in page(client, person)


def test_the_index_answers_however_long_the_log(person):
    with connection.cursor() as cursor:
        cursor.execute("set local enable_seqscan = off")
        cursor.execute(
            "explain select * from audit_look where model = 'members.person' and ids @> array[%s]::bigint[]",
            [person.pk],
        )
        assert "look_ids" in " ".join(line for (line,) in cursor.fetchall())
