"""How the cells of a file were read, in words with one example each, for the person who sent it.

Examples hide what belongs to one person.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from wanping_union.imports import cells
from wanping_union.imports.cells import BadCell
from wanping_union.imports.kinds import Cells, Field, NumberedCells, Reads
from wanping_union.imports.passes import Watch
from wanping_union.imports.reading import Cell

LINES = 24
DATE_HABITS = (
    (re.compile(r"\d{8}"), "连写的日期"),
    (re.compile(r"\d{5}"), "Excel 日期序号"),
    (re.compile(r".*年.*"), "带“年月日”的日期"),
    (re.compile(r".*[/／].*"), "用斜杠的日期"),
    (re.compile(r".*[.．。].*"), "用点号的日期"),
)
FULL_WIDTH = re.compile(r"[\uff10-\uff5a]")
SEPARATED = re.compile(r"[\s\u3000'`()（）+＋\-－—–]")
ISO = re.compile(r"\d{4}-\d\d-\d\d")


class Line(NamedTuple):
    """One habit: 手机号码 · 全角数字已转成半角 · 8 · １７７… → 177…"""

    column: str
    words: str
    times: int
    before: str
    after: str


def _tail(text: str) -> str:
    return f"{text[:3]}…{text[-2:]}" if len(text) > 6 else "…"


def _date(cell: Cell) -> str:
    if isinstance(cell, int | float):
        return "连写的日期" if cell > cells.LAST_SERIAL else "Excel 日期序号"
    if not isinstance(cell, str) or ISO.fullmatch(cell):
        return ""
    return next((words for habit, words in DATE_HABITS if habit.fullmatch(cell.strip())), "")


def _digits(cell: Cell) -> str:
    if isinstance(cell, int | float):
        return "数字格式，已转成文本"
    if not isinstance(cell, str):
        return ""
    if FULL_WIDTH.search(cell):
        return "全角数字，已转成半角"
    return "去掉了空格、横线等符号" if SEPARATED.search(cell) else ""


def _id(cell: Cell) -> str:
    if isinstance(cell, str) and cell.endswith("x"):
        return "小写 x，已改为大写"
    return _digits(cell) if isinstance(cell, str) else ""


def _name(cell: Cell) -> str:
    if not isinstance(cell, str):
        return ""
    return "去掉了姓名里多余的空格" if re.search(r"[\s\u3000]", cell) else ""


HABITS: Mapping[Reads, Callable[[Cell], str]] = {
    Reads.DATE: _date,
    Reads.MOBILE: _digits,
    Reads.ID: _id,
    Reads.NAME: _name,
}


class Understood(Watch):
    """Counts habits while rows go by."""

    def __init__(self, fields: tuple[Field, ...], today: date) -> None:
        self._today = today
        self._fields = [(f.column.key, f, HABITS.get(f.reads)) for f in fields]
        self._found: dict[tuple[str, str], Line] = {}

    def saw(self, rows: Sequence[NumberedCells]) -> None:
        for _, cells_ in rows:
            self._saw(cells_)

    def _saw(self, cells_: Cells) -> None:
        for key, field, habit in self._fields:
            cell = cells_.get(key)
            if cell is None or cell == "":
                continue
            if habit and (words := habit(cell)):
                self._note(field, words, cell)
            elif field.shown and cell not in field.choices:
                self._note_choice(field, cell)

    def _note(self, field: Field, words: str, cell: Cell) -> None:
        known = self._found.get((field.column.key, words))
        if known:
            self._found[field.column.key, words] = known._replace(times=known.times + 1)
            return
        try:
            before, after = self._example(field, cell)
        except BadCell:
            return  # it is among the problems
        self._found[field.column.key, words] = Line(field.column.label, words, 1, before, after)

    def _note_choice(self, field: Field, cell: Cell) -> None:
        assert field.shown
        try:
            before, after = cells.text(cell, 40), field.shown(cell)
        except BadCell:
            return
        if not after:
            return
        key = field.column.key, before
        known = self._found.get(key, Line(field.column.label, "按同义写法理解", 0, before, after))
        self._found[key] = known._replace(times=known.times + 1)

    def _example(self, field: Field, cell: Cell) -> tuple[str, str]:
        before = cells.text(cell, 200) if not isinstance(cell, str) else cell
        match field.reads:
            case Reads.DATE:
                return before, str(cells.day(cell, self._today))
            case Reads.MOBILE:
                return _tail(before), _tail(cells.mobile(cell))
            case Reads.ID:
                return _tail(before), _tail(cells.text(cell, 40).upper())
            case _:
                return "", ""

    def lines(self) -> list[Line]:
        """The most frequent habits, in the order of the columns."""
        frequent = sorted(self._found.values(), key=lambda line: -line.times)[:LINES]
        order = [field.column.label for _, field, _ in self._fields]
        return sorted(frequent, key=lambda line: order.index(line.column))
