"""What a figure is: name, definition in words, unit, and the rows behind it.

One definition feeds tile, chart, list, Excel cell and command, so a figure can always open its
rows.
"""

from calendar import monthrange
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db.models import QuerySet

from wanping_union.accounts.models import Union

Value = int | Decimal | None


@dataclass(frozen=True)
class Period:
    """Both dates inclusive, Asia/Shanghai."""

    start: date
    end: date

    @classmethod
    def month(cls, first: date) -> "Period":
        """first: any day of the month."""
        last = monthrange(first.year, first.month)[1]
        return cls(first.replace(day=1), first.replace(day=last))

    def year_to_date(self) -> "Period":
        return Period(self.end.replace(month=1, day=1), self.end)

    def year_before(self) -> "Period":
        """The same period last year; a month's end stays a month's end."""
        ends_month = (self.end + timedelta(days=1)).day == 1
        last = monthrange(self.end.year - 1, self.end.month)[1]
        day = last if ends_month else min(self.end.day, last)
        start_last = monthrange(self.start.year - 1, self.start.month)[1]
        return Period(
            date(self.start.year - 1, self.start.month, min(self.start.day, start_last)),
            date(self.end.year - 1, self.end.month, day),
        )


def _count(rows: "QuerySet[Any]") -> Value:
    return rows.count()


@dataclass(frozen=True)
class Column:
    """One column of the rows behind a figure: heading and what a row shows (already masked)."""

    label: str
    show: Callable[[Any], object]


@dataclass(frozen=True)
class Indicator:
    """One figure.

    code: stable, from contract.md. name: as printed. definition: in words.
    rows(union, period): the queryset behind the figure, for the union and all below it.
    measure(rows): its value. columns: how its rows are listed. link(row): the page of a row.
    """

    code: str
    name: str
    definition: str
    unit: str
    rows: Callable[[Union, Period], "QuerySet[Any]"]
    columns: Sequence[Column]
    measure: Callable[["QuerySet[Any]"], Value] = _count
    link: Callable[[Any], str] | None = None
    is_stock: bool = False  # counted at the period's end; else over the period
    is_lower_bound: Callable[["QuerySet[Any]"], bool] = lambda rows: False
    personal: bool = False  # rows are people: listing them is for SEE_PEOPLE only

    def value(self, union: Union, period: Period) -> Value:
        return self.measure(self.rows(union, period))


def shown(value: Value) -> int | str | None:
    """As contract.md prints it: counts are integers, money and rates strings, else null."""
    return str(value) if isinstance(value, Decimal) else value


def change(now: Value, before: Value) -> Decimal | None:
    """同比 in percent, one decimal; None where last year was 0 or unknown (P-MON-03)."""
    if now is None or not before:
        return None
    exact = (Decimal(now) - Decimal(before)) * 100 / Decimal(before)
    return exact.quantize(Decimal("0.1"), ROUND_HALF_UP)


