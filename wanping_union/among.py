"""`union__among=ids`: as `__in`, with one parameter however many ids there are.

ids: or a Given, which brings them by as_array. Of three hundred unions Django's own takes longer
to write the statement than PostgreSQL to answer.
"""

from collections.abc import Iterable
from typing import Any

from django.db.models import BigAutoField, ForeignKey, Lookup

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
        ids = list(self.rhs)
        if len(ids) == 1:  # equal to one, an index gives the rows in its order
            return f"{column} = %s", (*params, *ids)
        return f"{column} = any(%s::bigint[])", (*params, as_array(ids))


for field in (BigAutoField, ForeignKey):
    field.register_lookup(Among)
