"""Writing what an app knows of one aid."""

from collections.abc import Collection
from datetime import date
from decimal import Decimal
from secrets import token_bytes

from django.db import models

from wanping_union.accounts.models import Union
from wanping_union.aid.models import Aid
from wanping_union.audit.models import name_of
from wanping_union.crypto import HASH_BYTES


def note(
    record: models.Model,
    *,
    words: str,
    union: Union,
    state: str,
    on: date,
    amount: Decimal | None,
    person: bytes,
    household: Collection[bytes],
    marks: Collection[bytes],
) -> None:
    """Write or renew the record's row. Call inside the act's transaction.

    state: of models.State. amount: yuan. person, household: hashes of ID numbers.
    """
    Aid.objects.update_or_create(
        record=name_of(record),
        defaults={
            "words": words,
            "union": union,
            "state": state,
            "on": on,
            "amount": amount,
            "person": person,
            "household": sorted({bytes(one) for one in household}),
            "marks": sorted({bytes(one) for one in marks}),
        },
    )


def forget(record: str) -> None:
    """Who an aid was for, and what it shared with others, is past its time; the figure stays.

    record: as the audit names it. Call inside a transaction.
    """
    Aid.objects.filter(record=record).update(person=token_bytes(HASH_BYTES), household=[], marks=[])
