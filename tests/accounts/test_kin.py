"""Who declares their relatives acts on none of their cases."""

from datetime import date
from uuid import uuid4

import pytest
from django.test import Client

from tests.factories import id_number, make_user
from wanping_union import clock
from wanping_union.accounts import kin
from wanping_union.audit.models import Act
from wanping_union.crypto import keyed_hash
from wanping_union.errors import NotAllowed, Refused


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
    assert (act.name, act.changed, act.note) == ("declare_kin", {}, "本人、亲属 2 人")


def test_a_later_declaration_drops_nobody(db):
    user, own, wife, child = make_user(), id_number(), id_number(), id_number()
    kin.declare(user, by=user, id_number=own, relatives=[wife])
    kin.declare(user, by=user, relatives=[child, wife])
    user.refresh_from_db()
    for number in (own, wife, child):
        assert user.is_concerned([hashed(number)])
    assert [act.note for act in kin.declarations(user)] == ["亲属 1 人", "本人、亲属 1 人"]
    other = id_number()
    kin.declare(user, by=user, id_number=other)
    user.refresh_from_db()
    assert bytes(user.id_hash) == hashed(other)


def test_a_relative_is_taken_back_by_number_and_with_a_reason(db):
    user, wife, child = make_user(), id_number(), id_number()
    kin.declare(user, by=user, relatives=[wife, child])
    with pytest.raises(Refused, match="没有这个号码"):
        kin.remove(user, by=user, id_number=id_number(), reason="填错")
    with pytest.raises(Refused, match="原因"):
        kin.remove(user, by=user, id_number=wife, reason=" ")
    with pytest.raises(NotAllowed):
        kin.remove(user, by=make_user(), id_number=wife, reason="填错")
    kin.remove(user, by=user, id_number=wife, reason="已经离婚")
    user.refresh_from_db()
    assert not user.is_concerned([hashed(wife)])
    assert user.is_concerned([hashed(child)])
    act = kin.declarations(user).first()
    assert (act.name, act.note) == ("remove_kin", "已经离婚")


def test_what_was_taken_back_counts_for_what_was_entered_by_then(db):
    user, own, wife = make_user(), id_number(), id_number()
    before, on, after = (date(2016, 10, day) for day in (9, 10, 11))
    kin.declare(user, by=user, id_number=own, relatives=[wife])
    with clock.at(on):
        kin.declare(user, by=user, id_number=id_number())
        kin.remove(user, by=user, id_number=wife, reason="已经离婚")
    user.refresh_from_db()
    for number in (own, wife):
        assert not user.is_concerned([hashed(number)])
        for day, is_concerned in ((before, True), (on, True), (after, False)):
            assert user.is_concerned([hashed(number)], since=day) is is_concerned
    assert not user.is_concerned([hashed(id_number())], since=before)


def test_what_cannot_be_declared_is_refused(db, monkeypatch):
    user, own, wife = make_user(), id_number(), id_number()
    with pytest.raises(Refused, match="又填成亲属"):
        kin.declare(user, by=user, id_number=own, relatives=[own])
    kin.declare(user, by=user, id_number=own, relatives=[wife])
    with pytest.raises(Refused, match="又填成亲属"):
        kin.declare(user, by=user, id_number=wife)
    with pytest.raises(Refused, match="没有新的"):
        kin.declare(user, by=user, id_number=own, relatives=[wife])
    monkeypatch.setattr(kin, "MOST", 1)
    with pytest.raises(Refused, match="最多"):
        kin.declare(user, by=user, relatives=[id_number()])


@pytest.mark.parametrize(
    ("typed", "is_number"),
    [
        ("11010519491231002X", True),
        (" 110105 19491231 002x ", True),
        ("110105194912310021", False),
        ("1101051949123100", False),
        ("E12345678", True),
        ("ABCDEFG", False),
        ("解兰", False),
        ("", False),
    ],
)
def test_a_number_is_read_as_members_are_stored(typed, is_number):
    if is_number:
        assert kin.number(typed) == "".join(typed.split()).upper()
    else:
        with pytest.raises(Refused):
            kin.number(typed)


def test_who_declared_nothing_is_concerned_by_nothing(db):
    assert not make_user().is_concerned([hashed(id_number())])


def test_nobody_declares_for_somebody_else(db, administrator):
    with pytest.raises(NotAllowed):
        kin.declare(make_user(), by=administrator, id_number=id_number(), relatives=())


def test_the_page_keeps_no_number_and_says_what_was_declared(db, chair):
    client = Client()
    client.force_login(chair)
    own, wife = id_number(), id_number()

    def post(path: str = "/me/kin/", **fields: str):
        return client.post(path, {"form_token": str(uuid4())} | fields)

    assert post(id_number="", relatives=wife).status_code == 422
    bad = post(id_number=own, relatives=f"{wife}\n{wife[:-2]}")
    assert bad.status_code == 422
    assert wife in bad.content.decode(), "what was typed is still there"
    assert post(id_number=own, relatives=f"{wife}\n\n").status_code == 302
    page = client.get("/me/kin/").content.decode()
    assert own not in page
    assert wife not in page
    assert "本人、亲属 1 人" in page
    assert "1 位亲属" in page
    assert post("/me/kin/remove/", id_number=id_number(), reason="填错").status_code == 422
    assert post("/me/kin/remove/", id_number=wife, reason="").status_code == 422
    assert post("/me/kin/remove/", id_number=wife, reason="填错").status_code == 302
    chair.refresh_from_db()
    assert chair.relatives == []
    assert "已申报" in client.get("/me/").content.decode()
