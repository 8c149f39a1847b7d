"""Re-encrypts stored values with the newest field key while pages are served.

Keyed hashes stay: they come from the oldest key. The change log stays too: what a value was is
read with the key it was written under.
"""

import base64
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.utils import decrypt, encrypt
from django.apps import apps
from django.db import connection, models

from wanping_union.audit.context import acting
from wanping_union.audit.models import Channel
from wanping_union.crypto import CannotOpen, EncryptedField, newest_key, sealer, unseal

TEXTS = 500  # rows at a time
FILES = 4  # rows with whole files in them
# Pages first: rows they hold are left for the second pass, which waits for them.
PASSES = ("for no key update skip locked", "for no key update")


@dataclass(frozen=True)
class Table:
    """One table with encrypted columns."""

    model: type[models.Model]
    fields: tuple[EncryptedField, ...]

    @cached_property
    def name(self) -> str:
        return connection.ops.quote_name(self.model._meta.db_table)

    @cached_property
    def key(self) -> str:
        return connection.ops.quote_name(str(self._pk.column))

    @property
    def kind(self) -> str:
        """The primary key's type in SQL, as a reference to it has it."""
        return str(self._pk.rel_db_type(connection))

    @property
    def _pk(self) -> "models.Field[Any, Any]":
        assert self.model._meta.pk
        return self.model._meta.pk

    @cached_property
    def columns(self) -> list[str]:
        return [connection.ops.quote_name(str(field.column)) for field in self.fields]

    @property
    def rows(self) -> int:
        return TEXTS if all(field.text for field in self.fields) else FILES


@dataclass(frozen=True)
class Batch:
    """last: the greatest primary key seen. closed: keys of rows with a value that does not open."""

    last: Any
    rewritten: int
    closed: list[Any]


def tables() -> list[Table]:
    found = []
    for model in apps.get_models(include_auto_created=True):
        fields = [f for f in model._meta.local_concrete_fields if isinstance(f, EncryptedField)]
        if fields and model._meta.managed and not model._meta.proxy:
            found.append(Table(model, tuple(fields)))
    return found


def left(table: Table) -> Counter[int]:
    """How many values there are under each key."""
    counted: Counter[int] = Counter()
    with connection.cursor() as cursor:
        for column in table.columns:
            cursor.execute(
                f"select get_byte({column}, 1), count(*) from {table.name}"
                f" where {column} is not null group by 1"
            )
            counted.update(dict(cursor.fetchall()))
    return counted


def rotate(table: Table) -> Iterator[Batch]:
    """Re-encrypt all of a table, each batch in a transaction of its own.

    Killed in the middle, it goes on where old values are left when it is run again.
    """
    for lock in PASSES:
        last = None
        while batch := _rotate_some(table, last, lock):
            yield batch
            last = batch.last


def _rotate_some(table: Table, after: Any, lock: str) -> Batch | None:
    with acting(Channel.COMMAND, None), connection.cursor() as cursor:
        cursor.execute(*_query(table, after, lock))
        rows = cursor.fetchall()
        if not rows:
            return None
        good, closed = _resealed(table, rows)
        if good:
            cursor.execute(_update(table), [list(column) for column in zip(*good, strict=True)])
    return Batch(max(row[0] for row in rows), len(good), closed)


def _query(table: Table, after: Any, lock: str) -> tuple[str, list[Any]]:
    """Rows with an old value, locked: no page's write can come between reading and writing."""
    newest = newest_key()
    old = " or ".join(f"get_byte({column}, 1) <> {newest}" for column in table.columns)
    beyond = f"and {table.key} > %s" if after is not None else ""
    text = (
        f"select {table.key}, {', '.join(table.columns)} from {table.name}"
        f" where ({old}) {beyond} order by {table.key} limit {table.rows} {lock}"
    )
    return text, [after] if after is not None else []


def _resealed(table: Table, rows: list[tuple[Any, ...]]) -> tuple[list[Any], list[Any]]:
    good, closed = [], []
    seals = [(field.context, sealer(field.context)) for field in table.fields]
    for key, *values in rows:
        try:
            sealed = [
                value and seal(unseal(value, context))
                for value, (context, seal) in zip(values, seals, strict=True)
            ]
        except CannotOpen:
            closed.append(key)
            continue
        good.append((key, *sealed))
    return good, closed


def _update(table: Table) -> str:
    sets = ", ".join(f"{column} = fresh.{column}" for column in table.columns)
    arrays = ", ".join([f"%s::{table.kind}[]", *["%s::bytea[]"] * len(table.columns)])
    names = ", ".join(["row_key", *table.columns])
    return (
        f"update {table.name} as stored set {sets} from unnest({arrays}) as fresh({names})"
        f" where stored.{table.key} = fresh.row_key"
    )


SECRETS = ("secret", "seed", "migrated_codes")  # where allauth keeps what its adapter encrypted


def rotate_secrets() -> int:
    """Re-encrypt second factors, few and small, in one transaction. Returns how many rows."""
    rewritten = 0
    with acting(Channel.COMMAND, None):
        for row in Authenticator.objects.select_for_update().order_by("pk"):
            renewed = {name: _renewed(v) if name in SECRETS else v for name, v in row.data.items()}
            if renewed != row.data:
                row.data = renewed
                row.save(update_fields=["data"])
                rewritten += 1
    return rewritten


def _renewed(value: Any) -> Any:
    if isinstance(value, list):
        return [_renewed(secret) for secret in value]
    is_old = base64.b64decode(value)[1] != newest_key()
    return encrypt(decrypt(value)) if is_old else value
