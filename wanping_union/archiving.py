"""Print pages as PDF for the archive: the same sheets, set by `typesetting`."""

import json
import logging
import subprocess
from collections.abc import Sequence
from pathlib import Path

from wanping_union import confined

CHILD = "wanping_union.typesetting"
STYLES = Path(__file__).parent / "static" / "portal" / "print.css"
WAIT = 20  # seconds

log = logging.getLogger(__name__)


class CannotTypeset(Exception):
    """No PDF came: the machine lacks Pango, or it took too long."""


def pdf(sheets: Sequence[str]) -> bytes:
    """One PDF of whole print pages. Raises CannotTypeset."""
    order = {"css": STYLES.read_text(), "sheets": list(sheets)}
    with confined.start(CHILD) as process:
        try:
            written, _ = process.communicate(json.dumps(order).encode(), timeout=WAIT)
        except subprocess.TimeoutExpired:
            raise CannotTypeset("timeout") from None
        finally:
            process.kill()
    if process.returncode:
        log.warning("typesetting ended with %s", process.returncode)
        raise CannotTypeset(process.returncode)
    return written
