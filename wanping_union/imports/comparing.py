"""What a file means for what is stored, row by row, for who looks before letting it in."""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.utils import timezone

from wanping_union.imports.models import Batch, Compared, Fate

A_BLOCK = 50  # rows that lie and are shown together


class Beside(NamedTuple):
    """A row beside its record. row: None if the file lacks it; pk: None if nothing is stored.

    name: what the file calls a new one. changes: {label: [stored, in the file]}, masked.
    """

    row: int | None
    pk: int | None
    name: str = ""
    changes: Mapping[str, Sequence[str]] = {}


class Comparison:
    """Rows by fate, packed as they come: a file may have 100,000.

    is_whole: all rows of the file pass, so that what is missing can be told.
    """

    def __init__(self, *, is_whole: bool = True) -> None:
        self.is_whole = is_whole
        self.clear()

    def clear(self) -> None:
        self._open: dict[Fate, list[Beside]] = {fate: [] for fate in Fate}
        self._packed: dict[Fate, list[str]] = {fate: [] for fate in Fate}
        self.missing: int | None = None  # None: not looked for

    def add(self, fate: Fate, beside: Beside) -> None:
        rows = self._open[fate]
        rows.append(beside)
        if len(rows) == A_BLOCK:
            self._packed[fate].append(_packed(rows))
            rows.clear()

    def add_missing(self, pks: Collection[int]) -> None:
        """Note what the file should have and has not."""
        self.missing = len(pks)
        for pk in pks:
            self.add(Fate.MISSING, Beside(None, pk))

    def blocks(self, fate: Fate) -> Iterator[str]:
        yield from self._packed[fate]
        if self._open[fate]:
            yield _packed(self._open[fate])


class Touched(NamedTuple):
    """Why a record stays. at: None where nothing was written of it."""

    pk: int
    by: str
    at: datetime | None
    what: str


def _packed(rows: Sequence[Any]) -> str:
    return json.dumps(rows, ensure_ascii=False, separators=(",", ":"))


def keep(batch: Batch, comparison: Comparison) -> None:
    """Store what a check found."""
    Compared.objects.bulk_create(
        (
            Compared(batch=batch, fate=fate, number=number, rows=rows)
            for fate in Fate
            for number, rows in enumerate(comparison.blocks(fate))
        ),
        batch_size=500,
    )


def keep_kept(batch: Batch, touched: Iterable[Touched]) -> None:
    """Store what the undoing of an import left, and why."""
    comparison = Comparison()
    for one in touched:
        at = f"{timezone.localtime(one.at):%Y-%m-%d %H:%M}" if one.at else ""
        comparison.add(Fate.KEPT, Beside(None, one.pk, "", {one.what: [one.by, at]}))
    keep(batch, comparison)


def keep_more(batch: Batch, comparison: Comparison) -> int | None:
    """Store what became of mended rows. Returns how many records are missing now."""
    found = []
    for fate in Fate:
        rows = [row for block in comparison.blocks(fate) for row in json.loads(block)]
        found += [pk for _, pk, *_ in rows if pk is not None]
        if rows:
            _append(batch, fate, rows)
    return _no_longer_missing(batch, set(found)) if batch.missing else batch.missing


def _append(batch: Batch, fate: Fate, rows: list[Any]) -> None:
    last = Compared.objects.filter(batch=batch, fate=fate).order_by("-number").first()
    if last:
        rows = json.loads(last.rows) + rows
        last.delete()
    number = last.number if last else 0
    Compared.objects.bulk_create(
        Compared(
            batch=batch,
            fate=fate,
            number=number + first // A_BLOCK,
            rows=_packed(rows[first : first + A_BLOCK]),
        )
        for first in range(0, len(rows), A_BLOCK)
    )


def _no_longer_missing(batch: Batch, pks: set[int]) -> int:
    still = 0
    for block in Compared.objects.filter(batch=batch, fate=Fate.MISSING):
        rows = json.loads(block.rows)
        left = [row for row in rows if row[1] not in pks]
        still += len(left)
        if len(left) < len(rows):
            block.rows = _packed(left)
            block.save(update_fields=["rows"])
    return still


def block_of(batch: Batch, fate: str, number: int) -> tuple[list[Beside], int]:
    """The rows of one block, and how many blocks there are."""
    blocks = Compared.objects.filter(batch=batch, fate=fate)
    block = blocks.filter(number=number).first()
    rows = json.loads(block.rows) if block else []
    return [Beside(*row) for row in rows], blocks.count()
