"""Looks through a PDF for what is no paper: scripts, programs, files inside. No Django.

A PDF is not drawn anew: it stays the document that was signed. What it may not hold is searched
for in its raw bytes and in whatever of it inflates.
"""

import re
import zlib
from collections.abc import Iterator

from wanping_union.attachments.formats import ACTIVE_PDF, DAMAGED, ENCRYPTED, TOO_MUCH, Refused


def _named(*names: str) -> re.Pattern[bytes]:
    """Finds names, also where letters of them are written as #4a."""
    letter = "(?:{}|#(?i:{:02x}))"
    spelt = ("".join(letter.format(c, ord(c)) for c in name) for name in names)
    return re.compile(f"/(?:{'|'.join(spelt)})(?![A-Za-z0-9])".encode())


# Long enough not to turn up by chance in packed pixels; JS is not: it is looked for in objects.
ACTIVE = _named(
    "JavaScript", "Launch", "EmbeddedFile", "EmbeddedFiles", "RichMedia", "Rendition", "ImportData"
)
SCRIPT = _named("JS")
LOCKED = _named("Encrypt")
OBJECTS = _named("ObjStm")
IMAGE = re.compile(rb"/Subtype\s*/Image(?![A-Za-z])")
STREAM = re.compile(rb"(?<!end)stream\r?\n")
MOST_INFLATED = 128 * 1024 * 1024  # bytes, all parts together
MOST_STREAMS = 50_000
STEP = 1 << 20  # bytes inflated at a time
FEED = 4096  # bytes of a stream at first: most hold no more
BLANK = b"\0\t\r\n\x0c\x1a "


def check(content: bytes) -> None:
    """Raises Refused unless the file is harmless."""
    end = content.rfind(b"%%EOF")
    if not content.startswith(b"%PDF-") or end < 0 or content[end + 5 :].strip(BLANK):
        raise Refused(DAMAGED)  # cut off, or another file is fastened behind it
    for part, is_objects in _parts(content):
        if ACTIVE.search(part) or (is_objects and SCRIPT.search(part)):
            raise Refused(ACTIVE_PDF)
        if is_objects and LOCKED.search(part):
            raise Refused(ENCRYPTED)


def _parts(content: bytes) -> Iterator[tuple[bytes, bool]]:
    """(bytes, whether they are objects): all between streams, then what the streams hold."""
    yield content, False
    room = MOST_INFLATED
    last = 0
    for number, found in enumerate(STREAM.finditer(content)):
        if number > MOST_STREAMS:
            raise Refused(TOO_MUCH)
        if found.start() < last:
            continue  # by chance in packed bytes
        head = content[last : found.start()]
        yield head, True
        last = found.end()
        is_objects = bool(OBJECTS.search(head))
        if is_objects or not IMAGE.search(head):
            inflated = bytearray()
            for piece in _inflated(content, found.end(), strict=is_objects):
                room -= len(piece)
                if room < 0:
                    raise Refused(TOO_MUCH)
                inflated += piece
            yield bytes(inflated), is_objects
        end = content.find(b"endstream", found.end())
        last = end if end >= 0 else last
    yield content[last:], True


def _inflated(content: bytes, start: int, *, strict: bool) -> Iterator[bytes]:
    """What a stream holds; nothing where it is packed in another way, unless that matters."""
    inflate = zlib.decompressobj()
    feed = FEED
    try:
        while not inflate.eof:
            packed = inflate.unconsumed_tail
            if not packed:
                packed = content[start : start + feed]
                start, feed = start + feed, min(feed * 4, STEP)
            if not packed:
                return
            yield inflate.decompress(packed, STEP)
    except zlib.error:
        if strict:
            raise Refused(ACTIVE_PDF) from None
