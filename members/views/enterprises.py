"""The ledger of enterprises."""

from typing import Any
from urllib.parse import urlencode

from django import forms as django_forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from members import services
from members.forms import enterprises as forms
from members.forms.fields import Note
from members.forms.filters import EnterpriseFilter
from members.models import Enterprise, EnterpriseYear
from members.rules import Place
from members.selectors import enterprises as selectors
from members.selectors import history
from members.selectors.people import saved_views
from members.selectors.unions import unions_for
from members.views import listing
from members.views.listing import iso
from wanping_union import clock, web
from wanping_union.accounts.models import UnionQuerySet
from wanping_union.roles import KEEP_ENTERPRISES, SEE_PEOPLE
from wanping_union.web import Request

CRUMB = ("企业台账", "/members/enterprises/")
READY_VIEWS: tuple[tuple[str, dict[str, str]], ...] = (
    ("全部", {}),
    ("辖区内", {"place": Place.INSIDE.value}),
    ("规模待补", {"size": "unknown"}),
    ("已疏解外迁", {"place": Place.RELOCATED.value}),
)
LONGEST = 60  # characters of a search


@require_http_methods(["GET", "POST"])
@web.for_roles(SEE_PEOPLE)
def enterprises(request: Request) -> HttpResponse:
    if request.method == "POST":
        return _search(request)
    found = EnterpriseFilter(request.GET, user=request.user, request=request)
    form = found.form
    listing.scoped(form)
    query = listing.query_of(form)
    key = request.GET.get("s", "")
    text = web.unstash(request, key)
    rows = selectors.named(found.qs, text) if text else found.qs
    kept = {"s": key} if text else {}
    lines, page = selectors.enterprises_page(
        rows, after=request.GET.get("after", ""), before=request.GET.get("before", "")
    )
    many = len(request.user.union_ids(SEE_PEOPLE)) > 1
    if not many:
        form.fields["union"].widget = django_forms.HiddenInput()
    saved = saved_views(request.user, "enterprises")
    context = {
        "filter": form,
        "q": text,
        "rows": lines,
        "many_unions": many,
        "pager": listing.pager(page, f"共 {page.count} 家", {**query, **kept}),
        "chosen": listing.chosen(form, kept),
        "without_text": f"?{urlencode(query)}" if text else "",
        "views": listing.pills(reverse("members:enterprises"), query, READY_VIEWS, saved),
        "saved": next((v for v in saved if v.query == listing.as_query(query)), None),
        "save_url": listing.save_url("enterprises", query),
        "may_add": request.user.may(KEEP_ENTERPRISES),
    }
    return render(request, "members/enterprises.html", context)


def _search(request: Request) -> HttpResponse:
    form = EnterpriseFilter(request.POST, user=request.user, request=request).form
    listing.scoped(form)
    query = listing.query_of(form)
    if text := request.POST.get("q", "").strip()[:LONGEST]:
        query["s"] = web.stash(request, text)
    return redirect(f"{reverse('members:enterprises')}?{urlencode(query)}")


@require_GET
@web.for_roles(SEE_PEOPLE)
def enterprise(request: Request, pk: int) -> HttpResponse:
    found = enterprise_or_404(request, pk)
    context = {
        "enterprise": found,
        "facts": _facts(found),
        "years": selectors.years_of(found),
        "members": selectors.member_count(found),
        "acts": history.of_enterprise(found),
        "may_keep": request.user.may(KEEP_ENTERPRISES, found.union),
        "is_away": found.place == Place.RELOCATED,
        "crumbs": [CRUMB, (found.name, "")],
    }
    return render(request, "members/enterprise.html", context)


def enterprise_or_404(request: Request, pk: int) -> Enterprise:
    rows = selectors.enterprises_for(request.user).select_related("union")
    found: Enterprise = get_object_or_404(rows, pk=pk)
    return found


def _facts(enterprise: Enterprise) -> list[dict[str, object]]:
    place = enterprise.get_place_display()
    if enterprise.relocated_on:
        place = f"{place}（{enterprise.relocated_on}）"
    rows = (
        ("统一社会信用代码", enterprise.uscc),
        ("行业", enterprise.industry),
        ("行业代码", enterprise.industry_code),
        ("位置", place),
        ("工会覆盖起", iso(enterprise.covered_from)),
        ("地址", enterprise.address),
    )
    return [{"label": label, "value": value} for label, value in rows]


@require_http_methods(["GET", "POST"])
@web.for_roles(KEEP_ENTERPRISES)
@web.once
def add(request: Request) -> HttpResponse:
    unions = _unions(request)
    first = list(unions[:2])
    initial = {"union": first[0]} if len(first) == 1 else {}
    form = forms.EnterpriseForm(request.POST or None, unions=unions, initial=initial)
    made: list[Enterprise] = []
    if request.method == "POST":
        web.attempt(
            form,
            lambda values: made.append(services.add_enterprise(by=request.user, **values)),
        )
        if made:
            messages.success(request, f"已登记：{made[0]}。请接着填写年度数据。")
            return redirect(made[0])
    return _form_page(request, form, "登记企业", reverse("members:enterprises"), [CRUMB])


@require_http_methods(["GET", "POST"])
@web.for_roles(KEEP_ENTERPRISES)
@web.once
def correct(request: Request, pk: int) -> HttpResponse:
    found = _kept_or_404(request, pk)
    initial = {name: getattr(found, name) for name in forms.EnterpriseForm.base_fields}
    initial["as_of"] = found.updated_at.isoformat()
    form = forms.CorrectEnterprise(request.POST or None, unions=_unions(request), initial=initial)
    return _carry_out(
        request,
        form,
        found,
        "更正企业信息",
        lambda values: services.correct_enterprise(found, by=request.user, **values),
    )


@require_http_methods(["GET", "POST"])
@web.for_roles(KEEP_ENTERPRISES)
@web.once
def year(request: Request, pk: int, year: int | None = None) -> HttpResponse:
    """Add a year, or correct one that is there."""
    found = _kept_or_404(request, pk)
    initial: dict[str, Any] = {"year": clock.today().year - 1}
    if year is not None:
        row = get_object_or_404(EnterpriseYear, enterprise=found, year=year)
        initial = {name: getattr(row, name) for name in forms.Year.base_fields}
    form = forms.Year(request.POST or None, initial=initial)
    return _carry_out(
        request,
        form,
        found,
        f"更正 {year} 年度数据" if year else "补充年度数据",
        lambda values: services.save_year(found, by=request.user, **values),
    )


@require_http_methods(["GET", "POST"])
@web.for_roles(KEEP_ENTERPRISES)
@web.once
def size(request: Request, pk: int, year: int) -> HttpResponse:
    found = _kept_or_404(request, pk)
    row = get_object_or_404(
        EnterpriseYear.objects.select_related("enterprise__union"), enterprise=found, year=year
    )
    initial = {"size": row.size_override, "evidence": row.override_evidence}
    form = forms.OverrideSize(request.POST or None, initial=initial)
    return _carry_out(
        request,
        form,
        found,
        f"人工认定 {year} 年度规模",
        lambda values: services.override_size(row, by=request.user, **values),
    )


@require_http_methods(["GET", "POST"])
@web.for_roles(KEEP_ENTERPRISES)
@web.once
def relocate(request: Request, pk: int) -> HttpResponse:
    found = _kept_or_404(request, pk)
    form = forms.Relocate(request.POST or None)
    return _carry_out(
        request,
        form,
        found,
        "登记外迁",
        lambda values: services.relocate(found, by=request.user, **values),
    )


@require_http_methods(["GET", "POST"])
@web.for_roles(KEEP_ENTERPRISES)
@web.once
def bring_back(request: Request, pk: int) -> HttpResponse:
    found = _kept_or_404(request, pk)
    form = Note(request.POST or None)
    return _carry_out(
        request,
        form,
        found,
        "登记迁回",
        lambda values: services.bring_back(found, by=request.user, **values),
    )


def _unions(request: Request) -> UnionQuerySet:
    rows = unions_for(request.user, KEEP_ENTERPRISES).valid_at(clock.today())
    return rows.order_by("path")


def _kept_or_404(request: Request, pk: int) -> Enterprise:
    found = enterprise_or_404(request, pk)
    web.check_role(request, KEEP_ENTERPRISES, found.union)
    return found


def _carry_out(
    request: Request,
    form: django_forms.Form,
    enterprise: Enterprise,
    title: str,
    service: Any,
) -> HttpResponse:
    if request.method == "POST":
        web.attempt(form, service)
        if not form.errors:
            messages.success(request, f"已保存：{title}。")
            return redirect(enterprise)
    url = enterprise.get_absolute_url()
    return _form_page(request, form, title, url, [CRUMB, (enterprise.name, url)])


def _form_page(
    request: Request,
    form: django_forms.Form,
    title: str,
    cancel: str,
    crumbs: list[tuple[str, str]],
) -> HttpResponse:
    context = {"form": form, "title": title, "cancel": cancel, "crumbs": [*crumbs, (title, "")]}
    return render(request, "members/form.html", context, status=422 if form.errors else 200)
