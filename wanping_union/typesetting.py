"""Sets sheets of paper as one PDF, in a process of its own. No Django.

In: JSON {"css", "sheets": [HTML]}. Out: the PDF. Exit code NO_PANGO: the machine lacks Pango.
Apart from the portal, because Pango and the Chinese fonts take 200 MB, and because what people
typed is in the sheets: they may fetch nothing, from no network and no disk.
"""

import json
import sys
from typing import BinaryIO

from wanping_union.imports import child as workbooks

NO_PANGO = 3
try:
    from weasyprint import CSS, HTML
    from weasyprint.urls import URLFetcher
except OSError:
    sys.exit(NO_PANGO)

VARIANT = "pdf/a-2u"  # for archives: fonts within, every character with its meaning


def typeset(css: str, sheets: list[str]) -> bytes:
    """One PDF of all the sheets, each beginning on a page of its own."""
    nothing = URLFetcher(allowed_protocols=())
    styles = [CSS(string=css, url_fetcher=nothing)]
    documents = [
        HTML(string=sheet, url_fetcher=nothing).render(stylesheets=styles, pdf_variant=VARIANT)
        for sheet in sheets
    ]
    pages = [page for document in documents for page in document.pages]
    written: bytes = documents[0].copy(pages).write_pdf(pdf_variant=VARIANT)
    return written


def serve(source: BinaryIO, target: BinaryIO) -> None:
    target.write(typeset(**json.loads(source.read())))
    target.flush()


if __name__ == "__main__":
    workbooks.confine()
    serve(sys.stdin.buffer, sys.stdout.buffer)
