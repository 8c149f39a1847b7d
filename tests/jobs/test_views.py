"""Watching a job and trying it again."""

from contextlib import suppress
from datetime import timedelta
from threading import Barrier, Thread
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from tests.factories import make_user
from wanping_union.audit.models import Act
from wanping_union.errors import Refused
from wanping_union.jobs import keeping, selectors, services
from wanping_union.jobs.models import Job, Pulse, State
from wanping_union.roles import Role


def make_job(**values):
    if values.get("state") in (State.DONE, State.FAILED):
        values["finished_at"] = timezone.now()
    return Job.objects.create(**{"kind": "test"} | values)


def token():
    return {"form_token": str(uuid4())}


def test_a_part_tells_how_far_it_is(client, chair):
    client.force_login(chair)
    job = make_job(by=chair, total=200, done=50, words="已读 50 行", state=State.QUEUED)
    response = client.get(f"/jobs/{job.pk}/", HTTP_HX_REQUEST="true")
    assert response.status_code == 200
    assert "25%" in response.content.decode()
    assert "<html" not in response.content.decode()
    assert "HX-Refresh" not in response
    assert "no-store" in response["Cache-Control"]


@pytest.mark.parametrize("state", [State.DONE, State.FAILED])
def test_a_page_that_waited_is_told_to_load_anew(client, chair, state):
    client.force_login(chair)
    job = make_job(by=chair, state=state, error="表头没有找到")
    assert client.get(f"/jobs/{job.pk}/", HTTP_HX_REQUEST="true")["HX-Refresh"] == "true"


def test_a_failed_job_tells_why_and_is_tried_again(client, chair, union):
    client.force_login(chair)
    job = make_job(by=chair, union=union, state=State.FAILED, error="表头没有找到")
    assert "表头没有找到" in client.get(f"/jobs/{job.pk}/").content.decode()
    response = client.post(f"/jobs/{job.pk}/retry/", token())
    assert response["Location"] == f"/jobs/{job.pk}/"
    job.refresh_from_db()
    assert job.state == State.QUEUED
    assert Act.objects.get(name="retry_job").union_path == union.path


def test_after_trying_again_one_is_led_back_where_one_was(client, chair):
    client.force_login(chair)
    job = make_job(by=chair, state=State.FAILED)
    data = token() | {"next": "/members/imports/"}
    assert client.post(f"/jobs/{job.pk}/retry/", data)["Location"] == "/members/imports/"


def test_a_job_that_is_not_failed_is_not_tried_again(client, chair):
    client.force_login(chair)
    job = make_job(by=chair, state=State.DONE)
    response = client.post(f"/jobs/{job.pk}/retry/", token())
    assert response.status_code == 422
    assert "只有未完成的任务可以重试" in response.content.decode()
    assert not Act.objects.filter(name="retry_job").exists()


def test_a_job_is_its_owners_and_the_administrators(client, chair, outsider, administrator, union):
    job = make_job(by=chair, union=union, state=State.FAILED)
    client.force_login(outsider)
    assert client.get(f"/jobs/{job.pk}/").status_code == 404
    assert client.post(f"/jobs/{job.pk}/retry/", token()).status_code == 404
    assert client.get(f"/jobs/{uuid4()}/").status_code == 404
    client.force_login(administrator)
    assert client.get(f"/jobs/{job.pk}/").status_code == 200


def test_an_administrator_of_another_area_does_not_see_it(client, chair, union, other_union):
    job = make_job(by=chair, union=union)
    client.force_login(make_user(Role.ADMINISTRATOR, other_union))
    assert client.get(f"/jobs/{job.pk}/").status_code == 404


def test_polling_takes_few_queries(client, chair, django_assert_max_num_queries):
    client.force_login(chair)
    job = make_job(by=chair)
    client.get("/me/")
    with django_assert_max_num_queries(9):
        client.get(f"/jobs/{job.pk}/", HTTP_HX_REQUEST="true")


def test_the_administrator_sees_what_runs_waits_and_failed(client, administrator, chair, union):
    client.force_login(administrator)
    job = make_job(
        kind="import_load", by=chair, union=union, state=State.RUNNING, started_at=timezone.now(),
        lease_until=timezone.now(), lease_token=uuid4(), total=100, done=40, words="已写 40 行",
    )  # fmt: skip
    make_job(kind="monthly_report", union=union, state=State.FAILED, error="资料正在变动")
    text = client.get("/jobs/").content.decode()
    assert f"/jobs/{job.pk}/" in text
    for words in ("导入表格", "已写 40 行", "40%", "生成月报", "资料正在变动", chair.name):
        assert words in text
    assert 'hx-get="/jobs/now/"' in text
    job.delete()
    assert "hx-get" not in client.get("/jobs/now/").content.decode()


def test_jobs_are_narrowed_by_state_and_kind(client, administrator, union):
    client.force_login(administrator)
    failed = make_job(kind="import_load", union=union, state=State.FAILED)
    other = make_job(kind="monthly_report", union=union, state=State.FAILED)
    done = make_job(kind="import_load", union=union, state=State.DONE)
    text = client.get("/jobs/?state=failed&kind=import_load").content.decode()
    assert f"/jobs/{failed.pk}/" in text
    assert f"/jobs/{other.pk}/" not in text
    assert f"/jobs/{done.pk}/" not in text
    assert client.get("/jobs/?kind=nothing").status_code == 422


def test_pages_of_jobs_lead_on_and_back(client, administrator):
    client.force_login(administrator)
    for _ in range(selectors.PAGE + 5):
        make_job()
    first = client.get("/jobs/")
    second = client.get(first.context["pager"]["next_url"])
    assert (len(first.context["rows"]), len(second.context["rows"])) == (selectors.PAGE, 5)
    back = client.get(second.context["pager"]["prev_url"])
    assert [job for job, _ in back.context["rows"]] == [job for job, _ in first.context["rows"]]
    for cursor in ("x", "2026-01-01_y", "2026-01-01T00:00:00_" + str(uuid4()), "_"):
        assert client.get("/jobs/", {"before": cursor, "after": cursor}).status_code == 200


def test_all_of_a_kind_are_tried_again_at_once_within_ones_unions(client, area, union, other_union):
    administrator = make_user(Role.ADMINISTRATOR, union)
    client.force_login(administrator)
    mine = [make_job(kind="import_load", union=union, state=State.FAILED) for _ in range(2)]
    blocked = make_job(kind="import_load", union=union, state=State.FAILED, dedupe="import 1")
    make_job(kind="import_load", union=union, dedupe="import 1")
    other = make_job(kind="import_load", union=other_union, state=State.FAILED)
    kind = make_job(kind="monthly_report", union=union, state=State.FAILED)
    assert "重试全部 3 件" in client.get("/jobs/").content.decode()
    assert client.post("/jobs/retry/import_load/", token())["Location"] == "/jobs/"
    states = dict(Job.objects.values_list("pk", "state"))
    assert [states[job.pk] for job in mine] == [State.QUEUED] * 2
    assert {states[job.pk] for job in (blocked, other, kind)} == {State.FAILED}
    assert Act.objects.get(name="retry_jobs").note == "导入表格 2 件"


def test_a_failed_job_is_to_do_for_the_administrator_alone(client, administrator, chair, union):
    make_job(kind="import_load", by=chair, union=union, state=State.FAILED)
    client.force_login(administrator)
    text = client.get("/").content.decode()
    assert "1 件“导入表格”没有办成" in text
    assert "/jobs/?state=failed&amp;kind=import_load" in text
    client.force_login(chair)
    assert "没有办成" not in client.get("/").content.decode()


def test_health_says_who_was_not_heard(client, administrator):
    client.force_login(administrator)
    text = client.get("/jobs/now/").content.decode()
    assert text.count("还没有回音") == 3
    for name in (keeping.BEAT, keeping.SWEEPER, f"{keeping.WORKER}celery@one"):
        keeping.pulse(name)
    text = client.get("/jobs/now/").content.decode()
    assert "还没有回音" not in text
    assert "1 个，刚刚有回音" in text
    assert 'class="tag bad"' not in text
    Pulse.objects.update(at=timezone.now() - timedelta(minutes=7))
    text = client.get("/jobs/now/").content.decode()
    assert text.count("7 分钟前有回音") == 3
    assert text.count('class="tag bad"') == 3


def test_the_page_takes_few_queries(client, administrator, union, django_assert_max_num_queries):
    client.force_login(administrator)
    for _ in range(30):
        make_job(kind="import_load", by=administrator, union=union, state=State.FAILED)
    client.get("/me/")
    with django_assert_max_num_queries(24):
        client.get("/jobs/")


def retries_that_worked(job: Job, retry=services.retry) -> int:
    """How many of two people who press 重试 together are told that it worked."""
    worked = []
    start = Barrier(2)

    def press() -> None:
        start.wait()
        with suppress(Refused):
            retry(job)
            worked.append(1)
        connection.close()

    threads = [Thread(target=press) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(worked)


def test_two_people_retry_a_job_once(committed):
    for _ in range(5):
        assert retries_that_worked(make_job(state=State.FAILED)) == 1


def test_with_a_look_before_the_write_both_would(committed):
    """Negative control."""

    def careless(job: Job) -> None:
        if Job.objects.get(pk=job.pk).state != State.FAILED:
            raise Refused("")
        with connection.cursor() as cursor:
            cursor.execute("select pg_sleep(0.02)")
        Job.objects.filter(pk=job.pk).update(state=State.QUEUED, finished_at=None)

    assert any(retries_that_worked(make_job(state=State.FAILED), careless) == 2 for _ in range(5))


def test_a_retry_sent_twice_is_one_retry(client, chair):
    client.force_login(chair)
    job = make_job(by=chair, state=State.FAILED)
    sent = token()
    first, second = (client.post(f"/jobs/{job.pk}/retry/", sent) for _ in range(2))
    assert first["Location"] == second["Location"]
    assert Act.objects.filter(name="retry_job").count() == 1


def test_forty_times_the_same_retry_is_one(committed, chair):
    job = make_job(by=chair, state=State.FAILED)
    sent, start, led = token(), Barrier(8), []

    def press() -> None:
        client = Client()
        client.force_login(chair)
        start.wait()
        for _ in range(5):
            led.append(client.post(f"/jobs/{job.pk}/retry/", sent).headers.get("Location"))
        connection.close()

    threads = [Thread(target=press) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert led == [f"/jobs/{job.pk}/"] * 40
    assert Act.objects.filter(name="retry_job").count() == 1
