"""Every row is in exactly one seal, and whatever is done to sealed rows is found."""

import json
import random
import time
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from threading import Thread

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, connections, transaction

from members.models import Person
from tests.conftest import AUDIT
from tests.factories import make_member, make_union, make_user
from wanping_union import portal
from wanping_union.audit import log, sealing, verifying
from wanping_union.audit.models import Act, Change, Look, Seal
from wanping_union.audit.verifying import verify
from wanping_union.jobs.models import Job
from wanping_union.jobs.worker import Run

THAW = ";".join(f"alter table {table} disable trigger audit_append_only" for table in AUDIT)


def write(n: int = 1) -> list[int]:
    return [log.write("save", "保存", by=None, note=str(i)).pk for i in range(n)]


def rolled_back() -> int:
    """An id that was given out and never used."""
    with transaction.atomic():
        (hole,) = write()
        transaction.set_rollback(True)
    return hole


def as_owner(sql: str, *values: object) -> None:
    """What only somebody with the owner's password can do, triggers off."""
    with connections["owner"].cursor() as cursor:
        cursor.execute(THAW)
        cursor.execute(sql, values or None)
        cursor.execute(THAW.replace("disable", "enable"))
    connections["owner"].close()


@pytest.fixture
def anchored(settings, tmp_path) -> None:
    settings.AUDIT_ANCHORS = str(tmp_path / "outside" / "anchors")


@pytest.fixture
def sealed(committed, anchored) -> list[int]:
    """Ids of twelve acts in four seals; more seals of what the change log saw."""
    make_member(make_union())
    log.look(Person, Person.objects.values_list("pk", flat=True), by=make_user(), page="会员档案")
    ids = []
    for _ in range(4):
        ids += write(3)
        sealing.seal()
    assert verify().problems == []
    return ids


def found() -> str:
    return "\n".join(verify().problems)


def test_all_three_logs_are_sealed_and_the_tail_is_no_fault(sealed):
    verdict = verify()
    assert (verdict.rows, verdict.unsealed, verdict.broken) == (verdict.sealed, 0, 0)
    assert set(Seal.objects.values_list("log", flat=True)) == {"acts", "changes", "looks"}
    write(5)
    verdict = verify()
    assert (verdict.unsealed, verdict.broken) == (5, 0)
    assert sealing.seal() == 5
    assert verify().unsealed == 0


def test_the_command_tells_and_fails_when_broken(sealed):
    out = StringIO()
    call_command("verify_audit", "--json", stdout=out)
    told = json.loads(out.getvalue())
    assert told["rows"] == told["sealed"] > 12
    assert (told["unsealed"], told["broken"], told["anchors"]) == (0, 0, 1)
    as_owner("update audit_act set note = 'x' where id = %s", sealed[4])
    out = StringIO()
    with pytest.raises(SystemExit) as stop:
        call_command("verify_audit", stdout=out)
    assert stop.value.code == 1
    assert f"{{[{sealed[3]},{sealed[5] + 1})}} 中有行被改动" in out.getvalue()


def test_a_changed_row_is_found(sealed):
    as_owner("update audit_act set by_name = '别人' where id = %s", sealed[4])
    assert "中有行被改动" in found()


def test_a_change_of_the_other_logs_is_found(sealed):
    as_owner("update audit_change set actor = 1 where id = (select min(id) from audit_change)")
    as_owner("update audit_look set reason = 'x'")
    text = found()
    assert "改动日志" in text
    assert "查看日志" in text


def grow_old(age: str) -> None:
    """As if all that is sealed so far had been sealed that long ago."""
    as_owner(f"update audit_seal set at = at - interval '{age}';" + RECHAIN)


@pytest.fixture
def unanchored(settings) -> None:
    """Seals that a test dates back no longer fit the file outside."""
    settings.AUDIT_ANCHORS = ""


def test_changes_and_looks_end_after_their_years_and_the_rest_is_still_proved(sealed, unanchored):
    acts, changes, looks = (table.objects.count() for table in (Act, Change, Look))
    grow_old("3 years 1 day")
    person = make_member(make_union()).person
    log.look_at([person], by=None, page="会员档案")
    sealing.seal()
    young = Change.objects.count() - changes

    assert sealing.end(5) == 0
    assert sealing.end(3) == changes + looks

    verdict = verify()
    assert (verdict.problems, verdict.ended) == ([], changes + looks)
    assert (Act.objects.count(), Change.objects.count(), Look.objects.count()) == (acts, young, 1)
    assert sealing.end(3) == 0
    as_owner("delete from audit_change")
    assert f"改动日志缺少 {young} 行" in found()


def test_nothing_ends_before_the_law_lets_it_whatever_is_asked_for(sealed, unanchored):
    grow_old("2 years 360 days")
    assert sealing.end(0) == 0
    as_owner("delete from audit_look")
    assert "查看日志缺少 1 行" in found()


def test_an_old_seal_that_lost_a_part_of_its_rows_is_still_broken(sealed, unanchored):
    grow_old("4 years")
    as_owner("delete from audit_change where id = (select min(id) from audit_change)")
    assert "改动日志缺少 1 行" in found()


def test_only_the_function_lets_rows_end(sealed, unanchored):
    grow_old("4 years")
    for alias, said in (("default", "permission denied"), ("owner", "only ever added")):
        with connections[alias].cursor() as cursor, pytest.raises(DatabaseError, match=said):
            cursor.execute("delete from audit_change")
    with connections["owner"].cursor() as cursor, pytest.raises(DatabaseError, match="ever added"):
        cursor.execute("set audit.ending = 'on'; delete from audit_act")
    connections["owner"].close()


def test_the_night_lets_them_go_after_the_years_the_reference_values_say(sealed, unanchored):
    grow_old("4 years")
    portal.JOBS["housekeeping"](Run(Job()))
    assert Change.objects.filter(tbl="members_person").exists()  # nobody said how long

    call_command("load_reference")
    portal.JOBS["housekeeping"](Run(Job()))

    assert not Change.objects.filter(tbl="members_person").exists()
    assert Act.objects.get(name="end_logs").note.endswith(" 行")


def test_a_deleted_row_is_found_by_its_id(sealed):
    as_owner("delete from audit_act where id = %s", sealed[4])
    assert f"缺少 1 行，编号 {{[{sealed[4]},{sealed[4] + 1})}}" in found()


RESEAL = """
update audit_act set by_name = '别人' where id = %s;
update audit_seal s set root = c.root from audit_check('acts') c where c.seal = s.id;
"""


def test_a_changed_row_with_its_root_made_anew_is_found(sealed):
    as_owner(RESEAL.replace("%s", str(sealed[4])))
    assert "封存本身被改动" in found()


RECHAIN = """
do $$ declare s record; last bytea := ''; begin
    for s in select * from audit_seal order by id loop
        last := audit_chain(last, s.root, s.log, s.ids, s.n, s.at);
        update audit_seal set chain = last,
            prev = coalesce((select chain from audit_seal where id < s.id order by id desc limit 1), '')
        where id = s.id;
    end loop;
end $$;
"""


def test_a_whole_chain_made_anew_is_found_by_the_anchor_outside(sealed, settings):
    as_owner(RESEAL.replace("%s", str(sealed[0])) + RECHAIN)
    assert "和锚点文件不一致" in found()
    settings.AUDIT_ANCHORS = ""
    assert found() == ""  # negative control: inside the database it cannot be seen


def test_a_deleted_seal_is_found(sealed):
    as_owner(
        "delete from audit_seal where id = (select id from audit_seal where log = 'acts' order by id offset 1 limit 1)"
    )
    assert "之前的封存被删除" in found()


def test_a_row_dated_back_into_a_rolled_back_id_is_found(sealed):
    hole = rolled_back()
    write()
    sealing.seal()
    as_owner(
        'insert into audit_act (id, at, "on", by_name, channel, name, label, record, record_words,'
        " union_path, changed, note) values (%s, now() - interval '2 hours', current_date, '系统',"
        " 'web', 'save', '补写', '', '', '', '{}', '')",
        hole,
    )
    sealing.seal()
    assert f"{{[{hole},{hole + 1})}} 的时间早于" in found()


def test_rows_that_wait_while_the_sealer_sleeps_are_no_fault(sealed):
    """A sealer that was away for a day: what was written meanwhile is not dated back."""
    as_owner("update audit_seal set at = at - interval '1 day'" + ";" + RECHAIN)
    as_owner("update audit_act set at = at - interval '1 day' where id = any(%s)", sealed)
    write(3)
    as_owner("update audit_act set at = at - interval '5 hours' where id > %s", max(sealed))
    sealing.seal()
    assert "补写" not in found()


def test_a_cut_tail_is_found_by_the_anchor_outside(sealed, settings):
    with open(settings.AUDIT_ANCHORS) as file:
        first = json.loads(file.read())
    write(2)
    sealing.seal()
    newest = Seal.objects.latest("pk").pk
    as_owner("delete from audit_seal where id >= %s", first["seal"])
    as_owner("delete from audit_act where id >= %s", sealed[0])
    text = found()
    assert f"封存 {first['seal']}：锚点文件里有，数据库里没有" in text
    assert newest > first["seal"]


LATER = (
    "update audit_seal set at = at + interval '3 hours' where id = (select max(id) from audit_seal)"
)


def test_anchors_that_are_gone_are_found(sealed, settings):
    Path(settings.AUDIT_ANCHORS).unlink()
    assert verify().problems == []  # none was due in the first hour
    as_owner(LATER)
    assert "以后没有记录" in found()


def test_anchors_cut_off_behind_an_old_one_are_found(sealed, settings):
    as_owner(LATER)
    assert "以后没有记录" in found()
    settings.AUDIT_ANCHORS = ""
    assert "以后没有记录" not in found()


def test_an_anchor_somebody_else_wrote_is_found(sealed, settings):
    with open(settings.AUDIT_ANCHORS) as file:
        line = json.loads(file.read())
    with open(settings.AUDIT_ANCHORS, "a") as file:
        file.write(json.dumps(line | {"chain": "00" * 32}) + "\n")
    assert "不是本系统写的" in found()
    with open(settings.AUDIT_ANCHORS, "a") as file:
        file.write("nonsense\n")
    assert "锚点文件读不出来" in found()


def test_a_disk_that_is_full_does_not_stop_the_sealing(sealed, settings, caplog):
    settings.AUDIT_ANCHORS = "/proc/nowhere/anchors"
    write()
    assert sealing.seal() == 1
    assert "no anchor" in caplog.text


def test_the_portal_may_have_sealed_but_cannot_write_a_seal(db):
    write()
    sealing.seal()
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("insert into audit_seal select * from audit_seal")
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "create or replace function public.audit_seal_now(whole boolean) returns bigint"
            " language sql as 'select 0'"
        )


def test_a_snapshot_from_before_the_last_seal_seals_nothing(sealed):
    write()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("set transaction isolation level repeatable read")
        with pytest.raises(DatabaseError, match="read committed"):
            cursor.execute("select audit_seal_now(false)")
        transaction.set_rollback(True)
    assert verify().problems == []


def test_an_idle_log_is_sealed_empty_now_and_then_and_not_more(db):
    sealing.seal()
    sealing.seal()
    sealing.seal_if_due()
    assert list(Seal.objects.values_list("log", "n")) == [("acts", 0)]


def test_a_row_below_the_window_is_sealed_at_night(committed):
    """2,000 seals later the minute's round looks no further back than they do."""
    hole = rolled_back()
    write()
    sealing.seal()
    filler = (
        "insert into audit_seal (at, log, ids, n, top, root, prev, chain)"
        " select now(), 'acts', '{}', 0, (select max(top) from audit_seal), '', '', ''"
        " from generate_series(1, 2001)"
    )
    as_owner(filler)
    as_owner(
        'insert into audit_act (id, "on", by_name, channel, name, label, record, record_words,'
        " union_path, changed, note) values (%s, current_date, '系统', 'web', 'save', '晚到', '',"
        " '', '', '{}', '')",
        hole,
    )
    assert sealing.seal() == 0
    assert sealing.seal(whole=True) == 1
    assert sealing.seal(whole=True) == 0


WRITERS, ROUNDS = 6, 25


def _writer(seed: int, committed: list[int]) -> None:
    chance = random.Random(seed)
    try:
        for _ in range(ROUNDS):
            try:
                with transaction.atomic():
                    ids = write(chance.randint(1, 4))
                    time.sleep(chance.random() * 0.03)
                    if chance.random() < 0.3:
                        raise ZeroDivisionError
                committed += ids
            except ZeroDivisionError:
                pass
    finally:
        connection.close()


def _sealer(over: list[bool]) -> None:
    try:
        while not over:
            sealing.seal()
    finally:
        connection.close()


def storm() -> tuple[set[int], list[int]]:
    """Writers, rollbacks and late commits against three sealers: (committed, sealed) ids."""
    committed: list[int] = []
    over: list[bool] = []
    writers = [Thread(target=_writer, args=(n, committed)) for n in range(WRITERS)]
    sealers = [Thread(target=_sealer, args=(over,)) for _ in range(3)]
    for thread in (*writers, *sealers):
        thread.start()
    for thread in writers:
        thread.join()
    over.append(True)
    for thread in sealers:
        thread.join()
    sealing.seal()
    with connection.cursor() as cursor:
        cursor.execute(
            "select generate_series(lower(r), upper(r) - 1) from audit_seal, unnest(ids) r"
            " where log = 'acts'"
        )
        return set(committed), [pk for (pk,) in cursor.fetchall()]


def test_in_a_storm_each_row_is_in_exactly_one_seal(committed):
    written, sealed = storm()
    assert len(sealed) == len(set(sealed))
    assert set(sealed) == written == set(Act.objects.values_list("pk", flat=True))
    assert verify().problems == []


@pytest.fixture
def without_lock(committed) -> Iterator[None]:
    """The sealing function as it is, but for its lock."""
    with connections["owner"].cursor() as cursor:
        cursor.execute("select pg_get_functiondef('audit_seal_now'::regproc)")
        (source,) = cursor.fetchone()
        cursor.execute(source.replace("perform pg_advisory_xact_lock(", "perform ("))
    yield
    with connections["owner"].cursor() as cursor:
        cursor.execute(source)
    connections["owner"].close()


def test_without_the_lock_the_storm_shows(without_lock):
    """Negative control."""
    _, sealed = storm()
    assert len(sealed) > len(set(sealed)) or verify().problems


OTHER = {  # a value of each type that a column does not have
    "int8": "coalesce({}, 0) + 1000000",
    "text": "{} || 'x'",
    "varchar": "'x'",
    "timestamptz": "{} + interval '1 second'",
    "date": "{} + 1",
    "uuid": "gen_random_uuid()",
    "jsonb": """'{{"x": 1}}'""",
    "_int8": "'{{0}}'",
    "_varchar": "'{{x}}'",
}


@pytest.mark.parametrize("name", verifying.TABLES)
def test_no_column_of_a_log_is_left_unsealed(sealed, name):
    table = verifying.TABLES[name]._meta.db_table
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "select column_name, udt_name from information_schema.columns where table_name = %s",
            [table],
        )
        for column, kind in cursor.fetchall():
            cursor.execute(f"begin; {THAW}")
            value = OTHER[kind].format(f'"{column}"')
            cursor.execute(f'update {table} set "{column}" = {value}')
            cursor.execute(
                "select count(*) from audit_seal s join audit_check(%s) c on c.seal = s.id"
                " where s.n > 0 and s.root = c.root",
                [name],
            )
            assert cursor.fetchone() == (0,), column
            cursor.execute("rollback")
    connections["owner"].close()
