"""Files attached to records. The rows stay when a file is removed: who, when and why."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.urls import reverse

from wanping_union.accounts.models import Union, User
from wanping_union.attachments.formats import PAGES_SHOWN, PICTURES
from wanping_union.crypto import EncryptedField


class AttachmentQuerySet(models.QuerySet["Attachment"]):
    def there(self) -> Self:
        return self.filter(removed_at=None)


class Attachment(models.Model):
    record = models.CharField(max_length=60)  # as the audit names it: "members.person:42"
    union = models.ForeignKey(Union, models.PROTECT, related_name="+", verbose_name="工会")
    label = models.CharField("材料", max_length=40)
    name = EncryptedField("文件名")  # people name scans after those on them
    path = models.CharField(max_length=40, unique=True)  # random; the thumbnail's ends in .t
    mime = models.CharField(max_length=80)
    size = models.PositiveIntegerField("大小")  # bytes kept
    sha256 = models.CharField("校验码", max_length=64)  # of what was sent
    pages = models.PositiveIntegerField("页数", null=True)
    width = models.PositiveIntegerField(null=True)  # pixels, of a picture
    height = models.PositiveIntegerField(null=True)
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="上传人")
    at = models.DateTimeField("上传时间", db_default=Now())
    removed_at = models.DateTimeField(null=True)
    removed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    removed_because = models.CharField("删除原因", max_length=100, blank=True)

    objects = AttachmentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["record", "sha256"],
                name="attachment_once_a_record",
                condition=Q(removed_at=None),
            ),
            models.CheckConstraint(
                name="attachment_removed_by_somebody_for_a_reason",
                condition=Q(removed_at=None, removed_by=None, removed_because="")
                | Q(removed_at__isnull=False) & ~Q(removed_because=""),
            ),
        ]
        indexes = [
            models.Index(fields=["record", "-at"], name="attachment_by_record"),
            models.Index(fields=["sha256"], name="attachment_by_content"),
        ]

    def __str__(self) -> str:
        return self.label

    def get_absolute_url(self) -> str:
        return reverse("attachments:attachment", args=[self.pk])

    @property
    def kind(self) -> str:
        """Of the record it belongs to: "members.person"."""
        return self.record.partition(":")[0]

    @property
    def key(self) -> int:
        """Of the record it belongs to."""
        return int(self.record.partition(":")[2])

    @property
    def is_picture(self) -> bool:
        return self.mime in PICTURES

    @property
    def pages_shown(self) -> int:
        """Pages of a PDF that can be looked at as pictures; 0 of any other file."""
        return min(self.pages or 0, PAGES_SHOWN)
