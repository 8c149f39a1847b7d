"""Pages of a list by the last row seen: as fast at row 500,000 as at row 1."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.core.exceptions import ValidationError
from django.db.models import (
    Func,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    TextField,
    Value,
)
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, Concat, LPad

from wanping_union.accounts.models import Union
from wanping_union.among import as_array
from wanping_union.statements import ALONE, Around, Given, Row, Statement

SIZE = 50
KEY = 19  # digits of the longest key
FEW = 16  # unions that are asked one by one; of more, every list of all soon has their rows
CAP = 1000  # above it a list says "1000+": counting a million rows would be all its time


@dataclass(frozen=True)
class Page:
    """rows: at most SIZE, as tuples. first, last: cursors of its ends, "" where the list ends.

    count: of the whole list in words, or "1000+". beside: what was asked for along with the rows,
    nothing without rows.
    """

    rows: list[Any]
    count: str
    beside: tuple[Any, ...] = ()
    first: str = ""
    last: str = ""


class _Counted(Subquery):
    """How many rows, beside each of them: a statement of its own would wait once more."""

    template = "(select count(*) from (%(subquery)s) counted)"
    output_field = IntegerField()


def counted(rows: "QuerySet[Any]") -> Subquery:
    """How many there are, up to one more than CAP."""
    return _Counted(rows.order_by().values("pk")[: CAP + 1])


def words(found: int) -> str:
    """A count as `counted` gives it."""
    return f"{CAP}+" if found > CAP else f"{found:,}"


class List:
    """A list of the rows in the order of the columns `order`, the last of them unique.

    Its statements are written at the first page asked for: a list that many ask for is worth
    keeping. Their values of a Given come with each page.
    """

    def __init__(
        self,
        rows: "QuerySet[Any]",
        order: Sequence[str],
        columns: Sequence[str],
        *,
        descending: bool,
        unions: Collection[int] = (),
        beside: "Sequence[Combinable]" = (),
        around: Around = ALONE,
    ) -> None:
        """columns: what each row holds behind the columns of `order`.

        unions: ids of all whose rows these are, where an index holds each union's in that order.
        beside: values that have nothing to do with the rows and come in the same statement.
        around: what is done with the rows in that statement; the first SIZE of them are shown.
        """
        self._rows, self._order, self._descending = rows, order, descending
        self._every = rows.order_by()[: CAP + 1]
        count = counted(rows)
        self._columns: tuple[str | Combinable, ...] = (*order, *columns, count, *beside)
        self._width = len(order) + len(columns)
        self._unions = unions if 1 < len(unions) <= FEW else ()
        self._around = around
        self._asked: dict[tuple[bool, bool], Callable[..., list[Row]]] = {}

    def page(self, *, after: str = "", before: str = "", **given: object) -> Page:
        """after, before: cursors."""
        cursor = _values(self._order, self._rows, before or after)
        backward = bool(before and cursor)
        falling = self._descending is not backward
        ask = self._asked.get((falling, bool(cursor)))
        if ask is None:
            ask = self._asked[falling, bool(cursor)] = self._written(falling, bool(cursor))
        found = ask(**given, **dict(zip(self._order, cursor, strict=False)))
        first = found[0][self._width :] if found else (self._every.count() if cursor else 0,)
        count, *beside = first
        more, found = len(found) > SIZE, [row[: self._width] for row in found[:SIZE]]
        if backward:
            found.reverse()
        width = len(self._order)
        has_before = more if backward else bool(cursor)
        has_after = bool(cursor) if backward else more
        return Page(
            rows=[row[width:] for row in found],
            count=words(count),
            beside=tuple(beside),
            first=_cursor(found[0][:width]) if found and has_before else "",
            last=_cursor(found[-1][:width]) if found and has_after else "",
        )

    def _written(self, falling: bool, has_cursor: bool) -> Callable[..., list[Row]]:
        rows = self._rows
        if has_cursor:
            rows = rows.filter(_beyond(self._order, "lt" if falling else "gt"))
        sign = "-" if falling else ""
        rows = rows.order_by(*(f"{sign}{name}" for name in self._order))
        if self._unions:
            return self._merged(rows, falling)
        return Statement(rows.values_list(*self._columns)[: SIZE + 1], self._around).ask

    def _merged(self, rows: "QuerySet[Any]", falling: bool) -> Callable[..., list[Row]]:
        """The first rows of each union put together: no index has those of several in order.

        rows: by a date and the key. Both travel as one text, so that no row is read before it is
        known which are shown.
        """
        day = Cast(self._order[0], TextField())
        key = LPad(Cast("pk", TextField()), KEY, Value("0"), output_field=TextField())
        own = rows.filter(union=OuterRef("pk")).values(place=Concat(day, key))
        unnested = Func(ArraySubquery(own[: SIZE + 1]), function="unnest", output_field=TextField())
        unions = Union.objects.filter(pk__among=self._unions).annotate(place=unnested)
        first = unions.order_by("-place" if falling else "place").values_list("place")
        places = Statement(first[: SIZE + 1])
        every = rows.model._default_manager.order_by(*rows.query.order_by)
        chosen = every.filter(pk__among=Given("keys")).values_list(*self._columns)
        shown = Statement(chosen, self._around)

        def ask(**given: object) -> list[Row]:
            keys = as_array(int(place[-KEY:]) for (place,) in places.ask(**given))
            return shown.ask(keys=keys, **given)

        return ask


def _beyond(order: Sequence[str], side: str) -> Q:
    """Rows past the one with the given values of `order`; written so that an index on `order`
    bounds the scan."""
    name, *rest = order
    value = Value(Given(name))
    past = Q(**{f"{name}__{side}": value})
    if not rest:
        return past
    return Q(**{f"{name}__{side}e": value}) & (past | _beyond(rest, side))


def _cursor(values: Sequence[object]) -> str:
    return "_".join(str(value) for value in values)


def _values(order: Sequence[str], rows: "QuerySet[Any]", cursor: str) -> list[Any]:
    """The values in a cursor; none if it was tampered with: the list then starts anew."""
    parts = cursor.split("_")
    if len(parts) != len(order):
        return []
    pairs = zip(order, parts, strict=True)
    try:
        return [rows.model._meta.get_field(name).to_python(part) for name, part in pairs]
    except ValidationError:
        return []
