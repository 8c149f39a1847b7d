"""The column `keys` as PostgreSQL searches it: a tsvector of pieces and spellings of a name.

A tsvector finds what begins with some letters, so that not every beginning must be stored.
"""

from collections.abc import Collection

from django.contrib.postgres.search import SearchQueryField, SearchVectorField
from django.db.models import BooleanField, F, Func, Value
from django.db.models.functions import Cast

from wanping_union.names import Query


def vector() -> Func:
    """What the GIN indexes hold."""
    return Func(F("keys"), function="array_to_tsvector", output_field=SearchVectorField())


def of_union(pk: int) -> str:
    """The key of a union; no folded name holds a capital letter."""
    return f"U{pk}"


def answer_to(query: Query, unions: Collection[int] = ()) -> Func:
    """Whether the keys hold every term of the query; for `filter`.

    unions: ids; where they are few, the index leaves other unions' rows out by itself.
    """
    wanted = query.tsquery
    if unions:
        wanted += f" & ({' | '.join(map(of_union, unions))})"
    return Func(
        vector(),
        Cast(Value(wanted), SearchQueryField()),
        arg_joiner=" @@ ",
        template="%(expressions)s",
        output_field=BooleanField(),
    )
