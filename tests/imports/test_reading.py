import datetime
import struct
import time
import zlib
from pathlib import Path

import psutil
import pytest

from tests.imports import corpus
from wanping_union.imports import child, reading
from wanping_union.imports.reading import Unreadable, open_workbook

SAMPLE = Path(reading.__file__).parents[1] / "sample" / "data"
XLS = Path(__file__).with_name("files") / "roster.xls"


def rows_of(content, name="名册.xlsx", sheet=0):
    with open_workbook(content, name) as book:
        return list(book.rows(sheet))


def refusal_of(content, name="名册.xlsx"):
    with pytest.raises(Unreadable) as caught:
        rows_of(content, name)
    return caught.value


def readers():
    """Processes that still read a file."""
    children = psutil.Process().children(recursive=True)
    return [process for process in children if str(reading.CHILD) in process.cmdline()]


# What is read


def test_the_damaged_roster_is_read_with_its_second_sheet():
    content = (SAMPLE / "roster-damaged.xlsx").read_bytes()

    with open_workbook(content, "roster-damaged.xlsx") as book:
        rows = dict(book.rows(0))
        names = [sheet.name for sheet in book.sheets]

    assert names == ["花名册", "字典"]
    assert rows[3][:3] == ["序号", "工会名称", "姓 名"]
    assert rows[6][7] == datetime.date(1970, 10, 20)
    assert rows[69] == ["注：请勿修改表头。"]


def test_rows_keep_the_number_that_excel_shows():
    content = corpus.with_cells(C5="甲", F7="乙")

    assert rows_of(content) == [(5, [None, None, "甲"]), (7, [None] * 5 + ["乙"])]


def test_cells_keep_their_kind():
    moment = datetime.datetime.fromisoformat("2016-12-30T08:30")
    content = corpus.with_cells(
        A1="文", B1=1.5, C1=True, D1=datetime.date(2016, 12, 30), E1=moment, F1=datetime.time(8, 30)
    )

    [(_, row)] = rows_of(content)

    assert row == ["文", 1.5, True, datetime.date(2016, 12, 30), moment, "08:30:00"]


def test_a_hidden_sheet_is_told_apart_and_a_chart_is_no_sheet():
    book = corpus.openpyxl.Workbook()
    book.create_chartsheet("图")
    book.create_sheet("字典").sheet_state = "hidden"

    with open_workbook(corpus.saved(book), "名册.xlsx") as opened:
        assert [(sheet.name, sheet.hidden) for sheet in opened.sheets] == [
            ("Sheet", False),
            ("字典", True),
        ]


def test_a_value_merged_down_a_column_stands_in_every_row_it_covers():
    rows = [
        ["工会", "姓名"],
        ["晓月苑", "甲"],
        [None, "乙"],
        [None, None],
        [None, "丙"],
        ["湖畔", "丁"],
    ]
    content = corpus.xlsx(rows, merged="A2:A5")

    assert [row for _, row in rows_of(content)] == [
        ["工会", "姓名"],
        ["晓月苑", "甲"],
        ["晓月苑", "乙"],
        ["晓月苑", "丙"],
        ["湖畔", "丁"],
    ]


def test_a_merged_title_stays_one_cell():
    content = corpus.xlsx([["花名册", None, None], ["甲", "乙", "丙"]], merged="A1:C1")

    assert rows_of(content)[0] == (1, ["花名册"])


def test_a_sheet_can_be_read_again_after_it_was_left_in_the_middle():
    content = corpus.xlsx([[number] for number in range(5_000)], [["二"]])

    with open_workbook(content, "名册.xlsx") as book:
        assert [number for number, _ in book.head(0, limit=3)] == [1, 2, 3]
        next(book.rows(0))
        assert list(book.rows(1)) == [(1, ["二"])]
        assert len(list(book.rows(0))) == 5_000


def test_formulas_without_a_value_are_empty_and_warned_of():
    content = corpus.with_sheet(
        b'<row r="1"><c r="A1"><f>B1</f></c><c r="B1"><f>1+1</f><v>2</v></c>'
        b'<c r="C1" t="str"><f>"a"</f><v>a</v></c><c r="D1"><f>A1</f><v></v></c></row>'
    )

    with open_workbook(content, "名册.xlsx") as book:
        assert list(book.rows(0)) == [(1, [None, 2.0, "a"])]
        assert [warning[:11] for warning in book.warnings] == ["有 2 个公式单元格没"]


@pytest.mark.parametrize("name", ["名册.xls", "名册.et", "名册.xlsx", "名册"])
def test_the_old_binary_format_is_known_by_its_content(name):
    with open_workbook(XLS.read_bytes(), name) as book:
        rows = list(book.rows(0))
        assert [sheet.hidden for sheet in book.sheets] == [False, True]

    assert rows[0] == (2, [None, "会员花名册（2016年）"])
    assert rows[2] == (
        4,
        [1, "韩轩娜", "110106198507150020", "晓月苑联合工会", datetime.date(2016, 12, 30), 25],
    )
    assert rows[3][1][3] == "晓月苑联合工会"


def test_open_document_tables_are_read():
    assert rows_of(corpus.ods([["姓名", "民族"], ["甲", "汉族"]]), "名册.ods") == [
        (1, ["姓名", "民族"]),
        (2, ["甲", "汉族"]),
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-be"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_text_tables_are_read_whatever_their_writing(encoding, delimiter, end):
    text = end.join(
        delimiter.join(line)
        for line in [["姓名", "工会", "备注"], ["韩轩娜", "晓月苑，北", "龘𠮷"]]
    )
    mark = "\ufeff" if encoding == "utf-16-be" else ""

    [sheet] = child.read((mark + text + end).encode(encoding), "名册")[0]

    assert list(sheet.rows()) == [
        (1, ["姓名", "工会", "备注"]),
        (2, ["韩轩娜", "晓月苑，北", "龘𠮷"]),
    ]


def test_in_text_a_record_has_the_number_of_the_line_it_begins_on():
    text = '姓名,备注\r\n\r\n甲,"两\r\n行"\r\n,\r\n乙,无\r\n'

    assert rows_of(text.encode(), "名册.csv") == [
        (1, ["姓名", "备注"]),
        (3, ["甲", "两\n行"]),
        (6, ["乙", "无"]),
    ]


def test_text_may_declare_its_delimiter_and_protect_numbers():
    text = 'sep=|\n姓名|证件号码\n甲|="110106198507150020"\n'

    assert list(child.csv_rows(text)) == [
        (2, ["姓名", "证件号码"]),
        (3, ["甲", "110106198507150020"]),
    ]


def test_a_web_page_saved_as_xls_is_read():
    page = corpus.html(
        "<tr><th colspan=3>花名册<tr><td>姓&nbsp;名</td><td>工会</td><td>备注<br>二</td></tr>"
        "<tr><td>甲</td><td rowspan=2>晓月苑</td><td>&lt;无&gt;</td></tr><tr><td>乙</td><td>有</td></tr>"
    )

    assert rows_of(page, "名册.xls") == [
        (1, ["花名册"]),
        (2, ["姓 名", "工会", "备注\n二"]),
        (3, ["甲", "晓月苑", "<无>"]),
        (4, ["乙", "晓月苑", "有"]),
    ]


def test_the_xml_of_excel_2003_is_read():
    with open_workbook(corpus.SPREADSHEET_XML, "名册.xls") as book:
        rows = list(book.rows(0))
        assert [(sheet.name, sheet.hidden) for sheet in book.sheets] == [
            ("名册", False),
            ("字典", True),
        ]

    assert rows == [
        (1, ["花名册"]),
        (4, ["姓名", None, "出生日期"]),
        (5, ["张三", None, datetime.date(1990, 1, 2), 12.5]),
        (6, ["张三", "同上"]),
    ]


# What is quiet


@pytest.mark.parametrize("cells", [(), ("A", "B")])
def test_a_million_rows_without_a_value_are_quick_and_quiet(cells):
    content = corpus.padded(corpus.inline("A1", "甲"), cells=cells)
    began = time.monotonic()

    assert rows_of(content) == [(1, ["甲"])]
    assert time.monotonic() - began < 10


def test_a_value_far_below_is_found():
    content = corpus.with_cells(A1="甲", C1048576="乙")

    assert rows_of(content)[-1] == (1_048_576, [None, None, "乙"])


# What is refused


@pytest.mark.parametrize(
    ("content", "code"),
    [
        pytest.param(b"", "not_a_workbook", id="empty"),
        pytest.param("\ufeff \r\n".encode(), "not_a_workbook", id="blank text"),
        pytest.param(b"%PDF-1.7 ...", "not_a_workbook", id="pdf"),
        pytest.param(b"\x89PNG\r\n\x1a\n" + b"\0" * 64, "not_a_workbook", id="picture"),
        pytest.param(b"MZ\x90\0\x03\0\0\0" * 64, "not_a_workbook", id="program"),
        pytest.param(b"\x81\x30\xff" * 64, "not_a_workbook", id="no known encoding"),
        pytest.param(b"<html><p>hello</p></html>", "not_a_workbook", id="page without table"),
        pytest.param(b"PK\x05\x06" + b"\0" * 18, "not_a_workbook", id="empty archive"),
        pytest.param(corpus.xlsx(corpus.ROSTER)[:3_000], "not_a_workbook", id="half a file"),
        pytest.param(corpus.ole("WordDocument"), "not_a_workbook", id="old word file"),
        pytest.param(b'a,b\n"' + b"c,d\n" * 40_000, "not_a_workbook", id="open quote"),
        pytest.param(corpus.ole("EncryptedPackage"), "encrypted", id="xlsx with password"),
        pytest.param(corpus.xls_with_password(), "encrypted", id="xls with password"),
        pytest.param(corpus.ods([["甲"]], locked=True), "encrypted", id="ods with password"),
        pytest.param(corpus.zip_with_password(), "encrypted", id="zip with password"),
        pytest.param(corpus.ole("_VBA_PROJECT_CUR"), "has_macros", id="xls with macros"),
        pytest.param(corpus.with_cells(XFD1048576="乙"), "too_large", id="far cell"),
        pytest.param(corpus.with_cells(A1="甲", XFD1048576="乙"), "too_large", id="far corner"),
        pytest.param(corpus.many_parts(2_001), "too_large", id="many parts"),
        pytest.param(b"," * (reading.MAX_FILE + 1), "too_large", id="over 20 MB"),
    ],
)
def test_what_cannot_be_read_is_refused_in_words(content, code):
    began = time.monotonic()

    refusal = refusal_of(content)

    assert refusal.code == code
    assert refusal.sentence.endswith("。")
    assert "请" in refusal.sentence
    assert time.monotonic() - began < 10
    assert not readers()


@pytest.mark.parametrize(
    ("part", "content", "code"),
    [
        ("xl/vbaProject.bin", b"", "has_macros"),
        ("xl/macrosheets/sheet1.xml", b"", "has_macros"),
        ("../evil.xml", b"", "not_a_workbook"),
        (
            corpus.SHEET,
            b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b 'c'>]><a/>",
            "not_a_workbook",
        ),
        (corpus.SHEET, b"<worksheet><sheetData><row><c", "not_a_workbook"),
    ],
)
def test_an_archive_with_a_forbidden_part_is_refused(part, content, code):
    assert refusal_of(corpus.with_parts(corpus.xlsx(corpus.ROSTER), {part: content})).code == code


@pytest.mark.parametrize("inflated", [[160_000_000], [90_000_000] * 3])
def test_a_bomb_is_refused_whatever_size_it_claims(inflated):
    assert refusal_of(corpus.lying_bomb(*inflated)).code == "too_large"


def test_cells_too_many_to_hold_are_refused_and_leave_no_process():
    text = b"y" * 30_000
    strings = b'<sst xmlns="%s"><si><t>%s</t></si></sst>' % (corpus.MAIN.encode(), text)
    cells = b"".join(b'<row r="%d"><c t="s"><v>0</v></c></row>' % n for n in range(1, 200_001))
    content = corpus.with_parts(corpus.with_sheet(cells), {"xl/sharedStrings.xml": strings})

    assert refusal_of(content).code == "too_large"
    assert not readers()


def test_the_process_is_gone_when_the_book_is_left_early():
    with open_workbook(corpus.xlsx([[n] for n in range(9_000)]), "名册.xlsx") as book:
        next(book.rows(0))
        assert len(readers()) == 1

    assert not readers()


def test_a_process_that_hangs_is_ended_when_the_book_is_left():
    with open_workbook(corpus.xlsx(corpus.ROSTER), "名册.xlsx") as book:
        assert book.head(0)
        readers()[0].suspend()

    assert not readers()


def test_a_process_that_falls_silent_is_ended(monkeypatch):
    with open_workbook(corpus.xlsx(corpus.ROSTER), "名册.xlsx") as book:
        monkeypatch.setattr(reading, "WAIT", 0.2)  # a busy machine may need longer to start it
        readers()[0].suspend()
        with pytest.raises(Unreadable) as refused:
            book.head(0)

    assert refused.value.code == "too_large"


# What chance brings


def test_mutated_files_give_rows_or_a_refusal():
    whole = corpus.xlsx(corpus.ROSTER * 3)
    copies = [*corpus.mutations(whole, 25), *corpus.damaged_sheets(whole, 25)]
    copies += corpus.mutations(XLS.read_bytes(), 10)
    codes = set()
    for copy in copies:
        try:
            assert all(isinstance(number, int) for number, _ in rows_of(copy))
        except Unreadable as refusal:
            codes.add(refusal.code)

    assert "not_a_workbook" in codes
    assert not readers()


def test_the_guard_stands_any_mutation():
    content = corpus.xlsx(corpus.ROSTER * 3)
    for copy in corpus.mutations(content, 500):
        try:
            child.check_zip(copy)
        except (child.Refused, zlib.error, struct.error, NotImplementedError, ValueError):
            continue


@pytest.mark.parametrize(
    "text",
    [
        corpus.SPREADSHEET_XML,
        corpus.html("<tr><td rowspan=2>甲<td>乙"),
        '姓名,工会\n"甲",乙\n'.encode(),
    ],
)
def test_the_readers_of_text_stand_any_mutation(text):
    for copy in corpus.mutations(text, 200):
        try:
            for sheet in child.read(copy, "名册")[0]:
                list(sheet.rows())
        except (child.Refused, SyntaxError, ValueError):  # ParseError is a SyntaxError
            continue
