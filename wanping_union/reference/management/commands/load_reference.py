"""Adds the handbook's reference values that are missing."""

from typing import Any

from django.core.management.base import BaseCommand

from wanping_union.audit.context import acting
from wanping_union.audit.models import Channel
from wanping_union.reference import services


class Command(BaseCommand):
    help = "补上手册里有而系统里没有的参考数据，不改动已有的。"

    def handle(self, *args: Any, **options: Any) -> None:
        with acting(Channel.COMMAND, None):
            added = services.load_seed()
        self.stdout.write(f"新增 {added} 条参考数据。")
