"""One application for relief, from the bedside to the follow-up."""

from datetime import date
from typing import Self

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from relief.models.household import Household, HouseholdMember
from relief.models.money import Fund
from relief.rules import EDITABLE, GRANTED, OPEN, PAID, STEPS, VOID, Cause, Status
from relief.terms import Terms
from wanping_union.accounts.models import User
from wanping_union.crypto import EncryptedField, masked_card
from wanping_union.roles import SEE_RELIEF
from wanping_union.steps import Step
from wanping_union.workflow import Record


def _listed(statuses: tuple[Status, ...]) -> str:
    """As SQL lists them."""
    return "({})".format(", ".join(f"'{status}'" for status in statuses))


GRANTED_SQL = _listed(GRANTED)
# A list of many thousand files cannot look for the cases of each.
HOUSEHOLD_HELPED = f"""
update relief_household h set is_helped = not is_helped
where h.id in (old.household_id, new.household_id)
    and is_helped <> exists (select from relief_reliefcase c
        where c.household_id = h.id and c.status in {_listed(PAID)});
return null;
"""


def transitions(steps: tuple[Step, ...]) -> list[tuple[str, str]]:
    """What the database's own guard lets a status do."""
    return sorted({(str(source), str(step.target)) for step in steps for source in step.sources})


class ReliefCaseQuerySet(models.QuerySet["ReliefCase"]):
    def visible_to(self, user: User) -> Self:
        """Cases of a union the person acts for, while the household's file is kept."""
        kept = self.filter(household__erased_on=None)
        return kept.filter(user.scope(SEE_RELIEF))

    def paid_between(self, start: date, end: date) -> Self:
        """Paid within the period, both dates inclusive."""
        return self.filter(paid_on__range=(start, end))

    def on_notice(self, day: date) -> Self:
        """On the public notice that day."""
        return self.filter(status=Status.PUBLICITY, public_from__lte=day, public_to__gte=day)


class ReliefCase(Record):
    """Money is asked for one person of a household; all else of the case hangs on it."""

    household = models.ForeignKey(Household, models.PROTECT, related_name="cases")
    fund = models.ForeignKey(Fund, models.PROTECT, related_name="cases", verbose_name="基金")
    status = models.CharField("状态", max_length=20, choices=Status.choices, default=Status.DRAFT)
    returned_from = models.CharField(max_length=20, choices=Status.choices, blank=True)
    stage_on = models.DateField("本环节开始")  # a return and its answer leave it as it is
    # What the unit writes.
    beneficiary = models.ForeignKey(
        HouseholdMember, models.PROTECT, null=True, related_name="cases", verbose_name="受助人"
    )
    cause = models.CharField("困难原因", max_length=10, choices=Cause.choices, blank=True)
    disease = EncryptedField("疾病种类", null=True, blank=True)  # one of rules.Disease
    diagnosis = EncryptedField("诊断", null=True, blank=True)
    story = EncryptedField("困难情况", null=True, blank=True)
    happened_on = models.DateField("发生日期", null=True, blank=True)
    loss = models.DecimalField(
        "核定损失（元）", max_digits=12, decimal_places=2, null=True, blank=True
    )
    is_emergency = models.BooleanField("情况紧急", default=False)
    account = EncryptedField("收款账号", null=True, blank=True)
    account_hash = models.BinaryField(max_length=16, null=True)
    account_name = EncryptedField("户名", null=True, blank=True)
    bank = models.CharField("开户银行", max_length=60, blank=True)
    committee = ArrayField(models.CharField(max_length=40), default=list, verbose_name="核实人")
    # What the portal and the levels above add.
    concerned = ArrayField(models.BinaryField(max_length=16), default=list)  # household's ID hashes
    terms = models.JSONField(null=True)  # the fund's rows on the day of submitting
    sheet = EncryptedField(null=True)  # JSON, as the decision saw it
    suggested = models.DecimalField("公示时建议", max_digits=10, decimal_places=2, null=True)
    proposed = models.DecimalField("第一位审批人建议", max_digits=10, decimal_places=2, null=True)
    amount = models.DecimalField("批准金额", max_digits=10, decimal_places=2, null=True)
    reason = EncryptedField("不予批准或撤回的理由", null=True, blank=True)
    public_from = models.DateField("公示起", null=True)
    public_to = models.DateField("公示止", null=True)
    code = models.CharField("公示编号", max_length=12, unique=True)
    entered_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="经办人")
    opened_on = models.DateField("填写日期")
    submitted_on = models.DateField("提交日期", null=True)
    decided_on = models.DateField("审批日期", null=True)
    paid_on = models.DateField("拨付日期", null=True)
    version = models.PositiveIntegerField(default=0)  # of what was typed: two open tabs

    objects = ReliefCaseQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="relief_status_known", condition=Q(status__in=Status.values)
            ),
            models.CheckConstraint(
                name="relief_cause_known", condition=Q(cause="") | Q(cause__in=Cause.values)
            ),
            models.CheckConstraint(
                name="relief_loss_not_negative", condition=Q(loss__isnull=True) | Q(loss__gte=0)
            ),
            models.CheckConstraint(
                name="relief_submitted_is_whole",
                condition=Q(status__in=(*EDITABLE, Status.WITHDRAWN))
                | Q(
                    beneficiary__isnull=False,
                    submitted_on__isnull=False,
                    terms__isnull=False,
                    account__isnull=False,
                )
                & ~Q(cause=""),
            ),
            models.CheckConstraint(
                name="relief_granted_has_amount_and_day",
                # A comparison with nothing is not false: it would let an amount of null pass.
                condition=~Q(status__in=GRANTED)
                | Q(amount__isnull=False, amount__gt=0, decided_on__isnull=False),
            ),
            models.CheckConstraint(
                name="relief_void_has_reason",
                condition=~Q(status__in=VOID) | Q(reason__isnull=False),
            ),
            models.CheckConstraint(
                name="relief_returned_knows_where",
                condition=Q(status=Status.RETURNED, returned_from__gt="")
                | ~Q(status=Status.RETURNED) & Q(returned_from=""),
            ),
            models.CheckConstraint(
                name="relief_publicity_ordered",
                condition=Q(public_from__isnull=True, public_to__isnull=True)
                | Q(
                    public_from__isnull=False,
                    public_to__isnull=False,
                    public_to__gte=F("public_from"),
                ),
            ),
            models.UniqueConstraint(
                fields=["beneficiary"],
                name="relief_one_open_a_person",
                condition=Q(status__in=OPEN),
            ),
        ]
        indexes = [
            models.Index(fields=["union", "-id"], name="relief_by_union"),
            models.Index(fields=["status", "stage_on"], name="relief_queue"),
            # Counts what a list shows without reading the cases.
            models.Index(
                fields=["status", "-id"], include=["union", "household"], name="relief_by_status"
            ),
            models.Index(fields=["household"], name="relief_helped", condition=Q(status__in=PAID)),
            models.Index(fields=["paid_on"], name="relief_by_payment"),
        ]
        triggers = [
            pgtrigger.FSM(name="relief_steps", field="status", transitions=transitions(STEPS)),
            # A decision stands; what was wrong is revoked by a step of its own.
            pgtrigger.Protect(
                name="relief_amount_stays",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    f"OLD.status in {GRANTED_SQL} and"
                    " (OLD.amount, OLD.decided_on, OLD.beneficiary_id, OLD.fund_id, OLD.terms)"
                    " is distinct from"
                    " (NEW.amount, NEW.decided_on, NEW.beneficiary_id, NEW.fund_id, NEW.terms)"
                ),
            ),
            pgtrigger.Trigger(
                name="relief_household_helped",
                when=pgtrigger.After,
                operation=pgtrigger.Insert
                | pgtrigger.Delete
                | pgtrigger.UpdateOf("status", "household_id"),  # type: ignore[no-untyped-call]
                func=HOUSEHOLD_HELPED,
            ),
        ]

    def __str__(self) -> str:
        return f"应急救助 {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("relief:case", args=[self.pk])

    @property
    def is_editable(self) -> bool:
        return self.status in EDITABLE

    @property
    def masked_account(self) -> str:
        return masked_card(self.account)

    @property
    def fund_terms(self) -> Terms | None:
        """The terms it was submitted under; None for a draft."""
        return None if self.terms is None else Terms.restored(self.terms)
