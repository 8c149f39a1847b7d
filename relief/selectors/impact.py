"""What a change of a fund's terms would have meant: a preview, never applied to the past."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from relief.eligibility import payee_of
from relief.models import Fund, ReliefCase
from relief.rules import GRANTED, Cause, Status
from relief.selectors.terms import terms_on
from relief.terms import Terms, self_paid


@dataclass(frozen=True)
class Changed:
    """A decided case that the ladder would have answered otherwise, in yuan."""

    case: ReliefCase
    before: Decimal
    after: Decimal


@dataclass(frozen=True)
class Impact:
    """Of so many cases decided in the year, these would differ."""

    decided: int
    changed: list[Changed]

    @property
    def difference(self) -> Decimal:
        """Yuan more, or less, over the year."""
        return sum((one.after - one.before for one in self.changed), Decimal(0))


def changed_terms(fund: Fund, day: date, values: Mapping[str, Decimal]) -> Terms | None:
    """Today's terms with other numbers. values: by key without "relief.<code>."."""
    terms = terms_on(fund, day)
    if terms is None:
        return None
    rows = (row._replace(value=values.get(row.key, row.value)) for row in terms.rows)
    return Terms.read(rows)


def impact(fund: Fund, year: int, proposed: Terms) -> Impact:
    """Each case of illness decided in that year, by its own terms and by the proposed ones."""
    rows = ReliefCase.objects.filter(
        fund=fund,
        cause=Cause.ILLNESS,
        status__in=(*GRANTED, Status.REFUSED),
        decided_on__year=year,
        terms__isnull=False,
    )
    cases = list(
        rows.select_related("beneficiary", "union").prefetch_related("bills").order_by("pk")
    )
    found = (_compare(case, proposed) for case in cases)
    return Impact(len(cases), [one for one in found if one.before != one.after])


def _compare(case: ReliefCase, proposed: Terms) -> Changed:
    terms = case.fund_terms
    assert case.beneficiary is not None  # whatever was handed in has both
    assert terms is not None
    payee = payee_of(case.beneficiary.relation)
    cost = self_paid(bill.sums for bill in case.bills.all())
    return Changed(case, terms.ladders[payee].amount(cost), proposed.ladders[payee].amount(cost))
