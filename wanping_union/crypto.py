"""Encrypted personal fields and the keyed hashes they are found by.

Stored form: version byte 1, key number, 12-byte nonce, AES-256-GCM ciphertext with tag. The
column's name is bound in, so a value moved to another column does not open.
"""

import base64
import hashlib
import hmac
import os
from collections.abc import Callable
from functools import cache
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.db import models
from django.db.models.lookups import IsNull

VERSION = 1
NONCE = 12
BODY = 2 + NONCE  # where the ciphertext begins
HASH_BYTES = 16


class CannotOpen(Exception):
    """A stored value does not open: wrong key, wrong column or altered."""


@cache
def _masters() -> dict[int, bytes]:
    """Master keys by number, oldest first."""
    pairs = (entry.split(":", 1) for entry in settings.FIELD_KEYS)
    return {int(number): base64.b64decode(key) for number, key in pairs}


def newest_key() -> int:
    """The number of the key that new values are written with."""
    return max(_masters())


def _derive(number: int, purpose: str) -> bytes:
    return HKDF(SHA256(), 32, salt=None, info=purpose.encode()).derive(_masters()[number])


@cache
def _box(number: int, context: str) -> AESGCM:
    return AESGCM(_derive(number, f"field|{context}"))


@cache
def _hash_key(context: str) -> bytes:
    # From the oldest key, so that a new one does not make every stored hash unfindable.
    return _derive(min(_masters()), f"hash|{context}")


def sealer(context: str) -> Callable[[bytes], bytes]:
    """A function that encrypts for one context with the newest key.

    context: "table.column", bound into each value.
    """
    number = newest_key()
    header = bytes([VERSION, number])
    encrypt = _box(number, context).encrypt
    bound = header + context.encode()

    def seal(plain: bytes) -> bytes:
        nonce = os.urandom(NONCE)
        return header + nonce + encrypt(nonce, plain, bound)

    return seal


def opener(context: str) -> Callable[[bytes], bytes]:
    """unseal for many values of one context."""
    bound = context.encode()
    boxes: dict[bytes, Callable[[bytes, bytes, bytes], bytes]] = {}

    def unseal(sealed: bytes) -> bytes:
        sealed = bytes(sealed)
        header = sealed[:2]
        try:
            if (decrypt := boxes.get(header)) is None:
                decrypt = boxes[header] = _box(header[1], context).decrypt
            return decrypt(sealed[2:BODY], sealed[BODY:], header + bound)
        except (InvalidTag, KeyError, IndexError, ValueError) as error:
            raise CannotOpen(context) from error

    return unseal


def unseal(sealed: bytes, context: str) -> bytes:
    """The plain bytes. Raises CannotOpen; never returns what it could not open."""
    return opener(context)(sealed)


def keyed_hash(context: str, value: str) -> bytes:
    """16 bytes by which a normalised value is found again. Exact match only."""
    return hmac.digest(_hash_key(context), value.encode(), hashlib.sha256)[:HASH_BYTES]


def hasher(context: str) -> Callable[[str], bytes]:
    """keyed_hash for many values of one context.

    HMAC from its definition (RFC 2104): half the time of hmac.digest.
    """
    block = _hash_key(context).ljust(hashlib.sha256().block_size, b"\0")
    inner, outer = (bytes(byte ^ pad for byte in block) for pad in (0x36, 0x5C))

    def digest(value: str) -> bytes:
        inside = hashlib.sha256(inner + value.encode()).digest()
        return hashlib.sha256(outer + inside).digest()[:HASH_BYTES]

    return digest


class EncryptedField(models.Field):  # type: ignore[type-arg]  # not generic at run time
    """Bytes or text kept encrypted. Cannot be searched: keep a keyed hash beside it."""

    def __init__(self, *args: Any, text: bool = True, **kwargs: Any) -> None:
        self.text = text
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, kwargs | ({} if self.text else {"text": False})

    def get_internal_type(self) -> str:
        return "BinaryField"

    @property
    def context(self) -> str:
        return f"{self.model._meta.db_table}.{self.column}"

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        if value is None or value == "":
            return None
        return sealer(self.context)(value.encode() if self.text else bytes(value))

    def get_db_converters(self, connection: Any) -> list[Any]:
        """Asked for once a query, so that what it takes to open is got once, not for each value."""
        unseal = opener(self.context)

        def as_text(value: Any, expression: Any, connection: Any) -> str:
            return "" if value is None else unseal(value).decode()

        def as_bytes(value: Any, expression: Any, connection: Any) -> bytes | None:
            return None if value is None else unseal(value)

        return [as_text if self.text else as_bytes]

    def get_lookup(self, lookup_name: str) -> Any:
        if lookup_name == "isnull":
            return IsNull
        raise TypeError(f"{self.context} is encrypted and cannot be searched by {lookup_name}")


def masked_id(number: str) -> str:
    """110106********0017: enough to tell two people apart on the phone."""
    if len(number) <= 10:
        return "*" * len(number)
    return f"{number[:6]}{'*' * (len(number) - 10)}{number[-4:]}"


def masked_mobile(number: str) -> str:
    """138****1234"""
    return f"{number[:3]}****{number[-4:]}" if len(number) == 11 else "*" * len(number)


def masked_day(day: object) -> str:
    """1967-**-**: a whole day of birth fills the gap in a masked ID number."""
    return f"{str(day)[:4]}-**-**"


def masked_card(number: str) -> str:
    """Only the last four digits of a card."""
    return f"**** {number[-4:]}" if len(number) > 4 else "*" * len(number)
