"""Keeping house: who is alive, what the clock asks for, what is dropped when its time is past."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from wanping_union.accounts.models import SafeRedo
from wanping_union.jobs import services
from wanping_union.jobs.models import ACTIVE, Job, Priority, Pulse, Turn

TOKENS_KEPT = timedelta(days=2)
JOBS_KEPT = timedelta(days=180)
PULSES_KEPT = timedelta(days=2)
BEAT = "beat"
SWEEPER = "sweeper"
WORKER = "worker "


def pulse(name: str) -> None:
    """Note that this part was heard."""
    Pulse.objects.update_or_create(name=name, defaults={"at": Now()})


def pulse_age(name: str) -> float | None:
    """Seconds since it was heard; None if never."""
    last = Pulse.objects.filter(name=name).first()
    return (timezone.now() - last.at).total_seconds() if last else None


@dataclass(frozen=True)
class Chore:
    """Work the clock asks for once a day. kind: of its job. at: local time from which it is due."""

    kind: str
    at: time

    def newest_turn(self, now: datetime) -> date:
        local = timezone.localtime(now)
        return local.date() - timedelta(days=local.time() < self.at)


def queue_due(chores: Iterable[Chore], now: datetime | None = None) -> None:
    """Queue what is due and nobody has queued: however often, by however many, and however late.

    A kind never seen before begins with its next turn: a new portal has nothing to catch up with.
    """
    for chore in chores:
        day = chore.newest_turn(now or timezone.now())
        is_first = not Turn.objects.filter(kind=chore.kind).exists()
        with transaction.atomic():
            turn, is_ours = Turn.objects.get_or_create(kind=chore.kind, day=day)
            if is_ours and not is_first:
                _queue(turn)


def _queue(turn: Turn) -> None:
    try:
        services.enqueue(turn.kind, {}, by=None, dedupe=turn.kind, priority=Priority.NIGHT)
    except services.AlreadyActive:
        return  # an earlier turn is still under way and sees to the same things


def purge() -> None:
    """Delete expired sessions, old form tokens, old jobs and what was long not heard."""
    now = timezone.now()
    Session.objects.filter(expire_date__lt=now).delete()
    SafeRedo.objects.filter(at__lt=now - TOKENS_KEPT).delete()
    Job.objects.filter(finished_at__lt=now - JOBS_KEPT).exclude(state__in=ACTIVE).delete()
    Pulse.objects.filter(at__lt=now - PULSES_KEPT).exclude(name__in=[BEAT, SWEEPER]).delete()
    newest = Turn.objects.order_by("kind", "-day").distinct("kind").values("pk")
    Turn.objects.filter(at__lt=now - JOBS_KEPT).exclude(pk__in=newest).delete()
