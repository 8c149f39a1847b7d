"""Opens a PDF and draws one page of it, in a process of its own. No Django.

PDFium reads in C++ what anybody sent, so it runs nowhere else. It is built without V8 and XFA:
scripts have nothing to run in.
In: a line of JSON {"page"}, counted from 1, 0 to draw none; then the file to the end of the pipe.
Out: a line of JSON {"pages"}, then the page as a JPEG.
An uncaught exception means that the file is damaged; a signal, that it asked for too much.
"""

import io
import json
import sys
from typing import BinaryIO

import pypdfium2 as pdfium

from wanping_union.attachments.formats import QUALITY
from wanping_union.imports import child as workbooks

LONGEST_SIDE = 2_000  # pixels: 170 to the inch of A4, enough for the small print of a bill
LARGEST = 4.0  # pixels to the point, for pages smaller than a card


def draw(content: bytes, number: int) -> tuple[int, bytes]:
    """(pages of the file, the page with that number)."""
    document = pdfium.PdfDocument(content)
    page = document[max(number, 1) - 1]  # a file whose first page does not load is no paper
    if not number:
        return len(document), b""
    scale = min(LONGEST_SIDE / max(page.get_size()), LARGEST)
    drawn = io.BytesIO()
    page.render(scale=scale).to_pil().convert("RGB").save(drawn, "JPEG", quality=QUALITY)
    return len(document), drawn.getvalue()


def serve(source: BinaryIO, target: BinaryIO) -> None:
    order = json.loads(source.readline())
    pages, drawn = draw(source.read(), order["page"])
    target.write(json.dumps({"pages": pages}).encode() + b"\n" + drawn)
    target.flush()


if __name__ == "__main__":
    workbooks.confine()
    serve(sys.stdin.buffer, sys.stdout.buffer)
