"""manage.py verify_audit [--json]: are acts, changes and looks still what was sealed?"""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from wanping_union.audit import log, reading, verifying
from wanping_union.audit.context import acting
from wanping_union.audit.models import Channel


class Command(BaseCommand):
    help = "Check every sealed row, the chain of seals and the anchors. Exit 1 when broken."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        verdict = verifying.verify()
        words = (
            f"共 {verdict.rows:,} 行，已封存 {verdict.sealed:,} 行（{verdict.seals:,} 次），"
            f"待封存 {verdict.unsealed:,} 行，到期清除 {verdict.ended:,} 行，"
            f"锚点 {verdict.anchors:,} 个，异常 {verdict.broken:,} 处。"
        )
        with acting(Channel.COMMAND, None):
            log.write(reading.VERIFIED, "核验日志", by=None, note=words)
        if options["json"]:
            self.stdout.write(json.dumps(verdict.told(), ensure_ascii=False))
        else:
            self.stdout.write(words)
            for problem in verdict.problems[: verifying.SHOWN]:
                self.stdout.write(problem)
        if verdict.broken:
            raise SystemExit(1)
