"""The portal with the 2016 sample year, on this machine alone."""

import os
import sys
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError, call_command
from django.db import connections

from wanping_union import demo
from wanping_union.roles import Role
from wanping_union.sample.people import ACCOUNTS, PASSWORD
from wanping_union.servers import HOME, HOST


class Command(BaseCommand):
    help = (
        "Run the portal with the sample year: web server, worker, beat and sweeper, until Ctrl-C."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=os.environ.get("PORT") or "8000")

    def handle(self, *, port: int, **_: Any) -> None:
        if not settings.DEMO:
            raise CommandError("演示只在开发机上运行：样例账号的密码是公开的。")
        demo.claim(port)
        call_command("migrate", database="owner", verbosity=0)
        call_command("load_sample", desks=True)
        call_command("load_reference")
        connections.close_all()
        supervisor = demo.Supervisor(_commands(port), port)
        supervisor.run(lambda: self._announce(demo.address_of(port)))

    def _announce(self, address: str) -> None:
        self.stdout.write(f"\n{settings.PORTAL_NAME}（演示）：{address}")
        self.stdout.write(f"演示账号，密码都是 {PASSWORD}：")
        for role in Role:
            names = [account.username for account in ACCOUNTS if account.role == role]
            self.stdout.write(f"  {role.label}：{'、'.join(names)}")
        self.stdout.write(f"按 Ctrl-C 停止，数据会保留；日志在 {HOME / 'log'}。")
        self.stdout.flush()


def _commands(port: int) -> dict[str, list[str]]:
    """name -> command line; the web server comes first."""
    web = f"granian wanping_union.wsgi:application --interface wsgi --host {HOST} --port {port}"
    web += " --workers 2 --blocking-threads 1 --no-ws --respawn-failed-workers --log-level warning"
    celery = "celery --app wanping_union.celery"
    worker = f"{celery} worker --concurrency 2 --loglevel warning"
    beat = f"{celery} beat --pidfile= --loglevel warning"
    python = [sys.executable, "-m"]
    return {
        "web": [*python, *web.split()],
        "worker": [*python, *worker.split(), "--without-gossip", "--without-mingle"],
        "beat": [*python, *beat.split(), "--schedule", str(HOME / "beat-schedule")],
        "sweeper": [sys.executable, "manage.py", "sweep"],
    }
