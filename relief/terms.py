"""What a fund pays: its ladder and caps, as dated rows, and the amounts that follow. Pure.

Source: 时传祥环卫工人专项温暖基金 (same foundation, since 2010): the percentage applies to the
whole self-paid amount; a person's total of a year never passes the cap.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import NamedTuple, Self

FEN = Decimal("0.01")
NOTHING = Decimal("0.00")
PERCENT, YUAN = "%", "元"


class Payee(StrEnum):
    """Whom the money is for, as the ladders tell them apart."""

    EMPLOYEE = "employee"
    FAMILY = "family"  # spouse and minor children


class Row(NamedTuple):
    """One dated value. key: "<payee>.<from yuan>", "<payee>.cap", "event.cap", "household.cap"."""

    key: str
    value: Decimal
    unit: str
    since: date
    source: str
    confidence: str  # "H", "M", "L"


class IncompleteTerms(Exception):
    """The rows of a fund do not say what somebody gets. The text names what lacks."""


def to_fen(amount: Decimal) -> Decimal:
    """Rounded half up to the fen."""
    return amount.quantize(FEN, ROUND_HALF_UP)


@dataclass(frozen=True)
class Rung:
    """From `at_least` yuan of self-paid cost on: a share of it, or a flat sum."""

    at_least: Decimal
    percent: Decimal | None = None
    flat: Decimal | None = None

    def of(self, self_paid: Decimal) -> Decimal:
        if self.flat is not None:
            return to_fen(self.flat)
        return to_fen(self_paid * (self.percent or 0) / 100)

    def __str__(self) -> str:
        # Stored with four decimals: 30.0000 % is read out as 30 %.
        if self.flat is not None:
            share = f"定额 {self.flat.normalize():,f} 元"
        else:
            share = f"按 {(self.percent or NOTHING).normalize():f}% 计算"
        return f"自付 {self.at_least:,f} 元以上，{share}"


@dataclass(frozen=True)
class Ladder:
    """rungs: in any order; below the lowest nothing is paid. cap: yuan a person and year."""

    rungs: tuple[Rung, ...]
    cap: Decimal

    @property
    def lowest(self) -> Decimal:
        return min(rung.at_least for rung in self.rungs)

    def rung_for(self, self_paid: Decimal) -> Rung | None:
        reached = [rung for rung in self.rungs if rung.at_least <= self_paid]
        return max(reached, key=lambda rung: rung.at_least, default=None)

    def amount(self, self_paid: Decimal) -> Decimal:
        """Yuan for one application, before what was granted earlier in the year."""
        rung = self.rung_for(self_paid)
        return min(rung.of(self_paid), self.cap) if rung else NOTHING


@dataclass(frozen=True)
class Terms:
    """One fund's rules on one day, and the rows they were read from, which a case keeps."""

    rows: tuple[Row, ...]
    ladders: dict[Payee, Ladder]
    event_cap: Decimal | None = None  # yuan for a disaster
    household_cap: Decimal | None = None  # yuan a household and year

    @classmethod
    def read(cls, rows: Iterable[Row]) -> Self:
        """Raises IncompleteTerms where a ladder or a cap lacks."""
        kept = tuple(rows)
        values = {row.key: row.value for row in kept}
        ladders = {payee: _ladder(payee, kept, values) for payee in Payee}
        return cls(kept, ladders, values.get("event.cap"), values.get("household.cap"))

    @property
    def version(self) -> str:
        """The first day of the newest row: "2016-01-01"."""
        return max(row.since for row in self.rows).isoformat()

    def said_by(self, *keys: str) -> tuple[str, str]:
        """(source, weakest confidence) of rows whose key begins with one of these."""
        found = [row for row in self.rows if row.key.startswith(keys)]
        sources = dict.fromkeys(row.source for row in found)
        return "；".join(sources), max(row.confidence for row in found)

    def stored(self) -> list[list[str]]:
        """As JSON keeps it; `restored` reads it."""
        return [
            [r.key, f"{r.value:f}", r.unit, r.since.isoformat(), r.source, r.confidence]
            for r in self.rows
        ]

    @classmethod
    def restored(cls, stored: Iterable[list[str]]) -> Self:
        return cls.read(
            Row(key, Decimal(value), unit, date.fromisoformat(since), source, confidence)
            for key, value, unit, since, source, confidence in stored
        )


def _ladder(payee: Payee, rows: tuple[Row, ...], values: dict[str, Decimal]) -> Ladder:
    cap = values.get(f"{payee}.cap")
    rungs = tuple(_rung(row) for row in rows if row.key.startswith(f"{payee}.") and _is_rung(row))
    if cap is None or not rungs:
        raise IncompleteTerms(f"{payee}.cap" if cap is None else f"{payee}.*")
    return Ladder(rungs, cap)


def _is_rung(row: Row) -> bool:
    return row.key.rpartition(".")[2].isdecimal()


def _rung(row: Row) -> Rung:
    at_least = Decimal(row.key.rpartition(".")[2])
    if row.unit == PERCENT:
        return Rung(at_least, percent=row.value)
    return Rung(at_least, flat=row.value)


@dataclass(frozen=True)
class Paid:
    """Money already granted in the year: to the person, and to the household in all."""

    person: Decimal = NOTHING
    household: Decimal = NOTHING


def left_of(terms: Terms, payee: Payee, paid: Paid) -> Decimal:
    """Yuan that may still be granted this year under both caps; never negative."""
    left = terms.ladders[payee].cap - paid.person
    if terms.household_cap is not None:
        left = min(left, terms.household_cap - paid.household)
    return max(to_fen(left), NOTHING)


def suggested(terms: Terms, payee: Payee, self_paid: Decimal, paid: Paid) -> Decimal:
    """What the ladder gives, within what the caps leave."""
    return min(terms.ladders[payee].amount(self_paid), left_of(terms, payee, paid))


@dataclass(frozen=True)
class BillSums:
    """One bill, in yuan. What insurance, a second reimbursement or mutual aid bears is not ours."""

    total: Decimal
    insurance: Decimal = NOTHING
    reimbursed: Decimal = NOTHING
    mutual_aid: Decimal = NOTHING
    other: Decimal = NOTHING

    @property
    def borne(self) -> Decimal:
        return self.insurance + self.reimbursed + self.mutual_aid + self.other

    @property
    def self_paid(self) -> Decimal:
        return self.total - self.borne


def self_paid(bills: Iterable[BillSums]) -> Decimal:
    return sum((bill.self_paid for bill in bills), NOTHING)


def same_year(happened_on: date, applied_on: date) -> bool:
    """Apply within the year of the event: 北京市温暖基金会应急救助办法（试行）, 当年内."""
    return happened_on.year == applied_on.year
