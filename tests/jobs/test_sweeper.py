"""Beat twice, or beat and bell dead for a day: nothing is doubled, nothing is forgotten."""

import os
import time
from datetime import UTC, datetime, timedelta
from datetime import time as hour
from threading import Barrier, Thread
from urllib.parse import urlsplit

import pytest
from django.db import connection
from django.utils import timezone

from tests.factories import make_union
from wanping_union import clock, patience, portal
from wanping_union.jobs import keeping, services, sweeper, worker
from wanping_union.jobs.keeping import Chore
from wanping_union.jobs.models import Job, Priority, Pulse, State, Turn
from wanping_union.reports.models import MonthlyReport

pytestmark = pytest.mark.usefixtures("committed")
NIGHTLY = (Chore("housekeeping", hour(3, 10)),)


def at(day: int, hour: int) -> datetime:
    """A moment of March 2026 in Shanghai."""
    return datetime(2026, 3, day, hour, tzinfo=UTC) - timedelta(hours=8)


def beat(moment: datetime) -> None:
    keeping.queue_due(NIGHTLY, moment)


def beat_at_once(moment: datetime, beats: int = 4) -> None:
    start = Barrier(beats)

    def run() -> None:
        start.wait()
        beat(moment)
        connection.close()

    threads = [Thread(target=run) for _ in range(beats)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def work_off() -> None:
    Job.objects.filter(state=State.QUEUED).update(state=State.DONE, finished_at=timezone.now())


def test_a_new_portal_has_nothing_to_catch_up_with():
    beat(at(2, 9))
    beat(at(3, 2))
    assert not Job.objects.exists()
    beat(at(3, 4))
    assert Job.objects.get().priority == Priority.NIGHT


def test_two_beats_queue_one_turn():
    beat(at(2, 9))
    beat_at_once(at(3, 9))
    beat(at(3, 10))
    work_off()
    beat(at(3, 11))
    assert Job.objects.count() == 1


def test_without_the_turns_row_two_beats_would_queue_two(monkeypatch):
    """Negative control: only what is queued now is looked at, as a dedupe key alone would."""
    monkeypatch.setattr(Turn.objects, "get_or_create", lambda **values: (Turn(**values), True))
    beat(at(2, 9))
    Turn.objects.create(kind="housekeeping", day=at(2, 9).date())
    beat(at(3, 9))
    work_off()
    beat(at(3, 11))
    assert Job.objects.count() == 2


def test_after_days_without_a_beat_the_next_one_does_what_was_missed():
    beat(at(2, 9))
    beat(at(6, 1))
    work_off()
    beat(at(6, 4))
    assert list(Turn.objects.order_by("day").values_list("day__day", flat=True)) == [2, 5, 6]
    assert Job.objects.count() == 2


def test_a_turn_still_under_way_is_not_queued_beside_itself():
    beat(at(2, 9))
    beat(at(3, 9))
    beat(at(4, 9))
    assert Job.objects.count() == 1


def test_monthly_reports_are_made_once_however_often_the_chore_runs(district):
    make_union(district)
    for _ in range(2):
        services.enqueue("monthly_reports", {}, by=None)
        worker.work(portal.JOBS)
    last = clock.today().replace(day=1) - timedelta(days=1)
    made = MonthlyReport.objects.values_list("month", "version")
    assert list(made) == [(last.replace(day=1), 1)] * 2
    assert not Job.objects.exclude(state=State.DONE).exists()


@pytest.fixture
def here(settings, monkeypatch):
    """What the sweeper starts works on the database of this test."""
    name = settings.DATABASES["default"]["NAME"]
    for variable in ("DATABASE_URL", "DATABASE_OWNER_URL"):
        url = urlsplit(os.environ[variable])._replace(path=f"/{name}").geturl()
        monkeypatch.setenv(variable, url)


@pytest.fixture
def no_bell(monkeypatch):
    monkeypatch.setattr(patience._Failure, "at", time.monotonic() + 600)


def queue_old(seconds: int) -> Job:
    job = services.enqueue("housekeeping", {}, by=None)
    Job.objects.update(run_after=timezone.now() - timedelta(seconds=seconds))
    return job


def looked_at(job: Job) -> State:
    """The job's state after the sweeper looked once and what it started has ended."""
    watch = sweeper.Sweeper(())
    watch.look()
    if watch.stand_in:
        watch.stand_in.wait(60)
    job.refresh_from_db()
    return State(job.state)


def test_where_the_bell_is_dead_the_sweeper_has_the_job_worked(here, no_bell):
    assert looked_at(queue_old(5)) == State.DONE
    assert Pulse.objects.filter(name=keeping.SWEEPER).exists()


def test_where_the_bell_rings_but_nobody_comes_too(here):
    assert looked_at(queue_old(60)) == State.DONE


def test_where_the_bell_rings_a_worker_is_given_time(here):
    assert looked_at(queue_old(5)) == State.QUEUED


def test_a_job_that_has_just_come_is_left_to_the_bell(here, no_bell):
    assert looked_at(queue_old(0)) == State.QUEUED


def test_what_works_too_long_for_the_sweeper_is_ended(here, no_bell, settings):
    watch = sweeper.Sweeper(())
    watch.start()
    watch.stand_in_until = 0
    process = watch.stand_in
    watch.watch()
    assert process.wait(10) < 0
    watch.watch()
    assert watch.stand_in is None
