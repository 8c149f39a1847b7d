"""Before and after the writing: for whom an application may begin, and all answers at once."""

from dataclasses import dataclass
from typing import Any, NamedTuple

from django.urls import reverse

from members.models import Person
from members.selectors.people import COLUMNS, PersonRow, row
from members.selectors.search import matching
from relief.models import Fund, Household, HouseholdMember, ReliefCase
from relief.models.household import LineType
from relief.rules import OPEN, Cause, Disease, Relation
from relief.selectors.households import household_of, lines_of, members_of
from relief.selectors.writing import bills_of, consents_of, last_year, papers_of
from relief.terms import self_paid
from wanping_union import names
from wanping_union.accounts.models import User
from wanping_union.names import Kind
from wanping_union.roles import ENTER_RELIEF

LONGEST = 60  # characters of a search
MOST = 20  # people shown


def find(user: User, text: str) -> list[PersonRow]:
    """Members of the person's own unions whom the text may mean; one more than are shown."""
    query = names.query_key(text)
    if query.kind == Kind.NOTHING:
        return []
    rows = matching(user, query).filter(union__among=user.union_ids(ENTER_RELIEF))
    found = [row(values) for values in rows.order_by().values_list(*COLUMNS)[: MOST * 2 + 1]]
    if query.kind == Kind.NAME:
        found = [one for one in found if query.key in names.fold(one.name)]
    return sorted(found, key=lambda one: (one.name, one.pk))[: MOST + 1]


@dataclass(frozen=True)
class File:
    """The file of a person's household. is_elsewhere: of a union this person does not act for.

    open_cases: applications of the household that are not finished. free: who has none of them.
    """

    household: Household | None = None
    is_elsewhere: bool = False
    open_cases: tuple[ReliefCase, ...] = ()
    free: tuple[HouseholdMember, ...] = ()

    @property
    def is_open(self) -> bool:
        """Whether another application may begin."""
        return (self.household is None and not self.is_elsewhere) or bool(self.free)


def file_of(person: Person, user: User) -> File:
    household = household_of(person)
    if household is None:
        return File()
    if not user.may(ENTER_RELIEF, household.union):
        return File(is_elsewhere=True)
    cases = household.cases.filter(status__in=OPEN).select_related("beneficiary", "household__head")
    taken = {case.beneficiary_id for case in cases}
    free = tuple(member for member in members_of(household) if member.pk not in taken)
    return File(household, open_cases=tuple(cases.order_by("pk")), free=free)


def first_fund() -> Fund | None:
    return Fund.objects.filter(is_open=True).order_by("pk").first()


def type_words(line: str) -> str:
    """工资（元/年） → 工资"""
    return LineType(line).label.partition("（")[0]


class Group(NamedTuple):
    """Some answers, and the page where they are changed."""

    title: str
    url: str
    rows: list[dict[str, Any]]


def summary(case: ReliefCase) -> list[Group]:
    """All that was written, for a last look before it is sent."""
    parts = (
        ("本人与家庭", "family", _family(case)),
        ("困难情况", "hardship", _hardship(case)),
        ("医疗票据", "bills", _bills(case)),
        ("材料", "papers", _papers(case)),
        ("收款账户", "account", _account(case)),
    )
    return [
        Group(title, f"{reverse(f'relief:{name}', args=[case.pk])}?from=check", rows)
        for title, name, rows in parts
        if rows
    ]


def _row(label: str, value: object) -> dict[str, Any]:
    return {"label": label, "value": value}


def _family(case: ReliefCase) -> list[dict[str, Any]]:
    home = case.household
    rows = [
        _row(m.get_relation_display(), f"{m.name}，{m.born_on:%Y} 年出生") for m in members_of(home)
    ]
    rows += [_row("现住址", home.address), _row("联系电话", home.masked_mobile)]
    for kind, lines in lines_of(home, last_year()).items():
        words = "，".join(f"{type_words(x.type)} {x.amount:,f}" for x in lines)
        rows.append(_row(f"{last_year()} 年{kind.label}", words))
    given = [
        f"{asked.member.name}（{one.label}）"
        for asked in consents_of(case)
        for one in asked.given
        if one.is_valid
    ]
    return [*rows, _row("已签同意书", "、".join(given))]


def _hardship(case: ReliefCase) -> list[dict[str, Any]]:
    beneficiary = case.beneficiary
    who = f"{beneficiary.name}（{Relation(beneficiary.relation).label}）" if beneficiary else ""
    rows = [
        _row("受助人", who),
        _row("困难原因", case.get_cause_display()),
        _row("发生日期", str(case.happened_on or "")),
    ]
    if case.cause == Cause.ILLNESS:
        rows.append(_row("疾病种类", Disease(case.disease).label if case.disease else ""))
        rows.append(_row("诊断", case.diagnosis))
    if case.cause == Cause.DISASTER:
        rows.append(_row("核定的损失", f"{case.loss:,} 元" if case.loss is not None else ""))
    return [*rows, _row("困难情况", case.story)]


def _bills(case: ReliefCase) -> list[dict[str, Any]]:
    bills = bills_of(case)
    if not bills:
        return []
    rows = [
        _row(
            f"{bill.dated} {bill.hospital}",
            f"总费用 {bill.total:,} 元，自付 {bill.sums.self_paid:,} 元",
        )
        for bill in bills
    ]
    return [*rows, _row("自付合计", f"{self_paid(bill.sums for bill in bills):,} 元")]


def _papers(case: ReliefCase) -> list[dict[str, Any]]:
    return [
        _row(paper.document.label, f"已上传 {len(paper.files)} 份" if paper.files else "没有上传")
        for paper in papers_of(case)
        if paper.is_wanted or paper.files
    ]


def _account(case: ReliefCase) -> list[dict[str, Any]]:
    return [
        _row("户名", case.account_name),
        _row("银行卡号", case.masked_account),
        _row("开户银行", case.bank),
    ]
