"""The home page: to do, due soon, figures, by role."""

from datetime import date

import pytest

from members import home, report, services
from members.models import EnterpriseYear, Person, UnionProfile
from members.rules import Status
from members.selectors import paging
from tests.factories import make_enterprise, make_member, make_union, make_user
from wanping_union import clock
from wanping_union.accounts.models import User
from wanping_union.home import ToDo, greeting, overdue
from wanping_union.indicators import Period, values
from wanping_union.reference.models import ReferenceValue
from wanping_union.roles import Role

TODAY = date(2016, 12, 1)


@pytest.fixture(autouse=True)
def _on_a_day():
    with clock.at(TODAY):
        yield


@pytest.fixture
def remind(db):
    ReferenceValue.objects.create(
        key="committee_term.reminder", label="换届提醒提前天数", value=90,
        valid_from=date(2010, 1, 1), source="x", confidence="H",
    )  # fmt: skip


def test_what_is_missing_is_counted_and_leads_to_those_people(client, chair, union, other_union):
    make_member(union, name="甲", joined_on=date(2016, 3, 1))
    make_member(union, name="乙", joined_on=date(2012, 3, 1), mobile="13911112222")
    make_member(union, name="丙", status=Status.RETAINED)
    make_member(other_union, name="丁")
    items = home.todo(chair)
    assert [item.title[:3] for item in items] == ["1 名", "1 名", "2 名"]
    client.force_login(chair)
    names = [[row.name for row in client.get(item.url).context["rows"]] for item in items]
    assert names == [["甲"], ["甲"], ["甲", "乙"]]


def test_nothing_missing_is_nothing_to_do(chair, auditor, union):
    assert home.todo(chair) == []
    make_member(union)
    assert home.todo(auditor) == [], "who cannot mend it is not asked to"


def test_ending_terms_are_due_and_the_overdue_come_first(
    client, remind, officer, chair, reviewer, administrator, union, other_union
):
    UnionProfile.objects.create(union=union, term_from=date(2014, 2, 1), term_years=3)
    UnionProfile.objects.create(union=other_union, term_from=date(2013, 11, 1), term_years=3)
    assert [item.days_left for item in home.due(officer)] == [-30, 62]
    assert [item.days_left for item in home.due(chair)] == [62]
    assert len(home.due(reviewer)) == 2
    assert home.due(administrator) == []
    assert [item.tag for item in home.due(officer)] == ["已超期 30 天", "还有 62 天"]


def test_tiles_are_the_figures_of_the_report_and_open_their_rows(client, chair, union, officer):
    make_member(union)
    make_member(union, status=Status.RETAINED)
    member, women, *_ = home.tiles(chair)
    assert (member.label, member.value, women.value) == ("工会会员", "1", "1")
    assert member.url == "/reports/figures/member_count/?union=WP01&from=2016-01-01&to=2016-12-01"
    assert "union=WP&" in home.tiles(officer)[0].url


def test_tiles_count_by_present_status_what_the_report_counts_by_history(
    chair, officer, reviewer, union, other_union, area, district
):
    for place in (union, other_union, area, district):
        members = [make_member(place, status=status) for status in Status]
        Person.objects.filter(pk=make_member(place).person_id).update(sex="M")
        for changes in ({}, {"covered_from": None}, {"covered_from": date(2017, 1, 1)}):
            firm = make_enterprise(place, **changes)
            for year, headcount in ((2014, 5), (2016, None), (2017, 90)):
                EnterpriseYear.objects.create(
                    enterprise=firm, year=year, headcount=headcount, size="unknown"
                )
        gone = {"place": "relocated", "relocated_on": date(2016, 5, 1)}
        make_enterprise(place, **gone)
        active = next(m for m in members if m.status == Status.ACTIVE)
        services.withdraw(active, by=make_user(Role.UNIT_CHAIR, place), on=TODAY)
    codes = [report.SECTION.find(code) for code in home.TILES]
    for user in (chair, officer, reviewer):
        top = User.objects.get(pk=user.pk).held[0].union
        wanted = values(top, [(code, Period(date(2016, 1, 1), TODAY)) for code in codes])
        shown = [int(tile.value.replace(",", "")) for tile in home.tiles(user)]
        assert shown == wanted
        assert all(shown)


def test_counts_of_what_is_missing_end_where_they_would_take_long(chair, union, monkeypatch):
    monkeypatch.setattr(paging, "CAP", 2)
    for _ in range(3):
        make_member(union)
    assert [item.title[:4] for item in home.todo(chair)][-1] == "2+ 名"


def test_only_those_above_the_grid_have_the_map(officer, reviewer, chair, district, union):
    finance = make_user(Role.FINANCE_OFFICER, district)
    assert home.grid(officer)
    assert home.grid(reviewer)
    assert home.grid(chair) == home.grid(finance) == []


@pytest.mark.parametrize("role", Role)
def test_every_role_has_a_home_page(client, role, union, area, district):
    place = {"un": union, "ar": area}.get(role[:2], district)
    client.force_login(make_user(role, place, name="彭东"))
    page = client.get("/").content.decode()
    assert "好，彭东" in page
    assert "今天要办" in page
    assert "到期提醒" in page
    keeps = role[:2] in ("un", "ar")
    assert ("登记会员" in page) == keeps
    assert (">查人<" in page) == (role != Role.FINANCE_OFFICER)


@pytest.mark.parametrize(
    ("hour", "words"),
    [(4, "晚上好"), (5, "早上好"), (11, "中午好"), (13, "下午好"), (18, "晚上好")],
)
def test_the_greeting_goes_by_the_hour(hour, words):
    assert greeting(hour) == words


def test_days_left_are_said_in_words():
    said = [ToDo("", "", "", days).tag for days in (None, -12, 0, 3)]
    assert said == ["", "已超期 12 天", "今天到期", "还有 3 天"]


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (60, "60 天"),
        (61, "2 个月"),
        (92, "3 个月"),
        (729, "23 个月"),
        (730, "2 年"),
        (3554, "9 年"),
    ],
)
def test_a_long_delay_is_said_in_months_or_years(days, words):
    assert overdue(days) == f"已超期 {words}"


def test_the_home_page_shows_five_due_matters_and_leads_to_the_rest(client, remind, officer, area):
    for n in range(7):
        union = make_union(area)
        UnionProfile.objects.create(union=union, term_from=date(2013, 2, n + 1), term_years=3)
    client.force_login(officer)
    page = client.get("/").content.decode()
    assert page.count("本届任期到") == 5
    assert "7 件到期或快到期" in page
    assert "还有 2 件" in page
    assert "/members/grid/?as=table" in page
