"""The demo's supervisor over small stand-ins for web server and worker, in a folder of its own."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

PROJECT = Path(__file__).resolve().parent.parent
DEMO = """
import sys
from wanping_union import demo

WEB = '''
import http.server, sys
class Well(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/healthz" else 404)
        self.end_headers()
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Well).serve_forever()
'''
WORKER = '''
import subprocess, sys, time
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)", "of-the-worker"])
time.sleep(600)
'''
port = int(sys.argv[1])
demo.claim(port)
commands = {
    "web": [sys.executable, "-c", WEB, str(port)],
    "worker": [sys.executable, "-c", WORKER],
}
demo.Supervisor(commands, port).run(lambda: print("ready", flush=True))
"""


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def start(tmp_path, port) -> Iterator[Callable[[], subprocess.Popen[str]]]:
    started = []

    def start() -> subprocess.Popen[str]:
        demo = subprocess.Popen(
            [sys.executable, "-c", DEMO, str(port)],
            cwd=PROJECT,
            env=os.environ | {"WANPING_HOME": str(tmp_path)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(demo)
        return demo

    yield start
    for demo in started:
        demo.terminate()
        demo.communicate(timeout=30)
    assert not running(tmp_path)


def running(home: Path) -> list[psutil.Process]:
    """What the demo of this folder has running, directly or not."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get("WANPING_DEMO") == str(home):
                found.append(process)
        except (psutil.Error, OSError):
            continue
    return found


def soon(holds: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 15
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.1)
    return holds()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_everything_within_seconds(start, tmp_path, number):
    demo = start()
    assert demo.stdout.readline() == "ready\n"
    assert len(running(tmp_path)) == 3
    demo.send_signal(number)
    assert demo.wait(10) == 0
    assert not running(tmp_path)


def test_a_program_that_dies_is_started_again_and_that_is_said(start, tmp_path):
    demo = start()
    demo.stdout.readline()
    worker = next(
        p for p in running(tmp_path) if p.ppid() == demo.pid and "of-the-worker" in str(p.cmdline())
    )
    worker.kill()
    assert "worker" in demo.stdout.readline()
    assert soon(lambda: len([p for p in running(tmp_path) if p.ppid() == demo.pid]) == 2)


def test_a_second_demo_names_the_address_of_the_first(start, port):
    start().stdout.readline()
    second = start()
    assert second.wait(10) == 1
    said = second.stderr.read()
    assert f"http://127.0.0.1:{port}/" in said
    assert "Traceback" not in said


def test_after_a_kill_the_next_demo_ends_what_was_left(start, tmp_path):
    first = start()
    first.stdout.readline()
    left = running(tmp_path)
    first.kill()
    second = start()
    assert second.stdout.readline() == "ready\n"
    assert not set(left) & set(running(tmp_path))


def test_a_taken_port_is_one_sentence(start, port):
    with socket.socket() as squatter:
        squatter.bind(("127.0.0.1", port))
        squatter.listen()
        demo = start()
        assert demo.wait(10) == 1
    said = demo.stderr.read()
    assert str(port) in said
    assert said.count("\n") == 1


def test_a_web_server_that_does_not_come_up_ends_the_demo_with_its_last_words(
    start, tmp_path, port, monkeypatch
):
    monkeypatch.setattr(
        sys.modules[__name__], "DEMO", DEMO.replace("WEB, str(port)", "WEB, 'no port'")
    )
    demo = start()
    assert demo.wait(20) == 1
    assert "no port" in demo.stderr.read()
