import pytest
from django.db import DatabaseError, connection

from tests.factories import make_user
from wanping_union.audit import log
from wanping_union.audit.models import Act


@pytest.mark.parametrize(
    "change",
    [
        "update audit_act set note = 'x'",
        "delete from audit_act",
        "truncate audit_act",
        "alter table audit_act disable trigger all",
        "drop trigger audit_append_only on audit_act",
    ],
)
def test_acts_are_only_ever_added(db, change):
    log.write("reveal", "查看证件号码", by=make_user())
    with pytest.raises(DatabaseError), connection.cursor() as cursor:
        cursor.execute(change)


def test_the_owner_is_held_by_the_trigger_too(db):
    with connection.cursor() as cursor:
        cursor.execute("select tgenabled from pg_trigger where tgname = 'audit_append_only'")
        assert cursor.fetchone() == ("O",)


def test_the_portal_owns_nothing(db):
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from pg_class where relowner = current_user::regrole")
        assert cursor.fetchone() == (0,)
        cursor.execute(
            "select rolsuper or rolcreatedb or rolcreaterole from pg_roles where rolname = current_user"
        )
        assert cursor.fetchone() == (False,)


def test_an_act_without_a_person_is_the_systems(db):
    act = log.write("import", "导入名册", by=None)
    assert Act.objects.get(pk=act.pk).by_name == "系统"
