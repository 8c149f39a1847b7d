"""Files that people asked for. Their content goes after 30 days; who had what stays."""

from datetime import datetime, timedelta
from typing import Self

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.urls import reverse
from django.utils import timezone

from wanping_union.accounts.models import Union, User
from wanping_union.crypto import EncryptedField
from wanping_union.jobs.models import Job
from wanping_union.roles import SEE_EXPORTS

KEPT = timedelta(days=30)


class State(models.TextChoices):
    """Follows from the row and its job, so it is stored nowhere and cannot disagree with them."""

    BUILDING = "running", "正在生成"
    READY = "done", "可以下载"
    FAILED = "failed", "没有生成"
    GONE = "plain", "已删除"


class ExportedFileQuerySet(models.QuerySet["ExportedFile"]):
    def visible_to(self, user: User) -> Self:
        """One's own; who watches over exports sees that others of their unions had some."""
        return self.filter(Q(by=user) | Q(union__in=user.union_ids(SEE_EXPORTS)))

    def expired(self) -> Self:
        return self.filter(gone_at=None, created_at__lt=timezone.now() - KEPT)


class ExportedFile(models.Model):
    kind = models.CharField("名单", max_length=20)
    label = models.CharField("名单", max_length=60)
    union = models.ForeignKey(Union, models.PROTECT, related_name="+", verbose_name="工会")
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="导出人")
    query = EncryptedField(null=True)  # JSON; a search text may be somebody's name
    scope = models.JSONField(default=list)  # paths of the unions the person reached when asking
    clear = models.BooleanField("完整号码", default=False)
    reason = models.CharField("用途", max_length=100, blank=True)
    job = models.OneToOneField(Job, models.SET_NULL, null=True, related_name="+")
    rows = models.PositiveIntegerField("行数", null=True)
    size = models.PositiveBigIntegerField("大小", default=0)  # bytes
    sha256 = models.CharField("校验码", max_length=64, blank=True)
    created_at = models.DateTimeField("时间", db_default=Now())
    finished_at = models.DateTimeField(null=True)
    gone_at = models.DateTimeField(null=True)  # deleted by its owner, or past its time

    objects = ExportedFileQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="export_clear_has_reason", condition=Q(clear=False) | ~Q(reason="")
            ),
            models.CheckConstraint(
                name="export_whole_or_empty",
                condition=Q(sha256="", finished_at=None, rows=None)
                | ~Q(sha256="") & Q(finished_at__isnull=False, rows__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["by", "-created_at"], name="export_by_person"),
            models.Index(fields=["union", "-created_at"], name="export_by_union"),
        ]

    def __str__(self) -> str:
        return self.label

    def get_absolute_url(self) -> str:
        return reverse("exports:file", args=[self.pk])

    @property
    def state(self) -> State:
        if self.gone_at:
            return State.GONE
        if self.sha256:
            return State.READY
        if self.job is None or self.job.is_over:
            return State.FAILED
        return State.BUILDING

    @property
    def error(self) -> str:
        return self.job.error if self.job else "生成被中断，请重新导出。"

    @property
    def expires_at(self) -> datetime:
        return self.created_at + KEPT

    @property
    def file_name(self) -> str:
        """会员名册_20161230_完整号码.xlsx"""
        mark = "_完整号码" if self.clear else ""
        return f"{self.label}_{timezone.localtime(self.created_at):%Y%m%d}{mark}.xlsx"


class Piece(models.Model):
    """A few megabytes of a file, so that nobody has to hold and seal the whole of it at once."""

    file = models.ForeignKey(
        ExportedFile, models.CASCADE, related_name="pieces", db_index=False
    )  # piece_once serves
    number = models.PositiveSmallIntegerField()
    content = EncryptedField(text=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["file", "number"], name="piece_once")]

    def __str__(self) -> str:
        return f"{self.file_id} {self.number}"
