"""Keeping house: the pulse of beat, and what is dropped when its time is past."""

from datetime import timedelta

from django.contrib.sessions.models import Session
from django.db.models.functions import Now
from django.utils import timezone

from wanping_union.accounts.models import SafeRedo
from wanping_union.jobs.models import Job, Pulse, State

TOKENS_KEPT = timedelta(days=2)
JOBS_KEPT = timedelta(days=180)


def pulse() -> None:
    """Note that beat was heard."""
    Pulse.objects.update_or_create(name="beat", defaults={"at": Now()})


def pulse_age() -> float | None:
    """Seconds since beat was heard; None if never."""
    last = Pulse.objects.filter(name="beat").first()
    return (timezone.now() - last.at).total_seconds() if last else None


def purge() -> None:
    """Delete expired sessions, old form tokens and old finished jobs."""
    now = timezone.now()
    Session.objects.filter(expire_date__lt=now).delete()
    SafeRedo.objects.filter(at__lt=now - TOKENS_KEPT).delete()
    Job.objects.filter(state=State.DONE, finished_at__lt=now - JOBS_KEPT).delete()
