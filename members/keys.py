"""The column `keys` as PostgreSQL searches it: a tsvector of pieces and spellings of a name.

A tsvector finds what begins with a few letters, so whole spellings are stored and not every prefix.
"""

from django.contrib.postgres.search import SearchQueryField, SearchVectorField
from django.db.models import BooleanField, F, Func, Value
from django.db.models.functions import Cast

from wanping_union.names import Query


def vector(column: str = "keys") -> Func:
    """What the GIN indexes hold. column: as a filter names it."""
    return Func(F(column), function="array_to_tsvector", output_field=SearchVectorField())


def answer_to(query: Query, column: str = "keys") -> Func:
    """Whether the keys hold every term of the query; for `filter`."""
    return Func(
        vector(column),
        Cast(Value(query.tsquery), SearchQueryField()),
        arg_joiner=" @@ ",
        template="%(expressions)s",
        output_field=BooleanField(),
    )
