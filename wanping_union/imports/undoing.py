"""Taking an import back by the log of changes: what it added goes, what it altered is as before.

A record and the rows that belong to it stay together: if one of them was touched since, by a later
change or by a record that has come to refer to it, none goes back. An import deletes nothing.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

from django.apps import apps
from django.db import connection

from wanping_union.imports.comparing import Touched
from wanping_union.imports.kinds import Kind, Part
from wanping_union.imports.passes import wait_for_others

# added: the import made the row; old: values it overwrote, by column; root: the record it is of.
ROWS = """
create temp table undo_row (part integer, pk bigint, added boolean, old jsonb, last_id bigint,
    root bigint, kept boolean default false, primary key (part, pk)) on commit drop;
create temp table undo_touch (root bigint, change_id bigint, why text) on commit drop
"""
AGAIN = "drop table if exists pg_temp.undo_row, pg_temp.undo_touch"

FILL = """
insert into undo_row (part, pk, added, old, last_id, root)
select {part}, changed.pk, changed.added, changed.old, changed.last_id, {root}
from (
    select c.pk::bigint, bool_or(c.op = 'I') as added, max(c.id) as last_id,
        jsonb_object_agg(v.key, v.value -> 0 order by c.id desc)
            filter (where v.key is not null) as old
    from audit_change c left join lateral jsonb_each(c.diff) v on v.key <> all(%(ignored)s::text[])
    where c.request_id = %(request_id)s and c.tbl = %(table)s
    group by c.pk
) changed
{joins}
where changed.added or changed.old is not null
"""
# The owner of a row, also of one that was deleted since.
OWNER = """
left join {table} t{n} on t{n}.{key} = {pk}
left join lateral (
    select (c.diff ->> '{column}')::bigint as pk from audit_change c
    where t{n}.{key} is null and c.tbl = '{table}' and c.pk = {pk}::text and c.op = 'D'
    order by c.id desc limit 1
) gone{n} on true
"""

# Locked in the order in which other acts lock them: the record before what belongs to it.
LOCK_ROOTS = """
select count(*) from (select 1 from {table} t
    where t.{key} in (select root from undo_row) order by t.{key} for update) locked
"""
LOCK = """
select count(*) from (select 1 from {table} t
    where t.{key} in (select pk from undo_row where part = {part})
    order by t.{key} for update) locked
"""

# What another import did and its own undoing took back leaves a row as it was.
CHANGED_SINCE = """
insert into undo_touch
select r.root, c.id, ''
from undo_row r
join audit_change c on c.tbl = %(table)s and c.pk = r.pk::text and c.id > r.last_id
where r.part = {part} and (c.op <> 'U' or c.diff - %(untouched)s::text[] <> '{{}}')
    and not exists (
        select from imports_batch b
        where b.undo_request_id is not null and c.request_id in (b.request_id, b.undo_request_id)
            and exists (select from audit_change u where u.tbl = c.tbl and u.pk = c.pk
                and u.request_id = b.undo_request_id))
"""
REFERRED_TO = """
insert into undo_touch
select r.root, (select min(c.id) from audit_change c
    where c.tbl = '{table}' and c.pk = x.{key}::text and c.op = 'I'), '已有别的记录用到'
from undo_row r join {table} x on x.{column} = r.pk
where r.part = {part} and r.added and not r.kept
"""
# The row that refers to it goes too, or comes to refer to what it did before.
GOES_TOO = """
and not exists (select from undo_row o where o.part = {other} and o.pk = x.{key}
    and not o.kept and (o.added or o.old ? '{column}'))
"""
# Attachments name their record in text.
ATTACHED = """
insert into undo_touch
select r.root, (select min(c.id) from audit_change c
    where c.tbl = 'attachments_attachment' and c.pk = x.id::text and c.op = 'I'), '已有附件'
from undo_row r join attachments_attachment x on x.record = '{label}:' || r.pk
where r.part = {part} and r.added and not r.kept
"""
TAKEN = """
insert into undo_touch
select r.root, null, '原来的{label}现在登记在别处'
from undo_row r
cross join lateral jsonb_populate_record(null::{table}, r.old) was
join {table} x on x.{column} = was.{column} and x.{key} <> r.pk
where r.part = {part} and r.old ? '{column}' and not r.added and not r.kept
"""
KEEP = """
update undo_row r set kept = true
where not kept and exists (select from undo_touch t where t.root = r.root)
"""

DELETE = """
delete from {table} t using undo_row r
where r.part = {part} and r.added and not r.kept and t.{key} = r.pk
"""
COLUMNS = """
select distinct jsonb_object_keys(old) from undo_row
where part = %s and old is not null and not added and not kept
"""
RESTORE = """
update {table} t
set ({columns}) = (select {values} from jsonb_populate_record(t, r.old) was)
from undo_row r
where r.part = {part} and not r.added and not r.kept and t.{key} = r.pk
"""
SETTLE = """
select pk from undo_row where part = %s and not added and not kept and old ? %s
"""

COUNT = """
select count(*) filter (where added and not kept), count(*) filter (where not added and not kept),
    count(*) filter (where kept)
from (select root, bool_or(part = 0 and added) as added, bool_or(kept) as kept
    from undo_row group by root) roots
"""
# Who touched it last, when and doing what: the act of the same request says it in words.
TOUCHED = """
select t.root, coalesce(act.by_name, u.name, ''), c.at, coalesce(act.label, ''), t.why
from (select distinct on (root) * from undo_touch order by root, change_id desc nulls last) t
left join audit_change c on c.id = t.change_id
left join accounts_user u on u.id = c.actor
left join lateral (
    select a.by_name, a.label from audit_act a
    where a.request_id = c.request_id order by a.id desc limit 1) act on true
order by t.root limit %s
"""


class Plan(NamedTuple):
    """How many records go, how many become what they were, how many stay as they are."""

    removed: int
    restored: int
    kept: int


@dataclass(frozen=True)
class _Table:
    """A part with its place among the others, in the words of SQL."""

    n: int
    part: Part

    @property
    def names(self) -> dict[str, Any]:
        meta = self.part.model._meta
        return {"part": self.n, "table": meta.db_table, "key": meta.pk.column}

    @property
    def values(self) -> dict[str, Any]:
        table = self.part.model._meta.db_table
        return {
            "table": table,
            "ignored": list(self.part.ignored),
            "untouched": [*self.part.ignored, *self.part.resealed],
        }


def plan(kind: Kind, request_id: UUID, *, lock: bool = False) -> Plan:
    """Find out what the undoing of a request's writes would do. Leaves it in temporary tables.

    lock: hold all that is concerned until the transaction ends, other imports of the kind too.
    """
    tables = [_Table(n, part) for n, part in enumerate(kind.parts)]
    if lock:
        wait_for_others(kind)
    _run(AGAIN)
    _run(ROWS)
    for table in tables:
        _run(_fill(tables[: table.n + 1]), table.values | {"request_id": request_id})
    _run("analyze undo_row")
    if lock:
        _run(LOCK_ROOTS.format(**tables[0].names))
        for table in tables:
            _run(LOCK.format(**table.names))
    for table in tables:
        _run(CHANGED_SINCE.format(**table.names), table.values)
    _run(KEEP)
    _keep_what_others_need(tables)
    return Plan(*_rows(COUNT)[0])


def _fill(tables: Sequence[_Table]) -> str:
    """For the last of the tables: its owners are the ones before."""
    joins, pk = "", "changed.pk"
    for table in reversed(tables[1:]):
        column = f"{table.part.owner}_id"
        joins += OWNER.format(**table.names, n=table.n, pk=pk, column=column)
        pk = f"coalesce(t{table.n}.{column}, gone{table.n}.pk)"
    return FILL.format(part=tables[-1].n, root=pk, joins=joins)


def _keep_what_others_need(tables: Sequence[_Table]) -> None:
    """A record that stays keeps those it refers to, and those of these, to the last."""
    checks = [sql for table in tables for sql in (*_references(table, tables), *_unique(table))]
    more = 1
    while more:
        for sql in checks:
            _run(sql)
        more = _run(KEEP)


def _references(table: _Table, tables: Sequence[_Table]) -> Iterator[str]:
    yield ATTACHED.format(part=table.n, label=table.part.model._meta.label_lower)
    places = {other.part.model: other.n for other in tables}
    for model in apps.get_models(include_auto_created=True):
        for field in model._meta.concrete_fields:
            if field.related_model is table.part.model:
                goes_too = GOES_TOO if model in places else ""
                yield (REFERRED_TO + goes_too).format(
                    part=table.n,
                    table=model._meta.db_table,
                    key=model._meta.pk.column,
                    column=field.column,
                    other=places.get(model),
                )


def _unique(table: _Table) -> Iterator[str]:
    fields = table.part.model._meta.concrete_fields
    labels = {field.name: field.verbose_name for field in fields}
    for field in fields:
        column = str(field.column)
        if field.unique and not field.primary_key and column not in table.part.ignored:
            label = labels[field.name.removesuffix("_hash")]
            yield (TAKEN + GOES_TOO).format(
                **table.names, column=column, label=label, other=table.n
            )


def touched(most: int | None = None) -> list[Touched]:
    """Who keeps records from going back, after plan. most: records at most."""
    return [
        Touched(pk, by, at, "；".join(filter(None, (label, why))) or "改动")
        for pk, by, at, label, why in _rows(TOUCHED, [most])
    ]


def carry_out(kind: Kind) -> None:
    """Do what plan has found, in its transaction. Raises IntegrityError."""
    tables = [_Table(n, part) for n, part in enumerate(kind.parts)]
    for table in reversed(tables):
        _run(DELETE.format(**table.names))
    for table in tables:
        if columns := [column for (column,) in _rows(COLUMNS, [table.n])]:
            _restore(table, columns)


def _restore(table: _Table, columns: list[str]) -> None:
    part = table.part
    stamps = [f.column for f in part.model._meta.concrete_fields if f.column == "updated_at"]
    sql = RESTORE.format(
        **table.names,
        columns=", ".join([*columns, *stamps]),
        values=", ".join([*(f"was.{column}" for column in columns), *("now()" for _ in stamps)]),
    )
    _run(sql)
    if part.settle:
        part.settle([pk for (pk,) in _rows(SETTLE, [table.n, part.settled_by])])


def _run(sql: str, values: Any = None) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return int(cursor.rowcount)


def _rows(sql: str, values: Any = None) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return list(cursor.fetchall())
