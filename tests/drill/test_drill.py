"""A small round of the drill; and the drill would see what it looks for.

The whole round is `make drill`; `python -m tests.drill --off lease` and so on drill a portal
without one of its protections.
"""

import json
import os
import subprocess
import sys
from hashlib import sha256
from uuid import uuid4

import pytest
from django.conf import settings as portals
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from tests.drill import jobs as drills
from tests.drill.acks import Ack, Findings, examine
from wanping_union import portal
from wanping_union.jobs import services, worker
from wanping_union.jobs.models import Job

FILE = "姓名,证件号码,所属工会,入会日期\n演练,130101198005060023,WP01,2016-12-01".encode()


@pytest.mark.drill
def test_nothing_is_lost_or_doubled_while_things_die():
    line = "-m tests.drill --minutes 0.4 --every 1.5 --seed 4"
    # Not our embedded servers' addresses: the drill brings its own.
    done = subprocess.run(
        [sys.executable, *line.split()], cwd=portals.BASE_DIR, env=os.environ,
        capture_output=True, text=True, timeout=400,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr[-4000:]
    report = json.loads(done.stdout)
    assert report["faults"] >= 6
    assert set(report["acknowledged"]) >= {"person", "job", "upload"}


@pytest.fixture
def desk(committed, chair, settings):
    settings.ROOT_URLCONF = "tests.drill.urls"
    client = Client()
    client.force_login(chair)
    return client


def queued(desk) -> Ack:
    """A job that the portal acknowledged."""
    key = str(uuid4())
    fields = {"form_token": str(uuid4()), "key": key, "seconds": "0"}
    assert desk.post("/drill/", fields).status_code == 302
    return Ack("job", key)


def uploaded_twice(desk) -> Ack:
    """A file sent twice with one token, as by a double click."""
    fields = {"form_token": str(uuid4()), "kind": "roster", "union": "WP01"}
    for _ in range(2):
        file = SimpleUploadedFile("roster.csv", FILE)
        answer = desk.post("/members/imports/upload/", fields | {"file": file})
        assert answer.status_code == 302
    return Ack("upload", sha256(FILE).hexdigest())


def overtaken(desk) -> Ack:
    """A job whose worker slept past its lease and wakes up after another has done it."""
    ack = queued(desk)
    sleeper = services.claim(60)
    Job.objects.update(lease_until=timezone.now())
    worker.work(portal.JOBS)
    worker.work_one(sleeper, drills.leave_one_trace)
    return ack


def found(ack: Ack) -> Findings:
    worker.work(portal.JOBS)
    return examine([ack])


def test_with_all_protections_the_drill_finds_no_harm(desk):
    for act in (queued, uploaded_twice, overtaken):
        assert found(act(desk)) == Findings()


@pytest.fixture
def off(monkeypatch):
    """Switch a protection off until the test is over."""

    def off(name: str) -> None:
        for module, attribute in (
            (worker, "_finish"), (drills.web, "_first_result"), (services, "ring"),
        ):  # fmt: skip
            monkeypatch.setattr(module, attribute, getattr(module, attribute))
        drills.WEAKEN[name]()

    return off


def test_without_the_lease_it_finds_a_doubled_job(desk, off):
    off("lease")
    ack = overtaken(desk)
    assert found(ack) == Findings(doubled=[ack])


def test_without_the_forms_token_it_finds_a_doubled_upload(desk, off):
    off("once")
    ack = uploaded_twice(desk)
    assert found(ack) == Findings(doubled=[ack])


def test_without_the_row_it_finds_a_lost_job(desk, off, monkeypatch):
    monkeypatch.setattr(services, "ring", lambda: False)  # a bell that nobody hears
    off("row")
    ack = queued(desk)
    assert found(ack) == Findings(lost=[ack])
