"""Looking up and keeping dated values."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from django.db import IntegrityError, transaction

from wanping_union.accounts.models import User
from wanping_union.audit import log
from wanping_union.deadlines import Calendar
from wanping_union.errors import NotAllowed, Refused
from wanping_union.reference import holidays
from wanping_union.reference.models import Holiday, ReferenceValue
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
    known = {day.year for day in Holiday.objects.dates("day", "year")}
    days = [Holiday(**day._asdict()) for day in holidays.rows() if day.day.year not in known]
    Holiday.objects.bulk_create(days, ignore_conflicts=True)
    return ReferenceValue.objects.count() - before + len(days)


def calendar() -> Calendar:
    """Every day that a notice names."""
    return Calendar(dict(Holiday.objects.values_list("day", "is_rest")))


@transaction.atomic
def save_year(
    year: int, *, by: User, off: Mapping[date, str], worked: Mapping[date, str], source: str
) -> None:
    """Put the days of one year's notice in place of those stored. off, worked: {day: holiday}.

    Raises NotAllowed, and Refused for a day of another year, or both off and worked.
    """
    if not by.may(KEEP_REFERENCE):
        raise NotAllowed(f"{by.pk} may not keep the calendar")
    if any(day.year != year for day in (*off, *worked)):
        raise Refused(f"只能填写 {year} 年的日期。")
    if twice := sorted(off.keys() & worked.keys()):
        raise Refused(f"{twice[0]} 同时写在放假和上班里，请核对。")
    old = Holiday.objects.select_for_update().filter(day__year=year)
    before = {str(row.day): _said(row.is_rest) for row in old}
    old.delete()
    rows = [
        Holiday(day=day, is_rest=is_rest, name=name, source=source)
        for days, is_rest in ((off, True), (worked, False))
        for day, name in days.items()
    ]
    Holiday.objects.bulk_create(rows)
    after = {str(row.day): _said(row.is_rest) for row in rows}
    changed = {
        day: [before.get(day, ""), after.get(day, "")]
        for day in sorted(before.keys() | after.keys())
        if before.get(day) != after.get(day)
    }
    label = f"修改 {year} 年放假安排"
    log.write("save_year", label, by=by, changed=changed, note=source)


def _said(is_rest: bool) -> str:
    return "放假" if is_rest else "上班"


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
