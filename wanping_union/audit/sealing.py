"""Sealing the logs: every minute what no seal holds yet is bound to all seals before.

A seal names its rows' ids explicitly, so a row that commits late goes into the next one. Every
hour the newest seal is anchored in a file outside the database, which its owner cannot reach.
"""

import hmac
import json
import logging
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from wanping_union.audit.models import Log, Seal
from wanping_union.crypto import keyed_hash

log = logging.getLogger(__name__)
EVERY = timedelta(seconds=55)  # the bell rings every minute
ANCHORED_EVERY = timedelta(hours=1)
ENDING = (Log.CHANGES, Log.LOOKS)  # the acts stay as long as what they are about
LEAST_YEARS = 3  # 个人信息保护法 Art. 56


def seal(*, whole: bool = False) -> int:
    """Seal every visible row that no seal holds. Returns how many.

    whole: also below the last 2,000 seals, for a row that took more than a day to commit.
    """
    with connection.cursor() as cursor:
        cursor.execute("select audit_seal_now(%s)", [whole])
        (sealed,) = cursor.fetchone()
    transaction.on_commit(_anchor)  # an anchor of a seal that is taken back would be a false alarm
    return int(sealed)


def seal_if_due() -> None:
    """Seal unless that was done within the minute: for whoever rings more often."""
    if not Seal.objects.filter(at__gt=timezone.now() - EVERY).exists():
        seal()


def end(years: int) -> int:
    """Let the rows of changes and looks go whose seal is older. Returns how many went.

    Their seals stay, so that the chain holds. The database keeps all of them for LEAST_YEARS.
    """
    ended = 0
    with connection.cursor() as cursor:
        for name in ENDING:
            cursor.execute("select audit_end(%s, %s)", [name, years])
            ended += cursor.fetchone()[0]
    return ended


@dataclass(frozen=True)
class Anchor:
    """One line of the file: which seal there was, signed with a key the database lacks."""

    seal: int
    at: datetime
    chain: str
    signature: str

    @property
    def is_genuine(self) -> bool:
        return hmac.compare_digest(self.signature, _signature(self.seal, self.at, self.chain))


def anchors() -> Iterator[Anchor]:
    """Lines of the file, oldest first. Raises ValueError for one that is no anchor."""
    path = _path()
    if path is None or not path.exists():
        return
    for line in path.read_text().splitlines():
        told = json.loads(line)
        yield Anchor(
            int(told["seal"]),
            datetime.fromisoformat(told["at"]),
            str(told["chain"]),
            str(told["signature"]),
        )


def _anchor() -> None:
    """Add the newest seal to the file, once an hour. A full disk must not stop the sealing."""
    path = _path()
    newest = Seal.objects.order_by("-pk").first()
    if path is None or newest is None:
        return
    chain = bytes(newest.chain).hex()
    line = {
        "seal": newest.pk,
        "at": newest.at.isoformat(),
        "chain": chain,
        "signature": _signature(newest.pk, newest.at, chain),
    }
    try:
        if path.exists() and timezone.now().timestamp() - path.stat().st_mtime < (
            ANCHORED_EVERY.total_seconds()
        ):
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        with os.fdopen(file, "a") as out:
            out.write(json.dumps(line) + "\n")
    except OSError as fault:
        log.error("no anchor for seal %s: %s", newest.pk, fault)


def _signature(seal: int, at: datetime, chain: str) -> str:
    return keyed_hash("audit.anchor", f"{seal}|{at.isoformat()}|{chain}").hex()


def _path() -> Path | None:
    return Path(settings.AUDIT_ANCHORS) if settings.AUDIT_ANCHORS else None
