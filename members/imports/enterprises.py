"""The ledger of enterprises: one row is an enterprise and what it reported for one year."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from members.imports.places import Changes, Unions, assign, write_keys
from members.models import Enterprise, EnterpriseYear
from members.rules import Place
from members.sizes import INDUSTRIES, classify, industry_of
from wanping_union.accounts.models import Union, User
from wanping_union.imports import cells
from wanping_union.imports.cells import BadCell
from wanping_union.imports.comparing import Beside
from wanping_union.imports.kinds import (
    ByRow,
    Cells,
    Context,
    Counts,
    Field,
    Kind,
    Loader,
    Part,
    Problem,
    Reads,
    Shown,
    converted,
    counts,
)
from wanping_union.imports.layout import Column
from wanping_union.imports.models import Fate
from wanping_union.imports.reading import Cell
from wanping_union.names import fold, search_keys
from wanping_union.roles import IMPORT

TWICE = "这家企业与第 {} 行重复。请删去多余的一行，或改正统一社会信用代码。"
OTHERS = "这家企业已登记在您范围以外的工会。请核对统一社会信用代码，或请地区总工会调整。"
TEN_THOUSAND = 10_000  # CNY
MOST = Decimal(10) ** 12  # 万元 that the column holds
CENT = Decimal("0.01")

R = Reads
FIELDS = (
    Field(
        Column("name", "名称", ("企业名称", "单位名称", "单位全称", "企业全称", "单位"), True),
        sample="示例商贸公司（示例）", width=30,
    ),
    Field(
        Column("uscc", "统一社会信用代码", ("信用代码", "社会信用代码", "统一信用代码")),
        R.ID, width=22, hint="18 位，单元格已设为文本格式；填了就按代码识别企业。",
    ),
    Field(
        Column("union", "所属工会", ("工会名称", "所在工会", "覆盖工会", "工会"), True),
        width=22, hint="工会的全称或代码。",
    ),
    Field(
        Column("industry", "行业", ("所属行业", "行业名称", "行业类别")), sample="零售业",
        choices=tuple(industry.labels[0] for industry in INDUSTRIES), width=18,
        hint="也可以写划型办法以外的行业名称。",
    ),
    Field(
        Column("industry_code", "行业代码", ("国民经济行业代码", "行业编码")), sample="F52",
        width=10, hint="国民经济行业分类（GB/T 4754-2017）的代码，用来判断大中小微型。",
    ),
    Field(
        Column("headcount", "从业人员", ("从业人数", "职工人数", "职工数", "员工人数", "人数")),
        R.NUMBER, sample="12", width=10, hint="年末人数。",
    ),
    Field(
        Column("revenue", "营业收入（万元）", ("营业收入", "年营业收入", "主营业务收入", "营收")),
        R.NUMBER, sample="300", width=16, hint="单位：万元。",
    ),
    Field(
        Column("assets", "资产总额（万元）", ("资产总额", "总资产", "资产总计")),
        R.NUMBER, sample="80", width=16, hint="单位：万元。",
    ),
    Field(Column("address", "地址", ("单位地址", "经营地址", "住所", "注册地址")), width=30),
)  # fmt: skip
LABELS = {field.column.key: field.column.label for field in FIELDS}
LONGEST = {"industry": 40, "industry_code": 8, "address": 120}
FACTS = ("headcount", "revenue", "assets")


@dataclass(eq=False)
class Record:
    """One clean row. values: of the enterprise; facts: of the year; blank ones are missing."""

    row: int
    union: Union
    values: dict[str, Any]
    facts: dict[str, Any]


def money_unit(heading: str) -> int:
    """CNY that a bare number under this heading stands for."""
    if "万" in heading or "元" not in heading:
        return TEN_THOUSAND
    return 1000 if "千元" in heading else 1


class Ledger(ByRow):
    def __init__(self, context: Context) -> None:
        self._context = context
        self._unions = Unions(context.unions)
        self._rows: dict[object, int] = {}  # by credit code, and by name in its union
        self._records: list[Record] = []

    def take_row(self, row: int, cells_: Cells) -> list[Problem]:
        problems: list[Problem] = []
        values = converted(LABELS, cells_, self._converted, problems)
        union, name, code = values.pop("union"), values["name"], values["uscc"]
        key = code or (union and (union.pk, fold(name or "")))
        if key and (first := self._rows.setdefault(key, row)) != row:
            column = LABELS["uscc" if code else "name"]
            problems.append(Problem(column, "duplicate_in_file", TWICE.format(first)))
        if not problems:
            known = {key: value for key, value in values.items() if value not in (None, "")}
            facts = {key: known.pop(key) for key in FACTS if key in known}
            self._records.append(Record(row, union, known, facts))
        return problems

    def _converted(self, key: str, cell: Cell) -> Any:
        match key:
            case "name":
                return cells.required(cells.text(cell, 120))
            case "union":
                return self._unions.find(cell)
            case "uscc":
                return cells.uscc(cell)
            case "headcount":
                return cells.whole(cell)
            case "revenue" | "assets":
                return self._money(key, cell)
            case _:
                return cells.text(cell, LONGEST[key])

    def _money(self, key: str, cell: Cell) -> Decimal | None:
        """In 万元, to the second decimal, half up."""
        unit = money_unit(self._context.headings.get(key, ""))
        amount = cells.money(cell, unit)
        if amount is None:
            return None
        if not 0 <= amount < MOST * TEN_THOUSAND:
            raise BadCell("money_format", value=cell)
        return (amount / TEN_THOUSAND).quantize(CENT, ROUND_HALF_UP)

    def settle(self) -> Iterator[tuple[int, Problem]]:
        self._stored = Stored(self._records, self._context.year)
        others = [record for record in self._records if self._is_elsewhere(record)]
        self._records = [record for record in self._records if record not in others]
        for record in others:
            yield record.row, Problem(LABELS["uscc"], "not_your_union", OTHERS)

    def _is_elsewhere(self, record: Record) -> bool:
        found = self._stored.find(record)
        return found is not None and not self._unions.is_within(found.union)

    def write(self) -> Counts:
        comparison = self._context.comparison
        found = [self._stored.write(record) for record in self._records]
        if comparison:
            for record, (fate, pk, changes) in zip(self._records, found, strict=True):
                name = record.values["name"] if fate == Fate.NEW else ""
                comparison.add(fate, Beside(record.row, pk, name, changes))
            if comparison.is_whole:
                comparison.add_missing(self._stored.besides({pk for _, pk, _ in found if pk}))
        return counts(fate for fate, *_ in found)

    def remarks(self) -> list[str]:
        return []


class Stored:
    """Enterprises that the records may mean, with their facts of the year."""

    def __init__(self, records: Sequence[Record], year: int) -> None:
        self._year = year
        codes = [r.values["uscc"] for r in records if "uscc" in r.values]
        unions = {r.union.pk for r in records}
        enterprises = Enterprise.objects.select_related("union")
        self._by_code = {e.uscc: e for e in enterprises.filter(uscc__in=codes)}
        self._by_name: dict[tuple[int, str], list[Enterprise]] = defaultdict(list)
        for enterprise in enterprises.filter(union__in=unions):
            self._by_name[enterprise.union_id, fold(enterprise.name)].append(enterprise)
        facts = EnterpriseYear.objects.filter(year=year)
        self._facts = {f.enterprise_id: f for f in facts.filter(enterprise__in=self._ids())}

    def _ids(self) -> list[int]:
        named = [e.pk for found in self._by_name.values() for e in found]
        return [*named, *(e.pk for e in self._by_code.values())]

    def find(self, record: Record) -> Enterprise | None:
        """By credit code; by name in the union only if that one has no other code."""
        code = record.values.get("uscc")
        if code in self._by_code:
            return self._by_code[code]
        named = self._by_name[record.union.pk, fold(record.values["name"])]
        fitting = [e for e in named if not code or not e.uscc]
        return fitting[0] if len(fitting) == 1 else None

    def besides(self, found: Collection[int]) -> list[int]:
        """Enterprises here, of the unions that the records name, that are none of these."""
        here = (e for known in self._by_name.values() for e in known if e.place == Place.INSIDE)
        return sorted(e.pk for e in here if e.pk not in found)

    def write(self, record: Record) -> tuple[Fate, int | None, Changes]:
        """Write one record. Returns the id of a known one, and what is new of it."""
        first_day = date(self._year, 1, 1)
        known = self.find(record)
        enterprise = known or Enterprise(union=record.union)
        values = record.values | {"union": record.union}
        if enterprise.covered_from is None or enterprise.covered_from > first_day:
            values["covered_from"] = first_day
        changed = assign(enterprise, values, LABELS)
        if changed:
            enterprise.keys = search_keys(enterprise.name)
            enterprise.save()
        changed |= self._write_facts(enterprise, record.facts)
        if known is None:
            return Fate.NEW, None, {}
        return (Fate.CHANGED if changed else Fate.UNCHANGED), known.pk, changed

    def _write_facts(self, enterprise: Enterprise, values: Mapping[str, Any]) -> Changes:
        facts = self._facts.get(enterprise.pk) or EnterpriseYear(
            enterprise=enterprise, year=self._year
        )
        changed = assign(facts, values, LABELS)
        industry = industry_of(enterprise.industry_code, enterprise.industry)
        size = classify(industry, facts.headcount, facts.revenue, facts.assets)
        changed |= assign(facts, {"size": size}, LABELS)
        if changed:
            facts.save()
        return changed


def name_enterprises(ids: Sequence[int]) -> None:
    """Make the search keys of enterprises whose names went back."""
    write_keys(Enterprise.objects.filter(pk__in=ids))


@contextmanager
def load(context: Context) -> Iterator[Loader]:
    yield Ledger(context)


def enterprises(user: User, ids: Iterable[int]) -> dict[int, Shown]:
    """Those of the enterprises that the person may see, by id."""
    found = Enterprise.objects.visible_to(user).filter(pk__in=ids).select_related("union")
    return {e.pk: Shown(e.name, e.union.name, e.get_absolute_url()) for e in found}


def options(union: Union) -> Mapping[str, Sequence[str]]:
    unions = Union.objects.within(union).base().order_by("code")
    return {"union": list(unions.values_list("name", flat=True))}


ENTERPRISES = Kind(
    name="enterprises",
    label="企业台账",
    noun="家企业",
    roles=IMPORT,
    fields=FIELDS,
    loader=load,
    list_page="members:enterprises",
    shown=enterprises,
    parts=(
        Part(Enterprise, settled_by="name", settle=name_enterprises),
        Part(EnterpriseYear, owner="enterprise"),
    ),
    needs_year=True,
    options=options,
)
