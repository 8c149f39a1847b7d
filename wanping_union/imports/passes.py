"""One pass over a file: read, check, load. The dry run and the real run are the same code."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice

from django.db import IntegrityError, connection, transaction

from wanping_union.imports.kinds import Cells, Context, Counts, Kind, Loader, NumberedCells, Problem
from wanping_union.imports.layout import Layout, data_rows, layout_of
from wanping_union.imports.reading import Unreadable, open_workbook

BAD_KEPT = 5_000  # rows with problems that are kept to be mended in the page
AT_ONCE = 500  # rows taken at once
NO_YEAR = "表格的标题里没有写年度。请在标题里写上，例如“企业台账（2016年）”，或者在上传时填写年度。"
ODD_YEAR = "年度 {} 不对。请核对表格标题或填写的年度。"


@dataclass
class Outcome:
    """What a file holds. problems: by row number as Excel shows it; bad: cells of such rows."""

    rows: int = 0
    problems: dict[int, list[Problem]] = field(default_factory=dict)
    bad: dict[int, Cells] = field(default_factory=dict)
    counts: Counts = field(default_factory=Counts)
    remarks: list[str] = field(default_factory=list)
    layout: Layout | None = None
    year: int = 0
    warnings: tuple[str, ...] = ()

    @property
    def importable(self) -> int:
        return self.rows - len(self.problems)

    def add(self, row: int, found: Iterable[Problem]) -> None:
        """Note problems; a column has at most one."""
        known = self.problems.setdefault(row, [])
        for problem in found:
            if problem.column not in {other.column for other in known}:
                known.append(problem)

    def words(self, name: str) -> str:
        """One line for the audit."""
        return (
            f"{name[:80]}：共 {self.rows} 行，新增 {self.counts.created}，更新"
            f" {self.counts.updated}，未变 {self.counts.unchanged}，未导入 {len(self.problems)}"
        )

    def errors(self) -> Iterator[tuple[int, Problem]]:
        """All problems by row, those of one row in the order they were found."""
        for row in sorted(self.problems):
            for problem in self.problems[row]:
                yield row, problem


class Watch:
    """Told of rows on their way; the default does nothing."""

    def saw(self, rows: Sequence[NumberedCells]) -> None: ...
    def tell(self, done: int, words: str) -> None: ...


def run_file(
    kind: Kind,
    content: bytes,
    name: str,
    context: Context,
    *,
    only_good: bool,
    dry_run: bool,
    mended: Mapping[int, Cells | None] | None = None,
    watch: Watch | None = None,
) -> Outcome:
    """Read, check and load one file; what may not stay is rolled back.

    Nothing stays of a dry run, nor of a file with problems unless only_good.
    mended: cells by row number that stand in for the file's, None for a row left out. Raises
    Unreadable.
    """
    watch = watch or Watch()
    try:
        return _run_file(kind, content, name, context, only_good, dry_run, mended or {}, watch)
    except IntegrityError:
        # Somebody entered one of these people or places meanwhile: look again.
        return _run_file(kind, content, name, context, only_good, dry_run, mended or {}, watch)


def _run_file(
    kind: Kind,
    content: bytes,
    name: str,
    context: Context,
    only_good: bool,
    dry_run: bool,
    mended: Mapping[int, Cells | None],
    watch: Watch,
) -> Outcome:
    if context.comparison:
        context.comparison.clear()
    with open_workbook(content, name) as book, transaction.atomic():
        layout = layout_of(book, kind.columns)
        context = replace(
            context, year=_year(kind, context, layout), headings=dict(layout.headings)
        )
        rows = _standing(data_rows(book, layout), mended)
        outcome = run_rows(kind, rows, context, watch=watch, alone=True)
        outcome.layout, outcome.year, outcome.warnings = layout, context.year, book.warnings
        late = outcome.problems.keys() - outcome.bad.keys()
        if late and len(outcome.bad) < BAD_KEPT:
            again = ((row, cells) for row, cells in data_rows(book, layout) if row in late)
            outcome.bad |= dict(islice(_standing(again, mended), BAD_KEPT - len(outcome.bad)))
        if dry_run or (outcome.problems and not only_good):
            transaction.set_rollback(True)
    return outcome


def _standing(
    rows: Iterable[NumberedCells], mended: Mapping[int, Cells | None]
) -> Iterator[NumberedCells]:
    """The rows as they were mended, without those left out."""
    if not mended:
        return iter(rows)
    standing = ((row, mended.get(row, cells)) for row, cells in rows)
    return ((row, cells) for row, cells in standing if cells is not None)


def _year(kind: Kind, context: Context, layout: Layout) -> int:
    year = context.year or layout.year
    if year is None:
        if kind.needs_year:
            raise Unreadable("no_year", NO_YEAR)
        year = context.today.year
    if not 1949 <= year <= context.today.year:
        raise Unreadable("no_year", ODD_YEAR.format(year))
    return year


LOCK = """
select set_config('lock_timeout', '0', true), pg_advisory_xact_lock(hashtext('import ' || %s))
"""


def wait_for_others(kind: Kind) -> None:
    """Let no other import of the kind run until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(LOCK, [kind.name])


def run_rows(
    kind: Kind,
    rows: Iterable[NumberedCells],
    context: Context,
    *,
    watch: Watch | None = None,
    alone: bool = False,
) -> Outcome:
    """Check and write rows; the caller rolls back what may not stay.

    alone: wait for other imports of the kind, so that two of one person do not meet half-way.
    """
    outcome = Outcome()
    watch = watch or Watch()
    if alone:
        wait_for_others(kind)
    with kind.loader(context) as loader:
        _take(loader, iter(rows), outcome, watch)
    watch.tell(outcome.rows, f"已处理 {outcome.rows} 行，正在写入")
    for row, problem in loader.settle():
        outcome.add(row, [problem])
    outcome.counts = loader.write()
    outcome.remarks = loader.remarks()
    return outcome


def _take(loader: Loader, rows: Iterator[NumberedCells], outcome: Outcome, watch: Watch) -> None:
    while batch := list(islice(rows, AT_ONCE)):
        outcome.rows += len(batch)
        watch.saw(batch)
        problems = loader.take(batch)
        for row, cells in batch if problems else ():
            if row in problems:
                outcome.add(row, problems[row])
                if len(outcome.bad) < BAD_KEPT:
                    outcome.bad[row] = cells
        watch.tell(outcome.rows, f"已处理 {outcome.rows} 行")
