"""Working one job: lease, heartbeat, effect and `done` in one transaction."""

import logging
import math
import resource
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from threading import Event, Thread
from typing import Any, NamedTuple

from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from wanping_union.audit.context import acting
from wanping_union.audit.models import Channel
from wanping_union.errors import Refused
from wanping_union.jobs import services
from wanping_union.jobs.models import Job, State

log = logging.getLogger(__name__)


class LeaseLost(Exception):
    """Another worker has taken the job over; nothing of this run may stay."""


class Run:
    """What a handler sees of its job."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.args: dict[str, Any] = job.args
        self.progress: tuple[int, int, str] = (0, 0, "")
        self.result: dict[str, Any] = {}

    def tell(self, done: int, total: int, words: str) -> None:
        """Say how far it is; shown on the page within a second."""
        self.progress = (done, total, words)


class AtOneMoment(NamedTuple):
    """A handler whose figures have to agree with one another.

    read: sees the records of one moment, whatever others write meanwhile, and writes nothing.
    write: keeps what that returned.
    """

    read: Callable[[Run], Any]
    write: Callable[[Run, Any], None]


Handler = Callable[[Run], None] | AtOneMoment


TOO_LONG = "处理的时间太长，已经停止。请把内容分成几份再提交，或者联系管理员。"
TOO_BIG = "处理时占用的内存太多，已经停止。请把内容分成几份再提交，或者联系管理员。"
BROKEN = "处理时出错，已通知管理员。可以稍后重试。"


def work(handlers: Mapping[str, Handler], seconds: float = math.inf) -> int:
    """Work waiting jobs until there are none. Returns how many were worked.

    seconds: after that no further job is taken.
    """
    end = time.monotonic() + seconds
    worked = 0
    while time.monotonic() < end and work_next(handlers):
        worked += 1
    return worked


def work_next(handlers: Mapping[str, Handler]) -> bool:
    """Work the next waiting job. Returns whether there was one."""
    job = services.claim(settings.JOB_LEASE_SECONDS)
    if job:
        work_one(job, handlers[job.kind])
    return job is not None


def work_one(job: Job, handler: Handler) -> None:
    """Run one claimed job; whatever goes wrong is written on its row."""
    run = Run(job)
    try:
        with _heartbeat(run):
            effect = _effect(handler, run)
            with acting(Channel.JOB, job.by_id):
                effect()
                _finish(run)
    except Refused as refusal:
        _fail(job, str(refusal), final=True)
    except SoftTimeLimitExceeded:
        _fail(job, TOO_LONG, final=True)
    except MemoryError:
        _fail(job, TOO_BIG, final=True)
    except LeaseLost:
        log.warning("job %s: lease lost", job.pk)
    except Exception:  # the border: an unknown fault must end on the row, not in a dead worker
        log.exception("job %s (%s)", job.pk, job.kind)
        _fail(job, BROKEN, final=False)


def confine() -> None:
    """Let this process take JOB_MEMORY_MB: more is a MemoryError in the job, not a machine at rest.

    Data only: what a process maps but never writes costs nothing. Linux alone knows this limit.
    """
    if sys.platform == "linux":
        _, hard = resource.getrlimit(resource.RLIMIT_DATA)
        resource.setrlimit(resource.RLIMIT_DATA, (settings.JOB_MEMORY_MB << 20, hard))


def _effect(handler: Handler, run: Run) -> Callable[[], None]:
    """What is left to do, in the transaction that ends the job."""
    if not isinstance(handler, AtOneMoment):
        return partial(handler, run)
    with _one_moment():
        found = handler.read(run)
    return partial(handler.write, run, found)


@contextmanager
def _one_moment() -> Iterator[None]:
    """A transaction apart: the job's own row, which the heartbeat renews, could not be ended in it.

    Inside another transaction it is as that one.
    """
    is_apart = not connection.in_atomic_block
    with transaction.atomic():
        if is_apart:
            with connection.cursor() as cursor:
                cursor.execute("set transaction isolation level repeatable read, read only")
        yield


def _finish(run: Run) -> None:
    mine = Job.objects.filter(pk=run.job.pk, lease_token=run.job.lease_token, state=State.RUNNING)
    if not mine.update(state=State.DONE, finished_at=timezone.now(), result=run.result):
        raise LeaseLost


def _fail(job: Job, error: str, *, final: bool) -> None:
    over = final or job.attempts - job.lapses >= job.max_attempts
    mine = Job.objects.filter(pk=job.pk, lease_token=job.lease_token, state=State.RUNNING)
    with acting(Channel.JOB, job.by_id):
        mine.update(
            state=State.FAILED if over else State.QUEUED,
            finished_at=timezone.now() if over else None,
            error=error[:500],
        )


@contextmanager
def _heartbeat(run: Run) -> Iterator[None]:
    """Renew the lease and show progress from a thread with its own connection."""
    stop = Event()
    thread = Thread(target=_beat, args=(run, stop), daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


RENEW = """
update jobs_job set lease_until = clock_timestamp() + make_interval(secs => %s),
    done = %s, total = %s, words = %s
where id = %s and lease_token = %s and state = 'running'
"""


def _beat(run: Run, stop: Event) -> None:
    try:
        while not stop.wait(min(1.0, settings.JOB_LEASE_SECONDS / 4)):
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(
                    RENEW,
                    [settings.JOB_LEASE_SECONDS, *run.progress, run.job.pk, run.job.lease_token],
                )
    finally:
        connection.close()
