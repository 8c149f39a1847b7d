"""Jobs: one at a time, all or nothing, and none is lost."""

from threading import Barrier, Event, Thread

import pytest
from django.db import connection, transaction
from django.utils import timezone

from tests.factories import make_user
from wanping_union.audit import log
from wanping_union.audit.models import Act, Channel
from wanping_union.errors import Refused
from wanping_union.jobs import services, worker
from wanping_union.jobs.models import Job, State

pytestmark = pytest.mark.usefixtures("committed")


def leave_a_trace(run: worker.Run) -> None:
    log.write("import", "导入名册", by=run.job.by, note=run.args["note"])
    run.result = {"rows": 3}


def leave_a_trace_and_break(run: worker.Run) -> None:
    leave_a_trace(run)
    raise ZeroDivisionError


def leave_a_trace_and_refuse(run: worker.Run) -> None:
    leave_a_trace(run)
    raise Refused("文件里没有可以导入的行。")


def test_a_job_runs_once_and_keeps_its_result():
    user = make_user()
    job = services.enqueue("trace", {"note": "一"}, by=user)

    assert worker.work({"trace": leave_a_trace}) == 1
    assert worker.work({"trace": leave_a_trace}) == 0

    job.refresh_from_db()
    act = Act.objects.get()
    assert (job.state, job.result, job.attempts) == (State.DONE, {"rows": 3}, 1)
    assert (act.by, act.channel, act.note) == (user, Channel.JOB, "一")


def test_a_job_that_breaks_leaves_nothing_and_is_tried_three_times():
    job = services.enqueue("trace", {"note": ""}, by=None)

    assert worker.work({"trace": leave_a_trace_and_break}) == 3

    job.refresh_from_db()
    assert (job.state, job.attempts) == (State.FAILED, 3)
    assert "重试" in job.error
    assert "Zero" not in job.error
    assert not Act.objects.exists()


def test_a_refused_job_says_why_and_is_not_tried_again():
    job = services.enqueue("trace", {"note": ""}, by=None)

    worker.work({"trace": leave_a_trace_and_refuse})

    job.refresh_from_db()
    assert (job.state, job.attempts, job.error) == (State.FAILED, 1, "文件里没有可以导入的行。")
    assert not Act.objects.exists()


def test_a_failed_job_can_be_retried_and_then_succeeds():
    job = services.enqueue("trace", {"note": ""}, by=None)
    worker.work({"trace": leave_a_trace_and_refuse})
    job.refresh_from_db()

    services.retry(job)
    worker.work({"trace": leave_a_trace})

    job.refresh_from_db()
    assert job.state == State.DONE
    with pytest.raises(Refused):
        services.retry(job)


def test_the_same_work_is_queued_once():
    job = services.enqueue("trace", {"note": ""}, by=None, dedupe="report:1:2016-12")
    with pytest.raises(services.AlreadyActive) as refused:
        services.enqueue("trace", {"note": ""}, by=None, dedupe="report:1:2016-12")
    assert refused.value.job == job

    worker.work({"trace": leave_a_trace})
    services.enqueue("trace", {"note": ""}, by=None, dedupe="report:1:2016-12")


def test_a_job_of_a_rolled_back_act_is_never_seen():
    with transaction.atomic():
        services.enqueue("trace", {"note": ""}, by=None)
        transaction.set_rollback(True)
    assert services.claim(60) is None


def test_a_killed_workers_job_is_taken_over_and_its_own_end_is_void(settings):
    job = services.enqueue("trace", {"note": ""}, by=None)
    dead = services.claim(60)
    assert dead is not None
    assert services.claim(60) is None
    Job.objects.update(lease_until=timezone.now())

    assert worker.work({"trace": leave_a_trace}) == 1
    worker.work_one(dead, leave_a_trace)

    job.refresh_from_db()
    assert (job.state, job.attempts) == (State.DONE, 2)
    assert Act.objects.count() == 1


def test_a_job_whose_workers_all_died_fails_with_a_sentence():
    job = services.enqueue("trace", {"note": ""}, by=None)
    for _ in range(1 + services.MOST_LAPSES):
        services.claim(60)
        Job.objects.update(lease_until=timezone.now())

    assert services.claim(60) is None

    job.refresh_from_db()
    assert (job.state, job.attempts, job.lapses) == (State.FAILED, 5, services.MOST_LAPSES)
    assert "重试" in job.error


def test_two_workers_never_take_the_same_job():
    for n in range(20):
        services.enqueue("trace", {"note": str(n)}, by=None)
    start = Barrier(4)

    def run() -> None:
        start.wait()
        worker.work({"trace": leave_a_trace})
        connection.close()

    threads = [Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(int(a.note) for a in Act.objects.all()) == list(range(20))
    assert set(Job.objects.values_list("attempts", flat=True)) == {1}


def test_progress_is_seen_while_the_work_is_not_yet_committed():
    seen = []

    def slow(run: worker.Run) -> None:
        run.tell(30, 100, "已读 30 行")
        leave_a_trace(run)

        def look() -> None:
            for _ in range(60):
                job = Job.objects.get()
                if job.done:
                    seen.append((job.percent, job.words, Act.objects.count()))
                    break
                stop.wait(0.1)
            connection.close()

        thread = Thread(target=look)
        thread.start()
        thread.join()

    stop = Event()
    services.enqueue("trace", {"note": ""}, by=None)
    worker.work({"trace": slow})
    assert seen == [(30, "已读 30 行", 0)]


def given_up_while_its_last_worker_sleeps() -> tuple[str, int]:
    """The job's state and its traces, after the sleeper has woken up and finished."""
    job = services.enqueue("trace", {"note": ""}, by=None)
    Job.objects.update(lapses=services.MOST_LAPSES, attempts=services.MOST_LAPSES)
    sleeper = services.claim(60)
    Job.objects.update(lease_until=timezone.now())
    assert services.claim(60) is None
    worker.work_one(sleeper, leave_a_trace)
    job.refresh_from_db()
    return job.state, Act.objects.count()


def test_a_job_given_up_is_not_finished_by_who_wakes_up_later():
    assert given_up_while_its_last_worker_sleeps() == (State.FAILED, 0)


def test_without_the_lease_it_would_be(monkeypatch):
    """Negative control."""
    monkeypatch.setattr(worker, "_finish", lambda run: None)
    assert given_up_while_its_last_worker_sleeps() == (State.FAILED, 1)
