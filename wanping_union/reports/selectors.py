"""What the report pages and the workbook show, read from the indicators."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils.http import urlencode

from wanping_union import clock
from wanping_union.accounts.models import Union, User
from wanping_union.indicators import (
    Counted,
    Indicator,
    Period,
    Rows,
    Section,
    Value,
    change,
    lower_bounds,
    shown,
    values,
)
from wanping_union.jobs.models import ACTIVE
from wanping_union.reports.models import MonthlyReport
from wanping_union.roles import SEE_FIGURES

MONTHS = 12
ROWS_A_PAGE = 50
REPORTS_A_PAGE = 12


@dataclass(frozen=True)
class Frame:
    """The three periods of one report: the month, the year to its end, the same a year before."""

    month: Period
    year: Period
    before: Period

    @classmethod
    def of(cls, month: date, until: date | None = None) -> "Frame":
        """month: any day of it. until: last day counted; default the month's end or today."""
        whole = Period.month(month)
        end = until or min(whole.end, max(clock.today(), whole.start))
        so_far = Period(whole.start, end)
        year = so_far.year_to_date()
        return cls(so_far, year, year.year_before())

    @property
    def is_open(self) -> bool:
        """The month is not over: the figures are those of a part of it."""
        return self.month.end < Period.month(self.month.start).end


@dataclass(frozen=True)
class Line:
    """One figure as the report prints it.

    year: None for what is counted at a day. before: None where last year is not fully known.
    """

    indicator: Indicator
    frame: Frame
    month: Value
    year: Value
    before: Value
    change: Decimal | None
    is_lower_bound: bool

    def snapshot(self) -> dict[str, object]:
        """As kept with the report and printed by the command."""
        return {
            "month": shown(self.month),
            "year": shown(self.year),
            "before": shown(self.before),
            "change": shown(self.change),
            "lower_bound": self.is_lower_bound,
        }


def count(section: Section, union: Union, frame: Frame) -> Counted:
    """All that a report says of one section, by one statement."""
    periods = (frame.month, frame.year, frame.before)
    printed = [(indicator, period) for indicator in section.indicators for period in periods]
    drawn = [(indicator, month) for indicator in _added(section) for month in _months(frame)]
    return Counted(union, printed + drawn)


def lines(section: Section, union: Union, frame: Frame, counted: Counted) -> list[Line]:
    """The section's figures for month, year to date and the same period last year."""
    wanted = [
        (indicator, period)
        for indicator in section.indicators
        for period in (frame.year, frame.before)
    ]
    bounds = iter(lower_bounds(union, wanted))
    made = []
    for indicator in section.indicators:
        is_bound, is_bound_before = next(bounds), next(bounds)
        year = counted.value(indicator, frame.year)
        # Nothing to compare with where last year is not fully known.
        before = None if is_bound_before else counted.value(indicator, frame.before)
        made.append(
            Line(
                indicator,
                frame,
                counted.value(indicator, frame.month),
                None if indicator.is_stock else year,
                before,
                None if is_bound else change(year, before),
                is_bound,
            )
        )
    return made


def figures(
    sections: Sequence[Section], union: Union, period: Period
) -> tuple[dict[str, int | str | None], list[str]]:
    """Every figure of one period as contract.md prints it, and which are lower bounds."""
    wanted = [(indicator, period) for section in sections for indicator in section.indicators]
    codes = [indicator.code for indicator, _ in wanted]
    found = dict(zip(codes, map(shown, values(union, wanted)), strict=True))
    bounds = zip(codes, lower_bounds(union, wanted), strict=True)
    return found, [code for code, is_bound in bounds if is_bound]


def link(indicator: Indicator, union: Union, period: Period) -> str:
    """Path of the page that lists the figure's rows."""
    dates = {"from": period.start.isoformat(), "to": period.end.isoformat()}
    query = urlencode({"union": union.code} | dates)
    return f"{reverse('reports:figure', args=[indicator.code])}?{query}"


@dataclass(frozen=True)
class Trend:
    """Twelve months up to the report's, oldest first, each code with its twelve values."""

    months: list[Period]
    by_code: dict[str, list[Value]]

    @property
    def labels(self) -> list[str]:
        return [f"{period.start.month}月" for period in self.months]


def trend(section: Section, frame: Frame, counted: Counted) -> Trend:
    """Every figure of the section that adds up over months, month by month."""
    months = _months(frame)
    return Trend(
        months, {i.code: [counted.value(i, month) for month in months] for i in _added(section)}
    )


def _added(section: Section) -> list[Indicator]:
    return [i for i in section.indicators if i.adds_up and not i.is_stock]


def _months(frame: Frame) -> list[Period]:
    return [*_months_before(frame.month.start, MONTHS - 1), frame.month]


def _months_before(first: date, count: int) -> list[Period]:
    found: list[Period] = []
    for _ in range(count):
        first = month_before(first)
        found.insert(0, Period.month(first))
    return found


def series(section: Section, trend: Trend) -> list[tuple[str, list[Value]]]:
    """The section's chart: its parts, and what belongs to none of them if there is any."""
    parts = [(section.find(code).short, trend.by_code[code]) for code in section.trend]
    for code, codes, words in section.totals:
        if tuple(codes) == tuple(section.trend):
            known = zip(*(trend.by_code[part] for part in codes), strict=True)
            sums = zip(trend.by_code[code], map(_sum, known), strict=True)
            if any(rest := [(total or 0) - part for total, part in sums]):
                parts.append((words, list(rest)))
    return parts


def spread(
    section: Section, union: Union, frame: Frame, counted: Counted
) -> list[tuple[Union, Value]]:
    """The section's spread figure for each union directly below; empty for a base union."""
    indicator = section.find(section.spread)
    everybody = list(Union.objects.within(union).order_by("code"))
    return [
        (
            child,
            counted.value_of(
                [u.pk for u in everybody if u.path.startswith(child.path)], indicator, frame.month
            ),
        )
        for child in everybody
        if child.parent_id == union.pk
    ]


@dataclass(frozen=True)
class Check:
    """One cross-check of the report (P-MON-04). note: why the two sides may differ."""

    words: str
    left: Value
    right: Value
    note: str = ""

    @property
    def agrees(self) -> bool:
        return self.left == self.right


def checks(section: Section, found: Sequence[Line], trend: Trend, frame: Frame) -> list[Check]:
    """New = sum of its routes; year = sum of its months."""
    by_code = {line.indicator.code: line for line in found}
    made = []
    for code, parts, missing in section.totals:
        names = " + ".join(section.find(part).short for part in parts)
        total, pieces = by_code[code].year, _sum(by_code[part].year for part in parts)
        note = "" if total == pieces else missing
        made.append(Check(f"{section.find(code).short} = {names}（本年累计）", total, pieces, note))
    for code, months in trend.by_code.items():
        this_year = _sum(
            value
            for period, value in zip(trend.months, months, strict=True)
            if period.start >= frame.year.start
        )
        name = section.find(code).short
        made.append(Check(f"{name}：本年累计 = 各月之和", by_code[code].year, this_year))
    return made


def _sum(found: Iterable[Value]) -> int | Decimal:
    return sum(value for value in found if value is not None)


# ---- the rows behind one figure


@dataclass(frozen=True)
class Page:
    """before, after: keys of the rows beside which the neighbouring pages begin."""

    rows: list[Any]
    before: int | None
    after: int | None


def page(
    indicator: Indicator, union: Union, period: Period, *, after: int = 0, before: int = 0
) -> Page:
    """One page of rows beyond (or before) a key, in the order of the indicator."""
    falling = bool(indicator.newest) is not bool(before)
    order = [indicator.newest, "pk"] if indicator.newest else ["pk"]
    rows = indicator.rows(union, period)
    if key := before or after:
        rows = rows.filter(_past(rows, order, key, "lt" if falling else "gt"))
    rows = rows.order_by(*(f"-{name}" if falling else name for name in order))
    if indicator.person:  # the index alone tells which: of a rare status thousands are passed over
        keys = rows.values_list("pk", flat=True)[: ROWS_A_PAGE + 1]
        rows = rows.filter(pk__among=list(keys))
    found = list(rows[: ROWS_A_PAGE + 1])
    more, kept = len(found) > ROWS_A_PAGE, found[:ROWS_A_PAGE]
    if before:
        kept.reverse()
        return Page(kept, kept[0].pk if more and kept else None, kept[-1].pk if kept else None)
    return Page(kept, kept[0].pk if after and kept else None, kept[-1].pk if more else None)


def _past(rows: Rows, order: Sequence[str], key: int, side: str) -> Q:
    """Rows past the one of that key, among them or not; all where no row has it."""
    place = rows.model._default_manager.filter(pk=key).values_list(*order).first()
    if place is None:
        return Q()
    *columns, _ = order
    past = Q(**{f"pk__{side}": key})
    for column, value in zip(columns, place, strict=False):
        past = Q(**{f"{column}__{side}e": value}) & (Q(**{f"{column}__{side}": value}) | past)
    return past


# ---- unions, months and versions a person may choose


def unions_of(user: User) -> list[Union]:
    """Unions whose figures the person may see, by code."""
    return list(Union.objects.filter(pk__in=user.union_ids(SEE_FIGURES)).order_by("code"))


def newest_month(union: Union) -> date:
    """The month to open: the last one reported, else the last one that is over."""
    months = MonthlyReport.objects.filter(union=union).order_by("-month")
    return months.values_list("month", flat=True).first() or month_before(clock.today())


def month_before(day: date) -> date:
    """First day of the month before that day's."""
    return (day.replace(day=1) - timedelta(days=1)).replace(day=1)


def history(union: Union, before: int = 0) -> tuple[list[MonthlyReport], int | None]:
    """One page of the union's reports, newest first, and the key of the next."""
    rows = MonthlyReport.objects.filter(union=union).without_files().order_by("-pk")
    found = list((rows.filter(pk__lt=before) if before else rows)[: REPORTS_A_PAGE + 1])
    kept = found[:REPORTS_A_PAGE]
    return kept, kept[-1].pk if len(found) > REPORTS_A_PAGE else None


def running(union: Union, month: date) -> MonthlyReport | None:
    """The version of that month which is being made now."""
    rows = MonthlyReport.objects.filter(union=union, month=month).without_files()
    return rows.filter(job__state__in=ACTIVE).first()
