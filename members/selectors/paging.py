"""Pages of a list by the last row seen: as fast at row 500,000 as at row 1."""

from collections.abc import Collection, Sequence
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

SIZE = 50
KEY = 19  # digits of the longest key
FEW = 60  # unions that are asked one by one
CAP = 1000  # above it a list says "1000+": counting a million rows would be all its time


@dataclass(frozen=True)
class Page:
    """rows: at most SIZE, as tuples. first, last: cursors of its ends, "" where the list ends.

    count: of the whole list in words, or "1000+". beside: what was asked for along with the rows,
    None without rows.
    """

    rows: list[Any]
    count: str
    beside: Any = None
    first: str = ""
    last: str = ""


class _Counted(Subquery):
    """How many rows, beside each of them: a statement of its own would wait once more."""

    template = "(select count(*) from (%(subquery)s) counted)"
    output_field = IntegerField()


def _words(found: int) -> str:
    return f"{CAP}+" if found > CAP else f"{found:,}"


def page(
    rows: "QuerySet[Any]",
    order: Sequence[str],
    columns: Sequence[str],
    *,
    descending: bool,
    after: str = "",
    before: str = "",
    unions: Collection[int] = (),
    beside: "Combinable | None" = None,
) -> Page:
    """One page of the rows in the order of the columns `order`, the last of them unique.

    columns: what each row holds behind the columns of `order`. after, before: cursors.
    unions: ids of all whose rows these are, where an index holds each union's in that order.
    beside: one value that has nothing to do with the rows and comes in the same statement.
    """
    every = rows.order_by()[: CAP + 1]
    cursor = _values(order, rows, before or after)
    backward = bool(before and cursor)
    falling = descending is not backward
    if cursor:
        rows = rows.filter(_beyond(order, cursor, "lt" if falling else "gt"))
    sign = "-" if falling else ""
    ordered = rows.order_by(*(f"{sign}{name}" for name in order))
    if 1 < len(unions) <= FEW:
        ordered = _merged(ordered, unions, order[0], falling=falling)
    counted = _Counted(every.values("pk"))
    found = list(ordered.values_list(*order, *columns, counted, beside or Value(""))[: SIZE + 1])
    count, value = found[0][-2:] if found else (every.count() if cursor else 0, None)
    more, found = len(found) > SIZE, [row[:-2] for row in found[:SIZE]]
    if backward:
        found.reverse()
    width = len(order)
    has_before = more if backward else bool(cursor)
    has_after = bool(cursor) if backward else more
    return Page(
        rows=[row[width:] for row in found],
        count=_words(count),
        beside=value,
        first=_cursor(found[0][:width]) if found and has_before else "",
        last=_cursor(found[-1][:width]) if found and has_after else "",
    )


def _merged(
    ordered: "QuerySet[Any]", unions: Collection[int], name: str, *, falling: bool
) -> "QuerySet[Any]":
    """The first rows of each union put together: no index has those of several in order.

    ordered: by the date `name` and the key. Both travel as one text, so that no row is read
    before it is known which are shown.
    """
    key = LPad(Cast("pk", TextField()), KEY, Value("0"), output_field=TextField())
    own = ordered.filter(union=OuterRef("pk")).values(place=Concat(Cast(name, TextField()), key))
    unnested = Func(ArraySubquery(own[: SIZE + 1]), function="unnest", output_field=TextField())
    places = (
        Union.objects.filter(pk__in=unions).annotate(place=unnested).values_list("place", flat=True)
    )
    shown = places.order_by("-place" if falling else "place")[: SIZE + 1]
    every: QuerySet[Any] = ordered.model._default_manager.order_by(*ordered.query.order_by)
    return every.filter(pk__in=[int(place[-KEY:]) for place in shown])


def _beyond(order: Sequence[str], values: Sequence[Any], side: str) -> Q:
    """Rows past the one with these values; written so that an index on `order` bounds the scan."""
    name, *rest = order
    past = Q(**{f"{name}__{side}": values[0]})
    if not rest:
        return past
    return Q(**{f"{name}__{side}e": values[0]}) & (past | _beyond(rest, values[1:], side))


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
