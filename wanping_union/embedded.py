"""Starts the PostgreSQL and Redis a development machine lacks; the last to leave stops them.

No Django here: `prepare` runs before the settings load. Everything lies under `.local/`, or
where WANPING_HOME says.

Every process that uses the servers holds a shared lock on `servers.lock`. Whoever leaves and then
gets that lock for itself alone was the last. After a kill nobody stops them: the next start finds
them well and uses them, or clears up. Coming and going is serialised by `start.lock`.
"""

import argparse
import atexit
import base64
import fcntl
import os
import secrets
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType

from wanping_union.servers import HOME, Servers, outside_folder, private

NOT_OURS = f"{HOME} 属于另一个账号（曾用 root 运行？）：请用那个账号运行，或先删除它。"


def init() -> None:
    """Write `env` once: what makes this a development machine, with fresh keys."""
    _own_folder()
    with suppress(FileExistsError), private(HOME / "env", "x") as file:
        field_key = base64.b64encode(secrets.token_bytes(32)).decode()
        file.write(f"DEBUG=1\nSECRET_KEY={secrets.token_urlsafe(48)}\nFIELD_KEYS=1:{field_key}\n")


def prepare() -> None:
    """Read `env`; on a development machine see that the servers nobody named are running.

    Sets DATABASE_URL, DATABASE_OWNER_URL and REDIS_URL, and keeps the servers until this process
    ends. Raises SystemExit with one sentence where that cannot be done.
    """
    _read_env()
    wanted = [name for name in ("DATABASE_URL", "REDIS_URL") if not os.environ.get(name)]
    if not wanted or os.environ.get("DEBUG", "").lower() not in {"1", "true", "yes", "on"}:
        return
    _own_folder()
    with _serialised():
        _hold()
        servers = Servers()
        if "DATABASE_URL" in wanted:
            os.environ.update(servers.start_postgres())
        if "REDIS_URL" in wanted:
            os.environ.update(servers.start_redis())


def stop() -> None:
    """Stop servers that a killed process left. Raises SystemExit while somebody uses them."""
    if not HOME.exists():
        return
    with _serialised(), open(HOME / "servers.lock", "w") as lock:
        if not _alone(lock.fileno()):
            raise SystemExit("有程序正在使用内嵌数据库，先结束它（例如在 make demo 处按 Ctrl-C）。")
        Servers().stop()


def remove() -> None:
    """Stop the servers and delete their data, also what lies outside `.local/`."""
    stop()
    for folder in (HOME / "postgres", HOME / "redis", outside_folder()):
        shutil.rmtree(folder, ignore_errors=True)
    for name in ("servers.json", "anchors"):
        (HOME / name).unlink(missing_ok=True)


def run(command: list[str]) -> int:
    """Run a command with the servers up. Returns its exit status."""
    prepare()
    child = subprocess.Popen(command)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _frame: child.send_signal(number))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal tells the child as well
    status = child.wait()
    return status if status >= 0 else 128 - status


_held: list[int] = []


def _hold() -> None:
    """Hold the shared lock until this process ends; a forked child does not hold it."""
    _held.append(os.open(HOME / "servers.lock", os.O_RDWR | os.O_CREAT, 0o600))
    fcntl.flock(_held[0], fcntl.LOCK_SH)
    os.register_at_fork(after_in_child=_let_go)
    atexit.register(_leave)
    with suppress(ValueError):  # not the main thread: whoever owns that one sees to signals
        for number in (signal.SIGTERM, signal.SIGHUP):
            if signal.getsignal(number) is signal.SIG_DFL:
                signal.signal(number, _exit)


def _exit(number: int, _frame: FrameType | None) -> None:
    sys.exit(128 + number)


def _let_go() -> None:
    while _held:
        os.close(_held.pop())


def _leave() -> None:
    if not _held:
        return
    with _serialised():
        with suppress(SystemExit):  # what keeps them from stopping was said at the start
            if _alone(_held[0]):
                Servers().stop()
        _let_go()


def _alone(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextmanager
def _serialised() -> Iterator[None]:
    with open(HOME / "start.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _read_env() -> None:
    """Take what `env` says, without overriding what is set."""
    try:
        lines = (HOME / "env").read_text().splitlines()
    except FileNotFoundError:
        return
    except PermissionError:
        raise SystemExit(NOT_OURS) from None
    for line in lines:
        name, equals, value = line.partition("=")
        if equals and not line.startswith("#"):
            os.environ.setdefault(name.strip(), value.strip())


def _own_folder() -> None:
    """Make `.local/` so that the account of PostgreSQL can pass through it, but not look in.

    Raises SystemExit where it belongs to another account, say of a start as root.
    """
    if not HOME.exists():
        HOME.mkdir(parents=True)
        HOME.chmod(0o711)
    if os.geteuid() not in (0, HOME.stat().st_uid):
        raise SystemExit(NOT_OURS)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m wanping_union.embedded")
    acts = parser.add_subparsers(dest="act", required=True)
    acts.add_parser("init", help="write .local/env once")
    acts.add_parser("stop", help="stop servers that a killed process left")
    acts.add_parser("remove", help="stop the servers and delete their data")
    acts.add_parser("run", help="run a command with the servers up").add_argument(
        "command", nargs=argparse.REMAINDER
    )
    args = parser.parse_args()
    if args.act == "run":
        return run(args.command[args.command[:1] == ["--"] :])
    {"init": init, "stop": stop, "remove": remove}[args.act]()
    return 0


if __name__ == "__main__":
    sys.exit(main())
