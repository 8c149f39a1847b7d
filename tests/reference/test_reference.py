"""Dated values: looking up, the page, keeping them."""

from datetime import date, timedelta
from decimal import Decimal
from io import StringIO
from itertools import pairwise
from uuid import uuid4

import pytest
from django.core.management import call_command

from wanping_union import clock
from wanping_union.audit.models import Act
from wanping_union.errors import NotAllowed
from wanping_union.reference import selectors, services
from wanping_union.reference.models import Confidence, Holiday, ReferenceValue
from wanping_union.reference.seed import GROUPS, ROWS

WAGE = "minimum_wage.monthly"


@pytest.fixture
def seed(db):
    services.load_seed()


@pytest.fixture
def keeper(client, administrator, seed):
    client.force_login(administrator)
    client.get("/me/")
    return client


def typed(**values):
    return {
        "label": "最低工资（月）",
        "key": WAGE,
        "value": "2640",
        "unit": "元/月",
        "text": "",
        "valid_from": "2027-09-01",
        "valid_to": "",
        "source": "京人社劳发〔2027〕1号",
        "confidence": "H",
        "note": "",
        "form_token": str(uuid4()),
    } | values


def test_the_value_of_a_day_is_that_of_the_row_in_force(seed):
    assert services.value(WAGE, date(2016, 8, 31)) == Decimal("1720")
    assert services.value(WAGE, date(2016, 9, 1)) == Decimal("1890")
    assert services.value(WAGE, date(2011, 12, 31)) is None
    assert services.value("wage_guideline.base", date(2014, 6, 1)) is None


def test_loading_twice_adds_nothing_and_touches_nothing(seed):
    ReferenceValue.objects.filter(key=WAGE).update(source="改过的来源")
    out = StringIO()
    call_command("load_reference", stdout=out)
    assert "新增 0 条" in out.getvalue()
    assert set(ReferenceValue.objects.filter(key=WAGE).values_list("source", flat=True)) == {
        "改过的来源"
    }


def test_rows_of_the_handbook_do_not_overlap_and_have_a_group():
    by_key = {}
    for row in ROWS:
        by_key.setdefault(row.key, []).append(row)
        assert row.key.partition(".")[0] in GROUPS
        assert row.source
    for rows in by_key.values():
        days = sorted((row.valid_from, row.valid_to or date.max) for row in rows)
        assert all(end < start for (_, end), (start, _) in pairwise(days))


def test_what_nobody_verified_is_marked(keeper):
    page = keeper.get("/reference/?unverified=1").content.decode()
    assert "待核实" in page
    assert "会费占本人每月基本收入的比例" in page
    assert "北京市月最低工资标准" not in page


def test_the_list_is_grouped_and_narrowed(keeper):
    page = keeper.get("/reference/").content.decode()
    assert page.index("工会组织") < page.index("最低工资标准") < page.index("低保和低收入标准")
    page = keeper.get("/reference/", {"text": "低保"}).content.decode()
    assert "低保线" in page
    assert "滞纳金" not in page
    assert "没有符合条件" in keeper.get("/reference/?text=xyz").content.decode()
    assert "职工平均工资（旧口径）" in keeper.get("/reference/?state=over").content.decode()
    assert keeper.get("/reference/?state=odd").status_code == 200


def test_the_row_shown_is_the_one_in_force_on_the_business_day(seed):
    with clock.at(date(2016, 12, 31)):
        groups = dict(selectors.groups(clock.today()))
    line = next(line for line in groups["最低工资标准"] if line.row.key == WAGE)
    assert line.row.value == Decimal("1890")
    assert line.state == ("valid", "现行")


def test_history_tells_what_replaced_what(seed):
    states = [line.state[1] for line in selectors.history(WAGE, date(2016, 12, 31))]
    assert states == ["未生效"] * 8 + ["现行"] + ["已被替代"] * 4


def test_everybody_reads_and_only_administrators_keep(client, seed, chair):
    client.force_login(chair)
    assert client.get("/reference/").status_code == 200
    page = client.get(f"/reference/of/{WAGE}/").content.decode()
    assert "新增一行" not in page
    row = ReferenceValue.objects.first()
    for path in ("/reference/new/", f"/reference/row/{row.pk}/"):
        assert client.get(path).status_code == 403
        assert client.post(path, typed()).status_code == 403
    assert client.get("/reference/of/no.such/").status_code == 404


def test_a_new_document_is_a_new_row(keeper, administrator):
    page = keeper.get(f"/reference/new/?key={WAGE}").content.decode()
    assert 'value="北京市月最低工资标准"' in page
    assert "2026-01-01" in page
    assert (
        keeper.post(f"/reference/new/?key={WAGE}", typed())["Location"] == f"/reference/of/{WAGE}/"
    )
    assert services.value(WAGE, date(2027, 9, 1)) == Decimal("2640")
    assert services.value(WAGE, date(2027, 8, 31)) == Decimal("2540")
    assert Act.objects.get().by == administrator


def test_a_second_row_of_the_same_day_is_refused(keeper):
    response = keeper.post("/reference/new/", typed(valid_from="2025-09-01"))
    assert response.status_code == 422
    assert "同一天已经有一个数值" in response.content.decode()
    assert 'value="2640"' in response.content.decode()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"value": ""}, "数值和文字至少填一项"),
        ({"value": "1.23456"}, "小数"),
        ({"value": "abc"}, "数字"),
        ({"valid_to": "2020-01-01"}, "有效期止不能早于有效期起"),
        ({"key": "Wage"}, "代码只用小写英文"),
        ({"source": ""}, "请填写来源。"),
        ({"confidence": "Z"}, "有效"),
        ({"valid_from": "2027-02-30"}, "日期"),
    ],
)
def test_each_mistake_is_said_in_words(keeper, change, words):
    response = keeper.post("/reference/new/", typed(**change))
    assert response.status_code == 422
    assert words in response.content.decode()


def test_a_slip_of_the_pen_is_mended_and_noted(keeper):
    row = ReferenceValue.objects.get(key=WAGE, valid_from=date(2025, 9, 1))
    page = keeper.get(f"/reference/row/{row.pk}/").content.decode()
    assert "新增一行" in page
    keeper.post(f"/reference/row/{row.pk}/", typed(valid_from="2025-09-01", value="2541"))
    row.refresh_from_db()
    assert row.value == Decimal("2541")
    assert "value" in Act.objects.get().changed
    assert keeper.get("/reference/row/999999/").status_code == 404


def test_pages_take_few_queries(keeper, django_assert_max_num_queries):
    ReferenceValue.objects.bulk_create(
        ReferenceValue(
            key=f"minimum_wage.more_{n}",
            label=f"第{n}项",
            value=n,
            valid_from=date(2010, 1, 1) + timedelta(days=n),
            source="试",
            confidence=Confidence.HIGH,
        )
        for n in range(100)
    )
    for path in ("/reference/", f"/reference/of/{WAGE}/"):
        with django_assert_max_num_queries(9):
            keeper.get(path)


def test_the_calendar_is_seeded_once_and_never_over_a_year_somebody_changed(seed, administrator):
    calendar = services.calendar()
    assert calendar.known_years == set(range(2004, 2027))
    assert not calendar.is_rest(date(2016, 10, 8))
    services.save_year(
        2026, by=administrator, off={date(2026, 1, 1): "元旦"}, worked={}, source="改过"
    )
    services.load_seed()
    assert Holiday.objects.filter(day__year=2026).count() == 1


def test_the_administrator_enters_a_years_notice_and_the_days_are_no_longer_provisional(keeper):
    page = keeper.get("/reference/holidays/2027/").content.decode()
    assert "暂定" in page
    sent = {
        "off": "2027-01-01 元旦\n\n2027-01-02 元旦",
        "worked": "2027-01-03 元旦",
        "source": "国办发明电〔2026〕9号",
        "form_token": str(uuid4()),
    }
    assert keeper.post("/reference/holidays/2027/edit/", sent).status_code == 302
    assert "暂定" not in keeper.get("/reference/holidays/2027/").content.decode()
    assert not services.calendar().is_rest(date(2027, 1, 3))
    assert Act.objects.get(name="save_year").changed["2027-01-03"] == ["", "上班"]
    assert "11 天" not in keeper.get("/reference/holidays/").content.decode()


@pytest.mark.parametrize(
    ("off", "worked", "words"),
    [
        ("2027-01-01", "2027-01-01", "同时写在"),
        ("2026-01-01", "", "只能填写 2027 年"),
        ("元旦", "", "看不懂"),
        ("", "", "请填写放假"),
    ],
)
def test_a_notice_that_cannot_be_is_refused_with_the_reason(keeper, off, worked, words):
    sent = {"off": off, "worked": worked, "source": "x", "form_token": str(uuid4())}
    answer = keeper.post("/reference/holidays/2027/edit/", sent)
    assert answer.status_code == 422
    assert words in answer.content.decode()


def test_only_the_administrator_keeps_the_calendar(client, chair, seed):
    with pytest.raises(NotAllowed):
        services.save_year(2027, by=chair, off={}, worked={}, source="x")


def test_before_any_notice_the_calendar_shows_this_year_and_the_next(client, administrator):
    client.force_login(administrator)
    assert client.get("/reference/holidays/").content.decode().count("暂定") >= 2
