"""The workbook: what it says is what the figures say, in the form offices expect."""

from datetime import date
from io import BytesIO
from urllib.parse import parse_qs, urlsplit

import pytest
from django.conf import settings
from openpyxl import load_workbook
from python_calamine import CalamineWorkbook

from members.models import EnterpriseYear, Membership, Person, Standing
from members.rules import Sex
from tests.factories import make_enterprise, make_member
from wanping_union import crypto, portal
from wanping_union.indicators import value_of
from wanping_union.jobs import worker
from wanping_union.reports import details, monthly
from wanping_union.reports.models import MonthlyReport, State

DECEMBER = date(2016, 12, 1)


def made(union, by=None, month=DECEMBER):
    report = monthly.request(union, month, by=by)
    worker.work({monthly.BUILD: monthly.building(portal.SECTIONS)})
    report = MonthlyReport.objects.select_related("job").get(pk=report.pk)
    assert report.state == State.READY, report.error
    return report


def opened(report):
    return load_workbook(BytesIO(report.content))


def table(sheet):
    """{figure: [month, year, before, change]} as the sheet 月报 shows them."""
    rows = sheet.iter_rows(min_row=5, max_col=7, values_only=True)
    return {name: list(values) for number, name, _, *values in rows if isinstance(number, int)}


@pytest.fixture
def busy(union):
    """A union with something of everything."""
    shop = make_enterprise(union, name="=老五金店")
    EnterpriseYear.objects.create(enterprise=shop, year=2015, headcount=12, size="micro")
    make_member(
        union, name="@韩轩娜", joined_on=date(2016, 12, 31), enterprise=shop, route="scattered"
    )
    make_member(union, name="赵六", joined_on=date(2016, 3, 1), route="new_union_unit")
    make_member(union, name="钱七", joined_on=date(2015, 12, 31))
    return union


def test_the_cells_are_the_figures_of_the_report(busy):
    report = made(busy)
    names = {code: portal.INDICATORS[code].name for code in report.figures}
    shown = table(opened(report)["月报"])
    for code, figure in report.figures.items():
        month, year, before, percent = shown[names[code]]
        expected = [value_of(figure[when]) for when in ("month", "year", "before")]
        assert [None if v == "—" else v for v in (month, year, before)] == expected, code
        assert percent == ("—" if figure["change"] is None else float(figure["change"])), code
    assert shown["新发展会员"] == [1, 2, 1, 100.0]
    assert shown["工会会员"] == [3, "—", 1, 200.0]


def test_another_reader_sees_the_same_numbers(busy):
    report = made(busy)
    rows = (
        CalamineWorkbook.from_filelike(BytesIO(report.content))
        .get_sheet_by_name("月报")
        .to_python()
    )
    assert [row[3] for row in rows if row[1] == "新发展会员"] == [1]
    assert rows[0][0] == f"{busy}工作月报"
    assert rows[1][0] == f"填报单位：{busy}"
    assert rows[1][7] == "单位：人、件、元、家"


def test_every_number_opens_the_page_of_its_rows(busy):
    sheet = opened(made(busy))["月报"]
    row = next(r for r in sheet.iter_rows(min_row=5) if r[1].value == "新发展会员")
    links = [urlsplit(cell.hyperlink.target) for cell in row[3:6]]
    assert {f"{link.scheme}://{link.netloc}" for link in links} == {settings.PORTAL_URL}
    assert {link.path for link in links} == {"/reports/figures/new_member_count/"}
    assert [parse_qs(link.query)["from"] for link in links] == [
        ["2016-12-01"],
        ["2016-01-01"],
        ["2015-01-01"],
    ]
    assert [parse_qs(link.query)["to"] for link in links] == [
        ["2016-12-31"],
        ["2016-12-31"],
        ["2015-12-31"],
    ]
    assert {tuple(parse_qs(link.query)["union"]) for link in links} == {(busy.code,)}


def test_it_looks_as_offices_expect(busy, chair):
    book = opened(made(busy, by=chair))
    assert book.sheetnames == ["月报", "趋势", "明细", "口径"]
    sheet = book["月报"]
    assert (sheet["A1"].font.name, sheet["A1"].font.size) == ("方正小标宋简体", 20)
    assert (sheet["A3"].font.name, sheet["A3"].font.bold, sheet["A3"].font.size) == (
        "黑体",
        True,
        12,
    )
    assert (sheet["B5"].font.name, sheet["B5"].font.size) == ("仿宋_GB2312", 11)
    assert sheet["B5"].border.left.style == "thin"
    assert (sheet.freeze_panes, sheet.print_title_rows) == ("A4", "$1:$3")
    assert (sheet.page_setup.orientation, sheet.page_setup.paperSize) == ("landscape", 9)
    assert sheet.oddFooter.center.text == "第 &P 页 共 &N 页"
    text = "".join(str(c.value) for r in sheet.iter_rows(min_row=16) for c in r if c.value)
    for word in (
        "负责人",
        "审核人",
        "填报人",
        "联系电话",
        "填报日期",
        "第1版",
        "程梓燕",
        "生成时间",
    ):
        assert word in text
    assert len(book["趋势"]._charts) == 2


def test_the_list_of_rows_adds_up_and_says_so(busy):
    sheet = opened(made(busy))["明细"]
    rows = list(sheet.iter_rows(values_only=True))
    totals = {row[1]: row for row in rows if row[0] == "合计"}
    assert totals["工会会员"][2:4] == ("期末", 3)
    assert totals["其中：女会员"][2:4] == ("期末", 3)
    assert totals["覆盖企业职工"][2:4] == ("期末", 12)
    assert totals["新发展会员"][2:6] == ("本月", 1, "本年累计", 2)
    assert totals["其中：零散会员"][2:6] == ("本月", 1, "本年累计", 1)
    assert {row[6] for row in totals.values()} == {"与月报一致"}
    numbered = [row for row in rows if isinstance(row[0], int)]
    assert len(numbered) == MonthlyReport.objects.get().rows == 1 + 1 + 3 + 0 + 2 + 1


def test_people_are_masked_and_nothing_can_become_a_formula(busy):
    book = opened(made(busy))
    numbers = {p.id_number for p in Person.objects.all()}
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert not numbers & {cell.value for cell in cells}
    assert not [cell for cell in cells if cell.data_type == "f"]
    named = {
        cell.value: cell.quotePrefix
        for cell in cells
        if cell.value in ("=老五金店", "@韩轩娜", "赵六")
    }
    assert named == {"=老五金店": True, "@韩轩娜": True, "赵六": False}


def test_the_meaning_of_every_figure_and_the_checks_are_in_the_file(busy):
    rows = list(opened(made(busy))["口径"].iter_rows(values_only=True))
    words = {row[2]: row[4] for row in rows}
    for code, indicator in portal.INDICATORS.items():
        assert words[code] == indicator.definition
    assert ("一致", 2) in {(row[6], row[4]) for row in rows}


def test_control_characters_in_a_name_do_not_break_the_file(union):
    make_enterprise(union, name="坏\x0b字")
    sheet = opened(made(union))["明细"]
    assert "坏字" in {cell.value for row in sheet.iter_rows() for cell in row}


def test_an_open_month_says_until_when(union):
    from_clock = date(2016, 12, 15)
    with portal.clock.at(from_clock):
        report = made(union)
    assert opened(report)["月报"]["D2"].value == "2016年12月（截至2016年12月15日）"


def make_many(union, count):
    """Members by bulk: only what the report reads."""
    people = Person.objects.bulk_create(
        Person(
            name=f"会员{n}",
            sex=Sex.MALE,
            born_on=date(1980, 1, 1),
            id_number=f"11010119800101{n:04d}",
            id_hash=crypto.keyed_hash("id_number", f"bulk{n}"),
        )
        for n in range(count)
    )
    held = Membership.objects.bulk_create(
        Membership(person=p, union=union, joined_on=date(2015, 1, 1)) for p in people
    )
    Standing.objects.bulk_create(
        Standing(membership=m, status="active", from_on=m.joined_on) for m in held
    )


def test_beyond_5000_rows_the_lists_have_a_file_of_their_own(committed, union):
    make_enterprise(union, name="+老五金店")
    make_many(union, 4_999)
    report = made(union)
    assert (report.rows, opened(report)["明细"].max_row < 50) == (5_001, True)
    book = load_workbook(BytesIO(report.bulk), read_only=True)
    rows = list(book["工会会员"].iter_rows(values_only=True))
    assert rows[2][:3] == ("序号", "姓名", "证件号码")
    assert len(rows) == 3 + 4_999
    assert rows[3][2] == "110101********0000"
    assert list(book["工会覆盖企业"].iter_rows(values_only=True))[3][1] == "+老五金店"


@pytest.mark.parametrize(("rows", "has_bulk"), [(4, False), (3, True)])
def test_all_rows_stay_in_the_workbook_up_to_the_limit(union, monkeypatch, rows, has_bulk):
    monkeypatch.setattr(details, "ROWS_IN_WORKBOOK", rows)
    for _ in range(3):
        make_member(union)
    assert (made(union).bulk is not None) == has_bulk


def test_the_lists_kept_in_the_workbook_are_whole(union, monkeypatch):
    monkeypatch.setattr(details, "ROWS_IN_WORKBOOK", 4)
    for _ in range(3):
        make_member(union, joined_on=DECEMBER)
    report = made(union)
    rows = list(opened(report)["明细"].iter_rows(values_only=True))
    titles = [row[0] for row in rows if isinstance(row[0], str) and "（" in row[0]]
    assert len(titles) == 7
    assert {row[1] for row in rows if row[0] == "合计"} >= {"基层工会", "工会会员"}
    assert "新发展会员" not in {row[1] for row in rows if row[0] == "合计"}
    assert sum(isinstance(row[0], int) for row in rows) == 4
    assert CalamineWorkbook.from_filelike(BytesIO(report.bulk)).sheet_names == [
        "基层工会",
        "工会会员",
        "新发展会员",
    ]
