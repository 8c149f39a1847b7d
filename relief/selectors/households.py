"""What pages read of a household's file."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Q

from members.models import Person
from relief.hardship import CategoryA, CategoryB, HouseholdFacts, category_a, category_b
from relief.models import (
    Household,
    HouseholdLine,
    HouseholdMember,
    HouseholdQuerySet,
)
from relief.models.household import ON_LIST, LineKind, LineType
from relief.rules import EDITABLE, VOID
from relief.terms import NOTHING
from wanping_union.accounts.models import User
from wanping_union.aid import selectors as aid
from wanping_union.aid.models import Aid
from wanping_union.deadlines import add_months
from wanping_union.reference import services as reference
from wanping_union.roles import ENTER_RELIEF, SEE_RELIEF_INSIDE

REVIEW_MONTHS = "relief.review_months"
LIVING_LINE = "living_allowance.line"


def households_for(user: User) -> HouseholdQuerySet:
    """Files this person may see, the newest first."""
    rows: HouseholdQuerySet = Household.objects.visible_to(user)
    return rows.select_related("union", "head").order_by("-pk")


def household_of(person: Person) -> Household | None:
    """The file somebody lives in today, as head or otherwise."""
    living = HouseholdMember.objects.filter(id_hash=person.id_hash, left_on=None)
    found = living.select_related("household__union", "household__head").first()
    return found.household if found else None


def on_list(user: User) -> HouseholdQuerySet:
    """Households with a 困难职工档案 today."""
    return households_for(user).filter(ON_LIST)


def not_reviewed(user: User, day: date) -> HouseholdQuerySet:
    """On the list, and neither entered nor reviewed within the dated number of months."""
    rows = on_list(user).filter(checked_on__lt=review_since(day))
    return rows.order_by("checked_on", "pk")


def review_since(day: date) -> date:
    """Who was entered or reviewed before that day is to be reviewed; the first day of all where
    no reference value says."""
    months = reference.value(REVIEW_MONTHS, day)
    return add_months(day, -int(months)) if months else date.min


def members_of(household: Household) -> list[HouseholdMember]:
    """Who lives there today, the head first."""
    living = [member for member in household.members.all() if member.left_on is None]
    return sorted(living, key=lambda member: (member.relation != "self", member.pk))


def sharing(household: Household) -> int:
    """How many share the income; at least one."""
    return max(sum(member.is_cohabiting for member in members_of(household)), 1)


def may_see_finances(household: Household, user: User) -> bool:
    """The unit sees incomes and health while it writes or mends an application, no longer."""
    if user.may(SEE_RELIEF_INSIDE, household.union):
        return True
    if not user.may(ENTER_RELIEF, household.union):
        return False
    cases = household.cases.all()
    return (
        cases.filter(status__in=EDITABLE).exists()
        or not cases.exclude(Q(status__in=VOID, submitted_on=None)).exists()
    )


def lines_of(household: Household, year: int) -> dict[LineKind, list[HouseholdLine]]:
    """One year's incomes, rigid costs and property. Check may_see_finances before."""
    rows = household.lines.filter(year=year).select_related("member").order_by("pk")
    found: dict[LineKind, list[HouseholdLine]] = {kind: [] for kind in LineKind}
    for row in rows:
        found[row.kind].append(row)
    return found


@dataclass(frozen=True)
class Hardship:
    """What the rules of both generations say of a household."""

    facts: HouseholdFacts
    of_2016: CategoryA | None
    since_2018: CategoryB | None


def hardship_of(household: Household, day: date, event_cost: Decimal = NOTHING) -> Hardship:
    """The category by last year's figures and the 低保 line of the day (R-INC-05)."""
    lines = lines_of(household, day.year - 1)
    income = _sum(lines[LineKind.INCOME])
    savings = _sum([x for x in lines[LineKind.PROPERTY] if x.type == LineType.SAVINGS])
    facts = HouseholdFacts(
        members=sharing(household),
        income=income,
        rigid=_sum(lines[LineKind.RIGID]) or NOTHING,
        savings=savings,
        event_cost=event_cost,
        line=reference.value(LIVING_LINE, day),
    )
    share = reference.value("relief.accident_share", day)
    since_2018 = None if share is None else category_b(facts, share=share)
    return Hardship(facts, category_a(facts), since_2018)


def _sum(lines: list[HouseholdLine]) -> Decimal | None:
    """None where nothing is declared: unknown is not zero."""
    return sum((line.amount for line in lines), NOTHING) if lines else None


def timeline_of(household: Household) -> list[Aid]:
    """All money of the household from every part of the portal, newest first."""
    return aid.timeline([bytes(member.id_hash) for member in household.members.all()])
