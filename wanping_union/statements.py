"""SQL written once, for what every page asks: Django takes longer to write it, and PostgreSQL to
plan it, than the database to answer it.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple

import psycopg
from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper
from django.db.models import QuerySet
from django.db.models.expressions import BaseExpression
from psycopg.pq import Format
from psycopg.sql import Literal

Row = tuple[Any, ...]
ASKED = 2  # times, before a statement is planned for good


@dataclass(frozen=True)
class Given:
    """Stands in a queryset, as `Value(Given("user"))`, for what each asking brings."""

    name: str


class Around(NamedTuple):
    """SQL that is put around a queryset's own, in place of {rows}.

    given: the names behind its placeholders, which all come after {rows}.
    """

    sql: str = "{rows}"
    given: tuple[str, ...] = ()


ALONE = Around()


class Statement:
    """The SQL of a queryset of values_list without JSON; it belongs to no connection and thread.

    A connection that is asked it again and again has PostgreSQL keep the plan. So what tells the
    asking apart (Given) goes there beside the SQL, and all else, which decides the plan, within.
    """

    def __init__(self, rows: "QuerySet[Any, Any]", around: Around = ALONE) -> None:
        compiler = rows.query.get_compiler(DEFAULT_DB_ALIAS)
        sql, params = compiler.as_sql()
        written = sql.replace("%%", "%%%%") % tuple(map(_written, params))
        self._sql = around.sql.replace("{rows}", written)
        self._given = [param.name for param in params if isinstance(param, Given)]
        self._given += around.given
        columns = enumerate(column for column, *_ in compiler.select)
        self._read = [(n, column) for n, column in columns if _converters(column)]

    def ask(self, **given: Any) -> list[Row]:
        """given: a value for every Given."""
        database = connections[DEFAULT_DB_ALIAS]
        with _cursor(database) as cursor:
            with _remembered(database.connection):
                cursor.execute(self._sql, [given[name] for name in self._given])
            found: list[Row] = cursor.fetchall()
        if not self._read or not found:
            return found
        columns: list[Iterable[Any]] = list(zip(*found, strict=True))
        for place, column in self._read:
            for convert in _converters(column):
                columns[place] = [convert(value, column, database) for value in columns[place]]
        return list(zip(*columns, strict=True))


def _cursor(database: BaseDatabaseWrapper) -> CursorWrapper:
    """One that gives PostgreSQL the values beside the SQL.

    Django's own writes them into it: each would be another statement. Only where statements are
    logged it stays, for the log to show them.
    """
    if database.queries_logged:
        return database.cursor()
    database.close_if_health_check_failed()
    database.ensure_connection()
    cursor: Any = psycopg.Cursor(database.connection)
    cursor.format = Format.BINARY
    return database.make_cursor(cursor)


@contextmanager
def _remembered(connected: "psycopg.Connection[Row]") -> Iterator[None]:
    """Let psycopg count how often it was asked, for the plan to be kept.

    Not of everything: it would hold the last hundred statements, whole files in them.
    """
    connected.prepare_threshold = ASKED
    try:
        yield
    finally:
        connected.prepare_threshold = None


def _written(param: object) -> str:
    """As it stands in the SQL."""
    if isinstance(param, Given):
        return "%s"
    connection.ensure_connection()
    return Literal(param).as_string(connection.connection).replace("%", "%%")


def _converters(column: BaseExpression) -> list[Callable[..., Any]]:
    """How its field reads values. Asked each time: what opens encrypted ones is of one query."""
    return list(column.get_db_converters(connection))
