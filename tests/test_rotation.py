"""A new field key while the portal is in use: nothing is lost, nothing stays behind."""

import base64
import random
import time
from collections.abc import Callable
from io import StringIO
from threading import Event, Thread

import pytest
from allauth.mfa.totp.internal.auth import TOTP
from allauth.mfa.utils import decrypt
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import connection

from members.models import Person
from tests.factories import make_member, make_user
from wanping_union import crypto, rotation
from wanping_union.audit.models import Act
from wanping_union.imports.models import Batch

PEOPLE = 650  # about 2,000 values


def forget_keys() -> None:
    for remembered in (crypto._masters, crypto._box, crypto._hash_key):
        remembered.cache_clear()


@pytest.fixture
def add_key(settings):
    """Put a second key behind the first."""

    def add() -> None:
        settings.FIELD_KEYS = [*settings.FIELD_KEYS, "2:" + "QUJD" * 10 + "QUI="]
        forget_keys()

    yield add
    forget_keys()


def rotate() -> str:
    said = StringIO()
    call_command("rotate_keys", stdout=said, stderr=said)
    return said.getvalue()


def keys_in_use() -> dict[int, int]:
    return dict(
        sum((rotation.left(table) for table in rotation.tables()), start=rotation.Counter())
    )


def people(union, count: int = 3) -> list[Person]:
    """Each with three encrypted values."""
    first = make_member(union).person
    values = {
        f.name: getattr(first, f.name) for f in Person._meta.concrete_fields if f.name != "id"
    }
    return Person.objects.bulk_create(
        Person(
            **values
            | {
                "id_hash": n.to_bytes(16, "big"),
                "mobile": f"138{n:08d}",
                "card": f"60296900{n:08d}",
                "card_hash": n.to_bytes(16, "big"),
            }
        )
        for n in range(count)
    )


def test_every_encrypted_column_of_the_portal_is_rotated():
    found = {(t.model, f.name) for t in rotation.tables() for f in t.fields}
    wanted = {
        (model, field.name)
        for model in apps.get_models()
        for field in model._meta.local_fields
        if isinstance(field, crypto.EncryptedField)
    }
    assert found == wanted
    assert (Person, "mobile") in found


def test_all_values_move_to_the_new_key_and_read_as_before(committed, union, add_key):
    by = make_user()
    Batch.objects.create(
        kind="roster", union=union, by=by, file_name="a", sha256="0" * 64, content=b"PK"
    )
    people(union)
    before = {p.pk: (p.id_number, p.mobile, p.card) for p in Person.objects.all()}
    hashes = set(Person.objects.values_list("id_hash", "mobile_hash", "card_hash"))
    assert set(keys_in_use()) == {1}
    add_key()
    said = rotate()
    assert keys_in_use() == {2: 3 * 3 + 1 + 1}  # the people, the one they are made from, a file
    assert {p.pk: (p.id_number, p.mobile, p.card) for p in Person.objects.all()} == before
    assert set(Person.objects.values_list("id_hash", "mobile_hash", "card_hash")) == hashes
    assert bytes(Batch.objects.get().content) == b"PK"
    assert "没有旧密钥的内容了" in said
    assert Act.objects.filter(name="rotate_keys").count() == 1


def test_second_factors_move_too(committed, add_key):
    factor = TOTP.activate(make_user(), "A" * 32).instance
    before = factor.data["secret"]
    add_key()
    rotate()
    factor.refresh_from_db()
    assert base64.b64decode(before)[1] == 1
    assert base64.b64decode(factor.data["secret"])[1] == 2
    assert decrypt(factor.data["secret"]) == "A" * 32


def test_a_second_run_has_nothing_to_do(committed, union, add_key):
    people(union)
    add_key()
    rotate()
    assert "0 行改用 2 号密钥" in rotate()


def test_a_run_that_was_killed_goes_on_where_it_stopped(committed, union, add_key, monkeypatch):
    people(union, 10)
    add_key()
    monkeypatch.setattr(rotation, "TEXTS", 4)
    first = next(t for t in rotation.tables() if t.model is Person)
    next(rotation.rotate(first))  # and then somebody pulls the plug
    assert set(keys_in_use()) == {1, 2}
    rotate()
    assert set(keys_in_use()) == {2}


def test_a_value_that_does_not_open_is_told_and_left(committed, union, add_key):
    first, second, _ = people(union)
    with connection.cursor() as cursor:
        cursor.execute(
            "update members_person set mobile = %s where id = %s",
            [b"\1\1" + b"0" * 40, first.pk],
        )
    add_key()
    with pytest.raises(CommandError, match="1 行打不开"):
        rotate()
    assert Person.objects.defer("mobile").get(pk=first.pk).id_number
    assert Person.objects.get(pk=second.pk).mobile == second.mobile


class Served:
    """Two writers and two readers at work: what was last written, and what readers met."""

    def __init__(self) -> None:
        self.written: dict[int, str] = {}
        self.faults: list[crypto.CannotOpen] = []
        self.stop = Event()
        keys = list(Person.objects.order_by("pk").values_list("pk", flat=True))
        runs = [
            (self.write, keys[::2]),
            (self.write, keys[1::2]),
            (self.read, keys),
            (self.read, keys),
        ]
        self.threads = [Thread(target=self.work, args=run) for run in runs]

    def __enter__(self) -> "Served":
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop.set()
        for thread in self.threads:
            thread.join()

    def work(self, act: Callable[[int, str], None], keys: list[int]) -> None:
        dice = random.Random(keys[0])
        while not self.stop.is_set():
            act(dice.choice(keys), f"139{dice.randrange(10**8):08d}")
        connection.close()

    def write(self, pk: int, mobile: str) -> None:
        Person.objects.filter(pk=pk).update(mobile=mobile)
        self.written[pk] = mobile

    def read(self, pk: int, _: str) -> None:
        try:
            Person.objects.get(pk=pk)
        except crypto.CannotOpen as fault:
            self.faults.append(fault)


def rotate_while_served(monkeypatch) -> tuple[list[int], list[crypto.CannotOpen]]:
    """People whose last write is gone, and faults that readers met."""
    slowly = rotation._resealed

    def resealed(table, rows):
        time.sleep(0.05)  # as long as a slow machine takes, so that writes fall in between
        return slowly(table, rows)

    monkeypatch.setattr(rotation, "_resealed", resealed)
    with Served() as served:
        time.sleep(0.2)
        table = next(t for t in rotation.tables() if t.model is Person)
        for _ in rotation.rotate(table):
            pass
    stored = dict(Person.objects.values_list("pk", "mobile"))
    return [pk for pk, mobile in served.written.items() if stored[pk] != mobile], served.faults


@pytest.fixture
def many(committed, union, add_key):
    people(union, PEOPLE)
    add_key()


def test_nothing_written_meanwhile_is_lost_and_every_page_reads(many, monkeypatch):
    assert rotate_while_served(monkeypatch) == ([], [])
    assert set(keys_in_use()) == {2}


def test_without_the_lock_writes_are_lost(many, monkeypatch):
    """Negative control: reading first and writing later, as a simple loop would."""
    monkeypatch.setattr(rotation, "PASSES", ("", ""))
    lost, _ = rotate_while_served(monkeypatch)
    assert lost
