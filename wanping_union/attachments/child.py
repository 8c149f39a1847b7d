"""Looks at one file that a person attached, in a process of its own. No Django.

In: a line of JSON {"suffix"}, then the bytes of the file to the end of the pipe.
Out: a line of JSON, {"sentence"} where the file is refused, else what is in Seen and the lengths
of the file to keep and of its thumbnail; then their bytes.
An uncaught exception means that the file is damaged; a signal, that it asked for too much.
"""

import io
import json
import re
import sys
import zipfile
from typing import BinaryIO, NamedTuple

import filetype
from defusedxml import ElementTree

from wanping_union.attachments import formats, pdf, pictures
from wanping_union.attachments.formats import MIMES, Refused
from wanping_union.imports import child as workbooks

SENTENCES = {
    "encrypted": formats.ENCRYPTED,
    "has_macros": formats.ACTIVE_OFFICE,
    "too_large": formats.TOO_MUCH,
    "not_a_workbook": formats.DAMAGED,
}
# First bytes of each kind as filetype names it; an office file may look like any archive.
KINDS = {
    ".pdf": {"pdf"},
    ".jpg": {"jpg"},
    ".jpeg": {"jpg"},
    ".png": {"png", "apng"},
    ".webp": {"webp"},
    ".docx": {"docx", "zip"},
    ".xlsx": {"xlsx", "zip"},
}
MAIN_PARTS = {
    ".docx": b"wordprocessingml.document.main+xml",
    ".xlsx": b"spreadsheetml.sheet.main+xml",
}
EMBEDDED = re.compile(r"/(activeX|embeddings)/.*\.bin$|oleObject", re.IGNORECASE)
EXTERNAL = re.compile(rb"<Relationship\b[^>]*TargetMode\s*=\s*[\"']External[^>]*>")
HARMLESS = re.compile(rb"relationships/(hyperlink|externalLinkPath)[\"']")
FETCHES = re.compile(rb"ddeLink|DDEAUTO")
OFFICE_PART = re.compile(r"word/document\.xml$|xl/externalLinks/", re.IGNORECASE)


class Seen(NamedTuple):
    """mime: of what is kept. width, height: pixels of a picture."""

    mime: str
    width: int | None = None
    height: int | None = None


def look(content: bytes, suffix: str) -> tuple[Seen, bytes, bytes]:
    """What the file is, what of it is kept, its thumbnail.

    Raises Refused; a damaged file may raise anything else.
    """
    kind = filetype.guess_extension(content[:8192])
    if kind in ("heic", "heif") or suffix in (".heic", ".heif"):
        raise Refused(formats.HEIC)
    if kind not in KINDS[suffix]:
        raise Refused(formats.MISNAMED.format(suffix))
    mime = MIMES[suffix]
    if mime in formats.PICTURES:
        picture = pictures.redraw(content, mime)
        seen = Seen(picture.mime, width=picture.width, height=picture.height)
        return seen, picture.content, picture.thumbnail
    if suffix == ".pdf":
        pdf.check(content)
    else:
        _check_office(content, suffix)
    return Seen(mime), content, b""


def _check_office(content: bytes, suffix: str) -> None:
    try:
        workbooks.check_zip(content)
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            _check_parts(archive, suffix)
        if suffix == ".xlsx":
            for sheet in workbooks.read(content, "")[0]:
                next(iter(sheet.rows()), None)
    except workbooks.Refused as refused:
        raise Refused(SENTENCES[refused.code]) from refused


def _check_parts(archive: zipfile.ZipFile, suffix: str) -> None:
    names = archive.namelist()
    types = archive.read("[Content_Types].xml")
    if b"macroEnabled" in types or any(EMBEDDED.search(name) for name in names):
        raise Refused(formats.ACTIVE_OFFICE)
    if MAIN_PARTS[suffix] not in types:
        raise Refused(formats.MISNAMED.format(suffix))
    if any(_reaches_out(archive, name) for name in names):
        raise Refused(formats.ACTIVE_OFFICE)
    if suffix == ".docx":
        with archive.open("word/document.xml") as part:
            for _, node in ElementTree.iterparse(part, forbid_dtd=True):
                node.clear()


def _reaches_out(archive: zipfile.ZipFile, name: str) -> bool:
    """Whether a part fetches something when the document is opened."""
    if name.endswith(".rels"):
        links = EXTERNAL.findall(archive.read(name))
        return not all(HARMLESS.search(link) for link in links)
    return bool(OFFICE_PART.match(name) and FETCHES.search(archive.read(name)))


def serve(source: BinaryIO, target: BinaryIO) -> None:
    order = json.loads(source.readline())
    content = source.read()
    try:
        seen, kept, thumbnail = look(content, order["suffix"])
    except Refused as refused:
        answer: dict[str, object] = {"sentence": str(refused)}
        kept = thumbnail = b""
    except MemoryError:
        answer = {"sentence": formats.TOO_MUCH}
        kept = thumbnail = b""
    else:
        answer = {**seen._asdict(), "kept": len(kept), "thumbnail": len(thumbnail)}
    target.write(json.dumps(answer).encode() + b"\n" + kept + thumbnail)
    target.flush()


if __name__ == "__main__":
    workbooks.confine()
    serve(sys.stdin.buffer, sys.stdout.buffer)
