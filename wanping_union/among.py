"""`union__among=ids`: as `__in`, with one parameter however many ids there are.

Of three hundred unions Django's own takes longer to write the statement than PostgreSQL to answer.
"""

from typing import Any

from django.db.models import ForeignKey, Lookup


class Among(Lookup):
    lookup_name = "among"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        column, params = self.process_lhs(compiler, connection)
        ids = list(self.rhs)
        if len(ids) == 1:  # equal to one, an index gives the rows in its order
            return f"{column} = %s", (*params, *ids)
        array = f"{{{','.join(map(str, ids))}}}"  # written at once, not number by number
        return f"{column} = any(%s::bigint[])", (*params, array)


ForeignKey.register_lookup(Among)
