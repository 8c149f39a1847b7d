"""A job that takes too long or too much, and one whose reader is killed, end as a sentence."""

import os
import subprocess
import sys
import time
from hashlib import sha256
from threading import Event, Thread
from urllib.parse import urlsplit

import psutil
import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings as portals

from tests.imports.corpus import ROSTER, xlsx
from wanping_union import portal
from wanping_union.audit.models import Act
from wanping_union.imports import engine
from wanping_union.imports.models import Batch
from wanping_union.imports.models import State as BatchState
from wanping_union.jobs import services, worker
from wanping_union.jobs.models import Job, State

pytestmark = pytest.mark.usefixtures("committed")


def ending(handler) -> tuple[State, int, str]:
    """How a job of this handler ends: state, starts, reason."""
    job = services.enqueue("trace", {}, by=None)
    worker.work({"trace": handler})
    job.refresh_from_db()
    return State(job.state), job.attempts, job.error


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [(SoftTimeLimitExceeded, worker.TOO_LONG), (MemoryError, worker.TOO_BIG)],
)
def test_too_long_or_too_much_is_said_and_not_tried_again(fault, sentence):
    def take(run: worker.Run) -> None:
        raise fault

    assert ending(take) == (State.FAILED, 1, sentence)


@pytest.fixture
def celery(tmp_path):
    """A real Celery worker on the database of this test, with tight limits."""
    name = portals.DATABASES["default"]["NAME"]
    url = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()
    environment = os.environ | {
        "DATABASE_URL": url,
        "DJANGO_SETTINGS_MODULE": "tests.drill.settings",
        "JOB_SECONDS": "2",
        "JOB_MEMORY_MB": "300",
    }
    line = "celery --app wanping_union.celery worker --concurrency 1 --loglevel warning"
    options = ["--without-gossip", "--without-mingle"]
    with open(tmp_path / "worker.log", "wb") as log:
        started = subprocess.Popen(
            [sys.executable, "-m", *line.split(), *options],
            cwd=portals.BASE_DIR, env=environment, stdout=log, stderr=log,
        )  # fmt: skip
    yield
    started.terminate()
    try:
        started.wait(20)
    except subprocess.TimeoutExpired:
        started.kill()


def ends(jobs: list[Job], seconds: float = 40) -> dict[str, tuple[str, str]]:
    """key of each job → its state and reason once all are over."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = Job.objects.filter(pk__in=[job.pk for job in jobs])
        if all(job.is_over for job in found):
            return {job.args["key"]: (job.state, job.error) for job in found}
        time.sleep(0.2)
    raise AssertionError([(job.state, job.error) for job in found])


def test_celery_ends_what_takes_too_long_or_too_much_and_goes_on(celery):
    wanted = [("long", 9, 0), ("big", 0, 600), ("well", 0, 1)]
    jobs = [
        services.enqueue("drill", {"key": key, "seconds": s, "megabytes": mb}, by=None)
        for key, s, mb in wanted
    ]
    assert ends(jobs) == {
        "long": (State.FAILED, worker.TOO_LONG),
        "big": (State.FAILED, worker.TOO_BIG),
        "well": (State.DONE, ""),
    }
    assert list(Act.objects.filter(name="drill").values_list("note", flat=True)) == ["well"]


@pytest.fixture
def batch(union, chair):
    content = xlsx(ROSTER)
    return Batch.objects.create(
        kind="roster", union=union, by=chair, file_name="名册.xlsx", content=content,
        sha256=sha256(content).hexdigest(),
    )  # fmt: skip


@pytest.fixture
def killer():
    """Kills every process that reads a file for us, until told to stop."""
    stop = Event()

    def kill() -> None:
        while not stop.wait(0.001):
            for child in psutil.Process().children():
                try:
                    if any(part.endswith(".child") for part in child.cmdline()):
                        child.kill()
                except psutil.Error:
                    continue

    thread = Thread(target=kill)
    thread.start()
    yield stop
    stop.set()
    thread.join()


def test_a_file_whose_reader_is_killed_is_read_again(batch, killer):
    job = services.enqueue(engine.CHECK, {"batch": batch.pk}, by=batch.by)
    worker.work(portal.JOBS)
    job.refresh_from_db()
    batch.refresh_from_db()
    assert (job.state, job.attempts, job.error) == (State.FAILED, 3, worker.BROKEN)
    assert batch.state == BatchState.CHECKING
    killer.set()
    services.retry(job)
    worker.work(portal.JOBS)
    batch.refresh_from_db()
    assert batch.state == BatchState.CHECKED
