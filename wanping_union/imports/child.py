"""Reads one untrusted file in a process of its own and answers with rows as JSON lines.

Run by `reading`, without Django and without site initialisation. Spoken over the pipes:
in: {"size", "name"}, the bytes of the file, then any number of [sheet index, row limit or null];
out: "ready", {"sheets": [[name, hidden]], "warnings"}, then for each request lines of
[[row numbers], [rows]] and an empty list; at any time {"code", "sentence"} instead.
Dates are objects {"d": ISO text}.
An uncaught exception means that the file is damaged; a signal, that it asked for too much.
"""

import csv
import datetime
import functools
import io
import itertools
import json
import re
import resource
import struct
import sys
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from html.parser import HTMLParser
from typing import Any, BinaryIO, NamedTuple

import python_calamine as calamine
from defusedxml import ElementTree

MEMORY = 1_200_000_000  # bytes of address space; a roster of 100,000 rows takes 0.25 GB
CPU = 60  # seconds
MAX_PARTS = 2_000
MAX_PART = 150_000_000  # bytes inflated; a roster of 100,000 rows has 81 MB
MAX_INFLATED = 250_000_000  # bytes, all parts together
MAX_CELLS = 30_000_000  # rows times columns from A1 to the last cell
CHUNK = 2_000  # rows in one line
STEP = 1 << 20  # bytes inflated at a time

DAMAGED = "这个文件不是能读取的表格，或者已经损坏。请用 WPS 或 Excel 打开，另存为 .xlsx 后再上传。"
EMPTY = "文件是空的，没有内容。请确认选对了文件，保存后再上传。"
ENCRYPTED = "文件设有打开密码，无法读取。请用 WPS 或 Excel 打开，取消密码后另存为 .xlsx，再上传。"
MACROS = "文件带有宏（程序），为安全起见不能接收。请用 WPS 或 Excel 另存为不带宏的 .xlsx 后再上传。"
TOO_LARGE = (
    "表格展开后太大，无法读取。常见原因是很远的单元格里误留了内容，或整片空白设了格式。"
    "请新建一个工作簿，只把有数据的区域复制过去，保存后再上传。"
)
UNKNOWN_TEXT = "无法识别文件的文字编码。请用 WPS 或 Excel 打开，另存为 .xlsx 后再上传。"
OPEN_QUOTE = "文件里有一处引号没有成对，后面的内容分不清列。请改好引号，或另存为 .xlsx 后再上传。"
OTHER_KIND = "这是{}，不是表格。请上传 .xlsx、.xls、.et、.ods 或 .csv 文件。"

OTHER_KINDS = {
    b"%PDF": " PDF 文件",
    b"\x89PNG": "图片",
    b"\xff\xd8\xff": "图片",
    b"GIF8": "图片",
    b"Rar!": "压缩包",
    b"7z\xbc\xaf": "压缩包",
    b"\x1f\x8b": "压缩包",
    b"{\\rtf": "文字文档",
    b"MIME-Version:": "网页归档",
}
ZIP = b"PK"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
UTF16 = (b"\xff\xfe", b"\xfe\xff")
CONTROLS = re.compile("[\x00-\x08\x0e-\x19]")
MACRO_PART = re.compile(r"vbaproject\.bin$|/macrosheets/", re.IGNORECASE)
SHEET_PART = re.compile(r"xl/worksheets/[^/]+\.xml$", re.IGNORECASE)
FORMULA = re.compile(rb"<f[ />]")
EMPTY_FORMULA = re.compile(
    rb"<c\b[^>]*>\s*<f\b(?:[^>]*/>|[^>]*>[^<]*</f>)\s*(?:<v\s*/>|<v>\s*</v>)?\s*</c>"
)
SS = "{urn:schemas-microsoft-com:office:spreadsheet}"
EXCEL = "{urn:schemas-microsoft-com:office:excel}"

Row = list[Any]  # an empty cell is "" as read, None once it has passed _filled
Rows = Iterator[tuple[int, Row]]
Write = Callable[[Any], None]
Range = tuple[tuple[int, int], tuple[int, int]]  # (top, left), (bottom, right), from 0


class Refused(Exception):
    """The file cannot be read; code as in the contract, sentence for the person."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(code)
        self.code = code
        self.sentence = sentence


class Sheet(NamedTuple):
    """rows: (row number as Excel shows it, cells), blank rows left out."""

    name: str
    hidden: bool
    rows: Callable[[], Rows]


def read(content: bytes, name: str) -> tuple[list[Sheet], list[str]]:
    """Sheets and warnings of a file, whatever its name says it is.

    Raises Refused; a damaged file may raise anything else.
    """
    if not content.strip(b"\x00\t\r\n \xef\xbb\xbf"):
        raise Refused("not_a_workbook", EMPTY)
    for magic, kind in OTHER_KINDS.items():
        if content.startswith(magic):
            raise Refused("not_a_workbook", OTHER_KIND.format(kind))
    if content.startswith(ZIP):
        warnings = _warnings(check_zip(content))  # before any other reader sees it
        return _workbook(content), warnings
    if content.startswith(OLE):
        check_ole(content)
        return _workbook(content), []
    return _text(decode(content), name), []


def check_zip(content: bytes) -> int:
    """Count the formula cells without a stored value, if the archive is harmless.

    Counts bytes really inflated: sizes written in an archive may lie.
    Raises Refused.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
    except zipfile.BadZipFile as broken:
        raise Refused("not_a_workbook", DAMAGED) from broken
    if len(parts) > MAX_PARTS:
        raise Refused("too_large", TOO_LARGE)
    for part in parts:
        _check_part(part)
    total = formulas = 0
    for part in parts:
        size, found = _check_content(content, part)
        total += size
        formulas += found
        if total > MAX_INFLATED:
            raise Refused("too_large", TOO_LARGE)
    return formulas


def _check_part(part: zipfile.ZipInfo) -> None:
    if part.flag_bits & 1:
        raise Refused("encrypted", ENCRYPTED)
    if MACRO_PART.search(part.filename):
        raise Refused("has_macros", MACROS)
    if ".." in part.filename.split("/") or part.compress_type not in (0, zipfile.ZIP_DEFLATED):
        raise Refused("not_a_workbook", DAMAGED)


def _check_content(content: bytes, part: zipfile.ZipInfo) -> tuple[int, int]:
    """Bytes inflated, formulas without a value."""
    size = formulas = 0
    is_sheet = SHEET_PART.search(part.filename)
    is_manifest = part.filename == "META-INF/manifest.xml"
    tail = b""
    for chunk in _inflated(content, part):
        size += len(chunk)
        if size > MAX_PART:
            raise Refused("too_large", TOO_LARGE)
        chunk = tail + chunk
        if b"<!DOCTYPE" in chunk:
            raise Refused("not_a_workbook", DAMAGED)
        if is_manifest and b":encryption-data" in chunk:
            raise Refused("encrypted", ENCRYPTED)
        tail = chunk[-16:]
        if is_sheet:
            end = chunk.rfind(b"</c>") + 4
            formulas += _empty_formulas(chunk, end)
            tail = chunk[end:][-STEP:] if end > 3 else tail
    return size, formulas


def _empty_formulas(xml: bytes, end: int) -> int:
    if FORMULA.search(xml):
        return sum(1 for _ in EMPTY_FORMULA.finditer(xml, 0, end))
    return 0


def _inflated(content: bytes, part: zipfile.ZipInfo) -> Iterator[bytes]:
    name, extra = struct.unpack_from("<HH", content, part.header_offset + 26)
    start = part.header_offset + 30 + name + extra
    end = start + part.compress_size
    inflate = zlib.decompressobj(-zlib.MAX_WBITS)
    for at in range(start, end, STEP // 8):
        packed = content[at : min(at + STEP // 8, end)]
        if part.compress_type == zipfile.ZIP_STORED:
            yield packed
            continue
        while packed and not inflate.eof:
            yield inflate.decompress(packed, STEP)
            packed = inflate.unconsumed_tail


def _warnings(formulas: int) -> list[str]:
    if not formulas:
        return []
    return [
        f"有 {formulas} 个公式单元格没有保存计算结果，已按空白处理。"
        "请用 WPS 或 Excel 打开，保存一次后再上传。"
    ]


def check_ole(content: bytes) -> None:
    """Refuse the old binary format where it is encrypted or carries macros."""
    if _has_entry(content, "EncryptedPackage") or _has_password(content):
        raise Refused("encrypted", ENCRYPTED)
    if _has_entry(content, "_VBA_PROJECT") or _has_entry(content, "_VBA_PROJECT_CUR"):
        raise Refused("has_macros", MACROS)


def _has_entry(content: bytes, name: str) -> bool:
    # A directory entry begins with its name, ended by a zero, and lies at a multiple of 128 bytes.
    entry = (name + "\0").encode("utf-16-le")
    at = content.find(entry)
    while at >= 0 and at % 128:
        at = content.find(entry, at + 1)
    return at >= 0


def _has_password(content: bytes) -> bool:
    """Whether a record FILEPASS follows the first record of a workbook, which begins a sector."""
    for start in range(512, len(content) - 512, 512):
        if content.startswith(b"\x09\x08", start) and content[start + 6 : start + 8] == b"\5\0":
            at = start
            for _ in range(4):
                kind, length = struct.unpack_from("<HH", content, at)
                if kind == 0x2F:
                    return True
                at = min(at + 4 + length, start + 508)
    return False


def _workbook(content: bytes) -> list[Sheet]:
    try:
        book = calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
    except calamine.PasswordError as locked:
        raise Refused("encrypted", ENCRYPTED) from locked
    except calamine.CalamineError as broken:
        raise Refused("not_a_workbook", DAMAGED) from broken
    parsed = functools.cache(book.get_sheet_by_index)
    return [
        Sheet(
            sheet.name,
            sheet.visible is not calamine.SheetVisibleEnum.Visible,
            functools.partial(_workbook_rows, parsed, index),
        )
        for index, sheet in enumerate(book.sheets_metadata)
        if sheet.typ is calamine.SheetTypeEnum.WorkSheet
    ]


def _workbook_rows(parsed: Callable[[int], calamine.CalamineSheet], index: int) -> Rows:
    sheet = parsed(index)
    last_row, last_column = sheet.end or (0, 0)
    if (last_row + 1) * (last_column + 1) > MAX_CELLS:
        raise Refused("too_large", TOO_LARGE)
    before = [""] * (sheet.start or (0, 0))[1]  # iter_rows begins at the first row, not column
    whole = (before + row for row in sheet.iter_rows()) if before else sheet.iter_rows()
    rows = _filled(enumerate(whole, 1))
    ranges = sheet.merged_cell_ranges
    return _merged_down(rows, ranges) if ranges else rows


def _filled(rows: Iterable[tuple[int, Row]]) -> Rows:
    """Leave out blank rows and the blank end of each row; other empty cells become None."""
    for number, row in rows:
        blanks = row.count("")
        if blanks == len(row):
            continue
        while row[-1] == "":
            row.pop()
            blanks -= 1
        if blanks:
            row = [None if value == "" else value for value in row]
        yield number, row


def _merged_down(rows: Rows, ranges: Iterable[Range]) -> Rows:
    """Repeat the value of a cell that is merged down its column in every row it covers."""
    waiting = sorted(
        (
            (top + 1, bottom + 1, left)
            for (top, left), (bottom, right) in ranges
            if left == right and top < bottom
        ),
        reverse=True,
    )
    open_cells: dict[int, tuple[int, Any]] = {}  # column: last row, value
    for number, row in rows:
        while waiting and waiting[-1][0] <= number:
            top, bottom, column = waiting.pop()
            if top == number and column < len(row):
                open_cells[column] = bottom, row[column]
        for column, (bottom, value) in open_cells.items():
            if number <= bottom:
                row.extend([None] * (column + 1 - len(row)))
                row[column] = value if row[column] is None else row[column]
        yield number, row


def decode(content: bytes) -> str:
    """Text of a file in UTF-8, UTF-16 or GB 18030.

    Raises Refused when it is none of them or holds control characters.
    """
    encodings = ["utf-16"] if content.startswith(UTF16) else ["utf-8-sig", "gb18030"]
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if CONTROLS.search(text):
            raise Refused("not_a_workbook", DAMAGED)
        return text
    raise Refused("not_a_workbook", UNKNOWN_TEXT)


def _text(text: str, name: str) -> list[Sheet]:
    start = text[:4096].lstrip().lower()
    if start.startswith("<"):
        return _markup(text, start, name)
    return [Sheet(name, False, functools.partial(csv_rows, text))]


def _markup(text: str, start: str, name: str) -> list[Sheet]:
    if "urn:schemas-microsoft-com:office:spreadsheet" in start:
        return spreadsheet_xml(text)
    if not re.search(r"<table[\s>]", text, re.IGNORECASE):
        raise Refused("not_a_workbook", DAMAGED)
    tables = Tables()
    tables.feed(text)
    tables.close()
    rows = functools.partial(_kept, tables.rows, tables.ranges)
    return [Sheet(name, False, rows)]


def _kept(rows: list[tuple[int, Row]], ranges: list[Range]) -> Rows:
    return _merged_down(_filled((number, list(row)) for number, row in rows), ranges)


def csv_rows(text: str) -> Rows:
    """Records with the line each begins on, whatever ends lines and parts columns."""
    lines = io.StringIO(text, newline=None)
    declared = re.match(r"sep=(.)\r?\n", text)
    reader = csv.reader(lines, delimiter=declared[1] if declared else _delimiter(text))
    number = 1
    try:
        for record in reader:
            if any(record) and not (declared and number == 1):
                yield from _filled([(number, [_unquoted(value) for value in record])])
            number = reader.line_num + 1
    except csv.Error as broken:
        raise Refused("not_a_workbook", OPEN_QUOTE) from broken


def _unquoted(value: str) -> str:
    # ="110106…" is how other systems keep Excel from shortening a number.
    return value[2:-1] if value.startswith('="') and value.endswith('"') else value


def _delimiter(text: str) -> str:
    """The character that parts the first records into the most columns, most evenly."""

    def evenness(delimiter: str) -> int:
        reader = csv.reader(io.StringIO(text, newline=None), delimiter=delimiter)
        try:
            widths = Counter(len(record) for record in itertools.islice(reader, 60))
        except csv.Error:
            return 0
        return max((width - 1) * times for width, times in widths.items())

    return max(",\t;|", key=evenness)


class Tables(HTMLParser):
    """The rows of all tables of a page one after another, as Excel opens such a file."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[tuple[int, Row]] = []
        self.ranges: list[Range] = []
        self._covered: dict[int, int] = {}  # column: last row that a cell above reaches into
        self._span = (1, 1)
        self._cell: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "tr":
            self._end_cell()
            self.rows.append((len(self.rows) + 1, []))
        elif tag in ("td", "th") and self.rows:
            self._end_cell()
            spans = dict(attrs)
            self._span = _span(spans.get("colspan")), _span(spans.get("rowspan"))
            self._cell = []
        elif tag == "br" and self._cell is not None:
            self._cell.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th", "tr", "table"):
            self._end_cell()

    def handle_data(self, data: str) -> None:
        if self._cell is not None:
            self._cell.append(data)

    def close(self) -> None:
        super().close()
        self._end_cell()

    def _end_cell(self) -> None:
        if self._cell is None:
            return
        number, row = self.rows[-1]
        while self._covered.get(len(row), 0) >= number:
            row.append("")
        (across, down), left = self._span, len(row)
        row += ["".join(self._cell).replace("\xa0", " ").strip()] + [""] * (across - 1)
        self._cell = None
        if down > 1:
            self._covered.update(dict.fromkeys(range(left, len(row)), number + down - 1))
            self.ranges.append(((number - 1, left), (number + down - 2, len(row) - 1)))


def _span(text: str | None) -> int:
    return min(max(int(text), 1), 1000) if text and text.isdecimal() else 1


def spreadsheet_xml(text: str) -> list[Sheet]:
    """Sheets of the XML format of Excel 2003, which older systems still write as .xls."""
    body = re.sub(r"^\s*<\?xml.*?\?>", "", text, count=1).encode()
    sheets: list[Sheet] = []
    rows: list[tuple[int, Row]] = []
    ranges: list[Range] = []
    for event, node in ElementTree.iterparse(
        io.BytesIO(body), events=("start", "end"), forbid_dtd=True
    ):
        if event == "start" and node.tag == SS + "Worksheet":
            rows, ranges = [], []
            name = node.get(SS + "Name") or f"Sheet{len(sheets) + 1}"
            sheets.append(Sheet(name, False, functools.partial(_kept, rows, ranges)))
        elif event == "end" and node.tag == SS + "Row":
            number = int(node.get(SS + "Index") or (rows[-1][0] + 1 if rows else 1))
            rows.append((number, _xml_row(node, number, ranges)))
            node.clear()
        elif event == "end" and node.tag == EXCEL + "Visible":
            sheets[-1] = sheets[-1]._replace(hidden=True)
    return sheets


def _xml_row(node: Any, number: int, ranges: list[Range]) -> Row:
    row: Row = []
    for cell in node.iterfind(SS + "Cell"):
        column = int(cell.get(SS + "Index") or len(row) + 1) - 1
        if column >= 16_384:
            raise Refused("too_large", TOO_LARGE)
        row += [""] * (column - len(row)) + [_xml_value(cell.find(SS + "Data"))]
        row += [""] * min(int(cell.get(SS + "MergeAcross") or 0), 16_384)
        down = int(cell.get(SS + "MergeDown") or 0)
        ranges.append(((number - 1, column), (number - 1 + down, len(row) - 1)))
    return row


def _xml_value(node: Any) -> Any:
    if node is None:
        return ""
    text = "".join(node.itertext()).strip()
    kind = node.get(SS + "Type")
    if kind == "Number":
        return float(text)
    if kind == "DateTime":
        moment = datetime.datetime.fromisoformat(text)
        return moment if moment.time() != datetime.time() else moment.date()
    return text


def _plain(value: object) -> object:
    """What JSON has no word for."""
    if isinstance(value, datetime.date):
        return {"d": value.isoformat()}
    return str(value)


def answer(sheets: list[Sheet], index: int, limit: int | None, write: Write) -> None:
    """Write one sheet, or its first rows, in chunks with an empty list behind."""
    rows = itertools.islice(sheets[index].rows(), limit)
    while chunk := list(itertools.islice(rows, CHUNK)):
        write(list(zip(*chunk, strict=True)))
    write([])


def serve(source: BinaryIO, target: BinaryIO) -> None:
    """Read the file from the pipe, then answer requests until the pipe is closed."""
    encode = json.JSONEncoder(
        default=_plain,
        ensure_ascii=False,
        check_circular=False,
        allow_nan=False,
        separators=(",", ":"),
    ).encode

    def write(message: Any) -> None:
        target.write(encode(message).encode() + b"\n")
        target.flush()

    write("ready")
    order = json.loads(source.readline())
    try:
        sheets, warnings = read(source.read(order["size"]), order["name"])
        names = [(sheet.name, sheet.hidden) for sheet in sheets]
        write({"sheets": names, "warnings": warnings})
        for request in source:
            index, limit = json.loads(request)
            answer(sheets, index, limit, write)
    except Refused as refused:
        write({"code": refused.code, "sentence": refused.sentence})
    except MemoryError:
        write({"code": "too_large", "sentence": TOO_LARGE})


def confine() -> None:
    """Limit this process: memory, seconds of work, no file, no core."""
    wanted = {"RLIMIT_AS": MEMORY, "RLIMIT_CPU": CPU, "RLIMIT_FSIZE": 0, "RLIMIT_CORE": 0}
    for name, value in wanted.items():
        kind = getattr(resource, name)
        hard = resource.getrlimit(kind)[1]
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        # At the hard limit of time the end would be SIGKILL, as by a stranger.
        most = value + 5 if name == "RLIMIT_CPU" and hard == resource.RLIM_INFINITY else value
        try:
            resource.setrlimit(kind, (value, most))
        except ValueError:  # macOS knows no limit of address space
            continue


def main() -> None:
    confine()
    serve(sys.stdin.buffer, sys.stdout.buffer)


if __name__ == "__main__":
    main()
