"""Has a file looked at by `child` or `drawing`, bare processes under limits of memory and time."""

import json
import logging
import subprocess
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from wanping_union import confined
from wanping_union.attachments import formats
from wanping_union.errors import Refused

CHILD = "wanping_union.attachments.child"
WAIT = 20  # seconds
DRAWING = "wanping_union.attachments.drawing"
DRAWING_WAIT = 10  # seconds; somebody waits for the page

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Checked:
    """A harmless file, as it is kept. thumbnail: JPEG, b"" where there is nothing to see."""

    content: bytes
    thumbnail: bytes
    mime: str
    pages: int | None
    width: int | None
    height: int | None


def check(content: bytes, name: str) -> Checked:
    """Raises Refused with a sentence that says what to do."""
    suffix = formats.suffix_of(name)
    if len(content) > settings.IMPORT_MAX_BYTES:
        raise Refused(formats.TOO_LARGE)
    if not content:
        raise Refused(formats.EMPTY)
    if suffix in (".heic", ".heif"):
        raise Refused(formats.HEIC)
    if suffix in formats.OLD:
        raise Refused(formats.OLD_OFFICE.format(formats.OLD[suffix]))
    if suffix not in formats.MIMES:
        raise Refused(formats.OTHER_KIND)
    seen, body = _answer(CHILD, {"suffix": suffix}, content, WAIT)
    if "sentence" in seen:
        raise Refused(seen["sentence"])
    kept = seen.pop("kept")
    assert len(body) == kept + seen.pop("thumbnail")
    pages = drawn(content, 0)[0] if suffix == ".pdf" else None
    return Checked(body[:kept], body[kept:], pages=pages, **seen)


def drawn(content: bytes, page: int) -> tuple[int, bytes]:
    """How many pages a PDF has, and that page as a JPEG; page 0 is none.

    Raises Refused with a sentence that says what to do.
    """
    seen, picture = _answer(DRAWING, {"page": page}, content, DRAWING_WAIT)
    return seen["pages"], picture


def _answer(
    child: str, order: dict[str, Any], content: bytes, wait: float
) -> tuple[dict[str, Any], bytes]:
    with confined.start(child) as process:
        try:
            sent = json.dumps(order).encode() + b"\n" + content
            answer, _ = process.communicate(sent, timeout=wait)
        except subprocess.TimeoutExpired:
            raise Refused(formats.TOO_MUCH) from None
        finally:
            process.kill()
    if process.returncode:
        log.info("the process that looks at attachments ended with %s", process.returncode)
        raise Refused(formats.TOO_MUCH if process.returncode < 0 else formats.DAMAGED)
    head, _, body = answer.partition(b"\n")
    return json.loads(head), body
