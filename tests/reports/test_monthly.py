"""Making monthly workbooks: versions, one at a time, whole or not at all."""

from datetime import date
from hashlib import sha256
from threading import Barrier, Thread

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import override_settings

from members.models import Membership
from members.report import SECTION
from tests.factories import make_member
from wanping_union import clock, portal
from wanping_union.audit.models import Act
from wanping_union.errors import NotAllowed, Refused
from wanping_union.indicators import Period, change
from wanping_union.jobs import services as jobs
from wanping_union.jobs import worker
from wanping_union.jobs.models import Job
from wanping_union.reports import monthly, selectors
from wanping_union.reports.models import MonthlyReport, State
from wanping_union.reports.selectors import Frame

DECEMBER = date(2016, 12, 1)
AFTER = date(2017, 1, 1)


def fresh(report):
    return MonthlyReport.objects.select_related("job", "union").get(pk=report.pk)


def work(build=None):
    """Work the queue as a worker does. build: what runs instead of the real one."""
    handler = build or monthly.building(portal.SECTIONS)
    return worker.work({monthly.BUILD: handler})


def broken(fault):
    """A build that makes and keeps a version and then meets a fault."""
    whole = monthly.building(portal.SECTIONS)

    def write(run, made):
        whole.write(run, made)
        raise fault

    return whole._replace(write=write)


def test_a_report_is_made_by_the_job_with_its_checksum_and_figures(union, chair):
    make_member(union, joined_on=date(2016, 12, 5))
    report = monthly.request(union, date(2016, 12, 20), by=chair)
    assert (report.month, report.version, fresh(report).state) == (DECEMBER, 1, State.BUILDING)
    work()
    report = fresh(report)
    assert report.state == State.READY
    assert report.sha256 == sha256(report.content).hexdigest()
    assert report.figures["new_member_count"] == {
        "month": 1,
        "year": 1,
        "before": 0,
        "change": None,
        "lower_bound": False,
    }
    assert report.took is not None
    names = list(Act.objects.order_by("pk").values_list("name", flat=True))
    assert names == ["request_report", "make_report"]


def test_a_new_request_makes_a_new_version_and_keeps_the_old_one(union, chair):
    first = monthly.request(union, DECEMBER, by=chair)
    work()
    second = monthly.request(union, DECEMBER, by=chair)
    work()
    assert (fresh(first).version, fresh(second).version) == (1, 2)
    assert fresh(first).content != fresh(second).content


def test_a_second_request_is_refused_while_the_first_is_under_way(
    union, other_union, chair, officer
):
    monthly.request(union, DECEMBER, by=chair)
    with pytest.raises(Refused, match="正在生成"):
        monthly.request(union, date(2016, 12, 31), by=chair)
    monthly.request(union, date(2016, 11, 1), by=chair)
    monthly.request(other_union, DECEMBER, by=officer)
    assert MonthlyReport.objects.count() == 3


def test_a_month_to_come_is_refused_and_the_present_one_is_counted_so_far(union, chair):
    make_member(union, joined_on=date(2016, 12, 5))
    make_member(union, joined_on=date(2016, 12, 25))
    with clock.at(date(2016, 12, 15)):
        with pytest.raises(Refused, match="还没有到"):
            monthly.request(union, date(2017, 1, 1), by=chair)
        report = monthly.request(union, DECEMBER, by=chair)
        work()
    report = fresh(report)
    assert report.until_on == date(2016, 12, 15)
    assert report.figures["new_member_count"]["month"] == 1


@pytest.mark.parametrize("who", ["outsider", "reviewer", "auditor"])
def test_only_those_who_make_reports_of_the_union_may_ask(union, who, request):
    with pytest.raises(NotAllowed):
        monthly.request(union, DECEMBER, by=request.getfixturevalue(who))


def test_two_requests_at_once_make_one_report(committed, union, chair):
    start, said = Barrier(2), []

    def ask():
        try:
            start.wait()
            monthly.request(union, DECEMBER, by=chair)
            said.append("made")
        except Refused:
            said.append("refused")
        finally:
            connection.close()

    threads = [Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(said) == ["made", "refused"]
    assert (MonthlyReport.objects.count(), Job.objects.count()) == (1, 1)


def test_a_failed_build_keeps_no_file_and_can_be_retried(committed, union, chair):
    make_member(union, joined_on=date(2016, 12, 5))
    report = monthly.request(union, DECEMBER, by=chair)
    assert work(broken(RuntimeError("after the file was written"))) == 3  # attempts
    report = fresh(report)
    assert (report.state, report.content, report.sha256) == (State.FAILED, None, "")
    assert "处理时出错" in report.error
    monthly.retry(report, by=chair)
    work()
    assert fresh(report).state == State.READY


@override_settings(JOB_LEASE_SECONDS=0.1)
def test_a_killed_worker_leaves_nothing_and_the_next_one_finishes(committed, union, chair):
    report = monthly.request(union, DECEMBER, by=chair)
    with pytest.raises(SystemExit):  # nothing in the worker catches it, as nothing catches a kill
        work(broken(SystemExit()))
    assert (fresh(report).state, fresh(report).content) == (State.BUILDING, None)
    while not work():
        pass
    assert (fresh(report).state, fresh(report).job.attempts) == (State.READY, 2)


@override_settings(JOB_LEASE_SECONDS=0.1)
def test_a_report_whose_workers_all_die_has_failed_and_says_so(committed, union, chair):
    report = monthly.request(union, DECEMBER, by=chair)
    Job.objects.update(max_attempts=1)
    jobs.claim(0)
    assert jobs.claim(0) is None
    assert fresh(report).state == State.FAILED
    assert "重试" in fresh(report).error
    assert monthly.request(union, DECEMBER, by=chair).version == 2


def test_what_is_written_during_the_build_is_not_in_it(committed, union, chair, monkeypatch):
    make_member(union, joined_on=date(2016, 12, 5))
    report = monthly.request(union, DECEMBER, by=chair)
    counted = selectors.checks

    def somebody_else():
        make_member(union, joined_on=date(2016, 12, 6))
        connection.close()

    def checks(*args):  # after the figures, before the lists
        thread = Thread(target=somebody_else)
        thread.start()
        thread.join()
        return counted(*args)

    monkeypatch.setattr(selectors, "checks", checks)
    work()
    report = fresh(report)
    assert (report.state, report.job.attempts) == (State.READY, 1)
    assert report.figures["new_member_count"]["month"] == 1
    assert Membership.objects.count() > 1


def test_a_file_without_its_checksum_or_a_failed_one_with_a_file_cannot_be_stored(union):
    report = MonthlyReport.objects.create(union=union, month=DECEMBER, version=1)
    for values in ({"content": b"half"}, {"sha256": "0" * 64}, {"bulk": b"half"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            MonthlyReport.objects.filter(pk=report.pk).update(**values)


def test_beat_twice_makes_one_report_of_the_month_that_is_over(union):
    with clock.at(AFTER):
        portal.queue_monthly_reports()
        portal.queue_monthly_reports()
        work()
        portal.queue_monthly_reports()
    made = MonthlyReport.objects.filter(union=union)
    assert [(r.month, r.version, r.by) for r in made] == [(DECEMBER, 1, None)]


def test_beat_makes_the_whole_month_where_only_a_part_was_reported(union):
    with clock.at(date(2016, 12, 15)):
        monthly.request(union, DECEMBER, by=None)
        work()
    with clock.at(AFTER):
        monthly.request_quietly(union, DECEMBER)
        work()
    ends = MonthlyReport.objects.filter(union=union).order_by("version")
    assert [r.until_on for r in ends] == [date(2016, 12, 15), date(2016, 12, 31)]


@pytest.mark.parametrize(
    ("month", "today", "frame"),
    [
        (date(2016, 2, 1), date(2016, 3, 1), ("02-01", "02-29", "2015-02-28")),
        (date(2017, 2, 1), date(2017, 3, 1), ("02-01", "02-28", "2016-02-29")),
        (date(2016, 2, 9), date(2016, 2, 29), ("02-01", "02-29", "2015-02-28")),
        (date(2016, 2, 9), date(2016, 2, 28), ("02-01", "02-28", "2015-02-28")),
        (date(2016, 12, 1), date(2016, 12, 1), ("12-01", "12-01", "2015-12-01")),
    ],
)
def test_a_month_ends_where_the_calendar_says_also_a_year_before(month, today, frame):
    with clock.at(today):
        made = Frame.of(month)
    assert (f"{made.month.start:%m-%d}", f"{made.month.end:%m-%d}", str(made.before.end)) == frame
    assert (made.year.start.day, made.before.start.month) == (1, 1)


@pytest.mark.parametrize(
    ("now", "before", "percent"),
    [
        (44, 0, None),
        (44, None, None),
        (44, 32, "37.5"),
        (0, 4, "-100.0"),
        (1, 3, "-66.7"),
        (2, 3, "-33.3"),
    ],
)
def test_growth_is_in_percent_with_one_decimal_and_absent_against_nothing(now, before, percent):
    found = change(now, before)
    assert (found if found is None else str(found)) == percent


def test_last_years_column_is_the_same_stretch_of_last_year(union):
    for joined in (date(2015, 1, 1), date(2015, 12, 31), date(2016, 12, 31), date(2014, 12, 31)):
        make_member(union, joined_on=joined)
    frame = Frame.of(DECEMBER)
    counted = selectors.count(SECTION, union, frame)
    line = next(
        line
        for line in selectors.lines(SECTION, union, frame, counted)
        if line.indicator.code == "new_member_count"
    )
    assert (line.month, line.year, line.before) == (1, 1, 2)
    assert str(line.change) == "-50.0"


def test_the_year_is_the_sum_of_its_months_and_the_total_of_its_routes(union):
    for month in (1, 2, 12):
        make_member(union, joined_on=date(2016, month, 29), route="scattered")
    make_member(union, joined_on=date(2016, 6, 1))
    frame = Frame.of(DECEMBER)
    counted = selectors.count(SECTION, union, frame)
    lines = selectors.lines(SECTION, union, frame, counted)
    trend = selectors.trend(SECTION, frame, counted)
    by_route, *by_month = selectors.checks(SECTION, lines, trend, frame)
    assert (by_route.left, by_route.right, by_route.note) == (4, 3, "入会途径待补")
    assert len(by_month) == 4
    assert all(check.agrees for check in by_month)
    names = [name for name, _ in selectors.series(SECTION, trend)]
    assert names == ["新建会单位", "零散会员", "已建会单位", "入会途径待补"]


def test_what_stands_on_the_command_line_is_what_the_workbook_counts(union):
    make_member(union, joined_on=date(2016, 12, 5))
    figures, bounds = selectors.figures(
        [SECTION], union, Period(date(2016, 1, 1), date(2016, 12, 31))
    )
    assert (figures["new_member_count"], figures["member_count"], bounds) == (1, 1, [])
