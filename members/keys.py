"""The column `keys` as PostgreSQL searches it: a tsvector of pieces and spellings of a name.

A tsvector finds what begins with some letters, so that not every beginning must be stored.
"""

from collections.abc import Collection

from django.contrib.postgres.search import SearchQueryField, SearchVectorField
from django.db.models import BooleanField, F, Func, TextField, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, Concat

from wanping_union.names import Query
from wanping_union.statements import Given


def vector() -> Func:
    """What the GIN indexes hold."""
    return Func(F("keys"), function="array_to_tsvector", output_field=SearchVectorField())


def of_union(pk: int | str) -> str:
    """The key of a union; no folded name holds a capital letter."""
    return f"U{pk}"


def wanted(query: Query, unions: Collection[int] = ()) -> str:
    """What the keys must hold to answer to the query, for `hold`.

    unions: ids; where they are few, the index leaves other unions' rows out by itself.
    """
    if not unions:
        return query.tsquery
    return f"{query.tsquery} & ({' | '.join(map(of_union, unions))})"


def hold(text: str | Given) -> Func:
    """Whether the keys hold what `wanted` says; for `filter`."""
    return _hold(Value(text))


def hold_in(text: str | Given, union: Combinable) -> Func:
    """As `hold`, and the key of the one union whose id the expression gives."""
    key = Concat(Value(f" & {of_union('')}"), Cast(union, TextField()), output_field=TextField())
    return _hold(Concat(Cast(Value(text), TextField()), key, output_field=TextField()))


def _hold(tsquery: Combinable) -> Func:
    return Func(
        vector(),
        Cast(tsquery, SearchQueryField()),
        arg_joiner=" @@ ",
        template="%(expressions)s",
        output_field=BooleanField(),
    )
