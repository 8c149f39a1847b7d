"""The list of cases: for who reviews the queue by due date, for the unit its own."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from members.views import listing
from members.views.listing import Link, Pager, Pill
from relief.forms.filters import CaseFilter
from relief.models import ReliefCase
from relief.selectors import queue
from relief.selectors.queue import LABELS
from relief.views import unit
from relief.views.paging import pager
from wanping_union import web
from wanping_union.audit import log
from wanping_union.roles import AREA, DECIDE_RELIEF, SEE_RELIEF, Role
from wanping_union.web import Request

WORKING = (*AREA, *DECIDE_RELIEF)


@require_GET
@never_cache
@web.for_roles(SEE_RELIEF)
def cases(request: Request) -> HttpResponse:
    if not request.user.may((*WORKING, Role.AUDITOR)):
        return unit.cases(request)
    views = list(LABELS) if request.user.may(WORKING) else list(LABELS)[1:]
    which = request.GET.get("view", "")
    which = which if which in views else views[0]
    form = CaseFilter(request.GET, user=request.user)
    values = form.values()
    rows, shown = _shown(request, which, values)
    log.look(ReliefCase, [row.case.pk for row in rows], by=request.user, page="救助办件列表")
    query = {name: request.GET[name] for name in values}
    context = {
        "filter": form,
        "rows": rows,
        "which": which,
        "by_newest": which in queue.UNTIMED,
        "title": LABELS[which],
        "views": [Pill(LABELS[v], _url(view=v, **query), v == which) for v in views],
        "chosen": _chips(form, which, query),
        "pager": shown,
        "clear": _url(view=which),
    }
    return render(request, "relief/queue.html", context)


def _shown(request: Request, which: str, values: dict[str, Any]) -> tuple[list[queue.Row], Pager]:
    asked = request.GET
    query = {"view": which, **{name: asked[name] for name in values}}
    if which not in queue.UNTIMED:
        due, rows = queue.first_due(request.user, which, asked.get("page", ""), **values)
        return rows, pager(due, "件", **query)
    cursors = {name: asked.get(name, "") for name in ("after", "before")}
    page, rows = queue.newest(request.user, which, **cursors, **values)
    return rows, listing.pager(page, f"共 {page.count} 件", query)


def _url(**query: object) -> str:
    return f"{reverse('relief:cases')}?{urlencode(query)}"


def _chips(form: CaseFilter, which: str, query: dict[str, str]) -> list[Link]:
    return [
        Link(
            f"{form.fields[name].label}：{form.shown(name)}",
            _url(view=which, **{n: v for n, v in query.items() if n != name}),
        )
        for name in query
    ]
