"""Which job goes first, and that none waits for ever."""

from datetime import timedelta
from threading import Barrier, Thread

import pytest
from django.db import connection
from django.utils import timezone

from wanping_union.jobs import services
from wanping_union.jobs.models import Job, Priority, State

pytestmark = pytest.mark.usefixtures("committed")
SOON, LONG, NIGHT = Priority


def queue(priority: Priority, minutes_ago: float = 0, **values) -> Job:
    job = services.enqueue("trace", {}, by=None, priority=priority)
    Job.objects.filter(pk=job.pk).update(
        run_after=timezone.now() - timedelta(minutes=minutes_ago), **values
    )
    return job


def claim_all() -> list[Job]:
    """Claim what can be claimed; nothing is finished meanwhile."""
    return list(iter(lambda: services.claim(60), None))


def claim_at_once(threads: int) -> list[Job]:
    """Claim once in each of so many threads, together."""
    found: list[Job] = []
    start = Barrier(threads)

    def run() -> None:
        start.wait()
        if job := services.claim(60):
            found.append(job)
        connection.close()

    running = [Thread(target=run) for _ in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    return found


def test_who_waits_at_a_page_goes_before_nightly_work():
    night, long, soon = queue(NIGHT, 3), queue(LONG, 2), queue(SOON, 1)
    first = services.claim(60)
    Job.objects.filter(pk=first.pk).update(state=State.DONE, finished_at=timezone.now())
    assert first == soon
    assert services.claim(60) == long
    assert services.claim(60) is None
    Job.objects.filter(pk=long.pk).update(state=State.DONE, finished_at=timezone.now())
    assert services.claim(60) == night


def test_nightly_work_that_waited_long_goes_before_what_has_just_come():
    queue(SOON, 1)
    night = queue(NIGHT, 25)
    queue(SOON)
    assert services.claim(60) == night


def test_work_of_the_same_kind_goes_in_the_order_it_came():
    jobs = [queue(SOON, minutes) for minutes in (3, 2, 1)]
    assert claim_all() == jobs


def test_long_work_leaves_a_worker_for_those_who_wait():
    long = [queue(LONG, 30), queue(LONG, 29), queue(NIGHT, 60)]
    soon = queue(SOON)
    taken = claim_all()
    assert len(set(taken) & set(long)) == 1
    assert soon in taken
    assert services.longest_wait() is None  # nothing that a free worker could take


def test_a_long_job_whose_worker_died_does_not_hold_the_place():
    dead = queue(LONG, 30)
    assert services.claim(60) == dead
    Job.objects.update(lease_until=timezone.now())
    assert services.claim(60) == dead


def test_what_is_not_yet_due_waits(committed):
    queue(SOON, -1)
    assert services.claim(60) is None
    assert services.longest_wait() is None


def test_eight_workers_take_eight_different_jobs():
    jobs = {queue(SOON).pk for _ in range(8)}
    assert {job.pk for job in claim_at_once(8)} == jobs


def two_long_jobs_were_taken() -> bool:
    for _ in range(5):
        Job.objects.all().delete()
        for _ in range(8):
            queue(LONG)
        if len(claim_at_once(8)) > 1:
            return True
    return False


def test_eight_workers_take_one_long_job():
    assert not two_long_jobs_were_taken()


def test_without_the_lock_they_would_take_more(monkeypatch):
    """Negative control."""
    monkeypatch.setattr(services, "LOCK", "select pg_sleep(0.01)")
    assert two_long_jobs_were_taken()


def one_was_taken_twice() -> bool:
    for _ in range(10):
        Job.objects.all().delete()
        queue(SOON)
        if len(claim_at_once(8)) > 1:
            return True
    return False


def test_eight_workers_never_take_the_same_job():
    assert not one_was_taken_twice()


def test_with_a_look_before_the_claim_they_would(monkeypatch):
    """Negative control: a claim that reads first and writes later."""

    def careless(seconds: float) -> Job | None:
        job = Job.objects.filter(state=State.QUEUED).first()
        if job:
            with connection.cursor() as cursor:
                cursor.execute("select pg_sleep(0.01)")
            Job.objects.filter(pk=job.pk).update(
                state=State.RUNNING,
                lease_token=job.pk,
                lease_until=timezone.now() + timedelta(seconds=seconds),
            )
        return job

    monkeypatch.setattr(services, "claim", careless)
    assert one_was_taken_twice()


def test_a_retried_job_waits_in_line_again():
    failed = queue(SOON, 60, state=State.FAILED, finished_at=timezone.now(), lapses=4)
    first = queue(SOON, 1)
    services.retry(failed)
    assert claim_all() == [first, failed]
