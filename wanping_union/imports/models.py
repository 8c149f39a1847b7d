"""One uploaded workbook and the rows of it that need mending."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from wanping_union.accounts.models import Union, User
from wanping_union.crypto import EncryptedField
from wanping_union.jobs.models import Job
from wanping_union.jobs.models import State as JobState
from wanping_union.roles import IMPORT


class State(models.TextChoices):
    CHECKING = "checking", "正在检查"
    CHECKED = "checked", "待确认导入"
    UNREADABLE = "unreadable", "文件无法读取"
    RUNNING = "running", "正在导入"
    DONE = "done", "已导入"
    FAILED = "failed", "未导入"
    CANCELLED = "cancelled", "已取消"
    UNDOING = "undoing", "正在撤销"
    UNDONE = "undone", "已撤销"


class Fate(models.TextChoices):
    """What a file means for a record."""

    NEW = "new", "新增"
    CHANGED = "changed", "更新"
    UNCHANGED = "unchanged", "不变"
    MISSING = "missing", "表格里没有"
    KEPT = "kept", "没有撤销"  # touched since, when the import was undone


class BatchQuerySet(models.QuerySet["Batch"]):
    def visible_to(self, user: User) -> Self:
        """Files that were uploaded for a union the person imports for, without their content."""
        return self.filter(union__in=user.union_ids(IMPORT)).defer("content")


class Batch(models.Model):
    kind = models.CharField("类型", max_length=20)
    union = models.ForeignKey(Union, models.PROTECT, related_name="+", verbose_name="工会")
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    file_name = models.CharField("文件名", max_length=200)
    sha256 = models.CharField(max_length=64)
    content = EncryptedField(text=False, null=True)  # purged after 30 days
    state = models.CharField("状态", max_length=12, choices=State.choices, default=State.CHECKING)
    year = models.PositiveSmallIntegerField("年度", null=True)  # typed in; else from the title
    layout = models.JSONField(default=dict)  # what was understood: engine.about
    only_good = models.BooleanField("只导入正确的行", default=False)
    code = models.CharField(max_length=20, blank=True)  # why the whole file was refused
    sentence = models.CharField("原因", max_length=300, blank=True)
    rows = models.PositiveIntegerField(default=0)
    importable = models.PositiveIntegerField(default=0)
    created = models.PositiveIntegerField(default=0)
    updated = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    missing = models.PositiveIntegerField(null=True)  # not in the file; null: not looked for
    removed = models.PositiveIntegerField(default=0)  # by undoing it
    restored = models.PositiveIntegerField(default=0)
    kept = models.PositiveIntegerField(default=0)  # touched since, so left as they are
    request_id = models.UUIDField(null=True, db_index=True)  # of the load, in the change log
    undo_request_id = models.UUIDField(null=True, db_index=True)
    undone_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    undone_at = models.DateTimeField(null=True)
    job = models.ForeignKey(Job, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True)

    objects = BatchQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(name="batch_state_known", condition=Q(state__in=State.values))
        ]
        indexes = [models.Index(fields=["union", "-created_at"], name="batch_by_union")]

    def __str__(self) -> str:
        return self.file_name

    @property
    def bad(self) -> int:
        """Rows that are not importable as they stand."""
        return self.rows - self.importable

    @property
    def fates(self) -> dict[Fate, int | None]:
        """How many rows have each fate; None where it was not looked for."""
        return {
            Fate.NEW: self.created,
            Fate.CHANGED: self.updated,
            Fate.UNCHANGED: self.unchanged,
            Fate.MISSING: self.missing,
        }

    @property
    def is_waiting(self) -> bool:
        """A job has it, or had it and failed."""
        return self.state in (State.CHECKING, State.RUNNING, State.UNDOING)

    @property
    def is_stuck(self) -> bool:
        """Its job failed: nothing was written, it can be tried again."""
        failed = self.job is not None and self.job.state == JobState.FAILED
        return self.is_waiting and failed


class BadRow(models.Model):
    """A row with problems, as read or as mended in the page. Holds personal data: encrypted."""

    batch = models.ForeignKey(Batch, models.CASCADE, related_name="bad_rows")
    row = models.PositiveIntegerField()  # as Excel shows it
    cells = EncryptedField()  # JSON: {key of column: text}
    problems = EncryptedField()  # JSON: [[column, code, sentence]]; sentences repeat values
    is_mended = models.BooleanField(default=False)
    is_left_out = models.BooleanField(default=False)  # does not go in, and counts no more

    class Meta:
        constraints = [models.UniqueConstraint(fields=["batch", "row"], name="bad_row_once")]

    def __str__(self) -> str:
        return f"{self.batch} {self.row}"


class Compared(models.Model):
    """Some rows of a file beside what is stored. Holds names: encrypted. Goes after 30 days."""

    batch = models.ForeignKey(Batch, models.CASCADE, related_name="compared")
    fate = models.CharField(max_length=10, choices=Fate.choices)
    number = models.PositiveIntegerField()  # from 0 within the fate
    rows = EncryptedField()  # JSON: [[row, pk, name, {label: [old, new]}]]

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["batch", "fate", "number"], name="compared_once"),
            models.CheckConstraint(name="compared_fate_known", condition=Q(fate__in=Fate.values)),
        ]

    def __str__(self) -> str:
        return f"{self.batch} {self.fate} {self.number}"
