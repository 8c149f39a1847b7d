"""A roster of 100,000 rows: ours against the floor and against django-import-export.

    python -m benchmarks.import_roster --rows 100000 --rounds 3

check   ours, the dry run
ours    file to committed rows: checks, encryption, search keys, memberships, standings, audit
floor   python-calamine and COPY into one plain table of the same columns with the three indexes
        that Django gives it (key, unique ID number, union), nothing checked
again   ours, when the same file comes a second time
peer    django-import-export as it comes, on a plain model (3,000 rows: it is slow)
peer again  the same rows a second time, tuned: bulk, no HTML of a diff, cached instances and keys,
        and widgets of its own, without which skip_unchanged finds every row changed

Each measurement is a process of its own; the variants take turns. Peak memory is that of the
process, plus that of the process which reads the file.
"""

import argparse
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from stdnum.cn import ric

from benchmarks import table
from wanping_union import embedded

DATABASE = "bench_import"
UNIONS = 100
ENTERPRISES = 2_000
PEER_ROWS = 3_000
HEAD = (
    "姓名", "性别", "证件号码", "出生日期", "民族", "学历", "手机号码", "所属工会", "工作单位",
    "工种", "户籍类型", "入会日期", "入会途径", "备注",
)  # fmt: skip
SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华建文玉红梅志鹏飞宇浩然晨轩怡嘉子涵佳雪梓"
GOALS = {"peer": 25, "floor": 4, "memory": 450, "peer again": 30}


def generate(rows: int, target: Path) -> None:
    """A deterministic roster with valid numbers, all of them different."""
    from rustpy_xlsxwriter import write_worksheet

    write_worksheet(_people(rows), str(target), sheet_name="花名册")


def _people(rows: int):
    chance = random.Random(2016)
    first = date(1956, 1, 1)
    for n in range(rows):
        born = first + timedelta(days=chance.randrange(17_000))
        body = f"{110101 + n // 40_000}{born:%Y%m%d}{n % 1000:03d}"
        while body in _people.seen:
            body = f"{110101 + chance.randrange(8)}{born:%Y%m%d}{chance.randrange(1000):03d}"
        _people.seen.add(body)
        number = body + ric.calc_check_digit(body + "0")
        union = n % UNIONS
        name = chance.choice(SURNAMES) + "".join(chance.choices(GIVEN, k=chance.choice((1, 2, 2))))
        joined = date(2009, 1, 1) + timedelta(days=chance.randrange(2900))
        values = (
            name,
            "男" if int(number[16]) % 2 else "女",
            number,
            born.isoformat(),
            chance.choice(("汉族", "汉族", "汉族", "满族", "回族")),
            chance.choice(("初中", "高中", "中专", "大专", "本科", "硕士研究生")),
            f"1{chance.choice('3578')}{chance.randrange(10**9):09d}",
            f"第{union}社区联合工会",
            f"第{union + UNIONS * chance.randrange(ENTERPRISES // UNIONS)}商贸公司",
            chance.choice(("保洁", "保安", "厨师", "司机", "店员", "程序员")),
            chance.choice(("农业", "非农业")),
            joined.isoformat(),
            chance.choice(("新建会单位", "零散会员", "已建会单位")),
            "",
        )
        yield dict(zip(HEAD, values, strict=True))


_people.seen = set()


def use_own_database() -> None:
    """Point the portal at a database of our own, made anew by its owner."""
    embedded.prepare()
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"], autocommit=True) as connection:
        connection.execute(f"drop database if exists {DATABASE} with (force)")
        connection.execute(f"create database {DATABASE}")
    for name in ("DATABASE_URL", "DATABASE_OWNER_URL"):
        os.environ[name] = urlunsplit(urlsplit(os.environ[name])._replace(path=f"/{DATABASE}"))


def start_django() -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "wanping_union.settings"
    import django

    django.setup()


def build() -> None:
    """Tables, unions and enterprises."""
    from django.core.management import call_command
    from django.db import connections

    call_command("migrate", database="owner", verbosity=0)
    from members.models import Enterprise
    from wanping_union.accounts.models import Union, UnionKind

    top = Union.objects.create(
        code="FT", name="丰台区总工会", kind=UnionKind.DISTRICT, path="1/", valid_from="2000-01-01"
    )
    area = Union.objects.create(
        code="WP", name="地区总工会", kind=UnionKind.AREA, path="1/2/", parent=top,
        valid_from="2000-01-01",
    )  # fmt: skip
    unions = Union.objects.bulk_create(
        Union(
            code=f"U{n:04}", name=f"第{n}社区联合工会", kind=UnionKind.JOINT, parent=area,
            path=f"1/2/{n + 3}/", valid_from="2000-01-01",
        )
        for n in range(UNIONS)
    )  # fmt: skip
    Enterprise.objects.bulk_create(
        Enterprise(union=unions[n % UNIONS], name=f"第{n}商贸公司", covered_from="2009-01-01")
        for n in range(ENTERPRISES)
    )
    with connections["owner"].cursor() as cursor:
        columns = ", ".join(f'"{name}" text' for name in HEAD)
        cursor.execute(
            f"create table bench_floor (id bigserial primary key, {columns});"
            'create unique index on bench_floor ("证件号码");'
            'create index on bench_floor ("证件号码" text_pattern_ops);'
            'create index on bench_floor ("所属工会")'
        )
        cursor.execute("grant all on bench_floor to public")
        with connections["owner"].schema_editor() as editor:
            editor.create_model(peer_model())
        cursor.execute("grant all on bench_member to public")
        cursor.execute("grant all on all sequences in schema public to public")


def empty(everything: bool) -> None:
    tables = "bench_floor, bench_member"
    if everything:
        tables += ", members_standing, members_membership, members_person"
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"], autocommit=True) as connection:
        connection.execute(f"truncate {tables} cascade")
        connection.execute("vacuum analyze")


def ours(file: Path, *, dry_run: bool = False) -> int:
    from members.imports import ROSTER
    from wanping_union.audit.context import acting
    from wanping_union.audit.models import Channel
    from wanping_union.imports import services

    with acting(Channel.COMMAND, None):
        outcome = services.import_content(
            ROSTER, file.read_bytes(), file.name, by=None, dry_run=dry_run
        )
    assert not outcome.problems, next(outcome.errors())
    return outcome.rows


def floor(file: Path) -> int:
    from django.db import connection, transaction
    from python_calamine import CalamineWorkbook

    rows = CalamineWorkbook.from_path(file).get_sheet_by_index(0).to_python()
    names = ", ".join(f'"{name}"' for name in HEAD)
    command = f"copy bench_floor ({names}) from stdin"
    with transaction.atomic(), connection.cursor() as cursor, cursor.copy(command) as copy:
        for row in rows[1:]:
            copy.write_row(row)
    return len(rows) - 1


def peer_model():
    from django.db import models

    from wanping_union.accounts.models import Union

    class Member(models.Model):
        name = models.CharField(max_length=40)
        sex = models.CharField(max_length=1)
        id_number = models.CharField(max_length=18, unique=True)
        born_on = models.DateField()
        ethnicity = models.CharField(max_length=20)
        education = models.CharField(max_length=20)
        mobile = models.CharField(max_length=11)
        union = models.ForeignKey(Union, models.PROTECT, related_name="+")
        enterprise = models.CharField(max_length=120)
        occupation = models.CharField(max_length=40)
        household = models.CharField(max_length=10)
        joined_on = models.DateField()
        route = models.CharField(max_length=20)
        remark = models.CharField(max_length=200, blank=True)

        class Meta:
            app_label = "members"
            db_table = "bench_member"

        def __str__(self):
            return self.name

    return Member


def peer(file: Path) -> int:
    from import_export.fields import Field
    from import_export.resources import ModelResource, modelresource_factory
    from import_export.widgets import ForeignKeyWidget
    from tablib import Dataset

    from wanping_union.accounts.models import Union

    model = peer_model()

    class Members(ModelResource):
        union = Field("union", "union", ForeignKeyWidget(Union, "name"))

        class Meta:
            import_id_fields = ("id_number",)

    data = Dataset().load(file.read_bytes(), format="xlsx")
    data.headers = [field.name for field in model._meta.fields if field.name != "id"]
    result = modelresource_factory(model, Members)().import_data(data, raise_errors=True)
    return result.total_rows


def tuned_peer(file: Path) -> int:
    from import_export.fields import Field
    from import_export.instance_loaders import CachedInstanceLoader
    from import_export.resources import ModelResource, modelresource_factory
    from import_export.widgets import CachedForeignKeyWidget, CharWidget, DateWidget
    from tablib import Dataset

    from wanping_union.accounts.models import Union

    class Day(DateWidget):
        def clean(self, value, row=None, **kwargs):
            return value.date() if hasattr(value, "date") else super().clean(value, row, **kwargs)

    class Text(CharWidget):
        def clean(self, value, row=None, **kwargs):
            return "" if value is None else super().clean(value, row, **kwargs)

    class Members(ModelResource):
        union = Field("union", "union", CachedForeignKeyWidget(Union, "name"))
        born_on = Field("born_on", "born_on", Day())
        joined_on = Field("joined_on", "joined_on", Day())
        remark = Field("remark", "remark", Text())

        class Meta:
            import_id_fields = ("id_number",)
            exclude = ("id",)
            use_bulk = True
            batch_size = 1000
            skip_html_diff = True  # with skip_diff it would never skip a row
            skip_unchanged = True
            report_skipped = False
            instance_loader_class = CachedInstanceLoader

    data = Dataset().load(file.read_bytes(), format="xlsx")
    model = peer_model()
    data.headers = [field.name for field in model._meta.fields if field.name != "id"]
    result = modelresource_factory(model, Members)().import_data(data, raise_errors=True)
    assert result.totals["new"] == result.totals["update"] == 0, result.totals
    return len(data)


VARIANTS = {
    "check": lambda file: ours(file, dry_run=True),
    "ours": ours,
    "floor": floor,
    "again": ours,
    "peer": peer,
    "peer again": tuned_peer,
}


def measure_here(variant: str, file: Path) -> None:
    start_django()
    from django.db import connection

    connection.ensure_connection()
    started = time.perf_counter()
    rows = VARIANTS[variant](file)
    seconds = time.perf_counter() - started
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    child = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    print(json.dumps({"rows": rows, "seconds": seconds, "own": own / 1024, "child": child / 1024}))


def measure(variant: str, file: Path) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.import_roster", "--measure", variant, str(file)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    found = json.loads(done.stdout.splitlines()[-1])
    print(
        f"  {variant:10} {found['seconds']:7.2f} s  {found['rows'] / found['seconds']:9,.0f} rows/s"
        f"  {found['own']:4.0f} + {found['child']:3.0f} MB",
        flush=True,
    )
    return found


def rate(found: dict[str, float]) -> float:
    return found["rows"] / found["seconds"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--measure", nargs=2, metavar=("VARIANT", "FILE"))
    arguments = parser.parse_args()
    if arguments.measure:
        measure_here(arguments.measure[0], Path(arguments.measure[1]))
        return
    use_own_database()
    start_django()
    build()
    from django.db import connections

    connections.close_all()
    found: dict[str, list[dict[str, float]]] = {name: [] for name in VARIANTS}
    with tempfile.TemporaryDirectory() as folder:
        file, small = Path(folder, "roster.xlsx"), Path(folder, "small.xlsx")
        generate(arguments.rows, file)
        _people.seen.clear()
        generate(min(PEER_ROWS, arguments.rows), small)
        print(f"{arguments.rows} rows x {len(HEAD)} columns, {file.stat().st_size / 1e6:.1f} MB")
        for _ in range(arguments.rounds):
            empty(everything=True)
            for name in VARIANTS:
                found[name].append(measure(name, small if "peer" in name else file))
                if name != "peer":  # its rows come again
                    empty(everything=False)
    report(found)


def report(found: dict[str, list[dict[str, float]]]) -> None:
    def times_faster(name: str, peer: str) -> list[float]:
        pairs = zip(found[name], found[peer], strict=True)
        return [rate(ours) / rate(theirs) for ours, theirs in pairs]

    memory = [ours["own"] + ours["child"] for ours in found["ours"]]
    slower = [1 / ratio for ratio in times_faster("ours", "floor")]
    table.finish(
        [
            table.line("import: django-import-export / ours", times_faster("ours", "peer"),
                       GOALS["peer"], at_least=True),
            table.line("import: ours / floor", slower, GOALS["floor"], at_least=False),
            table.line("import: memory, MB", memory, GOALS["memory"], at_least=False),
            table.line("import again: tuned peer / ours", times_faster("again", "peer again"),
                       GOALS["peer again"], at_least=True),
        ]
    )  # fmt: skip


if __name__ == "__main__":
    main()
