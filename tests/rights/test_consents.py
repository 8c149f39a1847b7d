"""People are told before their data are taken, agree by themselves, and may change their mind."""

from datetime import date, timedelta
from functools import partial
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, transaction

from members import rights
from members.models import Membership, Person
from members.report import SECTION
from members.selectors import people, search
from tests.attachments import corpus
from tests.factories import id_number, make_member, told
from tests.members.test_races import refused, together
from wanping_union import clock, portal
from wanping_union.attachments import services as attachments
from wanping_union.audit.models import Act
from wanping_union.errors import NotAllowed, Refused
from wanping_union.indicators import Period
from wanping_union.rights import services
from wanping_union.rights.models import Consent, Notice
from wanping_union.rights.rules import Purpose
from wanping_union.rights.selectors import notice_of

NEW = "/members/new/"
CARD = "6222021234567890123"


def form(**values):
    return {
        "name": "解娜",
        "id_type": "resident_id",
        "id_number": id_number(),
        "joined_on": "2016-03-08",
        "form_token": str(uuid4()),
    } | values


@pytest.fixture
def member(union):
    return make_member(union, name="慕容晓月")


@pytest.fixture
def subject(member, chair):
    return rights.find(chair, member.person_id)


@pytest.fixture
def agreed(subject, chair):
    """Both consents, on paper."""
    for purpose in (Purpose.MEMBERSHIP, Purpose.SENSITIVE_CARD):
        services.give(
            subject.key,
            by=chair,
            union=subject.union,
            notice=notice_of(purpose),
            channel="paper",
            given_on=date(2024, 1, 2),
            name=subject.name,
        )
    return subject


def withdraw(subject, by, purpose=Purpose.MEMBERSHIP, **more):
    services.withdraw(subject, by=by, purpose=purpose, offers=portal.RIGHTS, **more)


def fresh(subject, user):
    return rights.find(user, subject.pk)


def test_the_form_shows_the_notice_before_the_first_field_and_ticks_nothing(client, chair):
    client.force_login(chair)
    page = client.get(NEW).content.decode()
    assert page.index("谁在处理您的信息") < page.index('name="name"')
    for name in ("told", "told_card"):
        tick = page[page.index(f'name="{name}"') :].split(">")[0]
        assert "checked" not in tick


def test_registering_stores_the_version_that_was_agreed_to_in_the_same_act(client, chair):
    client.force_login(chair)
    sent = form(card=CARD) | told()
    assert client.post(NEW, sent).status_code == 302
    key = bytes(Person.objects.get().id_hash)
    given = Consent.objects.filter(subject=key).order_by("purpose")
    assert [(c.purpose, c.notice.version, c.channel, c.by) for c in given] == [
        ("membership", 1, "portal", chair),
        ("sensitive_card", 1, "portal", chair),
    ]
    assert given[0].name == "解娜"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"told": ""}, "请先告知本人并取得同意"),
        ({"card": CARD, "told_card": ""}, "单独同意"),
        ({"shown": "0"}, "告知书刚刚更新"),
    ],
)
def test_nobody_is_registered_without_consent(client, chair, change, words):
    client.force_login(chair)
    answer = client.post(NEW, form() | told() | change)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not Person.objects.exists()
    assert not Consent.objects.exists()


def test_a_notice_for_another_purpose_published_meanwhile_changes_nothing(
    client, chair, administrator
):
    client.force_login(chair)
    sent = form() | told()
    services.publish(
        Purpose.RELIEF_HEALTH,
        by=administrator,
        title="新的一版",
        text="新的一版",
        valid_from=clock.today(),
    )
    assert client.post(NEW, sent).status_code == 302


def test_a_card_number_added_later_needs_its_own_consent(client, chair, member):
    client.force_login(chair)
    path = f"/members/{member.person_id}/edit/"
    sent = form(sex="F", born_on="1980-05-06", id_number="", card=CARD, shown=told()["shown"])
    answer = client.post(path, sent)
    assert answer.status_code == 422
    assert "单独同意" in answer.content.decode()
    assert client.post(path, sent | {"told_card": "on"}).status_code == 302
    assert Consent.objects.get().purpose == "sensitive_card"


def test_consents_follow_a_corrected_id_number(client, chair, agreed):
    client.force_login(chair)
    number = id_number()
    sent = form(id_number=number, sex="F", born_on="1980-05-06")
    assert client.post(f"/members/{agreed.pk}/edit/", sent).status_code == 302
    now = fresh(agreed, chair)
    assert now.key != agreed.key
    assert Consent.objects.filter(subject=now.key).count() == 2


def test_giving_the_same_version_twice_is_one_consent(agreed, chair):
    services.give(
        agreed.key,
        by=chair,
        union=agreed.union,
        notice=notice_of(Purpose.MEMBERSHIP),
        channel="paper",
        given_on=date(2025, 1, 2),
    )
    assert Consent.objects.count() == 2


def test_a_consent_has_a_day_that_can_be_and_a_person_who_may(subject, chair, outsider, auditor):
    give = partial(
        services.give,
        subject.key,
        union=subject.union,
        notice=notice_of(Purpose.MEMBERSHIP),
        channel="paper",
    )
    with pytest.raises(Refused, match="不能晚于今天"):
        give(by=chair, given_on=clock.today() + timedelta(1))
    with pytest.raises(Refused, match="才生效"):
        give(by=chair, given_on=date(2020, 1, 1))
    for stranger in (outsider, auditor):
        with pytest.raises(NotAllowed):
            give(by=stranger, given_on=clock.today())


def test_withdrawing_the_card_erases_the_number_at_once(agreed, chair):
    Person.objects.filter(pk=agreed.pk).update(card=CARD, card_hash=b"x" * 16)
    withdraw(agreed, chair, Purpose.SENSITIVE_CARD, reason="换卡")
    person = Person.objects.get(pk=agreed.pk)
    assert (person.card, person.card_hash) == ("", None)
    assert Consent.objects.get(purpose="sensitive_card").withdrawn_on == clock.today()
    assert fresh(agreed, chair).restricted_on is None
    assert {a.name for a in Act.objects.all()} >= {"withdraw_consent", "forget_card"}


def test_who_withdraws_is_kept_but_no_longer_used_and_figures_stay(client, agreed, chair, union):
    period = Period(date(2016, 1, 1), date(2016, 12, 31))
    count = SECTION.find("member_count")
    before = count.rows(union, period).count()
    withdraw(agreed, chair)
    assert not people.memberships_for(chair).exists()
    assert not search.find(chair, "慕容晓月").people
    assert count.rows(union, period).count() == before == 1
    client.force_login(chair)
    for path in ("/members/", "/members/roll/", "/members/?status=active"):
        assert "慕容晓月" not in client.get(path).content.decode()
    figure = f"/reports/figures/member_count/?union={union.code}&from=2016-01-01&to=2016-12-31"
    page = client.get(figure).content.decode()
    assert "慕容晓月" not in page
    assert "限制处理" in page
    assert "慕容晓月" in client.get("/rights/").content.decode()
    page = client.get(f"/members/{agreed.pk}/").content.decode()
    assert "限制处理" in page
    assert "出生日期" not in page


@pytest.mark.parametrize("page", ["reveal/mobile/", "card/"])
def test_a_restricted_persons_numbers_are_shown_to_nobody(client, agreed, chair, page):
    withdraw(agreed, chair)
    client.force_login(chair)
    answer = client.post(f"/members/{agreed.pk}/{page}", {"reason": "核对一下"})
    assert answer.status_code == 422
    assert "资料只作保存" in answer.content.decode()


def test_a_restricted_persons_papers_are_shown_to_nobody(client, agreed, chair, union):
    person = Person.objects.get(pk=agreed.pk)
    upload = SimpleUploadedFile("证件.jpg", corpus.photo())
    kept = attachments.keep(person, upload, by=chair, union=union, label="证件复印件")
    client.force_login(chair)
    pages = ("", "file/", "thumbnail/", "remove/")
    there = [f"{kept.get_absolute_url()}{page}" for page in pages]
    assert [client.get(page).status_code for page in there] == [200] * 4
    withdraw(agreed, chair)
    assert [client.get(page).status_code for page in there] == [404] * 4


def test_agreeing_again_brings_the_person_back(client, agreed, chair):
    withdraw(agreed, chair)
    client.force_login(chair)
    path = f"/rights/people/{agreed.pk}/agree/membership/"
    sent = {"channel": "paper", "given_on": str(clock.today()), "form_token": str(uuid4())}
    assert client.post(path, sent).status_code == 422
    assert client.post(path, sent | {"told": "on"}).status_code == 302
    assert fresh(agreed, chair).restricted_on is None
    assert "慕容晓月" in client.get("/members/").content.decode()


def test_there_is_nothing_to_withdraw_where_nothing_was_given(client, subject, chair):
    client.force_login(chair)
    path = f"/rights/people/{subject.pk}/withdraw/membership/"
    assert client.get(path).status_code == 200
    answer = client.post(path, {"form_token": str(uuid4())})
    assert answer.status_code == 422
    assert "没有可以撤回的同意" in answer.content.decode()
    assert client.get(f"/rights/people/{subject.pk}/withdraw/nothing/").status_code == 404


def test_withdrawing_takes_as_many_clicks_as_giving(client, agreed, chair):
    client.force_login(chair)
    page = client.get(f"/members/{agreed.pk}/").content.decode()
    assert f"/rights/people/{agreed.pk}/withdraw/membership/" in page
    sent = {"form_token": str(uuid4())}
    path = f"/rights/people/{agreed.pk}/withdraw/membership/"
    assert client.post(path, sent).status_code == 302


def test_two_who_withdraw_at_once_withdraw_once(committed, union, chair):
    member = make_member(union)
    subject = rights.find(chair, member.person_id)
    notice = notice_of(Purpose.MEMBERSHIP)
    services.give(
        subject.key,
        by=chair,
        union=union,
        notice=notice,
        channel="paper",
        given_on=clock.today(),
    )
    results = together(partial(withdraw, subject, chair), partial(withdraw, subject, chair))
    assert [type(error) for error in refused(results)] == [Refused]
    assert Act.objects.filter(name="restrict").count() == 1


def test_two_who_record_the_same_consent_at_once_record_one(committed, union, chair):
    subject = rights.find(chair, make_member(union).person_id)
    give = partial(
        services.give,
        subject.key,
        by=chair,
        union=union,
        notice=notice_of(Purpose.MEMBERSHIP),
        channel="paper",
        given_on=clock.today(),
    )
    assert refused(together(give, give)) == []
    assert Consent.objects.count() == 1


def test_those_never_told_are_listed_and_recorded_after_they_signed(client, chair, union, agreed):
    signed = make_member(union, name="欧阳修文")
    make_member(union, name="司马长风")
    client.force_login(chair)
    page = client.get("/rights/untold/").content.decode()
    assert "慕容晓月" not in page
    assert "欧阳修文" in page
    sent = {"given_on": "2024-01-02", "told": "on", "form_token": str(uuid4())}
    answer = client.post("/rights/untold/", sent)
    assert answer.status_code == 422
    assert "请先勾选" in answer.content.decode()
    sent |= {"id": [str(signed.person_id)], "form_token": str(uuid4())}
    assert client.post("/rights/untold/", sent).status_code == 302
    page = client.get("/rights/untold/").content.decode()
    assert "欧阳修文" not in page
    assert "司马长风" in page
    given = Consent.objects.get(subject=bytes(signed.person.id_hash))
    assert (given.channel, given.given_on) == ("paper", date(2024, 1, 2))


def test_the_form_to_sign_has_the_notice_and_the_names(client, chair, member):
    client.force_login(chair)
    page = client.get("/rights/untold/form/?union=WP01").content.decode()
    assert "慕容晓月" in page
    assert "谁在处理您的信息" in page


def test_anybody_reads_the_notice_without_signing_in(client, db):
    page = client.get("/rights/notices/membership/")
    assert page.status_code == 200
    assert "保存多久" in page.content.decode()
    assert client.get("/rights/notices/publicity/").status_code == 404


def test_a_notice_is_never_edited_not_even_by_sql(db):
    notice = notice_of(Purpose.MEMBERSHIP)
    for act in (partial(Notice.objects.update, text="别的"), notice.delete):
        with pytest.raises(DatabaseError), transaction.atomic():
            act()


def test_a_new_version_is_a_new_row_and_older_consents_say_so(client, administrator, chair, agreed):
    client.force_login(administrator)
    sent = {
        "purpose": "membership",
        "title": "会员个人信息告知书",
        "text": "# 为什么\n增加用途",
        "valid_from": str(clock.today()),
        "form_token": str(uuid4()),
    }
    early = sent | {"valid_from": "2020-01-01"}
    assert client.post("/rights/notices/new/", early).status_code == 422
    assert client.post("/rights/notices/new/", sent).status_code == 302
    assert notice_of(Purpose.MEMBERSHIP).version == 2
    client.force_login(chair)
    page = client.get(f"/members/{agreed.pk}/").content.decode()
    assert "现行第 2 版，需重新告知" in page
    assert Consent.objects.get(purpose="membership").notice.version == 1


def test_only_the_administrator_publishes(chair):
    with pytest.raises(NotAllowed):
        services.publish("membership", by=chair, title="x", text="y", valid_from=clock.today())


def test_leaving_them_out_is_what_keeps_them_out(agreed, chair):
    """Negative control: without the mark on the membership the list shows the person."""
    withdraw(agreed, chair)
    Membership.objects.update(restricted_on=None)
    assert people.memberships_for(chair).exists()
