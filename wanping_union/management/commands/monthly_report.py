"""manage.py monthly_report --union WP --month 2016-12 --out FILE.xlsx [--json]"""

import json
from argparse import ArgumentParser
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from wanping_union import portal
from wanping_union.errors import Refused
from wanping_union.management.commands.figures import WRONG, union_of
from wanping_union.reports import monthly


class Command(BaseCommand):
    help = "Make a month's workbook in this process and write it to a file."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--union", required=True, metavar="CODE")
        parser.add_argument("--month", required=True, metavar="YYYY-MM")
        parser.add_argument("--out", required=True, metavar="FILE.xlsx", type=Path)
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        union, month, out = union_of(options["union"]), _month(options["month"]), options["out"]
        if not out.parent.is_dir():
            raise CommandError(f"没有文件夹 {out.parent}，请先建好。", returncode=WRONG)
        try:
            report = monthly.make_now(union, month, portal.SECTIONS)
        except Refused as refusal:
            raise CommandError(str(refusal)) from None
        files = {"out": out} | ({"bulk": _beside(out)} if report.bulk else {})
        for name, path in files.items():
            _write(path, report.content if name == "out" else report.bulk)
        facts = {
            "union": union.code,
            "month": f"{month:%Y-%m}",
            "version": report.version,
            "rows": report.rows,
            "sha256": report.sha256,
            "figures": {code: report.figures[code] for code in portal.INDICATORS},
        }
        paths = {name: str(path) for name, path in files.items()}
        if options["json"]:
            self.stdout.write(json.dumps(facts | paths, ensure_ascii=False))
            return
        self.stdout.write(f"{report}：明细 {report.rows} 行，SHA-256 {report.sha256}")
        for path in paths.values():
            self.stdout.write(f"已写入 {path}")


def _month(text: str) -> date:
    try:
        return datetime.strptime(text, "%Y-%m").date()  # noqa: DTZ007  # a month has no zone
    except ValueError:
        raise CommandError(f"月份“{text}”不对，请写成 2016-12 的样子。", returncode=WRONG) from None


def _beside(out: Path) -> Path:
    """Where the lists go that the workbook does not hold."""
    return out.with_name(f"{out.stem}-明细{out.suffix}")


def _write(path: Path, content: bytes) -> None:
    """The whole file or none. Raises CommandError where it cannot be written."""
    half = path.with_name(f"{path.name}.part")
    try:
        half.write_bytes(content)
        half.replace(path)
    except OSError as error:
        raise CommandError(f"写不了文件 {path}：{error.strerror}。") from None
