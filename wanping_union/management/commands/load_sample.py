"""manage.py load_sample: the year 2016 of the article, once."""

from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

import members.sample
import relief.sample
from wanping_union import clock, portal, sample
from wanping_union.accounts.models import Union
from wanping_union.audit.context import acting
from wanping_union.audit.models import Channel
from wanping_union.reference.services import load_seed
from wanping_union.sample import accounts

DATA = Path(sample.__file__).parent / "data"
YEARS_END = date(2016, 12, 31)


class Command(BaseCommand):
    help = "Load district, area, grid, accounts and the workbooks of 2016. Does nothing twice."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--desks", action="store_true", help="also leave open cases of today at every desk"
        )

    def handle(self, *, desks: bool, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("样例数据只用于演示：样例账号的密码是公开的。", returncode=1)
        if Union.objects.exists():
            self.stdout.write("样例数据已经在了，没有改动。")
            return
        with acting(Channel.COMMAND, None):
            with clock.at(YEARS_END):
                load_seed()
                accounts.load_tops()
                members.sample.load(portal.KINDS, DATA)
                accounts.load_accounts(members.sample.chairs())
                relief.sample.load()
            if desks:
                relief.sample.load_open()
        self.stdout.write("已载入 2016 年样例：丰台区、宛平城地区、网格、企业、会员和应急救助。")
