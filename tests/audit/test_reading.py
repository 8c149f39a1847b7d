"""What the district's auditor reads: changes in words, looks, seals."""

from datetime import date

import pytest
from django.test import Client

from members.models import Person
from tests.factories import make_member, make_user
from wanping_union.audit import log, sealing, tables
from wanping_union.audit.context import acting
from wanping_union.audit.models import Change, Channel
from wanping_union.roles import Role


@pytest.fixture
def reader(auditor) -> Client:
    client = Client()
    client.force_login(auditor)
    return client


def page(client: Client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200
    return response.content.decode()


def test_every_watched_table_has_a_name_in_words():
    assert {m._meta.label for m in tables.models_of()} == tables.WORDS.keys()


def test_a_day_of_birth_that_was_changed_is_not_shown(reader, union):
    person = make_member(union).person
    was, person.born_on = person.born_on, date(1981, 2, 3)
    person.save()
    text = page(reader, f"/audit/changes/?table=members_person&key={person.pk}")
    assert "出生日期" in text
    assert "1981" not in text
    assert str(was) not in text


def test_changes_are_told_in_words_and_numbers_stay_hidden(reader, union, chair):
    with acting(Channel.COMMAND, chair.pk):
        person = make_member(union, number="110101198005060023").person
        person.ethnicity, person.id_number = "回族", "110101198005060023"
        person.save()
    text = page(reader, f"/audit/changes/?table=members_person&key={person.pk}")
    for words in ("会员", "民族", "<ins>回族</ins>", "（已加密）", str(chair)):
        assert words in text, words
    assert "\\x" not in text
    request = Change.objects.filter(tbl="members_person").first().request_id
    assert "会籍状态" in page(reader, f"/audit/changes/?request={request}")


def test_a_change_past_the_portal_is_marked(reader, union):
    make_member(union)
    text = page(reader, "/audit/changes/?table=members_person")
    assert "不是从本系统改的" in text


def test_looks_can_be_narrowed_to_one_person(reader, union, chair):
    person = make_member(union).person
    log.look(Person, [person.pk], by=chair, page="会员档案", fields=["证件号码"], reason="核对")
    log.look(Person, [person.pk + 1], by=chair, page="打印登记表")
    text = page(reader, f"/audit/looks/?person={person.pk}").partition("<tbody>")[2]
    assert "会员档案" in text
    assert "核对" in text
    assert "打印登记表" not in text


def test_seals_say_when_and_whether_they_were_verified(reader):
    log.write("save", "保存", by=None)
    sealing.seal()
    text = page(reader, "/audit/seals/")
    assert "最近一次封存" in text
    assert "还没有核验过" in text


@pytest.mark.parametrize("path", ["changes/", "looks/", "seals/"])
def test_an_auditor_of_one_area_reads_acts_but_not_the_logs_of_everybody(client, area, path):
    client.force_login(make_user(Role.AUDITOR, area))
    assert client.get("/audit/").status_code == 200
    assert client.get(f"/audit/{path}").status_code == 403


@pytest.mark.parametrize("query", ["?by=x", "?since=x", "changes/?key=", "looks/?person=x"])
def test_an_odd_filter_is_no_fault(reader, query):
    assert reader.get(f"/audit/{query}").status_code in (200, 422)
