"""How every page of an application that is being written begins and ends."""

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from django import forms as django_forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from members.models import Person
from relief.forms.apply import Page
from relief.models import ReliefCase
from relief.selectors.cases import cases_for, name_of
from wanping_union import web
from wanping_union.audit import log
from wanping_union.roles import ENTER_RELIEF, SEE_RELIEF
from wanping_union.web import Request, V

CRUMB = ("困难帮扶", "/relief/")
INSIDE = ("诊断", "家庭经济状况", "收款账户")
FROM_CHECK = "check"  # ?from=: after a change the summary opens again
PAST = "这份申请现在是“{}”，不能再改；刚才这一页没有保存。要改的，先取回修改，或等审核人退回。"


def case_or_404(request: Request, pk: int, page: str, fields: tuple[str, ...] = ()) -> ReliefCase:
    """An application of the person's own union, noted as seen on this page."""
    found: ReliefCase = get_object_or_404(cases_for(request.user), pk=pk)
    web.check_role(request, ENTER_RELIEF, found.union)
    log.look(ReliefCase, [pk], by=request.user, page=page, fields=fields)
    log.look(Person, [found.household.head_id], by=request.user, page=page, fields=fields)
    return found


def writing(page: str) -> Callable[[V], V]:
    """A page of an application while it is written or mended; afterwards it leads to the case.

    The view gets the case in place of its key.
    """

    def decorate(view: V) -> V:
        @require_http_methods(["GET", "POST"])
        @never_cache
        @web.for_roles(SEE_RELIEF)
        @web.once
        @wraps(view)
        def opened(request: Request, pk: int, **kwargs: Any) -> HttpResponse:
            case = case_or_404(request, pk, f"救助申请：{page}", INSIDE)
            if case.is_editable:
                return view(request, case, **kwargs)
            if request.method == "POST":
                messages.warning(request, PAST.format(case.get_status_display()))
            return redirect(case)

        return cast(V, opened)

    return decorate


def crumbs(case: ReliefCase, *more: tuple[str, str]) -> list[tuple[str, str]]:
    """more: (label, url) below the application; the last one is this page."""
    tasks = reverse("relief:tasks", args=[case.pk])
    below = [*more[:-1], (more[-1][0], "")] if more else []
    return [CRUMB, (str(case), tasks if more else ""), *below]


def onward(request: Request, case: ReliefCase, name: str = "relief:tasks") -> HttpResponse:
    """Where a saved page leads: back to the summary if it was opened from there."""
    if request.GET.get("from") == FROM_CHECK:
        name = "relief:check_answers"
    return redirect(name, case.pk)


def asked(
    request: Request,
    case: ReliefCase,
    template: str,
    form: django_forms.Form,
    *trail: tuple[str, str],
    **context: Any,
) -> HttpResponse:
    """The page of one form. trail: as of crumbs; its last label is the heading."""
    context |= {
        "case": case,
        "who": name_of(case),
        "form": form,
        "title": trail[-1][0],
        "crumbs": crumbs(case, *trail),
        "back": context.get("back") or reverse("relief:tasks", args=[case.pk]),
        "may_wait": isinstance(form, Page),
    }
    return render(request, template, context, status=422 if form.errors else 200)
