"""Finds the table in a book: its sheet, header row and columns, and which rows are data."""

import functools
import itertools
import operator
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from wanping_union.imports.reading import Book, Cell, NumberedRow, Row, Sheet, Unreadable

HEADER_WITHIN = 40  # rows that hold anything, from the top of a sheet
LONGEST_HEADER = 40  # characters; a longer cell is prose
NO_HEADER = "no_header"
NOTHING_THERE = "表格里没有内容。请确认选对了文件，填好后再上传。"
NO_LIKENESS = (
    "没有找到表头。表格里要有一行写明各列的名称，至少有：{}。请补上表头，或下载模板填写后再上传。"
)
MISSING = (
    "工作表“{}”第 {} 行像是表头，但缺少这些列：{}。"
    "请把列名改成这些名称（或补上这些列）后再上传，也可以下载模板填写。"
)

BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|【[^【】]*】|<[^<>]*>")
MARKS = re.compile(r"必填项?|选填|可不填|[\s*★☆#:：?!'\"`_]|^\d+[.、]")
BRACKET_SIGNS = re.compile(r"[()\[\]【】<>]")
# Another person's, or another time's: 配偶姓名 is never the member's own name.
SOMEBODY_ELSE = re.compile(
    r"^(?:配偶|子女|父亲|母亲|家属|亲属|紧急|联系人|推荐人|介绍人|代办|是否|原|前)"
)
OTHER_SHEETS = re.compile(r"字典|说明|须知|示例|样例|样表|参考|选项|代码表|模板")
YEAR = re.compile(r"(?<!\d)((?:19|20)\d\d)\s*年")
DATED = re.compile(r"日期|时间[:：]")
REPORTING = re.compile(
    r"(?:(?:填报|填表|报送|上报|编制)(?:单位|工会)|(?:所属|所在|基层)?工会名称)"
    r"(?:[(（][^()（）]*[)）])?\s*(?:[:：]\s*(?P<name>.*)|$)"
)
REPORTING_ENDS = re.compile(
    r"\s{2,}|\t|(?:填报|填表|报送|上报|制表)(?:日期|时间|人)|日期[:：]|单位[:：]"
)

SAMPLE = re.compile(r"(?:填写|填报)?(?:示例|样例|范例|例如|例$|例[:：0-9一二三])")
SAMPLE_NAME = re.compile(r"[(（【\[](?:示例|样例|范例|例)[)）】\]]|(?:示例|样例)$")
TOTAL = re.compile(
    r"(?:本页|本表|全部|总人数|人数)?(?:合计|小计|总计|共计|累计)[:：(（]?\d*[人户家个名元]?[)）]?"
)
NOTE = re.compile(
    r"(?:备?注|说明|填表说明|填写说明|填报说明|注意(?:事项)?)(?:[:：、.(（\d]|$)|填表|填报[人时日单说]"
    r"|(?:制表|审核|复核|经办|统计|主管|单位负责|负责|联系|工会主席|盖章|公章)[^:：]{0,8}[:：]"
)
PROSE = re.compile(r"[。；，：！;:!]")
LONG_TEXT = 10  # characters
LONG_CODE = re.compile(r"[0-9A-Za-z]{15,}")  # an ID number, also a damaged one
LONG_NUMBER = 1e14


@dataclass(frozen=True)
class Column:
    """key: keyword of the value; label: the portal's own name; synonyms: what people write."""

    key: str
    label: str
    synonyms: tuple[str, ...] = ()
    required: bool = False


@dataclass(frozen=True)
class Layout:
    """How a sheet is to be read.

    columns: key to place in the row, from 0. headings: key to what stands in the header.
    header_row: as Excel shows it. unknown: headers that belong to no column. missing: labels of
    optional columns that are not there. others: visible sheets with such a table, not read.
    year, reporting_union: from the title, "" and None where it does not say.
    """

    sheet: Sheet
    header_row: int
    columns: Mapping[str, int]
    headings: Mapping[str, str]
    required: frozenset[str]
    unknown: tuple[str, ...]
    missing: tuple[str, ...]
    others: tuple[str, ...]
    year: int | None
    reporting_union: str

    @functools.cached_property
    def places(self) -> frozenset[int]:
        """Places of the mapped columns."""
        return frozenset(self.columns.values())

    @functools.cached_property
    def key_places(self) -> tuple[int, ...]:
        """Places of the required columns."""
        return tuple(place for key, place in self.columns.items() if key in self.required)


class RowKind(Enum):
    DATA = "data"
    BLANK = "blank"
    SAMPLE = "sample"
    TOTAL = "total"
    NOTE = "note"
    REPEATED_HEADER = "repeated_header"


Names = Mapping[str, frozenset[str]]  # key: what its header may be, normalised


@dataclass(frozen=True)
class _Candidate:
    """One possible header: places by key, the text over every place."""

    sheet: Sheet
    number: int
    places: dict[str, int]
    texts: list[str]
    rows_below: int

    @property
    def rank(self) -> tuple[bool, bool, int]:
        own = not OTHER_SHEETS.search(self.sheet.name)
        return own, self.rows_below > 0, len(self.places)


def understand(
    rows_by_sheet: Mapping[Sheet, Sequence[NumberedRow]], columns: Sequence[Column]
) -> Layout:
    """The best table among the visible sheets.

    rows_by_sheet: the first rows of each sheet. Raises Unreadable (no_header), naming the
    required columns that were not found.
    """
    names = {column.key: _names(column) for column in columns}
    visible = {sheet: rows for sheet, rows in rows_by_sheet.items() if not sheet.hidden and rows}
    candidates = [
        candidate
        for sheet, rows in visible.items()
        for candidate in _candidates(sheet, rows, names)
    ]
    required = frozenset(column.key for column in columns if column.required)
    whole = [candidate for candidate in candidates if required <= candidate.places.keys()]
    if not whole:
        raise Unreadable(NO_HEADER, _complaint(candidates, columns) if visible else NOTHING_THERE)
    best = max(whole, key=lambda candidate: candidate.rank)
    title = [row for number, row in visible[best.sheet] if number < best.number]
    used = set(best.places.values())
    return Layout(
        sheet=best.sheet,
        header_row=best.number,
        columns=best.places,
        headings={key: best.texts[place] for key, place in best.places.items()},
        required=required,
        unknown=tuple(t for place, t in enumerate(best.texts) if t and place not in used),
        missing=tuple(column.label for column in columns if column.key not in best.places),
        others=_others(whole, best),
        year=_year(title),
        reporting_union=_reporting_union(title),
    )


def layout_of(book: Book, columns: Sequence[Column]) -> Layout:
    """`understand` for an open book."""
    heads = {sheet: book.head(sheet.index) for sheet in book.sheets if not sheet.hidden}
    return understand(heads, columns)


def _candidates(sheet: Sheet, rows: Sequence[NumberedRow], names: Names) -> Iterator[_Candidate]:
    above: tuple[int, list[str]] = (-1, [])
    for at, (number, row) in enumerate(rows[:HEADER_WITHIN]):
        texts = [_heading(cell) for cell in row]
        below = len(rows) - at - 1
        yield _Candidate(sheet, number, _places([texts], names), texts, below)
        if above[0] == number - 1 and _may_group(above[1]):
            grouped = _grouped(above[1], texts)
            places = _places([texts, grouped], names)
            yield _Candidate(sheet, number, places, grouped, below)
        above = number, texts


def _may_group(texts: list[str]) -> bool:
    """Not a title, which stands alone, nor 填报单位：…"""
    return sum(map(bool, texts)) > 1 and not any(":" in text or "：" in text for text in texts)


def _heading(cell: Cell) -> str:
    return cell.strip() if isinstance(cell, str) and len(cell) <= LONGEST_HEADER else ""


def _grouped(above: list[str], below: list[str]) -> list[str]:
    """Headers of two rows as one: 家庭 over 电话 gives 家庭电话, 姓名 over nothing stays 姓名."""
    width = max(len(above), len(below))
    above = above + [""] * (width - len(above))
    below = below + [""] * (width - len(below))
    group = ""
    texts = []
    for upper, lower in zip(above, below, strict=True):
        group = upper or (group if lower else "")
        texts.append(lower if lower.startswith(group) else group + lower)
    return texts


def _places(readings: Sequence[list[str]], names: Names) -> dict[str, int]:
    """Key to place: exact names first, then names without brackets, then names within names."""
    places: dict[str, int] = {}
    for find in (_exact, _without_brackets, _within):
        for texts in readings:
            free = {p: text for p, text in enumerate(texts) if text and p not in places.values()}
            places |= find(free, {key: names[key] for key in names if key not in places})
    return places


def _exact(free: Mapping[int, str], names: Names) -> dict[str, int]:
    return _by_name({place: _normal(text) for place, text in free.items()}, names)


def _without_brackets(free: Mapping[int, str], names: Names) -> dict[str, int]:
    return _by_name({place: _bare(text) for place, text in free.items()}, names)


def _by_name(free: Mapping[int, str], names: Names) -> dict[str, int]:
    found: dict[str, int] = {}
    for place, text in free.items():
        key = next((key for key in names if key not in found and text in names[key]), None)
        if key is not None:
            found[key] = place
    return found


def _within(free: Mapping[int, str], names: Names) -> dict[str, int]:
    claims: dict[str, list[int]] = {}
    for place, text in free.items():
        key = _longest_within(_bare(text), names)
        if key is not None:
            claims.setdefault(key, []).append(place)
    return {key: places[0] for key, places in claims.items() if len(places) == 1}


def _longest_within(text: str, names: Names) -> str | None:
    """Key of the column whose name is the longest part of the text, unless two are as long."""
    if SOMEBODY_ELSE.match(text):
        return None
    lengths = {
        key: max((len(name) for name in own if len(name) > 1 and name in text), default=0)
        for key, own in names.items()
    }
    longest = max(lengths.values(), default=0)
    keys = [key for key, length in lengths.items() if length == longest]
    return keys[0] if longest and len(keys) == 1 else None


def _names(column: Column) -> frozenset[str]:
    names = (column.label, *column.synonyms)
    return frozenset(map(_normal, names)) | frozenset(map(_bare, names))


@functools.lru_cache(maxsize=5_000)
def _normal(text: str) -> str:
    """A header without spaces, marks and 必填; brackets fall, what they hold stays."""
    return BRACKET_SIGNS.sub("", MARKS.sub("", _folded(text))).upper()


@functools.lru_cache(maxsize=5_000)
def _bare(text: str) -> str:
    """The same without what stands in brackets: units, hints."""
    return MARKS.sub("", BRACKETS.sub("", _folded(text))).upper()


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).replace("〔", "[").replace("〕", "]").strip()


def _complaint(candidates: Sequence[_Candidate], columns: Sequence[Column]) -> str:
    required = [column for column in columns if column.required]
    best = max(candidates, key=lambda c: len(c.places), default=None)
    if best is None or len(best.places) < 2:
        return NO_LIKENESS.format("、".join(column.label for column in required))
    missing = [column.label for column in required if column.key not in best.places]
    return MISSING.format(best.sheet.name, best.number, "、".join(missing))


def _others(whole: Sequence[_Candidate], best: _Candidate) -> tuple[str, ...]:
    sheets = {c.sheet.index: c.sheet.name for c in whole if c.rank[:2] == (True, True)}
    return tuple(name for index, name in sheets.items() if index != best.sheet.index)


def _year(title: Sequence[Row]) -> int | None:
    for text in _texts(title):
        found = YEAR.search(text)
        if found and not DATED.search(text):
            return int(found[1])
    return None


def _reporting_union(title: Sequence[Row]) -> str:
    for text, following in itertools.pairwise([*_texts(title), ""]):
        found = REPORTING.search(text)
        if found:
            name = found["name"] or following
            return REPORTING_ENDS.split(name)[0].strip()
    return ""


def _texts(rows: Sequence[Row]) -> list[str]:
    return [cell.strip() for row in rows for cell in row if isinstance(cell, str)]


def classify(row: Row, layout: Layout) -> RowKind:
    """What a row below the header is.

    A row that holds something like an ID number is data, whatever the person is called, unless
    it is marked as a sample.
    """
    filled = filter(_holds, row)
    first = next(filled, None)
    if isinstance(first, str) and "例" in first and SAMPLE.match(_compact(first)):
        return RowKind.SAMPLE
    identified = False
    for place in layout.key_places:
        cell = row[place] if place < len(row) else None
        if isinstance(cell, str) and "例" in cell and SAMPLE_NAME.search(cell):
            return RowKind.SAMPLE
        identified = identified or _is_code(cell)
    if identified:  # nearly every row ends here
        return RowKind.DATA
    return _classify_anonymous(_compact(first), _compact(next(filled, None)), row, layout)


def _classify_anonymous(first: str, second: str, row: Row, layout: Layout) -> RowKind:
    filled = [place for place, cell in enumerate(row) if _holds(cell)]
    mapped = [place for place in filled if place in layout.places]
    if any(_is_code(row[place]) for place in mapped):
        return RowKind.DATA
    if TOTAL.fullmatch(first) or TOTAL.fullmatch(second):
        return RowKind.TOTAL
    if _is_note(first, len(filled) == 1, any(place in layout.key_places for place in filled)):
        return RowKind.NOTE
    if _repeats_header(row, layout):
        return RowKind.REPEATED_HEADER
    return RowKind.DATA if mapped else RowKind.BLANK


def _holds(cell: Cell) -> bool:
    return cell is not None and not (isinstance(cell, str) and not cell.strip())


def _compact(cell: Cell) -> str:
    return "".join(cell.split()) if isinstance(cell, str) else ""


def _is_code(cell: Cell) -> bool:
    if isinstance(cell, str):
        return len(cell) >= 15 and LONG_CODE.search(cell) is not None
    return isinstance(cell, float | int) and cell >= LONG_NUMBER


def _is_note(text: str, alone: bool, in_key_column: bool) -> bool:
    if NOTE.match(text):
        return True
    long = len(text) > LONG_TEXT
    if not alone or not (long or YEAR.match(text)):
        return False
    return not in_key_column or PROSE.search(text) is not None or YEAR.match(text) is not None


def _repeats_header(row: Row, layout: Layout) -> bool:
    same = sum(
        place < len(row) and _compact(row[place]) == _compact(layout.headings[key])
        for key, place in layout.columns.items()
    )
    return same * 2 > len(layout.columns)


def _is_plainly_data(layout: Layout) -> Callable[[Row], bool]:
    """classify's quick answer for nearly every row; of the others it says nothing."""
    pick = operator.itemgetter(0, *layout.key_places)

    def is_plain(row: Row) -> bool:
        try:
            first, *_ = cells = pick(row)
            text = "\n".join(cells)
        except (IndexError, TypeError):  # a short row, a number
            return False
        if not first or first[0].isspace() or "例" in text:
            return False
        return LONG_CODE.search(text, len(first) + 1) is not None

    return is_plain


def data_rows(book: Book, layout: Layout) -> Iterator[tuple[int, dict[str, Cell]]]:
    """Row number and raw cells by key of every data row. Raises Unreadable."""
    keys = tuple(layout.columns)
    width = max(layout.places) + 1
    pick = operator.itemgetter(*layout.columns.values(), width)
    is_plain = _is_plainly_data(layout)
    for number, row in book.rows(layout.sheet.index):
        if number <= layout.header_row:
            continue
        if is_plain(row) or classify(row, layout) is RowKind.DATA:
            row.extend([None] * (width + 1 - len(row)))
            yield number, dict(zip(keys, pick(row), strict=False))
