"""Mutated files through the reader as production runs it, and some of them through the pages."""

import json
import subprocess
import sys
from io import BytesIO
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from tests.fuzz import FILES
from tests.fuzz.files import ROOT, mutated
from tests.imports.test_views import work_off
from wanping_union.imports.models import Batch, State

UPLOADS = max(FILES // 20, 1)  # through the pages as well
SECONDS = 2
MEMORY = 512 * 1024  # KB


def test_mutated_files_are_read_or_refused_within_time_and_memory():
    """In a process of its own, so that it measures no other test's children."""
    command = [sys.executable, "-m", "tests.fuzz.files", str(FILES)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-4000:]
    found = json.loads(done.stdout)
    print(found)
    assert sum(found["answers"].values()) == FILES
    assert found["answers"]["read"] > FILES // 20  # the damage reaches beyond the door
    assert found["slowest"] <= SECONDS
    assert found["memory"] <= MEMORY


def test_mutated_files_come_through_the_pages(committed, union, chair):
    client = Client()
    client.force_login(chair)
    for at, (name, content) in enumerate(mutated(UPLOADS, seed=2017)):
        file = BytesIO(content)
        file.name = name
        fields = {"kind": ("roster", "enterprises")[at % 2], "union": union.code, "file": file}
        sent = client.post(reverse("imports:upload"), fields | {"form_token": str(uuid4())})
        assert sent.status_code in (302, 422)
        if sent.status_code == 302:
            work_off()
            assert client.get(sent.headers["Location"]).status_code == 200
    states = set(Batch.objects.values_list("state", flat=True))
    assert states <= {State.CHECKED, State.UNREADABLE}


@pytest.mark.parametrize("seed", [1, 2])
def test_a_seed_gives_the_same_files_each_time(seed):
    assert list(mutated(20, seed)) == list(mutated(20, seed))
    assert len(set(mutated(20, seed))) == 20


def test_mutated_attachments_are_taken_or_refused_within_time_and_memory():
    count = max(FILES // 10, 1)  # a process for each
    command = [sys.executable, "-m", "tests.fuzz.attachments", str(count)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-4000:]
    found = json.loads(done.stdout)
    print(found)
    assert sum(found["answers"].values()) == count
    assert found["answers"]["taken"] > count // 20
    assert found["slowest"] <= SECONDS
    assert found["memory"] <= MEMORY
