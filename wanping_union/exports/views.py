"""Asking for a list as a workbook, watching it being made, fetching it."""

from collections.abc import Mapping
from typing import Any

from django import forms as django_forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from wanping_union import web
from wanping_union.accounts.models import Union
from wanping_union.exports import forms, services
from wanping_union.exports.kinds import Export
from wanping_union.exports.models import ExportedFile, State
from wanping_union.jobs.views import progress_of
from wanping_union.roles import SEE_EXPORTS
from wanping_union.web import Request

Kinds = Mapping[str, Export]
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
A_PAGE = 50  # files
NO_FILTER = {"after", "before", "page", "as", "s"}  # of a list's address
CRUMB = ("导出记录", "/exports/")


@require_GET
@never_cache
def files(request: Request, kinds: Kinds) -> HttpResponse:
    watches = request.user.may(SEE_EXPORTS)
    everybody = watches and request.GET.get("of") == "all"
    found = ExportedFile.objects.visible_to(request.user).select_related("union", "by", "job")
    if not everybody:
        found = found.filter(by=request.user)
    page = Paginator(found.order_by("-created_at", "-pk"), A_PAGE).get_page(request.GET.get("page"))
    tabs = (("我的", "?", not everybody), ("全部", "?of=all", everybody))
    context = {
        "page": page,
        "everybody": everybody,
        "views": [{"label": w, "url": u, "current": c} for w, u, c in tabs] if watches else [],
        "pager": _pager(page, "of=all&" if everybody else ""),
    }
    return render(request, "exports/files.html", context)


def _pager(page: Any, query: str) -> dict[str, str]:
    return {
        "words": f"共 {page.paginator.count:,} 次导出",
        "range": f"第 {page.start_index()}–{page.end_index()} 次" if page.has_other_pages() else "",
        "prev_url": f"?{query}page={page.number - 1}" if page.has_previous() else "",
        "next_url": f"?{query}page={page.number + 1}" if page.has_next() else "",
    }


@require_http_methods(["GET", "POST"])
@never_cache
@web.once
def ask(request: Request, kinds: Kinds, name: str) -> HttpResponse:
    """What will be in the file, and whether numbers are masked. The list's filters come along."""
    kind = kinds.get(name)
    if kind is None:
        raise Http404(name)
    web.check_role(request, kind.roles)
    query = _query(request)
    found = kind.find(request.user, query)
    if found is None:
        raise Http404(name)
    posted = request.POST if request.method == "POST" else None
    form = forms.Ask(posted, may_clear=request.user.may(kind.clear_roles))
    if posted is not None:
        made: list[ExportedFile] = []
        union = _union(request, kind, query)
        web.attempt(
            form,
            lambda values: made.append(
                services.request(kind, query, by=request.user, union=union, **values)
            ),
        )
        if made:
            return redirect(made[0])
    back = request.GET.urlencode()
    context = {
        "kind": kind,
        "form": form,
        "count": found.count(),
        "conditions": found.conditions,
        "columns": [column.label for column in found.columns],
        "back": f"{reverse(kind.page)}?{back}" if back else reverse(kind.page),
        "crumbs": [(kind.label, reverse(kind.page)), ("导出", "")],
    }
    return render(request, "exports/ask.html", context, status=422 if form.errors else 200)


def _query(request: Request) -> dict[str, str]:
    """The filters of the list, and the text it was searched by, which no address shows."""
    given = ((name, str(text)) for name, text in request.GET.items())
    query = {name: text for name, text in given if text and name not in NO_FILTER}
    if text := web.unstash(request, request.GET.get("s", "")):
        query["q"] = text
    return query


def _union(request: Request, kind: Export, query: Mapping[str, str]) -> Union:
    """The union the list was narrowed to, else the person's own: for the record."""
    reached = Union.objects.reached_by(request.user, kind.roles).order_by("path")
    chosen = reached.filter(code=query.get("union", "")).first()
    own = chosen or reached.first()
    assert own is not None  # who holds a role holds it for a union
    return own


def _mine(request: Request, kinds: Kinds, pk: int) -> tuple[ExportedFile, Export]:
    """Raises Http404 for a file that somebody else asked for."""
    mine = ExportedFile.objects.filter(by=request.user).select_related("union", "by", "job")
    found = get_object_or_404(mine, pk=pk)
    if found.kind not in kinds:
        raise Http404(pk)
    return found, kinds[found.kind]


@require_GET
@never_cache
def file(request: Request, kinds: Kinds, pk: int) -> HttpResponse:
    found, kind = _mine(request, kinds, pk)
    if request.htmx:
        response = render(request, "_parts/progress.html", {"job": _progress(found)})
        if found.state != State.BUILDING:
            response["HX-Refresh"] = "true"
        return response
    return _page(request, found, kind)


def _progress(found: ExportedFile) -> dict[str, Any] | None:
    return progress_of(found.job) | {"url": found.get_absolute_url()} if found.job else None


def _page(
    request: Request, found: ExportedFile, kind: Export, refused: django_forms.Form | None = None
) -> HttpResponse:
    context = {
        "file": found,
        "kind": kind,
        "form": refused,
        "job": _progress(found) if found.state == State.BUILDING else None,
        "may_fetch": services.may_fetch(kind, found, request.user),
        "crumbs": [CRUMB, (found.label, "")],
    }
    return render(request, "exports/file.html", context, status=422 if refused else 200)


@require_GET
def download(request: Request, kinds: Kinds, pk: int) -> HttpResponse:
    found, kind = _mine(request, kinds, pk)
    content: list[bytes] = []
    form = web.attempt(
        django_forms.Form({}),
        lambda _: content.append(services.fetch(kind, found, by=request.user)),
    )
    if not content:
        return _page(request, found, kind, form)
    headers = {
        "Content-Disposition": content_disposition_header(True, found.file_name) or "attachment",
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "sandbox; default-src 'none'",
    }
    return HttpResponse(content[0], content_type=XLSX, headers=headers)


@require_POST
@web.once
def delete(request: Request, kinds: Kinds, pk: int) -> HttpResponse:
    found, kind = _mine(request, kinds, pk)
    form = web.attempt(
        django_forms.Form(request.POST), lambda _: services.delete(found, by=request.user)
    )
    if form.errors:
        return _page(request, found, kind, form)
    messages.success(request, f"已删除导出的{found.label}。")
    return redirect("exports:files")
