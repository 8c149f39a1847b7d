"""The embedded servers, really started, in a folder of their own."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import psycopg
import pytest
import redis

PROJECT = Path(__file__).resolve().parent.parent
EMBEDDED = [sys.executable, "-m", "wanping_union.embedded"]
URLS = ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL")
TELL_AND_WAIT = """
import json, os, sys
from wanping_union import embedded
embedded.prepare()
print(json.dumps(dict(os.environ)), flush=True)
sys.stdin.read()
"""
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root has to find another account")


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    yield from made_home(0o711)


@pytest.fixture
def new_home() -> Iterator[Path]:
    yield from made_home(0o711)


@pytest.fixture
def locked_home() -> Iterator[Path]:
    """Under a folder that no other account can enter."""
    yield from made_home(0o700)


def made_home(mode: int) -> Iterator[Path]:
    parent = Path(tempfile.mkdtemp(dir="/tmp"))
    parent.chmod(mode)
    home = parent / "home"
    call(home, "init")
    yield home
    call(home, "remove")
    shutil.rmtree(parent)


def environment(home: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in (*URLS, "DEBUG")}
    return kept | {"WANPING_HOME": str(home)}


def call(home: Path, *args: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*EMBEDDED, *args],
        cwd=PROJECT,
        env=environment(home),
        capture_output=True,
        text=True,
        timeout=60,
    )


@contextmanager
def using(home: Path) -> Iterator[tuple[dict[str, str], subprocess.Popen[str]]]:
    """A process that uses the servers; yields what its environment says, and the process."""
    with subprocess.Popen(
        [sys.executable, "-c", TELL_AND_WAIT],
        cwd=PROJECT,
        env=environment(home),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as user:
        yield json.loads(user.stdout.readline()), user
        user.stdin.close()
        user.wait(60)


def ask(url: str, query: str) -> list[tuple]:
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(query)
        return cursor.fetchall() if cursor.description else []


def answers(env: dict[str, str]) -> tuple[bool, bool]:
    """Whether PostgreSQL and Redis answer."""
    try:
        database = ask(env["DATABASE_URL"], "select 1") == [(1,)]
    except psycopg.OperationalError:
        database = False
    with redis.Redis.from_url(env["REDIS_URL"], retry=None) as client:
        try:
            cache = client.ping()
        except redis.ConnectionError:
            cache = False
    return database, cache


def servers_of(home: Path) -> list[psutil.Process]:
    pids = [home / "postgres/data/postmaster.pid", home / "redis/redis.pid"]
    return [psutil.Process(int(pid.read_text().split()[0])) for pid in pids]


def named_folder(sentence: str) -> Path:
    return Path(re.search(r"/var/tmp/[\w-]+", sentence)[0])


def test_the_portals_role_owns_nothing_and_keeps_only_temporary_tables(home):
    with using(home) as (env, _):
        app, owner = env["DATABASE_URL"], env["DATABASE_OWNER_URL"]
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            ask(app, "create table mine (id int)")
        ask(app, "create temporary table mine (id int)")
        assert ask(
            app, "select count(*) from pg_class where relowner = 'wanping_app'::regrole"
        ) == [(0,)]
        ask(owner, "create table theirs (id int)")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            ask(app, "select * from theirs")


def test_the_database_speaks_utf8_and_utc_and_is_version_18(home):
    with using(home) as (env, _):
        settings = (
            "select current_setting('server_encoding'), current_setting('timezone'), lower('Ä')"
        )
        assert ask(env["DATABASE_URL"], settings) == [("UTF8", "UTC", "ä")]
        assert ask(env["DATABASE_URL"], "show server_version")[0][0].startswith("18.")


def test_a_wrong_password_is_refused_by_both(home):
    with using(home) as (env, _):
        wrong = {
            name: re.sub(r"[0-9a-f]{48}", "guess", url) for name, url in env.items() if name in URLS
        }
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            ask(wrong["DATABASE_URL"], "select 1")
        with (
            redis.Redis.from_url(wrong["REDIS_URL"]) as client,
            pytest.raises(redis.AuthenticationError),
        ):
            client.ping()


def test_the_last_to_leave_stops_the_servers_and_the_data_stays(home):
    with using(home) as (env, _):
        with using(home) as (second, _):
            assert second["DATABASE_URL"] == env["DATABASE_URL"]
            assert second["REDIS_URL"] == env["REDIS_URL"]
            ask(second["DATABASE_OWNER_URL"], "create table shared (id int)")
        assert answers(env) == (True, True)
    assert answers(env) == (False, False)
    with using(home) as (env, _):
        assert ask(env["DATABASE_OWNER_URL"], "select * from shared") == []


def test_a_terminated_user_stops_the_servers(home):
    with using(home) as (env, user):
        user.terminate()
        assert user.wait(60) == 128 + signal.SIGTERM
    assert answers(env) == (False, False)


def test_after_a_kill_the_next_start_uses_the_servers_left_running(home):
    with using(home) as (env, user):
        started = ask(env["DATABASE_URL"], "select pg_postmaster_start_time()")
        user.kill()
    assert answers(env) == (True, True)
    with using(home) as (env, _):
        assert ask(env["DATABASE_URL"], "select pg_postmaster_start_time()") == started
    assert answers(env) == (False, False)


def test_it_recovers_when_everything_was_killed(home):
    with using(home) as (env, user):
        ask(env["DATABASE_OWNER_URL"], "create table kept (id int)")
        for process in (*servers_of(home), user):
            process.kill()
    with using(home) as (env, _):
        assert answers(env) == (True, True)
        assert ask(env["DATABASE_OWNER_URL"], "select * from kept") == []


def test_numbers_of_dead_servers_that_others_now_have_do_not_confuse_it(home):
    with using(home) as (env, user):
        left = servers_of(home)
        for process in (user, *left):
            process.kill()
        psutil.wait_procs(left, timeout=10)
    for file in (home / "postgres/data/postmaster.pid", home / "redis/redis.pid"):
        first, *others = file.read_text().splitlines(keepends=True)
        file.write_text("".join([first.replace(first.strip(), str(os.getpid())), *others]))
    with using(home) as (env, _):
        assert answers(env) == (True, True)


def test_stop_refuses_while_somebody_uses_the_servers_and_clears_up_after_a_kill(home):
    with using(home) as (env, user):
        refused = call(home, "stop")
        assert refused.returncode == 1
        assert "Traceback" not in refused.stderr
        user.kill()
    assert call(home, "stop").returncode == 0
    assert answers(env) == (False, False)


def test_a_forked_child_that_ends_leaves_the_servers_alone(home):
    code = (
        "import os, sys, psycopg; from wanping_union import embedded; embedded.prepare()\n"
        "if os.fork() == 0: sys.exit()\n"
        "os.wait(); psycopg.connect(os.environ['DATABASE_URL']).close(); print('still there')"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=PROJECT,
        env=environment(home),
        capture_output=True,
        text=True,
    )
    assert done.stdout == "still there\n"


def test_ports_that_are_taken_meanwhile_are_chosen_anew(home):
    with using(home) as (env, _):
        pass
    taken = json.loads((home / "servers.json").read_text())
    with socket.socket() as first, socket.socket() as second:
        for squatter, server in ((first, "postgres"), (second, "redis")):
            squatter.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            squatter.bind(("127.0.0.1", taken[server]["port"]))
            squatter.listen()
        with using(home) as (other, _):
            assert answers(other) == (True, True)
            assert other["DATABASE_URL"] != env["DATABASE_URL"]


def test_lost_passwords_are_replaced_and_the_data_stays(home):
    with using(home) as (env, _):
        ask(env["DATABASE_OWNER_URL"], "create table found_again (id int)")
    (home / "servers.json").unlink()
    with using(home) as (env, _):
        assert ask(env["DATABASE_OWNER_URL"], "select * from found_again") == []


@as_root
def test_a_folder_that_others_cannot_enter_is_left_as_it_is_and_the_data_lies_outside(locked_home):
    said = call(locked_home, "run", "--", "true").stderr
    assert said.count("\n") == 1
    outside = named_folder(said)
    with using(locked_home) as (env, _):
        assert answers(env) == (True, True)
    assert locked_home.parent.stat().st_mode & 0o777 == 0o700
    assert (outside / "postgres" / "data").exists()
    call(locked_home, "remove")
    assert not outside.exists()


@as_root
def test_a_folder_somebody_else_put_in_our_place_is_refused(locked_home):
    outside = named_folder(call(locked_home, "run", "--", "true").stderr)
    call(locked_home, "remove")
    outside.mkdir()
    os.chown(outside, 65534, 65534)
    refused = call(locked_home, "run", "--", "true")
    shutil.rmtree(outside)
    assert refused.returncode == 1
    assert str(outside) in refused.stderr
    assert "Traceback" not in refused.stderr


def test_the_keys_are_written_once_and_only_for_their_owner(new_home):
    keys = (new_home / "env").read_text()
    call(new_home, "init")
    assert (new_home / "env").read_text() == keys
    assert (new_home / "env").stat().st_mode & 0o777 == 0o600
    assert [line.partition("=")[0] for line in keys.splitlines()] == [
        "DEBUG",
        "SECRET_KEY",
        "FIELD_KEYS",
    ]


def test_nothing_starts_outside_development(new_home):
    (new_home / "env").unlink()
    assert (
        call(
            new_home, "run", "--", sys.executable, "-c", "import os; os.environ['REDIS_URL']"
        ).returncode
        == 1
    )
    assert not (new_home / "servers.json").exists()
