"""What the dated reference values say of relief."""

from datetime import date
from decimal import Decimal

from relief.models import Fund
from relief.rules import Status
from relief.terms import IncompleteTerms, Row, Terms
from wanping_union.errors import Refused
from wanping_union.reference.models import ReferenceValue

UNKNOWN = "参考数据里没有“{}”这一天的数值，请联系管理员补上。"


def _in_force(prefix: str, day: date) -> list[ReferenceValue]:
    rows = ReferenceValue.objects.valid_at(day).filter(key__startswith=prefix)
    return list(rows.exclude(value=None).order_by("key"))


def terms_on(fund: Fund, day: date) -> Terms | None:
    """The fund's ladder and caps on that day; None where the reference values do not say."""
    prefix = f"relief.{fund.code}."
    try:
        return Terms.read(
            Row(
                row.key.removeprefix(prefix), row.value or Decimal(0), row.unit, row.valid_from,
                row.source, row.confidence,
            )
            for row in _in_force(prefix, day)
        )  # fmt: skip
    except IncompleteTerms:
        return None


def value(name: str, day: date) -> Decimal:
    """One limit of relief, for example "publicity_days". Raises Refused where none is in force."""
    key = f"relief.{name}"
    row = ReferenceValue.objects.valid_at(day).filter(key=key).exclude(value=None).first()
    if row is None or row.value is None:
        raise Refused(UNKNOWN.format(name))
    return row.value


def days_by_stage(day: date) -> dict[str, int]:
    """Working days that each stage may take; stages without a row are not timed."""
    rows = {row.key: row.value for row in _in_force("relief.days.", day)}
    return {
        status.value: int(days)
        for status in Status
        if (days := rows.get(f"relief.days.{status}")) is not None
    }


def follow_up_months(day: date) -> list[int]:
    """Months after payment at which somebody asks how it goes."""
    return sorted(int(row.value) for row in _in_force("relief.follow_up.", day) if row.value)
