"""Workbooks we hand out: a blank one to fill in, and the rows that did not go in."""

import json
from collections.abc import Iterable, Mapping, Sequence
from io import BytesIO

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, Cell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from wanping_union.accounts.models import Union
from wanping_union.imports.kinds import Field, Kind, Reads
from wanping_union.imports.models import BadRow

VERSION = "版本 2026-11"
FIRST_ROW = 4  # of the rows to fill in: title, header and sample stand above
LAST_ROW = 5_000
TEXT = "@"
LISTS = "选项"
NOTES = "填写说明"
REASON = "原因"
EDGE = Side(style="thin", color="BFBFBF")
BORDER = Border(left=EDGE, right=EDGE, top=EDGE, bottom=EDGE)
HEAD = PatternFill("solid", fgColor="DCE6F2")
GREY = Font(color="808080", italic=True)
RED = Font(color="C00000", bold=True)
GENERAL_NOTES = (
    "从第 4 行开始填写，一人（家、个）一行；灰色的示例行不用删，导入时会跳过。",
    "带 * 的列必须填写，其他列可以空着；空着的格不会改动系统里已有的内容。",
    "列的顺序可以调整，不用的列可以删掉；不要改列名。",
    "从别的表格复制时，请用“选择性粘贴—数值”，以免盖掉下拉选项和文本格式。",
)


def choices_of(kind: Kind, union: Union) -> dict[str, Sequence[str]]:
    """What may be chosen, by key of column: fixed choices and the union's own."""
    fixed = {f.column.key: f.choices for f in kind.fields if f.choices}
    return {**fixed, **{key: found for key, found in kind.options(union).items() if found}}


def blank(kind: Kind, union: Union) -> bytes:
    """A workbook with drop-downs, text cells, a sample row and notes."""
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.title = kind.label
    choices = choices_of(kind, union)
    _head(sheet, kind, union)
    for place, field in enumerate(kind.fields, 1):
        _column(sheet, place, field, union)
    _notes(book.create_sheet(NOTES), kind)
    _drop_downs(sheet, book.create_sheet(LISTS), kind, choices)
    return _saved(book)


def _head(sheet: Worksheet, kind: Kind, union: Union) -> None:
    year = "（    年）" if kind.needs_year else ""
    sheet["A1"] = f"{kind.label}{year}　{union.name}　{VERSION}"
    sheet["A1"].font = Font(size=14, bold=True)
    sheet.freeze_panes = f"B{FIRST_ROW}"
    sheet.row_dimensions[2].height = 24
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = sheet.PAPERSIZE_A4
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.print_title_rows = "2:2"


def _column(sheet: Worksheet, place: int, field: Field, union: Union) -> None:
    letter = get_column_letter(place)
    head = sheet.cell(2, place, field.column.label + ("*" if field.column.required else ""))
    head.font, head.fill, head.border = Font(bold=True), HEAD, BORDER
    head.alignment = Alignment(horizontal="center", vertical="center", wrap_text=True)
    sample = sheet.cell(3, place, union.name if field.column.key == "union" else field.sample)
    sample.font = GREY
    sheet.column_dimensions[letter].width = field.width
    if field.reads in (Reads.NUMBER,):
        return
    # The whole column, so that what is typed below keeps its digits and its zeros.
    sheet.column_dimensions[letter].number_format = TEXT
    for row in range(3, FIRST_ROW + 200):
        sheet.cell(row, place).number_format = TEXT


def _drop_downs(
    sheet: Worksheet, lists: Worksheet, kind: Kind, choices: Mapping[str, Sequence[str]]
) -> None:
    """Choices stand in a sheet of their own: a list in the cell itself holds 255 characters."""
    keys = [field.column.key for field in kind.fields]
    for column, (key, words) in enumerate(choices.items(), 1):
        letter = get_column_letter(column)
        for row, word in enumerate(words, 1):
            lists.cell(row, column, word)
        rule = DataValidation(
            type="list",
            formula1=f"'{LISTS}'!${letter}$1:${letter}${len(words)}",
            allow_blank=True,
            showErrorMessage=key not in ("enterprise", "industry"),
            errorTitle="请从下拉选项里选",
            error="请点单元格右边的小三角，从下拉选项里选一个。",
        )
        target = get_column_letter(keys.index(key) + 1)
        rule.add(f"{target}{FIRST_ROW}:{target}{LAST_ROW}")
        sheet.add_data_validation(rule)
    lists.sheet_state = "hidden"


def _notes(sheet: Worksheet, kind: Kind) -> None:
    sheet.column_dimensions["A"].width = 24
    sheet.column_dimensions["B"].width = 70
    for words in GENERAL_NOTES:
        sheet.append([words])
    sheet.append([])
    for field in kind.fields:
        need = "必填。" if field.column.required else ""
        sheet.append([field.column.label, need + (field.hint or "可不填。" * (not need))])


def failed_rows(
    kind: Kind, columns: Iterable[tuple[str, str, str]], bad_rows: Iterable[BadRow]
) -> bytes:
    """A workbook of text cells: the file's own headings in its own order, then the reason.

    columns: (key, own name, heading in the file).
    """
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.title = kind.label
    heads = [(key, heading) for key, _, heading in columns]
    reason = len(heads) + 1
    for place, heading in enumerate([*(h for _, h in heads), REASON], 1):
        head = sheet.cell(1, place, heading)
        head.font, head.fill, head.border = Font(bold=True), HEAD, BORDER
        sheet.column_dimensions[get_column_letter(place)].width = 18
    sheet.column_dimensions[get_column_letter(reason)].width = 60
    sheet.freeze_panes = "A2"
    for at, bad in enumerate(bad_rows, 2):
        cells: dict[str, str] = json.loads(bad.cells)
        for place, (key, _) in enumerate(heads, 1):
            _write_text(sheet.cell(at, place), cells.get(key, ""))
        why = "；".join(f"{column}：{words}" for column, _, words in json.loads(bad.problems))
        last = sheet.cell(at, reason)
        _write_text(last, f"（原第 {bad.row} 行）{why}")
        last.font, last.alignment = RED, Alignment(wrap_text=True, vertical="top")
    return _saved(book)


def _write_text(cell: Cell, text: str) -> None:
    """As text, whatever it looks like: never a number, never a formula."""
    cell.number_format = TEXT
    if text:
        cell.value = ILLEGAL_CHARACTERS_RE.sub("", text)
        cell.data_type = "s"


def _saved(book: Workbook) -> bytes:
    target = BytesIO()
    book.save(target)
    return target.getvalue()
