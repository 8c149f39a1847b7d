"""Who did what, when and why."""

from typing import Any

from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.views.decorators.http import require_GET

from wanping_union import web
from wanping_union.audit import forms, selectors
from wanping_union.roles import SEE_AUDIT
from wanping_union.web import Request


@require_GET
@web.for_roles(SEE_AUDIT)
def acts(request: Request, links: selectors.Links) -> HttpResponse:
    seen = selectors.acts_for(request.user)
    form = forms.Filters(
        request.GET,
        kinds=selectors.kinds(seen),
        people=list(selectors.people(request.user)),
    )
    form.is_valid()
    found = selectors.narrowed(seen, **form.cleaned_data)
    part = selectors.sliced(
        found, before=request.GET.get("before", ""), after=request.GET.get("after", "")
    )
    lines = selectors.lines(part.lines, request.user, links)
    context = {
        "form": form,
        "lines": lines,
        "pager": _pager(part, selectors.counted(found), request.GET),
        "record_words": lines[0].act.record_words
        if form.cleaned_data.get("record") and lines
        else "",
    }
    return render(request, "audit/acts.html", context, status=422 if form.errors else 200)


def _pager(part: selectors.Slice, count: str, query: QueryDict) -> dict[str, str]:
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
