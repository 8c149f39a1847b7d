"""困难职工档案 as the list and one file show them: what has to be done, and years without aid."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from members.selectors import paging
from relief.hardship import (
    GENERATION_A,
    GENERATION_B,
    CategoryA,
    CategoryB,
    per_head,
    why_a,
    why_b,
)
from relief.models import Household, HouseholdLine, HouseholdMember, HouseholdQuerySet, ReliefCase
from relief.models.household import DELISTED, NOT_FILED, ON_LIST, UNHELPED, LineKind
from relief.rules import PAID, Status
from relief.selectors.cases import masked_name
from relief.selectors.households import (
    REVIEW_MONTHS,
    hardship_of,
    review_since,
    sharing,
    timeline_of,
)
from relief.selectors.screen import MONEY, Entry
from relief.terms import NOTHING, self_paid
from wanping_union import clock
from wanping_union.accounts.models import Union, User
from wanping_union.aid.models import Aid, State
from wanping_union.audit.models import Act, name_of
from wanping_union.deadlines import add_months
from wanping_union.reference import services as reference

STALE = "stale"  # the longest not reviewed first; of all others the newest
LABELS = {
    "on": "在档",
    STALE: "一年未更新",
    "unhelped": "从未帮扶",
    "off": "已脱困",
    "none": "还没建档",
}
GROUPS: Mapping[str, list[str]] = {"a": CategoryA.values, "b": CategoryB.values}
LINE = (
    "category", "filed_on", "reviewed_on", "delisted_on", "union__name", "head__name",
)  # fmt: skip
HISTORY = 50  # acts shown


@dataclass(frozen=True)
class Row:
    """One household of the list, masked."""

    household: Household
    who: str
    state: tuple[str, str]  # for status_tag


def listed(
    user: User, which: str, *, category: str = "", union: Union | None = None
) -> HouseholdQuerySet:
    """One view of LABELS, in its order. category: one, or a key of GROUPS for a generation."""
    rows = _chosen(user, category, union).filter(_views()[which])
    return rows.order_by("checked_on", "id") if which == STALE else rows.order_by("-id")


def _chosen(user: User, category: str, union: Union | None) -> HouseholdQuerySet:
    rows: HouseholdQuerySet = Household.objects.visible_to(user)
    rows = rows.filter(category__in=GROUPS.get(category, [category])) if category else rows
    return rows.filter(union=union) if union else rows


def _views() -> Mapping[str, Q]:
    return {
        "on": ON_LIST,
        STALE: ON_LIST & Q(checked_on__lt=review_since(clock.today())),
        "unhelped": UNHELPED,
        "off": DELISTED,
        "none": NOT_FILED,
    }


def _paid() -> QuerySet[ReliefCase]:
    rows: QuerySet[ReliefCase] = ReliefCase.objects.filter(
        household=OuterRef("pk"), status__in=PAID
    )
    return rows.order_by()


def page_of(
    user: User, which: str, *, after: str, before: str, **chosen: Any
) -> tuple[paging.Page, list[Row]]:
    """One page of a view. after, before: cursors. chosen: as `listed`."""
    rows = listed(user, which, **chosen)
    order = ("checked_on", "id") if which == STALE else ("id",)
    pages = paging.List(rows, order, ("id",), descending=which != STALE)
    page = pages.page(after=after, before=before)
    return page, rows_of(rows.filter(pk__among=[pk for (pk,) in page.rows]))


def counts(
    user: User, *, but: str = "", category: str = "", union: Union | None = None
) -> dict[str, str]:
    """How many households each view but one has, in the words of paging."""
    rows = _chosen(user, category, union)
    wanted = {name: view for name, view in _views().items() if name != but}
    return {
        name: paging.words(rows.filter(view)[: paging.CAP + 1].count())
        for name, view in wanted.items()
    }


def rows_of(households: HouseholdQuerySet) -> list[Row]:
    """In their order, with `people`, `helped` (cases) and `sum` (yuan), and nothing sealed."""
    since = review_since(clock.today())
    living = HouseholdMember.objects.filter(household=OuterRef("pk"), left_on=None)
    shown = households.select_related("union", "head").only(*LINE)
    found = shown.annotate(
        people=_count(living),
        helped=_count(_paid()),
        sum=Subquery(_paid().values("household").annotate(sum=Sum("amount")).values("sum")),
    )
    return [Row(one, masked_name(one.head.name), _state(one, since)) for one in found]


def _count(rows: QuerySet[ReliefCase] | QuerySet[HouseholdMember]) -> Coalesce:
    found = rows.order_by().values("household").annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(found), 0)


def state_of(household: Household) -> tuple[str, str]:
    """(code, words) for status_tag."""
    return _state(household, review_since(clock.today()))


def _state(household: Household, since: date) -> tuple[str, str]:
    if household.filed_on is None:
        return "plain", "未建档"
    if household.delisted_on is not None:
        return "done", "已脱困"
    if (household.reviewed_on or household.filed_on) < since:
        return "due", "该复核了"
    return "active", "在档"


def review_due(household: Household) -> date | None:
    """The day by which a household on the list is to be reviewed again."""
    months = reference.value(REVIEW_MONTHS, clock.today())
    last = household.reviewed_on or household.filed_on
    if months is None or last is None or household.delisted_on is not None:
        return None
    return add_months(last, int(months))


# --- one file ----------------------------------------------------------------------------------


class Found(NamedTuple):
    """What one generation of rules says. label: "" where the household is of no category."""

    generation: str
    label: str
    why: str


@dataclass(frozen=True)
class Sums:
    """What was declared for the year before, for the categories. Yuan; None is unknown."""

    year: int
    people: int
    income: Decimal | None
    rigid: Decimal
    event_cost: Decimal
    line: Decimal | None
    found: list[Found]
    suggested: str  # category of the rules in force, "" for none

    @property
    def is_known(self) -> bool:
        return self.income is not None and self.line is not None


def sums_of(household: Household) -> Sums:
    """The categories of both generations with what decided. Check may_see_finances before."""
    today = clock.today()
    cost = event_cost(household, today)
    found = hardship_of(household, today, cost)
    facts, share = found.facts, reference.value("relief.accident_share", today)
    label_a = str(found.of_2016.label) if found.of_2016 else ""
    label_b = str(found.since_2018.label) if found.since_2018 else ""
    said = [Found(GENERATION_A, label_a, why_a(facts))]
    if share is not None:
        said.append(Found(GENERATION_B, label_b, why_b(facts, share=share)))
    return Sums(
        today.year - 1, facts.members, facts.income, facts.rigid, cost, facts.line, said,
        found.of_2016 or found.since_2018 or "",
    )  # fmt: skip


def event_cost(household: Household, day: date) -> Decimal:
    """What the dearest illness or accident of this or last year cost the family, by its cases."""
    cases = household.cases.exclude(status__in=(Status.DRAFT, Status.WITHDRAWN)).filter(
        happened_on__year__gte=day.year - 1
    )
    costs = [
        max(self_paid(bill.sums for bill in case.bills.all()), case.loss or NOTHING)
        for case in cases.prefetch_related("bills")
    ]
    return max(costs, default=NOTHING)


class Year(NamedTuple):
    """One year's declaration. head: yuan a person and month after rigid costs."""

    year: int
    lines: list[tuple[str, list[HouseholdLine]]]
    head: Decimal | None


def years_of(household: Household) -> list[Year]:
    """Every year that was declared, the newest first. Check may_see_finances before."""
    rows = household.lines.select_related("member").order_by("-year", "pk")
    by_year: dict[int, list[HouseholdLine]] = {}
    for row in rows:
        by_year.setdefault(row.year, []).append(row)
    people = sharing(household)
    return [_year(year, lines, people) for year, lines in by_year.items()]


def _year(year: int, lines: list[HouseholdLine], people: int) -> Year:
    kinds = {kind: [line for line in lines if line.kind == kind] for kind in LineKind}
    head = None
    if income := kinds[LineKind.INCOME]:
        rest = sum((x.amount for x in income), NOTHING)
        rest -= sum((x.amount for x in kinds[LineKind.RIGID]), NOTHING)
        head = per_head(rest, people).quantize(Decimal(1))
    shown = [(str(kind.label), found) for kind, found in kinds.items() if found]
    return Year(year, shown, head)


class Gap(NamedTuple):
    """Years on end without aid, both included."""

    first: int
    last: int

    def __str__(self) -> str:
        return f"{self.first}" if self.first == self.last else f"{self.first}—{self.last}"

    @property
    def entry(self) -> Entry:
        words = "没有发放过救助"
        if self.first == self.last:
            words = ("今年还" if self.last == clock.today().year else "这一年") + words
        else:
            words = f"连续 {self.last - self.first + 1} 年{words}"
        return Entry(f"{self} 年", words, tone="warn")


@dataclass(frozen=True)
class Money:
    """entries: as _parts/timeline.html prints them, years without aid among them."""

    entries: list[Entry]
    count: int
    total: Decimal
    gaps: list[Gap]


def money_of(household: Household) -> Money:
    """All aid of the household from every part of the portal, newest first, with its gaps."""
    rows = timeline_of(household)
    paid = [aid for aid in rows if aid.state == State.PAID]
    gaps = _gaps(_span(household, rows), {aid.on.year for aid in paid})
    dated = [(aid.on, _entry(aid)) for aid in rows]
    dated += [(date(gap.last, 12, 31), gap.entry) for gap in gaps]
    dated.sort(key=lambda one: one[0], reverse=True)
    total = sum((aid.amount or NOTHING for aid in paid), NOTHING)
    return Money([entry for _, entry in dated], len(paid), total, gaps)


def _gaps(years: range, helped: set[int]) -> list[Gap]:
    found: list[Gap] = []
    for year in years:
        if year in helped:
            continue
        if found and found[-1].last == year - 1:
            found[-1] = Gap(found[-1].first, year)
        else:
            found.append(Gap(year, year))
    return found


def _span(household: Household, rows: list[Aid]) -> range:
    """Years to look at: from the first aid or the entry on the list, until it was left."""
    begun = [aid.on for aid in rows]
    if household.filed_on:
        begun.append(household.filed_on)
    if not begun:
        return range(0)
    until = (household.delisted_on or clock.today()).year
    return range(min(begun).year, until + 1)


def _entry(aid: Aid) -> Entry:
    money = f" {aid.amount:,} 元" if aid.amount else ""
    words = f"{aid.get_state_display()}{money}"
    return Entry(aid.on.isoformat(), aid.words, words, aid.union.name, MONEY[State(aid.state)])


def history_of(household: Household) -> list[Entry]:
    """Acts on the file, newest first."""
    acts = Act.objects.filter(record=name_of(household)).order_by("-at", "-pk")[:HISTORY]
    return [Entry(act.on.isoformat(), act.label, act.note, act.by_name) for act in acts]
