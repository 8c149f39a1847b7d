"""`union__among=ids`: as `__in`, with one parameter however many ids there are.

ids: or a Given, which brings them by as_array, an ArraySubquery, or an OuterRef of one. Of three
hundred unions Django's own takes longer to write the statement than PostgreSQL to answer.
`union__checked_among=ids` finds the same rows, but by no index of the unions.
"""

from collections.abc import Iterable
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import BigAutoField, Expression, ForeignKey, Lookup

from wanping_union.statements import Given


def as_array(ids: Iterable[int]) -> str:
    """{1,2,3}: an array written at once, not number by number."""
    return f"{{{','.join(map(str, ids))}}}"


class Among(Lookup):
    lookup_name = "among"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        column, params = self.process_lhs(compiler, connection)
        if isinstance(self.rhs, Given):
            return f"{column} = any(%s::bigint[])", (*params, self.rhs)
        if isinstance(self.rhs, ArraySubquery):
            array, given = compiler.compile(self.rhs)
            return f"{column} = any({array})", (*params, *given)
        if isinstance(self.rhs, Expression):
            one, given = compiler.compile(self.rhs)
            return f"{column} = {one}", (*params, *given)
        ids = list(self.rhs)
        if len(ids) == 1:  # equal to one, an index gives the rows in its order
            return f"{column} = %s", (*params, *ids)
        return f"{column} = any(%s::bigint[])", (*params, as_array(ids))


class CheckedAmong(Among):
    """For rows that another index finds and a LIMIT cuts off.

    PostgreSQL would read all these unions' rows first to AND both indexes: it plans that as if
    there were no LIMIT.
    """

    lookup_name = "checked_among"

    def process_lhs(self, *args: Any, **kwargs: Any) -> tuple[str, Any]:
        column, params = super().process_lhs(*args, **kwargs)
        return f"{column} + 0", params


for field in (BigAutoField, ForeignKey):
    field.register_lookup(Among)
ForeignKey.register_lookup(CheckedAmong)
