"""The list of unions: one row is one union with its chair and term."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

from django.db import connection
from django.urls import reverse

from members.imports.places import Unions, assign
from members.models import UnionProfile
from members.services.unions import PARENTS
from wanping_union.accounts.models import Union, UnionKind, User
from wanping_union.errors import Refused
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
    Misfit,
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
from wanping_union.roles import IMPORT_UNIONS, SEE_GRID

MOVE = """
update accounts_union set path = %(to)s || substr(path, length(%(from)s) + 1)
where starts_with(path, %(from)s)
"""
TREE = """
with recursive tree (id, path) as (
    select id, id || '/' from accounts_union where parent_id is null
    union all
    select u.id, t.path || u.id || '/' from accounts_union u join tree t on u.parent_id = t.id
)
"""
PATHS = f"""{TREE}
update accounts_union u set path = t.path from tree t where t.id = u.id and t.path <> u.path
"""
LOOSE = f"{TREE} select 1 from accounts_union u where not exists (select from tree where id = u.id)"
TWICE = "代码“{}”与第 {} 行重复。请删去多余的一行，或改正代码。"
NOT_YOURS = "这个工会不在您的范围内。请核对代码。"
ODD_CODE = "代码“{}”不对：应为 2 到 12 位大写字母和数字，例如 WP13。"
NO_PARENT = "没有找到上级工会“{}”。请填写它的代码或全称；新登记的上级要写在上面的行。"
NEW_NEEDS_KIND = "新登记的工会必须填写类型。"
MISPLACED = "{}不能设在{}之下。请改正类型或上级。"
UNDER_ITSELF = "上级不能是它自己或它的下级。请核对。"
TOP = "区总工会不能通过表格登记或调整。"

KINDS = {
    "联合工会": UnionKind.JOINT, "独立工会": UnionKind.INDEPENDENT,
    "地区总工会": UnionKind.AREA, "联合基层工会": UnionKind.JOINT,
    "单独基层工会": UnionKind.INDEPENDENT, "独立基层工会": UnionKind.INDEPENDENT,
}  # fmt: skip
R = Reads
FIELDS = (
    Field(
        Column("code", "代码", ("工会代码", "编码", "工会编码"), True), sample="WP13", width=10,
        hint="大写字母和数字，不能与别的工会重复。",
    ),
    Field(
        Column("name", "名称", ("工会名称", "工会全称", "单位名称"), True),
        sample="示例社区联合工会（示例）", width=28,
    ),
    Field(
        Column("parent", "上级", ("上级工会", "上级代码", "上级工会代码")), sample="WP", width=12,
        hint="上级工会的代码或全称。",
    ),
    Field(
        Column("kind", "类型", ("工会类型", "类别")), R.CHOICE, sample="联合工会",
        choices=("联合工会", "独立工会", "地区总工会"), width=12,
    ),
    Field(Column("chair_name", "主席", ("工会主席", "主席姓名")), R.NAME, "王某某", width=12),
    Field(
        Column("term_from", "任期起", ("任期开始", "本届任期起", "换届日期", "届期起")), R.DATE,
        sample="2016-05-01", width=13,
    ),
    Field(
        Column("term_years", "任期（年）", ("任期", "任期年限", "届期")), R.NUMBER, sample="3",
        choices=("3", "5"), width=10, hint="3 年或 5 年。",
    ),
    Field(
        Column("valid_from", "成立日期", ("建会日期", "成立时间", "建会时间")), R.DATE, width=13,
        hint="不填按表格年度的 1 月 1 日。",
    ),
    Field(Column("approval_no", "批准文号", ("批复文号",)), width=20),
    Field(Column("address", "办公地址", ("地址",)), width=28),
    Field(Column("phone", "办公电话", ("电话", "联系电话")), width=16),
)  # fmt: skip
LABELS = {field.column.key: field.column.label for field in FIELDS}
OF_UNION = ("code", "name", "kind", "valid_from")
CODE = re.compile(r"[A-Z][A-Z0-9]{1,11}", re.ASCII)


@dataclass(eq=False)
class Record:
    """One clean row. stored: as it is, None for a new union; parent: a new one stands above."""

    row: int
    stored: Union | None
    parent: "Union | Record"
    values: dict[str, Any]


class Tree(ByRow):
    def __init__(self, context: Context) -> None:
        self._year = context.year
        self._comparison = context.comparison
        self._unions = Unions(context.unions)
        self._records: dict[str, Record] = {}
        self._rows: dict[str, int] = {}
        self._convert: dict[str, Callable[[Cell], Any]] = {
            "code": code,
            "name": lambda cell: cells.required(cells.text(cell, 80)),
            "parent": partial(cells.text, max_length=80),
            "kind": lambda cell: cells.choice(cell, KINDS),
            "chair_name": partial(cells.name, max_length=40),
            "term_from": partial(cells.day, today=context.today),
            "term_years": term,
            "valid_from": partial(cells.day, today=context.today),
            "approval_no": partial(cells.text, max_length=60),
            "address": partial(cells.text, max_length=120),
            "phone": partial(cells.text, max_length=20),
        }

    def take_row(self, row: int, cells_: Cells) -> list[Problem]:
        problems: list[Problem] = []
        values = converted(LABELS, cells_, lambda key, cell: self._convert[key](cell), problems)
        first = self._rows.setdefault(values["code"] or "", row)
        if values["code"] and first != row:
            sentence = TWICE.format(values["code"], first)
            return [*problems, Problem(LABELS["code"], "duplicate_in_file", sentence)]
        stored = self._unions.by_code(values["code"] or "")
        problems += self._misfits(stored, values)
        parent = self._parent(stored, values.pop("parent") or "", problems)
        problems += _misplaced(parent, values["kind"] or (stored.kind if stored else None))
        if parent and not problems:
            known = {key: value for key, value in values.items() if value not in (None, "")}
            self._records[known["code"]] = Record(row, stored, parent, known)
        return problems

    def _misfits(self, stored: Union | None, values: Mapping[str, Any]) -> Iterator[Problem]:
        if stored and not self._unions.is_within(stored):
            yield Problem(LABELS["code"], "not_your_union", NOT_YOURS)
        elif stored and stored.kind == UnionKind.DISTRICT:
            yield Problem(LABELS["code"], "not_your_union", TOP)
        elif not stored and not values["kind"]:
            yield Problem(LABELS["kind"], "required", NEW_NEEDS_KIND)

    def _parent(
        self, stored: Union | None, written: str, problems: list[Problem]
    ) -> Union | Record | None:
        if stored and not written:
            return stored.parent
        if above := self._records.get(written.upper()):
            return above.stored or above
        try:
            parent = self._unions.find(written)
        except BadCell as bad:
            sentence = NO_PARENT.format(written) if bad.code == "unknown_union" else bad.sentence
            problems.append(Problem(LABELS["parent"], bad.code, sentence))
            return None
        if stored and parent.path.startswith(stored.path):
            problems.append(Problem(LABELS["parent"], "unknown_union", UNDER_ITSELF))
            return None
        return parent

    def settle(self) -> Iterator[tuple[int, Problem]]:
        yield from ()

    def write(self) -> Counts:
        lock_tree()
        found = []
        for record in self._records.values():
            fate, beside = self._write(record)
            found.append(fate)
            if self._comparison:
                self._comparison.add(fate, beside)
        return counts(found)

    def _write(self, record: Record) -> tuple[Fate, Beside]:
        parent = record.parent
        if isinstance(parent, Record):
            assert parent.stored
            parent = parent.stored
        values = {key: value for key, value in record.values.items() if key in OF_UNION}
        about = {key: value for key, value in record.values.items() if key not in OF_UNION}
        if record.stored is None:
            record.stored = create(parent, {"valid_from": date(self._year, 1, 1)} | values)
            UnionProfile.objects.create(union=record.stored, **about)
            return Fate.NEW, Beside(record.row, None, record.stored.name)
        changed = assign(record.stored, values | {"parent": parent}, LABELS)
        if changed:
            record.stored.save()
            move(record.stored, parent)
        profile = UnionProfile.objects.filter(union=record.stored).first()
        profile = profile or UnionProfile(union=record.stored)
        if changed_profile := assign(profile, about, LABELS):
            profile.save()
        changed |= changed_profile
        fate = Fate.CHANGED if changed else Fate.UNCHANGED
        return fate, Beside(record.row, record.stored.pk, "", changed)

    def remarks(self) -> list[str]:
        return []


def _misplaced(parent: Union | Record | None, kind: str | None) -> Iterator[Problem]:
    if parent is None or kind is None:
        return
    above = parent.values["kind"] if isinstance(parent, Record) else parent.kind
    if above not in PARENTS.get(UnionKind(kind), ()):
        words = MISPLACED.format(UnionKind(kind).label, UnionKind(above).label)
        yield Problem(LABELS["kind"], "unknown_choice", words)


def code(cell: Cell) -> str:
    written = cells.required(cells.text(cell, 40)).upper().replace(" ", "")
    if not CODE.fullmatch(written):
        raise Misfit("unknown_choice", ODD_CODE.format(written))
    return written


def term(cell: Cell) -> int | None:
    years = cells.whole(cell)
    if years not in (None, 3, 5):
        raise BadCell("unknown_choice", value=years, choices="3、5")
    return years


def lock_tree() -> None:
    """One change of the tree at a time, as members.services.unions has it."""
    list(Union.objects.select_for_update(no_key=True).filter(parent=None))


def create(parent: Union, values: Mapping[str, Any]) -> Union:
    """A new union, its path made of ids from the top."""
    union = Union.objects.create(parent=parent, path=f"new/{values['code']}/", **values)
    union.path = f"{parent.path}{union.pk}/"
    union.save(update_fields=["path"])
    return union


def move(union: Union, parent: Union) -> None:
    """Give the union and all below it the path that follows from its parent."""
    path = f"{parent.path}{union.pk}/"
    if path != union.path:
        with connection.cursor() as cursor:
            cursor.execute(MOVE, {"from": union.path, "to": path})
        union.path = path


def settle_paths(ids: Sequence[int]) -> None:
    """Give every union the path that follows from its parents.

    Raises Refused where a union would come to stand under itself.
    """
    if not ids:
        return
    with connection.cursor() as cursor:
        cursor.execute(PATHS)
        cursor.execute(LOOSE)
        if cursor.fetchone():
            raise Refused("撤销后有工会会成为自己的上级，所以没有撤销。请先调整工会的上下级。")


def unions(user: User, ids: Iterable[int]) -> dict[int, Shown]:
    """Those of the unions that the person may see, by id."""
    found = Union.objects.reached_by(user, SEE_GRID).filter(pk__in=ids).select_related("parent")
    return {
        u.pk: Shown(
            u.name, u.parent.name if u.parent else "", reverse("members:union", args=[u.code])
        )
        for u in found
    }


@contextmanager
def load(context: Context) -> Iterator[Loader]:
    yield Tree(context)


UNIONS = Kind(
    name="unions",
    label="工会一览表",
    noun="个工会",
    roles=IMPORT_UNIONS,
    fields=FIELDS,
    loader=load,
    list_page="members:grid",
    shown=unions,
    parts=(
        Part(Union, ignored=("path",), settled_by="parent_id", settle=settle_paths),
        Part(UnionProfile, owner="union"),
    ),
)
