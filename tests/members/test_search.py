"""One search box: what it finds, within whose scope, by which index."""

from datetime import date
from itertools import product

import pytest
from django.db import connections
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from members.models import Enterprise, Membership, Person
from members.selectors import enterprises, search
from members.selectors.people import COLUMNS
from tests.factories import id_number, make_enterprise, make_member, make_union
from tests.members.acting import post
from wanping_union import names

PAGE = "/members/search/"


def found(user, text: str) -> list[str]:
    return [row.name for row in search.find(user, text).people]


@pytest.fixture
def jina(union) -> Membership:
    return make_member(union, name="解小娜", number=id_number(), mobile="13911112222")


@pytest.mark.parametrize(
    "text",
    [
        "解小",
        "小娜",
        "解小娜",
        "解 小 娜",
        "xiexiaona",
        "jiexiao",
        "XXN",
        "jxn",
        "xie",
        "2222",
        "13911112222",
        "+86 139-1111-2222",
    ],
)
def test_a_person_is_found_by_part_of_name_pinyin_initials_and_phone(chair, jina, text):
    assert found(chair, text) == ["解小娜"]


def test_a_person_is_found_by_the_exact_id_number_only(chair, jina):
    number = jina.person.id_number
    assert found(chair, number) == found(chair, number.lower()) == ["解小娜"]
    assert found(chair, number[:17]) == []


@pytest.mark.parametrize(
    "text", ["", " ", "j", "王", "0000", "解娜", "99999999999", "%", "'; drop", "小小"]
)
def test_what_fits_nobody_finds_nobody(chair, jina, text):
    assert found(chair, text) == []


def test_a_name_with_the_same_pairs_in_another_order_is_not_found(chair, union):
    make_member(union, name="小明王小")
    assert found(chair, "王小明") == []
    assert found(chair, "明王小") == ["小明王小"]


def test_one_character_finds_whoever_has_it(chair, jina):
    assert found(chair, "解") == ["解小娜"]


def test_nobody_is_found_outside_the_scope(outsider, officer, jina):
    for text in ("解小", "xxn", "2222", "13911112222", jina.person.id_number):
        assert found(outsider, text) == []
        assert found(officer, text) == ["解小娜"]


@pytest.mark.parametrize("text", ["王", "wa", "wang", "wx"])
def test_a_broad_search_goes_through_every_union_of_the_scope(
    officer, outsider, area, district, text
):
    away = make_member(make_union(district, code="FAR"), name="王小北")
    for n in range(search.NARROW + 3):
        make_member(make_union(area, code=f"M{n:02}"), name="王小明")
    rows = search.find(officer, text).people
    assert len({row.pk for row in rows}) == len(rows) == search.NARROW + 3
    assert away.person_id not in {row.pk for row in rows}
    assert found(outsider, text) == []


@pytest.mark.parametrize("text", ["王", "wang"])
def test_a_broad_search_of_many_unions_says_that_there_are_more(officer, area, monkeypatch, text):
    monkeypatch.setattr(search, "MOST", 5)
    for n in range(search.NARROW + 3):
        make_member(make_union(area, code=f"M{n:02}"), name="王小明")
    answer = search.find(officer, text)
    assert len(answer.people) == 5
    assert answer.more


def test_unions_answer_to_code_name_and_initials_within_the_scope(
    chair, officer, union, other_union
):
    for text in ("wp02", "城北", "cbsq"):
        assert [found.pk for found in search.find(officer, text).unions] == [other_union.pk]
    assert search.find(chair, "wp02").unions == search.find(chair, "城北").unions == []


def test_enterprises_answer_to_name_initials_and_credit_code(chair, outsider, union):
    firm = make_enterprise(union, name="宛平书店", uscc="91110106MA0000015X")
    Enterprise.objects.filter(pk=firm.pk).update(keys=names.search_keys("宛平书店"))
    for text in ("书店", "wpsd", "91110106ma0000015x"):
        assert [row.name for row in search.find(chair, text).enterprises] == ["宛平书店"]
        assert not search.find(outsider, text)


def test_at_most_fifty_people_are_shown_and_the_page_says_so(client, chair, union):
    for _ in range(52):
        make_member(union, name="王小明")
    client.force_login(chair)
    answer = client.get(post(client, PAGE, q="王小")["Location"])
    assert len(answer.context["found"].people) == 50
    assert "只显示前 50 人" in answer.content.decode()


def test_the_text_is_posted_and_never_stands_in_the_address(client, chair, jina):
    client.force_login(chair)
    answer = post(client, PAGE, q="解小娜")
    assert answer.status_code == 302
    assert answer["Location"].startswith(f"{PAGE}?s=")
    page = client.get(answer["Location"]).content.decode()
    assert jina.person.get_absolute_url() in page
    assert jina.person.id_number not in page
    assert "解小娜" not in str(client.session.items()), "sealed in the session too"
    assert post(client, PAGE, q="  ")["Location"] == PAGE


def test_no_result_says_what_to_do(client, chair, jina):
    client.force_login(chair)
    page = client.get(post(client, PAGE, q="欧阳锋")["Location"]).content.decode()
    assert "没有找到“欧阳锋”" in page
    assert "/members/new/" in page


NAMES = st.text(st.sampled_from("韩轩娜解单曾王李伟aBo'\\ &|:*1"), min_size=1, max_size=6)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(people=st.lists(NAMES, min_size=1, max_size=5), typed=NAMES)
def test_the_database_finds_whom_the_keys_name(chair, people, typed):
    """Against plain Python: pieces by equality, letters by what a key begins with."""
    query = names.query_key(typed)
    firms = [make_enterprise(chair.held[0].union, name=name) for name in people]
    for firm in firms:
        Enterprise.objects.filter(pk=firm.pk).update(keys=names.search_keys(firm.name))
    answer = enterprises.named(enterprises.enterprises_for(chair), typed)
    found = set(answer.values_list("pk", flat=True))
    Enterprise.objects.filter(union=chair.held[0].union).delete()
    assert found == {firm.pk for firm in firms if names_it(query, names.search_keys(firm.name))}


def names_it(query: names.Query, keys: list[str]) -> bool:
    if query.kind == names.Kind.LETTERS:
        return any(key.startswith(query.key) for key in keys)
    return bool(query.terms) and {*query.terms} <= {*keys}


@pytest.fixture
def five_thousand(committed, union):
    people, surnames, given = (
        [],
        "王李张刘陈杨黄赵吴周徐孙马朱胡林郭何高罗",
        "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平",
    )
    for n in range(5000):
        name = surnames[n % 20] + given[n // 20 % 20] + given[n // 400]
        tag = n.to_bytes(16, "big")
        people.append(
            Person(name=name, sex="F", born_on=date(1980, 1, 1), id_number=str(n), id_hash=tag,
                   mobile_tail=f"{n:04d}", keys=names.search_keys(name))
        )  # fmt: skip
    Person.objects.bulk_create(people)
    Membership.objects.bulk_create(
        Membership(person=person, union=union, joined_on=date(2015, 1, 1)) for person in people
    )
    with connections["owner"].cursor() as cursor:
        cursor.execute("vacuum analyze members_person, members_membership")  # as autovacuum does
    connections["owner"].close()


INDEXES = {
    "伟芳": "membership_keys",
    "王伟芳": "membership_keys",
    "wwf": "membership_keys",
    "wangweifang": "membership_keys",
    "0042": "person_mobile_tail",
    "13911112222": "person_mobile",
    id_number(): "members_person_id_hash",
}


def test_each_search_is_answered_by_its_index(chair, officer, five_thousand):
    for (text, index), user in product(INDEXES.items(), (chair, officer)):
        rows = search.matching(user, names.query_key(text))
        plan = rows.order_by().values_list(*COLUMNS)[:101].explain()
        assert index in plan, plan
        assert "Seq Scan on members_person" not in plan, plan
        assert "Seq Scan on members_membership" not in plan, plan
