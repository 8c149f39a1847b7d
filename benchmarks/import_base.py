"""What a roster goes into: unions, enterprises, and tables for those we are measured against."""

from django.db import connections

from benchmarks.import_file import ENTERPRISES, HEAD, UNIONS
from benchmarks.import_peer import Member
from members.models import Enterprise
from wanping_union.accounts.models import Union, UnionKind


def build() -> None:
    """Unions and enterprises, and the tables of the others."""
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
            editor.create_model(Member)
        cursor.execute("grant all on bench_member to public")
        cursor.execute("grant all on all sequences in schema public to public")
    connections.close_all()
