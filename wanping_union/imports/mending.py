"""Rows with problems as the page shows them, and what was typed into them."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from wanping_union.imports.kinds import Field, Kind, Reads
from wanping_union.imports.models import BadRow, Batch

LONGEST = 500  # characters of one cell


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
            if mark == "c" and number.isdecimal() and len(number) < 8 and key in keys:
                rows[int(number)][key] = text[:LONGEST]
        return rows


def rows_of(bad_rows: Iterable[BadRow], batch: Batch, kind: Kind) -> list[Row]:
    """One row each, its cells in the order of the kind's columns."""
    in_file = {key for key, *_ in batch.layout["columns"]}
    return [_row(bad, in_file, kind) for bad in bad_rows]


def _row(bad: BadRow, in_file: set[str], kind: Kind) -> Row:
    cells: dict[str, str] = json.loads(bad.cells)
    wrong = {column: sentence for column, _, sentence in json.loads(bad.problems)}
    row = Row(bad.row, cells.get("name", ""))
    for field_ in kind.fields:
        column = field_.column
        if column.label in wrong:
            row.wrong.append(_input(bad.row, field_, cells, wrong[column.label]))
        elif column.key in in_file:
            row.rest.append(_input(bad.row, field_, cells, ""))
    return row


def _input(row: int, field_: Field, cells: Mapping[str, str], sentence: str) -> Input:
    key = field_.column.key
    return Input(
        name=f"c-{row}-{key}",
        label=field_.column.label,
        value=cells.get(key, ""),
        sentence=sentence,
        list_id=f"choices-{key}",
        is_number=field_.reads is Reads.MOBILE,
    )
