"""The columns of a roster: what they are called, and what turns their cells into values."""

from collections.abc import Callable, Mapping
from datetime import date
from functools import partial
from typing import Any

from members.rules import Education, Household, IdType, Route, Sex
from wanping_union.imports import cells
from wanping_union.imports.cells import BadCell
from wanping_union.imports.kinds import Field, Misfit, Reads
from wanping_union.imports.layout import Column
from wanping_union.imports.reading import Cell
from wanping_union.imports.staging import NULL, quoted

LONGEST_OTHER_ID = 20
KNOWN = 50_000  # cells and names remembered, a column each
ODD_CARD = "京卡卡号应为 16 到 19 位数字。请对照卡面改正；不清楚可先留空。"
DAMAGED_CARD = "京卡卡号被 Excel 当成数字，后几位已经丢失。请先设为文本格式再填写；不清楚可先留空。"

EDUCATIONS = {str(e.label): str(e) for e in Education} | {
    "中技": "vocational", "技校": "vocational", "职高": "vocational", "中等专科": "vocational",
    "职业高中": "vocational", "专科": "college", "大学专科": "college", "高职": "college",
    "大学": "bachelor", "大学本科": "bachelor", "硕士": "master", "研究生": "master",
    "博士": "doctor",
}  # fmt: skip
HOUSEHOLDS = {str(h.label): str(h) for h in Household} | {
    "农业户口": "rural", "农村": "rural", "农村户口": "rural", "农户": "rural",
    "非农": "urban", "非农业户口": "urban", "城镇": "urban", "城镇户口": "urban",
    "城市": "urban", "居民": "urban", "居民户口": "urban",
}  # fmt: skip
ID_TYPES = {str(t.label): str(t) for t in IdType} | {
    "身份证": "resident_id", "二代身份证": "resident_id", "第二代居民身份证": "resident_id",
    "港澳台居住证": "hmt_permit", "港澳台居民居住证件": "hmt_permit",
    "外国人永久居留证": "foreign_pr_card",
}  # fmt: skip
ROUTES = {str(r.label): str(r) for r in Route} | {
    "新建会": "new_union_unit", "零散": "scattered", "已建会": "existing_union",
}  # fmt: skip


def _means(
    choices: type[Education | Household | Sex], read: Callable[[Cell], str | None]
) -> Callable[[Cell], str]:
    def shown(cell: Cell) -> str:
        value = read(cell)
        return str(choices(value).label) if value else ""

    return shown


def labels(choices: type[Education | Household | IdType | Route | Sex]) -> tuple[str, ...]:
    return tuple(str(choice.label) for choice in choices)


def _field(key: str, label: str, *synonyms: str, required: bool = False, **values: Any) -> Field:
    return Field(Column(key, label, synonyms, required), **values)


R = Reads
FIELDS = (
    _field(
        "name", "姓名", "会员姓名", "职工姓名", "名字",
        required=True, reads=R.NAME, sample="张三（示例）",
    ),
    _field(
        "sex", "性别", reads=R.CHOICE, sample="男", choices=labels(Sex), width=8,
        shown=_means(Sex, cells.sex),
        hint="可不填：按证件号码推算。",
    ),
    _field(
        "id_type", "证件类型", "证件种类", "证件名称", reads=R.CHOICE, sample="居民身份证",
        choices=labels(IdType), width=16, hint="不填按居民身份证。",
    ),
    _field(
        "id_number", "证件号码", "身份证号", "身份证号码", "身份证", "公民身份号码", "证件号",
        "居民身份证号", required=True, reads=R.ID, sample="11010519491231002X", width=22,
        beside=("sex", "born_on"),
        hint="18 位，单元格已设为文本格式，请直接输入，不要改成数字。",
    ),
    _field(
        "born_on", "出生日期", "出生年月日", "出生年月", "生日", reads=R.DATE,
        sample="1949-12-31", width=13, hint="可不填：按证件号码推算。",
    ),
    _field("ethnicity", "民族", sample="汉族", width=8),
    _field(
        "education", "学历", "文化程度", "受教育程度", "最高学历", reads=R.CHOICE, sample="本科",
        choices=labels(Education), width=12,
        shown=_means(Education, lambda cell: cells.choice(cell, EDUCATIONS)),
    ),
    _field(
        "mobile", "手机号码", "手机号", "手机", "联系电话", "联系方式", "移动电话", "电话",
        "电话号码", reads=R.MOBILE, sample="13800138000", width=15, hint="11 位；没有可不填。",
    ),
    _field(
        "union", "所属工会", "工会名称", "所在工会", "工会组织", "基层工会", "工会",
        required=True, width=22, hint="工会的全称或代码。",
    ),
    _field(
        "enterprise", "工作单位", "单位名称", "单位", "所在单位", "企业名称", "用人单位", "企业",
        width=26, hint="与企业台账一致；没有固定单位可不填。",
    ),
    _field(
        "uscc", "统一社会信用代码", "信用代码", "单位信用代码", "社会信用代码", reads=R.ID,
        width=22, hint="填了就按代码找单位。",
    ),
    _field("occupation", "工种", "岗位", "职业", "职务", "工作岗位", sample="保洁", width=12),
    _field(
        "household", "户籍类型", "户口性质", "户籍性质", "户口类型", "户籍", "户口",
        reads=R.CHOICE, sample="非农业", choices=labels(Household), width=10,
        shown=_means(Household, lambda cell: cells.choice(cell, HOUSEHOLDS)),
    ),
    _field(
        "joined_on", "入会日期", "入会时间", "加入工会日期", "加入工会时间", "入会年月日",
        required=True, reads=R.DATE, sample="2016-12-20", width=13,
        hint="工会委员会批准的日期，写成 2016-12-20。",
    ),
    _field(
        "route", "入会途径", "入会方式", "入会渠道", reads=R.CHOICE, sample="已建会单位",
        choices=labels(Route), width=13, hint="不填则不改变已登记的途径。",
    ),
    _field(
        "card", "京卡卡号", "京卡号", "京卡", "会员卡号", "互助服务卡卡号", "京卡互助服务卡卡号",
        reads=R.ID, width=22, hint="没有可不填。",
    ),
    _field("remark", "备注", width=20),
)  # fmt: skip
SIMPLE = ("ethnicity", "education", "household", "joined_on", "route", "occupation", "remark")
ALL_DIFFERENT = ("mobile",)  # not worth remembering
LABELS = {field.column.key: field.column.label for field in FIELDS}


def card(cell: Cell) -> str:
    """Digits of a card; none where the cell says there is none."""
    if isinstance(cell, int | float):
        raise Misfit("id_length", DAMAGED_CARD)
    digits = cells.text(cell, 40).replace(" ", "").replace("-", "").strip("'")
    if digits and not (digits.isdecimal() and 16 <= len(digits) <= 19):
        raise Misfit("id_length", ODD_CARD)
    return digits


def other_id(cell: Cell) -> str:
    """A passport or permanent residence card: written as it stands."""
    if isinstance(cell, float) and cell >= cells.SHORT_ID:
        raise BadCell("excel_damaged_id", value=f"{cell:.5E}")
    return cells.required(cells.text(cell, LONGEST_OTHER_ID)).replace(" ", "").upper()


class _Known(dict[Cell, Any]):
    def __init__(self, convert: Callable[[Cell], Any]) -> None:
        super().__init__()
        self._convert = convert

    def __missing__(self, cell: Cell) -> Any:
        value = self._convert(cell) or NULL
        if len(self) < KNOWN:
            self[cell] = value
        return value


def remembering(convert: Callable[[Cell], Any]) -> Callable[[Cell], Any]:
    """The same for cells that repeat themselves; NULL for what is blank."""
    return _Known(convert).__getitem__


def _text(max_length: int) -> Callable[[Cell], str]:
    def convert(cell: Cell) -> str:
        text = cells.text(cell, max_length)
        return quoted(text) if text else NULL

    return convert


def converters(today: date) -> Mapping[str, Callable[[Cell], Any]]:
    """What turns a raw cell into a value, by key of column; NULL where it is blank.

    Values of SIMPLE columns come as the staging table takes them.
    """
    found: dict[str, Callable[[Cell], Any]] = {
        "name": lambda cell: cells.required(cells.name(cell, 40)),
        "sex": cells.sex,
        "id_type": lambda cell: cells.choice(cell, ID_TYPES),
        "born_on": partial(cells.day, today=today),
        "ethnicity": _text(20),
        "education": lambda cell: cells.choice(cell, EDUCATIONS),
        "mobile": cells.mobile,
        "uscc": cells.uscc,
        "occupation": _text(40),
        "household": lambda cell: cells.choice(cell, HOUSEHOLDS),
        "joined_on": lambda cell: cells.required(cells.day(cell, today)).isoformat(),
        "route": lambda cell: cells.choice(cell, ROUTES),
        "card": card,
        "remark": _text(200),
    }
    return {
        key: convert if key in ALL_DIFFERENT else remembering(convert)
        for key, convert in found.items()
    }
