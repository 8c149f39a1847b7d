"""The two jobs, as a worker runs them."""

import pytest

from members.models import Membership, Person
from tests.factories import make_user
from tests.imports.conftest import BY_NAME, DATA
from tests.imports.test_roster import roster, run
from wanping_union import portal
from wanping_union.accounts.models import Union
from wanping_union.audit.models import Act
from wanping_union.errors import OutOfTurn
from wanping_union.imports import engine, services
from wanping_union.imports.models import BadRow, Batch, State
from wanping_union.jobs import services as jobs
from wanping_union.jobs import worker
from wanping_union.jobs.models import Job
from wanping_union.jobs.models import State as JobState
from wanping_union.roles import Role

ROSTER = BY_NAME["roster"]
CSV = (DATA / "roster-gb18030.csv").read_bytes()


@pytest.fixture
def chair(committed, sample):
    Membership.objects.filter(union__code="WP01").update(occupation="旧工种")
    return make_user(Role.UNIT_CHAIR, Union.objects.get(code="WP01"))


def sent(chair, content=CSV, name="名册.csv"):
    union = Union.objects.get(code="WP01")
    batch = services.upload(ROSTER, union, name, content, by=chair)
    worker.work(portal.JOBS)
    return Batch.objects.get(pk=batch.pk)


def breaks_at_the_end(job_run):
    engine.load(job_run, portal.KINDS)
    raise ZeroDivisionError


def test_a_worker_that_dies_leaves_nothing_and_the_next_one_finishes(chair):
    batch = sent(chair)
    services.start(batch, ROSTER, by=chair, only_good=False)
    claimed = jobs.claim(60)
    worker.work_one(claimed, breaks_at_the_end)

    batch.refresh_from_db()
    assert batch.state == State.RUNNING
    assert not Membership.objects.filter(occupation="程序员", union__code="WP01").exists()
    assert not Act.objects.filter(name="import", by=chair).exists()

    assert worker.work(portal.JOBS) == 1
    batch.refresh_from_db()
    assert (batch.state, batch.updated) == (State.DONE, batch.rows)
    assert Act.objects.filter(name="import", by=chair).count() == 1
    assert Job.objects.get(pk=claimed.pk).attempts == 2


def test_a_job_that_failed_for_good_can_be_tried_again_from_its_page(chair, client):
    batch = sent(chair)
    services.start(batch, ROSTER, by=chair, only_good=False)
    Job.objects.filter(dedupe=f"import {batch.pk}", state="queued").update(max_attempts=1)
    worker.work_one(jobs.claim(60), breaks_at_the_end)
    client.force_login(chair)
    text = client.get(f"/members/imports/{batch.pk}/").content.decode()
    assert "没有留下写了一半的内容" in text
    jobs.retry(Batch.objects.get(pk=batch.pk).job)
    worker.work(portal.JOBS)
    assert Batch.objects.get(pk=batch.pk).state == State.DONE


def test_two_clicks_import_once(chair):
    batch = sent(chair)
    services.start(batch, ROSTER, by=chair, only_good=False)
    with pytest.raises(OutOfTurn, match="正在导入"):
        services.start(batch, ROSTER, by=chair, only_good=False)
    assert worker.work(portal.JOBS) == 1


def test_a_file_cancelled_in_the_middle_of_its_check_stays_cancelled(chair):
    union = Union.objects.get(code="WP01")
    batch = services.upload(ROSTER, union, "名册.csv", CSV, by=chair)

    def cancelled_meanwhile(job_run):
        services.cancel(batch, ROSTER, by=chair)
        engine.check(job_run, portal.KINDS)

    worker.work_one(jobs.claim(60), cancelled_meanwhile)
    batch.refresh_from_db()
    assert (batch.state, batch.content) == (State.CANCELLED, None)
    assert not BadRow.objects.exists()


def test_progress_is_told_in_words(chair):
    told = []
    union = Union.objects.get(code="WP01")
    rows = [(f"人{n}", "", "WP01", "2016-01-01") for n in range(1200)]
    batch = services.upload(ROSTER, union, "x.xlsx", roster(*rows), by=chair)
    job_run = worker.Run(Job.objects.get(args__batch=batch.pk))
    job_run.tell = lambda done, total, words: told.append(words)
    engine.check(job_run, portal.KINDS)
    assert "已处理 500 行" in told
    assert Batch.objects.get(pk=batch.pk).rows == 1200


def test_a_lost_right_stops_the_import(chair):
    batch = sent(chair)
    services.start(batch, ROSTER, by=chair, only_good=False)
    chair.grants.all().delete()
    worker.work(portal.JOBS)
    assert not Membership.objects.filter(occupation="程序员", union__code="WP01").exists()


def test_more_rows_than_one_chunk_are_all_loaded(union, monkeypatch):
    monkeypatch.setattr("wanping_union.imports.staging.FIRST", 2)
    monkeypatch.setattr("wanping_union.imports.staging.CHUNK", 2)
    monkeypatch.setattr("wanping_union.imports.passes.AT_ONCE", 2)
    known = [("11010519491231002X", "甲"), ("110106198401088230", "乙"), ("370181196405085001", "丙"),
             ("130682199304183385", "丁")]  # fmt: skip
    rows = [(name, number, union.code, "2016-01-01") for number, name in known]
    assert run(*rows).counts.created == 4
    assert run(*rows).counts.unchanged == 4
    assert Person.objects.count() == 4


def test_a_job_ends_as_the_state_says(chair):
    sent(chair)
    assert Job.objects.get().state == JobState.DONE
