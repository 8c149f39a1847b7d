"""The first administrator of a fresh portal, who makes every other account."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from wanping_union import clock
from wanping_union.accounts import services
from wanping_union.accounts.models import Union, UnionKind
from wanping_union.audit.context import acting
from wanping_union.audit.models import Channel
from wanping_union.errors import Refused


class Command(BaseCommand):
    help = "新建首个系统管理员，一次性密码只显示一次。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--username", default="admin")
        parser.add_argument("--name", default="系统管理员")
        parser.add_argument("--code", default="FT", help="区总工会代码，没有就新建")
        parser.add_argument("--district", default="丰台区总工会", help="区总工会名称")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with acting(Channel.COMMAND, None):
                first = services.first_administrator(
                    username=options["username"].lower(),
                    name=options["name"],
                    district=_district(options["code"], options["district"]),
                )
        except Refused as refusal:
            raise CommandError(str(refusal)) from None
        until = timezone.localtime(first.until)
        self.stdout.write(f"用户名：{first.account.username}")
        self.stdout.write(f"一次性密码：{first.text}（只显示这一次）")
        self.stdout.write(f"请在 {until:%Y-%m-%d %H:%M} 前登录并改成自己的密码。")


def _district(code: str, name: str) -> Union:
    """The district federation: the top of the tree, made where there is none yet."""
    top = Union.objects.filter(kind=UnionKind.DISTRICT).first()
    if top is None:
        top = Union.objects.create(
            code=code,
            name=name,
            kind=UnionKind.DISTRICT,
            path=code,
            valid_from=clock.today(),
        )
        top.path = f"{top.pk}/"
        top.save(update_fields=["path"])
    return top
