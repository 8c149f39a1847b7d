"""SQL written once, for what every page asks: Django takes longer to write it than the database
to answer it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import QuerySet
from django.db.models.expressions import BaseExpression

Row = tuple[Any, ...]


@dataclass(frozen=True)
class Given:
    """Stands in a queryset, as `Value(Given("user"))`, for what each asking brings."""

    name: str


class Statement:
    """The SQL of a queryset of values_list; it belongs to no connection and no thread."""

    def __init__(self, rows: "QuerySet[Any, Any]") -> None:
        compiler = rows.query.get_compiler(DEFAULT_DB_ALIAS)
        self._sql, self._params = compiler.as_sql()
        self._columns: list[BaseExpression] = [column for column, *_ in compiler.select]

    def ask(self, **given: Any) -> list[Row]:
        """given: a value for every Given."""
        params = [given[p.name] if isinstance(p, Given) else p for p in self._params]
        with connection.cursor() as cursor:
            cursor.execute(self._sql, params)
            found: list[Row] = cursor.fetchall()
        columns = zip(self._columns, zip(*found, strict=True), strict=False)
        return list(zip(*(_read(column, values) for column, values in columns), strict=True))


def _read(column: BaseExpression, values: Iterable[Any]) -> Iterable[Any]:
    """Values of one column as its field reads them. Asked each time: the keys of encrypted ones
    may have changed."""
    for convert in column.get_db_converters(connection):
        values = [convert(value, column, connection) for value in values]
    return values
