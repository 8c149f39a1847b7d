"""Rows into a workbook: one sheet, a frozen bold header, text that stays text.

Written by hand as it is read, so that nothing of it has to wait anywhere: libraries that write in
constant memory put the sheet into a file on disk first, in clear.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Protocol
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZipFile

from wanping_union.exports.kinds import DATE, NUMBER, TEXT, Column

BATCH = 200  # rows compressed at a time
LONGEST = 32_767  # characters in a cell
DAY_ZERO = date(1899, 12, 30).toordinal()
STYLES = {NUMBER: 0, TEXT: 1, DATE: 2}  # places in cellXfs
HEADING = 3
EMPTY = (None, "")
# What no cell may hold, or a reader shows as _x000D_.
CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f\ufffe\uffff]")
ODD = re.compile("[&<>_\x00-\x09\x0b-\x1f\x7f\ufffe\uffff]")
ESCAPE_LIKE = re.compile("_(?=x[0-9A-Fa-f]{4}_)")  # read as a character by its number

HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
SCHEMAS = "http://schemas.openxmlformats.org"
MAIN = f'xmlns="{SCHEMAS}/spreadsheetml/2006/main"'
RELATION = f"{SCHEMAS}/officeDocument/2006/relationships"
PACKAGE = f"{SCHEMAS}/package/2006"
SPREADSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml"
# Quoted, so that a cell like =1+1 is no formula even after somebody edits it.
PARTS = {
    "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types">'
    '<Default Extension="rels"'
    ' ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{SPREADSHEET}.sheet.main+xml"/>'
    f'<Override PartName="/xl/styles.xml" ContentType="{SPREADSHEET}.styles+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{SPREADSHEET}.worksheet+xml"/>'
    "</Types>",
    "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{RELATION}/officeDocument" Target="xl/workbook.xml"/>'
    "</Relationships>",
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{RELATION}/worksheet" Target="worksheets/sheet1.xml"/>'
    f'<Relationship Id="rId2" Type="{RELATION}/styles" Target="styles.xml"/>'
    "</Relationships>",
    "xl/styles.xml": f"<styleSheet {MAIN}>"
    '<numFmts count="1"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd"/></numFmts>'
    '<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>'
    '<font><b/><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill>'
    '<fill><patternFill patternType="gray125"/></fill></fills>'
    '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs count="4"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" quotePrefix="1"'
    ' applyNumberFormat="1"/>'
    '<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles>'
    "</styleSheet>",
}  # fmt: skip


class Target(Protocol):
    def write(self, part: bytes, /) -> int: ...
    def flush(self) -> None: ...
    def close(self) -> None: ...


def write(
    target: Target, title: str, columns: Sequence[Column], rows: Iterable[Sequence[Any]]
) -> None:
    """Write an xlsx file into a target that need not seek, in constant memory.

    rows: cells in the order of the columns: text, date, number or None.
    """
    with ZipFile(target, "w", ZIP_DEFLATED, compresslevel=1) as archive:
        book = (
            f'<workbook {MAIN} xmlns:r="{RELATION}"><sheets>'
            f'<sheet name="{escape(title[:31])}" sheetId="1" r:id="rId1"/></sheets></workbook>'
        )
        for name, content in (PARTS | {"xl/workbook.xml": book}).items():
            archive.writestr(name, HEAD + content)
        with archive.open("xl/worksheets/sheet1.xml", "w") as sheet:
            for text in _sheet(columns, rows):
                sheet.write(text.encode())


def _sheet(columns: Sequence[Column], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    letters = [chr(ord("A") + n) for n in range(len(columns))]
    widths = "".join(
        f'<col min="{n}" max="{n}" width="{c.width}" style="{STYLES[c.holds]}" customWidth="1"/>'
        for n, c in enumerate(columns, 1)
    )
    headings = "".join(
        f'<c r="{letter}1" s="{HEADING}" t="inlineStr"><is><t>{escape(c.label)}</t></is></c>'
        for letter, c in zip(letters, columns, strict=True)
    )
    yield (
        f'{HEAD}<worksheet {MAIN}><sheetViews><sheetView workbookViewId="0">'
        '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>'
        f"</sheetView></sheetViews><cols>{widths}</cols>"
        f'<sheetData><row r="1">{headings}</row>'
    )
    last = 1
    lines = []
    for last, row in enumerate(rows, 2):
        lines.append(_line(last, letters, row))
        if len(lines) == BATCH:
            yield "".join(lines)
            lines.clear()
    yield "".join(lines)
    texts = " ".join(
        f"{letter}2:{letter}{max(last, 2)}"
        for letter, c in zip(letters, columns, strict=True)
        if c.holds == TEXT
    )
    yield f'</sheetData><autoFilter ref="A1:{letters[-1]}{last}"/>'
    if texts:
        ignored = f'<ignoredError sqref="{texts}" numberStoredAsText="1"/>'
        yield f"<ignoredErrors>{ignored}</ignoredErrors>"
    yield "</worksheet>"


def _line(number: int, letters: Sequence[str], row: Sequence[Any]) -> str:
    texts = "\n".join(["", *[cell for cell in row if cell.__class__ is str], ""])
    if ODD.search(texts) or " \n" in texts or "\n " in texts or len(texts) > LONGEST:
        row = [_safe(cell) if cell.__class__ is str else cell for cell in row]
        text = f'{number}" s="1" t="inlineStr"><is><t xml:space="preserve">'
    else:
        text = f'{number}" s="1" t="inlineStr"><is><t>'
    cells = [
        f'<c r="{letter}{text}{cell}</t></is></c>'
        if cell.__class__ is str
        else _no_text(f"{letter}{number}", cell)
        for letter, cell in zip(letters, row, strict=True)
        if cell is not None and cell != ""
    ]
    return f'<row r="{number}">{"".join(cells)}</row>'


def _no_text(place: str, cell: object) -> str:
    """A cell that is no plain str; what is neither a day nor a number is written as it reads."""
    if isinstance(cell, date):
        return f'<c r="{place}" s="2"><v>{cell.toordinal() - DAY_ZERO}</v></c>'
    if isinstance(cell, (int, float, Decimal)) and not isinstance(cell, bool):
        return f'<c r="{place}"><v>{cell}</v></c>'
    words = _safe(str(cell))
    return f'<c r="{place}" s="1" t="inlineStr"><is><t xml:space="preserve">{words}</t></is></c>'


def _safe(text: str) -> str:
    return escape(ESCAPE_LIKE.sub("_x005F_", CONTROLS.sub("", text)[:LONGEST]))
