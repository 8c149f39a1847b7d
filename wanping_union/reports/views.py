"""The figures of a union, the rows behind each, and the monthly workbooks."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import content_disposition_header
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from wanping_union import charts, clock, web
from wanping_union.accounts.models import Union
from wanping_union.audit import log
from wanping_union.indicators import COUNT, Indicator, Period, Section, value_of
from wanping_union.reports import monthly, selectors
from wanping_union.reports.forms import ChooseMonth, ChoosePeriod
from wanping_union.reports.models import MonthlyReport, State
from wanping_union.reports.selectors import Frame
from wanping_union.roles import MAKE_REPORTS, SEE_FIGURES, SEE_PEOPLE

EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
Indicators = Mapping[str, Indicator]
Sections = Sequence[Section]


@require_GET
@never_cache
@web.for_roles(SEE_FIGURES)
def reports(request: web.Request, indicators: Indicators, sections: Sections) -> HttpResponse:
    union = _union(request, request.GET.get("union"))
    month = request.GET.get("month") or f"{selectors.newest_month(union):%Y-%m}"
    form = ChooseMonth(_unions(request), {"union": union.code, "month": month})
    return _overview(request, sections, union, form)


@require_POST
@web.for_roles(SEE_FIGURES)
@web.once
def make(request: web.Request, indicators: Indicators, sections: Sections) -> HttpResponse:
    union = _union(request, request.POST.get("union"))
    made: list[MonthlyReport] = []
    form = web.attempt(
        ChooseMonth(_unions(request), request.POST),
        lambda values: made.append(monthly.request(union, values["month"], by=request.user)),
    )
    return redirect(made[0]) if made else _overview(request, sections, union, form)


@require_GET
@never_cache
@web.for_roles(SEE_FIGURES)
def figure(
    request: web.Request, code: str, indicators: Indicators, sections: Sections
) -> HttpResponse:
    if code not in indicators:
        raise Http404(code)
    indicator = indicators[code]
    union = _union(request, request.GET.get("union"))
    if indicator.person:
        web.check_role(request, SEE_PEOPLE, union)
    this_month = Frame.of(clock.today()).month
    form = ChoosePeriod(
        _unions(request),
        {
            "union": union.code,
            "from": request.GET.get("from") or this_month.start,
            "to": request.GET.get("to") or this_month.end,
        },
    )
    context = {
        "form": form,
        "indicator": indicator,
        "union": union,
        "crumbs": _crumbs(indicator.short),
    }
    if form.is_valid():
        period = Period(form.cleaned_data["start"], form.cleaned_data["end"])
        context |= _rows(request, indicator, union, period)
    return render(request, "reports/figure.html", context, status=422 if form.errors else 200)


@require_GET
@never_cache
@web.for_roles(SEE_FIGURES)
def report(
    request: web.Request, pk: int, indicators: Indicators, sections: Sections
) -> HttpResponse:
    found = _report(request, pk)
    if request.htmx and found.state == State.BUILDING:
        return render(request, "_parts/progress.html", {"job": _progress(found)})
    response = _show(request, found, forms.Form(), indicators)
    if request.htmx:
        response["HX-Refresh"] = "true"
    return response


@require_POST
@web.for_roles(SEE_FIGURES)
@web.once
def retry(
    request: web.Request, pk: int, indicators: Indicators, sections: Sections
) -> HttpResponse:
    found = _report(request, pk)
    form = web.attempt(forms.Form({}), lambda _: monthly.retry(found, by=request.user))
    return _show(request, found, form, indicators) if form.errors else redirect(found)


@require_GET
@web.for_roles(SEE_FIGURES)
def download(
    request: web.Request, pk: int, indicators: Indicators, sections: Sections
) -> HttpResponse:
    found = _with_people(request, pk)
    if found.content is None:
        raise Http404(pk)
    monthly.note_download(found, by=request.user, note="月报")
    return _file(found.content, found.file_name)


@require_GET
@web.for_roles(SEE_FIGURES)
def bulk(request: web.Request, pk: int, indicators: Indicators, sections: Sections) -> HttpResponse:
    found = _with_people(request, pk)
    if found.bulk is None:
        raise Http404(pk)
    monthly.note_download(found, by=request.user, note="明细文件")
    return _file(found.bulk, found.bulk_name)


def _unions(request: web.Request) -> list[Union]:
    return selectors.unions_of(request.user)


def _union(request: web.Request, code: str | None) -> Union:
    """The union asked for, or the person's own. Raises Http404 where they may not see it."""
    if not code:
        held = request.user.held[0].union
        return held
    seen = Union.objects.reached_by(request.user, SEE_FIGURES)
    return get_object_or_404(seen, code=code)


def _report(request: web.Request, pk: int) -> MonthlyReport:
    seen = MonthlyReport.objects.visible_to(request.user).without_files()
    return get_object_or_404(seen, pk=pk)


def _with_people(request: web.Request, pk: int) -> MonthlyReport:
    """A report with its files; they list people, which not everybody who sees figures may."""
    seen = MonthlyReport.objects.visible_to(request.user).select_related("union")
    found = get_object_or_404(seen, pk=pk)
    web.check_role(request, SEE_PEOPLE, found.union)
    return found


def _file(content: bytes, name: str) -> HttpResponse:
    disposition = content_disposition_header(True, name) or "attachment"
    headers = {
        "Content-Disposition": disposition,
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return HttpResponse(bytes(content), content_type=EXCEL, headers=headers)


def _overview(
    request: web.Request, sections: Sections, union: Union, form: forms.Form
) -> HttpResponse:
    """The page of figures; of the month chosen if it is one, else of the newest."""
    form.is_valid()
    month = form.cleaned_data.get("month") or selectors.newest_month(union)
    frame = Frame.of(month)
    past, older = selectors.history(union, _key(request, "before"))
    context = {
        "form": form,
        "union": union,
        "frame": frame,
        "sections": [_section(section, union, frame) for section in sections],
        "reports": past,
        "older": older,
        "running": selectors.running(union, frame.month.start),
        "may_make": request.user.may(MAKE_REPORTS, union),
        "may_list_people": request.user.may(SEE_PEOPLE, union),
    }
    return render(request, "reports/reports.html", context, status=422 if form.errors else 200)


def _section(section: Section, union: Union, frame: Frame) -> dict[str, Any]:
    counted = selectors.count(section, union, frame)
    lines = selectors.lines(section, union, frame, counted)
    trend = selectors.trend(section, frame, counted)
    series = selectors.series(section, trend)
    below = selectors.spread(section, union, frame, counted)
    spread = section.find(section.spread)
    return {
        "title": section.title,
        "lines": [(line, _links(line, union)) for line in lines],
        "chart": charts.columns(section.trend_title, trend.labels, series),
        "trend_from": trend.months[0].start,
        "spread": spread,
        "bars": charts.bars((u.short, n, selectors.link(spread, u, frame.month)) for u, n in below),
    }


def _links(line: selectors.Line, union: Union) -> list[tuple[Any, str]]:
    """Each value with the page of its rows."""
    frame = line.frame
    cells = ((line.month, frame.month), (line.year, frame.year), (line.before, frame.before))
    return [(value, selectors.link(line.indicator, union, period)) for value, period in cells]


def _rows(
    request: web.Request, indicator: Indicator, union: Union, period: Period
) -> dict[str, Any]:
    page = selectors.page(
        indicator, union, period, after=_key(request, "after"), before=_key(request, "before")
    )
    log.look_at(indicator.people(page.rows), by=request.user, page=indicator.short)
    here = selectors.link(indicator, union, period)
    value = indicator.value(union, period)
    counted = value if indicator.measure is COUNT else indicator.rows(union, period).count()
    linked = request.user.may(SEE_PEOPLE, union)
    return {
        "period": period,
        "value": value,
        "is_lower_bound": indicator.is_lower_bound(union, period),
        "rows": [
            (indicator.link(row) if linked else "", [(c, c.show(row)) for c in indicator.columns])
            for row in page.rows
        ],
        "pager": {
            "words": f"共 {counted:,} 行",
            "prev_url": f"{here}&before={page.before}" if page.before else "",
            "next_url": f"{here}&after={page.after}" if page.after else "",
        },
    }


def _key(request: web.Request, name: str) -> int:
    """The key of a page; anything that is none counts as the first page."""
    text = request.GET.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0


def _show(
    request: web.Request, found: MonthlyReport, form: forms.Form, indicators: Indicators
) -> HttpResponse:
    context = {
        "lines": [
            (indicators[code], {name: value_of(v) for name, v in found.figures[code].items()})
            for code in indicators
            if code in found.figures
        ],
        "report": found,
        "form": form,
        "job": _progress(found),
        "crumbs": _crumbs(f"{found.month_words} 第{found.version}版"),
        "may_make": request.user.may(MAKE_REPORTS, found.union),
        "may_download": request.user.may(SEE_PEOPLE, found.union),
        "may_retry": found.state == State.FAILED and found.job is not None,
    }
    return render(request, "reports/report.html", context, status=422 if form.errors else 200)


def _progress(found: MonthlyReport) -> dict[str, Any]:
    job = found.job
    return {
        "url": found.get_absolute_url(),
        "done": found.state != State.BUILDING,
        "percent": job.percent if job else 100,
        "words": (job.words if job else "") or "已排队，马上开始",
    }


def _crumbs(last: str) -> list[tuple[str, str]]:
    return [("统计与月报", "/reports/"), (last, "")]
