"""Rows into a workbook: one sheet, a frozen bold header, text that stays text."""

import re
from collections.abc import Iterable, Iterator, Sequence
from io import BytesIO
from typing import Any

from rustpy_xlsxwriter import Format, write_worksheet

from wanping_union.exports.kinds import DATE, NUMBER, TEXT, Column

# What no cell may hold, or a reader shows as _x000D_.
CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f\ufffe\uffff]")


def workbook(title: str, columns: Sequence[Column], rows: Iterable[Sequence[Any]]) -> bytes:
    """The bytes of an xlsx file, made in constant memory beside them.

    rows: cells in the order of the columns: text, date, number or None.
    """
    # Marked as text, so that a cell like =1+1 is no formula even after somebody edits it.
    formats = {
        TEXT: Format().set_quote_prefix().set_num_format("@"),
        DATE: Format().set_num_format("yyyy-mm-dd"),
        NUMBER: Format(),
    }
    target = BytesIO()
    write_worksheet(
        _records([column.label for column in columns], rows),
        target,
        sheet_name=title[:31],
        freeze_row=1,
        bold_headers=True,
        autofilter=True,
        column_widths=[float(column.width) for column in columns],
        column_formats=[formats[column.holds] for column in columns],
        ignore_errors=[column.label for column in columns if column.holds == TEXT],
    )
    return target.getvalue()


def _records(labels: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[dict[str, Any]]:
    row = None
    for row in rows:
        if not "".join([cell for cell in row if isinstance(cell, str)]).isprintable():
            row = [_clean(cell) for cell in row]
        yield dict(zip(labels, row, strict=True))
    if row is None:
        yield dict.fromkeys(labels)  # the heading comes with the first row


def _clean(value: Any) -> Any:
    return CONTROLS.sub("", value) if isinstance(value, str) else value
