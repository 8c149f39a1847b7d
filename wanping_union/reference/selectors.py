"""Reference values as the pages show them."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby

from wanping_union.reference.models import Confidence, Holiday, ReferenceValue
from wanping_union.reference.seed import GROUPS

OTHER = "其他"


@dataclass(frozen=True)
class Line:
    """One key: the row in force, else the next, else the last; rows: all of it, newest first."""

    row: ReferenceValue
    state: tuple[str, str]  # (tone, words)
    rows: list[ReferenceValue] = field(default_factory=list)

    @property
    def number(self) -> str:
        return number(self.row)


def number(row: ReferenceValue) -> str:
    """2540.0000 → 2,540; "" where the row has words only."""
    return "" if row.value is None else f"{row.value.normalize():,f}"


def state_of(row: ReferenceValue, newer: ReferenceValue | None, day: date) -> tuple[str, str]:
    """(tone, words) of a row on a day. newer: the next row of its key, if any."""
    if row.valid_from > day:
        return "info", "未生效"
    if newer is not None and newer.valid_from <= day:
        return "", "已被替代"
    if row.valid_to is not None and row.valid_to < day:
        return "", "已过期"
    return "valid", "现行"


def history(key: str, day: date) -> list[Line]:
    """Rows of one key with their states, newest first."""
    rows = list(ReferenceValue.objects.filter(key=key).order_by("-valid_from"))
    return [Line(row, state_of(row, rows[n - 1] if n else None, day)) for n, row in enumerate(rows)]


def groups(
    day: date, *, text: str = "", state: str = "", unverified: bool = False
) -> list[tuple[str, list[Line]]]:
    """(heading, lines) in printed order.

    text: part of name, source or value. state: valid, over, coming; "" for all.
    """
    rows = ReferenceValue.objects.order_by("key", "-valid_from")
    lines = [_line(list(of_key), day) for _, of_key in groupby(rows, lambda row: row.key)]
    lines.sort(key=lambda line: min(row.pk for row in line.rows))  # as the handbook has them
    found = [
        line
        for line in lines
        if (not text or any(_says(row, text) for row in line.rows))
        and (not state or _is(line, state))
        and (not unverified or line.row.confidence == Confidence.LOW)
    ]
    headings: dict[str, list[Line]] = {heading: [] for heading in (*GROUPS.values(), OTHER)}
    for line in found:
        headings[GROUPS.get(line.row.key.partition(".")[0], OTHER)].append(line)
    return [(heading, members) for heading, members in headings.items() if members]


def _line(rows: list[ReferenceValue], day: date) -> Line:
    begun = [row for row in rows if row.valid_from <= day]
    shown = begun[0] if begun else rows[-1]
    return Line(shown, state_of(shown, None, day), rows)


def _says(row: ReferenceValue, text: str) -> bool:
    words = (row.label, row.source, row.text, row.note, row.key)
    return any(text.lower() in word.lower() for word in words)


def _is(line: Line, state: str) -> bool:
    coming = line.rows[0].valid_from > line.row.valid_from or line.state[0] == "info"
    return {
        "valid": line.state[0] == "valid",
        "over": line.state[0] == "",
        "coming": coming,
    }.get(state, True)


def years(today: date) -> list[tuple[int, int]]:
    """(year, days named), newest first, up to next year: 0 days means 暂定."""
    named = Counter(day.year for day in Holiday.objects.values_list("day", flat=True))
    last = max((today.year + 1, *named))
    first = min((today.year, *named))
    return [(year, named[year]) for year in range(last, first - 1, -1)]


def days_of(year: int) -> tuple[list[Holiday], list[Holiday]]:
    """Days off and weekends worked instead, as the notice of that year says."""
    rows = list(Holiday.objects.filter(day__year=year).order_by("day"))
    return [row for row in rows if row.is_rest], [row for row in rows if not row.is_rest]
