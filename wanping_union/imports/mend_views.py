"""Mending rows of an uploaded file in the page."""

from typing import Any

from django import forms as django_forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from wanping_union import web
from wanping_union.imports import blanks, mending, services
from wanping_union.imports.kinds import Kind
from wanping_union.imports.mending import LONGEST, Row, row_number
from wanping_union.imports.models import Batch, State
from wanping_union.imports.views import CRUMB, Kinds, batch_page, found_or_404, note_look
from wanping_union.web import Request

Counts = tuple[int, int]


@require_http_methods(["GET", "POST"])
@never_cache
@web.once
def mend(request: Request, kinds: Kinds, pk: int) -> HttpResponse:
    found, kind = found_or_404(request, kinds, pk)
    services.check_sender(found, request.user)
    if request.method == "POST":
        typed = Row.typed(request.POST, kind)
        if (row := row_number(request.POST.get("leave_out", ""))) in typed:
            return _left_out(request, found, kind, row, typed)
        if row := row_number(request.POST.get("put_back", "")):
            return _put_back(request, found, kind, row)
        return _mended(request, found, kind, typed)
    if found.state != State.CHECKED:
        return redirect("imports:batch", pk)
    note_look(request, found, kind, "改正导入的行")
    if number := row_number(request.GET.get("row", "")):
        return _one_row(request, found, kind, number)
    return _page(request, found, kind)


@require_POST
@web.once
def mend_alike(request: Request, kinds: Kinds, pk: int) -> HttpResponse:
    """Write the same into every row that has the same wrong cell."""
    found, kind = found_or_404(request, kinds, pk)
    services.check_sender(found, request.user)
    key, value = request.POST.get("key", ""), request.POST.get("value", "")
    if key not in kind.labels:
        raise Http404(key)
    rows = mending.with_cell(mending.to_mend(found), kind, key, value)
    text = request.POST.get("text", "")[:LONGEST]
    return _mended(request, found, kind, {row: {key: text} for row in rows})


def _page(request: Request, found: Batch, kind: Kind) -> HttpResponse:
    after, before = (row_number(request.GET.get(name, "")) for name in ("after", "before"))
    bad_rows = list(mending.to_mend(found))
    page = mending.page_of(found, kind, after=after, before=before)
    context = _context(found, kind) | {
        "page": page,
        "at": page.rows[0].number - 1 if page.rows else 0,
        "back": reverse("imports:batch", args=[found.pk]),
        "alike": mending.alike(bad_rows, kind),
        "kept": len(bad_rows),
        "choices": blanks.choices_of(kind, found.union),
        "crumbs": [
            CRUMB,
            (found.file_name, reverse("imports:batch", args=[found.pk])),
            ("改正", ""),
        ],
    }
    return render(request, "imports/mend.html", context)


def _context(found: Batch, kind: Kind) -> dict[str, Any]:
    return {"batch": found, "kind": kind}


def _one_row(request: Request, found: Batch, kind: Kind, number: int) -> HttpResponse:
    """A row with all its cells; the page or, for htmx, the part."""
    bad = mending.to_mend(found).filter(row=number).first()
    if bad is None:
        return redirect("imports:mend", found.pk)
    row = mending.row_of(bad, found, kind)
    context = _context(found, kind) | {"row": row, "whole": True}
    if request.htmx:
        return render(request, "imports/_row.html", context)
    context |= {
        "page": mending.RowPage([row], 0, 0),
        "at": number - 1,
        "kept": found.bad,
        "choices": blanks.choices_of(kind, found.union),
        "crumbs": [CRUMB, (found.file_name, reverse("imports:batch", args=[found.pk]))],
    }
    return render(request, "imports/mend.html", context)


def _mended(
    request: Request, found: Batch, kind: Kind, typed: dict[int, dict[str, str]]
) -> HttpResponse:
    counts: list[Counts] = []
    form = web.attempt(
        django_forms.Form(request.POST),
        lambda _: counts.append(services.mend(found, kind, typed, by=request.user)),
    )
    if form.errors:
        return batch_page(request, found, kind, form)
    found.refresh_from_db(fields=["importable", "rows"])
    if request.htmx and (number := row_number(request.POST.get("row", ""))):
        return _saved_row(request, found, kind, number)
    good, bad = counts[0]
    if good:
        messages.success(request, f"改好了 {good} 行。")
    if bad:
        messages.warning(request, f"还有 {bad} 行没有改好，请看每一格下面的提示。")
    return _next(request, found)


def _left_out(
    request: Request, found: Batch, kind: Kind, row: int, typed: dict[int, dict[str, str]]
) -> HttpResponse:
    """Leave one row out; what was typed into the others is kept."""
    del typed[row]

    def act(_: Any) -> None:
        services.leave_out(found, kind, row, by=request.user, out=True)
        services.mend(found, kind, typed, by=request.user)

    form = web.attempt(django_forms.Form(request.POST), act)
    if form.errors:
        return batch_page(request, found, kind, form)
    messages.success(request, f"第 {row} 行不导入。可以在文件的页面上放回。")
    return _next(request, found)


def _put_back(request: Request, found: Batch, kind: Kind, row: int) -> HttpResponse:
    form = web.attempt(
        django_forms.Form(request.POST),
        lambda _: services.leave_out(found, kind, row, by=request.user, out=False),
    )
    if form.errors:
        return batch_page(request, found, kind, form)
    return redirect("imports:batch", found.pk)


def _next(request: Request, found: Batch) -> HttpResponse:
    """The rows that are left to mend, or the file where there are none."""
    if not mending.to_mend(found).exists():
        return redirect("imports:batch", found.pk)
    return redirect(reverse("imports:mend", args=[found.pk]) + _where(request))


def _where(request: Request) -> str:
    """The page that the pressed button leads to; else the one it stood on."""
    side, _, number = (request.POST.get("go") or request.POST.get("at", "")).partition("-")
    known = side in ("after", "before") and row_number(number)
    return f"?{side}={number}" if known else ""


def _saved_row(request: Request, found: Batch, kind: Kind, number: int) -> HttpResponse:
    bad = mending.to_mend(found).filter(row=number).first()
    context = _context(found, kind) | {"number": number}
    if bad is None:
        return render(request, "imports/_row_good.html", context)
    context |= {"row": mending.row_of(bad, found, kind), "saved": True}
    return render(request, "imports/_row.html", context)
