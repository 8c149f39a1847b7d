"""What was done, by whom, to which record. Rows are only ever added."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now


class Channel(models.TextChoices):
    WEB = "web", "网页"
    COMMAND = "command", "命令行"
    JOB = "job", "后台任务"
    PUBLIC = "public", "公开页面"


class ActQuerySet(models.QuerySet["Act"]):
    def about(self, record: models.Model) -> "ActQuerySet":
        return self.filter(record=name_of(record))


class Act(models.Model):
    """One act in words people read. Has no key to live data, so it never holds it up."""

    at = models.DateTimeField("时间", db_default=Now())  # real time, from the database
    on = models.DateField("业务日期")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.DO_NOTHING,
        null=True,  # nobody: the system, a public form
        db_constraint=False,
        related_name="+",
    )
    by_name = models.CharField("操作人", max_length=40)
    channel = models.CharField("途径", max_length=10, choices=Channel.choices)
    request_id = models.UUIDField(null=True)
    name = models.CharField(max_length=40)  # the step, or reveal, import, sign_in, …
    label = models.CharField("事项", max_length=80)
    record = models.CharField(max_length=60, blank=True)  # "members.person:42"
    record_words = models.CharField("对象", max_length=120, blank=True)
    union_path = models.CharField(max_length=120, blank=True)
    changed = models.JSONField(default=dict)  # {field: [before, after]}, as text, masked
    note = models.CharField("说明", max_length=500, blank=True)

    objects = ActQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["record", "-at"], name="act_by_record"),
            models.Index(fields=["by", "-at"], name="act_by_person"),
            models.Index(fields=["-at", "-id"], name="act_newest"),
            models.Index(
                fields=["union_path"], name="act_by_union", opclasses=["varchar_pattern_ops"]
            ),
        ]

    def __str__(self) -> str:
        return f"{self.at:%F %T} {self.by_name} {self.label} {self.record}"


def name_of(record: models.Model) -> str:
    """How audit rows name a record: "members.person:42"."""
    return f"{record._meta.label_lower}:{record.pk}"
