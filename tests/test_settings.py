"""Production does not start half-configured, and says in one sentence what is missing."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
WHOLE = {
    "DEBUG": "0",
    "SECRET_KEY": "a-long-secret-of-this-test-only-0123456789-abcdefghij",
    "FIELD_KEYS": "1:" + "A" * 43 + "=",
    "ALLOWED_HOSTS": "portal.example",
    "DATABASE_URL": os.environ["DATABASE_URL"],
    "REDIS_URL": os.environ["REDIS_URL"],
}


def check(environment: dict[str, str], *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", "check", *options],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"]} | environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("name", [n for n in WHOLE if n != "DEBUG"])
def test_a_missing_variable_stops_the_start_with_one_sentence(name):
    # An empty one: a development machine's own file would fill in one that is not set.
    result = check(WHOLE | {name: ""})
    assert result.returncode == 1
    assert name in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1


def test_production_passes_djangos_own_deployment_checks():
    result = check(WHOLE, "--deploy", "--fail-level", "WARNING")
    assert result.returncode == 0, result.stderr


def test_the_sample_year_is_never_loaded_in_production():
    result = subprocess.run(
        [sys.executable, "manage.py", "load_sample"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"]} | WHOLE,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 1
    assert "演示" in result.stderr
