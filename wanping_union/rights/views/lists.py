"""What is past its time: lists to approve, and what goes by itself."""

from django import forms as django_forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET

from wanping_union import web
from wanping_union.privacy import kept_by
from wanping_union.retention import How
from wanping_union.rights import retention, selectors
from wanping_union.rights.models import ListState, RetentionList
from wanping_union.rights.registry import Offers
from wanping_union.rights.views.shared import ask, crumbs
from wanping_union.roles import DECIDE_DELETION, SEE_RETENTION
from wanping_union.web import Request


@require_GET
@web.for_roles(SEE_RETENTION)
def lists(request: Request, offers: Offers) -> HttpResponse:
    context = {
        "lists": selectors.lists_for(request.user),
        "by_list": kept_by(How.LIST),
        "by_itself": kept_by(How.SELF),
        "crumbs": crumbs(("到期清单", "")),
    }
    return render(request, "rights/lists.html", context)


@ask
@web.for_roles(SEE_RETENTION)
@web.once
def retention_list(request: Request, offers: Offers, pk: int) -> HttpResponse:
    """One list: to read, and for the chair of the area to approve, keeping some with a reason."""
    rows = RetentionList.objects.visible_to(request.user).select_related("union", "approved_by")
    found = get_object_or_404(rows, pk=pk)
    form = django_forms.Form(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        web.check_role(request, DECIDE_DELETION, found.union)
        web.attempt(form, lambda _: _approve(request, found))
        if not form.errors:
            messages.success(request, "已核定，正在后台删除。完成后这里会写明每一条的结果。")
            return redirect(found)
    lines = selectors.listed(found, offers)
    people = [row.line.record for row in lines if row.line.rule == "membership"]
    offers.look(people, by=request.user, page="到期清单")
    context = {
        "found": found,
        "lines": lines,
        "form": form,
        "kept": set(request.POST.getlist("keep")),
        "may_approve": found.state == ListState.OPEN
        and request.user.may(DECIDE_DELETION, found.union),
        "crumbs": crumbs(("到期清单", "/rights/lists/"), (str(found), "")),
    }
    return render(request, "rights/list.html", context, status=422 if form.errors else 200)


def _approve(request: Request, found: RetentionList) -> None:
    kept = {pk: request.POST.get(f"why-{pk}", "") for pk in _ids(request, "keep")}
    retention.approve(found, by=request.user, shown=_ids(request, "line"), kept=kept)


def _ids(request: Request, name: str) -> list[int]:
    return [int(text) for text in request.POST.getlist(name) if text.isdecimal() and len(text) < 18]
