"""What may be attached, looked at in a process that nothing can be done to."""

import random
import resource
import time
from io import BytesIO
from multiprocessing import get_context

import pypdfium2
import pytest
from PIL import Image

from tests.attachments import corpus
from wanping_union.attachments import checking, child, drawing, formats, pdf, pictures
from wanping_union.attachments.checking import check
from wanping_union.errors import Refused

GOOD = {
    "登记表.pdf": corpus.pdf(),
    "照片.jpg": corpus.picture(),
    "照片.JPEG": corpus.picture(),
    "截图.png": corpus.picture("PNG"),
    "照片.webp": corpus.picture("WEBP"),
    "申请书.docx": corpus.docx(),
    "名单.xlsx": corpus.xlsx(),
}
ODD = {
    "空.pdf": (b"", formats.EMPTY),
    "没有后缀": (corpus.picture(), formats.OTHER_KIND),
    "图.svg": (b"<svg onload='alert(1)'/>", formats.OTHER_KIND),
    "动图.gif": (b"GIF89a/*<script>alert(1)</script>*/=1", formats.OTHER_KIND),
    "网页.html": (b"<script>alert(1)</script>", formats.OTHER_KIND),
    "网页.jpg": (b"<html><script>alert(1)</script></html>" * 9, formats.MISNAMED.format(".jpg")),
    "动图.jpg": (b"GIF89a/*<script>" + b"a" * 300, formats.MISNAMED.format(".jpg")),
    "程序.png": (b"MZ" + b"\0" * 300, formats.MISNAMED.format(".png")),
    "旧.doc": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, formats.OLD_OFFICE.format(".docx")),
    "旧.xls": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, formats.OLD_OFFICE.format(".xlsx")),
    "苹果.heic": (corpus.heic(), formats.HEIC),
    "苹果.jpg": (corpus.heic(), formats.HEIC),
    "半张.jpg": (corpus.picture(size=(900, 900))[:-700], formats.DAMAGED),
    "半张.png": (corpus.picture("PNG", size=(900, 900))[:-100], formats.DAMAGED),
    "巨图.png": (corpus.giant_png(), formats.TOO_MANY_PIXELS),
    "半份.pdf": (corpus.pdf()[:-30], formats.DAMAGED),
    "拼接.pdf": (corpus.pdf() + corpus.docx(), formats.DAMAGED),
    "前缀.pdf": (b"<script>" + corpus.pdf(), formats.MISNAMED.format(".pdf")),
    "脚本.pdf": (corpus.pdf(b"3 0 obj<</S/JavaScript/JS(app.alert(1))>>endobj\n"), formats.ACTIVE_PDF),
    "短脚本.pdf": (corpus.pdf(b"3 0 obj<</JS(app.alert(1))>>endobj\n"), formats.ACTIVE_PDF),
    "转义.pdf": (corpus.pdf(b"3 0 obj<</S/J#61vaScript>>endobj\n"), formats.ACTIVE_PDF),
    "打开动作.pdf": (corpus.pdf(trailer=b"/OpenAction<</S/Launch/F(calc.exe)>>"), formats.ACTIVE_PDF),
    "夹带.pdf": (corpus.pdf(b"3 0 obj<</Names<</EmbeddedFiles 9 0 R>>>>endobj\n"), formats.ACTIVE_PDF),
    "压缩的脚本.pdf": (
        corpus.pdf(stream=corpus.packed(b"3 0 <</S/JavaScript/JS(app.alert(1))>>")),
        formats.ACTIVE_PDF,
    ),
    "压缩的短脚本.pdf": (
        corpus.pdf(stream=corpus.packed(b"3 0 <</JS(app.alert(1))>>")),
        formats.ACTIVE_PDF,
    ),
    "不明压缩.pdf": (
        corpus.pdf(stream=corpus.packed(b"x").replace(b"\nstream\n", b"\nstream\nQQ")),
        formats.ACTIVE_PDF,
    ),
    "注释里的流.pdf": (
        corpus.pdf(b"% stream\n3 0 obj<</S/JavaScript>>endobj endstream\n"),
        formats.ACTIVE_PDF,
    ),
    "炸弹.pdf": (
        corpus.pdf(stream=corpus.packed(b"\0" * (140 << 20), head=b"/Type/ObjStm")),
        formats.TOO_MUCH,
    ),
    "加密.pdf": (corpus.pdf(trailer=b"/Encrypt 8 0 R"), formats.ENCRYPTED),
    "宏.docx": (corpus.docx(word__vbaProject_dot_bin=b"x"), formats.ACTIVE_OFFICE),
    "带宏.docx": (
        corpus.docx(main="application/vnd.ms-word.document.macroEnabled.main+xml"),
        formats.ACTIVE_OFFICE,
    ),
    "控件.docx": (corpus.docx(word__activeX__activeX1_dot_bin=b"x"), formats.ACTIVE_OFFICE),
    "对象.docx": (corpus.docx(word__embeddings__oleObject1_dot_bin=b"x"), formats.ACTIVE_OFFICE),
    "外部模板.docx": (
        corpus.docx(word___rels__settings_dot_xml_dot_rels=corpus.link("attachedTemplate")),
        formats.ACTIVE_OFFICE,
    ),
    "动态链接.docx": (
        corpus.docx(text=corpus.TEXT.replace("入会", "DDEAUTO c:\\\\cmd.exe")),
        formats.ACTIVE_OFFICE,
    ),
    "炸弹.docx": (corpus.docx(word__media__x_dot_xml=b"\0" * 160_000_000), formats.TOO_MUCH),
    "实体.docx": (
        corpus.docx(text="<!DOCTYPE a [<!ENTITY b 'c'>]>" + corpus.TEXT),
        formats.DAMAGED,
    ),
    "坏.docx": (corpus.docx(text="<w:document>"), formats.DAMAGED),
    "压缩包.docx": (corpus.archive({"a.txt": b"x"}), formats.DAMAGED),
    "表格.docx": (corpus.xlsx(), formats.MISNAMED.format(".docx")),
    "文档.xlsx": (corpus.docx(), formats.MISNAMED.format(".xlsx")),
    "远.xlsx": (corpus.far_xlsx(), formats.TOO_MUCH),
    "坏.xlsx": (corpus.xlsx()[:-200], formats.DAMAGED),
    "大.pdf": (b"%PDF-1.4" + b"0" * (20 << 20), formats.TOO_LARGE),
}  # fmt: skip


@pytest.mark.parametrize("name", GOOD)
def test_what_people_send_is_taken(name):
    checked = check(GOOD[name], name)
    assert checked.mime in formats.MIMES.values()
    assert bool(checked.thumbnail) == (checked.width is not None)
    assert checked.pages == (2 if name.endswith("pdf") else None)


@pytest.mark.parametrize("name", ODD)
def test_an_odd_file_is_refused_with_a_sentence_and_little_work(name):
    content, sentence = ODD[name]
    began = time.monotonic()
    with pytest.raises(Refused) as refused:
        check(content, name)
    assert str(refused.value) == sentence
    assert time.monotonic() - began < 5


@pytest.mark.parametrize("name", GOOD)
@pytest.mark.parametrize("suffix", [".pdf", ".jpg", ".png", ".webp", ".docx", ".xlsx"])
def test_a_file_under_the_name_of_another_kind_is_refused(name, suffix):
    if formats.MIMES[formats.suffix_of(name)] != formats.MIMES[suffix]:
        with pytest.raises(Refused):
            check(GOOD[name], f"文件{suffix}")


def test_no_odd_file_takes_much_memory():
    # A child's peak begins with its parent's: this process has had other tests.
    with get_context("spawn").Pool(1) as small:
        assert small.apply(peak_of_bombs) < 512


def peak_of_bombs() -> float:
    """Megabytes the largest of the processes took that looked at them."""
    for name in ("巨图.png", "炸弹.pdf", "炸弹.docx", "远.xlsx"):
        with pytest.raises(Refused):
            check(ODD[name][0], name)
    check(corpus.picture("PNG", size=(6_300, 6_300), mode="RGBA", colour=(1, 2, 3, 4)), "大.png")
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024


def test_a_photo_is_turned_upright_and_forgets_where_it_was_taken():
    sent = corpus.photo(size=(640, 480))
    assert corpus.SECRET in sent

    checked = check(sent, "照片.jpg")

    with Image.open(BytesIO(checked.content)) as image:
        assert image.size == (480, 640) == (checked.width, checked.height)
        assert not image.getexif()
        assert "comment" not in image.info
    assert corpus.SECRET not in checked.content + checked.thumbnail


def test_the_original_would_have_told():
    """Negative control of the test above."""
    with Image.open(BytesIO(corpus.photo())) as image:
        assert image.getexif().get_ifd(corpus.GPS)


def test_what_is_fastened_behind_a_picture_is_cut_off():
    tail = corpus.archive({"evil.js": b"alert(1)"})
    checked = check(corpus.picture() + tail, "照片.jpg")
    assert b"PK" not in checked.content[-200:]
    assert tail not in checked.content


@pytest.mark.parametrize(
    ("form", "mode", "colour", "name", "mime"),
    [
        ("PNG", "RGBA", (1, 2, 3, 0), "a.png", "image/png"),
        ("PNG", "P", 3, "a.png", "image/png"),
        ("PNG", "1", 1, "a.png", "image/png"),
        ("PNG", "I;16", 40_000, "a.png", "image/png"),
        ("JPEG", "CMYK", (1, 2, 3, 4), "a.jpg", "image/jpeg"),
        ("JPEG", "L", 7, "a.jpg", "image/jpeg"),
        ("WEBP", "RGBA", (1, 2, 3, 0), "a.webp", "image/jpeg"),
    ],
)
def test_every_colour_mode_is_drawn(form, mode, colour, name, mime):
    checked = check(corpus.picture(form, (4000, 100), mode, colour), name)
    assert (checked.mime, checked.width, checked.height) == (mime, 3000, 75)
    with Image.open(BytesIO(checked.thumbnail)) as small:
        assert (small.format, max(small.size)) == ("JPEG", 320)


def test_the_process_is_bare_and_limited():
    seen, _ = checking._answer(checking.CHILD, {"suffix": ".jpg"}, b"", checking.WAIT)
    assert "sentence" in seen
    assert child.workbooks.MEMORY < 2_000_000_000


def test_a_picture_that_runs_too_long_is_stopped(monkeypatch):
    monkeypatch.setattr(checking, "WAIT", 0)
    with pytest.raises(Refused, match="时间太多"):
        check(corpus.picture(), "照片.jpg")


def test_each_page_of_a_pdf_is_drawn_as_a_picture_that_can_be_read():
    for number, colour in ((1, "red"), (2, "blue")):
        pages, drawn = checking.drawn(corpus.scan("red", "blue"), number)
        assert pages == 2
        with Image.open(BytesIO(drawn)) as image:
            assert (image.format, max(image.size)) == ("JPEG", drawing.LONGEST_SIDE)
            middle = image.resize((1, 1)).getpixel((0, 0))
        assert middle.index(max(middle)) == ("red", "green", "blue").index(colour)


def test_five_hundred_pages_are_counted_and_the_last_is_drawn_soon():
    content = corpus.pdf(pages=500)
    began = time.monotonic()
    assert check(content, "病历.pdf").pages == 500
    pages, drawn = checking.drawn(content, 500)
    assert pages == 500
    assert drawn.startswith(b"\xff\xd8")
    assert time.monotonic() - began < 5


def test_a_pdf_that_does_not_open_is_refused_when_it_is_sent():
    """Nothing in its bytes is forbidden; only a reader finds out."""
    hollow = b"%PDF-1.4\n" + b"0" * 500 + b"\n%%EOF\n"
    pdf.check(hollow)
    with pytest.raises(Refused, match="已经损坏"):
        check(hollow, "扫描.pdf")
    with pytest.raises(Refused, match="已经损坏"):
        checking.drawn(hollow, 1)


def test_a_page_of_any_size_gives_a_picture_of_bounded_size():
    for side in (b"9 9", b"14400 14400", b"14400 1"):
        content = corpus.pdf().replace(b"[0 0 9 9]", b"[0 0 %s]" % side)
        with Image.open(BytesIO(checking.drawn(content, 1)[1])) as image:
            assert max(image.size) <= drawing.LONGEST_SIDE


def test_the_reader_of_pdfs_has_nothing_to_run_scripts_with():
    assert not {"V8", "XFA"} & set(pypdfium2.PDFIUM_INFO.flags)


def test_a_page_that_takes_too_long_is_stopped(monkeypatch):
    monkeypatch.setattr(checking, "DRAWING_WAIT", 0)
    with pytest.raises(Refused, match="时间太多"):
        checking.drawn(corpus.scan("red"), 1)


@pytest.mark.parametrize("name", GOOD)
def test_a_damaged_file_is_a_sentence_and_never_a_fault(name):
    """A few here; the fuzz has thousands."""
    chance = random.Random(name)
    for _ in range(6):
        content = bytearray(GOOD[name])
        for _ in range(chance.randint(1, 20)):
            content[chance.randrange(len(content))] = chance.randrange(256)
        try:
            checked = check(bytes(content[: chance.randint(1, len(content))]), name)
        except Refused:
            continue
        assert checked.content


def test_without_our_limit_the_giant_would_be_opened():
    """Negative control: Pillow itself, its own limit off as here, does not refuse."""
    assert pictures.Image.MAX_IMAGE_PIXELS is None
    with Image.open(BytesIO(corpus.giant_png())) as image:
        assert image.size == (30_000, 30_000)
