"""Every way of writing every watched table leaves exactly one change a row, with its actor."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, connections, transaction
from django.db.models import Model, Value
from django.db.models.expressions import DatabaseDefault
from django.db.models.functions import Concat

from members.models import Person
from tests.audit.builders import BUILDERS, Built
from tests.factories import make_member, make_union, make_user
from wanping_union.audit import log, tables, triggers
from wanping_union.audit.context import acting
from wanping_union.audit.models import Change, Channel
from wanping_union.imports.models import Batch

ACTOR = 4711
Rows = list[tuple[str, str, int | None]]  # (op, pk, actor)


def changes(row: Model) -> Rows:
    found = Change.objects.filter(tbl=row._meta.db_table).order_by("pk")
    return list(found.values_list("op", "key", "actor"))


def values_of(row: Model) -> dict[str, object]:
    """Columns as they are sent, without those that the database fills in."""
    given = {}
    for field in row._meta.concrete_fields:
        if field.generated:
            continue
        value = field.pre_save(row, add=True)
        if isinstance(value, DatabaseDefault) or (field.primary_key and value is None):
            continue
        given[field.column] = field.get_db_prep_save(value, connection)
    return given


def key_of(row: Model) -> str:
    """The newest row's key, as the log names it."""
    return str(type(row)._base_manager.latest("pk").pk)


def save(built: Built) -> Rows:
    built.row.save()
    return [("I", str(built.row.pk), ACTOR)]


def bulk_create(built: Built) -> Rows:
    type(built.row)._base_manager.bulk_create([built.row])
    return [("I", str(built.row.pk), ACTOR)]


def update(built: Built) -> Rows:
    inserted = save(built)
    type(built.row)._base_manager.filter(pk=built.row.pk).update(**built.change)
    return [*inserted, ("U", str(built.row.pk), ACTOR)]


def delete(built: Built) -> Rows:
    inserted = save(built)
    built.row.delete()
    return [*inserted, ("D", inserted[0][1], ACTOR)]


def copy(built: Built) -> Rows:
    given = values_of(built.row)
    columns = ", ".join(map(connection.ops.quote_name, given))
    with connection.cursor() as cursor:
        into = cursor.copy(f"copy {built.row._meta.db_table} ({columns}) from stdin")
        with into as lines:
            lines.write_row(list(given.values()))
    return [("I", key_of(built.row), ACTOR)]


def raw_sql(built: Built) -> Rows:
    table, given = built.row._meta.db_table, values_of(built.row)
    columns = ", ".join(map(connection.ops.quote_name, given))
    marks = ", ".join(["%s"] * len(given))
    with connection.cursor() as cursor:
        cursor.execute(f"insert into {table} ({columns}) values ({marks})", list(given.values()))
        key = key_of(built.row)
        cursor.execute(f"delete from {table} where {built.row._meta.pk.column}::text = %s", [key])
    return [("I", key, ACTOR), ("D", key, ACTOR)]


WAYS = (save, bulk_create, update, delete, copy, raw_sql)
NEVER_EDITED = {"rights.Notice", "relief.LedgerEntry"}  # the database refuses
WATCHED = {model._meta.label: model for model in tables.models_of()}


def test_every_model_is_watched_or_says_why_not():
    assert WATCHED.keys() == BUILDERS.keys()
    assert all(reason for reason in tables.UNTRACKED.values())
    known = {model._meta.label for model in apps.get_models(include_auto_created=True)}
    assert {*tables.UNTRACKED, *tables.SKIPPED, *tables.DIGESTED} <= known


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
@pytest.mark.parametrize("label", BUILDERS)
def test_each_write_leaves_one_change_a_row_with_its_actor(db, label, way: Callable[[Built], Rows]):
    with acting(Channel.COMMAND, ACTOR) as here:
        built = BUILDERS[label]()
        before = changes(built.row)
        if label in NEVER_EDITED and way in (update, delete, raw_sql):
            with pytest.raises(DatabaseError, match="Cannot"), transaction.atomic():
                way(built)
            return
        expected = way(built)
        assert changes(built.row)[len(before) :] == expected
        assert Change.objects.order_by("pk").last().request_id == here.request_id


@contextmanager
def as_owner(sql: str) -> Iterator[None]:
    with connections["owner"].cursor() as cursor:
        cursor.execute(sql)
    connections["owner"].close()
    yield


def test_without_the_trigger_the_check_fails(committed):
    """Negative control."""
    with as_owner("drop trigger audit_update on members_person"):
        try:
            with acting(Channel.COMMAND, ACTOR):
                built = BUILDERS["members.Person"]()
                assert changes(built.row) != update(built)
                assert [op for op, _, _ in changes(built.row)] == ["I"]
        finally:
            triggers.install("owner")
    with connection.cursor() as cursor:
        cursor.execute(triggers.INSTALLED, [["audit_update"]])
        assert ("members_person", "audit_update") in cursor.fetchall()


def test_a_table_that_is_watched_no_longer_loses_its_triggers(committed):
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "create table audit_test (id bigint);"
            "create trigger audit_delete after delete on audit_test"
            " for each row execute function audit_auth_group()"
        )
        triggers.install("owner")
        cursor.execute(triggers.INSTALLED, [list(triggers.TRIGGERS)])
        assert "audit_test" not in {table for table, _ in cursor.fetchall()}
        cursor.execute("drop table audit_test")


def test_an_update_tells_old_and_new_and_ciphertext_stays_ciphertext(db):
    member = make_member(make_union(), number="110101198005060023")
    person = member.person
    person.name, person.id_number = "新名", "110101198005060023"
    person.save()
    diff = Change.objects.filter(tbl="members_person", op="U").get().diff
    assert diff["name"] == ["韩轩娜", "新名"]
    assert diff["id_number"][1].startswith("\\x01")
    assert "updated_at" not in diff
    person.memberships.all().delete()
    key = person.pk
    person.delete()
    gone = Change.objects.get(tbl="members_person", op="D", key=key).diff
    assert gone["name"] == "新名"
    assert "110101198005060023" not in str(gone)
    assert "keys" not in gone


def test_secrets_and_files_leave_only_a_digest(db):
    user = make_user(password="argon2$one")
    user.password = "argon2$two"
    user.save()
    old, new = Change.objects.get(tbl="accounts_user", op="U").diff["password"]
    assert (len(old), len(new)) == (64, 64)
    assert old != new
    batch = Batch.objects.create(
        kind="roster", union=make_union(), file_name="x", sha256="0", content=b"PK"
    )
    Batch.objects.filter(pk=batch.pk).update(content=None)
    old, new = Change.objects.get(tbl="imports_batch", op="U").diff["content"]
    assert (len(old), new) == (64, None)


def test_a_heartbeat_and_a_write_of_the_same_leave_nothing(db):
    job = BUILDERS["jobs.Job"]().row
    job.save()
    job.done = 7
    job.save()
    job.save()
    assert [op for op, _, _ in changes(job)] == ["I"]


def test_a_hundred_rows_in_one_statement_are_a_hundred_changes(db):
    row = BUILDERS["auth.Group"]().row
    before = len(changes(row))
    type(row).objects.bulk_create(type(row)(name=f"第{n}组") for n in range(100))
    assert len(changes(row)) - before == 100
    type(row).objects.update(name=Concat("name", Value("新")))
    assert len(changes(row)) - before == 200


ATTACKS = {
    "update": "update audit_change set actor = 1",
    "delete": "delete from audit_change",
    "truncate": "truncate audit_change",
    "forged insert": "insert into audit_change (at, db_user, op, tbl, pk, diff)"
    " values (now(), 'x', 'U', 'members_person', '1', '{}')",
    "disable trigger on the log": "alter table audit_change disable trigger all",
    "disable trigger on the table": "alter table members_person disable trigger all",
    "drop trigger": "drop trigger audit_update on members_person",
    "session_replication_role": "set session_replication_role = replica",
    "set role": "set role wanping_owner",
    "replace the function": "create or replace function public.audit_members_person()"
    " returns trigger language plpgsql as $$ begin return null; end $$",
}


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
def test_the_portals_role_cannot_touch_the_change_log(db, attack):
    make_member(make_union())
    before = list(Change.objects.order_by("pk").values())
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(attack)
    assert list(Change.objects.order_by("pk").values()) == before


@pytest.mark.parametrize("table", ["audit_act", "audit_look"])
@pytest.mark.parametrize("number", [-5, 2**63 - 2])
def test_the_portals_role_cannot_choose_a_number_that_no_seal_reaches(db, table, number):
    log.write("save", "保存", by=None)
    log.look(Person, [1], by=None, page="会员档案")
    columns = "(select (jsonb_populate_record(t, jsonb_build_object('id', %s::bigint))).*) a"
    with (
        pytest.raises(DatabaseError, match="permission denied"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(
            f"insert into {table} select a.* from {table} t, lateral {columns}", [number]
        )


@pytest.mark.parametrize("table", ["audit_act", "audit_look", "audit_seal"])
@pytest.mark.parametrize("act", ["update {} set at = now()", "delete from {}", "truncate {}"])
def test_the_portals_role_cannot_take_back_what_any_log_says(db, table, act):
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(act.format(table))
