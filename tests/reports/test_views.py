"""The report pages: figures, their rows, workbooks, and who may see which."""

from datetime import date
from io import BytesIO
from urllib.parse import quote
from uuid import uuid4

import pytest
from django.db import connection
from django.db.models.functions import Now
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from members.report import SECTION
from tests.factories import make_enterprise, make_member, make_user
from wanping_union import clock, portal
from wanping_union.audit.models import Act
from wanping_union.indicators import Period
from wanping_union.jobs import services as jobs
from wanping_union.jobs import worker
from wanping_union.jobs.models import Job
from wanping_union.reports import details, monthly, selectors
from wanping_union.reports.models import MonthlyReport, State
from wanping_union.roles import Role

DECEMBER = date(2016, 12, 1)
YEAR = Period(date(2016, 1, 1), date(2016, 12, 31))


def work():
    worker.work({monthly.BUILD: monthly.building(portal.SECTIONS)})


def ready(union, by=None):
    report = monthly.request(union, DECEMBER, by=by)
    work()
    return MonthlyReport.objects.get(pk=report.pk)


def post(client, path, **values):
    return client.post(path, {"form_token": uuid4(), **values})


def figure(code, union, period=YEAR):
    return selectors.link(SECTION.find(code), union, period)


@pytest.fixture
def finance(district):
    """Sees figures, but no people."""
    return make_user(Role.FINANCE_OFFICER, district)


def test_the_page_shows_the_month_the_year_and_last_year_with_links(client, union, chair):
    make_member(union, joined_on=date(2016, 12, 5))
    make_member(union, joined_on=date(2016, 2, 5))
    make_member(union, joined_on=date(2015, 2, 5))
    client.force_login(chair)
    page = client.get("/reports/", {"union": "WP01", "month": "2016-12"})
    html = page.content.decode()
    assert page.status_code == 200
    line = next(
        (line, cells)
        for line, cells in page.context["sections"][0]["lines"]
        if line.indicator.code == "new_member_count"
    )
    assert [value for value, _ in line[1]] == [1, 2, 1]
    assert "+100.0%" in html
    for _, url in line[1]:
        assert url.replace("&", "&amp;") in html


def test_without_choosing_the_page_opens_ones_own_union_and_the_newest_reported_month(
    client, union, chair
):
    client.force_login(chair)
    with clock.at(date(2017, 2, 3)):
        assert client.get("/reports/").context["frame"].month.start == date(2017, 1, 1)
        ready(union)
        page = client.get("/reports/")
    assert (page.context["union"], page.context["frame"].month.start) == (union, DECEMBER)


@pytest.mark.parametrize("code", ["WP02", "WP", "FT", "XX"])
@pytest.mark.parametrize("path", ["/reports/", "/reports/figures/member_count/"])
def test_another_unions_figures_are_not_there(client, other_union, chair, path, code):
    client.force_login(chair)
    assert client.get(path, {"union": code}).status_code == 404


@pytest.mark.parametrize("method", ["", "retry/", "file/", "rows/"])
def test_another_unions_report_is_not_there(client, union, outsider, method):
    report = ready(union)
    client.force_login(outsider)
    path = f"/reports/{report.pk}/{method}"
    answer = post(client, path) if method == "retry/" else client.get(path)
    assert answer.status_code == 404


def test_making_a_report_of_another_union_finds_no_such_union(client, union, outsider):
    client.force_login(outsider)
    assert post(client, "/reports/make/", union="WP01", month="2016-12").status_code == 404
    assert not MonthlyReport.objects.exists()


def test_who_sees_a_union_but_makes_no_reports_gets_403(client, union, reviewer):
    client.force_login(reviewer)
    assert post(client, "/reports/make/", union="WP01", month="2016-12").status_code == 403
    assert not MonthlyReport.objects.exists()
    assert (
        "生成2016年12月月报"
        not in client.get("/reports/?union=WP01&month=2016-12").content.decode()
    )


@pytest.mark.parametrize(
    ("month", "said"),
    [("2099-01", "本月或以前"), ("1999-01", "2000年以后"), ("abc", "2016-12"), ("", "请选择月份")],
)
def test_a_month_that_cannot_be_reported_is_refused_in_words(client, union, chair, month, said):
    client.force_login(chair)
    answer = post(client, "/reports/make/", union="WP01", month=month)
    assert (answer.status_code, said in answer.content.decode()) == (422, True)
    assert not MonthlyReport.objects.exists()


def test_a_button_pressed_twice_makes_one_report(client, union, chair):
    client.force_login(chair)
    token = {"form_token": uuid4(), "union": "WP01", "month": "2016-12"}
    first, second = (client.post("/reports/make/", token) for _ in range(2))
    assert first.url == second.url == MonthlyReport.objects.get().get_absolute_url()


def test_a_second_request_shows_the_one_under_way(client, union, chair):
    client.force_login(chair)
    first = post(client, "/reports/make/", union="WP01", month="2016-12")
    answer = post(client, "/reports/make/", union="WP01", month="2016-12")
    html = answer.content.decode()
    assert answer.status_code == 422
    assert "正在生成" in html
    assert f'href="{first.url}"' in html


def test_progress_is_polled_until_the_report_is_ready(client, union, chair):
    client.force_login(chair)
    url = post(client, "/reports/make/", union="WP01", month="2016-12").url
    jobs.claim(60)
    Job.objects.update(done=3, total=4, words="正在写明细")
    part = client.get(url, headers={"HX-Request": "true"})
    assert "75%" in part.content.decode()
    assert "<html" not in part.content.decode()
    assert "hx-get" in client.get(url).content.decode()
    Job.objects.update(lease_until=Now())
    work()
    assert client.get(url, headers={"HX-Request": "true"})["HX-Refresh"] == "true"
    html = client.get(url).content.decode()
    assert 'hx-trigger="every' not in html
    assert "下载月报" in html


def test_the_download_has_a_chinese_name_is_kept_by_nobody_and_is_noted(client, union, chair):
    report = ready(union, by=chair)
    client.force_login(chair)
    answer = client.get(f"/reports/{report.pk}/file/")
    name = quote("工会工作月报_晓月苑联合工会_2016年12月_v1.xlsx")
    assert answer["Content-Disposition"] == f"attachment; filename*=utf-8''{name}"
    assert (answer["Cache-Control"], answer["X-Content-Type-Options"]) == ("no-store", "nosniff")
    assert load_workbook(BytesIO(answer.content)).sheetnames[0] == "月报"
    act = Act.objects.get(name="download_report")
    assert (act.by_id, act.note, act.record) == (
        chair.pk,
        "月报",
        f"reports.monthlyreport:{report.pk}",
    )


def test_the_lists_in_their_own_file_are_downloaded_apart(client, union, chair, monkeypatch):
    monkeypatch.setattr(details, "ROWS_IN_WORKBOOK", 0)
    make_member(union)
    report = ready(union)
    client.force_login(chair)
    assert "明细文件" in client.get(f"/reports/{report.pk}/").content.decode()
    answer = client.get(f"/reports/{report.pk}/rows/")
    assert load_workbook(BytesIO(answer.content)).sheetnames == ["基层工会", "工会会员"]
    assert Act.objects.get(name="download_report").note == "明细文件"


def test_a_report_without_a_file_has_nothing_to_download(client, union, chair):
    report = monthly.request(union, DECEMBER, by=chair)
    client.force_login(chair)
    assert client.get(f"/reports/{report.pk}/file/").status_code == 404
    assert client.get(f"/reports/{ready(union.parent).pk}/rows/").status_code == 404


def test_who_may_not_see_people_sees_the_numbers_but_neither_rows_nor_files(client, union, finance):
    make_member(union, joined_on=DECEMBER)
    make_enterprise(union)
    report = ready(union)
    client.force_login(finance)
    html = client.get("/reports/?union=WP01&month=2016-12").content.decode()
    assert "工会会员" in html
    assert "/reports/figures/member_count/" not in html
    assert client.get(figure("member_count", union)).status_code == 403
    assert client.get(figure("enterprise_count", union)).status_code == 200
    assert client.get(f"/reports/{report.pk}/").status_code == 200
    assert client.get(f"/reports/{report.pk}/file/").status_code == 403
    assert not Act.objects.filter(name="download_report").exists()


def test_a_failed_report_says_why_and_is_retried(client, union, chair):
    report = monthly.request(union, DECEMBER, by=chair)
    Job.objects.update(
        state="failed", finished_at=Now(), error="处理时出错，已通知管理员。可以稍后重试。"
    )
    client.force_login(chair)
    for path in (f"/reports/{report.pk}/", "/reports/?union=WP01&month=2016-12"):
        html = client.get(path).content.decode()
        assert "处理时出错" in html
        assert "重试" in html
        assert "下载月报" not in html
    assert post(client, f"/reports/{report.pk}/retry/").status_code == 302
    work()
    report = MonthlyReport.objects.get(pk=report.pk)
    assert (report.state, report.error) == (State.READY, "")
    assert post(client, f"/reports/{report.pk}/retry/").status_code == 422


@pytest.mark.parametrize("indicator", SECTION.indicators, ids=lambda i: i.code)
def test_a_figures_page_lists_exactly_its_rows(client, union, other_union, chair, indicator):
    shop = make_enterprise(union)
    for route in ("new_union_unit", "scattered", "existing_union"):
        make_member(union, joined_on=DECEMBER, enterprise=shop, route=route)
        make_member(other_union, joined_on=DECEMBER, route=route)
    client.force_login(chair)
    page = client.get(figure(indicator.code, union))
    assert page.status_code == 200
    assert len(page.context["rows"]) == indicator.rows(union, YEAR).count()
    assert page.context["value"] == indicator.value(union, YEAR)
    assert indicator.definition in page.content.decode()


def test_a_figures_rows_are_masked_and_lead_to_their_pages(client, union, chair):
    membership = make_member(union, joined_on=DECEMBER)
    client.force_login(chair)
    html = client.get(figure("new_member_count", union)).content.decode()
    assert membership.person.id_number not in html
    assert membership.person.masked_id_number in html
    assert f'href="{membership.get_absolute_url()}"' in html


def _enterprise(union, n):
    return make_enterprise(union)


def _member(union, n):
    """Several on one day, and not in the order of their days."""
    return make_member(union, joined_on=date(2016, 1, 1 + n * 7 % 20))


@pytest.mark.parametrize(
    ("code", "make"),
    [
        ("enterprise_count", _enterprise),
        ("member_count", _member),
        ("new_member_count", _member),
    ],
)
def test_all_rows_of_a_figure_can_be_paged_through_and_back(client, union, chair, code, make):
    for n in range(selectors.ROWS_A_PAGE * 2 + 1):
        make(union, n)
    client.force_login(chair)
    seen, url = [], figure(code, union)
    while url:
        page = client.get(url)
        seen.append([url for url, _ in page.context["rows"]])
        url, back = page.context["pager"]["next_url"], page.context["pager"]["prev_url"]
    assert [len(rows) for rows in seen] == [50, 50, 1]
    assert len({row for rows in seen for row in rows}) == 101
    middle = client.get(back)
    assert [url for url, _ in middle.context["rows"]] == seen[1]
    if make is _member:
        days = [cells[4][1] for _, cells in middle.context["rows"]]
        assert days == sorted(days, reverse=True)
    first = client.get(middle.context["pager"]["prev_url"])
    assert [url for url, _ in first.context["rows"]] == seen[0]
    assert first.context["pager"]["prev_url"] == ""


@pytest.mark.parametrize(
    ("dates", "said"),
    [
        ({"from": "2016-13-01", "to": "2016-12-31"}, "日期写成"),
        ({"from": "2016-12-31", "to": "2016-12-01"}, "不能早于"),
        ({"from": "1016-12-31", "to": "2016-12-01"}, "2000年以后"),
    ],
)
def test_a_period_that_is_none_is_refused_in_words(client, union, chair, dates, said):
    client.force_login(chair)
    answer = client.get("/reports/figures/member_count/", {"union": "WP01", **dates})
    assert (answer.status_code, said in answer.content.decode()) == (422, True)


def test_an_unknown_figure_is_not_there(client, chair):
    client.force_login(chair)
    assert client.get("/reports/figures/secret_count/?union=WP01").status_code == 404


@pytest.mark.parametrize("key", ["after=x", "after=-1", "after=99999999999999999999", "before=²"])
def test_an_odd_page_key_shows_the_first_page(client, union, chair, key):
    make_member(union, joined_on=DECEMBER)
    client.force_login(chair)
    assert len(client.get(f"{figure('member_count', union)}&{key}").context["rows"]) == 1


def test_older_reports_are_a_page_away(client, union, chair, monkeypatch):
    monkeypatch.setattr(selectors, "REPORTS_A_PAGE", 2)
    for _ in range(3):
        ready(union)
    client.force_login(chair)
    page = client.get("/reports/?union=WP01&month=2016-12")
    assert [r.version for r in page.context["reports"]] == [3, 2]
    page = client.get(f"/reports/?union=WP01&month=2016-12&before={page.context['older']}")
    assert [r.version for r in page.context["reports"]] == [1]


def test_pages_take_the_same_number_of_queries_however_many_rows(
    client, area, union, other_union, officer
):
    def queries(path):
        with CaptureQueriesContext(connection) as ran:
            assert client.get(path).status_code == 200
        return len(ran)

    client.force_login(officer)
    paths = [
        "/reports/?union=WP&month=2016-12",
        figure("new_member_count", area),
        figure("enterprise_count", area),
        figure("grid_unit_count", area),
    ]
    ready(area)
    make_member(union, joined_on=DECEMBER, enterprise=make_enterprise(union))
    for path in paths:
        queries(path)  # once for what is remembered after the first page
    few = [queries(path) for path in paths]
    for _ in range(5):
        make_member(other_union, joined_on=DECEMBER, enterprise=make_enterprise(other_union))
    ready(area)
    assert [queries(path) for path in paths] == few
    assert few[0] <= 20
    assert max(few[1:]) <= 12
