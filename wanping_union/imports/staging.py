"""Temporary tables that rows travel into by COPY, chunk by chunk.

While the database works on one chunk the next is read, checked and made ready: both take about as
long.
"""

import gc
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Generic, Protocol, TypeVar

from django.db import connection
from psycopg import Cursor

T = TypeVar("T")
Aside = TypeVar("Aside", contravariant=True)
Ready = TypeVar("Ready")
CHUNK = 5_000  # rows
FIRST = 2_000  # rows of the first chunk, for which the database waits
SWITCH = 0.0005  # seconds; Python's own 0.005 leave the database idle after each answer
COLLECT = 100_000  # objects; a chunk's own, that the collector need not look through
NULL = ""  # how a chunk writes a blank value; an empty text does not occur
COPY = "copy {} from stdin (format csv, delimiter E'\\t')"
SETTINGS = """
-- Scanning a table of a million for each chunk would be slower than looking it up row by row.
set local random_page_cost = 1;
-- No row is looked up twice: to remember it would take longer than some of the look-ups.
set local enable_memoize = off;
-- The rows of a chunk that triggers see, and what GIN has not yet sorted in, stay in memory.
set local work_mem = '64MB';
-- Keys to other tables are checked with each statement, while the next chunk is read, instead of
-- all at the end of the transaction, when nobody does anything else.
set constraints all immediate
"""
RESET = "set constraints all deferred"


def quoted(text: str) -> str:
    """Free text as a chunk writes it."""
    return '"' + text.replace('"', '""') + '"'


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


def as_copied(lines: Iterable[Sequence[str]]) -> bytes:
    """lines: values as text, in the order of the columns; NULL where there is none."""
    return "\n".join(map("\t".join, lines)).encode()


def copy_in(cursor: Cursor, table: str, lines: bytes) -> None:
    """lines: as_copied made them."""
    with cursor.copy(COPY.format(table)) as copy:
        copy.write(lines)


class Loads(Protocol[Aside, Ready]):
    """What becomes of a chunk. aside: what was put aside of its rows, by row."""

    def prepare(self, aside: Mapping[int, Aside], /) -> Ready:
        """Called in the first thread, while the database may be at work on the chunk before."""

    def chunk(self, cursor: Cursor, ready: Ready, /) -> None:
        """Called in the second thread, with the table holding the chunk, on our connection."""


class Lines(Generic[T]):
    """Rows on their way into a table; put takes them in chunks."""

    def __init__(self, put: Callable[[list[Sequence[str]], dict[int, T]], None]) -> None:
        self._put = put
        self._lines: list[Sequence[str]] = []
        self._aside: dict[int, T] = {}
        self._full = FIRST

    def extend(self, lines: Iterable[Sequence[str]], aside: Iterable[tuple[int, T]]) -> None:
        """lines: as as_copied takes them. aside: what stays out of the table until it is needed."""
        self._lines += lines
        self._aside.update(aside)
        if len(self._lines) >= self._full:
            self.flush()

    def flush(self) -> None:
        if self._lines:
            self._put(self._lines, self._aside)
            self._lines, self._aside, self._full = [], {}, CHUNK


@contextmanager
def _both_at_work() -> Iterator[None]:
    """Let the second thread take its turn at once, and the collector seldom."""
    interval, thresholds = sys.getswitchinterval(), gc.get_threshold()
    sys.setswitchinterval(SWITCH)
    gc.set_threshold(COLLECT)
    try:
        yield
    finally:
        sys.setswitchinterval(interval)
        gc.set_threshold(*thresholds)


@contextmanager
def stage(table: str, columns: Mapping[str, str], loads: Loads[T, Ready]) -> Iterator[Lines[T]]:
    """Make a temporary table and take its rows.

    columns: SQL type by name; the first is what rows are looked up by. Until the stage is left
    nothing else may use the connection; then all chunks are loaded.
    """
    connection.ensure_connection()
    cursor: Cursor = connection.connection.cursor()
    declared = ", ".join(f"{name} {kind}" for name, kind in columns.items())
    waiting: list[Future[None]] = []

    def put(lines: list[Sequence[str]], aside: dict[int, T]) -> None:
        copied, ready = as_copied(lines), loads.prepare(aside)
        _wait(waiting)
        waiting.append(thread.submit(work, copied, ready))

    def work(copied: bytes, ready: Ready) -> None:
        copy_in(cursor, table, copied)
        cursor.execute(f"analyze {table} ({next(iter(columns))})")
        loads.chunk(cursor, ready)
        cursor.execute(f"truncate {table}")

    with connection.wrap_database_errors, cursor, _both_at_work():
        cursor.execute(f"drop table if exists pg_temp.{table}")
        cursor.execute(f"create temp table {table} ({declared}) on commit drop")
        cursor.execute(SETTINGS)
        with ThreadPoolExecutor(1) as thread:
            lines: Lines[T] = Lines(put)
            yield lines
            lines.flush()
            _wait(waiting)
        cursor.execute(RESET)


def _wait(waiting: list[Future[None]]) -> None:
    while waiting:
        waiting.pop().result()
