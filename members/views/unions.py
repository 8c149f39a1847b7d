"""The grid and the pages of one union."""

from typing import Any

from django import forms as django_forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from members import services
from members.forms import unions as forms
from members.selectors import unions as selectors
from members.views.listing import iso
from wanping_union import clock, web
from wanping_union.accounts.models import Union, UnionQuerySet
from wanping_union.roles import KEEP_UNIONS, SEE_GRID, SEE_PEOPLE
from wanping_union.web import Request

CRUMB = ("工会网格", "/members/grid/")


@require_GET
@web.for_roles(SEE_GRID)
def grid(request: Request) -> HttpResponse:
    rows = selectors.grid(request.user, clock.today())
    context = {
        "rows": rows,
        "tiles": selectors.map_tiles(rows),
        "total": selectors.total(rows),
        "partial": any(row.figures is None for row in rows),
        "as_table": request.GET.get("as") == "table",
        "may_found": request.user.may(KEEP_UNIONS),
    }
    return render(request, "members/grid.html", context)


@require_GET
@web.for_roles(SEE_GRID)
def union(request: Request, code: str) -> HttpResponse:
    found = union_or_404(request, code)
    today = clock.today()
    profile = selectors.profile_of(found)
    term = selectors.term_of(profile, today, selectors.remind_days(today))
    context = {
        "union": found,
        "profile": profile,
        "term": term,
        "figures": selectors.figures_within(found, today),
        "facts": _facts(found),
        "below": selectors.below(found),
        "family": selectors.family(found, request.user),
        "is_over": found.valid_to is not None and found.valid_to < today,
        "may_keep": request.user.may(KEEP_UNIONS, found),
        "sees_people": request.user.may(SEE_PEOPLE, found),
        "crumbs": [CRUMB, (found.name, "")],
    }
    return render(request, "members/union.html", context)


def union_or_404(request: Request, code: str) -> Union:
    found: Union = get_object_or_404(selectors.unions_for(request.user), code=code)
    return found


def _facts(union: Union) -> list[dict[str, object]]:
    profile = selectors.profile_of(union)
    until = f"，到 {union.valid_to} 止" if union.valid_to else ""
    rows = (
        ("代码", union.code),
        ("类型", union.get_kind_display()),
        ("组织形式", profile.org_form),
        ("批准机关", profile.approved_by),
        ("批准文号", profile.approval_no),
        ("批准日期", iso(profile.approved_on)),
        ("有效期", f"{union.valid_from} 起{until}"),
        ("曾用名", profile.former_names or "没有"),
        ("办公地址", profile.address),
    )
    return [{"label": label, "value": value} for label, value in rows]


@require_http_methods(["GET", "POST"])
@web.for_roles(KEEP_UNIONS)
@web.once
def create(request: Request) -> HttpResponse:
    initial = {"valid_from": clock.today(), "parent": request.GET.get("parent")}
    form = forms.CreateUnion(request.POST or None, unions=_kept(request), initial=initial)
    made: list[Union] = []
    if request.method == "POST":
        web.attempt(form, lambda values: made.append(_create(request, form, values)))
        if made:
            messages.success(request, f"已新建：{made[0]}。")
            return redirect("members:union", made[0].code)
    return _form_page(request, form, "新建工会", reverse("members:grid"), [CRUMB])


def _create(request: Request, form: forms.CreateUnion, values: dict[str, Any]) -> Union:
    return services.create_union(
        by=request.user,
        parent=values["parent"],
        code=values["code"],
        name=values["name"],
        kind=values["kind"],
        valid_from=values["valid_from"],
        profile=form.profile(),
    )


@require_http_methods(["GET", "POST"])
@web.once
def edit(request: Request, code: str) -> HttpResponse:
    found = _kept_or_404(request, code)
    initial = forms.EditUnion.written(found, selectors.profile_of(found))
    form = forms.EditUnion(
        request.POST or None, unions=_kept(request).exclude(pk=found.pk), initial=initial
    )
    if request.method == "POST":
        web.attempt(
            form,
            lambda values: services.edit_union(
                found, by=request.user, name=values["name"], profile=form.profile()
            ),
        )
        if not form.errors:
            messages.success(request, "已保存工会资料。")
            return redirect("members:union", code)
    return _form_of(request, form, found, f"修改“{found}”的资料")


@require_http_methods(["GET", "POST"])
@web.once
def move(request: Request, code: str) -> HttpResponse:
    found = _kept_or_404(request, code)
    form = forms.MoveUnion(
        request.POST or None, unions=_kept(request).exclude(path__startswith=found.path)
    )
    if request.method == "POST":
        web.attempt(form, lambda values: services.move_union(found, by=request.user, **values))
        if not form.errors:
            messages.success(request, "已调整上级工会。")
            return redirect("members:union", code)
    return _form_of(request, form, found, f"调整“{found}”的上级")


@require_http_methods(["GET", "POST"])
@web.once
def validity(request: Request, code: str) -> HttpResponse:
    found = _kept_or_404(request, code)
    form = forms.Validity(request.POST or None, initial={"valid_to": found.valid_to})
    if request.method == "POST":
        web.attempt(form, lambda values: services.set_validity(found, by=request.user, **values))
        if not form.errors:
            messages.success(request, "已保存有效期。")
            return redirect("members:union", code)
    return _form_of(request, form, found, f"撤销或恢复“{found}”")


def _kept(request: Request) -> UnionQuerySet:
    return selectors.unions_for(request.user, KEEP_UNIONS).order_by("path")


def _kept_or_404(request: Request, code: str) -> Union:
    found = union_or_404(request, code)
    web.check_role(request, KEEP_UNIONS, found)
    return found


def _form_of(request: Request, form: django_forms.Form, union: Union, title: str) -> HttpResponse:
    url = reverse("members:union", args=[union.code])
    return _form_page(request, form, title, url, [CRUMB, (union.name, url)])


def _form_page(
    request: Request,
    form: django_forms.Form,
    title: str,
    cancel: str,
    crumbs: list[tuple[str, str]],
) -> HttpResponse:
    context = {"form": form, "title": title, "cancel": cancel, "crumbs": [*crumbs, (title, "")]}
    return render(request, "members/form.html", context, status=422 if form.errors else 200)
