"""Lists of this app as workbooks. Columns are named as the imports name them."""

from collections.abc import Iterator, Mapping
from operator import attrgetter
from types import SimpleNamespace
from typing import Any

from members.forms.filters import EnterpriseFilter, MemberFilter
from members.models import Person
from members.rules import Education, Household, IdType, Place, Route, Sex, Status
from members.selectors import enterprises, unions
from members.sizes import Size
from members.views import listing
from wanping_union import clock
from wanping_union.accounts.models import User
from wanping_union.crypto import masked_card, masked_id, masked_mobile
from wanping_union.exports.kinds import DATE, NUMBER, Column, Export, Found, Query, Row
from wanping_union.roles import REVEAL, SEE_GRID, SEE_PEOPLE

CHUNK = 1_000  # rows fetched at a time

PEOPLE = (
    ("person__name", Column("姓名", 12)),
    ("person__sex", Column("性别", 6)),
    ("person__id_type", Column("证件类型", 14)),
    ("person__id_number", Column("证件号码", 22)),
    ("person__ethnicity", Column("民族", 8)),
    ("person__education", Column("学历", 10)),
    ("person__mobile", Column("手机号码", 14)),
    ("union__name", Column("所属工会", 24)),
    ("enterprise__name", Column("工作单位", 28)),
    ("occupation", Column("工种", 12)),
    ("person__household", Column("户籍类型", 10)),
    ("joined_on", Column("入会日期", 12, DATE)),
    ("route", Column("入会途径", 13)),
    ("person__card", Column("京卡卡号", 22)),
    ("remark", Column("备注", 20)),
    ("status", Column("会籍状态", 12)),
)
SECRETS = ("证件号码", "手机号码", "京卡卡号")
SEXES, TYPES, EDUCATIONS = dict(Sex.choices), dict(IdType.choices), dict(Education.choices)
HOUSEHOLDS, ROUTES, STATUSES = dict(Household.choices), dict(Route.choices), dict(Status.choices)


def _people(user: User, query: Query) -> Found | None:
    found = MemberFilter(query, user=user, request=SimpleNamespace(user=user))
    if listing.is_elsewhere(found.form):
        return None
    rows = found.qs

    def lines(clear: bool) -> Iterator[Row]:
        fields = ("person_id", "union_id", *(field for field, _ in PEOPLE))
        ordered = rows.order_by("-joined_on", "-pk").values_list(*fields)
        open_to = frozenset(user.union_ids(REVEAL)) if clear else frozenset()
        return map(_masked_but(open_to), ordered.iterator(chunk_size=CHUNK))

    return Found(
        [column for _, column in PEOPLE],
        rows.order_by().count,
        lines,
        _conditions(found.form),
        Person,
        SECRETS,
    )


def _masked_but(open_to: frozenset[int]) -> Any:
    """Turns values into words; numbers stay masked but for members of these unions."""

    def line(values: Row) -> Row:
        (
            pk, union_id, name, sex, id_type, number, ethnicity, education, mobile, union,
            enterprise, occupation, household, joined_on, route, card, remark, status,
        ) = values  # fmt: skip
        if union_id not in open_to:
            number, mobile, card = masked_id(number), masked_mobile(mobile), masked_card(card)
        return (
            pk, name, SEXES[sex], TYPES[id_type], number, ethnicity,
            EDUCATIONS.get(education, ""), mobile, union, enterprise, occupation,
            HOUSEHOLDS.get(household, ""), joined_on, ROUTES.get(route, ""), card, remark,
            STATUSES[status],
        )  # fmt: skip

    return line


ENTERPRISES = (
    ("name", Column("名称", 32)),
    ("uscc", Column("统一社会信用代码", 22)),
    ("union__name", Column("所属工会", 24)),
    ("industry_code", Column("行业代码", 10)),
    ("industry", Column("行业", 20)),
    ("headcount", Column("从业人员", 10, NUMBER)),
    ("size", Column("规模", 8)),
    ("place", Column("位置", 12)),
    ("relocated_on", Column("外迁日期", 12, DATE)),
    ("covered_from", Column("工会覆盖起", 12, DATE)),
    ("address", Column("地址", 32)),
)
WORDS: Mapping[str, Mapping[str, str]] = {
    "size": dict(Size.choices),
    "place": dict(Place.choices),
}


def _enterprises(user: User, query: Query) -> Found | None:
    found = EnterpriseFilter(query, user=user, request=SimpleNamespace(user=user))
    if listing.is_elsewhere(found.form):
        return None
    text = query.get("q", "")
    rows = enterprises.named(found.qs, text) if text else found.qs
    fields = [field for field, _ in ENTERPRISES]

    def lines(clear: bool) -> Iterator[Row]:
        ordered = rows.order_by("pk").values_list("pk", *fields)
        for pk, *values in ordered.iterator(chunk_size=CHUNK):
            pairs = zip(fields, values, strict=True)
            yield (pk, *(WORDS[f].get(v, v) if f in WORDS else v for f, v in pairs))

    searched = [f"搜索：{text}"] if text else []
    conditions = [*searched, *_conditions(found.form)]
    return Found([c for _, c in ENTERPRISES], rows.order_by().count, lines, conditions)


def _conditions(form: Any) -> list[str]:
    return [link.label for link in listing.chosen(form, {})]


GRID = (
    ("union.code", Column("代码", 10)),
    ("union.name", Column("名称", 28)),
    ("kind", Column("类型", 12)),
    ("profile.chair_name", Column("主席", 12)),
    ("figures.members", Column("会员", 8, NUMBER)),
    ("figures.women", Column("其中女", 8, NUMBER)),
    ("figures.retained", Column("保留会籍", 8, NUMBER)),
    ("figures.enterprises", Column("企业", 8, NUMBER)),
    ("figures.staff", Column("职工", 8, NUMBER)),
    ("term.ends_on", Column("本届任期到", 12, DATE)),
    ("profile.approval_no", Column("批准文号", 20)),
    ("profile.approved_on", Column("批准日期", 12, DATE)),
    ("profile.address", Column("办公地址", 32)),
    ("profile.phone", Column("办公电话", 16)),
)


def _grid(user: User, query: Query) -> Found:
    """Unions of the grid the person acts for; their neighbours' names stay on the page."""
    rows = [row for row in unions.grid(user, clock.today()) if row.figures]

    def lines(clear: bool) -> Iterator[Row]:
        for row in rows:
            shown = [
                row.union.get_kind_display() if path == "kind" else attrgetter(path)(row)
                for path, _ in GRID
            ]
            yield (row.union.pk, *shown)

    return Found([column for _, column in GRID], lambda: len(rows), lines)


EXPORTS = (
    Export("people", "会员名册", "人", SEE_PEOPLE, "members:people", _people, REVEAL),
    Export("enterprises", "企业台账", "家", SEE_PEOPLE, "members:enterprises", _enterprises),
    Export("grid", "工会网格", "个工会", SEE_GRID, "members:grid", _grid),
)
