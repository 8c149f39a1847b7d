import datetime
import json
from pathlib import Path

import pytest

from tests.imports import corpus
from wanping_union.imports import layout
from wanping_union.imports.layout import Column, RowKind, classify, data_rows, layout_of, understand
from wanping_union.imports.reading import Sheet, Unreadable, open_workbook

SAMPLE = Path(layout.__file__).parents[1] / "sample" / "data"
XLS = Path(__file__).with_name("files") / "roster.xls"
COLUMNS = (
    Column("name", "姓名", ("会员姓名", "职工姓名"), required=True),
    Column("id_number", "证件号码", ("身份证号", "身份证号码", "公民身份号码"), required=True),
    Column("union", "所属工会", ("工会名称", "所在工会"), required=True),
    Column("joined_on", "入会日期", ("入会时间",), required=True),
    Column("sex", "性别"),
    Column("born_on", "出生日期", ("出生年月日",)),
    Column("mobile", "手机号码", ("联系电话", "手机号")),
    Column("employer", "工作单位", ("单位名称",)),
    Column("remark", "备注"),
)
KEYS = ["name", "id_number", "union", "joined_on"]
HEADER = ["序号", "姓名", "证件号码", "所属工会", "入会日期"]
PERSON = [1, "韩轩娜", "110106198507150020", "晓月苑联合工会", "2016-12-30"]


def numbered(*rows, first=1):
    return list(enumerate(rows, first))


def of_sheet(*rows):
    return understand({Sheet(0, "花名册", False): numbered(*rows)}, COLUMNS)


def of_sheets(**sheets):
    found = {
        Sheet(at, name, False): numbered(*rows) for at, (name, rows) in enumerate(sheets.items())
    }
    return understand(found, COLUMNS)


def kind(*row):
    return classify(list(row), of_sheet(HEADER, PERSON))


def read(content, name="名册.xlsx"):
    with open_workbook(content, name) as book:
        found = layout_of(book, COLUMNS)
        return found, list(data_rows(book, found))


# The files of the sample year


def test_the_damaged_roster_has_its_sixty_rows():
    facts = json.loads((SAMPLE / "roster-damaged.json").read_text())

    found, rows = read((SAMPLE / "roster-damaged.xlsx").read_bytes())

    assert (found.sheet.name, found.header_row) == ("花名册", facts["header_row"])
    assert len(rows) == facts["rows"]
    assert {error["row"] for error in facts["errors"]} <= {number for number, _ in rows}
    assert found.reporting_union == "晓月苑联合工会"
    assert found.year is None
    assert found.headings["name"] == "姓 名"


@pytest.mark.parametrize(
    ("name", "rows", "header"), [("roster-2016.xlsx", 1231, 2), ("roster-gb18030.csv", 40, 1)]
)
def test_the_clean_rosters_are_understood(name, rows, header):
    found, people = read((SAMPLE / name).read_bytes(), name)

    assert (len(people), found.header_row, found.missing) == (rows, header, ())


def test_the_enterprises_are_understood_with_the_year_of_their_title():
    columns = (
        Column("name", "名称", ("企业名称",), required=True),
        Column("uscc", "统一社会信用代码", required=True),
        Column("revenue", "营业收入"),
    )
    with open_workbook((SAMPLE / "enterprises-2016.xlsx").read_bytes(), "") as book:
        found = layout_of(book, columns)
        rows = list(data_rows(book, found))

    assert (found.year, found.headings["revenue"], len(rows)) == (2016, "营业收入（万元）", 127)


def test_an_old_workbook_with_merged_cells_is_understood():
    found, rows = read(XLS.read_bytes(), "roster.xls")

    assert (found.header_row, found.year) == (3, 2016)
    assert [number for number, _ in rows] == [4, 5]
    assert rows[1][1]["union"] == "晓月苑联合工会"
    assert rows[1][1]["joined_on"] == datetime.date(2016, 1, 2)


# The header


@pytest.mark.parametrize("above", [0, 1, 7, 38])
def test_the_header_is_found_wherever_it_stands(above):
    found = of_sheet(*[["名册说明", "第一条"]] * above, HEADER, PERSON)

    assert found.header_row == above + 1


def test_columns_may_stand_in_any_order():
    found = of_sheet(HEADER[::-1], PERSON[::-1])

    assert found.columns == {"joined_on": 0, "union": 1, "id_number": 2, "name": 3}
    assert found.unknown == ("序号",)


@pytest.mark.parametrize(
    "written",
    [
        "姓 名",
        "姓　名",
        "*姓名",
        "姓名*",
        "姓名\n（必填）",
        "【姓名】",
        "姓名（请填全名）",
        "姓名：",
        "会员姓名",
        "职工 姓名(必填)",
        "会员的姓名",
    ],
)
def test_a_header_is_known_through_spaces_brackets_and_marks(written):
    assert of_sheet(["序号", written, *HEADER[2:]]).columns["name"] == 1


def test_a_name_within_a_longer_header_counts_only_where_it_is_alone():
    header = [
        "姓名",
        "身份证号（18位）",
        "所属工会名称",
        "何时入会时间",
        "家庭联系电话",
        "办公联系电话",
    ]

    found = of_sheet(header)

    assert [found.columns[key] for key in KEYS] == [0, 1, 2, 3]
    assert found.unknown == ("家庭联系电话", "办公联系电话")


def test_the_exact_name_wins_over_the_longer_one_before_it():
    found = of_sheet(["原工作单位名称", "配偶姓名", *HEADER, "手机号码（个人）", "配偶手机号码"])

    assert found.columns["name"] == 3
    assert found.columns["mobile"] == 7
    assert "employer" not in found.columns


@pytest.mark.parametrize("written", ["配偶姓名", "紧急联系人姓名", "推荐人姓名"])
def test_somebody_elses_name_is_never_the_members_own(written):
    with pytest.raises(Unreadable, match="姓名"):
        of_sheet([written, *HEADER[2:]])


def test_a_header_of_two_rows_is_one_header():
    found = of_sheet(
        ["工会会员花名册"],
        ["序号", "会员", None, "工会", None, "备注"],
        [None, "姓名", "身份证号", "名称", "入会时间", None],
        PERSON,
    )

    assert found.header_row == 3
    assert found.columns == {"name": 1, "id_number": 2, "union": 3, "joined_on": 4, "remark": 5}


def test_a_header_merged_over_two_rows_is_not_read_as_a_person():
    rows = [
        ["姓名", *HEADER[2:], "联系", None],
        [None] * 4 + ["手机号码", "住址"],
        [*PERSON[1:], "", ""],
    ]

    found, people = read(corpus.xlsx(rows, merged="A1:A2"))

    assert found.header_row == 2
    assert [number for number, _ in people] == [3]


def test_the_sheet_with_people_is_chosen_and_the_others_are_named():
    roster = (HEADER, PERSON)
    found = of_sheets(
        填写说明=roster,
        字典=(["性别", "男", "女"],),
        汇总=(["所属工会", "人数"], ["甲", 3]),
        名册=roster,
        补充=roster,
    )

    assert found.sheet.name == "名册"
    assert found.others == ("补充",)


def test_an_empty_sheet_loses_against_one_with_rows():
    assert of_sheets(一=(HEADER,), 二=(HEADER, PERSON)).sheet.name == "二"


def test_a_hidden_sheet_is_never_chosen():
    sheets = {
        Sheet(0, "名册", True): numbered(HEADER, PERSON),
        Sheet(1, "表", False): numbered(["甲"]),
    }

    with pytest.raises(Unreadable):
        understand(sheets, COLUMNS)


@pytest.mark.parametrize(
    ("title", "year"),
    [
        ("宛平城地区企业台账（2016年）", 2016),
        ("2016 年12月  会员名册", 2016),
        ("填报日期：2016年12月30日", None),
        ("会员名册", None),
    ],
)
def test_the_year_stands_in_the_title(title, year):
    assert of_sheet([title], HEADER).year == year


@pytest.mark.parametrize(
    "row",
    [
        ["填报单位：晓月苑联合工会"],
        ["填报单位（盖章）:晓月苑联合工会     填报日期：2016年12月30日"],
        ["填报单位", None, "晓月苑联合工会"],
        ["工会名称： 晓月苑联合工会"],
    ],
)
def test_the_reporting_union_stands_above_the_header(row):
    found = of_sheet(["名册"], row, HEADER, PERSON)

    assert (found.reporting_union, found.header_row) == ("晓月苑联合工会", 3)


def test_a_missing_column_is_named():
    with pytest.raises(Unreadable) as refused:
        of_sheet(["名册"], ["序号", "姓名", "所属工会", "性别"], [1, "甲", "乙", "男"])

    assert refused.value.code == "no_header"
    assert "第 2 行" in refused.value.sentence
    assert "证件号码、入会日期" in refused.value.sentence


@pytest.mark.parametrize("rows", [(), (["甲", "乙"],), ([1, 2, 3],), (["说明" * 60],)])
def test_a_sheet_without_a_header_is_refused(rows):
    with pytest.raises(Unreadable) as refused:
        of_sheet(*rows)

    assert refused.value.code == "no_header"


# The rows


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (PERSON, RowKind.DATA),
        ([None, "韩轩娜"], RowKind.DATA),
        ([1, None, "110106198507150020"], RowKind.DATA),
        ([1, "合肥", 1.10106198507150e17], RowKind.DATA),
        ([1, "合计", "110106198507150020"], RowKind.DATA),
        ([None, "注明", "110106198507150020"], RowKind.DATA),
        ([2, "王例", "123", "甲", "2016-1-1"], RowKind.DATA),
        ([2, "注明", "123", "甲", "2016-1-1"], RowKind.DATA),
        (["小计划餐馆", "甲", "123"], RowKind.DATA),
        ([], RowKind.BLANK),
        ([None, " ", "　"], RowKind.BLANK),
        ([61], RowKind.BLANK),
        (["示例", "张三", "11010519491231002X", "甲"], RowKind.SAMPLE),
        (["例：", "张三", "11010519491231002X", "甲"], RowKind.SAMPLE),
        ([1, "张三（示例）", "11010519491231002X", "甲"], RowKind.SAMPLE),
        ([1, "张三(例)", "11010519491231002X", "甲"], RowKind.SAMPLE),
        (["合计", None, "60人"], RowKind.TOTAL),
        ([None, "合 计", 60], RowKind.TOTAL),
        (["本页小计：60人"], RowKind.TOTAL),
        (["注：请勿修改表头。"], RowKind.NOTE),
        (["说明", "请逐行填写"], RowKind.NOTE),
        (["填表人：甲", None, "审核人：乙", None, "2016-12-30"], RowKind.NOTE),
        (["工会主席（签字）：", None, "联系电话："], RowKind.NOTE),
        ([None, "请各单位于月底前报送，逾期不候"], RowKind.NOTE),
        ([None, None, None, None, "2016年12月30日"], RowKind.NOTE),
        (HEADER, RowKind.REPEATED_HEADER),
        ([None, "姓 名", "证件号码", "所属工会", None], RowKind.REPEATED_HEADER),
    ],
)
def test_a_row_is_known_for_what_it_is(row, expected):
    assert kind(*row) is expected


def test_only_people_come_out_with_the_numbers_of_their_rows():
    rows = [
        ["名册"],
        [],
        HEADER,
        ["示例", "张三"],
        PERSON,
        [],
        [2, "甲"],
        ["合计", "2人"],
        HEADER,
        PERSON,
        ["注：完"],
    ]

    _, people = read(corpus.xlsx(rows))

    assert [(number, values["name"]) for number, values in people] == [
        (5, "韩轩娜"),
        (7, "甲"),
        (10, "韩轩娜"),
    ]
    assert people[1][1] == {"name": "甲", "id_number": None, "union": None, "joined_on": None}
