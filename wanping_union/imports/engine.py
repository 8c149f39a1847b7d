"""The jobs of an uploaded file: checking it, letting it in, and taking that back."""

import datetime
import json
from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError
from django.db.models.functions import Now

from wanping_union.audit import log
from wanping_union.audit.context import origin
from wanping_union.errors import OutOfTurn, Refused
from wanping_union.imports import comparing, undoing
from wanping_union.imports.cells import serial_day
from wanping_union.imports.comparing import Comparison
from wanping_union.imports.kinds import Context, Kind, Problem, Reads, context_for
from wanping_union.imports.models import BadRow, Batch, Compared, State
from wanping_union.imports.passes import Outcome, Watch, run_file
from wanping_union.imports.reading import Cell, Unreadable
from wanping_union.imports.understood import Understood
from wanping_union.jobs.worker import Run

CHECK = "import_check"
LOAD = "import_load"
UNDO = "import_undo"

ALL_TOUCHED = "导入的每一条之后都有人改动过，没有可以撤销的。"
CANNOT_UNDO = "撤销后会有号码与别的记录重复，所以没有撤销。请联系系统管理员。"
TAKEN_BACK = "文件已取消，没有导入。"
CHANGED = "检查之后资料有了变化，有几行现在不能导入，所以一行也没有写入。请看下面的问题。"


class Progress(Watch):
    """Tells the job's page how far it is. total: data rows, where they are known."""

    def __init__(self, run: Run, total: int) -> None:
        self._run = run
        self._total = total

    def tell(self, done: int, words: str) -> None:
        self._run.tell(done, self._total, words)


class Checking(Understood):
    """Watches the rows and tells the job's page how far it is."""

    def __init__(self, run: Run, kind: Kind, context: Context) -> None:
        super().__init__(kind.fields, context.today)
        self._run = run

    def tell(self, done: int, words: str) -> None:
        self._run.tell(0, 0, words)


def check(run: Run, kinds: Mapping[str, Kind]) -> None:
    """Dry run over the whole file; its rows with problems are kept to be mended."""
    batch = _batch(run)
    if batch.state != State.CHECKING:
        return
    kind = kinds[batch.kind]
    comparison = Comparison()
    context = context_for(kind, batch.by, batch.union, batch.year, comparison)
    watch = Checking(run, kind, context)
    try:
        outcome = run_file(
            kind, batch.content, batch.file_name, context,
            only_good=False, dry_run=True, watch=watch,
        )  # fmt: skip
    except Unreadable as unreadable:
        _settle(batch, State.CHECKING, {
            "state": State.UNREADABLE, "code": unreadable.code, "content": None,
            "sentence": unreadable.sentence, "finished_at": Now(),
        })  # fmt: skip
        return
    about = describe(outcome, kind) | {"understood": [list(line) for line in watch.lines()]}
    _settle(batch, State.CHECKING, {
        "state": State.CHECKED, "layout": about, "missing": comparison.missing, **counts(outcome),
    })  # fmt: skip
    keep_bad_rows(batch, kind, outcome)
    comparing.keep(batch, comparison)


def load(run: Run, kinds: Mapping[str, Kind]) -> None:
    """Let the file in; where it may not go in whole, it goes back to be mended."""
    batch = _batch(run)
    if batch.state != State.RUNNING:
        return
    kind = kinds[batch.kind]
    context = context_for(kind, batch.by, batch.union, batch.year)
    bad_rows = BadRow.objects.filter(batch=batch)
    mended = {bad.row: None if bad.is_left_out else json.loads(bad.cells) for bad in bad_rows}
    try:
        outcome = run_file(
            kind, batch.content, batch.file_name, context, only_good=batch.only_good,
            dry_run=False, mended=mended, watch=Progress(run, batch.rows),
        )  # fmt: skip
    except Unreadable as unreadable:
        raise Refused(unreadable.sentence) from unreadable
    bad_rows.filter(is_left_out=False).delete()
    keep_bad_rows(batch, kind, outcome)
    if outcome.problems and not batch.only_good:
        back = {"state": State.CHECKED, "sentence": CHANGED, "missing": None, **counts(outcome)}
        _settle(batch, State.RUNNING, back)
        Compared.objects.filter(batch=batch).delete()  # what was compared is no longer so
        return
    done = {
        "state": State.DONE, "sentence": "", "finished_at": Now(),
        "request_id": origin().request_id, **counts(outcome),
    }  # fmt: skip
    _settle(batch, State.RUNNING, done)
    log.write(
        "import", f"导入{kind.label}", by=batch.by, record=batch, union=batch.union,
        note=outcome.words(batch.file_name),
    )  # fmt: skip
    run.result = {"batch": batch.pk}


def undo(run: Run, kinds: Mapping[str, Kind]) -> None:
    """Take an import back, all but what was touched since."""
    batch = _batch(run)
    if batch.state != State.UNDOING or batch.request_id is None:
        return
    kind = kinds[batch.kind]
    run.tell(0, 3, "正在查找之后的改动")
    found = undoing.plan(kind, batch.request_id, lock=True)
    if not found.removed and not found.restored:
        _settle(batch, State.UNDOING, {"state": State.DONE, "sentence": ALL_TOUCHED})
        return
    run.tell(1, 3, f"正在撤销 {found.removed + found.restored} {kind.measure}")
    try:
        undoing.carry_out(kind)
    except IntegrityError as error:
        raise Refused(CANNOT_UNDO) from error
    run.tell(2, 3, "正在记录")
    Compared.objects.filter(batch=batch).delete()
    comparing.keep_kept(batch, undoing.touched())
    _settle(batch, State.UNDOING, {
        "state": State.UNDONE, "undone_at": Now(), "undone_by": run.job.by,
        "undo_request_id": origin().request_id, **found._asdict(),
    })  # fmt: skip
    log.write(
        "undo_import", f"撤销导入{kind.label}", by=run.job.by, record=batch, union=batch.union,
        note=f"{batch.file_name[:80]}：删除 {found.removed}，恢复 {found.restored}，"
        f"之后有改动没有撤销 {found.kept}",
    )  # fmt: skip


def _batch(run: Run) -> Batch:
    return Batch.objects.select_related("union", "by").get(pk=run.args["batch"])


def _settle(batch: Batch, state: State, values: Mapping[str, Any]) -> None:
    """Write the end of a job. Raises OutOfTurn if the file was cancelled meanwhile."""
    if not Batch.objects.filter(pk=batch.pk, state=state).update(**values):
        raise OutOfTurn(TAKEN_BACK)


def describe(outcome: Outcome, kind: Kind) -> dict[str, Any]:
    """What the page says was understood. columns: (key, own name, heading in the file)."""
    layout = outcome.layout
    assert layout
    labels = kind.labels
    places = sorted(layout.columns.items(), key=lambda item: item[1])
    return {
        "sheet": layout.sheet.name,
        "header_row": layout.header_row,
        "columns": [(key, labels[key], layout.headings[key]) for key, _ in places],
        "unknown": layout.unknown,
        "missing": layout.missing,
        "others": layout.others,
        "year": outcome.year,
        "warnings": outcome.warnings,
        "remarks": outcome.remarks,
    }


def counts(outcome: Outcome) -> dict[str, int]:
    return {
        "rows": outcome.rows,
        "importable": outcome.importable,
        **outcome.counts._asdict(),
    }


def keep_bad_rows(batch: Batch, kind: Kind, outcome: Outcome) -> None:
    """Store the rows with problems, at most passes.BAD_KEPT, encrypted."""
    days = {field.column.key for field in kind.fields if field.reads is Reads.DATE}
    rows = (
        BadRow(
            batch=batch,
            row=row,
            cells=json.dumps({key: typed(cell, is_day=key in days) for key, cell in cells.items()}),
            problems=as_json(outcome.problems[row]),
        )
        for row, cells in sorted(outcome.bad.items())
    )
    BadRow.objects.bulk_create(rows, batch_size=500)


def as_json(problems: list[Problem]) -> str:
    return json.dumps(problems, ensure_ascii=False)


def typed(cell: Cell, *, is_day: bool = False) -> str:
    """A raw cell as a person would type it; read again, it gives the same value.

    is_day: of a column of dates, where Excel may have left a bare number.
    """
    if is_day and (day := serial_day(cell)):
        return day.isoformat()
    match cell:
        case None:
            return ""
        case datetime.datetime():
            return cell.date().isoformat()
        case datetime.date():
            return cell.isoformat()
        case float() if abs(cell) >= 1e15:
            return f"{cell:.5E}"  # digits are lost: it must not look whole
        case float() if cell.is_integer():
            return str(int(cell))
        case _:
            return str(cell)
