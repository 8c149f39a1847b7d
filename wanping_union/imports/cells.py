"""From what stands in a cell to a value: pure, and tolerant of how people type.

Every converter takes the raw cell. An empty cell gives the empty value ("" for text, None for the
rest); `required` and `id_number` refuse it. Whatever cannot be understood raises BadCell.
"""

import datetime
import functools
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import TypeVar

from stdnum.cn import ric
from stdnum.cn import uscc as credit_code

from wanping_union.imports.reading import Cell

T = TypeVar("T")

SENTENCES = {
    "required": "这一格必须填写，现在是空的。",
    "excel_damaged_id": (
        "证件号码被 Excel 当成数字，后几位已经丢失（现在是 {value}）。"
        "请按证件重新填写 18 位号码；在表格里填，要先把这一格设为文本格式。"
    ),
    "id_length": "证件号码 {value} 有 {length} 位，应为 18 位。请对照身份证补全。",
    "id_checksum": "证件号码 {value} 的校验码不对，多半有一位填错了。请对照身份证改正。",
    "id_date": "证件号码 {value} 里的出生日期或省份代码不存在。请对照身份证改正。",
    "id_sex_mismatch": "性别与证件号码不一致：按证件号码应为“{value}”。请核对后改正其中一处。",
    "id_birth_mismatch": "出生日期与证件号码不一致：按证件号码应为 {value}。请核对后改正其中一处。",
    "duplicate_in_file": "这个证件号码与第 {value} 行重复。请删去多余的一行，或改正证件号码。",
    "mobile_format": "手机号码“{value}”不对，应为 1 开头的 11 位数字。请改正；没有手机可留空。",
    "date_format": "看不懂日期“{value}”。请写成 2016-12-30 这样的年、月、日（年份四位）。",
    "date_in_future": "日期 {value} 还没有到。请核对年份。",
    "uscc_checksum": (
        "统一社会信用代码“{value}”不对：应为 18 位，且要通过校验。请对照营业执照或登记证改正。"
    ),
    "number_format": "看不懂数字“{value}”。请只填一个不小于 0 的整数。",
    "money_format": "看不懂金额“{value}”。请只填数字，最多两位小数（精确到分）。",
    "text_too_long": "内容有 {length} 个字，最多 {value} 个字。请缩短。",
    "unknown_choice": "“{value}”不在可选范围内。可以填：{choices}。",
}

SPACES = (*range(9, 14), 0x20, 0xA0, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x3000)
UNSEEN = (0xAD, *range(0x200B, 0x2010), 0x2060, 0xFEFF)
FULL_WIDTH = (*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B))
FOLD: dict[int, int | str | None] = {
    **dict.fromkeys(SPACES, " "),
    **dict.fromkeys(UNSEEN),
    **{code: code - 0xFEE0 for code in FULL_WIDTH},
}
ID_SIGNS = {
    **FOLD,
    **dict.fromkeys(SPACES),
    **dict.fromkeys(map(ord, "'`´‘’“”\",，;；")),
    **dict.fromkeys(map(ord, "×✕Хх"), "X"),
}
NUMBER_SIGNS = {**FOLD, ord("．"): ".", ord("，"): ",", ord("－"): "-"}
DATE_SIGNS = {
    **FOLD,
    **dict.fromkeys(map(ord, "－—–‐‑−"), "-"),
    **dict.fromkeys(map(ord, "．。"), "."),
    ord("／"): "/",
    ord("："): ":",
}
ODD = re.compile(r"[\s\xad\u200b-\u200f\u2060\ufeff\uff10-\uff5a]")
NOTHING = {"", "-", "--", "—", "——", "/", "／", "\\", "无", "暂无"}

DOTS = re.compile(r"\s*[·．•・‧∙⋅●]\s*|(?<=[㐀-鿿])\.(?=[㐀-鿿])")
HAN = re.compile(r"[㐀-鿿\U00020000-\U0003ffff]+")
COMPOUND_SURNAMES = re.compile(
    "欧阳|司马|上官|诸葛|夏侯|东方|皇甫|尉迟|公孙|慕容|令狐|长孙|宇文|司徒|司空|端木|南宫|独孤"
)

DATE = re.compile(
    r"(\d{4})(?:([-/.])(\d{1,2})\2(\d{1,2})|年(\d{1,2})月(\d{1,2})[日号]?|(\d\d)(\d\d))"
    r"(?:(?:[T ]|(?<=[日号]))\d{1,2}:\d\d.*)?"
)
ISO_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
AROUND_SIGN = re.compile(r"\s*([-/.年月日:])\s*")
FIRST_DAY, LAST_DAY = datetime.date(1900, 1, 1), datetime.date(2100, 12, 31)
FIRST_SERIAL, LAST_SERIAL = 2101, 73_415  # below lie bare years: 2016 is no day of 1905
DAY_ZERO = datetime.date(1899, 12, 30)  # Excel counts a 29 February 1900 that never was

MOBILE = re.compile(r"1[3-9]\d{9}", re.ASCII)
WHOLE = re.compile(r"(\d{1,3}(?:,\d{3}){1,2}|\d{1,9})(?:\.0*)?[人户家个名年]?", re.ASCII)
MONEY = re.compile(
    r"[¥￥]?(-?)[¥￥]?(\d{1,3}(?:,\d{3}){1,3}|\d{1,12})(\.\d{1,15})?(万?)(元?)", re.ASCII
)
USCC = re.compile(r"[1-9ANY][1-9A-Z]\d{6}[0-9A-HJ-NP-RTUW-Y]{10}", re.ASCII)
SHORT_ID = 10**15  # a double keeps up to 15 digits
PROVINCES = frozenset(  # GB/T 2260
    str(code)
    for codes in ((11, 15), (21, 23), (31, 37), (41, 46), (50, 54), (61, 65), (71, 71), (81, 83))
    for code in range(codes[0], codes[1] + 1)
)
PLAIN_ID = re.compile(r"[0-9]{17}[0-9X]")
SEXES = {
    **dict.fromkeys(("男", "男性", "M", "MALE", "1"), "M"),
    **dict.fromkeys(("女", "女性", "F", "FEMALE", "2"), "F"),
}


class BadCell(Exception):
    """One cell is refused; code as in the contract, sentence says how to mend it."""

    def __init__(self, code: str, /, **facts: object) -> None:
        sentence = SENTENCES[code].format_map(facts)
        super().__init__(code, sentence)
        self.code = code
        self.sentence = sentence


def required(value: T | None) -> T:
    """The converted value, unless it is empty."""
    if value is None or value == "":
        raise BadCell("required")
    return value


def text(cell: Cell, max_length: int) -> str:
    """Text with full-width letters and digits folded and single spaces."""
    value = _folded(cell)
    if len(value) > max_length:
        raise BadCell("text_too_long", value=max_length, length=len(value))
    return value


def name(cell: Cell, max_length: int = 50) -> str:
    """A person's name: padding between Chinese characters removed, one kind of middle dot."""
    value = text(cell, max_length)
    if value.isalpha():
        return value
    value = DOTS.sub("·", value)
    parts = value.split(" ")
    joined = parts[0]
    for part in parts[1:]:
        joined += part if _is_padding(joined, part) else f" {part}"
    return joined


def _is_padding(before: str, after: str) -> bool:
    if not (HAN.fullmatch(before) and HAN.fullmatch(after)):
        return False
    return min(len(before), len(after)) < 2 or COMPOUND_SURNAMES.fullmatch(before) is not None


def day(cell: Cell, today: datetime.date) -> datetime.date | None:
    """A date as date, Excel serial or text with a four-digit year; never after today."""
    value: datetime.date | None
    if isinstance(cell, datetime.datetime):
        value = cell.date()
    elif isinstance(cell, datetime.date):
        value = cell
    elif isinstance(cell, str):
        if _entered(cell) == "":
            return None
        value = _written_day(cell)
    elif cell is None:
        return None
    else:
        value = _counted_day(cell)
    if value is None or not FIRST_DAY <= value <= LAST_DAY:
        raise BadCell("date_format", value=_shown(cell))
    if value > today:
        raise BadCell("date_in_future", value=value.isoformat())
    return value


@functools.lru_cache(maxsize=50_000)
def _written_day(written: str) -> datetime.date | None:
    if ISO_DAY.fullmatch(written):  # nearly all: the rest takes four times as long
        return _existing_day(int(written[:4]), int(written[5:7]), int(written[8:]))
    folded = AROUND_SIGN.sub(r"\1", written.translate(DATE_SIGNS).strip(" '"))
    if len(folded) == 5 and folded.isdecimal():
        return _counted_day(int(folded))
    found = DATE.fullmatch(folded)
    if not found:
        return None
    year, _, *rest = found.groups()
    month, day_of_month = (part for part in rest if part is not None)
    return _existing_day(int(year), int(month), int(day_of_month))


def serial_day(cell: Cell) -> datetime.date | None:
    """The day that a bare number stands for in a column of dates."""
    if isinstance(cell, str):
        return _counted_day(int(cell)) if re.fullmatch("[0-9]{5}", cell) else None
    return _counted_day(cell) if isinstance(cell, int | float) else None


def _counted_day(number: float) -> datetime.date | None:
    """From a serial of the 1900 date system, or 20161230 typed as a number."""
    if FIRST_SERIAL <= number <= LAST_SERIAL:
        return DAY_ZERO + datetime.timedelta(days=int(number))
    if number == int(number) and 10**7 <= number < 10**8:
        rest, day_of_month = divmod(int(number), 100)
        return _existing_day(*divmod(rest, 100), day_of_month)
    return None


def _existing_day(year: int, month: int, day_of_month: int) -> datetime.date | None:
    try:
        return datetime.date(year, month, day_of_month)
    except ValueError:
        return None


def whole(cell: Cell) -> int | None:
    """A whole number, not negative."""
    written = _number(cell)
    if written == "":
        return None
    found = WHOLE.fullmatch(written)
    if not found:
        raise BadCell("number_format", value=_shown(cell))
    return int(found[1].replace(",", ""))


def money(cell: Cell, unit: int = 1) -> Decimal | None:
    """An amount in CNY with two decimals.

    unit: CNY that a bare number of the column stands for, 10,000 under 万元; a unit written in
    the cell wins.
    """
    written = _number(cell)
    if written == "":
        return None
    found = MONEY.fullmatch(written)
    if not found:
        raise BadCell("money_format", value=_shown(cell))
    sign, digits, decimals, ten_thousands, yuan = found.groups("")
    if ten_thousands or yuan:
        unit = 10_000 if ten_thousands else 1
    amount = Decimal(sign + digits.replace(",", "") + decimals) * unit
    rounded = amount.quantize(Decimal("0.01"))
    if rounded != amount:
        raise BadCell("money_format", value=_shown(cell))
    return rounded


def _number(cell: Cell) -> str:
    if isinstance(cell, float):
        return f"{cell:.15g}" if abs(cell) < SHORT_ID else f"{cell:.0f}"  # as Excel shows it
    return _entered(cell, NUMBER_SIGNS).replace(" ", "")


def mobile(cell: Cell) -> str:
    """A mainland mobile number, eleven digits."""
    if isinstance(cell, str) and MOBILE.fullmatch(cell):
        return cell
    digits = re.sub(r"[\s()（）'`\-－—–.]", "", _entered(cell))
    digits = re.sub(r"^(?:[+＋]86|0086|86(?=\d{11}$))", "", digits)
    if digits and not MOBILE.fullmatch(digits):
        raise BadCell("mobile_format", value=_shown(cell))
    return digits


def sex(cell: Cell) -> str:
    """M, F or empty; 1 and 2 as in GB/T 2261.1."""
    written = _folded(cell).replace(" ", "").upper()
    if written and written not in SEXES:
        raise BadCell("unknown_choice", value=_shown(cell), choices="男、女")
    return SEXES.get(written, "")


def choice(cell: Cell, mapping: Mapping[str, T]) -> T | None:
    """The value that the mapping gives for the text, whatever its spaces and case."""
    if isinstance(cell, str) and cell in mapping:
        return mapping[cell]
    written = _folded(cell).replace(" ", "").upper()
    if written == "":
        return None
    for label, value in mapping.items():
        if label.upper() == written:
            return value
    choices = "、".join(list(mapping)[:12])
    raise BadCell("unknown_choice", value=_shown(cell), choices=choices)


def uscc(cell: Cell) -> str:
    """A unified social credit code (GB 32100-2015), upper case."""
    if isinstance(cell, str) and _is_uscc(cell):
        return cell
    code = re.sub(r"[ \-'`]", "", _entered(cell)).upper()
    if code and not _is_uscc(code):
        raise BadCell("uscc_checksum", value=_shown(cell))
    return code


@functools.lru_cache(maxsize=20_000)
def _is_uscc(code: str) -> bool:
    # Not uscc.validate: it refuses the codes of village economies, which begin with N.
    return bool(USCC.fullmatch(code)) and credit_code.calc_check_digit(code) == code[-1]


def id_number(cell: Cell, today: datetime.date) -> str:
    """A resident identity number (GB 11643-1999), upper case.

    Refuses in the order of the contract: required, excel_damaged_id, id_length, id_checksum,
    id_date. A county is never checked: many were renamed.
    """
    value = cell if isinstance(cell, str) and PLAIN_ID.fullmatch(cell) else _cleaned_id(cell)
    if ric.calc_check_digit(value) != value[17]:
        raise BadCell("id_checksum", value=masked(value))
    birth = _birth(value[6:14])
    if value[:2] not in PROVINCES or birth is None or not FIRST_DAY <= birth <= today:
        raise BadCell("id_date", value=masked(value))
    return value


def _cleaned_id(cell: Cell) -> str:
    if isinstance(cell, int | float) and abs(cell) >= SHORT_ID:
        raise BadCell("excel_damaged_id", value=f"{cell:.5E}")
    value = _folded(cell).translate(ID_SIGNS).upper()
    if value == "":
        raise BadCell("required")
    if "E+" in value:
        raise BadCell("excel_damaged_id", value=value)
    if len(value) != 18:
        raise BadCell("id_length", value=masked(value), length=len(value))
    if not PLAIN_ID.fullmatch(value):
        raise BadCell("id_checksum", value=masked(value))
    return value


@functools.lru_cache(maxsize=50_000)
def _birth(written: str) -> datetime.date | None:
    return _existing_day(int(written[:4]), int(written[4:6]), int(written[6:]))


def birth_and_sex(id_number: str) -> tuple[datetime.date, str]:
    """What a valid identity number says of its holder: day of birth, M or F."""
    birth = _birth(id_number[6:14])
    assert birth
    return birth, "M" if id_number[16] in "13579" else "F"


def masked(value: str) -> str:
    """An identity number that tells a reader which row, not which person."""
    return value[:3] + "*" * (len(value) - 5) + value[-2:] if len(value) > 8 else value


def _folded(cell: Cell) -> str:
    """Text of any cell, as it would be read aloud."""
    if isinstance(cell, str):
        return " ".join(cell.translate(FOLD).split()) if ODD.search(cell) else cell
    if cell is None:
        return ""
    if isinstance(cell, float):
        return f"{cell:.15g}" if cell != int(cell) else str(int(cell))
    if isinstance(cell, datetime.datetime):
        return cell.isoformat(" ")
    return str(cell)


def _entered(cell: Cell, signs: Mapping[int, int | str | None] = FOLD) -> str:
    """The same, but nothing where somebody only wrote that there is nothing."""
    value = _folded(cell.translate(signs) if isinstance(cell, str) else cell)
    return "" if value in NOTHING else value


def _shown(cell: Cell) -> str:
    value = _folded(cell)
    return value if len(value) <= 30 else value[:30] + "…"
