"""Rows with problems as the page shows them, and what was typed into them."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from django.db.models import QuerySet

from wanping_union.imports.kinds import Field, Kind, Reads
from wanping_union.imports.models import BadRow, Batch

LONGEST = 500  # characters of one cell
A_PAGE = 50  # rows
ALIKE = 2  # rows from which the same wrong cell is offered to be mended at once
ALIKE_SHOWN = 10
OF_ONE = (Reads.ID, Reads.MOBILE, Reads.NAME)  # what several people never rightly share


@dataclass(frozen=True)
class Input:
    """One cell. name: of the form's field; sentence: what is wrong, "" if nothing."""

    name: str
    label: str
    value: str
    sentence: str
    list_id: str
    is_number: bool


@dataclass
class Row:
    """One row: the cells to mend, and the rest of it."""

    number: int
    title: str
    wrong: list[Input] = field(default_factory=list)
    rest: list[Input] = field(default_factory=list)

    @staticmethod
    def typed(posted: Mapping[str, str], kind: Kind) -> dict[int, dict[str, str]]:
        """Text by key of column, by row number, of all fields named c-ROW-KEY."""
        keys = set(kind.labels)
        rows: dict[int, dict[str, str]] = defaultdict(dict)
        for name, text in posted.items():
            mark, _, place = name.partition("-")
            number, _, key = place.partition("-")
            if mark == "c" and row_number(number) and key in keys:
                rows[int(number)][key] = text[:LONGEST]
        return rows


class Alike(NamedTuple):
    """The same wrong cell in several rows."""

    key: str
    label: str
    value: str
    sentence: str
    times: int


@dataclass(frozen=True)
class RowPage:
    """before, after: the row numbers that lead to the neighbouring pages, 0 where there is none."""

    rows: list[Row]
    before: int
    after: int


def row_number(text: str) -> int:
    """The number of a row; 0 for what is none."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 8 else 0


def to_mend(batch: Batch) -> "QuerySet[BadRow]":
    return BadRow.objects.filter(batch=batch, is_mended=False, is_left_out=False)


def mended(batch: Batch) -> int:
    """How many rows hold what somebody typed in the page."""
    return BadRow.objects.filter(batch=batch, is_mended=True).count()


def left_out(batch: Batch) -> list[int]:
    """Numbers of the rows that do not go in."""
    rows = BadRow.objects.filter(batch=batch, is_left_out=True)
    return list(rows.order_by("row").values_list("row", flat=True))


def page_of(batch: Batch, kind: Kind, *, after: int = 0, before: int = 0) -> RowPage:
    """Rows behind or before one: by number, since rows that are mended leave the list."""
    rows = to_mend(batch)
    if before:
        found = list(rows.filter(row__lt=before).order_by("-row")[:A_PAGE])[::-1]
    else:
        found = list(rows.filter(row__gt=after).order_by("row")[:A_PAGE])
    if not found:
        return RowPage([], 0, 0)
    first, last = found[0].row, found[-1].row
    return RowPage(
        [row_of(bad, batch, kind) for bad in found],
        first if rows.filter(row__lt=first).exists() else 0,
        last if rows.filter(row__gt=last).exists() else 0,
    )


def row_of(bad: BadRow, batch: Batch, kind: Kind) -> Row:
    """The cells of a row in the order of the kind's columns."""
    in_file = {key for key, *_ in batch.layout["columns"]}
    cells: dict[str, str] = json.loads(bad.cells)
    sentences = {column: sentence for column, _, sentence in json.loads(bad.problems)}
    wrong = {f.column.key for f in kind.fields if f.column.label in sentences}
    # What is compared with a wrong cell stands beside it: both are often typed wrong together.
    shown = wrong | {key for f in kind.fields if f.column.key in wrong for key in f.beside}
    row = Row(bad.row, cells.get("name", ""))
    for field_ in kind.fields:
        key = field_.column.key
        if key in wrong or (key in shown and key in in_file):
            row.wrong.append(_input(bad.row, field_, cells, sentences))
        elif key in in_file:
            row.rest.append(_input(bad.row, field_, cells, sentences))
    return row


def _input(
    row: int, field_: Field, cells: Mapping[str, str], sentences: Mapping[str, str]
) -> Input:
    key = field_.column.key
    return Input(
        name=f"c-{row}-{key}",
        label=field_.column.label,
        value=cells.get(key, ""),
        sentence=sentences.get(field_.column.label, ""),
        list_id=f"choices-{key}",
        is_number=field_.reads is Reads.MOBILE,
    )


def alike(rows: Iterable[BadRow], kind: Kind) -> list[Alike]:
    """Cells that are wrong in the same way in several rows, the most frequent first."""
    shared = {f.column.label: f for f in kind.fields if f.reads not in OF_ONE}
    times: Counter[tuple[str, str]] = Counter()
    sentences: dict[tuple[str, str], str] = {}
    for bad in rows:
        cells = json.loads(bad.cells)
        for label, _, sentence in json.loads(bad.problems):
            if label in shared:
                cell = label, cells.get(shared[label].column.key, "")
                times[cell] += 1
                sentences[cell] = sentence
    return [
        Alike(shared[label].column.key, label, value, sentences[label, value], n)
        for (label, value), n in times.most_common(ALIKE_SHOWN)
        if n >= ALIKE
    ]


def with_cell(rows: Iterable[BadRow], kind: Kind, key: str, value: str) -> list[int]:
    """Numbers of the rows that are wrong in this column, where it holds this value."""
    label = kind.labels[key]
    return [
        bad.row
        for bad in rows
        if json.loads(bad.cells).get(key, "") == value
        and any(label == column for column, *_ in json.loads(bad.problems))
    ]
