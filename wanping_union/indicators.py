"""What a figure is: name, definition in words, unit, and the rows behind it.

One definition feeds tile, chart, list, Excel cell and command: a figure can always open its rows.
"""

import operator
from calendar import monthrange
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db.models import Exists, Expression, F, Func, IntegerField, Model, Q, QuerySet, Subquery

from wanping_union.accounts.models import Union

Value = int | Decimal | None
Rows = QuerySet[Any]
PART = "其中："  # begins the name of a figure that is part of the one above it


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


# Plain functions, not Django aggregates: they keep a subquery free of GROUP BY.
COUNT = Func(F("pk"), function="COUNT", output_field=IntegerField())


@dataclass(frozen=True)
class Column:
    """One column of the rows behind a figure: heading and what a row shows (already masked)."""

    label: str
    show: Callable[[Any], object]
    is_number: bool = False


@dataclass(frozen=True)
class Indicator:
    """One figure.

    code: stable, from contract.md. name: as printed. definition: in words. source: which records.
    rows(union, period): the queryset behind the figure, for the union and all below it.
    measure: its value over the rows, in SQL. weigh(row): what one row adds to it. gather: how two
    weights become one.
    columns: how its rows are listed. link(row): the page of a row, "" where there is none.
    part_of: code of the figure whose list holds these rows too.
    person(row): whom a row is about, where rows are people; listing them is for SEE_PEOPLE only.
    """

    code: str
    name: str
    definition: str
    source: str
    unit: str
    rows: Callable[[Union, Period], Rows]
    columns: Sequence[Column]
    link: Callable[[Any], str]
    measure: Expression | Func = COUNT
    weigh: Callable[[Any], int | Decimal] = lambda row: 1
    gather: Callable[[Any, Any], int | Decimal] = operator.add
    part_of: str = ""
    is_stock: bool = False  # counted at the period's end; else over the period
    adds_up: bool = True  # a year is the sum of its months; not so for distinct things
    unknown: Q | None = None  # rows of unknown weight: the value is then a lower bound (U-07)
    person: Callable[[Any], Model] | None = None

    @property
    def lists_people(self) -> bool:
        """For templates, which would call `person`."""
        return self.person is not None

    def people(self, rows: Iterable[Any]) -> list[Model]:
        """Whom the rows are about, for the read audit."""
        return [self.person(row) for row in rows] if self.person else []

    @property
    def is_part(self) -> bool:
        return self.name.startswith(PART)

    @property
    def short(self) -> str:
        """The name where it stands alone."""
        return self.name.removeprefix(PART)

    def value(self, union: Union, period: Period) -> Value:
        return values(union, [(self, period)])[0]

    def is_lower_bound(self, union: Union, period: Period) -> bool:
        return self.unknown is not None and self.rows(union, period).filter(self.unknown).exists()


def values(union: Union, wanted: Iterable[tuple[Indicator, Period]]) -> list[Value]:
    """Many figures by one statement, so that they agree with each other."""
    parts = [_scalar(indicator, union, period) for indicator, period in wanted]
    return list(Union.objects.filter(pk=union.pk).values_list(*parts)[0]) if parts else []


def _scalar(indicator: Indicator, union: Union, period: Period) -> Subquery:
    rows = indicator.rows(union, period).order_by()
    return Subquery(rows.annotate(figure=indicator.measure).values("figure"))


def lower_bounds(union: Union, wanted: Iterable[tuple[Indicator, Period]]) -> list[bool]:
    """For each figure whether it is only a lower bound, by one statement."""
    asked = list(wanted)
    parts = [
        Exists(indicator.rows(union, period).filter(indicator.unknown))
        for indicator, period in asked
        if indicator.unknown is not None
    ]
    found = iter(Union.objects.filter(pk=union.pk).values_list(*parts)[0] if parts else ())
    return [indicator.unknown is not None and next(found) for indicator, _ in asked]


@dataclass(frozen=True)
class Section:
    """One section of the monthly workbook. title: as printed, for example 组织建设与会员.

    totals: (code, codes it must be the sum of, words for what may be missing).
    trend: codes drawn as twelve stacked columns. spread: code shown union by union.
    """

    title: str
    indicators: Sequence[Indicator]
    totals: Sequence[tuple[str, Sequence[str], str]] = ()
    trend_title: str = ""
    trend: Sequence[str] = ()
    spread: str = ""

    def find(self, code: str) -> Indicator:
        return next(i for i in self.indicators if i.code == code)


def shown(value: Value) -> int | str | None:
    """As contract.md prints it: counts are integers, money and rates strings, else null."""
    return str(value) if isinstance(value, Decimal) else value


def value_of(printed: object) -> object:
    """The value that `shown` printed."""
    return Decimal(printed) if isinstance(printed, str) else printed


def change(now: Value, before: Value) -> Decimal | None:
    """同比 in percent, one decimal; None where last year was 0 or unknown (P-MON-03)."""
    if now is None or not before:
        return None
    exact = (Decimal(now) - Decimal(before)) * 100 / Decimal(before)
    return exact.quantize(Decimal("0.1"), ROUND_HALF_UP)
