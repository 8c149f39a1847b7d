"""Odd files, made on the fly: what people send and what they had better not."""

import io
import random
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import openpyxl

HEADER = ["序号", "姓名", "证件号码", "所属工会", "入会日期"]
PERSON = [1, "韩轩娜", "110106198507150020", "晓月苑联合工会", "2016-12-30"]
ROSTER = [HEADER, PERSON]

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
SHEET = "xl/worksheets/sheet1.xml"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def xlsx(*sheets: Sequence[Sequence[Any]], names: Sequence[str] = (), merged: str = "") -> bytes:
    """A workbook with these rows on its sheets; `merged` is a range of the first."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for at, rows in enumerate(sheets):
        sheet = book.create_sheet(names[at] if at < len(names) else f"表{at + 1}")
        for row in rows:
            sheet.append(row)
    if merged:
        book.worksheets[0].merge_cells(merged)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def saved(book: openpyxl.Workbook) -> bytes:
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def with_cells(**cells: Any) -> bytes:
    """A workbook whose only cells are these."""
    book = openpyxl.Workbook()
    for place, value in cells.items():
        book.active[place] = value
    return saved(book)


def with_parts(content: bytes, parts: Mapping[str, bytes]) -> bytes:
    """The same archive with some parts replaced or added."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(target, "w", 8) as new:
        for name in dict.fromkeys([*old.namelist(), *parts]):
            new.writestr(name, parts[name] if name in parts else old.read(name))
    return target.getvalue()


def with_sheet(inside: bytes) -> bytes:
    """A workbook whose sheet has this between <sheetData> and </sheetData>."""
    xml = b'<worksheet xmlns="%s"><sheetData>%s</sheetData></worksheet>' % (MAIN.encode(), inside)
    return with_parts(xlsx([]), {SHEET: xml})


def inline(place: str, text: str) -> bytes:
    return f'<c r="{place}" t="inlineStr"><is><t>{text}</t></is></c>'.encode()


def padded(*rows: bytes, until: int = 1_048_576, cells: Sequence[str] = ()) -> bytes:
    """These rows, then rows without a value down to the end of the sheet."""
    first = len(rows) + 1
    blank = (
        f'<row r="{number}">'
        + "".join(f'<c r="{column}{number}" s="0"/>' for column in cells)
        + "</row>"
        for number in range(first, until + 1)
    )
    filled = (b'<row r="%d">%s</row>' % (at, row) for at, row in enumerate(rows, 1))
    return with_sheet(b"".join(filled) + "".join(blank).encode())


def lying_bomb(*inflated: int) -> bytes:
    """A workbook with parts that claim to be small and inflate to these many bytes."""
    parts = {f"xl/media/{at}.xml": b" " * size for at, size in enumerate(inflated)}
    content = bytearray(with_parts(xlsx(ROSTER), parts))
    for name in parts:
        entry = content.rindex(b"PK\x01\x02", 0, content.rindex(name.encode()))
        content[entry + 24 : entry + 28] = (100).to_bytes(4, "little")
    return bytes(content)


def many_parts(count: int) -> bytes:
    return with_parts(xlsx(ROSTER), {f"xl/media/{number}": b"" for number in range(count)})


def zip_with_password() -> bytes:
    content = bytearray(xlsx(ROSTER))
    content[content.index(b"PK\x01\x02") + 8] |= 1
    return bytes(content)


def ods(rows: Sequence[Sequence[str]], locked: bool = False) -> bytes:
    """An OpenDocument table of texts."""
    cell = '<table:table-cell office:value-type="string"><text:p>{}</text:p></table:table-cell>'
    table = "".join(
        "<table:table-row>" + "".join(cell.format(text) for text in row) + "</table:table-row>"
        for row in rows
    )
    spaces = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for name in ("office", "table", "text")
    )
    content = (
        f"<office:document-content {spaces}><office:body><office:spreadsheet>"
        f'<table:table table:name="名册">{table}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    entry = "<manifest:encryption-data/>" if locked else ""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", content)
        archive.writestr(
            "META-INF/manifest.xml",
            '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
            f"<manifest:file-entry>{entry}</manifest:file-entry></manifest:manifest>",
        )
    return target.getvalue()


def ole(entry: str) -> bytes:
    """A compound file with this name in its directory."""
    return OLE + b"\0" * 1016 + (entry + "\0").encode("utf-16-le").ljust(1024, b"\0")


def xls_with_password() -> bytes:
    first = b"\x09\x08\x10\x00\x00\x06\x05\x00" + b"\0" * 12
    return OLE + b"\0" * 504 + (first + b"\x2f\x00\x36\x00").ljust(2048, b"\0")


def html(rows: str) -> bytes:
    return f"<html><head><meta charset=gbk></head><body><table>{rows}</table>".encode("gb18030")


SPREADSHEET_XML = """<?xml version="1.0" encoding="GB2312"?>
<?mso-application progid="Excel.Sheet"?>
<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"
 xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet">
<Worksheet ss:Name="名册"><Table>
<Row><Cell ss:MergeAcross="2"><Data ss:Type="String">花名册</Data></Cell></Row>
<Row ss:Index="4"><Cell><Data ss:Type="String">姓名</Data></Cell>
 <Cell ss:Index="3"><Data ss:Type="String">出生日期</Data></Cell></Row>
<Row><Cell ss:MergeDown="1"><Data ss:Type="String">张三</Data></Cell>
 <Cell ss:Index="3"><Data ss:Type="DateTime">1990-01-02T00:00:00.000</Data></Cell>
 <Cell><Data ss:Type="Number">12.5</Data></Cell></Row>
<Row><Cell ss:Index="2"><Data ss:Type="String">同上</Data></Cell></Row>
</Table></Worksheet>
<Worksheet ss:Name="字典"><Table/>
<WorksheetOptions xmlns="urn:schemas-microsoft-com:office:excel"><Visible>SheetHidden</Visible>
</WorksheetOptions></Worksheet></Workbook>""".encode("gb18030")


def mutations(content: bytes, count: int, seed: int = 2016) -> Iterator[bytes]:
    """Copies with flipped bits, lost ends and swapped pieces, always the same ones."""
    dice = random.Random(seed)
    for _ in range(count):
        copy = bytearray(content)
        for _ in range(dice.randint(1, 12)):
            copy[dice.randrange(len(copy))] ^= 1 << dice.randrange(8)
        if dice.random() < 0.3:
            del copy[dice.randrange(len(copy)) :]
        if dice.random() < 0.2 and copy:
            at = dice.randrange(len(copy))
            copy[at : at + 64] = copy[:64]
        yield bytes(copy)


def damaged_sheets(content: bytes, count: int, seed: int = 2016) -> Iterator[bytes]:
    """Sound archives around a damaged sheet, so that the damage reaches the reader."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        sheet = archive.read(SHEET)
    for copy in mutations(sheet, count, seed):
        yield with_parts(content, {SHEET: copy})
