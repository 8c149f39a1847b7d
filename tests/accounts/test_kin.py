"""Who declares their relatives acts on none of their cases."""

import pytest

from tests.factories import id_number, make_user
from wanping_union.accounts import kin
from wanping_union.audit.models import Act
from wanping_union.crypto import keyed_hash
from wanping_union.errors import NotAllowed


def hashed(number: str) -> bytes:
    return keyed_hash("id_number", number)


def test_one_declares_oneself_and_ones_relatives_as_hashes_alone(db):
    user, own, wife, child = make_user(), id_number(), id_number(), id_number()
    kin.declare(user, by=user, id_number=own, relatives=[wife, child, wife])
    user.refresh_from_db()
    assert bytes(user.id_hash) == hashed(own)
    assert len(user.relatives) == 2
    for number in (own, wife, child):
        assert user.is_concerned([hashed(id_number()), hashed(number)])
    assert not user.is_concerned([hashed(id_number())])
    assert not user.is_concerned([])
    act = Act.objects.get()
    assert (act.name, act.changed, act.note) == ("declare_kin", {}, "")


def test_who_declared_nothing_is_concerned_by_nothing(db):
    assert not make_user().is_concerned([hashed(id_number())])


def test_nobody_declares_for_somebody_else(db, administrator):
    with pytest.raises(NotAllowed):
        kin.declare(make_user(), by=administrator, id_number=id_number(), relatives=())
