"""What people do with a workbook: send it, mend it, let it in. And what a command does."""

import hashlib
import json
from collections.abc import Mapping
from datetime import timedelta
from pathlib import PurePath
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from wanping_union.accounts.models import Union, User
from wanping_union.audit import log
from wanping_union.errors import NotAllowed, OutOfTurn, Refused
from wanping_union.imports import comparing, engine, mending
from wanping_union.imports.comparing import Comparison
from wanping_union.imports.kinds import Kind, context_for, scope
from wanping_union.imports.models import BadRow, Batch, Compared, State
from wanping_union.imports.passes import Outcome, run_file, run_rows
from wanping_union.imports.reading import FILE_TOO_LARGE
from wanping_union.jobs import services as jobs
from wanping_union.jobs.models import Priority

CONTENT_KEPT = timedelta(days=30)
LONG_BYTES = 500_000  # beyond this checking takes longer than others should wait
LONG_ROWS = 5_000
SEEN = "这个文件现在是“{}”，不能再{}。请刷新页面看看最新情况。"
FORGOTTEN = "文件上传已超过 30 天，内容已经删除。请重新上传。"
NOT_RECORDED = "这次导入没有留下可以撤销的记录。"
TOO_LATE = "导入已超过 30 天（{}），不能再撤销。个别要改的，请到档案里更正。"
NONE_GOOD = "没有一行可以导入。请先改正问题。"
STILL_BAD = "还有 {} 行有问题。请先改正，或者选择先导入正确的行。"


@transaction.atomic
def import_content(
    kind: Kind,
    content: bytes,
    name: str,
    *,
    by: User | None,
    year: int | None = None,
    only_good: bool = False,
    dry_run: bool = False,
) -> Outcome:
    """Import one file at once, without a job: commands and the sample year.

    Raises Unreadable and NotAllowed.
    """
    context = context_for(kind, by, year=year)
    outcome = run_file(kind, content, name, context, only_good=only_good, dry_run=dry_run)
    if not dry_run and (only_good or not outcome.problems):
        tops = Union.objects.reached_by(by, kind.roles) if by else Union.objects.all()
        log.write(
            "import",
            f"导入{kind.label}",
            by=by,
            union=tops.order_by("path").first(),
            note=outcome.words(name),
        )
    return outcome


@transaction.atomic
def upload(
    kind: Kind, union: Union, name: str, content: bytes, *, by: User, year: int | None = None
) -> Batch:
    """Keep a file and queue its check. Raises NotAllowed, and Refused for one too large."""
    scope(by, kind, union)
    if len(content) > settings.IMPORT_MAX_BYTES:
        raise Refused(FILE_TOO_LARGE)
    batch = Batch.objects.create(
        kind=kind.name,
        union=union,
        by=by,
        file_name=PurePath(name).name[:200],
        sha256=hashlib.sha256(content).hexdigest(),
        content=content,
        year=year,
    )
    _queue(batch, engine.CHECK, by, is_long=len(content) > LONG_BYTES)
    log.write("upload", f"上传{kind.label}", by=by, record=batch, union=union)
    return batch


def _queue(batch: Batch, job: str, by: User, *, is_long: bool) -> None:
    queued = jobs.enqueue(
        job,
        {"batch": batch.pk},
        by=by,
        union=batch.union,
        dedupe=f"import {batch.pk}",
        priority=Priority.LONG if is_long else Priority.SOON,
    )
    Batch.objects.filter(pk=batch.pk).update(job=queued)


def _lock(batch: Batch) -> Batch:
    rows = Batch.objects.select_for_update(of=("self",)).defer("content")
    return rows.select_related("union", "by", "job").get(pk=batch.pk)


def _locked(batch: Batch, kind: Kind, by: User, act: str) -> Batch:
    """The checked file, locked. Raises NotAllowed and OutOfTurn."""
    batch = _lock(batch)
    scope(by, kind, batch.union)
    if batch.state != State.CHECKED:
        raise OutOfTurn(SEEN.format(batch.get_state_display(), act))
    return batch


@transaction.atomic
def start(batch: Batch, kind: Kind, *, by: User, only_good: bool) -> None:
    """Queue the import of a checked file.

    Raises NotAllowed, OutOfTurn, and Refused where nothing could go in.
    """
    batch = _locked(batch, kind, by, "导入")
    if Batch.objects.filter(pk=batch.pk, content__isnull=True).exists():
        raise Refused(FORGOTTEN)
    if batch.bad and not only_good:
        raise Refused(STILL_BAD.format(batch.bad))
    if not batch.importable:
        raise Refused(NONE_GOOD)
    batch.state, batch.only_good, batch.sentence = State.RUNNING, only_good, ""
    batch.save(update_fields=["state", "only_good", "sentence"])
    _queue(batch, engine.LOAD, by, is_long=batch.rows > LONG_ROWS)
    log.write("start_import", f"开始导入{kind.label}", by=by, record=batch, union=batch.union)


@transaction.atomic
def cancel(batch: Batch, kind: Kind, *, by: User) -> None:
    """Throw an uploaded file away, with what was kept of its rows; or give up a stuck undoing.

    Raises NotAllowed and OutOfTurn.
    """
    batch = _lock(batch)
    scope(by, kind, batch.union)
    if batch.state == State.UNDOING and batch.is_stuck:
        Batch.objects.filter(pk=batch.pk).update(state=State.DONE)
        return
    if batch.state not in (State.CHECKING, State.CHECKED) and not batch.is_stuck:
        raise OutOfTurn(SEEN.format(batch.get_state_display(), "取消"))
    batch.bad_rows.all().delete()
    batch.compared.all().delete()
    batch.state, batch.content, batch.finished_at = State.CANCELLED, None, timezone.now()
    batch.save(update_fields=["state", "content", "finished_at"])
    log.write("cancel_import", "取消导入", by=by, record=batch, union=batch.union)


def check_undoable(batch: Batch) -> UUID:
    """The request whose writes would go back. Raises Refused."""
    if batch.state != State.DONE:
        raise OutOfTurn(SEEN.format(batch.get_state_display(), "撤销"))
    if batch.finished_at is None or batch.request_id is None:
        raise Refused(NOT_RECORDED)
    if batch.finished_at < timezone.now() - CONTENT_KEPT:
        raise Refused(TOO_LATE.format(timezone.localtime(batch.finished_at).date()))
    return batch.request_id


def may_undo(batch: Batch) -> bool:
    try:
        check_undoable(batch)
    except Refused:
        return False
    return True


@transaction.atomic
def undo(batch: Batch, kind: Kind, *, by: User) -> None:
    """Queue the undoing of an import. Raises NotAllowed, OutOfTurn and Refused."""
    batch = _lock(batch)
    scope(by, kind, batch.union)
    check_undoable(batch)
    batch.state, batch.sentence = State.UNDOING, ""
    batch.save(update_fields=["state", "sentence"])
    _queue(batch, engine.UNDO, by, is_long=batch.rows > LONG_ROWS)
    log.write("start_undo", f"开始撤销导入{kind.label}", by=by, record=batch, union=batch.union)


@transaction.atomic
def mend(
    batch: Batch, kind: Kind, rows: Mapping[int, Mapping[str, str]], *, by: User
) -> tuple[int, int]:
    """Keep what was typed for rows with problems and check those rows again.

    rows: text by key of column, by row number. Returns how many rows are good now, and how many
    of those given are not. Raises NotAllowed (only who sent the file sees its values) and
    OutOfTurn.
    """
    batch = _locked(batch, kind, by, "修改")
    check_sender(batch, by)
    found = mending.to_mend(batch).filter(row__in=rows).order_by("row")
    mended = {}
    for bad in found:
        stood = json.loads(bad.cells)
        # A row left as it stands keeps its problems: a duplicate shows only in the whole file.
        if (typed := stood | rows[bad.row]) != stood:
            mended[bad] = typed
    if not mended:
        return 0, len(found)
    comparison = Comparison(is_whole=False)
    outcome = _check_again(
        batch, kind, {bad.row: cells for bad, cells in mended.items()}, comparison
    )
    for bad, cells in mended.items():
        problems = outcome.problems.get(bad.row, [])
        bad.cells, bad.problems = json.dumps(cells), engine.as_json(problems)
        bad.is_mended = not problems
    BadRow.objects.bulk_update(mended, ["cells", "problems", "is_mended"], batch_size=500)
    batch.importable += outcome.importable
    batch.created += outcome.counts.created
    batch.updated += outcome.counts.updated
    batch.unchanged += outcome.counts.unchanged
    batch.missing = comparing.keep_more(batch, comparison)
    batch.save(update_fields=["importable", "created", "updated", "unchanged", "missing"])
    log.write(
        "mend_import",
        "改正导入的行",
        by=by,
        record=batch,
        union=batch.union,
        note=f"第 {'、'.join(str(bad.row) for bad in mended)} 行"[:500],
    )
    return outcome.importable, len(found) - outcome.importable


@transaction.atomic
def leave_out(batch: Batch, kind: Kind, row: int, *, by: User, out: bool) -> None:
    """Let the file go in without a row that has problems; or not, after all.

    Raises NotAllowed and OutOfTurn.
    """
    batch = _locked(batch, kind, by, "修改")
    check_sender(batch, by)
    found = BadRow.objects.filter(batch=batch, row=row, is_mended=False, is_left_out=not out)
    if not found.update(is_left_out=out):
        return
    batch.rows += -1 if out else 1
    batch.save(update_fields=["rows"])
    words = "不导入表格的一行" if out else "放回表格的一行"
    log.write("leave_out", words, by=by, record=batch, union=batch.union, note=f"第 {row} 行")


def _check_again(
    batch: Batch, kind: Kind, rows: Mapping[int, Mapping[str, str]], comparison: Comparison
) -> Outcome:
    year = batch.layout.get("year") or batch.year
    context = context_for(kind, batch.by, batch.union, year, comparison)
    with transaction.atomic():
        outcome = run_rows(kind, sorted(rows.items()), context)
        transaction.set_rollback(True)
    return outcome


def check_sender(batch: Batch, by: User) -> None:
    """Raises NotAllowed unless the person sent the file: its rows stand there in clear."""
    if batch.by_id != by.pk:
        raise NotAllowed(f"{by.pk} did not send import {batch.pk}")


def earlier(batch: Batch) -> Batch | None:
    """The last time before this one that the very same file was let in for the same union."""
    same = Batch.objects.filter(
        sha256=batch.sha256, kind=batch.kind, union=batch.union, state=State.DONE
    )
    return same.filter(pk__lt=batch.pk).select_related("by").defer("content").last()


def purge() -> None:
    """Drop the contents of uploaded files after 30 days, with the rows kept from them."""
    old = Batch.objects.filter(created_at__lt=timezone.now() - CONTENT_KEPT)
    BadRow.objects.filter(batch__in=old).delete()
    Compared.objects.filter(batch__in=old).delete()
    old.filter(content__isnull=False).update(content=None)
