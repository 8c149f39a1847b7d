"""Values that law and notices set: looking them up and keeping them."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from wanping_union import clock, web
from wanping_union.reference import forms, selectors, services
from wanping_union.reference.holidays import SOURCE as NOTICE
from wanping_union.reference.models import ReferenceValue
from wanping_union.reference.relief import is_of_ladder
from wanping_union.roles import KEEP_REFERENCE, PREVIEW_TERMS, SEE_REFERENCE
from wanping_union.web import Request

CALENDAR = "放假和调休"
ask = require_http_methods(["GET", "HEAD", "POST"])


@require_GET
@web.for_roles(SEE_REFERENCE)
def values(request: Request) -> HttpResponse:
    form = forms.Filters(request.GET)
    form.is_valid()
    chosen = form.cleaned_data
    groups = selectors.groups(
        clock.today(),
        text=chosen.get("text", "").strip(),
        state=chosen.get("state", ""),
        unverified=bool(chosen.get("unverified")),
    )
    context = {"form": form, "groups": groups, "keeps": request.user.may(KEEP_REFERENCE)}
    return render(request, "reference/values.html", context)


@require_GET
@web.for_roles(SEE_REFERENCE)
def value(request: Request, key: str) -> HttpResponse:
    lines = selectors.history(key, clock.today())
    if not lines:
        raise Http404(key)
    context = {
        "lines": lines,
        "newest": lines[0].row,
        "keeps": request.user.may(KEEP_REFERENCE),
        "previews": is_of_ladder(key) and request.user.may(PREVIEW_TERMS),
        "crumbs": _crumbs(lines[0].row.label),
    }
    return render(request, "reference/value.html", context)


@ask
@web.for_roles(KEEP_REFERENCE)
@web.once
def new(request: Request) -> HttpResponse:
    """A new row; with ?key= the next one of that key, to be given its day and value."""
    last = (
        ReferenceValue.objects.filter(key=request.GET.get("key", "")).order_by("valid_from").last()
    )
    kept = ("label", "key", "unit")
    initial = {name: getattr(last, name) for name in kept} if last else {}
    return _edit(request, ReferenceValue(), initial, last)


@ask
@web.for_roles(KEEP_REFERENCE)
@web.once
def edit(request: Request, pk: int) -> HttpResponse:
    row = get_object_or_404(ReferenceValue, pk=pk)
    initial = {name: getattr(row, name) for name in forms.Row.base_fields}
    return _edit(request, row, initial, row)


def _edit(
    request: Request, row: ReferenceValue, initial: dict[str, Any], last: ReferenceValue | None
) -> HttpResponse:
    def save(values: dict[str, Any]) -> None:
        for name, typed in values.items():
            setattr(row, name, typed)
        services.save(row, by=request.user)

    form = forms.Row(request.POST if request.method == "POST" else None, initial=initial)
    web.attempt(form, save)
    if form.is_bound and not form.errors:
        messages.success(request, f"已保存：{row}。")
        return redirect("reference:value", key=row.key)
    back = reverse("reference:value", args=[last.key]) if last else reverse("reference:values")
    context = {
        "form": form,
        "row": row if row.pk else None,
        "last": last,
        "number": selectors.number(last) if last else "",
        "back": back,
        "crumbs": _crumbs(last.label if last else "新增"),
    }
    return render(request, "reference/edit.html", context, status=422 if form.errors else 200)


@require_GET
@web.for_roles(SEE_REFERENCE)
def holidays(request: Request) -> HttpResponse:
    context = {"years": selectors.years(clock.today()), "crumbs": _crumbs(CALENDAR)}
    return render(request, "reference/holidays.html", context)


@require_GET
@web.for_roles(SEE_REFERENCE)
def year(request: Request, year: int) -> HttpResponse:
    return _year(request, year, None)


@ask
@web.for_roles(KEEP_REFERENCE)
@web.once
def edit_year(request: Request, year: int) -> HttpResponse:
    """The days that a year's notice names; saving puts them in place of those stored."""
    off, worked = selectors.days_of(year)
    initial = {
        "off": "\n".join(map(str, off)),
        "worked": "\n".join(map(str, worked)),
        "source": off[0].source if off else NOTICE.format(year),
    }
    form = forms.Year(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST":
        web.attempt(form, lambda days: services.save_year(year, by=request.user, **days))
        if not form.errors:
            messages.success(request, f"已保存 {year} 年放假安排。")
            return redirect("reference:year", year=year)
    return _year(request, year, form)


def _year(request: Request, year: int, form: forms.Year | None) -> HttpResponse:
    off, worked = selectors.days_of(year)
    context = {
        "year": year,
        "off": off,
        "worked": worked,
        "form": form,
        "keeps": request.user.may(KEEP_REFERENCE),
        "crumbs": [*_crumbs("")[:1], (CALENDAR, reverse("reference:holidays")), (f"{year} 年", "")],
    }
    status = 422 if form and form.errors else 200
    return render(request, "reference/year.html", context, status=status)


def _crumbs(here: str) -> list[tuple[str, str]]:
    return [("参考数据", reverse("reference:values")), (here, "")]
