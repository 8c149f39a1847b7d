"""困难职工档案 on pages: standing lists, a household's file with the years it was forgotten, acts."""

import re
from datetime import date
from decimal import Decimal as D
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from members.selectors import paging
from relief import home, services
from relief.hardship import HouseholdFacts, why_a, why_b
from relief.models import Household, HouseholdLine
from relief.selectors import files
from tests.factories import make_member
from tests.relief.building import make_aid
from tests.relief.playing import paid_case, ready_case
from wanping_union import clock
from wanping_union.accounts.models import User
from wanping_union.audit.models import Act, Look
from wanping_union.reference.models import ReferenceValue

pytestmark = pytest.mark.usefixtures("autumn")
LIST = "/relief/files/"


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def get(user: User, path: str, status: int = 200) -> str:
    response = client_of(user).get(path)
    assert response.status_code == status
    return response.content.decode()


def post(user: User, household: Household, name: str, **fields: Any) -> HttpResponse:
    path = reverse("relief:file_act", args=[household.pk, name])
    return client_of(user).post(path, {"form_token": str(uuid4())} | fields)


@pytest.fixture
def household(cast) -> Household:
    return services.open_file(make_member(cast.union), by=cast.chair)


@pytest.fixture
def filed(cast, household) -> Household:
    services.file_hardship(household, by=cast.officer, category="b_deep")
    household.refresh_from_db()
    return household


def declare(household: Household, year: int, **sums: str) -> None:
    for line, amount in sums.items():
        HouseholdLine.objects.create(household=household, year=year, type=line, sum=amount)


def test_each_list_has_its_households_and_says_how_many(cast, fund, filed):
    helped = paid_case(cast, fund).household
    services.file_hardship(helped, by=cast.officer, category="a_near")
    new = services.open_file(make_member(cast.union), by=cast.chair)
    assert files.counts(cast.officer) == {
        "on": "2", "stale": "0", "unhelped": "1", "off": "0", "none": "1"
    }  # fmt: skip
    assert list(files.listed(cast.officer, "unhelped")) == [filed]
    assert list(files.listed(cast.officer, "none")) == [new]
    (row,) = files.rows_of(files.listed(cast.officer, "on").filter(pk=helped.pk))
    shown = row.household
    assert (shown.people, shown.helped, shown.sum) == (1, 1, D("3100.00"))
    assert list(files.listed(cast.officer, "on", category="a")) == [helped]
    assert list(files.listed(cast.officer, "on", category="b_deep")) == [filed]
    with clock.at(date(2017, 10, 11)):
        assert files.counts(cast.officer)["stale"] == "2"
        assert "该复核了" in get(cast.officer, f"{LIST}?view=stale")
        services.delist(filed, by=cast.officer, reason="已就业")
        assert files.counts(cast.officer)["off"] == "1"


def file_on(cast, day: date) -> Household:
    with clock.at(day):
        household = services.open_file(make_member(cast.union), by=cast.chair)
        services.file_hardship(household, by=cast.officer, category="b_deep")
    return household


@pytest.mark.parametrize(
    ("view", "places"),
    [("on", [2, 1, 0]), ("stale", [1, 0, 2])],
    ids=["the newest first", "the longest not reviewed first"],
)
def test_a_list_keeps_its_order_over_all_pages_and_back(cast, monkeypatch, view, places):
    monkeypatch.setattr(paging, "SIZE", 1)
    days = (date(2016, 10, 14), date(2016, 10, 11), date(2016, 10, 14))
    found = [file_on(cast, day) for day in days]
    with clock.at(date(2018, 1, 8)):
        page, url = "", f"{LIST}?view={view}"
        for place in places:
            page = get(cast.officer, url)
            (shown,) = re.findall(r'class="t"><a href="/relief/files/(\d+)/"', page)
            assert int(shown) == found[place].pk
            assert "共 3 户" in page
            url = next(iter(linked(page, "next")), "")
        assert not url
        (back,) = linked(page, "prev")
        assert found[places[1]].get_absolute_url() in get(cast.officer, back)


def linked(page: str, rel: str) -> list[str]:
    found = re.findall(rf'href="([^"]+)" rel="{rel}"', page)
    return [LIST + url.replace("&amp;", "&") for url in found]


def test_a_day_reviewed_counts_from_then_on(cast, filed):
    with clock.at(date(2017, 10, 9)):
        services.review_hardship(filed, by=cast.officer, category="b_deep")
    filed.refresh_from_db()
    assert filed.checked_on == date(2017, 10, 9)
    with clock.at(date(2018, 10, 8)):
        assert files.counts(cast.officer)["stale"] == "0"
    with clock.at(date(2018, 10, 10)):
        assert files.counts(cast.officer)["stale"] == "1"


def test_above_its_cap_a_count_says_so(cast, filed, monkeypatch):
    file_on(cast, date(2016, 10, 11))
    assert files.counts(cast.officer)["on"] == "2"
    monkeypatch.setattr(paging, "CAP", 1)
    assert files.counts(cast.officer)["on"] == "1+"
    page = get(cast.officer, LIST)
    assert "共 1+ 户" in page
    assert '在档<span class="n">1+</span>' in page
    assert '从未帮扶<span class="n">1+</span>' in page


def test_a_list_reads_nothing_sealed(cast, fund, filed):
    case = ready_case(fund, household=filed)
    assert '"relief_household"."address"' in asked(cast.reviewer, filed.get_absolute_url())
    for path in (LIST, f"{LIST}?view=unhelped", f"{LIST}print/"):
        assert '"relief_household"."address"' not in asked(cast.reviewer, path)
    assert '"relief_reliefcase"."account"' in asked(cast.reviewer, case.get_absolute_url())
    for path in ("/relief/", "/relief/?view=open", "/relief/?view=all"):
        said = asked(cast.reviewer, path)
        for column in ("account", "story", "sheet", "terms"):
            assert f'"relief_reliefcase"."{column}"' not in said


def asked(user: User, path: str) -> str:
    """All SQL of a page."""
    with CaptureQueriesContext(connection) as queries:
        get(user, path)
    return " ".join(query["sql"] for query in queries)


def test_a_list_masks_names_and_notes_who_looked(cast, filed):
    page = get(cast.chair, LIST)
    assert filed.head.name not in page
    assert f"{filed.head.name[0]}*" in page
    assert Look.objects.get().ids == [filed.pk]
    printed = get(cast.officer, "/relief/files/print/?view=on&category=b")
    assert filed.head.name not in printed
    assert "深度困难" in printed


def test_a_long_list_asks_no_more_than_a_short_one(cast, filed):
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            get(cast.officer, LIST)
        return len(queries)

    asked()
    few = asked()
    for _ in range(3):
        household = services.open_file(make_member(cast.union), by=cast.chair)
        services.file_hardship(household, by=cast.officer, category="b_deep")
    assert asked() == few


def test_a_union_of_somebody_else_is_no_filter(cast, filed, other_union):
    get(cast.chair, f"{LIST}?union={other_union.code}", 404)


def test_a_file_shows_the_years_without_aid(cast, household):
    person = bytes(household.head.id_hash)
    for year in (2012, 2014):
        make_aid(person=person, household=[person], on=date(year, 1, 20), union=cast.union)
    make_aid(person=person, household=[person], on=date(2013, 5, 5), state="void", union=cast.union)
    found = files.money_of(household)
    assert (found.count, found.total, found.gaps) == (2, D(2000), [(2013, 2013), (2015, 2016)])
    assert [entry.when for entry in found.entries] == [
        "2015—2016 年", "2014-01-20", "2013 年", "2013-05-05", "2012-01-20",
    ]  # fmt: skip
    page = get(cast.officer, household.get_absolute_url())
    assert "没有发放的年份：2013、2015—2016" in page
    assert "连续 2 年没有发放过救助" in page


def test_gaps_end_where_the_household_left_the_list(cast, filed):
    with clock.at(date(2018, 3, 1)):
        services.delist(filed, by=cast.officer, reason="已就业")
    filed.refresh_from_db()
    with clock.at(date(2021, 1, 1)):
        assert files.money_of(filed).gaps == [(2016, 2018)]


def test_the_unit_sees_finances_no_longer_once_an_application_is_handed_in(cast, fund, household):
    declare(household, 2015, wage="36000", medical="12000")
    url = household.get_absolute_url()
    assert "36,000" in get(cast.chair, url)
    case = ready_case(fund, household=household, status="submitted")
    page = get(cast.chair, url)
    assert "36,000" not in page
    assert "得到的救助和待遇" not in page
    assert "提交后只有地区总工会" in page
    assert "36,000" not in get(cast.chair, f"{url}print/")
    for user in (cast.officer, cast.reviewer):
        assert "36,000" in get(user, url)
    assert Look.objects.filter(model="members.person", fields__contains=["家庭经济状况"]).exists()
    assert str(case) in page


def test_the_auditor_does_not_learn_whom_a_file_is_about(cast, filed):
    declare(filed, 2015, wage="36000")
    page = get(cast.auditor, filed.get_absolute_url())
    assert filed.head.name not in page
    assert "36,000" not in page
    get(cast.auditor, f"{filed.get_absolute_url()}print/", 403)


def test_neither_administrator_nor_finance_opens_a_file(cast, filed):
    for user in (cast.administrator, cast.finance):
        get(user, LIST, 403)
        get(user, filed.get_absolute_url(), 403)


def test_the_area_files_reviews_and_delists_by_page(cast, household):
    declare(household, 2015, wage="6000")
    url = household.get_absolute_url()
    asked = get(cast.officer, reverse("relief:file_act", args=[household.pk, "file_hardship"]))
    assert "人均每月收入 500 元，低于低保线 800 元" in asked
    assert re.search(r'value="a_minimum"[^>]* checked', asked)
    assert post(cast.officer, household, "file_hardship", category="a_minimum").status_code == 302
    assert "在档" in get(cast.officer, url)
    assert post(cast.officer, household, "review_hardship", category="b_deep").status_code == 302
    assert post(cast.officer, household, "delist", reason="").status_code == 422
    assert post(cast.officer, household, "delist", reason="已就业").status_code == 302
    page = get(cast.chair, url)
    assert "撤档：已就业" in page
    acts = Act.objects.filter(record=f"relief.household:{household.pk}").order_by("pk")
    names = list(acts.values_list("name", flat=True))
    assert names == ["open_file", "file_hardship", "review_hardship", "delist"]


def test_what_cannot_be_is_said_and_kept(cast, filed):
    twice = post(cast.officer, filed, "file_hardship", category="b_relative")
    assert twice.status_code == 422
    assert "这个家庭已经在档" in twice.content.decode()
    cast.officer.relatives = [bytes(filed.head.id_hash)]
    cast.officer.save()
    own = post(cast.officer, filed, "delist", reason="已就业")
    assert own.status_code == 422
    assert "亲属" in own.content.decode()
    assert "已就业" in own.content.decode()
    for user, status in ((cast.chair, 403), (cast.reviewer, 403), (cast.finance, 403)):
        assert post(user, filed, "delist", reason="已就业").status_code == status


def test_the_home_page_asks_the_area_for_reviews(cast, filed, django_assert_max_num_queries):
    assert home.keeping(cast.officer) == []
    with clock.at(date(2017, 10, 11)):
        for user in (cast.chair, cast.reviewer, cast.areachair):
            assert home.keeping(user) == []
        cast.officer.union_ids(["area_officer"])
        with django_assert_max_num_queries(2):
            (item,) = home.keeping(cast.officer)
        assert item.title == "1 户困难职工档案该复核了"
        assert get(cast.officer, item.url).count("该复核了") == 1


def test_without_the_dated_value_nothing_is_overdue_and_no_page_fails(cast, filed):
    ReferenceValue.objects.filter(key="relief.review_months").delete()
    with clock.at(date(2019, 1, 1)):
        assert files.counts(cast.officer)["stale"] == "0"
        assert "在档" in get(cast.officer, filed.get_absolute_url())


def facts(**values: Any) -> HouseholdFacts:
    return HouseholdFacts(**{"members": 1, "line": D(800)} | values)


@pytest.mark.parametrize(
    ("given", "a", "b"),
    [
        (facts(), "没有登记", "没有登记"),
        (facts(income=D(1), line=None), "没有当天的低保线", "没有当天的低保线"),
        (facts(income=D(9599)), "799.92 元，低于低保线 800 元", "799.92 元，低于低保线 800 元"),
        (
            facts(income=D(14400), rigid=D(4800)),
            "不超过低保线的 1.5 倍 1,200 元；扣除刚性支出后 800 元，不超过低保线",
            "不到低保线的 2 倍 1,600 元",
        ),
        (facts(income=D(14400)), "扣除刚性支出后 1,200 元，仍高于低保线", "不到低保线的 2 倍"),
        (facts(income=D(19200)), "超过低保线的 1.5 倍", "达到低保线的 2 倍 1,600 元"),
        (
            facts(income=D(24000), event_cost=D(20000)),
            "意外或大病花费 20,000 元",
            "超过家庭年收入 24,000 元的 80%",
        ),
    ],
)
def test_the_reasons_name_the_numbers_that_decided(given, a, b):
    assert a in why_a(given)
    assert b in why_b(given, share=D("80.000"))
