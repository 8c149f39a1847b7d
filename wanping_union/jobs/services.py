"""Putting work into the queue: a row in the business transaction, then a ring at the bell."""

import logging
from contextlib import suppress
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.db.models import QuerySet
from django.db.models.functions import Now
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from wanping_union import patience
from wanping_union.accounts.models import Union, User
from wanping_union.audit.context import acting
from wanping_union.audit.models import Channel
from wanping_union.celery import app
from wanping_union.errors import Refused
from wanping_union.jobs.models import ACTIVE, Job, Priority, State

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
    priority: Priority = Priority.SOON,
) -> Job:
    """Queue one job; a worker hears of it after commit.

    Raises AlreadyActive (with the job) if one of the same dedupe key is not over.
    """
    try:
        with transaction.atomic():
            job = Job.objects.create(
                kind=kind, args=args, dedupe=dedupe, by=by, union=union, priority=priority
            )
    except IntegrityError:
        running = Job.objects.filter(dedupe=dedupe, state__in=ACTIVE).first()
        if running is None:
            raise
        raise AlreadyActive(running) from None
    transaction.on_commit(ring, robust=True)
    return job


def ring() -> bool:
    """Tell the workers there is work. A silent bell costs delay only: the sweeper rings again.

    Returns whether the bell was heard.
    """
    try:
        with patience.asking():
            app.send_task(WORK, retry=False, expires=60)
    except (OperationalError, RedisError) as error:
        log.warning("doorbell: %s", error)
        return False
    return True


def retry(job: Job) -> None:
    """Queue a failed job again. Raises Refused if it is not a failed one."""
    fresh = Job.objects.filter(pk=job.pk, state=State.FAILED)
    try:
        with transaction.atomic():
            changed = fresh.update(
                state=State.QUEUED,
                attempts=0,
                lapses=0,
                error="",
                done=0,
                words="",
                run_after=Now(),
                finished_at=None,
            )
    except IntegrityError:
        raise Refused("同样的任务正在进行，请等它完成。") from None
    if not changed:
        raise Refused("只有未完成的任务可以重试。")
    transaction.on_commit(ring, robust=True)


def retry_all(jobs: QuerySet[Job]) -> int:
    """Queue the failed ones of these again. Returns how many; the rest is under way already."""
    count = 0
    for job in jobs.filter(state=State.FAILED).order_by("created_at", "pk"):
        with suppress(Refused):
            retry(job)
            count += 1
    return count


# Interruptions prove little against a job, so it may have more of them than faults of its own.
MOST_LAPSES = 4
# One at a time, so that two workers cannot both take the last long job allowed.
LOCK = "select pg_advisory_xact_lock(hashtext('jobs_claim'))"
# Long work leaves a worker free for those who wait at a page.
CLAIMABLE = """
run_after <= clock_timestamp()
and (state = 'queued' or state = 'running' and lease_until < clock_timestamp())
and (priority = 0 or id = %(only)s or %(long)s > (
    select count(*) from jobs_job
    where state = 'running' and priority > 0 and lease_until >= clock_timestamp()))
"""
CLAIM = f"""
update jobs_job set lapses = lapses + (state = 'running')::int, state = 'running',
    attempts = attempts + 1, lease_token = gen_random_uuid(),
    lease_until = clock_timestamp() + make_interval(secs => %(seconds)s),
    started_at = clock_timestamp(), done = 0, words = ''
where id = (
    select id from jobs_job
    where {CLAIMABLE} and (%(only)s::uuid is null or id = %(only)s)
    order by run_after + priority * interval '10 minutes', id limit 1 for update skip locked)
returning id
"""
GIVE_UP = """
update jobs_job set state = 'failed', finished_at = clock_timestamp(),
    error = '多次中断后停止，请点“重试”。'
where state = 'running' and lease_until < clock_timestamp()
    and (lapses >= %(lapses)s or attempts - lapses >= max_attempts)
"""


def claim(lease_seconds: float, only: UUID | None = None) -> Job | None:
    """Take the next waiting job, or one whose worker has gone; None if there is none.

    lease_seconds: how long it is ours unless renewed, by the database's clock.
    only: take this job or none, for a command that works what it has just queued.
    """
    values = {"seconds": lease_seconds, "only": only, "long": settings.JOBS_LONG_AT_ONCE}
    with acting(Channel.JOB, None), connection.cursor() as cursor:
        cursor.execute(LOCK)
        cursor.execute(GIVE_UP, {"lapses": MOST_LAPSES})
        cursor.execute(CLAIM, values)
        row = cursor.fetchone()
    return Job.objects.select_related("by", "union").get(pk=row[0]) if row else None


WAITING = f"""
select extract(epoch from clock_timestamp() - min(
    case state when 'running' then lease_until else run_after end))::float
from jobs_job where {CLAIMABLE}
"""


def longest_wait() -> float | None:
    """Seconds that a job has waited which a worker could take now; None if there is none."""
    with connection.cursor() as cursor:
        cursor.execute(WAITING, {"only": None, "long": settings.JOBS_LONG_AT_ONCE})
        seconds: float | None = cursor.fetchone()[0]
    return seconds
