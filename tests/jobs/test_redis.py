"""A Redis that is down or hangs never holds a page, and costs no job."""

import io
import time
from uuid import uuid4

import pytest
from django.test import Client

from tests.factories import PASSWORD, make_user
from tests.jobs.redis_server import own_redis
from wanping_union import patience
from wanping_union.celery import app
from wanping_union.imports.models import Batch
from wanping_union.jobs import services
from wanping_union.jobs.models import Job
from wanping_union.reports.models import MonthlyReport
from wanping_union.roles import Role

pytestmark = pytest.mark.usefixtures("committed")
LONGEST = 2  # seconds
SLOW = {"socket_timeout": 3, "socket_connect_timeout": 3}


@pytest.fixture
def redis(tmp_path, settings, monkeypatch):
    """A Redis for this test alone; cache, bell and health check are turned to it."""
    with own_redis(tmp_path) as server:
        use(server, settings, monkeypatch)
        yield server


def use(server, settings, monkeypatch, timeouts=None):
    timeouts = timeouts or settings.REDIS_PATIENCE
    settings.REDIS_URL = server.url
    settings.CACHES = {
        "default": settings.CACHES["default"] | {"LOCATION": server.url, "OPTIONS": timeouts}
    }
    monkeypatch.setitem(app.conf.changes, "broker_url", server.url)
    options = app.conf.broker_transport_options | timeouts
    monkeypatch.setitem(app.conf.changes, "broker_transport_options", options)
    app._pool = None
    app.amqp._producer_pool = None
    patience._own_client.cache_clear()
    patience.forget()


@pytest.fixture(autouse=True)
def _as_before():
    yield
    app._pool = None
    app.amqp._producer_pool = None
    patience._own_client.cache_clear()
    patience.forget()


@pytest.fixture
def person(union):
    user = make_user(Role.UNIT_CHAIR, union, username="chengziyan")
    user.set_password(PASSWORD)
    user.save()
    return user


def token():
    return {"form_token": str(uuid4())}


def pages(user, union):
    """name → what a person does on it: everything that touches Redis, and a page that does not."""
    client = Client()
    client.force_login(user)

    def file():
        return io.BytesIO(b"x" * 20)

    report = {"union": union.code, "month": "2016-12"}
    return {
        "sign in": lambda: Client().post("/login/", {"login": "chengziyan", "password": PASSWORD}),
        "wrong password": lambda: Client().post(
            "/login/", {"login": "nobody", "password": "wrong"}
        ),
        "upload": lambda: client.post(
            "/members/imports/upload/",
            token() | {"kind": "roster", "union": union.code, "file": file()},
        ),
        "report": lambda: client.post("/reports/make/", token() | report),
        "home": lambda: client.get("/"),
        "change password": lambda: client.post(
            "/password/change/",
            token() | {"oldpassword": "wrong", "password1": "a", "password2": "b"},
        ),
    }


def waits(user, union, *names: str) -> dict[str, float]:
    """Seconds each page took, each as the first one that finds Redis away."""
    found = {}
    acts = pages(user, union)
    for name in names or acts:
        act = acts[name]
        patience.forget()
        began = time.monotonic()
        assert act().status_code < 500, name
        found[name] = time.monotonic() - began
    return found


def test_a_hung_redis_holds_no_page_over_two_seconds(redis, person, union):
    waits(person, union)
    MonthlyReport.objects.all().delete()
    Job.objects.filter(kind="monthly_report").delete()
    redis.hang()
    found = waits(person, union)
    assert max(found.values()) < LONGEST, found
    assert MonthlyReport.objects.count() == 1
    assert Batch.objects.count() == 2


def test_with_long_timeouts_it_would(redis, person, union, settings, monkeypatch):
    """Negative control."""
    use(redis, settings, monkeypatch, SLOW)
    redis.hang()
    assert min(waits(person, union, "sign in", "report").values()) > LONGEST


def test_several_rings_on_one_page_wait_once(redis):
    redis.hang()
    began = time.monotonic()
    for _ in range(20):
        services.enqueue("trace", {}, by=None)
    assert time.monotonic() - began < LONGEST
    assert Job.objects.count() == 20


def test_without_the_rest_after_a_failure_they_would_add_up(redis, monkeypatch):
    """Negative control."""
    monkeypatch.setattr(patience, "REST", 0)
    redis.hang()
    began = time.monotonic()
    for _ in range(5):
        services.enqueue("trace", {}, by=None)
    assert time.monotonic() - began > LONGEST


def test_the_bell_is_heard_again_soon_after(redis, monkeypatch):
    monkeypatch.setattr(patience, "REST", 0.2)
    assert services.ring()
    redis.kill()
    assert not services.ring()
    assert not services.ring()
    redis.start()
    time.sleep(0.3)
    assert services.ring()


def test_healthz_says_quickly_that_redis_hangs(redis, client):
    assert client.get("/healthz").json()["redis"]
    redis.hang()
    began = time.monotonic()
    answer = client.get("/healthz")
    assert time.monotonic() - began < LONGEST
    assert answer.status_code == 503
    assert answer.json()["database"]
    assert not answer.json()["redis"]
