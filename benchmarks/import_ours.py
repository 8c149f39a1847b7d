"""The portal's own import, as the command runs it."""

from pathlib import Path

from members.imports import ROSTER
from wanping_union.audit.context import acting
from wanping_union.audit.models import Channel
from wanping_union.imports import services


def first(file: Path, *, dry_run: bool = False) -> int:
    with acting(Channel.COMMAND, None):
        outcome = services.import_content(
            ROSTER, file.read_bytes(), file.name, by=None, dry_run=dry_run
        )
    assert not outcome.problems, next(outcome.errors())
    return outcome.rows


def check(file: Path) -> int:
    return first(file, dry_run=True)


again = first
