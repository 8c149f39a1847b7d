"""Runs the demo's programs until it is told to stop: starts them, watches, starts again, ends them.

What it starts carries a mark in its environment, and so does all that those start in turn: after
a kill the next demo finds by the mark what still runs, and ends it.
"""

import ctypes
import fcntl
import http.client
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from wanping_union.servers import HOME, HOST, PROJECT, is_free, last_line

MARK = "WANPING_DEMO"
TICK = 0.2  # seconds between two looks
FIRST_ANSWER = 120  # seconds until the portal must be well
GRACE = 5  # seconds to end by oneself
LONGEST_PAUSE = 30  # seconds before a program that keeps dying is started again
STEADY = 60  # seconds after which a program counts as well again
LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None
PR_SET_PDEATHSIG = 1

_claims: list[int] = []


def claim(port: int) -> None:
    """Make this the one demo of the checkout, with the port to itself, until the process ends.

    Ends what a killed demo left. Raises SystemExit while another one runs, or the port is taken.
    """
    HOME.mkdir(parents=True, exist_ok=True)
    lock = os.open(HOME / "demo.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        address = os.read(lock, 100).decode()
        raise SystemExit(f"演示已经在运行：{address}（要重新启动，先在那边按 Ctrl-C）。") from None
    _claims.append(lock)
    end_leftovers()
    if not is_free(port):
        raise SystemExit(f"端口 {port} 不能用：请换一个，例如 make demo PORT={port + 1}。")
    os.ftruncate(lock, 0)
    os.write(lock, address_of(port).encode())


def address_of(port: int) -> str:
    return f"http://{HOST}:{port}/"


def end_leftovers() -> None:
    """End every process with our mark: kindly, then for good."""
    left = list(_marked())
    for process in left:
        with suppress(psutil.NoSuchProcess):
            process.terminate()
    _, left = psutil.wait_procs(left, timeout=GRACE)
    for process in (*left, *_marked()):
        with suppress(psutil.NoSuchProcess):
            process.kill()


def _marked() -> Iterator[psutil.Process]:
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):  # another account's, or just gone
            if process.environ().get(MARK) == str(HOME):
                yield process


@dataclass
class Program:
    """One program, its log, and when it may be started again."""

    name: str
    command: list[str]
    log: Path
    process: subprocess.Popen[bytes] | None = None
    started: float = 0
    pause: float = 1
    due: float = 0

    def start(self) -> None:
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                self.command,
                cwd=PROJECT,
                env=os.environ | {MARK: str(HOME)},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C is for the supervisor
                preexec_fn=_end_with_parent,
            )
        self.started = time.monotonic()

    def look(self) -> None:
        """Start it again when it has died, after a pause that grows while it keeps dying."""
        now = time.monotonic()
        if self.process is None:
            if now >= self.due:
                self.start()
        elif (status := self.process.poll()) is not None:
            self.process = None
            self.pause = 1 if now - self.started > STEADY else self.pause
            self.due = now + self.pause
            print(
                f"{self.name} 意外退出（{status}），{self.pause:.0f} 秒后重新启动，详见 {self.log}",
                flush=True,
            )
            self.pause = min(self.pause * 2, LONGEST_PAUSE)


def _end_with_parent() -> None:
    """Only Linux can: elsewhere a killed demo's programs end at the next start."""
    if LIBC:
        LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


class Supervisor:
    """Keeps the programs running until a signal comes."""

    def __init__(self, commands: Mapping[str, list[str]], port: int) -> None:
        logs = HOME / "log"
        logs.mkdir(exist_ok=True)
        self.programs = [
            Program(name, command, logs / f"{name}.log") for name, command in commands.items()
        ]
        self.port = port
        self.told_to_stop = False

    def run(self, announce: Callable[[], None]) -> None:
        """Start all, announce once the portal is well, and watch.

        Raises SystemExit when it does not become well.
        """
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._stop)
        try:
            for program in self.programs:
                program.log.unlink(missing_ok=True)
                program.start()
            self._wait_until_well()
            if not self.told_to_stop:
                announce()
            while not self.told_to_stop:
                self._look()
        finally:
            self._end()

    def _end(self) -> None:
        print("正在停止……", flush=True)
        running = [program.process for program in self.programs if program.process]
        for process in running:
            process.terminate()
        deadline = time.monotonic() + GRACE
        while any(p.poll() is None for p in running) and time.monotonic() < deadline:
            time.sleep(TICK)
        end_leftovers()

    def _stop(self, *_: object) -> None:
        self.told_to_stop = True

    def _look(self) -> None:
        time.sleep(TICK)
        for program in self.programs:
            program.look()

    def _wait_until_well(self) -> None:
        deadline = time.monotonic() + FIRST_ANSWER
        web = self.programs[0]
        while not self.told_to_stop and not self._is_well():
            if web.process is None or time.monotonic() > deadline:
                raise SystemExit(f"网站没有启动成功：{last_line(web.log)}（详见 {web.log}）")
            self._look()

    def _is_well(self) -> bool:
        connection = http.client.HTTPConnection(HOST, self.port, timeout=5)
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status == http.HTTPStatus.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()
