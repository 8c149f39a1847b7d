"""manage.py import_file KIND FILE: the engine of the import pages, in this process."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from wanping_union import portal
from wanping_union.accounts.models import User
from wanping_union.audit.context import acting
from wanping_union.audit.models import Channel
from wanping_union.errors import NotAllowed
from wanping_union.imports import services
from wanping_union.imports.passes import Outcome
from wanping_union.imports.reading import Unreadable

REFUSED, WRONG_ARGUMENTS = 1, 2


class Command(BaseCommand):
    help = "Import a workbook, all of it or nothing. Exit: 0 done, 1 refused, 2 wrong arguments."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("kind", choices=sorted(portal.KINDS))
        parser.add_argument("file", type=Path)
        parser.add_argument("--dry-run", action="store_true", help="check, then take all back")
        parser.add_argument("--only-good", action="store_true", help="leave out rows with errors")
        parser.add_argument("--as", dest="username", help="whose act it is; else the system's")
        parser.add_argument("--year", type=int, help="of the facts; else from the title")
        parser.add_argument("--json", action="store_true", dest="as_json")

    def handle(self, *args: Any, **options: Any) -> None:
        by = _user(options["username"])
        content = _content(options["file"])
        dry_run, only_good = options["dry_run"], options["only_good"]
        try:
            with acting(Channel.COMMAND, by.pk if by else None):
                outcome = services.import_content(
                    portal.KINDS[options["kind"]],
                    content,
                    options["file"].name,
                    by=by,
                    year=options["year"],
                    only_good=only_good,
                    dry_run=dry_run,
                )
        except Unreadable as unreadable:
            self._print(_refusal(unreadable), options["as_json"])
            raise CommandError(unreadable.sentence, returncode=REFUSED) from unreadable
        except NotAllowed as refusal:
            raise CommandError(
                f"{options['username']} 没有导入这类表格的权限。", returncode=REFUSED
            ) from refusal
        self._print(_report(outcome), options["as_json"])
        if outcome.problems and not only_good:
            words = f"有 {len(outcome.problems)} 行要改正，没有写入。"
            raise CommandError(words, returncode=REFUSED)

    def _print(self, report: dict[str, Any], as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps(report, ensure_ascii=False, indent=1))
            return
        for error in report["errors"]:
            place = f"第 {error['row']} 行 {error['column']}：" if error["row"] else ""
            self.stdout.write(f"{place}{error['message']}（{error['code']}）")
        self.stdout.write(
            "共 {rows} 行，可导入 {importable} 行：新增 {created}，更新 {updated}，"
            "未变 {unchanged}。".format_map(report)
        )


def _user(username: str | None) -> User | None:
    if username is None:
        return None
    try:
        return User.objects.get(username=username, is_active=True)
    except User.DoesNotExist:
        raise CommandError(f"没有账号 {username}。", returncode=WRONG_ARGUMENTS) from None


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        words = f"无法读取文件 {file}：{error.strerror}。"
        raise CommandError(words, returncode=WRONG_ARGUMENTS) from error


def _report(outcome: Outcome) -> dict[str, Any]:
    sheet = outcome.layout.sheet.name if outcome.layout else None
    errors = [
        {
            "sheet": sheet,
            "row": row,
            "column": problem.column,
            "code": problem.code,
            "message": problem.sentence,
        }
        for row, problem in outcome.errors()
    ]
    return {
        "rows": outcome.rows,
        "importable": outcome.importable,
        **outcome.counts._asdict(),
        "errors": errors,
    }


def _refusal(unreadable: Unreadable) -> dict[str, Any]:
    error = {
        "sheet": None,
        "row": None,
        "column": None,
        "code": unreadable.code,
        "message": unreadable.sentence,
    }
    return _report(Outcome()) | {"errors": [error]}
