"""What pages read of funds and payments."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from relief.models import Fund, FundYear, LedgerEntry, Override, Payment, PaymentBatch, ReliefCase
from relief.models.money import PaymentState
from relief.rules import Status
from relief.selectors.cases import Waiting, timed
from wanping_union.accounts.models import User
from wanping_union.roles import SEE_FUNDS


def funds_for(user: User) -> QuerySet[Fund]:
    """Funds this person pays from, reviews for or audits."""
    rows = Fund.objects.filter(union__among=user.union_ids(SEE_FUNDS))
    return rows.select_related("union").order_by("code")


def years_for(user: User) -> QuerySet[FundYear]:
    """The newest year first."""
    rows = FundYear.objects.filter(fund__in=funds_for(user))
    return rows.select_related("fund").order_by("-year", "fund__code")


def entries_of(year: FundYear) -> QuerySet[LedgerEntry]:
    """The ledger of one year, the newest row first."""
    return year.entries.select_related("by").order_by("-pk")


def payments_for(user: User, *states: PaymentState) -> QuerySet[Payment]:
    """Payments this person may see, the oldest first. states: of these alone; all without."""
    rows = Payment.objects.visible_to(user).select_related(
        "case__union", "case__fund", "batch", "by"
    )
    return (rows.filter(state__in=states) if states else rows).order_by("planned_on", "pk")


def batches_for(user: User) -> QuerySet[PaymentBatch]:
    """With `total` in yuan and `count`, the newest first."""
    rows = PaymentBatch.objects.filter(fund__in=funds_for(user))
    # Each batch's own, asked of those that are shown: grouped, all payments ever made are read.
    own = Payment.objects.filter(batch=OuterRef("pk")).order_by().values("batch")
    return (
        rows.annotate(
            total=Subquery(own.annotate(sum=Sum("amount")).values("sum")),
            count=Coalesce(Subquery(own.annotate(n=Count("pk")).values("n")), 0),
        )
        .select_related("fund", "made_by")
        .order_by("-pk")
    )


def unpaid(user: User) -> list[Waiting]:
    """Approved cases whose money has not left the bank, the first due first."""
    rows = ReliefCase.objects.filter(
        status=Status.APPROVED, fund__union__among=user.union_ids(SEE_FUNDS)
    )
    return timed(rows.select_related("union", "fund").prefetch_related("returns"))


@dataclass(frozen=True)
class BankRow:
    """One line of the file for the bank. number: the payment's, by which it answers."""

    number: int
    payee: str
    account: str
    bank: str
    amount: Decimal
    words: str


def bank_rows(batch: PaymentBatch) -> Iterator[BankRow]:
    """Full account numbers: only for the file itself, whose taking is logged."""
    for payment in batch.payments.order_by("pk"):
        yield BankRow(
            payment.pk, payment.payee, payment.account, payment.bank, payment.amount,
            f"{payment.get_kind_display()} {payment.case_id}",
        )  # fmt: skip


def overrides_by_line(year: int) -> dict[str, int]:
    """How often reviewers judged each line otherwise: where the rule may be wrong."""
    rows = Override.objects.filter(on__year=year).values_list("line")
    return dict(rows.annotate(n=Count("pk")).order_by("line"))
