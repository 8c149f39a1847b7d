"""Work in the background. This row is the truth; Celery is only the doorbell."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from wanping_union.accounts.models import Union


class State(models.TextChoices):
    QUEUED = "queued", "排队中"
    RUNNING = "running", "进行中"
    DONE = "done", "已完成"
    FAILED = "failed", "未完成"


ACTIVE = (State.QUEUED, State.RUNNING)


class Priority(models.IntegerChoices):
    """Who waits for it. A lower one goes first; one step up outweighs ten minutes of waiting."""

    SOON = 0, "随到随办"  # somebody looks at the page: seconds
    LONG = 1, "大批量"  # somebody waits, but it takes minutes; never takes the last worker
    NIGHT = 2, "定时"  # nobody waits; never takes the last worker either


class Job(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=40)
    args = models.JSONField(default=dict)
    # At most one active job of it; null for none.
    dedupe = models.CharField(max_length=120, null=True)  # noqa: DJ001
    state = models.CharField("状态", max_length=10, choices=State.choices, default=State.QUEUED)
    priority = models.SmallIntegerField(choices=Priority.choices, default=Priority.SOON)
    attempts = models.PositiveSmallIntegerField(default=0)  # starts
    lapses = models.PositiveSmallIntegerField(default=0)  # starts that a dead worker left behind
    max_attempts = models.PositiveSmallIntegerField(
        default=3
    )  # starts that may break, lapses apart
    run_after = models.DateTimeField(db_default=Now())
    lease_until = models.DateTimeField(null=True)
    lease_token = models.UUIDField(null=True)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    words = models.CharField("进度", max_length=120, blank=True)
    error = models.CharField("原因", max_length=500, blank=True)
    result = models.JSONField(default=dict)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    union = models.ForeignKey(Union, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(db_default=Now())
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["dedupe"], name="job_one_active", condition=Q(state__in=ACTIVE)
            ),
            models.CheckConstraint(name="job_state_known", condition=Q(state__in=State.values)),
            models.CheckConstraint(
                name="job_priority_known", condition=Q(priority__in=Priority.values)
            ),
            models.CheckConstraint(
                name="job_running_has_lease",
                condition=~Q(state=State.RUNNING)
                | Q(lease_until__isnull=False, lease_token__isnull=False),
            ),
            models.CheckConstraint(
                name="job_finished_has_time",
                condition=Q(state__in=ACTIVE) | Q(finished_at__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["run_after"], name="job_waiting", condition=Q(state__in=ACTIVE)),
            models.Index(fields=["-created_at", "-id"], name="job_newest"),
            models.Index(
                fields=["finished_at"], name="job_failed", condition=Q(state=State.FAILED)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.state}"

    @property
    def is_over(self) -> bool:
        return self.state not in ACTIVE

    @property
    def percent(self) -> int:
        if self.state == State.DONE:
            return 100
        return min(99, self.done * 100 // self.total) if self.total else 0


class Pulse(models.Model):
    """When a part of the portal was last heard: beat (through a worker), sweeper, each worker."""

    name = models.CharField(max_length=120, primary_key=True)
    at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return f"{self.name} {self.at}"


class Turn(models.Model):
    """One day's turn of periodic work: whoever writes the row queues the job, nobody else."""

    kind = models.CharField(max_length=40)
    day = models.DateField()
    at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "day"], name="turn_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.day}"
