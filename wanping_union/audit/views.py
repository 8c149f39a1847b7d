"""Who did what, when and why."""

from collections.abc import Callable
from typing import Any

from django import forms as django_forms
from django.db.models import QuerySet
from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from wanping_union import web
from wanping_union.accounts.models import User
from wanping_union.audit import forms, reading, selectors
from wanping_union.audit.models import Seal
from wanping_union.errors import NotAllowed
from wanping_union.roles import READ_LOGS, SEE_AUDIT, role_words
from wanping_union.web import Request


@require_GET
@web.for_roles(SEE_AUDIT)
def acts(request: Request, links: selectors.Links) -> HttpResponse:
    seen = selectors.acts_for(request.user)
    form = forms.Filters(
        request.GET,
        kinds=selectors.kinds(request.user),
        people=list(selectors.people(request.user)),
    )
    form.is_valid()
    found = selectors.narrowed(seen, **form.cleaned_data)
    part = selectors.sliced(
        found, before=request.GET.get("before", ""), after=request.GET.get("after", "")
    )
    selectors.note((act.record.partition(":") for act in part.lines), request.user, links)
    lines = selectors.lines(part.lines, request.user, links)
    context = {
        "views": _tabs(request.user, "acts"),
        "form": form,
        "lines": lines,
        "pager": _pager(part, selectors.counted(found), request.GET),
        "record_words": lines[0].act.record_words
        if form.cleaned_data.get("record") and lines
        else "",
    }
    return render(request, "audit/acts.html", context, status=422 if form.errors else 200)


TABS = (("acts", "操作"), ("changes", "改动"), ("looks", "查看"), ("seals", "封存"))


def _tabs(user: User, current: str) -> list[dict[str, Any]]:
    """Chairs read the acts of their unions; the rest is the district auditor's."""
    offered = TABS if reading.may_read(user) else ()
    return [
        {"label": label, "url": reverse(f"audit:{name}"), "current": name == current}
        for name, label in offered
    ]


def _check_reader(request: Request) -> None:
    if not reading.may_read(request.user):
        raise NotAllowed(request.path, who=f"区总工会的{role_words(READ_LOGS)}")


@require_GET
@web.for_roles(READ_LOGS)
def changes(request: Request, links: selectors.Links) -> HttpResponse:
    _check_reader(request)
    people = list(selectors.people(request.user))
    form = forms.ChangeFilters(request.GET, people=people, tables=reading.table_words())
    part, pager = _part(request, form, reading.changes)
    selectors.note(reading.records(part.lines), request.user, links)
    lines = reading.lines(part.lines, request.user, links)
    return _page(request, "changes", form, {"lines": lines, "pager": pager})


@require_GET
@web.for_roles(READ_LOGS)
def looks(request: Request, links: selectors.Links) -> HttpResponse:
    _check_reader(request)
    form = forms.LookFilters(request.GET, people=list(selectors.people(request.user)))
    part, pager = _part(request, form, reading.looks)
    rows = [(look, reading.seen_words(look)) for look in part.lines]
    return _page(request, "looks", form, {"rows": rows, "pager": pager})


@require_GET
@web.for_roles(READ_LOGS)
def seals(request: Request, links: selectors.Links) -> HttpResponse:
    _check_reader(request)
    found = Seal.objects.all()
    part = selectors.sliced(
        found, before=request.GET.get("before", ""), after=request.GET.get("after", "")
    )
    context = {
        "views": _tabs(request.user, "seals"),
        "rows": part.lines,
        "newest": reading.last_seal(),
        "verified": reading.last_verified(),
        "pager": _pager(part, selectors.counted(found), request.GET),
    }
    return render(request, "audit/seals.html", context)


def _part(
    request: Request, form: django_forms.Form, find: Callable[..., QuerySet[Any]]
) -> tuple[selectors.Slice[Any], dict[str, str]]:
    form.is_valid()
    found = find(**form.cleaned_data)
    part: selectors.Slice[Any] = selectors.sliced(
        found, before=request.GET.get("before", ""), after=request.GET.get("after", "")
    )
    return part, _pager(part, selectors.counted(found), request.GET)


def _page(
    request: Request, name: str, form: django_forms.Form, context: dict[str, Any]
) -> HttpResponse:
    context |= {"form": form, "views": _tabs(request.user, name)}
    return render(request, f"audit/{name}.html", context, status=422 if form.errors else 200)


def _pager(part: selectors.Slice[Any], count: str, query: QueryDict) -> dict[str, str]:
    def url(name: str, cursor: str) -> str:
        there = query.copy()
        for old in ("before", "after"):
            there.pop(old, None)
        there[name] = cursor
        return f"?{there.urlencode()}"

    context: dict[str, Any] = {
        "words": f"共 {count} 条",
        "range": "",
        "prev_url": url("after", part.newer) if part.newer else "",
        "next_url": url("before", part.older) if part.older else "",
    }
    return context
