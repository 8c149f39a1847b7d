"""What a grant binds and a payment moves, in the fund's ledger and under the year's caps.

Locks always in this order: case, household, yearly grants, fund's year. The case's lock stops a
second decision on it; the household's stops two cases passing a cap together; the fund's year
stops its last yuan being given twice. The database's own checks refuse what a lock forgot.
"""

from decimal import Decimal

from django.db import IntegrityError, models, transaction

from relief.models import Fund, FundYear, Household, LedgerEntry, Payment, ReliefCase, YearlyGrant
from relief.models.money import EntryKind
from relief.selectors.review import caps_of, left_of
from relief.terms import Terms
from wanping_union import clock
from wanping_union.accounts.models import User
from wanping_union.audit.models import name_of
from wanping_union.errors import Refused

NO_BUDGET = "基金今年的预算不够：还剩 {:,} 元。请调整金额，或者等追加预算以后再批。"
NO_YEAR = "基金还没有编制 {} 年的预算，请联系财务。"


def locked_left(case: ReliefCase, terms: Terms) -> Decimal:
    """Yuan the caps still allow, nobody else of the household deciding meanwhile."""
    Household.objects.select_for_update().get(pk=case.household_id)
    return left_of(case, terms)


def commit(
    case: ReliefCase, terms: Terms, amount: Decimal, *, by: User, record: models.Model
) -> None:
    """Bind money of this year. amount: yuan. Call after locked_left; raises Refused."""
    year = clock.today().year
    for key, cap in caps_of(case, terms):
        grant = _grant(case.fund, year, key, cap)
        grant.cap, grant.granted = cap, grant.granted + amount
        grant.save(update_fields=["cap", "granted"])
    found = _year(case.fund, year)
    enter(found, EntryKind.COMMIT, amount, record=record, by=by)


def release(
    case: ReliefCase, terms: Terms, amount: Decimal, year: int, *, by: User, record: models.Model
) -> None:
    """Take back what was bound in that year: rows that reverse, nothing deleted."""
    Household.objects.select_for_update().get(pk=case.household_id)
    for key, cap in caps_of(case, terms):
        grant = _grant(case.fund, year, key, cap)
        grant.granted -= amount
        grant.save(update_fields=["granted"])
    enter(_year(case.fund, year), EntryKind.COMMIT, -amount, record=record, by=by)


def book(payment: Payment, amount: Decimal, *, by: User) -> None:
    """Enter money that left the bank; negative where it came back."""
    found = _year(payment.case.fund, payment.year)
    enter(found, EntryKind.PAY, amount, record=payment, by=by)


def enter(
    found: FundYear,
    kind: EntryKind,
    amount: Decimal,
    *,
    record: models.Model,
    by: User,
    note: str = "",
) -> None:
    """Add one row. Raises Refused where the year cannot bear it: the database's own check."""
    try:
        with transaction.atomic():
            LedgerEntry.objects.create(
                fund_year=found,
                kind=kind,
                amount=amount,
                record=name_of(record),
                by=by,
                on=clock.today(),
                note=note,
            )
    except IntegrityError:
        raise Refused(NO_BUDGET.format(found.left)) from None


def _grant(fund: Fund, year: int, key: bytes, cap: Decimal) -> YearlyGrant:
    YearlyGrant.objects.get_or_create(fund=fund, year=year, key=key, defaults={"cap": cap})
    return YearlyGrant.objects.select_for_update().get(fund=fund, year=year, key=key)


def _year(fund: Fund, year: int) -> FundYear:
    found = FundYear.objects.select_for_update().filter(fund=fund, year=year).first()
    if found is None:
        raise Refused(NO_YEAR.format(year))
    return found
