"""The real thing: granian, a Celery worker, PostgreSQL, Redis, the sample year, Chromium."""

import os
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Cookie,
    Page,
    Playwright,
    sync_playwright,
)

from tests.browser import axe
from tests.browser.chromium import ARGS, SIZES, program

ROOT = Path(__file__).parent.parent.parent
EXPECTED = re.compile(
    r"(status of|Status Error Code) (401|403|404|422)"
)  # the answers that tests ask for
REFUSED = re.compile(  # Django logs a 403 with where it came from
    r"Forbidden \(Permission denied\): .*\nTraceback .*\n( .*\n)+\S*\.NotAllowed: .*\n"
)
WATCH = """
document.addEventListener('securitypolicyviolation', e =>
    console.error('CSP: ' + e.violatedDirective + ' ' + e.blockedURI + ' ' + e.sourceFile));
"""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "browser" in item.path.parts:
            item.add_marker(pytest.mark.browser)


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def on_database(url: str, name: str) -> str:
    return urlsplit(url)._replace(path=f"/{name}").geturl()


def wait_for(url: str, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(url, timeout=2) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise AssertionError(f"{url} did not answer within {seconds} s")


def own_servers() -> dict[str, str]:
    """Database and Redis of this worker's portal, as its environment names them."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0")
    name = f"{os.environ.get('TEST_DATABASE', 'test_wanping')}_browser_{worker}"
    place = f"/{4 - int(worker[2:]) % 4}"
    return {
        "DATABASE_URL": on_database(os.environ["DATABASE_URL"], name),
        "DATABASE_OWNER_URL": on_database(os.environ["DATABASE_OWNER_URL"], name),
        "REDIS_URL": urlsplit(os.environ["REDIS_URL"])._replace(path=place).geturl(),
    }


def web(port: int) -> list[str]:
    """The command of a web server; its program lies beside Python's."""
    place = ["--host", "127.0.0.1", "--port", str(port)]
    return ["granian", "--interface", "wsgi", *place, "wanping_union.wsgi:application"]


@pytest.fixture(scope="session")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a portal of its own, with the sample year, web server and worker."""
    servers = own_servers()
    name = urlsplit(servers["DATABASE_URL"]).path[1:]
    owner = os.environ["DATABASE_OWNER_URL"]
    with psycopg.connect(owner, autocommit=True) as connection:
        connection.execute(f"drop database if exists {name} with (force)")
        connection.execute(f"create database {name}")
    port = free_port()
    logs = tmp_path_factory.mktemp("portal", numbered=False)
    environment = (
        os.environ
        | servers
        | {"PORTAL_URL": f"http://127.0.0.1:{port}"}
        | {"TMPDIR": str(logs), "ATTACHMENTS_ROOT": str(logs / "attachments")}  # see test_bytes
    )

    def run(*command: str) -> None:
        subprocess.run(
            [sys.executable, *command],
            cwd=ROOT,
            env=environment,
            check=True,
            stdout=subprocess.DEVNULL,
        )

    run("manage.py", "migrate", "--database", "owner")
    run("manage.py", "load_sample")
    programs = {
        "web": web(port),
        "worker": [
            "celery",
            "-A",
            "wanping_union.celery",
            "worker",
            "--pool",
            "solo",
            "--loglevel",
            "warning",
        ],
    }
    running = []
    for title, (command, *rest) in programs.items():
        with open(logs / f"{title}.log", "w") as log:
            line = [str(Path(sys.executable).parent / command), *rest]
            running.append(
                subprocess.Popen(line, cwd=ROOT, env=environment, stdout=log, stderr=log)
            )
    try:
        wait_for(f"http://127.0.0.1:{port}/healthz", 60)
        yield f"http://127.0.0.1:{port}"
    finally:
        for process in running:
            process.terminate()
        for process in running:
            process.wait(15)
    errors = (logs / "web.log").read_text() + (logs / "worker.log").read_text()
    assert "Traceback" not in REFUSED.sub("", errors), errors[-4000:]


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    with closing(playwright.chromium.launch(executable_path=program(), args=ARGS)) as browser:
        yield browser


@pytest.fixture(params=SIZES)
def size(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def context(chromium: Browser, portal: str, size: str) -> Iterator[BrowserContext]:
    with closing(
        chromium.new_context(
            base_url=portal,
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            reduced_motion="reduce",
            accept_downloads=True,
            **SIZES[size],
        )
    ) as context:
        context.set_default_timeout(15_000)
        context.add_init_script(WATCH)
        yield context


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A page that fails the test on any console error, script error, CSP report or foreign host."""
    page = context.new_page()
    faults: list[str] = []
    page.on(
        "console",
        lambda m: (
            faults.append(m.text) if m.type == "error" and not EXPECTED.search(m.text) else None
        ),
    )
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on(
        "request",
        lambda r: (
            faults.append(r.url)
            if "127.0.0.1" not in r.url and not r.url.startswith(("blob:", "data:"))
            else None
        ),
    )
    yield page
    assert faults == []


@pytest.fixture(scope="session")
def sessions() -> dict[str, list[Cookie]]:
    """Of everybody who signed in during an earlier test."""
    return {}


@pytest.fixture
def sign_in(page: Page, sessions: dict[str, list[Cookie]]) -> Callable[[str], None]:
    """Come to one's home page; by the form where there is no session, or it was ended."""

    def sign_in(username: str) -> None:
        page.context.clear_cookies()
        page.context.add_cookies(sessions.get(username, []))  # type: ignore[arg-type]  # as given
        page.goto("/")
        if (again := page.get_by_role("link", name="重新登录")).count():
            again.click()
            page.wait_for_url("**/login/**")
        if "/login/" in page.url:
            page.fill("#id_login", username)
            page.fill("#id_password", "wanping-2016")
            page.click("button.pri")
            page.wait_for_url(re.compile(r":\d+/$"))
            sessions[username] = page.context.cookies()

    return sign_in


@pytest.fixture
def accessible(page: Page) -> Callable[[], None]:
    """Let axe look at the page, and see that nothing hangs over its right edge."""
    return partial(axe.check, page)
