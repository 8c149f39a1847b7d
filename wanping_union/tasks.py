"""What Celery calls. Tasks carry no data: the job's row does."""

from celery import shared_task

from wanping_union import portal
from wanping_union.audit import sealing
from wanping_union.jobs import keeping, presence, services, worker

__all__ = ["beat", "presence", "seal", "sweep", "work"]  # presence: its signals are Celery's


@shared_task
def work() -> None:
    """Work one job and ring for the next, so that Celery's limits hold for each."""
    while worker.work_next(portal.JOBS) and not services.ring():
        pass  # no bell: go on here


@shared_task
def beat() -> None:
    """Beat and a worker are alive."""
    keeping.pulse(keeping.BEAT)


@shared_task
def seal() -> None:
    """Seal what the logs have gained."""
    sealing.seal()


@shared_task
def sweep() -> None:
    """Queue what the clock asks for; ring again where the bell was not heard or a worker is gone.

    The sweeper does the same without Celery; this is for a portal that runs none.
    """
    sealing.seal_if_due()
    keeping.queue_due(portal.CHORES)
    if services.longest_wait() is not None:
        services.ring()
