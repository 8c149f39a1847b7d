"""The pages of an import: send, look at what was understood, mend, let in."""

import json
from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any
from urllib.parse import urlencode

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
from wanping_union.audit import log
from wanping_union.imports import blanks, comparing, forms, mending, services, undoing
from wanping_union.imports.kinds import Kind
from wanping_union.imports.models import Batch, Fate, State
from wanping_union.jobs.views import progress_of
from wanping_union.roles import IMPORT
from wanping_union.web import Request

Kinds = Mapping[str, Kind]
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
A_PAGE = 50  # files
KEPT_SHOWN = 200  # records that would not go back
CRUMB = ("导入表格", "/members/imports/")


@require_GET
@web.for_roles(IMPORT)
def batches(request: Request, kinds: Kinds) -> HttpResponse:
    found = Batch.objects.visible_to(request.user).select_related("union", "by", "job")
    page = Paginator(found.order_by("-created_at", "-pk"), A_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rows": [(batch, kinds[batch.kind]) for batch in page if batch.kind in kinds],
        "blanks": [kind for kind in kinds.values() if request.user.may(kind.roles)],
        "unions": Union.objects.reached_by(request.user, IMPORT).order_by("path"),
        "pager": _pager(page, "个文件", {}),
    }
    return render(request, "imports/batches.html", context)


def _pager(page: Any, noun: str, query: Mapping[str, str]) -> dict[str, str]:
    def url(number: int) -> str:
        return "?" + urlencode({**query, "page": number})

    return {
        "words": f"共 {page.paginator.count} {noun}",
        "range": f"第 {page.start_index()}–{page.end_index()} 个" if page.has_other_pages() else "",
        "prev_url": url(page.previous_page_number()) if page.has_previous() else "",
        "next_url": url(page.next_page_number()) if page.has_next() else "",
    }


@require_http_methods(["GET", "POST"])
@web.for_roles(IMPORT)
@web.once
def upload(request: Request, kinds: Kinds) -> HttpResponse:
    build = partial(forms.Upload, user=request.user, kinds=kinds.values())
    if request.method == "POST":
        form = build(request.POST, request.FILES)
        sent: list[Batch] = []
        web.attempt(form, lambda values: sent.append(_upload(request, kinds, values)))
        if sent:
            return redirect("imports:batch", sent[0].pk)
    else:
        form = build(initial=_first_choice(request))
    context = {"form": form, "crumbs": [CRUMB, ("上传表格", "")]}
    return render(request, "imports/upload.html", context, status=422 if form.errors else 200)


def _first_choice(request: Request) -> dict[str, str]:
    return {"kind": request.GET.get("kind") or "roster", "union": request.GET.get("union", "")}


def _upload(request: Request, kinds: Kinds, values: dict[str, Any]) -> Batch:
    file = values["file"]
    return services.upload(
        kinds[values["kind"]],
        values["union"],
        file.name,
        file.read(),
        by=request.user,
        year=values["year"],
    )


def found_or_404(request: Request, kinds: Kinds, pk: int) -> tuple[Batch, Kind]:
    """Raises Http404 for a file of a union that is not the person's."""
    rows = Batch.objects.visible_to(request.user).select_related("union", "by", "job")
    batch = get_object_or_404(rows, pk=pk)
    if batch.kind not in kinds:
        raise Http404(batch.kind)
    return batch, kinds[batch.kind]


@require_GET
@never_cache
def batch(request: Request, kinds: Kinds, pk: int) -> HttpResponse:
    found, kind = found_or_404(request, kinds, pk)
    if request.htmx:
        response = render(request, "_parts/progress.html", {"job": _progress(found)})
        if not found.is_waiting or found.is_stuck:
            response["HX-Refresh"] = "true"
        return response
    return batch_page(request, found, kind)


def _progress(found: Batch) -> dict[str, Any] | None:
    if found.job is None:
        return None
    return progress_of(found.job) | {"url": reverse("imports:batch", args=[found.pk])}


def batch_page(
    request: Request, found: Batch, kind: Kind, refused: django_forms.Form | None = None
) -> HttpResponse:
    context = {
        "batch": found,
        "kind": kind,
        "form": refused,
        "job": _progress(found) if found.is_waiting else None,
        "counts": _counts(found),
        "mended": mending.mended(found),
        "left_out": mending.left_out(found),
        "problems": _summary(found) if found.state in (State.CHECKED, State.DONE) else [],
        "is_mine": found.by_id == request.user.pk,
        "may_run": request.user.may(kind.roles, found.union),
        "may_undo": services.may_undo(found),
        "earlier": services.earlier(found),
        "crumbs": [CRUMB, (found.file_name, "")],
    }
    return render(request, "imports/batch.html", context, status=422 if refused else 200)


def _counts(found: Batch) -> list[tuple[str, int, str]]:
    """(label, count, page with its rows, "" where they are not kept)."""
    kept = set(found.compared.values_list("fate", flat=True).distinct())
    return [
        (
            str(Fate(fate).label),
            count,
            reverse("imports:compared", args=[found.pk, fate]) if fate in kept else "",
        )
        for fate, count in found.fates.items()
        if count is not None
    ]


def _summary(found: Batch) -> list[tuple[str, list[int]]]:
    """Which rows each column has problems in; without sentences, for they repeat values."""
    columns: dict[str, list[int]] = {}
    for bad in mending.to_mend(found).order_by("row"):
        for column, *_ in json.loads(bad.problems):
            columns.setdefault(column, []).append(bad.row)
    return sorted(columns.items(), key=lambda item: -len(item[1]))


@require_GET
@never_cache
def compared(request: Request, kinds: Kinds, pk: int, fate: str) -> HttpResponse:
    """The rows behind one of the counts."""
    found, kind = found_or_404(request, kinds, pk)
    if fate not in Fate.values:
        raise Http404(fate)
    asked = request.GET.get("block", "")
    number = int(asked) if asked.isdecimal() and len(asked) < 6 else 0
    rows, blocks = comparing.block_of(found, fate, number)
    known = kind.shown(request.user, [row.pk for row in rows if row.pk is not None])
    title = f"{Fate(fate).label}的{kind.noun[1:]}"
    note_look(request, found, kind, title, known)
    context = {
        "batch": found,
        "kind": kind,
        "fate": fate,
        "title": title,
        "rows": [(row, known.get(row.pk or 0)) for row in rows],
        "pager": _block_pager(found, fate, number, blocks),
        "crumbs": [CRUMB, (found.file_name, reverse("imports:batch", args=[pk])), (title, "")],
    }
    return render(request, "imports/compared.html", context)


def note_look(
    request: Request, found: Batch, kind: Kind, page: str, known: Iterable[int] = ()
) -> None:
    """The read audit: rows of a file are known by the file, stored people by themselves."""
    if kind.people:
        log.look_at([found], by=request.user, page=page)
        log.look(kind.people, known, by=request.user, page=page)


def _block_pager(found: Batch, fate: str, number: int, blocks: int) -> dict[str, str]:
    count = found.kept if fate == Fate.KEPT else found.fates[Fate(fate)] or 0
    return {
        "words": f"共 {count:,} {'条' if fate in (Fate.MISSING, Fate.KEPT) else '行'}",
        "range": f"第 {number + 1} 页，共 {blocks} 页" if blocks > 1 else "",
        "prev_url": f"?block={number - 1}" if number > 0 else "",
        "next_url": f"?block={number + 1}" if number + 1 < blocks else "",
    }


@require_POST
@web.once
def run(request: Request, kinds: Kinds, pk: int) -> HttpResponse:
    found, kind = found_or_404(request, kinds, pk)
    only_good = request.POST.get("only_good") == "1"
    form = web.attempt(
        django_forms.Form(request.POST),
        lambda _: services.start(found, kind, by=request.user, only_good=only_good),
    )
    if form.errors:
        return batch_page(request, found_or_404(request, kinds, pk)[0], kind, form)
    return redirect("imports:batch", pk)


@require_http_methods(["GET", "POST"])
@web.once
def cancel(request: Request, kinds: Kinds, pk: int) -> HttpResponse:
    """Asks first where rows were mended in the page: they would go too."""
    found, kind = found_or_404(request, kinds, pk)
    web.check_role(request, kind.roles, found.union)
    mended = mending.mended(found)
    if request.method == "GET" or (mended and request.POST.get("mended") != str(mended)):
        back = reverse("imports:batch", args=[pk])
        crumbs = [CRUMB, (found.file_name, back), ("取消", "")]
        context = {"batch": found, "mended": mended, "back": back, "crumbs": crumbs}
        return render(request, "imports/cancel.html", context)
    form = web.attempt(
        django_forms.Form(request.POST),
        lambda _: services.cancel(found, kind, by=request.user),
    )
    if form.errors:
        return batch_page(request, found_or_404(request, kinds, pk)[0], kind, form)
    messages.success(request, f"已取消“{found.file_name}”，没有导入任何内容。")
    return redirect("imports:batches")


@require_http_methods(["GET", "POST"])
@never_cache
@web.once
def undo(request: Request, kinds: Kinds, pk: int) -> HttpResponse:
    """What would go back, then the job that does it."""
    found, kind = found_or_404(request, kinds, pk)
    web.check_role(request, kind.roles, found.union)
    if request.method == "POST":
        form = web.attempt(
            django_forms.Form(request.POST),
            lambda _: services.undo(found, kind, by=request.user),
        )
        if form.errors:
            return batch_page(request, found_or_404(request, kinds, pk)[0], kind, form)
    elif services.may_undo(found):
        return _undo_page(request, found, kind)
    return redirect("imports:batch", pk)


def _undo_page(request: Request, found: Batch, kind: Kind) -> HttpResponse:
    plan = undoing.plan(kind, services.check_undoable(found))
    touched = undoing.touched(KEPT_SHOWN)
    known = kind.shown(request.user, [one.pk for one in touched])
    note_look(request, found, kind, "撤销导入", known)
    context = {
        "batch": found,
        "kind": kind,
        "plan": plan,
        "goes": plan.removed + plan.restored,
        "rows": [(one, known.get(one.pk)) for one in touched],
        "more": plan.kept - len(touched),
        "crumbs": [
            CRUMB,
            (found.file_name, reverse("imports:batch", args=[found.pk])),
            ("撤销", ""),
        ],
    }
    return render(request, "imports/undo.html", context)


@require_POST
@never_cache
def failed_rows(request: Request, kinds: Kinds, pk: int) -> HttpResponse:
    """Exactly the rows that are not good, in the file's column order, with the reason."""
    found, kind = found_or_404(request, kinds, pk)
    services.check_sender(found, request.user)
    if "columns" not in found.layout:  # not read yet, or unreadable
        raise Http404(pk)
    bad = mending.to_mend(found).order_by("row")
    note_look(request, found, kind, "下载出错的行")
    content = blanks.failed_rows(kind, found.layout["columns"], bad)
    log.write(
        "failed_rows", "下载出错的行", by=request.user, record=found, union=found.union,
        note=f"{len(bad)} 行",
    )  # fmt: skip
    return _download(content, f"{found.file_name.rsplit('.', 1)[0]} 出错的行.xlsx")


@require_GET
@web.for_roles(IMPORT)
def blank(request: Request, kinds: Kinds, kind: str, code: str) -> HttpResponse:
    """An empty workbook with the union's own drop-downs."""
    if kind not in kinds:
        raise Http404(kind)
    reached = Union.objects.reached_by(request.user, IMPORT)
    union = get_object_or_404(reached, code=code)
    web.check_role(request, kinds[kind].roles, union)
    content = blanks.blank(kinds[kind], union)
    return _download(content, f"{kinds[kind].label}模板 {union.name}.xlsx")


def _download(content: bytes, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=XLSX)
    response["Content-Disposition"] = content_disposition_header(True, name)
    return response
