import datetime
from decimal import Decimal

import pytest

from wanping_union.imports import cells
from wanping_union.imports.cells import BadCell

TODAY = datetime.date(2016, 12, 31)
DAY = datetime.date(2016, 12, 30)
MOMENT = datetime.datetime.fromisoformat("2016-12-30T08:30")


def code_of(convert, *arguments):
    with pytest.raises(BadCell) as refused:
        convert(*arguments)
    assert refused.value.sentence.endswith("。")
    return refused.value.code


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        (None, ""),
        ("  ", ""),
        ("晓月苑联合工会", "晓月苑联合工会"),
        (" 晓月苑　联合\n工会\u200b ", "晓月苑 联合 工会"),
        ("ＷＰ０１", "WP01"),
        ("北京（某）公司", "北京（某）公司"),
        (3.0, "3"),
        (2.5, "2.5"),
        (1e17, "100000000000000000"),
        (DAY, "2016-12-30"),
    ],
)
def test_text_is_folded_and_trimmed(cell, expected):
    assert cells.text(cell, 20) == expected


def test_text_that_is_too_long_is_refused():
    assert code_of(cells.text, "工" * 21, 20) == "text_too_long"


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("沈强嘉", "沈强嘉"),
        ("沈　强嘉", "沈强嘉"),
        (" 张 三 ", "张三"),
        ("张 三 丰", "张三丰"),
        ("欧阳 相如", "欧阳相如"),
        ("阿依 古丽", "阿依 古丽"),
        ("阿依•古丽", "阿依·古丽"),
        ("阿依 ． 古丽", "阿依·古丽"),
        ("阿依.古丽", "阿依·古丽"),
        ("买买提・吐尔逊", "买买提·吐尔逊"),
        ("John   Smith", "John Smith"),
        ("Ｊｏｈｎ", "John"),
        ("J. Smith", "J. Smith"),
        (None, ""),
    ],
)
def test_a_name_keeps_only_spaces_that_mean_something(cell, expected):
    assert cells.name(cell) == expected


@pytest.mark.parametrize(
    "cell",
    [
        DAY,
        MOMENT,
        42734,
        42734.0,
        42734.6,
        "42734",
        20161230,
        20161230.0,
        "20161230",
        "2016-12-30",
        "2016/12/30",
        "2016.12.30",
        "2016年12月30日",
        "2016年12月30号",
        " 2016 年 12 月 30 日 ",
        "２０１６－１２－３０",
        "2016—12—30",
        "2016。12。30",
        "2016-12-30 08:30:00",
        "2016-12-30T08:30:00.000Z",
        "2016年12月30日 8:30",
        "'2016-12-30",
    ],
)
def test_a_day_is_understood_as_people_write_it(cell):
    assert cells.day(cell, TODAY) == DAY


@pytest.mark.parametrize("cell", [None, "", "  ", "无", "/", "—"])
def test_no_day_is_none(cell):
    assert cells.day(cell, TODAY) is None


def test_early_serials_are_days_too():
    assert cells.day(24491.0, TODAY) == datetime.date(1967, 1, 19)
    assert cells.day("2016-1-2", TODAY) == datetime.date(2016, 1, 2)


@pytest.mark.parametrize(
    "cell",
    [
        "16.12.30",
        "2016-12",
        "2016年12月",
        "2016",
        2016,
        201612,
        "12/30/2016",
        "2016-13-01",
        "2016-02-30",
        20160230,
        "2016-12/30",
        "十二月",
        "1899-12-31",
        "2101-01-01",
        -5,
        0.5,
        1e12,
        True,
        datetime.date(1850, 1, 1),
    ],
)
def test_what_is_no_full_day_is_refused(cell):
    assert code_of(cells.day, cell, TODAY) == "date_format"


def test_tomorrow_is_refused():
    assert code_of(cells.day, "2017-01-01", TODAY) == "date_in_future"
    assert cells.day(TODAY, TODAY) == TODAY


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        (25.0, 25),
        (25, 25),
        ("25", 25),
        ("２５人", 25),
        ("1,356", 1356),
        ("25.0", 25),
        (0, 0),
        (None, None),
        ("-", None),
    ],
)
def test_a_whole_number_is_read(cell, expected):
    assert cells.whole(cell) == expected


@pytest.mark.parametrize("cell", [2.5, -1, "约25", "13,56", True, "1e3", 1e300, "9" * 5_000])
def test_what_is_no_whole_number_is_refused(cell):
    assert code_of(cells.whole, cell) == "number_format"


@pytest.mark.parametrize(
    ("cell", "unit", "expected"),
    [
        (2400.0, 1, "2400.00"),
        (0.1 + 0.2, 1, "0.30"),
        ("￥１２，３４５．６", 1, "12345.60"),
        ("2,400元", 1, "2400.00"),
        (9800.0, 10_000, "98000000.00"),
        (15.73528, 10_000, "157352.80"),
        ("3.5万", 1, "35000.00"),
        ("2400元", 10_000, "2400.00"),
        ("9800万元", 10_000, "98000000.00"),
        (-5, 1, "-5.00"),
    ],
)
def test_money_is_read_to_the_fen(cell, unit, expected):
    amount = cells.money(cell, unit)

    assert amount == Decimal(expected)
    assert str(amount) == expected


def test_no_money_is_none():
    assert cells.money(" ") is None


@pytest.mark.parametrize("cell", [1.005, "3.999", "约三千", "1,23", 1e300, "9" * 5_000])
def test_money_with_a_third_decimal_or_a_word_is_refused(cell):
    assert code_of(cells.money, cell) == "money_format"


@pytest.mark.parametrize(
    "cell",
    [
        "13088890099",
        13088890099,
        13088890099.0,
        "130 8889 0099",
        "130-8889-0099",
        "+86 13088890099",
        "８６１３０８８８９００９９",
        "'13088890099",
        "008613088890099",
    ],
)
def test_a_mobile_number_is_read_as_people_write_it(cell):
    assert cells.mobile(cell) == "13088890099"


@pytest.mark.parametrize(
    "cell", ["1308889009", "12088890099", "010-63880000", "13088890099/13900000000", 2.3e10, "电话"]
)
def test_what_is_no_mobile_number_is_refused(cell):
    assert code_of(cells.mobile, cell) == "mobile_format"


def test_no_mobile_number_is_empty():
    assert [cells.mobile(cell) for cell in (None, "", "无")] == ["", "", ""]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (("男", "男性", " 男 ", 1, 1.0, "1", "１", "m", "Male"), "M"),
        (("女", "女性", 2.0, "F"), "F"),
        ((None, " "), ""),
    ],
)
def test_sex_is_read(written, expected):
    assert {cells.sex(cell) for cell in written} == {expected}


@pytest.mark.parametrize("cell", ["未知", 3, "0"])
def test_another_sex_is_refused(cell):
    assert code_of(cells.sex, cell) == "unknown_choice"


def test_a_choice_is_found_through_spaces_and_width():
    kinds = {"联合工会": "joint", "独立工会": "independent", "A类": "a"}

    assert cells.choice("联合 工会", kinds) == "joint"
    assert cells.choice("ａ类", kinds) == "a"
    assert cells.choice(None, kinds) is None
    with pytest.raises(BadCell, match="联合工会、独立工会"):
        cells.choice("别的", kinds)


@pytest.mark.parametrize(
    "code",
    [
        "9144030071526726XG",
        "91330100799655058B",
        "914403001922038216",
        "91110000802100433B",
        "91110106MA0000015X",
        "81110106MC0000012R",
        "52110106MJ0000018Q",
    ],
)
def test_credit_codes_of_the_standard_are_accepted(code):
    assert cells.uscc(code) == code
    assert cells.uscc(f" {code[:8].lower()} {code[8:].lower()}　") == code
    assert code_of(cells.uscc, code[:-1] + ("1" if code[-1] != "1" else "2")) == "uscc_checksum"


@pytest.mark.parametrize(
    "cell", ["9111010680210043", 911101068021004331.0, "91110000802100433O", "营业执照"]
)
def test_what_is_no_credit_code_is_refused(cell):
    assert code_of(cells.uscc, cell) == "uscc_checksum"


@pytest.mark.parametrize(
    "number",
    [
        "11010519491231002X",
        "110106199001010017",
        "110106198507150020",
        "11010619920808008X",
        "110106201202290035",
    ],
)
def test_identity_numbers_of_the_standard_are_accepted(number):
    assert cells.id_number(number, TODAY) == number


@pytest.mark.parametrize(
    "cell",
    [
        "11010519491231002x",
        "'11010519491231002X",
        "`11010519491231002X",
        " 110105 19491231 002X ",
        "\u200b11010519491231002X\xa0",
        "１１０１０５１９４９１２３１００２Ｘ",
        "11010519491231002×",
        "11010519491231002X\t",
    ],
)
def test_an_identity_number_is_cleaned(cell):
    assert cells.id_number(cell, TODAY) == "11010519491231002X"


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        (None, "required"),
        (" ' ", "required"),
        (1.10106198507150e17, "excel_damaged_id"),
        (110106198507150020, "excel_damaged_id"),
        (1_000_000_000_000_000, "excel_damaged_id"),
        ("1.10106E+17", "excel_damaged_id"),
        (110106850715002, "id_length"),
        (12.5, "id_length"),
        ("110106850715002", "id_length"),
        ("1101061985071500201", "id_length"),
        ("无", "id_length"),
        ("110106199001010018", "id_checksum"),
        ("11010619900101OO17", "id_checksum"),
        ("1101061990010100_7", "id_checksum"),
        ("440524188001010014", "id_date"),
        ("110106199002300014", "id_date"),
        ("110106201701010011", "id_date"),
        ("990106199001010013", "id_date"),
    ],
)
def test_an_identity_number_is_refused_in_the_order_of_the_contract(cell, code):
    if code == "id_date":
        cell = cell[:17] + cells.ric.calc_check_digit(cell)

    assert code_of(cells.id_number, cell, TODAY) == code


def test_a_refusal_never_repeats_the_whole_identity_number():
    with pytest.raises(BadCell) as refused:
        cells.id_number("110106199001010018", TODAY)

    assert "110*************18" in refused.value.sentence
    assert "1990" not in refused.value.sentence


def test_birth_and_sex_are_in_the_number():
    assert cells.birth_and_sex("11010519491231002X") == (datetime.date(1949, 12, 31), "F")
    assert cells.birth_and_sex("110106199001010017") == (datetime.date(1990, 1, 1), "M")


def test_required_refuses_what_is_empty():
    assert [code_of(cells.required, value) for value in ("", None)] == ["required", "required"]
    assert cells.required(0) == 0
