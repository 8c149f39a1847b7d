"""What the finance officer's pages show: who is owed and since when, what came back, what to do."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.urls import reverse

from relief.capitals import capitals
from relief.eligibility import LINES
from relief.models import Advance, Fund, LedgerEntry, Payment, PaymentBatch, ReliefCase
from relief.models.money import PaymentKind, PaymentState
from relief.rules import EDITABLE, VOID, AdvanceStatus, Status
from relief.selectors.cases import masked_name
from relief.selectors.money import (
    batches_for,
    funds_for,
    overrides_by_line,
    payments_for,
    years_for,
)
from wanping_union import clock
from wanping_union.accounts.models import User
from wanping_union.deadlines import Clock, Unit, due
from wanping_union.home import ToDo
from wanping_union.reference import services as reference
from wanping_union.roles import PAY_RELIEF

UNPAID_DAYS = "relief.unpaid_days"  # working days
P = PaymentState
RECORDS = {
    "relief.reliefcase": "救助申请",
    "relief.advance": "先行救助",
    "relief.payment": "付款",
}
AHEAD = (  # of an advance, as lists show it: nothing sealed
    "status", "amount", "paid_on", "papers_due_on", "union__name", "case__status",
    "case__beneficiary__name", "case__fund__name", "case__fund__union__path",
)  # fmt: skip
TONES = {P.WAITING: "waiting", P.SENT: "running", P.PAID: "paid", P.FAILED: "failed"}


class Row(NamedTuple):
    """One payment as lists show it. days: since it was planned; days_left: to the limit."""

    payment: Payment
    payee: str  # 韩**
    days: int
    days_left: int | None = None

    @property
    def is_late(self) -> bool:
        return (self.days_left or 0) < 0

    @property
    def is_advance(self) -> bool:
        return self.payment.kind == PaymentKind.ADVANCE

    @property
    def tone(self) -> str:
        return TONES.get(P(self.payment.state), "plain")

    @property
    def capitals(self) -> str:
        return capitals(self.payment.amount)


@dataclass(frozen=True)
class Desk:
    """What waits to be paid from one fund."""

    fund: Fund
    rows: list[Row]

    @property
    def total(self) -> Decimal:
        return total_of(self.rows)


def total_of(rows: Iterable[Row]) -> Decimal:
    return sum((row.payment.amount for row in rows), Decimal(0))


def row_of(payment: Payment, last_day: date | None = None) -> Row:
    today = clock.today()
    left = (last_day - today).days if last_day else None
    return Row(payment, masked_name(payment.payee), (today - payment.planned_on).days, left)


def waiting(user: User) -> list[Row]:
    """Payments that wait for a batch: advances first, then the oldest; none of a refused case."""
    limit = reference.value(UNPAID_DAYS, clock.today())
    calendar = reference.calendar()
    rows = []
    for payment in payments_for(user, P.WAITING).exclude(case__status__in=VOID):
        last = None
        if limit is not None:
            last = due(Clock(payment.planned_on, int(limit), Unit.WORKING_DAYS), calendar)
        rows.append(row_of(payment, last.on if last else None))
    return sorted(rows, key=lambda row: not row.is_advance)


def desks(rows: Iterable[Row]) -> list[Desk]:
    """The rows by fund, by its code."""
    found: dict[Fund, list[Row]] = {}
    for row in rows:
        found.setdefault(row.payment.case.fund, []).append(row)
    return [Desk(fund, found[fund]) for fund in sorted(found, key=lambda fund: fund.code)]


def to_pay_again(user: User) -> list[Row]:
    """Came back from the bank or was reversed, nothing replaced it, and it is still owed."""
    same = Payment.objects.filter(case=OuterRef("case"), kind=OuterRef("kind"))
    granted = Advance.objects.filter(case=OuterRef("case"), status=AdvanceStatus.GRANTED)
    rows = payments_for(user, P.FAILED, P.REVERSED).filter(
        ~Exists(same.filter(pk__gt=OuterRef("pk"))),
        Q(kind=PaymentKind.CASE, case__status=Status.APPROVED)
        | Q(kind=PaymentKind.ADVANCE) & Exists(granted),
    )
    return [row_of(payment) for payment in rows]


def to_settle(user: User) -> QuerySet[ReliefCase]:
    """Granted no more than was paid in advance: there is nothing left to pay."""
    rows = ReliefCase.objects.filter(
        status=Status.APPROVED,
        fund__in=funds_for(user),
        advances__status=AdvanceStatus.PAID,
        advances__amount=F("amount"),
    )
    return rows.select_related("union", "fund__union").order_by("decided_on", "pk")


def to_recover(user: User) -> QuerySet[Advance]:
    """Given ahead for a case that was refused since: the money is to come back."""
    return _given_ahead(user).filter(case__status__in=VOID)


def papers_late(user: User) -> QuerySet[Advance]:
    """Given ahead, and the application is still not handed in after its day."""
    late = _given_ahead(user).filter(case__status__in=EDITABLE)
    return late.filter(papers_due_on__lt=clock.today())


def _given_ahead(user: User) -> QuerySet[Advance]:
    rows = Advance.objects.granted().filter(case__fund__in=funds_for(user))
    near = rows.select_related("union", "case__beneficiary", "case__fund__union")
    return near.only(*AHEAD).order_by("papers_due_on", "pk")


class Ahead(NamedTuple):
    """One advance as lists show it. days_left: to the day its papers were due."""

    advance: Advance
    payee: str  # 韩**
    days_left: int


def aheads(rows: Iterable[Advance]) -> list[Ahead]:
    return [ahead_of(advance) for advance in rows]


def ahead_of(advance: Advance) -> Ahead:
    person, until = advance.case.beneficiary, advance.papers_due_on
    assert person is not None  # an advance has somebody to pay,
    assert until is not None  # and when granted a day for its papers
    return Ahead(advance, masked_name(person.name), (until - clock.today()).days)


def payments_to_do(user: User) -> QuerySet[Payment]:
    """With all that paying anew needs."""
    return payments_for(user).select_related("case__union", "case__fund__union", "batch")


def unanswered(user: User) -> QuerySet[PaymentBatch]:
    """Sent to the bank, which has not answered."""
    return batches_for(user).filter(answered_on=None)


def rows_of(batch: PaymentBatch) -> list[Row]:
    payments = batch.payments.select_related("case__union", "case__fund").order_by("pk")
    return [row_of(payment) for payment in payments]


def funds_without_year(user: User) -> QuerySet[Fund]:
    """Funds that were never given a budget."""
    return funds_for(user).exclude(pk__in=years_for(user).values("fund"))


def about(entry: LedgerEntry) -> str:
    """What a row of the ledger is about: its note, or the record that moved the money."""
    label, _, key = entry.record.partition(":")
    return entry.note or (f"{RECORDS[label]} {key}" if label in RECORDS else "")


def overrides(year: int) -> list[tuple[str, int]]:
    """(line in words, times it was judged otherwise), the most often first."""
    found = overrides_by_line(year).items()
    return sorted(((LINES.get(line, line), times) for line, times in found), key=lambda p: -p[1])


# --- home --------------------------------------------------------------------------------------


def todo(user: User) -> list[ToDo]:
    """What waits for the finance officer."""
    if not user.may(PAY_RELIEF):
        return []
    return [*_to_pay(user), *_came_back(user), *_to_take_back(user), *_to_ask_the_bank(user)]


def _to_pay(user: User) -> list[ToDo]:
    rows = waiting(user)
    if not rows:
        return []
    lefts = [row.days_left for row in rows if row.days_left is not None]
    late = sum(row.is_late for row in rows)
    words = f"共 {total_of(rows):,} 元" + (f"，{late} 笔超过期限" if late else "")
    first = min(lefts, default=None)
    return [ToDo(f"{len(rows)} 笔救助金待拨付", words, reverse("relief:money"), first)]


def _came_back(user: User) -> list[ToDo]:
    url = f"{reverse('relief:money')}#back"
    count = len(to_pay_again(user))
    words = "请向单位要正确的账户，再重新拨付"
    return [ToDo(f"{count} 笔救助金没有付成", words, url)] if count else []


def _to_take_back(user: User) -> list[ToDo]:
    count = to_recover(user).count()
    words = "申请没有批准"
    return [ToDo(f"{count} 笔先行救助要收回", words, reverse("relief:advances"))] if count else []


def _to_ask_the_bank(user: User) -> list[ToDo]:
    return [
        ToDo(
            f"{batch} 等银行回单",
            f"{batch.made_on} 制单，导入银行回单后才算拨付",
            reverse("relief:batch", args=[batch.pk]),
        )
        for batch in unanswered(user)
    ]
