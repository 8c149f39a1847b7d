"""manage.py figures --union WP --from 2016-01-01 --to 2016-12-31 [--json]"""

import json
from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from wanping_union import portal
from wanping_union.accounts.models import Union
from wanping_union.indicators import Period
from wanping_union.reports import selectors

WRONG = 2  # exit code for wrong arguments (contract.md)


class Command(BaseCommand):
    help = "Every figure of a union for a period, both dates inclusive."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--union", required=True, metavar="CODE")
        parser.add_argument("--from", required=True, dest="start", metavar="DATE")
        parser.add_argument("--to", required=True, dest="end", metavar="DATE")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        union = union_of(options["union"])
        period = Period(_day(options["start"]), _day(options["end"]))
        if period.end < period.start:
            raise CommandError("结束日期不能早于开始日期。", returncode=WRONG)
        found, bounds = selectors.figures(portal.SECTIONS, union, period)
        if options["json"]:
            dates = {"from": str(period.start), "to": str(period.end)}
            answer = {"union": union.code} | dates | {"figures": found, "lower_bound": bounds}
            self.stdout.write(json.dumps(answer, ensure_ascii=False))
            return
        self.stdout.write(f"{union.code} {union}　{period.start} 至 {period.end}")
        for code, value in found.items():
            indicator = portal.INDICATORS[code]
            text = "—" if value is None else ("≥" if code in bounds else "") + str(value)
            self.stdout.write(f"{text:>12} {indicator.unit}  {indicator.name}  {code}")


def union_of(code: str) -> Union:
    """Raises CommandError for a code that is no union's."""
    union = Union.objects.filter(code=code).first()
    if union is None:
        raise CommandError(f"没有代码为“{code}”的工会。", returncode=WRONG)
    return union


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise CommandError(
            f"日期“{text}”不对，请写成 2016-12-31 的样子。", returncode=WRONG
        ) from None
