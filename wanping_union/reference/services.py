"""Looking up and keeping dated values."""

from datetime import date
from decimal import Decimal

from django.db import IntegrityError, transaction

from wanping_union.accounts.models import User
from wanping_union.audit import log
from wanping_union.errors import NotAllowed, Refused
from wanping_union.reference.models import ReferenceValue
from wanping_union.reference.seed import ROWS
from wanping_union.roles import KEEP_REFERENCE


def value(key: str, on: date) -> Decimal | None:
    """The value in force on that day; None if no row says."""
    row = ReferenceValue.objects.valid_at(on).filter(key=key).order_by("-valid_from").first()
    return row.value if row else None


def load_seed() -> int:
    """Add the rows of the handbook that are missing; never touch one that is there.

    Returns how many were added.
    """
    rows = [ReferenceValue(**vars(row)) for row in ROWS]
    before = ReferenceValue.objects.count()
    ReferenceValue.objects.bulk_create(rows, ignore_conflicts=True)
    return ReferenceValue.objects.count() - before


@transaction.atomic
def save(row: ReferenceValue, *, by: User) -> None:
    """Add or correct one row. Raises NotAllowed, and Refused for a second row of the same day."""
    if not by.may(KEEP_REFERENCE):
        raise NotAllowed(f"{by.pk} may not keep reference values")
    old = ReferenceValue.objects.filter(pk=row.pk).first()
    changed = {
        f.name: [str(getattr(old, f.name)) if old else "", str(getattr(row, f.name))]
        for f in row._meta.fields
        if f.name != "id" and (old is None or getattr(old, f.name) != getattr(row, f.name))
    }
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        raise Refused("这个代码在同一天已经有一个数值，请改有效期起。") from None
    log.write("save_reference", "修改参考数据", by=by, record=row, changed=changed)
