"""What is added to a case: bills, visits, returns, findings, objections, follow-ups."""

import json
from typing import NamedTuple

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from relief.eligibility import FIXED, LINES
from relief.models.case import ReliefCase
from relief.rules import Place, VisitKind
from relief.terms import BillSums
from wanping_union.accounts.models import User
from wanping_union.aid.models import Aid
from wanping_union.attachments.models import Attachment
from wanping_union.crypto import EncryptedField

JUDGED_LINES = [(code, label) for code, label in LINES.items() if code not in FIXED]


class Bill(models.Model):
    """One settlement of a hospital, in yuan. Counts once in the whole portal."""

    case = models.ForeignKey(ReliefCase, models.CASCADE, related_name="bills")
    number = EncryptedField("票据号码")
    key = models.BinaryField(max_length=16)  # keyed hash of number, date and total
    hospital = EncryptedField("医院")
    dated = models.DateField("日期")
    total = models.DecimalField("总费用", max_digits=12, decimal_places=2)
    insurance = models.DecimalField("医保支付", max_digits=12, decimal_places=2, default=0)
    reimbursed = models.DecimalField("二次报销", max_digits=12, decimal_places=2, default=0)
    mutual_aid = models.DecimalField("互助保障", max_digits=12, decimal_places=2, default=0)
    other = models.DecimalField("其他补偿", max_digits=12, decimal_places=2, default=0)
    scan = models.ForeignKey(
        Attachment, models.PROTECT, null=True, related_name="+", verbose_name="扫描件"
    )
    counts = models.BooleanField(default=True)  # not where the case was refused or withdrawn

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="bill_not_negative",
                condition=Q(total__gt=0, insurance__gte=0, reimbursed__gte=0)
                & Q(mutual_aid__gte=0, other__gte=0),
            ),
            models.CheckConstraint(
                name="bill_bears_no_more_than_all",
                condition=Q(
                    total__gte=F("insurance") + F("reimbursed") + F("mutual_aid") + F("other")
                ),
            ),
            models.UniqueConstraint(
                fields=["key"], name="bill_counts_once", condition=Q(counts=True)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.dated} {self.total}"

    @property
    def sums(self) -> BillSums:
        return BillSums(self.total, self.insurance, self.reimbursed, self.mutual_aid, self.other)


class Visit(models.Model):
    """走访: who went to see, where, and what they saw with their own eyes."""

    case = models.ForeignKey(ReliefCase, models.CASCADE, related_name="visits")
    kind = models.CharField("走访目的", max_length=10, choices=VisitKind.choices)
    on = models.DateField("走访日期")
    place = models.CharField("地点", max_length=10, choices=Place.choices)
    place_words = EncryptedField("具体地点", null=True, blank=True)
    people = models.PositiveSmallIntegerField("走访人数")
    who = models.CharField("走访人", max_length=200, blank=True)
    seen = EncryptedField("亲眼所见", null=True, blank=True)
    told = EncryptedField("听说的情况", null=True, blank=True)
    gift = models.CharField("慰问品", max_length=100, blank=True)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(name="visit_by_somebody", condition=Q(people__gt=0)),
            models.CheckConstraint(name="visit_place_known", condition=Q(place__in=Place.values)),
            models.CheckConstraint(name="visit_kind_known", condition=Q(kind__in=VisitKind.values)),
        ]

    def __str__(self) -> str:
        return f"{self.case} {self.on}"


class Asked(NamedTuple):
    """One paper to mend. document: code of documents.Document."""

    document: str
    why: str


class CaseReturn(models.Model):
    """退回补正: each bad paper and why, once for all. The clock stands still until answered."""

    case = models.ForeignKey(ReliefCase, models.CASCADE, related_name="returns")
    papers = EncryptedField("材料")  # JSON of Asked
    stage = models.CharField(max_length=20)  # where the case stood
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    on = models.DateField("退回日期")
    answered_on = models.DateField("补正日期", null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["case"], name="return_one_open", condition=Q(answered_on__isnull=True)
            ),
            models.CheckConstraint(
                name="return_answered_after_it_was_made",
                condition=Q(answered_on__isnull=True) | Q(answered_on__gte=F("on")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case} {self.on}"

    @property
    def asked(self) -> list[Asked]:
        return [Asked(*pair) for pair in json.loads(self.papers)]


class Override(models.Model):
    """A reviewer judged one line of the sheet otherwise, with a reason."""

    case = models.ForeignKey(ReliefCase, models.CASCADE, related_name="overrides")
    line = models.CharField("规则", max_length=20, choices=JUDGED_LINES)
    is_met = models.BooleanField("视为符合")
    reason = EncryptedField("理由")
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    on = models.DateField("日期")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "line"], name="override_once"),
            models.CheckConstraint(
                name="override_line_known",
                condition=Q(line__in=[code for code, _ in JUDGED_LINES]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case} {self.line}"


class Verdict(models.Model):
    """What a reviewer found of one other aid, so that the next one need not look again."""

    case = models.ForeignKey(ReliefCase, models.CASCADE, related_name="verdicts")
    aid = models.ForeignKey(Aid, models.CASCADE, related_name="+")
    is_duplicate = models.BooleanField("属于重复救助")
    reason = EncryptedField("理由")
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    on = models.DateField("日期")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "aid"], name="verdict_once")]

    def __str__(self) -> str:
        return f"{self.case} {self.aid_id}"


class Objection(models.Model):
    """公示异议, by code and without an account."""

    case = models.ForeignKey(ReliefCase, models.CASCADE, related_name="objections")
    text = EncryptedField("异议内容")
    contact = EncryptedField("联系方式", null=True, blank=True)
    at = models.DateTimeField("提出时间", db_default=Now())
    answer = EncryptedField("核查结果", null=True, blank=True)
    answered_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    answered_on = models.DateField("核查日期", null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="objection_answered_by_somebody",
                condition=Q(answer__isnull=True, answered_by=None, answered_on=None)
                | Q(answer__isnull=False, answered_by__isnull=False, answered_on__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return f"{self.case} {self.pk}"


class FollowUp(models.Model):
    """回访 one, three and six months after the money came."""

    case = models.ForeignKey(ReliefCase, models.CASCADE, related_name="follow_ups")
    months = models.PositiveSmallIntegerField("第几个月")
    due_on = models.DateField("应回访")
    done_on = models.DateField("回访日期", null=True)
    words = EncryptedField("回访情况", null=True, blank=True)
    is_hard_again = models.BooleanField("返困", default=False)
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "months"], name="follow_up_once"),
            models.CheckConstraint(
                name="follow_up_done_by_somebody",
                condition=Q(done_on=None, by=None) | Q(done_on__isnull=False, by__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["due_on"], name="follow_up_due", condition=Q(done_on__isnull=True))
        ]

    def __str__(self) -> str:
        return f"{self.case} {self.months}"
