"""Monthly workbooks: one version per making. One without a file is being made or has failed."""

from datetime import timedelta
from typing import Self

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.urls import reverse

from wanping_union.accounts.models import Union, User
from wanping_union.crypto import EncryptedField
from wanping_union.jobs.models import Job
from wanping_union.roles import SEE_FIGURES


class State(models.TextChoices):
    """Follows from the row and its job, so it is stored nowhere and cannot disagree with them."""

    BUILDING = "running", "正在生成"
    READY = "done", "已生成"
    FAILED = "failed", "生成失败"


class MonthlyReportQuerySet(models.QuerySet["MonthlyReport"]):
    def visible_to(self, user: User) -> Self:
        return self.filter(union__in=user.union_ids(SEE_FIGURES))

    def without_files(self) -> Self:
        """Rows for pages: who, when, how it went; the files stay in the database."""
        rows = self.defer("content", "bulk").select_related("union", "job", "by")
        return rows.annotate(has_bulk=Q(bulk__isnull=False))


class MonthlyReport(models.Model):
    union = models.ForeignKey(Union, models.PROTECT, related_name="+", verbose_name="填报单位")
    month = models.DateField("月份")  # its first day
    version = models.PositiveSmallIntegerField("版本")
    until_on = models.DateField("数据截至", null=True)  # before the month's end: it was still open
    job = models.OneToOneField(Job, models.SET_NULL, null=True, related_name="monthly_report")
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    figures = models.JSONField(default=dict)  # {code: {month, year, before, change, lower_bound}}
    rows = models.PositiveIntegerField("明细行数", default=0)
    content = EncryptedField(text=False, null=True)
    sha256 = models.CharField("校验码", max_length=64, blank=True)
    bulk = EncryptedField(text=False, null=True)  # 明细 beyond what the workbook holds
    created_at = models.DateTimeField(db_default=Now())
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    objects = MonthlyReportQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["union", "month", "version"], name="report_version"),
            models.CheckConstraint(
                name="report_whole_or_empty",
                condition=Q(content__isnull=True, bulk__isnull=True, finished_at=None, sha256="")
                | Q(content__isnull=False, finished_at__isnull=False) & ~Q(sha256=""),
            ),
            models.CheckConstraint(name="report_month_is_first", condition=Q(month__day=1)),
        ]

    def __str__(self) -> str:
        return f"{self.union} {self.month_words}月报 第{self.version}版"

    def get_absolute_url(self) -> str:
        return reverse("reports:report", args=[self.pk])

    @property
    def state(self) -> State:
        if self.sha256:
            return State.READY
        if self.job is None or self.job.is_over:
            return State.FAILED
        return State.BUILDING

    @property
    def error(self) -> str:
        """Why it failed; "" unless it did."""
        if self.state != State.FAILED:
            return ""
        return self.job.error if self.job else "生成被中断，请重新生成。"

    @property
    def took(self) -> timedelta | None:
        """How long the making lasted, without waiting; None before it is over."""
        if self.started_at and self.finished_at:
            return self.finished_at - self.started_at
        if self.job and self.job.started_at and self.job.finished_at:
            return self.job.finished_at - self.job.started_at
        return None

    @property
    def month_words(self) -> str:
        return f"{self.month.year}年{self.month.month}月"

    @property
    def file_name(self) -> str:
        """工会工作月报_宛平城地区总工会_2016年12月_v1.xlsx (domain P-FMT-06)."""
        return f"工会工作月报_{self.union}_{self.month_words}_v{self.version}.xlsx"

    @property
    def bulk_name(self) -> str:
        return f"工会工作月报明细_{self.union}_{self.month_words}_v{self.version}.xlsx"
