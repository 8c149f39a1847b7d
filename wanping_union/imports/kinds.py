"""What a kind of import is: its columns, who may use it, and what takes its rows."""

from abc import ABC, abstractmethod
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date
from enum import Enum
from typing import Any, NamedTuple, Protocol

from django.db.models import Model

from wanping_union import clock
from wanping_union.accounts.models import Union, User
from wanping_union.errors import NotAllowed
from wanping_union.imports.cells import BadCell
from wanping_union.imports.comparing import Comparison
from wanping_union.imports.layout import Column
from wanping_union.imports.models import Fate
from wanping_union.imports.reading import Cell
from wanping_union.roles import Role

Cells = Mapping[str, Cell]  # raw cells by the key of their column
NumberedCells = tuple[int, Cells]


class Problem(NamedTuple):
    """column: the portal's own name; code: as in the contract; sentence: how to mend it."""

    column: str
    code: str
    sentence: str


def converted(
    labels: Mapping[str, str],
    raw: Cells,
    convert: Callable[[str, Cell], Any],
    problems: list[Problem],
) -> dict[str, Any]:
    """Every column's value by key; None where its cell is refused, which joins the problems."""
    values = {}
    for key, label in labels.items():
        try:
            values[key] = convert(key, raw.get(key))
        except BadCell as bad:
            values[key] = None
            problems.append(Problem(label, bad.code, bad.sentence))
    return values


class Misfit(BadCell):
    """A cell that is well written but fits nothing the portal knows, or is not the sender's."""

    def __init__(self, code: str, sentence: str) -> None:
        Exception.__init__(self, code, sentence)
        self.code = code
        self.sentence = sentence


class Columns:
    """Some rows of a file, read column by column: cell by cell takes twice as long.

    rows: their numbers. problems: by row number, in the order they are found.
    """

    def __init__(self, rows: Sequence[NumberedCells], labels: Mapping[str, str]) -> None:
        self.rows = [row for row, _ in rows]
        self.problems: defaultdict[int, list[Problem]] = defaultdict(list)
        self._labels = labels
        self._columns = _turned([cells for _, cells in rows], labels)

    def cells(self, key: str) -> Sequence[Cell]:
        return self._columns[key]

    def column(self, key: str, convert: Callable[..., Any], *beside: Sequence[Any]) -> list[Any]:
        """What convert makes of each cell and the values beside it; "" of one that is refused."""
        raw = self.cells(key)
        try:
            return list(map(convert, raw, *beside))
        except BadCell:
            given = zip(self.rows, zip(raw, *beside, strict=True), strict=True)
            return [self._value(row, key, convert, *values) for row, values in given]

    def _value(self, row: int, key: str, convert: Callable[..., Any], *values: Any) -> Any:
        try:
            return convert(*values)
        except BadCell as bad:
            self.note(row, key, bad)
            return ""

    def note(self, row: int, key: str, bad: BadCell) -> None:
        self.problems[row].append(Problem(self._labels[key], bad.code, bad.sentence))


def _turned(rows: Sequence[Cells], keys: Iterable[str]) -> Mapping[str, Sequence[Cell]]:
    """Columns by key from rows by key; None where a row has no such column."""
    blank = (None,) * len(rows)
    if len({tuple(row) for row in rows}) > 1:  # a mended row may have more than the file
        return {key: [row.get(key) for row in rows] for key in keys}
    found = zip(rows[0], zip(*(row.values() for row in rows), strict=True), strict=True)
    return dict.fromkeys(keys, blank) | dict(found)


class Counts(NamedTuple):
    created: int = 0
    updated: int = 0
    unchanged: int = 0


def counts(fates: Iterable[Fate]) -> Counts:
    times = Counter(fates)
    return Counts(times[Fate.NEW], times[Fate.CHANGED], times[Fate.UNCHANGED])


@dataclass(frozen=True)
class Context:
    """For whom and as of when rows are read.

    unions: ids of the unions rows may name; None for no limit. year: 0 where the title tells it.
    headings: key to what stands in the file's header. comparison: takes what each row means for
    what is stored; None where nobody looks.
    """

    by: User | None
    unions: frozenset[int] | None
    year: int
    today: date
    headings: Mapping[str, str] = field(default_factory=dict)
    comparison: Comparison | None = None


class Loader(Protocol):
    """Takes the rows of one file, then says what is wrong with them and what became of them.

    Everything it writes lies in the transaction of the caller, who may take it all back.
    """

    def take(self, rows: Sequence[NumberedCells], /) -> Mapping[int, list[Problem]]:
        """Read some rows; returns the problems of those that have any.

        Runs no statement itself: the connection may be at work.
        """

    def settle(self) -> Iterator[tuple[int, Problem]]:
        """What is wrong with rows in view of what is stored. Such rows are left out."""

    def write(self) -> Counts:
        """Write the rows without problems, where that has not been done yet."""

    def remarks(self) -> list[str]:
        """Sentences about what was left as it is although the file says otherwise."""


class ByRow(ABC):
    """Takes rows one at a time."""

    def take(self, rows: Sequence[NumberedCells]) -> Mapping[int, list[Problem]]:
        found = ((row, self.take_row(row, cells)) for row, cells in rows)
        return {row: problems for row, problems in found if problems}

    @abstractmethod
    def take_row(self, row: int, cells: Cells, /) -> list[Problem]: ...


class Reads(Enum):
    """What a column holds: tells how it is explained and what its cells look like in a blank."""

    TEXT = "text"
    NAME = "name"
    ID = "id"
    MOBILE = "mobile"
    DATE = "date"
    NUMBER = "number"
    CHOICE = "choice"


@dataclass(frozen=True)
class Field:
    """A column, and what the blank workbook says about it.

    sample: what the sample row shows. choices: drop-down. shown: the choice that a cell means.
    hint: a line of the notes. width: in characters. beside: keys of the columns that a cell of
    this one is compared with: shown with it to be mended.
    """

    column: Column
    reads: Reads = Reads.TEXT
    sample: str = ""
    choices: tuple[str, ...] = ()
    shown: Callable[[Cell], str] | None = None
    hint: str = ""
    width: int = 12
    beside: tuple[str, ...] = ()


@dataclass(frozen=True)
class Part:
    """A table that a kind writes; what an import did to it can be taken back.

    owner: the foreign key to the part before; "" for the first: one row of it is one record.
    ignored: columns that follow from others, besides those the change log leaves out.
    resealed: encrypted columns whose value another one holds as a hash: where they alone changed,
    the field key did, and nobody touched the row.
    settle: given the ids of rows whose column settled_by went back, mends what follows from it.
    """

    model: type[Model]
    owner: str = ""
    ignored: tuple[str, ...] = ()
    resealed: tuple[str, ...] = ()
    settled_by: str = ""
    settle: Callable[[Sequence[int]], None] | None = None


class Shown(NamedTuple):
    """A stored record as a list names it."""

    name: str
    union: str
    url: str


def _no_options(union: Union) -> Mapping[str, Sequence[str]]:
    return {}


@dataclass(frozen=True)
class Kind:
    """name: as in the contract; noun: what one row is, with its measure word.

    roles: who may import it. needs_year: rows are facts of one year. options: drop-downs that
    differ by union, by key of column. list_page: name of the page that lists what was imported.
    shown: the records of these keys that the person may see. parts: the tables it writes. people:
    the model of these records, where they are people.
    """

    name: str
    label: str
    noun: str
    roles: tuple[Role, ...]
    fields: tuple[Field, ...]
    loader: Callable[[Context], AbstractContextManager[Loader]]
    list_page: str
    shown: Callable[[User, Iterable[int]], Mapping[int, Shown]]
    parts: tuple[Part, ...]
    people: type[Model] | None = None
    needs_year: bool = False
    options: Callable[[Union], Mapping[str, Sequence[str]]] = _no_options

    @property
    def columns(self) -> tuple[Column, ...]:
        return tuple(field.column for field in self.fields)

    @property
    def measure(self) -> str:
        """名会员 → 名"""
        return self.noun[0]

    @property
    def labels(self) -> dict[str, str]:
        """Key to the portal's own name."""
        return {column.key: column.label for column in self.columns}


def scope(by: User | None, kind: Kind, union: Union | None = None) -> frozenset[int] | None:
    """Ids of the unions rows may name; None for no limit: the system.

    union: the one the file was sent for. Raises NotAllowed.
    """
    if by is None:
        return None
    if not by.may(kind.roles, union):
        raise NotAllowed(f"{by.pk} may not import {kind.name}")
    reached = frozenset(by.union_ids(kind.roles))
    if union is None:
        return reached
    return reached & frozenset(Union.objects.within(union).values_list("pk", flat=True))


def context_for(
    kind: Kind,
    by: User | None,
    union: Union | None = None,
    year: int | None = None,
    comparison: Comparison | None = None,
) -> Context:
    """year: None takes the one in the title. Raises NotAllowed."""
    unions = scope(by, kind, union)
    return Context(by, unions, year or 0, clock.today(), comparison=comparison)
