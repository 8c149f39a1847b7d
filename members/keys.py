"""The column `keys` as PostgreSQL searches it: a tsvector of pieces and spellings of a name.

A tsvector finds what begins with some letters, so that not every beginning must be stored.
"""

from collections.abc import Collection

from django.contrib.postgres.search import SearchQueryField, SearchVectorField
from django.db.models import BooleanField, F, Func, TextField, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, Concat

from wanping_union.names import Query


def vector() -> Func:
    """What the GIN indexes hold."""
    return Func(F("keys"), function="array_to_tsvector", output_field=SearchVectorField())


def of_union(pk: int | str) -> str:
    """The key of a union; no folded name holds a capital letter."""
    return f"U{pk}"


def answer_to(query: Query, unions: Collection[int] = ()) -> Func:
    """Whether the keys hold every term of the query; for `filter`.

    unions: ids; where they are few, the index leaves other unions' rows out by itself.
    """
    wanted = query.tsquery
    if unions:
        wanted += f" & ({' | '.join(map(of_union, unions))})"
    return _hold(Value(wanted))


def answer_in(query: Query, union: Combinable) -> Func:
    """As answer_to, of the one union whose id the expression gives."""
    key = Cast(union, TextField())
    return _hold(Concat(Value(f"{query.tsquery} & {of_union('')}"), key, output_field=TextField()))


def _hold(wanted: Combinable) -> Func:
    return Func(
        vector(),
        Cast(wanted, SearchQueryField()),
        arg_joiner=" @@ ",
        template="%(expressions)s",
        output_field=BooleanField(),
    )
