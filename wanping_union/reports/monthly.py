"""Making monthly workbooks: asked for by a person, by beat or by the command, built by a job.

At most one is under way for a union and month: the job's dedupe key is unique in the database.
"""

from collections.abc import Callable, Sequence
from datetime import date
from functools import partial
from hashlib import sha256
from typing import NamedTuple

from django.conf import settings
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from wanping_union import clock
from wanping_union.accounts.models import Union, User
from wanping_union.audit import log
from wanping_union.audit.models import name_of
from wanping_union.errors import NotAllowed, Refused
from wanping_union.indicators import Period, Section
from wanping_union.jobs import services as jobs
from wanping_union.jobs.models import Job, Priority
from wanping_union.jobs.worker import AtOneMoment, Run, work_one
from wanping_union.reports import details, selectors, workbook
from wanping_union.reports.models import MonthlyReport, State
from wanping_union.reports.selectors import Frame
from wanping_union.roles import MAKE_REPORTS, role_words

BUILD = "monthly_report"
SYSTEM = "系统"


@transaction.atomic
def request(union: Union, month: date, *, by: User | None) -> MonthlyReport:
    """Ask for the next version of a month's report. by: None for the system.

    month: any day of it. Raises NotAllowed, and Refused for a month to come or while a version
    of it is being made.
    """
    first = month.replace(day=1)
    if by and not by.may(MAKE_REPORTS, union):
        raise NotAllowed(
            f"{by.pk} may not make reports of {union.code}", who=role_words(MAKE_REPORTS)
        )
    if first > clock.today():
        raise Refused("这个月还没有到，不能生成月报。请选择本月或以前的月份。")
    Union.objects.select_for_update(no_key=True).get(pk=union.pk)  # owner of the version numbers
    try:
        job = jobs.enqueue(
            BUILD,
            {},
            by=by,
            union=union,
            dedupe=f"report:{union.pk}:{first}",
            priority=Priority.SOON if by else Priority.NIGHT,
        )
    except jobs.AlreadyActive:
        raise Refused("这个月的月报正在生成，请等它完成后再生成新的版本。") from None
    versions = MonthlyReport.objects.filter(union=union, month=first)
    newest = versions.aggregate(newest=Max("version"))["newest"] or 0
    report = MonthlyReport.objects.create(
        union=union, month=first, version=newest + 1, job=job, by=by
    )
    log.write("request_report", "申请生成月报", by=by, record=report, union=union)
    return report


def request_quietly(union: Union, month: date) -> None:
    """For beat: one version by the system for each union and month, however often it is called."""
    whole = Period.month(month)
    by_system = MonthlyReport.objects.filter(union=union, month=whole.start, by=None)
    if by_system.exclude(until_on__lt=whole.end).exists():
        return
    try:
        request(union, month, by=None)
    except Refused:
        return  # somebody's version is being made at this moment: it holds the same figures


@transaction.atomic
def retry(report: MonthlyReport, *, by: User) -> None:
    """Make a failed version again. Raises NotAllowed, Refused (not failed, or one under way)."""
    if not by.may(MAKE_REPORTS, report.union):
        raise NotAllowed(
            f"{by.pk} may not make reports of {report.union.code}", who=role_words(MAKE_REPORTS)
        )
    if report.job is None:
        raise Refused("这一版不能重试，请重新生成。")
    jobs.retry(report.job)
    log.write("retry_report", "重试生成月报", by=by, record=report, union=report.union)


class Made(NamedTuple):
    """A version with its content, not kept yet."""

    report: MonthlyReport
    blocks: Sequence[details.Block]


def building(sections: Sequence[Section]) -> AtOneMoment:
    """Makes the version a job is for: all of it commits with the job, or nothing does."""
    return AtOneMoment(partial(_make, sections), _keep)


def _make(sections: Sequence[Section], run: Run) -> Made:
    """Compute and write one version. Raises details.Differs."""
    rows = MonthlyReport.objects.defer("content", "bulk").select_related("union", "by")
    report = rows.get(job_id=run.job.pk)
    run.tell(0, 100, "正在统计数字")
    frame = Frame.of(report.month)
    parts = [_part(section, report.union, frame) for section in sections]
    counter = Counter(run.tell)
    lists = [
        block
        for part in parts
        for block in details.blocks(part.section, part.lines, report.union, frame, counter)
    ]
    fits = details.divide(lists)
    inside = sum(block.count for block in lists if block.fits)
    report.rows = sum(block.count for block in lists)
    counter.total = inside if fits else inside + report.rows
    made = workbook.Report(
        union=report.union,
        version=report.version,
        frame=frame,
        made_by=str(report.by or SYSTEM),
        made_at=timezone.localtime(),
        parts=parts,
        blocks=lists,
    )
    report.content = workbook.compose(made)
    report.bulk = None if fits else details.bulk(lists, made.facts)
    report.sha256 = sha256(report.content).hexdigest()
    report.until_on = frame.month.end
    report.figures = {line.indicator.code: line.snapshot() for part in parts for line in part.lines}
    return Made(report, lists)


def _keep(run: Run, made: Made) -> None:
    report = made.report
    report.started_at, report.finished_at = run.job.started_at, timezone.now()
    report.save()
    for block in made.blocks:
        if block.whose:
            # Says whom the file names. Who fetches it looks at the report.
            log.look(
                block.whose, block.people, by=report.by, page="生成月报", reason=name_of(report)
            )
    run.result = {"report": report.pk, "rows": report.rows, "sha256": report.sha256}
    log.write(
        "make_report",
        "生成月报",
        by=report.by,
        record=report,
        union=report.union,
        note=f"明细 {report.rows} 行，校验码 {report.sha256[:12]}",
    )


def make_now(union: Union, month: date, sections: Sequence[Section]) -> MonthlyReport:
    """Ask for a version and build it in this process. Raises Refused also where building failed."""
    with transaction.atomic():  # the job is taken before a worker can see it
        asked = request(union, month, by=None)
        queued = Job.objects.filter(monthly_report=asked)
        queued.update(max_attempts=1)  # who waits for it tries again
        job = jobs.claim(settings.JOB_LEASE_SECONDS, only=queued.get().pk)
    if job:
        work_one(job, building(sections))
    made = MonthlyReport.objects.select_related("union", "job").get(pk=asked.pk)
    if made.state != State.READY:
        raise Refused(made.error)
    return made


def _part(section: Section, union: Union, frame: Frame) -> workbook.Part:
    counted = selectors.count(section, union, frame)
    lines = selectors.lines(section, union, frame, counted)
    trend = selectors.trend(section, frame, counted)
    return workbook.Part(section, lines, trend, selectors.checks(section, lines, trend, frame))


class Counter:
    """Tells the job's page how many rows were written."""

    def __init__(self, tell: Callable[[int, int, str], None]) -> None:
        self.tell = tell
        self.done = 0
        self.total = 0

    def __call__(self) -> None:
        self.done += 1
        self.tell(self.done, self.total, f"正在写明细，第 {self.done:,} 行，共 {self.total:,} 行")


def note_download(report: MonthlyReport, *, by: User, note: str) -> None:
    """Record who took which file."""
    log.write("download_report", "下载月报", by=by, record=report, union=report.union, note=note)
    log.look_at([report], by=by, page=f"下载{note}")
