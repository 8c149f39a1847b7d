"""Watching a job and trying it again."""

from uuid import uuid4

import pytest
from django.utils import timezone

from tests.factories import make_user
from wanping_union.audit.models import Act
from wanping_union.jobs.models import Job, State
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
