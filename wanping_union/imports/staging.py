"""A temporary table that rows travel into by COPY, chunk by chunk.

While the database works on one chunk the next is read and checked: both take about as long.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

from django.db import connection
from psycopg import Cursor

CHUNK = 10_000  # rows
NULL = ""  # how a chunk writes a blank value; an empty text does not occur
COPY = "copy {} from stdin (format csv, delimiter E'\\t')"


def quoted(text: str) -> str:
    """Free text as a chunk writes it."""
    return f'"{text.replace(chr(34), chr(34) * 2)}"'


def array(values: Iterable[str]) -> str:
    """A text array as a chunk writes it."""
    found = list(values)
    if not "".join(found).isalnum() or "null" in found:
        found = [_element(value) for value in found]
    return quoted("{" + ",".join(found) + "}")


def _element(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def binary(value: bytes) -> str:
    """Bytes as a chunk writes them."""
    return "\\x" + value.hex()


class Lines:
    """Rows on their way into a table; put takes them in chunks."""

    def __init__(self, put: Callable[[str], None]) -> None:
        self._put = put
        self._lines: list[str] = []

    def add(self, values: Sequence[str]) -> None:
        """values: as text, in the order of the columns; NULL where there is none."""
        self._lines.append("\t".join(values))
        if len(self._lines) >= CHUNK:
            self.flush()

    def flush(self) -> None:
        if self._lines:
            self._put("\n".join(self._lines) + "\n")
            self._lines.clear()


@contextmanager
def stage(
    table: str, columns: Mapping[str, str], load: Callable[[Cursor], None]
) -> Iterator[Lines]:
    """Make a temporary table and take its rows.

    columns: SQL type by name; the first is what rows are looked up by. load: called with the
    table holding one chunk, on our connection in a second thread. Until the stage is left
    nothing else may use the connection; then all chunks are loaded.
    """
    connection.ensure_connection()
    cursor: Cursor = connection.connection.cursor()
    declared = ", ".join(f"{name} {kind}" for name, kind in columns.items())
    waiting: list[Future[None]] = []

    def put(chunk: str) -> None:
        _wait(waiting)
        waiting.append(thread.submit(_load, cursor, table, next(iter(columns)), chunk, load))

    with connection.wrap_database_errors, cursor:
        cursor.execute(f"drop table if exists pg_temp.{table}")
        cursor.execute(f"create temp table {table} ({declared}) on commit drop")
        # A chunk is looked up row by row: scanning a table of a million for each would be slower.
        cursor.execute("set local random_page_cost = 1")
        with ThreadPoolExecutor(1) as thread:
            lines = Lines(put)
            yield lines
            lines.flush()
            _wait(waiting)


def _wait(waiting: list[Future[None]]) -> None:
    while waiting:
        waiting.pop().result()


def _load(cursor: Cursor, table: str, key: str, chunk: str, load: Callable[[Cursor], None]) -> None:
    with cursor.copy(COPY.format(table)) as copy:
        copy.write(chunk)
    cursor.execute(f"analyze {table} ({key})")
    load(cursor)
    cursor.execute(f"truncate {table}")
