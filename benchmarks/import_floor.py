"""The least that must be done: read the workbook, and COPY it as it is."""

from pathlib import Path

from django.db import connection, transaction
from python_calamine import CalamineWorkbook

from benchmarks.import_file import HEAD


def first(file: Path) -> int:
    rows = CalamineWorkbook.from_path(file).get_sheet_by_index(0).to_python()
    names = ", ".join(f'"{name}"' for name in HEAD)
    command = f"copy bench_floor ({names}) from stdin"
    with transaction.atomic(), connection.cursor() as cursor, cursor.copy(command) as copy:
        for row in rows[1:]:
            copy.write_row(row)
    return len(rows) - 1
