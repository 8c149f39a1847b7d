"""manage.py rotate_keys"""

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from wanping_union import rotation
from wanping_union.attachments import services as attachments
from wanping_union.audit import log
from wanping_union.crypto import newest_key

TOLD_EVERY = 2  # seconds


class Command(BaseCommand):
    help = "Re-encrypts every stored personal value with the newest field key. Safe to run again."

    def handle(self, *args: Any, **options: Any) -> None:
        rewritten, closed = rotation.rotate_secrets(), 0
        for table in rotation.tables():
            one, other = self._rotate(table)
            rewritten, closed = rewritten + one, closed + other
        files, lost = attachments.rotate()
        rewritten, closed = rewritten + files, closed + len(lost)
        for key in lost:
            self.stderr.write(f"附件 {key} 打不开")
        words = f"{rewritten} 行改用 {newest_key()} 号密钥"
        if rewritten:
            log.write("rotate_keys", "更换加密密钥", by=None, note=words)
        self.stdout.write(f"{words}。")
        if closed:
            raise CommandError(f"有 {closed} 行打不开：缺少写入时的密钥，或内容被改动过。")
        self._say_what_is_left()

    def _rotate(self, table: rotation.Table) -> tuple[int, int]:
        label, rewritten, closed = table.model._meta.label_lower, 0, set[Any]()
        said = time.monotonic()
        for batch in rotation.rotate(table):
            rewritten += batch.rewritten
            closed |= set(batch.closed)
            if time.monotonic() - said > TOLD_EVERY:
                said = time.monotonic()
                self.stdout.write(f"{label}　{rewritten} 行……")
        if rewritten or closed:
            self.stdout.write(f"{label}　{rewritten} 行")
        for key in sorted(closed):
            self.stderr.write(f"{label} {key} 打不开")
        return rewritten, len(closed)

    def _say_what_is_left(self) -> None:
        old = {
            key: count
            for table in rotation.tables()
            for key, count in rotation.left(table).items()
            if key != newest_key()
        }
        if old:
            raise CommandError(f"还有旧密钥的内容，请再运行一次：{old}")
        self.stdout.write("没有旧密钥的内容了。旧密钥何时可以删去，见 deploy/README.md。")
