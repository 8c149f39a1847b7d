"""The drilled portal: its programs on servers of its own, and what may befall each of them."""

import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from threading import Event, Lock, Thread

import psutil

from wanping_union import demo, servers
from wanping_union.servers import HOME, HOST, PROJECT, Servers

LEASE = 5  # seconds
Fault = Callable[["Stack", random.Random], None]


class Nothing(Exception):
    """There is nothing at the moment that this fault could befall."""


class Program:
    """One program, started again when it has died."""

    def __init__(self, name: str, command: list[str]) -> None:
        self.name = name
        self.command = command
        self.log = HOME / f"{name}.log"
        self.process: subprocess.Popen[bytes] | None = None
        self.due = 0.0

    def start(self) -> None:
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                self.command, cwd=PROJECT, env=os.environ | {demo.MARK: str(HOME)},
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip

    def tree(self) -> list[psutil.Process]:
        """The program and all it started, itself first."""
        with suppress(psutil.NoSuchProcess):
            if self.process and self.process.poll() is None:
                top = psutil.Process(self.process.pid)
                return [top, *top.children(recursive=True)]
        return []

    def kill(self, pause: float) -> None:
        """Kill it with all it started; it comes back after the pause, in seconds."""
        self.due = time.monotonic() + pause
        for process in self.tree():
            with suppress(psutil.NoSuchProcess):
                process.kill()


class Stack:
    """Web, worker, beat and sweeper; `with` starts them and ends everything."""

    def __init__(self, port: int) -> None:
        python = [sys.executable, "-m"]
        celery = [*python, "celery", "--app", "wanping_union.celery"]
        web = [
            *python, "granian", "wanping_union.wsgi:application", "--interface", "wsgi",
            "--host", HOST, "--port", str(port), "--workers", "2", "--blocking-threads", "1",
            "--no-ws", "--respawn-failed-workers", "--log-level", "warning",
        ]  # fmt: skip
        worker = ["worker", "--concurrency", "2", "--without-gossip", "--without-mingle"]
        beat = ["beat", "--pidfile=", "--schedule", str(HOME / "beat-schedule")]
        quiet = ["--loglevel", "warning"]
        commands = {
            "web": web,
            "worker": [*celery, *worker, *quiet],
            "beat": [*celery, *beat, *quiet],
            "sweeper": [sys.executable, "manage.py", "sweep"],
        }
        self.programs = {name: Program(name, line) for name, line in commands.items()}
        self.hangs: list[tuple[float, float]] = []  # when Redis hung, by the monotonic clock
        self.over = Event()
        self.postgres = servers._postgres()
        self.changing = Lock()

    def __enter__(self) -> "Stack":
        for program in self.programs.values():
            program.start()
        Thread(target=self._keep_running, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        with self.changing:
            demo.end_leftovers()

    def _keep_running(self) -> None:
        while not self.over.wait(0.2):
            with self.changing:
                for program in self.programs.values():
                    assert program.process
                    dead = program.process.poll() is not None
                    if dead and time.monotonic() >= program.due and not self.over.is_set():
                        program.start()

    def worker_children(self) -> list[psutil.Process]:
        """The processes that work jobs."""
        top, *_ = self.programs["worker"].tree() or [None]
        return top.children() if top else []

    def readers(self) -> Iterator[psutil.Process]:
        """The bare processes that read uploaded files."""
        for process in self.programs["worker"].tree():
            with suppress(psutil.Error):
                if any(part.endswith(".child") for part in process.cmdline()):
                    yield process

    def redis(self) -> psutil.Process:
        known = Servers().known["redis"]
        process = servers._Redis(known["port"], known["password"])._process()
        if process is None:
            raise Nothing
        return process


def kill_worker_child(stack: Stack, chance: random.Random) -> None:
    if not (children := stack.worker_children()):
        raise Nothing
    chance.choice(children).kill()


def pause_worker_child(stack: Stack, chance: random.Random) -> None:
    """Asleep for longer than its lease, it wakes up overtaken."""
    if not (children := stack.worker_children()):
        raise Nothing
    child = chance.choice(children)
    child.suspend()
    time.sleep(LEASE + 3)
    child.resume()


def kill_worker(stack: Stack, chance: random.Random) -> None:
    stack.programs["worker"].kill(chance.uniform(0, 2))


def kill_reader(stack: Stack, chance: random.Random) -> None:
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        for reader in stack.readers():
            reader.kill()
            return
        time.sleep(0.002)
    raise Nothing


def kill_web_child(stack: Stack, chance: random.Random) -> None:
    children = stack.programs["web"].tree()[1:]
    if not children:
        raise Nothing
    chance.choice(children).kill()


def kill_web(stack: Stack, chance: random.Random) -> None:
    stack.programs["web"].kill(chance.uniform(0, 1))


def kill_sweeper(stack: Stack, chance: random.Random) -> None:
    stack.programs["sweeper"].kill(chance.uniform(0, 5))


def kill_beat(stack: Stack, chance: random.Random) -> None:
    stack.programs["beat"].kill(chance.uniform(0, 5))


def kill_redis(stack: Stack, chance: random.Random) -> None:
    """It comes back empty."""
    stack.redis().kill()
    time.sleep(chance.uniform(0, 4))
    shutil.rmtree(HOME / "redis" / "appendonlydir", ignore_errors=True)
    Servers().start_redis()


def hang_redis(stack: Stack, chance: random.Random) -> None:
    redis = stack.redis()
    began = time.monotonic()
    redis.suspend()
    time.sleep(chance.uniform(3, 7))
    redis.resume()
    stack.hangs.append((began, time.monotonic()))


def stop_postgres(stack: Stack, chance: random.Random) -> None:
    """As if the power failed: no goodbye, recovery from the write-ahead log."""
    where = ["--pgdata", str(stack.postgres.data), "--mode", "immediate"]
    stack.postgres._call("pg_ctl", "stop", "--wait", *where, "--silent")
    time.sleep(chance.uniform(0, 1))
    Servers().start_postgres()


FAULTS: tuple[Fault, ...] = (
    kill_worker_child,
    pause_worker_child,
    kill_worker,
    kill_reader,
    kill_web_child,
    kill_web,
    kill_sweeper,
    kill_beat,
    kill_redis,
    hang_redis,
    stop_postgres,
)


def last_lines(lines: int = 5) -> str:
    """The ends of all logs, for when a drill goes wrong."""
    found = []
    for log in sorted(Path(HOME).glob("*.log")):
        text = log.read_text(errors="replace").splitlines()
        found += [f"--- {log.name}", *text[-lines:]]
    return "\n".join(found)
