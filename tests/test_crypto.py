import pytest
from django.db import connection

from members.models import Person
from tests.factories import id_number, make_member
from wanping_union import crypto


def test_a_value_opens_only_in_its_own_column():
    sealed = crypto.sealer("members_person.id_number")(b"110106199001010017")
    assert crypto.unseal(sealed, "members_person.id_number") == b"110106199001010017"
    with pytest.raises(crypto.CannotOpen):
        crypto.unseal(sealed, "members_person.mobile")


@pytest.mark.parametrize("place", range(0, 45, 4))
def test_an_altered_value_does_not_open(place):
    sealed = bytearray(crypto.sealer("a.b")(b"13812345678"))
    sealed[place % len(sealed)] ^= 1
    with pytest.raises(crypto.CannotOpen):
        crypto.unseal(bytes(sealed), "a.b")


@pytest.mark.parametrize("sealed", [b"", b"\1", b"plain text", b"\1\1" + b"0" * 12])
def test_what_was_never_sealed_does_not_open(sealed):
    with pytest.raises(crypto.CannotOpen):
        crypto.unseal(sealed, "a.b")


def test_the_same_value_looks_different_each_time():
    seal = crypto.sealer("a.b")
    assert seal(b"x") != seal(b"x")


def test_a_new_key_opens_old_values_and_finds_old_hashes(settings):
    old = crypto.sealer("a.b")(b"x"), crypto.keyed_hash("id_number", "1")
    settings.FIELD_KEYS = [*settings.FIELD_KEYS, "2:" + "QUJD" * 10 + "QUI="]
    for remembered in (crypto._masters, crypto._box, crypto._hash_key):
        remembered.cache_clear()
    try:
        assert crypto.sealer("a.b")(b"y")[1] == 2
        assert crypto.unseal(old[0], "a.b") == b"x"
        assert crypto.keyed_hash("id_number", "1") == old[1]
    finally:
        for remembered in (crypto._masters, crypto._box, crypto._hash_key):
            remembered.cache_clear()


def test_hasher_and_keyed_hash_agree():
    assert crypto.hasher("id_number")("1") == crypto.keyed_hash("id_number", "1")


def test_the_database_holds_no_number_in_clear(union):
    number = id_number()
    member = make_member(union, number=number, mobile="13812345678")
    with connection.cursor() as cursor:
        cursor.execute(
            "select id_number, mobile, p::text from members_person p where id = %s",
            [member.person_id],
        )
        sealed_number, sealed_mobile, row = cursor.fetchone()
    assert number.encode() not in bytes(sealed_number)
    assert b"13812345678" not in bytes(sealed_mobile)
    assert number not in row
    assert "13812345678" not in row
    assert Person.objects.get(pk=member.person_id).id_number == number


def test_an_encrypted_field_cannot_be_searched():
    with pytest.raises(TypeError):
        Person.objects.filter(id_number="110106199001010017")


@pytest.mark.parametrize(
    ("masked", "value"),
    [
        (crypto.masked_id("110106199001010017"), "110106********0017"),
        (crypto.masked_id("G123"), "****"),
        (crypto.masked_id(""), ""),
        (crypto.masked_mobile("13812345678"), "138****5678"),
        (crypto.masked_mobile("81234567"), "********"),
        (crypto.masked_card("6029690012345678"), "**** 5678"),
    ],
)
def test_masks_show_only_what_tells_two_people_apart(masked, value):
    assert masked == value


def test_opener_opens_what_the_old_and_the_new_key_sealed(settings):
    old = crypto.sealer("a.b")(b"x")
    settings.FIELD_KEYS = [*settings.FIELD_KEYS, "2:" + "QUJD" * 10 + "QUI="]
    for remembered in (crypto._masters, crypto._box, crypto._hash_key):
        remembered.cache_clear()
    try:
        unseal = crypto.opener("a.b")
        assert [unseal(old), unseal(crypto.sealer("a.b")(b"y"))] == [b"x", b"y"]
        with pytest.raises(crypto.CannotOpen):
            unseal(crypto.sealer("a.c")(b"x"))
    finally:
        for remembered in (crypto._masters, crypto._box, crypto._hash_key):
            remembered.cache_clear()
