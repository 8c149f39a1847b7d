"""Files as people and attackers send them, made here: nothing odd lies in the repository."""

import struct
import zipfile
import zlib
from io import BytesIO

from openpyxl import Workbook
from PIL import Image

GPS = 0x8825
ORIENTATION = 0x0112
SECRET = b"39.8497N 116.2262E"


def picture(form="JPEG", size=(640, 480), mode="RGB", colour=(200, 30, 30), **options):
    out = BytesIO()
    Image.new(mode, size, colour).save(out, form, **options)
    return out.getvalue()


def photo(size=(640, 480), orientation=6):
    """A JPEG of a phone held upright: turned by EXIF, with the place it was taken."""
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    exif[0x010E] = SECRET.decode()
    exif.get_ifd(GPS)[1] = "N"
    exif.get_ifd(GPS)[2] = (39.0, 50.0, 59.0)
    return picture(size=size, exif=exif, comment=SECRET)


def giant_png(side=30_000):
    """109 KB that would take 900 MB: one grey row said 30,000 times."""

    def chunk(kind, data):
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    pack = zlib.compressobj(9)
    row = b"\0" * (side // 8 + 1)
    packed = b"".join(pack.compress(row) for _ in range(side)) + pack.flush()
    head = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")
    )


def pdf(extra=b"", trailer=b"", pages=2, stream=b""):
    """A small document; extra: more objects. stream: raw bytes of one more, with its head."""
    kids = b" ".join(b"%d 0 R" % (10 + n) for n in range(pages))
    body = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
    body += b"2 0 obj<</Type/Pages/Count %d/Kids[%s]>>endobj\n" % (pages, kids)
    for n in range(pages):
        body += b"%d 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>endobj\n" % (10 + n)
    body += extra + stream
    return body + b"trailer<</Root 1 0 R%s>>\nstartxref\n9\n%%%%EOF\n" % trailer


def scan(*colours):
    """A PDF of A4 pages, each of one colour, as a scanner makes it."""
    first, *more = [Image.new("RGB", (595, 842), colour) for colour in colours]
    out = BytesIO()
    first.save(out, "PDF", save_all=True, append_images=more, resolution=72)
    return out.getvalue()


def packed(objects, head=b"/Type/ObjStm/N 1/First 4", name=b"FlateDecode"):
    """Objects hidden in a compressed stream."""
    data = zlib.compress(objects)
    return b"7 0 obj<<%s/Filter/%s/Length %d>>\nstream\n%s\nendstream\nendobj\n" % (
        head, name, len(data), data,
    )  # fmt: skip


def archive(parts):
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in parts.items():
            file.writestr(name, content)
    return out.getvalue()


MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Override PartName="/word/document.xml" ContentType="{}"/></Types>'
)
TEXT = "<w:document xmlns:w='w'><w:body><w:p><w:r><w:t>入会申请书</w:t></w:r></w:p></w:body></w:document>"


def docx(main=MAIN, text=TEXT, **parts):
    """A Word document; parts: more of them, / written as __ and . as _dot_."""
    more = {k.replace("__", "/").replace("_dot_", "."): v for k, v in parts.items()}
    return archive({"[Content_Types].xml": TYPES.format(main), "word/document.xml": text, **more})


def link(kind, target="http://192.0.2.1/evil.dotm"):
    return (
        f'<Relationships><Relationship Id="r1" Type="http://x/relationships/{kind}"'
        f' Target="{target}" TargetMode="External"/></Relationships>'
    )


def xlsx(cell="A1"):
    book = Workbook()
    book.active[cell] = "入会申请书"
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def far_xlsx():
    """7 KB whose reading would take half a terabyte."""
    book = Workbook()
    book.active["A1"] = "x"
    out = BytesIO()
    book.save(out)
    parts = {}
    with zipfile.ZipFile(out) as file:
        for name in file.namelist():
            parts[name] = file.read(name)
    sheet = "xl/worksheets/sheet1.xml"
    cell = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    parts[sheet] = (
        parts[sheet]
        .replace(b"</sheetData>", cell)
        .replace(b'<dimension ref="A1:A1"/>', b'<dimension ref="A1:XFD1048576"/>')
    )
    return archive(parts)


def heic():
    return b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"\0" * 400
