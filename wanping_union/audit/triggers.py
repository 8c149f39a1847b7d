"""The triggers that record every change of a row, whatever path the write took.

Inserts are recorded a statement at a time, the rest a row at a time: a trigger that joins the
old and new rows of one statement is quadratic once its plan is cached.
"""

from django.db import connections
from django.db.backends.utils import CursorWrapper

from wanping_union.audit.tables import Watched, models_of, watched

# Variables end in _ lest a column be called the same.
# An inserted row stands in its table; the first later change or the deletion tells what it held.
FUNCTION = """
create or replace function public.{function}() returns trigger language plpgsql
security definer set search_path = pg_catalog, pg_temp as $$
declare
    by_ bigint := nullif(current_setting('app.actor', true), '')::bigint;
    request_ uuid := nullif(current_setting('app.request_id', true), '')::uuid;
    was jsonb;
    diff_ jsonb;
    digests jsonb := '{{}}';
begin
    if tg_op = 'INSERT' then
        insert into public.audit_change (at, actor, request_id, db_user, op, tbl, pk, diff)
        select clock_timestamp(), by_, request_, session_user, 'I', {table}, {key}::text, '{{}}'
        from added;
        return null;
    end if;{digests}
    was := to_jsonb(old) - array[{skipped}]::text[];
    if tg_op = 'DELETE' then
        diff_ := was || digests;
    else
        select coalesce(jsonb_object_agg(key, jsonb_build_array(was -> key, value)), '{{}}')
            || digests
        into diff_ from jsonb_each(to_jsonb(new) - array[{skipped}]::text[])
        where value is distinct from was -> key;
        if diff_ = '{{}}' then return null; end if;
    end if;
    insert into public.audit_change (at, actor, request_id, db_user, op, tbl, pk, diff)
    values (clock_timestamp(), by_, request_, session_user, left(tg_op, 1), {table},
        old.{key}::text, diff_);
    return null;
end $$;
revoke all on function public.{function}() from public;
"""
# What is told of a secret or a file: that it changed, and a digest to compare it by.
DIGEST = """
    if tg_op = 'DELETE' then
        digests := digests || jsonb_build_object({name}, {was});
        old.{column} := null;
    else
        if old.{column} is distinct from new.{column} then
            digests := digests || jsonb_build_object({name}, jsonb_build_array({was}, {now}));
        end if;
        old.{column} := null;
        new.{column} := null;
    end if;"""
SHA256 = "encode(sha256(convert_to({}.{}::text, 'UTF8')), 'hex')"
TRIGGERS = {
    "audit_insert": "after insert on {table} referencing new table as added for each statement",
    "audit_update": "after update on {table} for each row when (old.* is distinct from new.*)",
    "audit_delete": "after delete on {table} for each row",
}
INSTALLED = """
select tgrelid::regclass::text, tgname from pg_trigger
where tgname = any(%s) and not tgisinternal
"""


def install(using: str) -> None:
    """Bring the triggers in line with the models: missing ones made, others dropped.

    Tables that do not exist yet are left for the migrate that makes them. A table is locked only
    where it lacks a trigger.
    """
    connection = connections[using]
    present = set(connection.introspection.table_names())
    wanted = {w.table: w for w in map(watched, models_of()) if w.table in present}
    with connection.cursor() as cursor:
        cursor.execute(INSTALLED, [list(TRIGGERS)])
        found = {(table.strip('"'), name) for table, name in cursor.fetchall()}
        for table, name in found:
            if table not in wanted:
                cursor.execute(f'drop trigger {name} on "{table}"')
        for watch in wanted.values():
            _watch(cursor, watch, {name for table, name in found if table == watch.table})


def _watch(cursor: CursorWrapper, watch: Watched, found: set[str]) -> None:
    cursor.execute(_function(watch))
    for name, event in TRIGGERS.items():
        if name not in found:
            cursor.execute(
                f"create trigger {name} {event.format(table=_quoted(watch.table))}"
                f" execute function public.{_name(watch)}()"
            )


def _function(watch: Watched) -> str:
    return FUNCTION.format(
        function=_name(watch),
        table=_text(watch.table),
        key=_quoted(watch.key),
        skipped=", ".join(map(_text, watch.skipped)),
        digests="".join(_digest(column) for column in watch.digested),
    )


def _digest(column: str) -> str:
    quoted = _quoted(column)
    return DIGEST.format(
        name=_text(column),
        column=quoted,
        was=SHA256.format("old", quoted),
        now=SHA256.format("new", quoted),
    )


def _name(watch: Watched) -> str:
    return f"audit_{watch.table}"


def _quoted(name: str) -> str:
    return f'"{name}"'


def _text(name: str) -> str:
    return f"'{name}'"
