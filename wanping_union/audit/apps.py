from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.db import connections, transaction
from django.db.backends.utils import CursorWrapper
from django.db.models.signals import post_migrate

from wanping_union.audit import triggers

# The portal's role may add to these, never change them; to the others of the audit not even add.
APPEND_ONLY = ("audit_act", "audit_look")
READ_ONLY = ("audit_change", "audit_seal", "django_migrations")


def grant(using: str, **_: Any) -> None:
    """Let the portal's role work with every table, own none, and only add to the audit."""
    role = settings.DATABASES["default"]["USER"]
    if role == connections[using].settings_dict["USER"]:
        return
    quoted = connections[using].ops.quote_name(role)
    with transaction.atomic(using), connections[using].cursor() as cursor:  # people may be at work
        cursor.execute(
            f"grant usage on schema public to {quoted};"
            f"grant select, insert, update, delete on all tables in schema public to {quoted};"
            f"grant usage on all sequences in schema public to {quoted};"
            f"revoke insert, update, delete on {', '.join(APPEND_ONLY + READ_ONLY)} from {quoted};"
            f"grant execute on function audit_seal_now(boolean) to {quoted};"
            f"grant execute on function audit_end(text, integer) to {quoted};"
        )
        for table in APPEND_ONLY:
            cursor.execute(f"grant insert ({_columns(cursor, table)}) on {table} to {quoted}")
        # pgtrigger lets any session switch its guards off by a setting; nobody here may.
        cursor.execute(
            "create or replace function _pgtrigger_should_ignore(trigger_name text)"
            " returns boolean language sql as 'select false'"
        )


def _columns(cursor: CursorWrapper, table: str) -> str:
    """All but the id: the sealer never reaches a row that stands below its window by its number."""
    cursor.execute(
        "select string_agg(quote_ident(attname), ', ') from pg_attribute"
        " where attrelid = %s::regclass and attnum > 0 and not attisdropped and attname <> 'id'",
        [table],
    )
    return str(cursor.fetchone()[0])


def watch(using: str, **_: Any) -> None:
    """Record every change of every business table."""
    triggers.install(using)


class AuditConfig(AppConfig):
    name = "wanping_union.audit"
    verbose_name = "操作日志"

    def ready(self) -> None:
        post_migrate.connect(grant, sender=self, dispatch_uid="portal_grants")
        post_migrate.connect(watch, sender=self, dispatch_uid="portal_change_log")
