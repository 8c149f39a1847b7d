"""Asking for a file, making it in a job, fetching it, and forgetting it."""

import json
from array import array
from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from typing import Any

from django.db import transaction
from django.utils import timezone

from wanping_union.accounts.models import Union, User
from wanping_union.audit import log
from wanping_union.errors import NotAllowed, OutOfTurn, Refused
from wanping_union.exports import writer
from wanping_union.exports.kinds import Export, Found, Query, Row
from wanping_union.exports.models import ExportedFile, Piece, State
from wanping_union.jobs import services as jobs
from wanping_union.jobs.models import Priority
from wanping_union.jobs.worker import Run

BUILD = "export"
MOST_ROWS = 1_000_000  # a sheet holds 1,048,576
PIECE = 1024 * 1024  # bytes
LOOK = 10_000  # keys in one row of the read audit
STRIDE = 1_000  # rows between two words about progress

STILL_MAKING = "您上一次导出的{}还在生成，请等它完成。"
TOO_MANY = "符合条件的有 {:,} 行，一个表格最多装 {:,} 行。请加上筛选条件，分几次导出。"
NO_LONGER = "您现在没有查看这份名单的权限，没有生成文件。"


@transaction.atomic
def request(
    kind: Export,
    query: Query,
    *,
    by: User,
    union: Union,
    clear: bool = False,
    reason: str = "",
) -> ExportedFile:
    """Queue the making of a file. clear: with full numbers, which needs a reason.

    union: under which the audit keeps it. Raises NotAllowed, and Refused for clear numbers
    without a reason or while another file of this kind is being made for the person.
    """
    _check_role(kind, by, clear=clear)
    if clear and not reason:
        raise Refused("导出完整号码要写明用途。")
    try:
        job = jobs.enqueue(
            BUILD,
            {},
            by=by,
            union=union,
            dedupe=f"export:{by.pk}:{kind.name}",
            priority=Priority.LONG,
        )
    except jobs.AlreadyActive:
        raise Refused(STILL_MAKING.format(kind.label)) from None
    file = ExportedFile.objects.create(
        kind=kind.name,
        label=kind.label,
        union=union,
        by=by,
        query=json.dumps(dict(query), ensure_ascii=False),
        scope=list(by.paths(kind.roles)),
        clear=clear,
        reason=reason,
        job=job,
    )
    numbers = "，完整号码" if clear else ""
    log.write(
        "request_export", f"申请导出{kind.label}{numbers}", by=by, record=file, union=union,
        note=reason, roles=kind.clear_roles if clear else kind.roles,
    )  # fmt: skip
    return file


def _check_role(kind: Export, by: User, *, clear: bool) -> None:
    if not by.may(kind.roles) or (clear and not by.may(kind.clear_roles)):
        raise NotAllowed(f"{by.pk} may not export {kind.name}")


def may_fetch(kind: Export, file: ExportedFile, user: User) -> bool:
    """Whether who asked for it still reaches all that the file may hold, in a role for it."""
    if file.by_id != user.pk or (file.clear and not user.may(kind.clear_roles)):
        return False
    reached = user.paths(kind.roles)
    return all(any(path.startswith(top) for top in reached) for path in file.scope)


def build(run: Run, kinds: Mapping[str, Export]) -> None:
    """Write one file with the rows its owner may see now. Commits with the job, or not at all.

    Raises Refused where the person has lost the role meanwhile, or there are too many rows.
    """
    file = ExportedFile.objects.select_related("by", "union").get(job_id=run.job.pk)
    kind = kinds[file.kind]
    run.tell(0, 0, "正在查找")
    found = _found_now(kind, file)
    total = found.count()
    if total > MOST_ROWS:
        raise Refused(TOO_MANY.format(total, MOST_ROWS))
    keys = array("q")
    rows = _passing(found.rows(file.clear), keys, run, total)
    pieces = Pieces(file)
    writer.write(pieces, file.label, found.columns, rows)
    pieces.close()
    _note_looks(file, found, keys)
    file.rows, file.size, file.sha256 = len(keys), pieces.size, pieces.hash.hexdigest()
    file.finished_at = timezone.now()
    file.save(update_fields=["rows", "size", "sha256", "finished_at"])
    log.write(
        "export", f"导出{file.label}", by=file.by, record=file, union=file.union,
        note=_words(file),
    )  # fmt: skip
    run.result = {"rows": file.rows, "sha256": file.sha256}


def _found_now(kind: Export, file: ExportedFile) -> Found:
    owner = file.by
    # Today's grants, but none beyond the unions whose list was on the page: who acts for two
    # unions looks at one at a time.
    owner.__dict__["held"] = tuple(
        grant for grant in owner.held if any(grant.union.path.startswith(top) for top in file.scope)
    )
    found = kind.find(owner, json.loads(file.query)) if may_fetch(kind, file, owner) else None
    if found is None:
        raise Refused(NO_LONGER)
    return found


class Pieces:
    """Takes a file as it is written and keeps it sealed, piece by piece."""

    def __init__(self, file: ExportedFile) -> None:
        self.size = 0
        self.hash = sha256()
        self._file = file
        self._number = 0
        self._waiting = bytearray()

    def write(self, part: bytes) -> int:
        self.size += len(part)
        self.hash.update(part)
        self._waiting += part
        while len(self._waiting) >= PIECE:
            self._keep()
        return len(part)

    def flush(self) -> None:
        """Nothing: a piece is kept when it is full."""

    def close(self) -> None:
        if self._waiting:
            self._keep()

    def _keep(self) -> None:
        content = bytes(self._waiting[:PIECE])
        Piece.objects.create(file=self._file, number=self._number, content=content)
        del self._waiting[:PIECE]
        self._number += 1


def _passing(rows: Iterable[Row], keys: "array[int]", run: Run, total: int) -> Iterator[Row]:
    """The cells of rows, while their keys are noted."""
    for row in rows:
        if not len(keys) % STRIDE:
            run.tell(len(keys), total, f"已写入 {len(keys):,} 行，共 {total:,} 行")
        keys.append(row[0])
        yield row[1:]


def _note_looks(file: ExportedFile, found: Found, keys: "array[int]") -> None:
    """The read audit: whose data the file holds, and of what the full numbers."""
    for model, named in found.named():
        log.look(model, named, by=file.by, page=f"导出{file.label}")
    if found.people is None:
        return
    for start in range(0, len(keys), LOOK):
        log.look(
            found.people,
            keys[start : start + LOOK],
            by=file.by,
            page=f"导出{file.label}",
            fields=found.secrets if file.clear else (),
            reason=file.reason,
        )


def _words(file: ExportedFile) -> str:
    numbers = f"完整号码，用途：{file.reason}" if file.clear else "号码遮盖"
    return f"{file.rows} 行，{numbers}，校验码 {file.sha256[:12]}"


@transaction.atomic
def fetch(kind: Export, file: ExportedFile, *, by: User) -> bytes:
    """The whole file, after writing that it was fetched.

    Raises NotAllowed where the person is not in the role any more, Refused where it is gone.
    """
    if not may_fetch(kind, file, by):
        raise NotAllowed(f"{by.pk} may not fetch export {file.pk}")
    if file.state != State.READY:
        raise Refused("文件还没有生成，或者已经删除。")
    pieces = Piece.objects.filter(file=file).order_by("number").values_list("content", flat=True)
    content = b"".join(pieces)
    log.write("download_export", f"下载{file.label}", by=by, record=file, union=file.union)
    return content


@transaction.atomic
def delete(file: ExportedFile, *, by: User) -> None:
    """Forget a file before its time. Raises NotAllowed, and OutOfTurn unless it is there."""
    file = (
        ExportedFile.objects.select_for_update(of=("self",))
        .select_related("job", "union")
        .get(pk=file.pk)
    )
    if file.by_id != by.pk:
        raise NotAllowed(f"{by.pk} did not ask for export {file.pk}")
    if file.state != State.READY:
        raise OutOfTurn("文件还没有生成，或者已经删除。")
    _forget([file.pk])
    log.write("delete_export", f"删除导出的{file.label}", by=by, record=file, union=file.union)


def purge() -> None:
    """Drop the contents of files after 30 days; who had what stays on record."""
    _forget(list(ExportedFile.objects.expired().values_list("pk", flat=True)))


def _forget(files: list[Any]) -> None:
    Piece.objects.filter(file__in=files).delete()
    ExportedFile.objects.filter(pk__in=files).update(query="", gone_at=timezone.now())
