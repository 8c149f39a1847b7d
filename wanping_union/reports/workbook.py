"""The monthly workbook as Chinese offices expect a table to look (domain 7.4, P-FMT-03 to -08).

Fonts are named only: a machine without 仿宋_GB2312 or 方正小标宋 shows the nearest it has.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from io import BytesIO

from django.conf import settings
from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, Cell
from openpyxl.chart import BarChart, Reference
from openpyxl.styles import Alignment, Border, Font, NamedStyle, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.hyperlink import Hyperlink
from openpyxl.worksheet.worksheet import Worksheet

from wanping_union.accounts.models import Union
from wanping_union.indicators import Section, Value
from wanping_union.reports import selectors
from wanping_union.reports.details import Block
from wanping_union.reports.selectors import Check, Frame, Line, Trend

FANGSONG = "仿宋_GB2312"
HEITI = "黑体"
XIAOBIAOSONG = "方正小标宋简体"
LINK = "17539F"
# "_ " leaves a space at the right border; LibreOffice loses the indent of some linked cells.
COUNT, MONEY, RATE, DASH = "#,##0_ ", "#,##0.00_ ", "0.0_ ", "@_ "
NONE = "—"
ORDINALS = "一二三四五六七八九十"
COLOURS = ("17539F", "C07A1F", "2B8577", "7D55A8", "B3191E", "5D6B82")
LINE_POINTS = 15.5  # height of one line of body text
DETAIL_POINTS = 18  # height of one row of a list


@dataclass(frozen=True)
class Part:
    """One section with everything that is printed of it."""

    section: Section
    lines: Sequence[Line]
    trend: Trend
    checks: Sequence[Check]


@dataclass(frozen=True)
class Report:
    """What the workbook says. blocks: the lists behind the figures."""

    union: Union
    version: int
    frame: Frame
    made_by: str
    made_at: datetime
    parts: Sequence[Part]
    blocks: Sequence[Block]

    @property
    def month_words(self) -> str:
        first = self.frame.month.start
        return f"{first.year}年{first.month}月"

    @property
    def period_words(self) -> str:
        end = self.frame.month.end
        until = f"（截至{in_words(end)}）" if self.frame.is_open else ""
        return self.month_words + until

    @property
    def facts(self) -> str:
        """Who made it and when: stands on every sheet."""
        at = f"{in_words(self.made_at.date())} {self.made_at:%H:%M}"
        made = f"生成时间：{at}　生成人：{self.made_by}"
        return f"由{settings.PORTAL_NAME}生成　第{self.version}版　{made}"


def in_words(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def compose(report: Report) -> bytes:
    """The workbook's bytes."""
    book = Workbook()
    for style in _styles():
        book.add_named_style(style)
    book.properties.title = f"{report.union}工作月报 {report.month_words}"
    book.properties.creator = settings.PORTAL_NAME
    _write_table(book.active, report)
    _write_trends(book.create_sheet("趋势"), report)
    _write_details(book.create_sheet("明细"), report)
    _write_meanings(book.create_sheet("口径"), report)
    buffer = BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def _styles() -> list[NamedStyle]:
    thin = Side(style="thin", color="000000")
    box = Border(left=thin, right=thin, top=thin, bottom=thin)
    body = Font(name=FANGSONG, size=11)
    bold = Font(name=HEITI, size=12, bold=True)
    grey = PatternFill("solid", fgColor="F2F2F2")

    def style(
        name: str,
        font: Font,
        horizontal: str,
        border: Border | None = box,
        fill: PatternFill | None = None,
        indent: int = 0,
    ) -> NamedStyle:
        wrap = horizontal != "right"
        place = Alignment(horizontal=horizontal, vertical="center", wrap_text=wrap, indent=indent)
        return NamedStyle(
            name, font=font, alignment=place, border=border or Border(), fill=fill or PatternFill()
        )

    return [
        style("标题", Font(name=XIAOBIAOSONG, size=20), "center", None),
        style("表头", bold, "center", fill=grey),
        style("分节", bold, "left", indent=1),
        style("左", body, "left", indent=1),
        style("缩进", body, "left", indent=3),
        style("中", body, "center"),
        style("数", body, "right"),
        style("链接数", Font(name=FANGSONG, size=11, color=LINK), "right"),
        style("说明", body, "left", None),
        style("说明中", body, "center", None),
        style("说明右", body, "right", None),
        style("合计", Font(name=FANGSONG, size=11, bold=True), "left", indent=1),
        style("合计数", Font(name=FANGSONG, size=11, bold=True), "right"),
    ]


# ---- 月报


TABLE_HEAD = ("序号", "指标", "单位", "本月", "本年累计", "上年同期", "同比(%)", "口径说明")
TABLE_WIDTHS = (6.5, 25, 6.5, 12, 12, 12, 11, 68)
NOTES = (
    "注：本月一栏，时点数（基层工会、会员等）为期末数，其余为本月发生数；时点数没有本年累计。",
    "　　上年同期与本年累计对应（时点数为上年同日）；上年同期为0的不计算同比，以“—”表示。",
    "　　点击数字可在平台查看组成这个数的每一行（须登录）。",
)
SIGNS = ("负责人：", "审核人：", "填报人：", "联系电话：", "　填报日期：　　　　年　　月　　日")


def _write_table(sheet: Worksheet, report: Report) -> None:
    sheet.title = "月报"
    _set_page(sheet, report, TABLE_WIDTHS, repeat=3)
    _title(sheet, f"{report.union}工作月报", len(TABLE_HEAD))
    units = sorted({line.indicator.unit for part in report.parts for line in part.lines})
    _merged(sheet, 2, 1, 3, f"填报单位：{report.union}", "说明")
    _merged(sheet, 2, 4, 7, report.period_words, "说明中")
    _put(sheet.cell(2, 8), f"单位：{'、'.join(units)}", "说明右")
    sheet.row_dimensions[2].height = 22
    _head(sheet, 3, TABLE_HEAD)
    sheet.freeze_panes = "A4"
    row, number = 4, 1
    for ordinal, part in zip(ORDINALS, report.parts, strict=False):
        _merged(sheet, row, 1, 8, f"{ordinal}、{part.section.title}", "分节")
        sheet.row_dimensions[row].height = 22
        row += 1
        for line in part.lines:
            _write_line(sheet, row, number, line, report.union)
            row, number = row + 1, number + 1
    for note in (*NOTES, f"　　{report.facts}"):
        _merged(sheet, row, 1, 8, note, "说明")
        sheet.row_dimensions[row].height = 18
        row += 1
    _merged(sheet, row + 1, 1, 8, ("　" * 8).join(SIGNS), "说明")
    sheet.row_dimensions[row + 1].height = 26
    sheet.print_area = f"A1:H{row + 1}"


def _write_line(sheet: Worksheet, row: int, number: int, line: Line, union: Union) -> None:
    indicator, frame = line.indicator, line.frame
    _put(sheet.cell(row, 1), number, "中")
    _put(sheet.cell(row, 2), indicator.name, "缩进" if indicator.is_part else "左")
    _put(sheet.cell(row, 3), indicator.unit, "中")
    cells = ((line.month, frame.month), (line.year, frame.year), (line.before, frame.before))
    for column, (value, period) in enumerate(cells, 4):
        cell = sheet.cell(row, column)
        _number(cell, value, "链接数", line.is_lower_bound)
        if value is not None:
            target = settings.PORTAL_URL + selectors.link(indicator, union, period)
            cell.hyperlink = Hyperlink(cell.coordinate, target=target, tooltip="查看这个数的每一行")
    _number(sheet.cell(row, 7), line.change, "数")
    if line.change is not None:
        sheet.cell(row, 7).number_format = RATE
    _put(sheet.cell(row, 8), indicator.definition, "左")
    sheet.row_dimensions[row].height = _height(indicator.definition, TABLE_WIDTHS[7])


# ---- 趋势


def _write_trends(sheet: Worksheet, report: Report) -> None:
    _set_page(sheet, report, (18, *[8.5] * selectors.MONTHS, 9), repeat=0)
    row = 1
    for part in report.parts:
        if part.section.trend:
            row = _write_trend(sheet, row, part, report)


def _write_trend(sheet: Worksheet, row: int, part: Part, report: Report) -> int:
    """Twelve months across, with their chart. Returns the row below them."""
    title, wide = part.section.trend_title, selectors.MONTHS + 2
    series = selectors.series(part.section, part.trend)
    _title(sheet, title, wide, row)
    words = f"填报单位：{report.union}　单位：人　{report.facts}"
    _merged(sheet, row + 1, 1, wide, words, "说明")
    sheet.row_dimensions[row + 1].height = 22
    months = [f"{p.start.year}年\n{p.start.month}月" for p in part.trend.months]
    top = row + 2
    _head(sheet, top, ["项目", *months, "合计"], height=36)
    places = range(selectors.MONTHS)
    sums: list[Value] = [sum(values[place] or 0 for _, values in series) for place in places]
    rows = [*series, ("合计", sums)]
    for at, (name, values) in enumerate(rows, top + 1):
        _put(sheet.cell(at, 1), name, "左")
        across: list[Value] = [*values, sum(value or 0 for value in values)]
        for column, value in enumerate(across, 2):
            _number(sheet.cell(at, column), value, "数")
        sheet.row_dimensions[at].height = 20
    sheet.add_chart(_chart(sheet, title, top, len(series)), f"A{top + len(series) + 3}")
    return top + len(series) + 25


def _chart(sheet: Worksheet, title: str, top: int, count: int) -> BarChart:
    """Stacked columns of the rows below `top`, one colour a row."""
    chart = BarChart()
    chart.type, chart.grouping, chart.overlap, chart.gapWidth = "col", "stacked", 100, 60
    chart.title = f"{title}（人）"
    chart.x_axis.delete = chart.y_axis.delete = False
    chart.y_axis.number_format = "0"
    chart.legend.position = "b"
    chart.width, chart.height = 26, 9.5
    last = selectors.MONTHS + 1
    rows = Reference(sheet, min_col=1, max_col=last, min_row=top + 1, max_row=top + count)
    chart.add_data(rows, from_rows=True, titles_from_data=True)
    chart.set_categories(Reference(sheet, min_col=2, max_col=last, min_row=top))
    for drawn, colour in zip(chart.series, COLOURS, strict=False):
        drawn.graphicalProperties.solidFill = colour
    return chart


# ---- 明细


DETAIL_WIDTHS = (7, 26, 22, 24, 26, 13, 11, 12, 8)


def _write_details(sheet: Worksheet, report: Report) -> None:
    """The lists that fit, each with its totals; of the others the totals' place only."""
    wide = len(DETAIL_WIDTHS)
    _set_page(sheet, report, DETAIL_WIDTHS, repeat=2)
    _title(sheet, f"{report.union}工作月报明细", wide)
    words = f"{report.period_words}　证件号码已作遮盖处理，含个人信息，请妥善保管。{report.facts}"
    _merged(sheet, 2, 1, wide, words, "说明")
    sheet.row_dimensions[2].height = 22
    sheet.freeze_panes = "A3"
    row = 3
    for ordinal, block in zip(ORDINALS, report.blocks, strict=False):
        _merged(sheet, row, 1, wide, f"{ordinal}、{block.title}", "分节")
        sheet.row_dimensions[row].height = 22
        row = _write_block(sheet, row + 1, block) if block.fits else _say_elsewhere(sheet, row + 1)


def _say_elsewhere(sheet: Worksheet, row: int) -> int:
    words = "行数较多，全部列在同一版本的“明细文件”里，请在平台月报页面下载。"
    _merged(sheet, row, 1, len(DETAIL_WIDTHS), words, "左")
    return row + 2


def _write_block(sheet: Worksheet, row: int, block: Block) -> int:
    """Head, rows, totals. Returns the row of the next block. Raises details.Differs."""
    _head(sheet, row, block.labels, height=22)
    for entry in block.entries():
        row += 1
        for column, value in enumerate(entry, 1):
            _put(sheet.cell(row, column), value, "数" if block.is_number(column) else "左")
        sheet.cell(row, 1).style = "中"
        sheet.row_dimensions[row].height = DETAIL_POINTS
    for total in block.totals():
        row += 1
        sheet.row_dimensions[row].height = DETAIL_POINTS
        _put(sheet.cell(row, 1), "合计", "合计")
        _put(sheet.cell(row, 2), total.name, "合计")
        for column, (words, value) in enumerate(total.values):
            _put(sheet.cell(row, 3 + column * 2), words, "合计")
            _number(sheet.cell(row, 4 + column * 2), value, "合计数")
        _merged(sheet, row, 7, 9, "与月报一致", "合计")
        if len(total.values) == 1:
            _merged(sheet, row, 5, 6, "", "合计")
    return row + 2


# ---- 口径


MEANING_HEAD = ("序号", "指标", "代码", "单位", "怎样计算", "数据来源", "取数期间")
MEANING_WIDTHS = (6.5, 24, 35, 6.5, 54, 36, 25)


def _write_meanings(sheet: Worksheet, report: Report) -> None:
    wide = len(MEANING_HEAD)
    _set_page(sheet, report, MEANING_WIDTHS, repeat=2)
    _title(sheet, "口径、来源与核对", wide)
    _head(sheet, 2, MEANING_HEAD)
    sheet.freeze_panes = "A3"
    row = 2
    for number, line in enumerate((ln for part in report.parts for ln in part.lines), 1):
        row += 1
        _write_meaning(sheet, row, number, line)
    row += 2
    _head(sheet, row, ("序号", "核对", "", "", "左边", "右边", "结果"))
    sheet.merge_cells(start_row=row, end_row=row, start_column=2, end_column=4)
    for number, check in enumerate((c for part in report.parts for c in part.checks), 1):
        row += 1
        _put(sheet.cell(row, 1), number, "中")
        _merged(sheet, row, 2, 4, check.words, "左")
        _number(sheet.cell(row, 5), check.left, "数")
        _number(sheet.cell(row, 6), check.right, "数")
        _put(sheet.cell(row, 7), _result(check), "中")
        sheet.row_dimensions[row].height = _height(check.words, sum(MEANING_WIDTHS[1:4]))
    _merged(sheet, row + 2, 1, wide, report.facts, "说明")


def _write_meaning(sheet: Worksheet, row: int, number: int, line: Line) -> None:
    indicator, frame = line.indicator, line.frame
    period = (
        f"{in_words(frame.month.end)}日终"
        if indicator.is_stock
        else f"{frame.year.start}至{frame.year.end}"
    )
    facts = (
        indicator.name,
        indicator.code,
        indicator.unit,
        indicator.definition,
        indicator.source,
        period,
    )
    _put(sheet.cell(row, 1), number, "中")
    for column, words in enumerate(facts, 2):
        _put(sheet.cell(row, column), words, "左")
    sheet.row_dimensions[row].height = _height(indicator.definition, MEANING_WIDTHS[4])


def _result(check: Check) -> str:
    if check.agrees:
        return "一致"
    apart = (check.left or 0) - (check.right or 0)
    return f"相差{apart}（{check.note}）" if check.note else f"相差{apart}，请核对"


# ---- cells and pages


def _put(cell: Cell, value: object, style: str) -> None:
    """Write one value. Text stays text, whatever it begins with."""
    cell.style = style
    if isinstance(value, str):
        cell.value = ILLEGAL_CHARACTERS_RE.sub("", value)
        cell.data_type = "s"
        cell.quotePrefix = value.startswith(("=", "+", "-", "@"))
        return
    cell.value = value
    if isinstance(value, date):
        cell.number_format = "yyyy-mm-dd"


def _number(cell: Cell, value: Value, style: str, is_lower_bound: bool = False) -> None:
    if value is None:
        _put(cell, NONE, style)
        cell.number_format = DASH
        return
    _put(cell, value, style)
    plain = MONEY if isinstance(value, Decimal) else COUNT
    cell.number_format = f'"≥"{plain}' if is_lower_bound else plain


def _merged(sheet: Worksheet, row: int, first: int, last: int, words: str, style: str) -> None:
    for column in range(first, last + 1):
        sheet.cell(row, column).style = style
    _put(sheet.cell(row, first), words, style)
    sheet.merge_cells(start_row=row, end_row=row, start_column=first, end_column=last)


def _title(sheet: Worksheet, words: str, wide: int, row: int = 1) -> None:
    _merged(sheet, row, 1, wide, words, "标题")
    sheet.row_dimensions[row].height = 38


def _head(sheet: Worksheet, row: int, words: Sequence[str], height: float = 24) -> None:
    for column, word in enumerate(words, 1):
        _put(sheet.cell(row, column), word, "表头")
    sheet.row_dimensions[row].height = height


def _height(words: str, width: float) -> float:
    """Points that a wrapped text needs in a column of this width."""
    units = sum(2 if ord(letter) > 255 else 1 for letter in words) * 1.06
    return max(1, -(-int(units) // int(width))) * LINE_POINTS + 7


def _set_page(sheet: Worksheet, report: Report, widths: Sequence[float], *, repeat: int) -> None:
    """Landscape A4, as wide as the paper. repeat: rows from the top printed on every page."""
    for place, width in enumerate(widths, 1):
        sheet.column_dimensions[get_column_letter(place)].width = width
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = sheet.PAPERSIZE_A4
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.page_setup.fitToHeight = 0
    sheet.print_options.horizontalCentered = True
    margins = sheet.page_margins
    margins.left = margins.right = 0.6
    margins.top, margins.bottom, margins.footer = 0.7, 0.75, 0.35
    if repeat:
        sheet.print_title_rows = f"1:{repeat}"
    name = str(report.union).replace("&", "&&")
    sheet.oddFooter.left.text = f"{name} {report.month_words} 第{report.version}版"
    sheet.oddFooter.center.text = "第 &P 页 共 &N 页"
    sheet.oddFooter.right.text = (
        f"{report.made_by.replace('&', '&&')} {report.made_at:%Y-%m-%d %H:%M}"
    )
