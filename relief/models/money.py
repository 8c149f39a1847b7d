"""Funds, what was granted of them, and what left the bank. Sums follow rows that are only added."""

from decimal import Decimal
from typing import Self

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from wanping_union.accounts.models import Union, User
from wanping_union.crypto import EncryptedField, masked_card
from wanping_union.roles import SEE_FUNDS

# The sums of a year follow its ledger, and the check on them refuses to overspend.
ADD_UP = """
update relief_fundyear set
    budget = budget + case when new.kind = 'budget' then new.amount else 0 end,
    committed = committed + case when new.kind = 'commit' then new.amount else 0 end,
    paid = paid + case when new.kind = 'pay' then new.amount else 0 end
where id = new.fund_year_id;
return null;
"""
ONLY_BY_LEDGER = """
if tg_op = 'INSERT' then
    if (new.budget, new.committed, new.paid) is distinct from (0.00, 0.00, 0.00) then
        raise exception 'the sums of a fund follow its ledger' using errcode = '23514';
    end if;
elsif pg_trigger_depth() < 2 and (old.budget, old.committed, old.paid)
        is distinct from (new.budget, new.committed, new.paid) then
    raise exception 'the sums of a fund follow its ledger' using errcode = '23514';
end if;
return new;
"""


class Fund(models.Model):
    """Where money comes from. What it pays are dated reference values: relief.<code>.…"""

    code = models.CharField("代码", max_length=20, unique=True)
    name = models.CharField("名称", max_length=60)
    union = models.ForeignKey(Union, models.PROTECT, related_name="+", verbose_name="管理单位")
    is_open = models.BooleanField("接受申请", default=True)

    def __str__(self) -> str:
        return self.name


class FundYear(models.Model):
    """A fund's money of one year, in yuan. The ledger's trigger keeps the sums; nobody writes them.

    committed: granted, paid or not.
    """

    fund = models.ForeignKey(Fund, models.PROTECT, related_name="years")
    year = models.PositiveSmallIntegerField("年度")
    budget = models.DecimalField("预算", max_digits=12, decimal_places=2, default=0)
    committed = models.DecimalField("已批准", max_digits=12, decimal_places=2, default=0)
    paid = models.DecimalField("已拨付", max_digits=12, decimal_places=2, default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["fund", "year"], name="fund_year_once"),
            models.CheckConstraint(
                name="fund_year_never_overspent",
                condition=Q(paid__gte=0, committed__gte=F("paid"), budget__gte=F("committed")),
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="fund_year_follows_ledger",
                operation=pgtrigger.Insert | pgtrigger.Update,
                when=pgtrigger.Before,
                func=ONLY_BY_LEDGER,
            )
        ]

    def __str__(self) -> str:
        return f"{self.fund} {self.year} 年"

    @property
    def left(self) -> Decimal:
        """Yuan that may still be granted."""
        return self.budget - self.committed

    @property
    def unpaid(self) -> Decimal:
        """Yuan granted that have not left the bank."""
        return self.committed - self.paid


class YearlyGrant(models.Model):
    """What one person, or one household, was granted by a fund in a year, under its cap.

    key: hash of the person's ID number, or "household:<id>".
    """

    fund = models.ForeignKey(Fund, models.PROTECT, related_name="+")
    year = models.PositiveSmallIntegerField()
    key = models.BinaryField(max_length=40)
    cap = models.DecimalField(max_digits=10, decimal_places=2)
    granted = models.DecimalField(max_digits=10, decimal_places=2, default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["fund", "year", "key"], name="yearly_grant_once"),
            models.CheckConstraint(
                name="yearly_grant_under_cap", condition=Q(granted__gte=0, granted__lte=F("cap"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.fund_id} {self.year} {self.granted}"


class EntryKind(models.TextChoices):
    """What a row of a fund's ledger does."""

    BUDGET = "budget", "预算"
    COMMIT = "commit", "批准占用"
    PAY = "pay", "拨付"


class LedgerEntry(models.Model):
    """One movement of a fund's year. A mistake is reversed by another row."""

    fund_year = models.ForeignKey(FundYear, models.PROTECT, related_name="entries")
    kind = models.CharField("类型", max_length=10, choices=EntryKind.choices)
    amount = models.DecimalField("金额", max_digits=12, decimal_places=2)  # signed
    record = models.CharField(max_length=60)  # as the audit names it: case, advance or payment
    note = models.CharField("说明", max_length=200, blank=True)
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    on = models.DateField("业务日期")
    at = models.DateTimeField("记账时间", db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="ledger_kind_known", condition=Q(kind__in=EntryKind.values)
            ),
            models.CheckConstraint(name="ledger_moves_something", condition=~Q(amount=0)),
        ]
        indexes = [
            models.Index(fields=["record"], name="ledger_by_record"),
            models.Index(fields=["fund_year", "-id"], name="ledger_newest"),
        ]
        triggers = [
            pgtrigger.Protect(
                name="ledger_only_added", operation=pgtrigger.Update | pgtrigger.Delete
            ),
            pgtrigger.Trigger(
                name="ledger_adds_up",
                operation=pgtrigger.Insert,
                when=pgtrigger.After,
                func=ADD_UP,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.amount}"


class PaymentBatch(models.Model):
    """Payments that go to the bank in one file."""

    fund = models.ForeignKey(Fund, models.PROTECT, related_name="batches", verbose_name="基金")
    made_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="制单人")
    made_on = models.DateField("制单日期")
    answer_sha256 = models.CharField(max_length=64, blank=True)  # of the bank's file
    answered_on = models.DateField("银行结果日期", null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="batch_answered_by_a_file",
                condition=Q(answered_on=None, answer_sha256="")
                | Q(answered_on__isnull=False) & ~Q(answer_sha256=""),
            ),
            models.UniqueConstraint(
                fields=["answer_sha256"],
                name="batch_answer_once",
                condition=~Q(answer_sha256=""),
            ),
        ]

    def __str__(self) -> str:
        return f"拨付批次 {self.pk}"


class PaymentKind(models.TextChoices):
    CASE = "case", "救助金"
    ADVANCE = "advance", "先行救助"


class PaymentMethod(models.TextChoices):
    BANK = "bank", "打卡发放"
    IN_PERSON = "legacy_in_person", "当面发放（历史）"


class PaymentState(models.TextChoices):
    WAITING = "waiting", "待拨付"
    SENT = "sent", "已送银行"
    PAID = "paid", "已拨付"
    FAILED = "failed", "拨付失败"
    REVERSED = "reversed", "已冲回"
    CANCELLED = "cancelled", "已撤销"


P = PaymentState
PAYMENT_MOVES = (
    (P.WAITING, P.SENT), (P.WAITING, P.PAID), (P.WAITING, P.CANCELLED),
    (P.SENT, P.PAID), (P.SENT, P.FAILED), (P.PAID, P.REVERSED),
)  # fmt: skip
DEAD = (P.FAILED, P.REVERSED, P.CANCELLED)


class PaymentQuerySet(models.QuerySet["Payment"]):
    def visible_to(self, user: User) -> Self:
        """Payments of a fund the person keeps, reviews for or audits."""
        return self.filter(case__fund__union__among=user.union_ids(SEE_FUNDS))

    def alive(self) -> Self:
        return self.exclude(state__in=DEAD)


class Payment(models.Model):
    """Money to the beneficiary's own account: of a case, or in advance of it."""

    case = models.ForeignKey("relief.ReliefCase", models.PROTECT, related_name="payments")
    year = models.PositiveSmallIntegerField("预算年度")
    kind = models.CharField("类型", max_length=10, choices=PaymentKind.choices)
    method = models.CharField(
        "方式", max_length=20, choices=PaymentMethod.choices, default=PaymentMethod.BANK
    )
    amount = models.DecimalField("金额", max_digits=10, decimal_places=2)
    payee = EncryptedField("收款人")
    account = EncryptedField("账号", null=True)
    bank = models.CharField("开户银行", max_length=60, blank=True)
    state = models.CharField(
        "状态", max_length=10, choices=PaymentState.choices, default=PaymentState.WAITING
    )
    batch = models.ForeignKey(PaymentBatch, models.PROTECT, null=True, related_name="payments")
    planned_on = models.DateField("列入日期")
    paid_on = models.DateField("拨付日期", null=True)
    voucher = models.CharField("凭证号", max_length=40, blank=True)
    failed_why = models.CharField("失败原因", max_length=200, blank=True)
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    objects = PaymentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(name="payment_positive", condition=Q(amount__gt=0)),
            models.CheckConstraint(
                name="payment_state_known", condition=Q(state__in=PaymentState.values)
            ),
            models.UniqueConstraint(
                fields=["case", "kind"], name="payment_once", condition=~Q(state__in=DEAD)
            ),
            models.CheckConstraint(
                name="payment_paid_has_day",
                condition=Q(state__in=(P.PAID, P.REVERSED), paid_on__isnull=False)
                | ~Q(state__in=(P.PAID, P.REVERSED)) & Q(paid_on__isnull=True),
            ),
            models.CheckConstraint(
                name="payment_sent_has_batch", condition=~Q(state=P.SENT) | Q(batch__isnull=False)
            ),
            models.CheckConstraint(
                name="payment_by_bank_has_account",
                condition=~Q(method=PaymentMethod.BANK) | Q(account__isnull=False),
            ),
        ]
        indexes = [models.Index(fields=["state", "planned_on"], name="payment_queue")]
        triggers = [
            pgtrigger.FSM(
                name="payment_moves",
                field="state",
                transitions=[(str(old), str(new)) for old, new in PAYMENT_MOVES],
            ),
            pgtrigger.ReadOnly(name="payment_stays", fields=["case", "kind", "amount", "year"]),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.pk}"

    @property
    def masked_account(self) -> str:
        return masked_card(self.account)
