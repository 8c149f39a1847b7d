"""Legal and internal clocks: data in, a day out. Pure: nothing here counts down.

Source: 民法典 Art. 200–204 and 1259: the first day is not counted, a period that would end on a
rest day ends on the next working day, months and years end on the same-number day or, where there
is none, on the last day of the month. "日" is a calendar day unless the text says 工作日.
"""

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from functools import cached_property
from typing import NamedTuple

DAY = timedelta(days=1)
# 全国年节及纪念日放假办法 (2024) Art. 2: the holidays on the same days of every year.
FIXED = ((1, 1), (5, 1), (10, 1), (10, 2), (10, 3))
SECOND_OF_MAY_SINCE = 2025


@dataclass(frozen=True)
class Calendar:
    """Which days are worked.

    table: True for a rest day, False for a working day, where the yearly notice says so; other
    days are worked from Monday to Friday. A year without any row is provisional.
    """

    table: Mapping[date, bool] = field(default_factory=dict)

    @cached_property
    def known_years(self) -> frozenset[int]:
        return frozenset(day.year for day in self.table)

    def is_rest(self, day: date) -> bool:
        if (said := self.table.get(day)) is not None:
            return said
        return day.weekday() >= 5 or (_is_fixed(day) and day.year not in self.known_years)

    def next_working_day(self, day: date) -> date:
        """The day itself if it is worked."""
        while self.is_rest(day):
            day += DAY
        return day


def _is_fixed(day: date) -> bool:
    may = (day.month, day.day) == (5, 2) and day.year >= SECOND_OF_MAY_SINCE
    return may or (day.month, day.day) in FIXED


class Unit(StrEnum):
    DAYS = "days"
    WORKING_DAYS = "working_days"
    MONTHS = "months"
    YEARS = "years"


class Pause(NamedTuple):
    """Days that do not count, both included; until None while it lasts."""

    since: date
    until: date | None = None


@dataclass(frozen=True)
class Clock:
    """One deadline. start: the day of the event, itself not counted.

    rolls: whether an end on a rest day moves to the next working day. article, source: the rule
    and where it was read; an internal clock has no article.
    """

    start: date
    length: int
    unit: Unit
    pauses: tuple[Pause, ...] = ()
    rolls: bool = True
    article: str = ""
    source: str = ""

    @property
    def is_statutory(self) -> bool:
        return bool(self.article)


class Due(NamedTuple):
    """The last day, until 24:00. is_provisional: it rests on a year without a notice (暂定)."""

    on: date
    is_provisional: bool

    def days_left(self, today: date) -> int:
        """Negative when overdue."""
        return (self.on - today).days


def due(clock: Clock, calendar: Calendar) -> Due | None:
    """The clock's last day; None while it is paused. Raises ValueError for a negative length."""
    if clock.length < 0:
        raise ValueError("a period has no negative length")
    if any(pause.until is None for pause in clock.pauses):
        return None
    if clock.unit in (Unit.MONTHS, Unit.YEARS):
        months = clock.length * (12 if clock.unit == Unit.YEARS else 1)
        end = _skipped(clock, add_months(clock.start, months))
    else:
        end = _counted(clock, calendar)
    if clock.rolls:
        end = calendar.next_working_day(end)
    by_notice = clock.rolls or clock.unit == Unit.WORKING_DAYS
    years = (
        {end.year} if clock.unit != Unit.WORKING_DAYS else {*range(clock.start.year, end.year + 1)}
    )
    return Due(end, by_notice and not years <= calendar.known_years)


def _counted(clock: Clock, calendar: Calendar) -> date:
    day, left = clock.start, clock.length
    while left:
        day += DAY
        off = clock.unit == Unit.WORKING_DAYS and calendar.is_rest(day)
        if not off and not _is_paused(clock, day):
            left -= 1
    return day


def _skipped(clock: Clock, end: date) -> date:
    """The end moved on by one day for each paused day passed on the way."""
    day = clock.start
    while day < end:
        day += DAY
        if _is_paused(clock, day):
            end += DAY
    return end


def _is_paused(clock: Clock, day: date) -> bool:
    return any(p.since <= day and (p.until is None or day <= p.until) for p in clock.pauses)


def add_months(day: date, months: int) -> date:
    """The same-number day that many months on, or that month's last."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def working_days(start: date, end: date, calendar: Calendar) -> int:
    """Working days after `start` up to and including `end`."""
    days = (start + DAY * n for n in range(1, (end - start).days + 1))
    return sum(not calendar.is_rest(day) for day in days)
