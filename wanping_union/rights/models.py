"""Notices, consents, requests of a person, and lists of what is past its time.

A person is known here by the keyed hash of the ID number, so that somebody who is no member (a
relative in a household) can be told and asked as well.
"""

from datetime import date
from typing import Self

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.urls import reverse

from wanping_union.accounts.models import Union, User
from wanping_union.crypto import EncryptedField
from wanping_union.rights.rules import STEPS, Channel, Kind, Proof, Purpose, Status
from wanping_union.roles import SEE_RETENTION, SEE_RIGHTS
from wanping_union.workflow import Record


class NoticeQuerySet(models.QuerySet["Notice"]):
    def current(self, day: date) -> Self:
        """The newest version of each purpose that is in force on that day."""
        begun = self.filter(valid_from__lte=day).order_by("purpose", "-version")
        return begun.distinct("purpose")


class Notice(models.Model):
    """What people are told before their data are taken. Never edited: a change is a new version.

    No key to who wrote it: the audit says so, and the first versions come with the portal.
    """

    purpose = models.CharField("目的", max_length=20, choices=Purpose.choices)
    version = models.PositiveSmallIntegerField("版本")
    title = models.CharField("标题", max_length=60)
    text = models.TextField("内容", max_length=6000)  # paragraphs; "# " opens a heading
    valid_from = models.DateField("生效日期")

    objects = NoticeQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["purpose", "version"], name="notice_version"),
            models.CheckConstraint(
                name="notice_purpose_known", condition=Q(purpose__in=Purpose.values)
            ),
        ]
        triggers = [
            pgtrigger.Protect(
                name="notice_never_edited", operation=pgtrigger.Update | pgtrigger.Delete
            )
        ]

    def __str__(self) -> str:
        return f"{self.title}（第 {self.version} 版）"


class ConsentQuerySet(models.QuerySet["Consent"]):
    def open(self) -> Self:
        return self.filter(withdrawn_on=None)


class Consent(models.Model):
    """A person was told one version of a notice and agreed, until withdrawn."""

    subject = models.BinaryField(max_length=16)
    name = EncryptedField("姓名", null=True, blank=True)
    union = models.ForeignKey(Union, models.PROTECT, related_name="+", verbose_name="经办工会")
    purpose = models.CharField("目的", max_length=20, choices=Purpose.choices)
    notice = models.ForeignKey(Notice, models.PROTECT, related_name="consents")
    channel = models.CharField("方式", max_length=10, choices=Channel.choices)
    given_on = models.DateField("同意日期")
    expires_on = models.DateField("到期日期", null=True, blank=True)
    withdrawn_on = models.DateField("撤回日期", null=True)
    reason = models.CharField("撤回原因", max_length=200, blank=True)
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(db_default=Now())

    objects = ConsentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="consent_purpose_known", condition=Q(purpose__in=Purpose.values)
            ),
            models.CheckConstraint(
                name="consent_channel_known", condition=Q(channel__in=Channel.values)
            ),
            models.CheckConstraint(
                name="consent_ends_after_it_is_given",
                condition=(Q(withdrawn_on=None) | Q(withdrawn_on__gte=F("given_on")))
                & (Q(expires_on=None) | Q(expires_on__gte=F("given_on"))),
            ),
            models.UniqueConstraint(
                fields=["subject", "notice"],
                name="consent_one_open",
                condition=Q(withdrawn_on=None),
            ),
        ]
        indexes = [models.Index(fields=["subject", "purpose"], name="consent_of_subject")]

    def __str__(self) -> str:
        return f"{self.get_purpose_display()} {self.given_on}"


class RequestQuerySet(models.QuerySet["Request"]):
    def visible_to(self, user: User) -> Self:
        return self.filter(union__in=user.union_ids(SEE_RIGHTS))

    def waiting(self) -> Self:
        """Oldest first, which is the order in which they are due."""
        return self.filter(status=Status.RECEIVED).order_by("received_on", "pk")


class Request(Record):
    """One thing a person asks for about the data held of them."""

    subject = models.BinaryField(max_length=16)
    person = models.BigIntegerField(null=True)  # whom the registry of people knows by this id
    name = EncryptedField("姓名", null=True)
    kind = models.CharField("请求", max_length=10, choices=Kind.choices)
    status = models.CharField(
        "状态", max_length=20, choices=Status.choices, default=Status.RECEIVED
    )
    wish = EncryptedField("本人要求", null=True, blank=True)
    proof = models.CharField("核对身份", max_length=10, choices=Proof.choices)
    received_on = models.DateField("收到日期")
    days = models.PositiveSmallIntegerField("答复期限（工作日）", null=True)
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="登记人")
    answer = EncryptedField("答复", null=True, blank=True)
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    decided_on = models.DateField("办结日期", null=True)

    objects = RequestQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="request_status_known", condition=Q(status__in=Status.values)
            ),
            models.CheckConstraint(name="request_kind_known", condition=Q(kind__in=Kind.values)),
            models.CheckConstraint(name="request_proof_known", condition=Q(proof__in=Proof.values)),
            models.CheckConstraint(
                name="request_decided_has_day_and_person",
                condition=Q(status=Status.RECEIVED, decided_on=None, decided_by=None)
                | ~Q(status=Status.RECEIVED) & Q(decided_on__isnull=False),
            ),
            # Who enters a deletion does not decide it.
            models.CheckConstraint(
                name="request_deletion_has_four_eyes",
                condition=~Q(kind=Kind.DELETE) | Q(decided_by=None) | ~Q(decided_by=F("by")),
            ),
            models.UniqueConstraint(
                fields=["subject", "kind"],
                name="request_one_waiting",
                condition=Q(status=Status.RECEIVED),
            ),
        ]
        indexes = [
            models.Index(fields=["union", "received_on"], name="request_by_union"),
            models.Index(fields=["subject"], name="request_of_subject"),
        ]
        triggers = [
            pgtrigger.FSM(
                name="request_steps",
                field="status",
                transitions=sorted({(str(s), str(t.target)) for t in STEPS for s in t.sources}),
            )
        ]

    def __str__(self) -> str:
        return f"权利请求 {self.pk}：{self.get_kind_display()}"

    def get_absolute_url(self) -> str:
        return reverse("rights:request", args=[self.pk])


class ListState(models.TextChoices):
    OPEN = "open", "待核定"
    APPROVED = "approved", "正在删除"
    DONE = "done", "已办结"


class RetentionListQuerySet(models.QuerySet["RetentionList"]):
    def visible_to(self, user: User) -> Self:
        return self.filter(union__in=user.union_ids(SEE_RETENTION))


class RetentionList(models.Model):
    """What is past its time in one area. Nothing goes until a person has approved it."""

    union = models.ForeignKey(Union, models.PROTECT, related_name="+", verbose_name="工会")
    made_on = models.DateField("列出日期")
    state = models.CharField(
        "状态", max_length=10, choices=ListState.choices, default=ListState.OPEN
    )
    approved_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    approved_at = models.DateTimeField(null=True)

    objects = RetentionListQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="retention_state_known", condition=Q(state__in=ListState.values)
            ),
            models.CheckConstraint(
                name="retention_nothing_goes_unapproved",
                condition=Q(state=ListState.OPEN)
                | Q(approved_by__isnull=False, approved_at__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["union"], name="retention_one_open", condition=Q(state=ListState.OPEN)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.union}到期清单 {self.made_on}"

    def get_absolute_url(self) -> str:
        return reverse("rights:retention_list", args=[self.pk])


class RetentionLine(models.Model):
    """One record past its time. Whose it is stands in the record itself, not here."""

    list = models.ForeignKey(RetentionList, models.CASCADE, related_name="lines")
    rule = models.CharField(max_length=20)  # privacy.Keep.rule, and of which table
    record = models.BigIntegerField()
    since = models.DateField("到期日期")
    as_of = models.CharField(max_length=80)  # the record's state when it was listed
    kept_because = models.CharField("暂不删除的原因", max_length=100, blank=True)
    outcome = models.CharField("结果", max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["list", "rule", "record"], name="retention_line_once")
        ]
        indexes = [models.Index(fields=["rule", "record"], name="retention_of_record")]

    def __str__(self) -> str:
        return f"{self.rule} {self.record}"
