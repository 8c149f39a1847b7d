"""Putting work into the queue: a row in the business transaction, then a ring at the bell."""

import logging
from typing import Any
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from kombu.exceptions import OperationalError

from wanping_union.accounts.models import Union, User
from wanping_union.celery import app
from wanping_union.errors import Refused
from wanping_union.jobs.models import ACTIVE, Job, State

WORK = "wanping_union.tasks.work"
log = logging.getLogger(__name__)


class AlreadyActive(Refused):
    """The same work is queued or running."""

    def __init__(self, job: Job) -> None:
        super().__init__("同样的任务正在进行，请等它完成。")
        self.job = job


def enqueue(
    kind: str,
    args: dict[str, Any],
    *,
    by: User | None,
    union: Union | None = None,
    dedupe: str | None = None,
    queue: str = "fast",
) -> Job:
    """Queue one job; a worker hears of it after commit.

    Raises AlreadyActive (with the job) if one of the same dedupe key is not over.
    """
    try:
        with transaction.atomic():
            job = Job.objects.create(kind=kind, args=args, dedupe=dedupe, by=by, union=union)
    except IntegrityError:
        running = Job.objects.filter(dedupe=dedupe, state__in=ACTIVE).first()
        if running is None:
            raise
        raise AlreadyActive(running) from None
    transaction.on_commit(lambda: ring(queue))
    return job


def ring(queue: str = "fast") -> None:
    """Tell the workers there is work. A silent bell costs delay only: the sweeper rings again."""
    try:
        app.send_task(WORK, queue=queue, retry=False, expires=60)
    except OperationalError as error:
        log.warning("doorbell: %s", error)


def retry(job: Job) -> None:
    """Queue a failed job again. Raises Refused if it is not a failed one."""
    fresh = Job.objects.filter(pk=job.pk, state=State.FAILED)
    try:
        with transaction.atomic():
            changed = fresh.update(
                state=State.QUEUED, attempts=0, error="", done=0, words="", finished_at=None
            )
    except IntegrityError:
        raise Refused("同样的任务正在进行，请等它完成。") from None
    if not changed:
        raise Refused("只有未完成的任务可以重试。")
    transaction.on_commit(ring)


CLAIM = """
update jobs_job set state = 'running', attempts = attempts + 1, lease_token = gen_random_uuid(),
    lease_until = clock_timestamp() + make_interval(secs => %(seconds)s),
    started_at = clock_timestamp(), done = 0, words = ''
where id = (
    select id from jobs_job
    where run_after <= clock_timestamp() and attempts < max_attempts
        and (state = 'queued' or state = 'running' and lease_until < clock_timestamp())
        and (%(only)s::uuid is null or id = %(only)s)
    order by run_after limit 1 for update skip locked)
returning id
"""
GIVE_UP = """
update jobs_job set state = 'failed', finished_at = clock_timestamp(),
    error = '多次中断后停止，请点“重试”。'
where state = 'running' and lease_until < clock_timestamp() and attempts >= max_attempts
"""


def claim(lease_seconds: float, only: UUID | None = None) -> Job | None:
    """Take the oldest waiting job, or one whose worker has gone; None if there is none.

    lease_seconds: how long it is ours unless renewed, by the database's clock.
    only: take this job or none, for a command that works what it has just queued.
    """
    with connection.cursor() as cursor:
        cursor.execute(GIVE_UP)
        cursor.execute(CLAIM, {"seconds": lease_seconds, "only": only})
        row = cursor.fetchone()
    return Job.objects.select_related("by", "union").get(pk=row[0]) if row else None


def waiting() -> int:
    """Jobs that a worker could take now."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select count(*) from jobs_job where run_after <= clock_timestamp() and"
            " (state = 'queued' or state = 'running' and lease_until < clock_timestamp())"
        )
        count: int = cursor.fetchone()[0]
    return count
