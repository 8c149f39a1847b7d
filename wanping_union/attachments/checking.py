"""Has a file looked at by `child`, a bare process under limits of memory and time."""

import json
import logging
import subprocess
from dataclasses import dataclass

from django.conf import settings

from wanping_union import confined
from wanping_union.attachments import formats
from wanping_union.errors import Refused

CHILD = "wanping_union.attachments.child"
WAIT = 20  # seconds

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
    head, _, body = _answer(content, suffix).partition(b"\n")
    seen = json.loads(head)
    if "sentence" in seen:
        raise Refused(seen["sentence"])
    kept = seen.pop("kept")
    assert len(body) == kept + seen.pop("thumbnail")
    return Checked(body[:kept], body[kept:], **seen)


def _answer(content: bytes, suffix: str) -> bytes:
    order = json.dumps({"suffix": suffix}).encode() + b"\n"
    with confined.start(CHILD) as process:
        try:
            answer, _ = process.communicate(order + content, timeout=WAIT)
        except subprocess.TimeoutExpired:
            raise Refused(formats.TOO_MUCH) from None
        finally:
            process.kill()
    if process.returncode:
        log.info("the process that looks at attachments ended with %s", process.returncode)
        raise Refused(formats.TOO_MUCH if process.returncode < 0 else formats.DAMAGED)
    return answer
