"""The lists behind the figures: in the workbook up to a limit, beyond it in a file of their own."""

from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from io import BytesIO
from typing import Any

from django.db.models import Model
from rustpy_xlsxwriter import Format, write_worksheets

from wanping_union.accounts.models import Union
from wanping_union.indicators import Section, Value
from wanping_union.reports.selectors import Frame, Line

ROWS_IN_WORKBOOK = 5_000
CHUNK = 2_000  # rows fetched at a time
PAGE = {
    "landscape": True,
    "paper_size": 9,  # A4
    "fit_to_pages": (1, 0),
    "repeat_rows": (0, 2),
    "footer": "&C第 &P 页 共 &N 页",
}


class Differs(Exception):
    """A list does not add up to what the table says."""


@dataclass(frozen=True)
class Total:
    """What the rows of a list add up to. values: (words, sum), checked against the table."""

    name: str
    values: list[tuple[str, Value]]


@dataclass
class Block:
    """One list: a figure's rows, which hold those of its parts too.

    lines: the figure first, then its parts. count: rows. fits: printed in the workbook.
    passed: called for every row, to show progress. people, whose: keys and model
    of the people whom the rows that passed are about.
    """

    union: Union
    frame: Frame
    lines: Sequence[Line]
    count: int
    fits: bool
    passed: Callable[[], None]
    people: "array[int]" = field(default_factory=lambda: array("q"))
    whose: type[Model] | None = None
    _month: list[int | Decimal] = field(default_factory=list)
    _year: list[int | Decimal] = field(default_factory=list)

    @property
    def title(self) -> str:
        indicator = self.lines[0].indicator
        when = "期末" if indicator.is_stock else "本年累计"
        return f"{indicator.name}（{when} {self.count:,} {indicator.unit}）"

    @property
    def name(self) -> str:
        return self.lines[0].indicator.name

    @property
    def labels(self) -> list[str]:
        indicator = self.lines[0].indicator
        mark = [] if indicator.is_stock else ["本月"]
        return ["序号", *(column.label for column in indicator.columns), *mark]

    def is_number(self, place: int) -> bool:
        """place: of the column, from 1 for 序号."""
        columns = self.lines[0].indicator.columns
        return 2 <= place <= len(columns) + 1 and columns[place - 2].is_number

    def entries(self) -> Iterator[list[Any]]:
        """The rows as printed, counted as they pass."""
        indicator, frame = self.lines[0].indicator, self.frame
        everything = indicator.rows(self.union, frame.year)
        this_month: set[Any] = set()
        if not indicator.is_stock:
            this_month.update(indicator.rows(self.union, frame.month).values_list("pk", flat=True))
        self._month, self._year = [0] * len(self.lines), [0] * len(self.lines)
        rows = everything.order_by("pk").iterator(chunk_size=CHUNK)
        for number, row in enumerate(rows, 1):
            in_month = row.pk in this_month
            self._note(row)
            for place, line in enumerate(self.lines):
                weight, gather = line.indicator.weigh(row), line.indicator.gather
                self._year[place] = gather(self._year[place], weight)
                if in_month:
                    self._month[place] = gather(self._month[place], weight)
            mark = [] if indicator.is_stock else ["是" if in_month else ""]
            self.passed()
            yield [number, *(column.show(row) for column in indicator.columns), *mark]

    def _note(self, row: Any) -> None:
        if person_of := self.lines[0].indicator.person:
            person = person_of(row)
            self.whose = type(person)
            self.people.append(person.pk)

    def totals(self) -> list[Total]:
        """Sums of the rows that passed. Raises Differs where they are not what the table says."""
        made = []
        for line, month, year in zip(self.lines, self._month, self._year, strict=True):
            stock = line.indicator.is_stock
            says = [("期末", year)] if stock else [("本月", month), ("本年累计", year)]
            table = [line.month] if stock else [line.month, line.year]
            if [value for _, value in says] != table:
                raise Differs(f"{line.indicator.code}: rows {says}, table {table}")
            made.append(Total(line.indicator.name, list(says)))
        return made


def blocks(
    section: Section,
    lines: Sequence[Line],
    union: Union,
    frame: Frame,
    passed: Callable[[], None],
) -> list[Block]:
    """One list for each figure that is no part of another, in the order printed."""
    made = []
    for line in lines:
        indicator = line.indicator
        if not indicator.part_of:
            parts = [other for other in lines if other.indicator.part_of == indicator.code]
            count = indicator.rows(union, frame.year).count()
            made.append(Block(union, frame, [line, *parts], count, True, passed))
    return made


def divide(lists: Sequence[Block]) -> bool:
    """Keep in the workbook what fits, whole lists only. Returns whether all of it does."""
    room = ROWS_IN_WORKBOOK
    for block in lists:
        block.fits = block.count <= room
        room -= block.count if block.fits else 0
    return all(block.fits for block in lists)


def bulk(lists: Sequence[Block], facts: str) -> bytes:
    """All lists as one workbook, a sheet each, in constant memory."""
    held = [block for block in lists if block.count]
    text = Format().set_font_name("仿宋_GB2312").set_quote_prefix()
    buffer = BytesIO()
    write_worksheets(
        [(block.name, _records(block)) for block in held],
        buffer,
        freeze_panes={"general": {"row": 3, "col": 0}},
        header_row={block.name: 2 for block in held},
        merge_ranges={
            block.name: [
                (0, 0, 0, len(block.labels) - 1, block.title),
                (1, 0, 1, len(block.labels) - 1, facts),
            ]
            for block in held
        },
        column_formats={
            block.name: {
                label: text
                for place, label in enumerate(block.labels, 1)
                if place > 1 and not block.is_number(place)
            }
            for block in held
        },
        column_widths={b.name: [7.0, *[22.0] * (len(b.labels) - 1)] for b in held},
        bold_headers=True,
        page_setup={block.name: PAGE for block in held},
    )
    return buffer.getvalue()


def _records(block: Block) -> Iterator[dict[str, Any]]:
    labels = block.labels
    for entry in block.entries():
        yield dict(zip(labels, map(_plain, entry), strict=True))
    block.totals()


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value
