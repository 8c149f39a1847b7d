"""What a person asks for is answered in time, decided by the right people, and takes effect."""

from datetime import date, timedelta
from functools import partial
from uuid import uuid4

import pytest

from members import rights
from members.models import Membership, Person, Standing
from members.report import SECTION
from tests.factories import make_member, make_user
from tests.members.test_races import refused, together
from tests.rights.conftest import MOBILE
from wanping_union import clock, portal
from wanping_union.audit.models import Act, Change, Look
from wanping_union.errors import NotAllowed, OutOfTurn, Refused
from wanping_union.indicators import Period
from wanping_union.reference import holidays
from wanping_union.rights import selectors, services
from wanping_union.rights.models import Consent, Request
from wanping_union.rights.rules import Kind, Purpose
from wanping_union.roles import Role

YEAR = Period(date(2016, 1, 1), date(2016, 12, 31))
OFFERS = portal.RIGHTS


def receive(subject, by, kind=Kind.COPY, **values):
    values = {"proof": "id_card", "received_on": clock.today(), "wish": ""} | values
    return services.receive(subject, by=by, kind=kind, **values)


def figures(union):
    return {i.code: i.value(union, YEAR) for i in SECTION.indicators}


@pytest.fixture
def member(union):
    return make_member(union, name="慕容晓月", mobile=MOBILE, joined_on=date(2016, 3, 4))


@pytest.fixture
def subject(member, chair):
    return rights.find(chair, member.person_id)


def test_the_answer_is_due_fifteen_working_days_after_receipt(seed, subject, chair):
    asked = receive(subject, chair, received_on=date(2026, 9, 21))
    assert asked.days == 15
    with clock.at(date(2026, 10, 1)):
        row = selectors.waiting_for(chair)[0]
    assert row.due.on == by_hand(date(2026, 9, 21), 15)
    assert row.days_left == (row.due.on - date(2026, 10, 1)).days


def by_hand(start, days):
    """Working days counted one by one, from the notice of the year."""
    rest = {row.day: row.is_rest for row in holidays.rows()}
    day = start
    while days:
        day += timedelta(1)
        days -= not rest.get(day, day.weekday() >= 5)
    return day


def test_a_request_is_on_the_home_page_of_who_answers_it(client, seed, subject, chair, areachair):
    receive(subject, chair, Kind.COPY)
    receive(subject, chair, Kind.DELETE)
    assert [t.title for t in selectors.due(chair)] == ["答复权利请求：查阅、复制"]
    assert "答复权利请求：删除" in [t.title for t in selectors.due(areachair)]
    client.force_login(areachair)
    assert "答复权利请求：删除" in client.get("/").content.decode()


@pytest.mark.parametrize("kind", list(Kind))
def test_a_request_is_entered_from_the_persons_page_with_a_receipt(
    client, seed, subject, chair, kind
):
    client.force_login(chair)
    sent = {
        "kind": kind.value,
        "proof": "id_card",
        "received_on": "2026-09-21",
        "wish": "请写清楚",
        "form_token": str(uuid4()),
    }
    path = f"/rights/people/{subject.pk}/request/"
    assert client.post(path, sent | {"kind": ""}).status_code == 422
    later = str(clock.today() + timedelta(1))
    assert client.post(path, sent | {"received_on": later}).status_code == 422
    answer = client.post(path, sent)
    assert answer.status_code == 302
    asked = Request.objects.get()
    page = client.get(f"/rights/requests/{asked.pk}/receipt/").content.decode()
    assert "回执" in page
    assert "请写清楚" in page
    assert "15 个工作日" in page
    again = client.post(path, sent | {"form_token": str(uuid4())})
    assert again.status_code == 422
    assert "待答复" in again.content.decode()


def test_the_copy_holds_everything_in_clear_and_is_noted(client, seed, subject, chair, union):
    asked = receive(subject, chair)
    person = Person.objects.get(pk=subject.pk)
    client.force_login(chair)
    answer = client.post(f"/rights/requests/{asked.pk}/copy/")
    page = answer.content.decode()
    for words in ("慕容晓月", person.id_number, MOBILE, union.name, "2016-03-04", "查阅、复制"):
        assert words in page, words
    assert "no-store" in answer["Cache-Control"]
    look = Look.objects.filter(page__startswith="个人信息复制件").get()
    assert (look.ids, look.by, look.reason) == ([subject.pk], chair, str(asked))
    assert Act.objects.filter(name="give_copy").count() == 1
    sent = {"answer": "已当面交付", "form_token": str(uuid4())}
    assert client.post(f"/rights/requests/{asked.pk}/answer/", sent).status_code == 302
    assert client.post(f"/rights/requests/{asked.pk}/copy/").status_code == 422
    assert "已当面交付" in client.get(f"/rights/requests/{asked.pk}/receipt/").content.decode()


def test_a_second_copy_says_who_printed_the_first(client, seed, subject, chair):
    asked = receive(subject, chair)
    services.give_copy(asked, by=chair, offers=OFFERS)
    sections = services.give_copy(asked, by=chair, offers=OFFERS)
    seen = next(s for s in sections if s.title.startswith("谁看过"))
    assert any("复制件" in row[2] and row[1] == "程梓燕" for row in seen.rows)


def test_answers_are_kept_sealed_and_never_in_the_acts(seed, subject, chair):
    asked = receive(subject, chair, Kind.EXPLAIN, wish="为什么有我的病史")
    services.answer(asked, by=chair, answer="没有登记病史", offers=OFFERS)
    for row in (*Act.objects.all(), *Change.objects.all()):
        text = str(vars(row))
        assert "病史" not in text
    assert Request.objects.get().answer == "没有登记病史"


@pytest.mark.parametrize("kind", [Kind.RESTRICT, Kind.WITHDRAW])
def test_an_objection_that_is_granted_restricts(seed, subject, chair, kind):
    services.give(
        subject.key, by=chair, union=subject.union, channel="paper", given_on=date(2024, 1, 2),
        notice=selectors.notice_of(Purpose.MEMBERSHIP),
    )  # fmt: skip
    asked = receive(subject, chair, kind)
    services.answer(asked, by=chair, answer="已办", offers=OFFERS)
    assert rights.find(chair, subject.pk).restricted_on == clock.today()
    assert (Consent.objects.open().count() == 0) == (kind == Kind.WITHDRAW)


def test_a_refusal_gives_its_reason_and_how_to_object(client, seed, subject, chair):
    asked = receive(subject, chair, Kind.RESTRICT)
    client.force_login(chair)
    path = f"/rights/requests/{asked.pk}/refuse/"
    assert client.post(path, {"answer": "", "form_token": str(uuid4())}).status_code == 422
    sent = {"answer": "会籍存续期间统计需要", "form_token": str(uuid4())}
    assert client.post(path, sent).status_code == 302
    page = client.get(f"/rights/requests/{asked.pk}/receipt/").content.decode()
    assert "会籍存续期间统计需要" in page
    assert "人民法院" in page


def test_who_entered_a_deletion_does_not_decide_it(seed, gone, areachair):
    asked = receive(gone, areachair, Kind.DELETE)
    for act in (partial(services.erase, offers=OFFERS), services.keep):
        with pytest.raises(Refused, match="不能自己决定"):
            act(asked, by=areachair, answer="同意")
    assert Person.objects.get(pk=gone.pk).name == "诸葛向东"


def test_a_unit_does_not_decide_a_deletion(client, seed, gone, chair):
    asked = receive(gone, chair, Kind.DELETE)
    with pytest.raises(NotAllowed):
        services.erase(asked, by=chair, answer="同意", offers=OFFERS)
    with pytest.raises(OutOfTurn):
        services.answer(asked, by=chair, answer="同意", offers=OFFERS)
    client.force_login(chair)
    assert client.get(f"/rights/requests/{asked.pk}/erase/").status_code == 403
    assert client.get(f"/rights/requests/{asked.pk}/answer/").status_code == 404


def test_a_member_is_not_erased_and_is_told_the_article(client, seed, subject, chair, areachair):
    asked = receive(subject, chair, Kind.DELETE)
    client.force_login(areachair)
    page = client.get(f"/rights/requests/{asked.pk}/").content.decode()
    assert "第四十七条第一款" in page
    sent = {"answer": "同意", "form_token": str(uuid4())}
    answer = client.post(f"/rights/requests/{asked.pk}/erase/", sent)
    assert answer.status_code == 422
    assert "先办理退会" in answer.content.decode()


def test_erasing_leaves_no_trace_of_the_person_and_every_figure_as_it_was(
    client, seed, gone, chair, areachair, union, area
):
    services.give(
        gone.key, by=chair, union=union, channel="paper", given_on=date(2024, 1, 2),
        notice=selectors.notice_of(Purpose.MEMBERSHIP), name=gone.name,
    )  # fmt: skip
    Standing.objects.filter(membership__person=gone.pk).update(note="搬去外地")
    before = figures(area)
    number = Person.objects.get(pk=gone.pk).id_number
    asked = receive(gone, chair, Kind.DELETE, wish="我已离开")
    client.force_login(areachair)
    sent = {"answer": "依法删除", "form_token": str(uuid4())}
    assert client.post(f"/rights/requests/{asked.pk}/erase/", sent).status_code == 302

    person = Person.objects.get(pk=gone.pk)
    assert person.erased_on == clock.today()
    assert (person.name, person.id_number, person.mobile, person.keys) == (
        "已删除",
        "已删除",
        "",
        [],
    )
    assert bytes(person.id_hash) != gone.key
    assert Membership.objects.get(person=gone.pk).keys == [f"U{union.pk}"]  # found by no name
    assert set(Standing.objects.values_list("note", flat=True)) == {""}
    assert Consent.objects.get().name == ""
    assert Consent.objects.get().withdrawn_on == clock.today()
    asked.refresh_from_db()
    assert (asked.status, asked.name, asked.wish) == ("done", "", "")
    assert figures(area) == before
    assert before["new_member_count"] == 1
    page = client.get(f"/members/{gone.pk}/").content.decode()
    assert "诸葛向东" not in page
    assert "个人信息已删除" in page
    assert number not in str(list(Change.objects.values_list("diff", flat=True)))


def test_nothing_more_is_asked_about_who_is_erased(seed, gone, chair, areachair):
    asked = receive(gone, chair, Kind.DELETE)
    services.erase(asked, by=areachair, answer="依法删除", offers=OFFERS)
    with pytest.raises(Refused, match="已经删除"):
        receive(rights.find(chair, gone.pk), chair)


def test_a_deletion_and_a_refusal_at_once_have_one_outcome(committed, seed, gone, chair, areachair):
    second = make_user(Role.AREA_CHAIR, areachair.grants.get().union)
    asked = receive(gone, chair, Kind.DELETE)
    results = together(
        partial(services.erase, asked, by=areachair, answer="同意", offers=OFFERS),
        partial(services.keep, asked, by=second, answer="不同意"),
    )
    assert [type(error) for error in refused(results)] == [OutOfTurn]
    erased = Person.objects.get(pk=gone.pk).erased_on is not None
    assert erased == (Request.objects.get().status == "done")


def test_a_deletion_does_not_pass_a_membership_that_began_since(seed, gone, chair, areachair):
    asked = receive(gone, chair, Kind.DELETE)
    Membership.objects.filter(person=gone.pk).update(is_current=False)
    Membership.objects.create(
        person_id=gone.pk, union=gone.union, joined_on=date(2025, 1, 1), is_current=True
    )
    with pytest.raises(Refused, match="会籍还在"):
        services.erase(asked, by=areachair, answer="同意", offers=OFFERS)


def test_another_union_knows_of_no_request(client, seed, subject, chair, outsider):
    asked = receive(subject, chair)
    client.force_login(outsider)
    assert client.get(f"/rights/requests/{asked.pk}/").status_code == 404
    assert client.post(f"/rights/requests/{asked.pk}/copy/").status_code == 404
    assert "慕容晓月" not in client.get("/rights/").content.decode()


def test_the_auditor_reads_and_decides_nothing(client, seed, subject, chair, auditor):
    asked = receive(subject, chair)
    client.force_login(auditor)
    assert client.get(f"/rights/requests/{asked.pk}/").status_code == 200
    assert client.get(f"/rights/requests/{asked.pk}/answer/").status_code == 403
    assert client.post(f"/rights/requests/{asked.pk}/copy/").status_code == 403
