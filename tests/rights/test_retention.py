"""What is past its time is found, approved by a person, and erased exactly as approved."""

from datetime import date, timedelta
from functools import partial
from uuid import uuid4

import pytest
from django.test import Client

from members import rights
from members.models import Membership, Person
from members.rules import Status
from tests.factories import make_member, make_union, make_user
from tests.members.test_races import refused, together
from tests.rights.test_requests import figures
from wanping_union import clock, portal
from wanping_union.audit.models import Act
from wanping_union.errors import NotAllowed, OutOfTurn, Refused
from wanping_union.jobs import worker
from wanping_union.jobs.models import Job
from wanping_union.rights import retention, services
from wanping_union.rights.models import Consent, Request, RetentionLine, RetentionList
from wanping_union.rights.rules import Kind, Purpose
from wanping_union.rights.selectors import notice_of
from wanping_union.roles import Role

OFFERS = portal.RIGHTS
LONG_AGO = date(2020, 1, 2)


def leave(union, name, on=LONG_AGO):
    member = make_member(union, name=name, status=Status.WITHDRAWN, joined_on=date(2016, 3, 4))
    member.standings.update(from_on=on)
    return member


@pytest.fixture
def old(union):
    """Somebody who left longer ago than membership data are kept."""
    return leave(union, "诸葛向东")


@pytest.fixture
def found(seed, old):
    retention.find(OFFERS)
    return RetentionList.objects.get()


def lines(found):
    return list(found.lines.order_by("pk"))


def approve(found, by, kept=()):
    shown = [line.pk for line in lines(found)]
    retention.approve(found, by=by, shown=shown, kept=dict(kept))


def work():
    worker.work(portal.JOBS)


def test_the_list_holds_who_left_long_ago_and_nobody_else(seed, old, union, area):
    make_member(union, name="在会的人")
    leave(union, "刚离会的人", clock.today() - timedelta(30))
    assert retention.find(OFFERS) == 1
    found = RetentionList.objects.get()
    assert (found.union, found.state) == (area, "open")
    line = found.lines.get()
    assert (line.rule, line.record, line.since) == ("membership", old.person_id, LONG_AGO)
    assert Person.objects.get(pk=old.person_id).name == "诸葛向东"


def test_nothing_is_listed_while_no_period_is_set(database, old):
    assert retention.find(OFFERS) == 0


def test_finding_every_day_lists_each_once(found):
    assert retention.find(OFFERS) == 0
    assert RetentionLine.objects.count() == 1


def test_nothing_goes_before_a_person_has_approved(committed, found, old):
    work()
    assert Person.objects.get(pk=old.person_id).name == "诸葛向东"


def test_what_is_approved_goes_and_what_is_kept_stays_with_its_reason(
    committed, seed, old, union, area, areachair
):
    other = leave(union, "司马长风")
    retention.find(OFFERS)
    found = RetentionList.objects.get()
    before = figures(area)
    kept = next(line for line in lines(found) if line.record == other.person_id)
    approve(found, areachair, [(kept.pk, "有未结的互助理赔")])
    work()
    assert Person.objects.get(pk=old.person_id).name == "已删除"
    assert Person.objects.get(pk=other.person_id).name == "司马长风"
    assert [(line.outcome, line.kept_because) for line in lines(found)] == [
        ("已删除", ""),
        ("", "有未结的互助理赔"),
    ]
    found.refresh_from_db()
    assert found.state == "done"
    assert figures(area) == before
    names = set(Act.objects.values_list("name", flat=True))
    assert {"approve", "erase", "retention"} <= names
    assert retention.find(OFFERS) == 0, "a line kept with a reason is not asked again at once"


def test_who_was_touched_since_the_list_is_left_and_told(committed, found, old, areachair):
    approve(found, areachair)
    Person.objects.filter(pk=old.person_id).update(updated_at=clock.timezone.now())
    work()
    assert Person.objects.get(pk=old.person_id).name == "诸葛向东"
    assert "又有改动" in found.lines.get().outcome


def test_who_joined_again_since_the_list_is_left(committed, found, old, union, areachair):
    approve(found, areachair)
    Membership.objects.filter(pk=old.pk).update(is_current=False)
    Membership.objects.create(person=old.person, union=union, joined_on=date(2025, 1, 2))
    work()
    assert Person.objects.get(pk=old.person_id).name == "诸葛向东"
    assert "又有改动" in found.lines.get().outcome


def test_without_the_check_a_touched_person_would_go(committed, found, old, areachair, monkeypatch):
    """Negative control: the state of the record is what keeps them."""
    approve(found, areachair)
    Person.objects.filter(pk=old.person_id).update(updated_at=clock.timezone.now())
    monkeypatch.setattr("members.services.expiring._state", lambda m: found.lines.get().as_of)
    work()
    assert Person.objects.get(pk=old.person_id).name == "已删除"


def test_two_approvals_at_once_are_one(committed, found, areachair, area):
    second = make_user(Role.AREA_CHAIR, area)
    results = together(partial(approve, found, areachair), partial(approve, found, second))
    assert [type(error) for error in refused(results)] == [OutOfTurn]
    assert Job.objects.filter(kind=retention.ERASE).count() == 1


def test_lines_that_came_after_the_page_was_opened_are_not_approved(found, union, areachair):
    shown = [line.pk for line in lines(found)]
    leave(union, "司马长风")
    retention.find(OFFERS)
    with pytest.raises(Refused, match="刚刚有变化"):
        retention.approve(found, by=areachair, shown=shown, kept={})


def test_a_line_of_another_list_is_not_kept(found, areachair):
    with pytest.raises(Refused, match="刚刚有变化"):
        approve(found, areachair, [(found.lines.get().pk + 1, "还有用")])


def test_a_line_is_not_kept_without_a_reason(found, areachair):
    line = found.lines.get()
    with pytest.raises(Refused, match="写明原因"):
        approve(found, areachair, [(line.pk, " ")])


def test_only_the_chair_of_the_area_approves(found, officer, chair, district):
    for user in (officer, chair):
        with pytest.raises(NotAllowed):
            approve(found, user)
    elsewhere = make_user(Role.AREA_CHAIR, make_union(district, kind="area"))
    with pytest.raises(NotAllowed):
        approve(found, elsewhere)


def test_the_pages_of_a_list_by_role(client, found, areachair, officer, auditor, chair, outsider):
    path = found.get_absolute_url()
    for user, status in ((areachair, 200), (officer, 200), (auditor, 200), (chair, 403)):
        client.force_login(user)
        assert client.get(path).status_code == status
    sent = {"line": [found.lines.get().pk], "form_token": str(uuid4())}
    client.force_login(officer)
    assert client.post(path, sent).status_code == 403
    area2 = make_union(found.union.parent, kind="area")
    other = Client()
    other.force_login(make_user(Role.AREA_CHAIR, area2))
    assert other.get(path).status_code == 404
    assert other.post(path, sent | {"form_token": str(uuid4())}).status_code == 404


def test_the_chair_approves_on_the_page(client, found, areachair):
    client.force_login(areachair)
    assert "核定到期清单" in client.get("/").content.decode()
    path = found.get_absolute_url()
    assert "诸葛向东" in client.get(path).content.decode()
    line = found.lines.get().pk
    sent = {"line": [line], "keep": [line], f"why-{line}": "", "form_token": str(uuid4())}
    answer = client.post(path, sent)
    assert answer.status_code == 422
    assert "写明原因" in answer.content.decode()
    sent = {"line": [line], "form_token": str(uuid4())}
    assert client.post(path, sent).status_code == 302
    assert "自动清除的" in client.get("/rights/lists/").content.decode()


def test_proofs_go_three_years_after_their_end(committed, seed, union, chair, areachair):
    member = make_member(union)
    subject = rights.find(chair, member.person_id)
    for day in (date(2022, 1, 3), date(2025, 1, 3)):
        with clock.at(day):
            services.give(
                subject.key, by=chair, union=union, channel="paper", given_on=day,
                notice=notice_of(Purpose.MEMBERSHIP),
            )  # fmt: skip
            services.withdraw(subject, by=chair, purpose="membership", offers=OFFERS)
            asked = services.receive(
                subject, by=chair, kind=Kind.EXPLAIN, proof="id_card", received_on=day
            )
            services.answer(asked, by=chair, answer="已说明", offers=OFFERS)
    assert retention.find(OFFERS) == 2
    approve(RetentionList.objects.get(), areachair)
    work()
    assert [c.given_on.year for c in Consent.objects.all()] == [2025]
    assert [r.decided_on.year for r in Request.objects.all()] == [2025]
