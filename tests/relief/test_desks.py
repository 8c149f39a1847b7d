"""Whose turn it is: desks, what keeps a step waiting, and what is asked for again."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from members.selectors import paging
from relief import services
from relief.models import ReliefCase
from relief.models.household import LineKind
from relief.models.papers import Asked
from relief.rules import Status
from relief.selectors import cases, queue
from relief.services import LineFacts
from tests.factories import make_user
from tests.relief.pages import address, photo, post
from tests.relief.playing import (
    NOTICED,
    bring,
    paid_case,
    ready_case,
    signed_case,
    write_case,
)
from wanping_union import clock
from wanping_union.accounts.models import Grant, User
from wanping_union.rights.models import Consent
from wanping_union.roles import Role

pytestmark = pytest.mark.usefixtures("autumn")


def said(user: User, path: str) -> str:
    client = Client()
    client.force_login(user)
    response = client.get(path)
    assert response.status_code == 200
    return response.content.decode()


def waits(user: User) -> list[ReliefCase]:
    return [one.case for one in cases.desk_of(user)]


def test_a_case_waits_for_nobody_while_its_notice_runs(cast, fund):
    case = bring(write_case(cast, fund), cast, Status.PUBLICITY)
    page = said(cast.officer, case.get_absolute_url())
    assert f"公示到 {case.public_to} 结束，第二天起才能审核。" in page
    assert address("act", case, "area_review") not in page
    assert address("act", case, "return_by_area") in page
    assert waits(cast.officer) == []
    assert not queue.waits_for(case, cast.officer)
    with clock.at(NOTICED):
        assert waits(cast.officer) == [case]
        page = said(cast.officer, case.get_absolute_url())
    assert address("act", case, "area_review") in page


def test_a_case_waits_for_its_end_once_all_follow_ups_are_done(cast, fund):
    case = paid_case(cast, fund)
    with clock.at(NOTICED):
        services.confirm_receipt(case, by=cast.chair)
        services.hand_over(case, by=cast.officer, on=NOTICED, place="home", people=2)
        page = said(cast.officer, case.get_absolute_url())
    assert "还有 3 次回访没有登记" in page
    assert address("act", case, "close") not in page
    assert waits(cast.officer) == []
    with clock.at(NOTICED.replace(year=2017)):
        for asked in case.follow_ups.all():
            services.follow_up(asked, by=cast.officer, on=clock.today(), words="平稳")
        assert waits(cast.officer) == [case]
        assert "件救助申请等您结案" in said(cast.officer, "/")


def test_who_is_not_asked_reads_whose_turn_it_is(cast, fund):
    case = bring(write_case(cast, fund), cast, Status.UNIT_VERIFIED)
    page = said(cast.chair, case.get_absolute_url())
    assert "等地区总工会走访" in page
    assert "请办理" not in page
    assert "请办理" in said(cast.officer, case.get_absolute_url())


def test_the_queue_goes_on_by_its_clocks_over_all_pages_and_back(cast, fund, monkeypatch):
    monkeypatch.setattr(queue, "SIZE", 1)
    # Neither the oldest nor the newest is due first.
    later, sooner, latest = (
        ready_case(fund, cast.union, stage_on=day)
        for day in (date(2016, 10, 9), date(2016, 9, 27), date(2016, 10, 17))
    )
    for view in ("mine", "open"):
        pages = [said(cast.reviewer, f"/relief/?view={view}&page={n}") for n in (1, 2, 3)]
        for page, due in zip(pages, (sooner, later, latest), strict=True):
            assert f'href="{due.get_absolute_url()}"' in page
        assert f'href="?view={view}&amp;page=1" rel="prev"' in pages[1]
        assert "共 3 件" in pages[0]


@pytest.mark.parametrize("query", ["view=all", "view=all&status=signed"])
def test_all_cases_go_from_the_newest_on_and_back_by_the_last_one_seen(
    cast, fund, monkeypatch, query
):
    monkeypatch.setattr(paging, "SIZE", 1)
    older, newer = (ready_case(fund, cast.union) for _ in range(2))
    first = said(cast.reviewer, f"/relief/?{query}")
    assert "新的在前" in first
    assert "共 2 件" in first
    assert f'href="{newer.get_absolute_url()}"' in first
    assert f'href="{older.get_absolute_url()}"' not in first
    here = query.replace("&", "&amp;")
    assert f'href="?{here}&amp;after={newer.pk}" rel="next"' in first
    second = said(cast.reviewer, f"/relief/?{query}&after={newer.pk}")
    assert f'href="{older.get_absolute_url()}"' in second
    assert f'href="?{here}&amp;before={older.pk}" rel="prev"' in second
    back = said(cast.reviewer, f"/relief/?{query}&before={older.pk}")
    assert f'href="{newer.get_absolute_url()}"' in back


def test_what_was_asked_for_is_marked_once_it_is_there_and_goes_back(chair_client, cast, fund):
    case = write_case(cast, fund)
    complete(case, cast.chair)
    bring(case, cast, Status.VISITED)
    services.return_by_area(case, by=cast.officer, papers=[Asked("settlement", "缺第二页")])
    assert "已补" not in said(cast.chair, address("tasks", case))
    sent = post(chair_client, address("paper", case, "settlement"), {"file": photo()})
    assert sent.headers["Location"] == address("tasks", case)
    assert "已补" in said(cast.chair, address("tasks", case))
    assert "已补" in said(cast.chair, address("papers", case))
    post(chair_client, address("check_answers", case))
    case.refresh_from_db()
    assert (case.status, case.returned_from) == (Status.VISITED, "")
    assert case.returns.get().answered_on == clock.today()
    page = said(cast.chair, address("sent", case))
    assert "等地区总工会公示" in page
    assert "登记单位核实" not in page
    assert waits(cast.officer) == [case]


def complete(case: ReliefCase, chair: User) -> None:
    """What the portal itself asks before an application is sent."""
    home = case.household
    services.save_contact(home, by=chair, address="老庄子村 8 号", mobile="13812345678")
    services.save_lines(home, 2015, LineKind.INCOME, [LineFacts("wage", 24_000)], by=chair)


def test_a_consent_is_withdrawn_from_the_cases_page_on(chair_client, cast, fund):
    today = date(2026, 11, 2)  # after the notices of the law of 2021
    with clock.at(today):
        case = write_case(cast, fund, happened_on=today - timedelta(days=30))
        head = case.household.members.get()
        path = address("agree", case, head.pk)
        given = {"relief_finance": "on", "relief_health": "on", "given_on": today}
        post(chair_client, path, given)
        services.submit(case, by=cast.chair)
        consents = address("consents", case)
        assert f'href="{consents}"' in said(cast.chair, case.get_absolute_url())
        assert "登记签字" not in said(cast.chair, consents)
        withdraw = address("withdraw_consent", case, head.pk, "relief_health")
        assert withdraw in said(cast.chair, consents)
        post(chair_client, withdraw, {"reason": "本人不愿意再用"})
        assert "登记签字" in said(cast.chair, consents)
        assert "本人（健康信息）" in said(cast.chair, case.get_absolute_url())
    left = Consent.objects.open().values_list("purpose", flat=True)
    assert list(left) == ["relief_finance"]


def test_only_the_unit_is_led_to_the_consents(cast, fund):
    case = signed_case(cast, fund)
    for user in (cast.officer, cast.reviewer, cast.auditor):
        assert address("consents", case) not in said(user, case.get_absolute_url())


@pytest.mark.parametrize("roles", [["finance_officer"], ["finance_officer", "district_reviewer"]])
def test_the_payments_stand_once_in_the_navigation(cast, district, roles: list[Any]):
    both = make_user()
    for role in roles:
        Grant.objects.create(user=both, union=district, role=Role(role))
    assert said(both, "/").count(f'href="{reverse("relief:money")}"') == 2  # and in the bar
