"""What Celery calls. Tasks carry no data: the job's row does."""

from celery import shared_task

from wanping_union import portal
from wanping_union.imports import services as imports
from wanping_union.jobs import keeping, services, worker


@shared_task
def work() -> None:
    """Work whatever waits."""
    worker.work(portal.JOBS)


@shared_task
def beat() -> None:
    """Beat and a worker are alive."""
    keeping.pulse()


@shared_task
def sweep() -> None:
    """Ring again for jobs whose bell was not heard or whose worker has gone."""
    if services.waiting():
        services.ring()


@shared_task
def monthly() -> None:
    """Queue last month's workbook for every union."""
    portal.queue_monthly_reports()


@shared_task
def housekeeping() -> None:
    """Drop what is past its time: uploaded files, form tokens, sessions."""
    keeping.purge()
    imports.purge()
