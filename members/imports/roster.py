"""The roster: people and their memberships, from one row each."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from functools import partial
from operator import getitem
from typing import Any

from members.imports import roster_sql
from members.imports.places import Enterprises, Unions, write_keys
from members.imports.roster_beside import RosterBeside, people
from members.imports.roster_sql import Plain
from members.models import Enterprise, Membership, Person, Standing
from members.rules import Education, Household, IdType, Route, Sex
from wanping_union.accounts.models import Union
from wanping_union.crypto import hasher, sealer
from wanping_union.imports import cells
from wanping_union.imports.cells import BadCell
from wanping_union.imports.kinds import (
    Cells,
    Context,
    Counts,
    Field,
    Kind,
    Loader,
    Misfit,
    Part,
    Problem,
    Reads,
)
from wanping_union.imports.layout import Column
from wanping_union.imports.reading import Cell
from wanping_union.imports.staging import NULL, Lines, array, binary, quoted, stage
from wanping_union.names import search_keys
from wanping_union.roles import IMPORT

CHECKED_TYPES = (IdType.RESIDENT_ID, IdType.HMT_PERMIT)  # GB 11643 numbers
LONGEST_OTHER_ID = 20
KNOWN = 50_000  # cells and names remembered, a column each
CARD_TWICE = "这个京卡卡号与第 {} 行重复。请核对后改正其中一处；不清楚可先留空。"
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
CONVERTED = ("name", "sex", "id_type", "born_on", "mobile", "uscc", "card", *SIMPLE)
LABELS = {field.column.key: field.column.label for field in FIELDS}
ABOUT_PERSON = {LABELS[key] for key in ("name", "id_type", "id_number", "sex", "born_on")}


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


class Known(dict[Cell, Any]):
    """What cells were converted to: most columns repeat themselves. Raises BadCell."""

    def __init__(self, convert: Callable[[Cell], Any]) -> None:
        super().__init__()
        self._convert = convert

    def __missing__(self, cell: Cell) -> Any:
        value = self._convert(cell) or NULL
        if len(self) < KNOWN:
            self[cell] = value
        return value


def _text(max_length: int) -> Callable[[Cell], str]:
    def convert(cell: Cell) -> str:
        text = cells.text(cell, max_length)
        return quoted(text) if text else NULL

    return convert


def converters(today: date) -> Mapping[str, Known]:
    """What turns a raw cell into a value, by key of column; NULL where it is blank.

    Values of SIMPLE columns come as the staging table takes them.
    """
    convert: dict[str, Callable[[Cell], Any]] = {
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
    return {key: Known(function) for key, function in convert.items()}


class Roster:
    """Reads rows into the staging table."""

    lines: Lines[Plain]

    def __init__(
        self,
        context: Context,
        unions: Unions,
        load: roster_sql.Load,
        beside: RosterBeside | None,
    ) -> None:
        self._today = context.today
        self._unions = unions
        self._enterprises = Enterprises()
        self._load = load
        self._beside = beside
        self._convert = converters(context.today)
        self._known = [self._convert[key] for key in CONVERTED]
        self._hash_id, self._hash_mobile, self._hash_card = map(
            hasher, ("id_number", "mobile", "card")
        )
        self._places: dict[tuple[Cell, Cell, str], tuple[str, str]] = {}
        self._rows: dict[bytes, int] = {}  # by hash of ID number
        self._cards: dict[str, int] = {}

    def take(self, row: int, raw: Cells) -> list[Problem]:
        problems: list[Problem] = []
        values = self._values(raw, problems)
        name, sex, id_type, born_on, mobile, code, card, *simple = values
        number = self._number(raw, id_type, problems)
        if number and (id_type in CHECKED_TYPES or not id_type):
            born_on, sex = self._birth_and_sex(born_on, sex, number, problems)
        hashed = self._hash_id(number) if number else b""
        if number and (first := self._rows.setdefault(hashed, row)) != row:
            problems.append(_problem("id_number", BadCell("duplicate_in_file", value=first)))
            return [problem for problem in problems if problem.column in ABOUT_PERSON]
        place = self._place(raw, code, problems)
        card_hash = self._card(card, row, problems) if card else NULL
        if number:
            self.lines.add(
                row,
                [
                    binary(hashed),
                    str(row),
                    "t" if problems else "f",
                    id_type,
                    quoted(name) if name else NULL,
                    sex,
                    str(born_on),
                    binary(self._hash_mobile(mobile)) if mobile else NULL,
                    mobile[-4:],
                    card_hash,
                    *place,
                    *simple,
                ],
                Plain(name, number, mobile, card),
            )
        return problems

    def _values(self, raw: Cells, problems: list[Problem]) -> list[Any]:
        """The converted cells, as CONVERTED; NULL where one is blank or refused."""
        try:  # all at once: this is the longest part of the work on a row
            return list(map(getitem, self._known, map(raw.get, CONVERTED)))
        except BadCell:
            found = {key: self._value(key, raw, problems) for key in self._convert}
        return [found[key] for key in CONVERTED]

    def _value(self, key: str, raw: Cells, problems: list[Problem]) -> Any:
        try:
            return self._convert[key][raw.get(key)]
        except BadCell as bad:
            problems.append(_problem(key, bad))
            return NULL

    def _number(self, row: Cells, id_type: str, problems: list[Problem]) -> str:
        try:
            if not id_type or id_type in CHECKED_TYPES:
                return cells.id_number(row.get("id_number"), self._today)
            return other_id(row.get("id_number"))
        except BadCell as bad:
            problems.append(_problem("id_number", bad))
            return NULL

    def _birth_and_sex(
        self, born_on: date | str, sex: str, number: str, problems: list[Problem]
    ) -> tuple[date, str]:
        """As the ID number has it; a cell that says otherwise is a problem."""
        true_birth, true_sex = cells.birth_and_sex(number)
        if sex and sex != true_sex:
            problems.append(_problem("sex", BadCell("id_sex_mismatch", value=Sex(true_sex).label)))
        if born_on and born_on != true_birth:
            problems.append(_problem("born_on", BadCell("id_birth_mismatch", value=true_birth)))
        return true_birth, true_sex

    def _place(self, row: Cells, code: str, problems: list[Problem]) -> tuple[str, str]:
        """Ids of the union and of the enterprise."""
        named = row.get("union"), row.get("enterprise"), code
        if known := self._places.get(named):
            return known
        found = self._find_place(*named, problems)
        if not problems:
            self._places[named] = found
        return found

    def _find_place(
        self, union_cell: Cell, name: Cell, code: str, problems: list[Problem]
    ) -> tuple[str, str]:
        try:
            union = self._unions.find(union_cell)
        except BadCell as bad:
            problems.append(_problem("union", bad))
            return NULL, NULL
        try:
            enterprise_id = self._enterprises.find(code, name, union.pk)
        except BadCell as bad:
            problems.append(_problem("enterprise" if name else "uscc", bad))
            enterprise_id = None
        return str(union.pk), str(enterprise_id or NULL)

    def _card(self, card: str, row: int, problems: list[Problem]) -> str:
        """The hash of a card; one that another row has is a problem."""
        hashed = binary(self._hash_card(card))
        if (first := self._cards.setdefault(hashed, row)) != row:
            sentence = CARD_TWICE.format(first)
            problems.append(Problem(LABELS["card"], "duplicate_in_file", sentence))
        return hashed

    def settle(self) -> Iterator[tuple[int, Problem]]:
        return self._load.problems()

    def write(self) -> Counts:
        if self._beside:
            self._beside.finish()
        return self._load.counts

    def remarks(self) -> list[str]:
        return self._load.remarks


def _problem(key: str, bad: BadCell) -> Problem:
    return Problem(LABELS[key], bad.code, bad.sentence)


def name_people(ids: Sequence[int]) -> None:
    """Make the search keys of people whose names went back."""
    write_keys(Person.objects.filter(pk__in=ids))


def sealing() -> Callable[[Plain], tuple[str, ...]]:
    """What encrypts and spells the rows that are new or changed."""
    id_number, mobile, card = (
        sealer(f"members_person.{key}") for key in ("id_number", "mobile", "card")
    )
    keys = Known(lambda name: array(search_keys(str(name))))

    def sealed(seal: Callable[[bytes], bytes], value: str) -> str:
        return binary(seal(value.encode())) if value else NULL

    def seal(plain: Plain) -> tuple[str, ...]:
        return (
            sealed(id_number, plain.id_number),
            sealed(mobile, plain.mobile),
            sealed(card, plain.card),
            keys[plain.name],
        )

    return seal


@contextmanager
def load(context: Context) -> Iterator[Loader]:
    unions = Unions(context.unions)
    beside = RosterBeside(context.comparison, LABELS) if context.comparison else None
    sql = roster_sql.Load(unions.is_within, sealing(), beside)
    roster = Roster(context, unions, sql, beside)
    with stage(roster_sql.TABLE, roster_sql.COLUMNS, sql) as roster.lines:
        yield roster


def options(union: Union) -> Mapping[str, Sequence[str]]:
    """Drop-downs of a union's own blank workbook."""
    within = Union.objects.within(union).base().order_by("code")
    enterprises = Enterprise.objects.filter(union__in=within).order_by("name")
    return {
        "union": list(within.values_list("name", flat=True)),
        "enterprise": list(enterprises.values_list("name", flat=True)),
    }


ROSTER = Kind(
    name="roster",
    label="会员名册",
    noun="名会员",
    roles=IMPORT,
    fields=FIELDS,
    loader=load,
    list_page="members:people",
    shown=people,
    parts=(
        Part(
            Person,
            resealed=("id_number", "mobile", "card"),
            settled_by="name",
            settle=name_people,
        ),
        Part(Membership, owner="person"),
        Part(Standing, owner="membership"),
    ),
    people=Person,
    options=options,
)
