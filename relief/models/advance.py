"""紧急先行救助: money before the papers, agreed by two (社会救助暂行办法 Art. 48)."""

from typing import Self

import pgtrigger
from django.db import models
from django.db.models import Q

from relief.models.case import ReliefCase, transitions
from relief.rules import ADVANCE_STEPS, AdvanceStatus
from wanping_union.accounts.models import User
from wanping_union.crypto import EncryptedField
from wanping_union.roles import SEE_RELIEF
from wanping_union.workflow import Record

GRANTED = (AdvanceStatus.GRANTED, AdvanceStatus.PAID)


class AdvanceQuerySet(models.QuerySet["Advance"]):
    def visible_to(self, user: User) -> Self:
        return self.filter(user.scope(SEE_RELIEF))

    def granted(self) -> Self:
        return self.filter(status__in=GRANTED)


class Advance(Record):
    """Part of a case's money, paid first; the case's own papers follow by papers_due_on."""

    case = models.ForeignKey(ReliefCase, models.PROTECT, related_name="advances")
    status = models.CharField(
        "状态", max_length=20, choices=AdvanceStatus.choices, default=AdvanceStatus.ASKED
    )
    amount = models.DecimalField("先行金额", max_digits=10, decimal_places=2)
    why = EncryptedField("紧急情况")
    asked_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="经办人")
    asked_on = models.DateField("提出日期")
    decided_on = models.DateField("批准日期", null=True)
    paid_on = models.DateField("拨付日期", null=True)
    papers_due_on = models.DateField("材料补齐期限", null=True)
    reason = EncryptedField("不同意的理由", null=True, blank=True)

    objects = AdvanceQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="advance_status_known", condition=Q(status__in=AdvanceStatus.values)
            ),
            models.CheckConstraint(name="advance_positive", condition=Q(amount__gt=0)),
            models.CheckConstraint(
                name="advance_granted_has_days",
                condition=~Q(status__in=GRANTED)
                | Q(decided_on__isnull=False, papers_due_on__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["case"],
                name="advance_one_a_case",
                condition=~Q(status=AdvanceStatus.REFUSED),
            ),
        ]
        triggers = [
            pgtrigger.FSM(
                name="advance_steps", field="status", transitions=transitions(ADVANCE_STEPS)
            ),
            pgtrigger.ReadOnly(name="advance_amount_stays", fields=["case", "amount"]),
        ]

    def __str__(self) -> str:
        return f"先行救助 {self.pk}"
