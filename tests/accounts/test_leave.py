"""Substitutes for people on leave, and one person for two unions."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from members.models import Membership
from members.rules import RETAIN
from tests.factories import make_member, make_union, make_user
from wanping_union import workflow
from wanping_union.accounts import leave, services
from wanping_union.accounts.models import Grant, User
from wanping_union.audit import log
from wanping_union.audit.models import Act
from wanping_union.errors import NotAllowed, Refused
from wanping_union.roles import Role


def token():
    return {"form_token": str(uuid4())}


def day(n=0):
    return timezone.localdate() + timedelta(days=n)


@pytest.fixture
def clerk(union):
    return make_user(Role.UNIT_CLERK, union, name="李敏")


@pytest.fixture
def stand_in(chair, clerk):
    def appoint(start=0, stop=5, by=None, substitute=None):
        return leave.appoint(
            chair.grants.get(stands_in_for=None),
            by=by or chair,
            substitute=substitute or clerk,
            valid_from=day(start),
            valid_to=day(stop),
        )

    return appoint


def fresh(user):
    return User.objects.get(pk=user.pk)


def may(user, union):
    return fresh(user).may((Role.UNIT_CHAIR,), union)


@pytest.mark.parametrize(
    ("start", "stop", "holds"), [(0, 0, True), (0, 5, True), (1, 5, False), (-3, 0, True)]
)
def test_a_substitute_holds_the_role_on_the_days_and_on_no_other(
    stand_in, clerk, union, start, stop, holds
):
    stand_in(start, stop)
    assert may(clerk, union) is holds


def test_the_day_after_the_role_is_gone_by_itself(stand_in, clerk, union):
    made = stand_in(-3, 0)
    Grant.objects.filter(pk=made.pk).update(valid_to=day(-1))
    assert not may(clerk, union)
    assert fresh(clerk).may((Role.UNIT_CLERK,), union)


def test_acts_say_for_whom_they_were_done(stand_in, chair, clerk, union):
    stand_in()
    member = make_member(union)
    log.write("x", "x", by=fresh(clerk), union=union, roles=(Role.UNIT_CHAIR,))
    assert Act.objects.get(name="x").by_name == "李敏（代程梓燕）"
    workflow.finish(RETAIN, Membership.objects.get(pk=member.pk), by=fresh(clerk))
    assert Act.objects.get(name="retain").by_name == "李敏"  # a clerk may do that anyway
    log.write("y", "y", by=chair, union=union)
    assert Act.objects.get(name="y").by_name == "程梓燕"


def test_a_higher_union_stands_in_and_the_act_says_so(stand_in, officer, union, other_union):
    stand_in(substitute=officer)
    log.write("x", "x", by=fresh(officer), union=union, roles=(Role.UNIT_CHAIR,))
    assert Act.objects.get(name="x").by_name.endswith("（代程梓燕）")
    log.write("y", "y", by=fresh(officer), union=other_union)
    assert "代" not in Act.objects.get(name="y").by_name


def test_who_may_appoint(stand_in, chair, clerk, officer, outsider, reviewer, administrator, area):
    for by in (clerk, outsider, reviewer):
        with pytest.raises(NotAllowed):
            stand_in(by=by)
    for start, by in ((0, chair), (10, officer), (20, administrator)):
        stand_in(start, start + 1, by=by)


def test_who_may_stand_in(stand_in, chair, outsider, administrator, officer, district):
    shut = make_user(Role.UNIT_CLERK, chair.grants.get().union, is_active=False)
    for substitute in (outsider, administrator, shut, make_user(), chair):
        with pytest.raises(Refused):
            stand_in(substitute=substitute, by=officer)
    with pytest.raises(Refused, match="不能指定自己"):
        stand_in(substitute=officer, by=officer)


@pytest.mark.parametrize(
    ("start", "stop", "words"),
    [(3, 2, "早于"), (-5, -1, "已经过去"), (0, 180, "最多"), (4, 9, "已经有代理人")],
)
def test_days_that_do_not_fit_are_refused_in_words(stand_in, start, stop, words):
    stand_in(0, 5)
    with pytest.raises(Refused, match=words):
        stand_in(start, stop)


def test_the_database_holds_the_order_of_days_and_persons(chair, clerk, union):
    bad = (
        {"valid_from": day(2), "valid_to": day(1), "stands_in_for": chair},
        {"valid_from": day(), "valid_to": day(), "stands_in_for": clerk},
        {"stands_in_for": chair},
        {"valid_from": day(), "stands_in_for": chair},
    )
    for values in bad:
        with pytest.raises(IntegrityError), transaction.atomic():
            Grant.objects.create(user=clerk, union=union, role=Role.UNIT_CHAIR, **values)


def test_ended_early_the_role_is_back_at_once(stand_in, clerk, chair, union):
    for start in (-2, 0):
        made = stand_in(start, 5)
        leave.end(made, by=chair)
        assert not may(clerk, union)
    assert list(Act.objects.filter(name="end_substitute").values_list("label", flat=True)) == [
        "提前结束代理", "提前结束代理",
    ]  # fmt: skip


def test_nobody_else_ends_it(stand_in, clerk, outsider):
    made = stand_in()
    for by in (clerk, outsider):
        with pytest.raises(NotAllowed):
            leave.end(made, by=by)


def test_a_chair_appoints_at_the_page_and_ends_it_there(client, chair, clerk):
    client.force_login(chair)
    assert "请假代理" in client.get("/me/").content.decode()
    path = f"/accounts/{chair.pk}/leave/"
    assert client.get(path).status_code == 200
    values = {
        "grant": chair.grants.get().pk,
        "substitute": clerk.pk,
        "valid_from": str(day()),
        "valid_to": str(day(3)),
    }
    assert client.post(path, values | token()).status_code == 302
    assert client.post(path, values | token()).status_code == 422
    made = Grant.objects.get(stands_in_for=chair)
    client.force_login(clerk)
    assert "代程梓燕" in client.get("/me/").content.decode()
    assert client.post(f"/accounts/leave/{made.pk}/end/", token()).status_code == 404
    client.force_login(chair)
    assert client.post(f"/accounts/leave/{made.pk}/end/", token()).status_code == 302
    assert not Grant.objects.filter(stands_in_for=chair).exists()


def test_what_is_to_come_is_told_to_the_substitute_and_called_off(client, stand_in, chair, clerk):
    made = stand_in(2, 5)
    client.force_login(clerk)
    assert f"代程梓燕，{day(2)} 至 {day(5)}，还没开始" in client.get("/me/").content.decode()
    client.force_login(chair)
    page = client.post(f"/accounts/leave/{made.pk}/end/", token(), follow=True)
    assert "代理已取消。" in page.content.decode()
    assert not may(clerk, made.union)


def test_a_clerk_has_nothing_to_appoint(client, clerk):
    client.force_login(clerk)
    assert client.get(f"/accounts/{clerk.pk}/leave/").status_code == 404


@pytest.fixture
def both(client, union, other_union):
    """The chair of two unions, signed in."""
    user = make_user(Role.UNIT_CHAIR, union, name="程梓燕")
    Grant.objects.create(user=user, union=other_union, role=Role.UNIT_CHAIR)
    client.force_login(user)
    return user


def switch(client, union):
    return client.post("/me/union/", {"union": union.pk} | token(), follow=True)


def test_a_person_of_two_unions_acts_for_one_at_a_time(client, both, union, other_union):
    here, there = make_member(union, name="甲一"), make_member(other_union, name="乙二")
    page = client.get("/members/").content.decode()
    assert "甲一" in page
    assert "乙二" not in page
    assert client.get(f"/members/{there.person_id}/").status_code == 404
    home = switch(client, other_union).content.decode()
    assert "现在办理的是城北社区联合工会的事" in home
    page = client.get("/members/").content.decode()
    assert "乙二" in page
    assert "甲一" not in page
    assert client.get(f"/members/{here.person_id}/").status_code == 404


def test_the_chip_offers_only_ones_own_unions(client, both, area):
    assert client.post("/me/union/", {"union": area.pk} | token()).status_code == 404
    assert client.post("/me/union/", {"union": "x"} | token()).status_code == 404
    page = client.get("/me/").content.decode()
    assert page.count('name="union"') == 2


def test_who_has_one_union_has_no_chip(client, chair):
    client.force_login(chair)
    assert 'name="union"' not in client.get("/me/").content.decode()


def test_a_union_that_is_lost_falls_back_to_the_other(client, both, union, other_union):
    switch(client, other_union)
    both.grants.filter(union=other_union).delete()
    assert client.get("/members/").status_code == 200
    assert fresh(both).may((Role.UNIT_CHAIR,), union)


def test_a_job_or_a_command_acts_for_all_unions_of_a_person(both, union, other_union):
    assert both.may((Role.UNIT_CHAIR,), union)
    assert both.may((Role.UNIT_CHAIR,), other_union)


def test_acting_for_a_grassroots_union_does_not_waive_the_second_factor(
    client, union, area, settings
):
    settings.SECOND_FACTOR_DEMANDED = True
    user = make_user(Role.UNIT_CHAIR, union)
    Grant.objects.create(user=user, union=area, role=Role.AREA_OFFICER)
    client.force_login(user)
    assert client.get("/")["Location"] == "/me/second/"
    assert make_union() is not None


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.AUDITOR])
def test_a_substitute_does_not_become_administrator_or_auditor(
    stand_in, clerk, administrator, district, role
):
    made = stand_in()
    with pytest.raises(Refused, match="先结束代理"):
        services.change(clerk, by=administrator, name="李敏", grants=[(role, district)])
    leave.end(made, by=administrator)
    services.change(clerk, by=administrator, name="李敏", grants=[(role, district)])
