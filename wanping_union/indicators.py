"""What a figure is: name, definition in words, unit, and the rows behind it.

One definition feeds tile, chart, list, Excel cell and command: a figure can always open its rows.
How many figures are counted by one statement: wanping_union/scans.py.
"""

import operator
from calendar import monthrange
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import partial, reduce
from itertools import count
from typing import Any, NamedTuple

from django.db.models import Aggregate, Count, Exists, Model, Q, QuerySet
from django.db.models import Value as Constant

from wanping_union import scans
from wanping_union.accounts.models import Union
from wanping_union.scans import Scan

Value = int | Decimal | None
Rows = QuerySet[Any]
ALL = Q()
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


# Of a constant: a count of keys would leave an index that holds none.
COUNT = partial(Count, Constant(1))


class Share(NamedTuple):
    """Rows, or only some of them, that count towards a figure, or against it where sign is -1."""

    rows: Rows
    only: Q = ALL
    sign: int = 1


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
    base(union, period): a queryset for the union and all below it; the rows behind the figure are
    those of it that `only` tells. Figures of one base are counted together. A stock's base looks at
    the period's end alone.
    dated: the column by which the base takes a period, where that is all it does with it: several
    periods are then counted together.
    shares(union, period): what to count instead of the base where that is quicker; `only` applies
    to it as well. A test proves that it comes to the same.
    measure(filter=Q): its value over rows, in SQL. weigh(row): what one row adds to it. gather: how
    two weights become one. zero: without rows.
    columns: how its rows are listed. link(row): the page of a row, "" where there is none.
    newest: the column whose latest stand first in the list on a page, where an index has them so;
    else the rows stand as they were recorded.
    part_of: code of the figure whose list holds these rows too.
    person(row): whom a row is about, where rows are people; listing them is for SEE_PEOPLE only.
    """

    code: str
    name: str
    definition: str
    source: str
    unit: str
    base: Callable[[Union, Period], Rows]
    columns: Sequence[Column]
    link: Callable[[Any], str]
    only: Q = ALL
    dated: str = ""
    shares: Callable[[Union, Period], Sequence[Share]] | None = None
    measure: Callable[..., Aggregate] = COUNT
    weigh: Callable[[Any], int | Decimal] = lambda row: 1
    gather: Callable[[Any, Any], int | Decimal] = operator.add
    zero: int | Decimal = 0
    newest: str = ""
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

    def rows(self, union: Union, period: Period) -> Rows:
        """The rows behind the figure, for the union and all below it."""
        return self.base(union, period).filter(self.only)

    def counted(self, union: Union, period: Period) -> Sequence[Share]:
        """What adds up to the figure."""
        if self.shares:
            return self.shares(union, period)
        return [Share(self.base(union, period))]

    def span(self, period: Period) -> Period:
        """As much of the period as matters."""
        return Period(period.end, period.end) if self.is_stock else period

    def value(self, union: Union, period: Period) -> Value:
        return values(union, [(self, period)])[0]

    def is_lower_bound(self, union: Union, period: Period) -> bool:
        return lower_bounds(union, [(self, period)])[0]


Wanted = Iterable[tuple[Indicator, Period]]


def values(union: Union, wanted: Wanted) -> list[Value]:
    """Many figures by one statement, so that they agree with each other."""
    asked = list(wanted)
    counted = Counted(union, asked)
    return [counted.value(indicator, period) for indicator, period in asked]


class Counted:
    """Figures of a union and all below it, counted by one statement."""

    def __init__(self, union: Union, wanted: Wanted) -> None:
        asked = list(wanted)
        self._union = union
        self._whole = _whole_periods(asked)
        self._scans: dict[object, Scan] = {}  # by their SQL
        self._shares: dict[object, list[tuple[Share, Scan]]] = {}  # by base and period
        self._terms: dict[object, list[tuple[int, int]]] = {}  # (sign, number of the measure)
        self._numbers = count()
        for indicator, period in asked:
            self._add(indicator, indicator.span(period))
        self._found = scans.read(list(self._scans.values()))

    def value(self, indicator: Indicator, period: Period) -> int | Decimal:
        return self.value_of(self._found, indicator, period)

    def value_of(
        self, unions: Iterable[int], indicator: Indicator, period: Period
    ) -> int | Decimal:
        """What the rows of these unions add to the figure. unions: ids."""
        terms = self._terms[indicator.code, indicator.span(period)]
        own = (self._found[pk] for pk in unions if pk in self._found)
        measured = ((sign, found[number]) for found in own for sign, number in terms)
        weights = (sign * weight for sign, weight in measured if weight is not None)
        return reduce(indicator.gather, weights, indicator.zero)

    def _add(self, indicator: Indicator, span: Period) -> None:
        if (indicator.code, span) in self._terms:
            return
        only, whole = indicator.only, span
        if indicator.dated:
            only &= Q((f"{indicator.dated}__range", (span.start, span.end)))
            whole = self._whole[indicator.base]
        terms = self._terms[indicator.code, span] = []
        for share, scan in self._scanned(indicator, whole):
            number = next(self._numbers)
            scan.measures[number] = indicator.measure(filter=only & share.only or None)
            terms.append((share.sign, number))

    def _scanned(self, indicator: Indicator, whole: Period) -> list[tuple[Share, Scan]]:
        """What to count, and which scan does; figures with the same rows share one."""
        key = indicator.base, whole
        if key not in self._shares:
            self._shares[key] = [
                (
                    share,
                    self._scans.setdefault(share.rows.query.sql_with_params(), Scan(share.rows)),
                )
                for share in indicator.counted(self._union, whole)
            ]
        return self._shares[key]


def _whole_periods(wanted: Wanted) -> dict[Any, Period]:
    """For each base a period that holds all that are asked of it."""
    found: dict[Any, Period] = {}
    for indicator, period in wanted:
        whole = found.get(indicator.base, period)
        start, end = min(whole.start, period.start), max(whole.end, period.end)
        found[indicator.base] = Period(start, end)
    return found


def lower_bounds(union: Union, wanted: Wanted) -> list[bool]:
    """For each figure whether it is only a lower bound, by one statement."""
    asked = [(indicator, indicator.span(period)) for indicator, period in wanted]
    parts = {
        (indicator.code, span): Exists(indicator.rows(union, span).filter(indicator.unknown))
        for indicator, span in asked
        if indicator.unknown is not None
    }
    told = Union.objects.filter(pk=union.pk).values_list(*parts.values())[0] if parts else ()
    found = dict(zip(parts, told, strict=True))
    return [found.get((indicator.code, span), False) for indicator, span in asked]


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
