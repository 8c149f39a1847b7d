"""Appointing who stands in for somebody on leave."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from wanping_union import web
from wanping_union.accounts import forms, leave, services
from wanping_union.accounts.models import Grant, User
from wanping_union.web import Request


@require_http_methods(["GET", "HEAD", "POST"])
@web.once
def plan(request: Request, pk: int) -> HttpResponse:
    """One's own leave, or that of somebody below. Nothing to appoint there: 404."""
    account = _account_or_404(request, pk)
    grants = {str(grant.pk): grant for grant in leave.grants_for(account, request.user)}
    if not grants:
        raise Http404(pk)
    people = [leave.candidates(grant) for grant in grants.values()]
    form = forms.Leave(
        request.POST if request.method == "POST" else None, grants=grants, people=people
    )
    if form.is_bound:
        web.attempt(form, lambda values: _appoint(request, grants, values))
        if not form.errors:
            messages.success(request, "代理人已指定，到开始那天自动生效，到期自动收回。")
            return redirect("accounts:leave", pk=pk)
    mine = account == request.user
    back = reverse("accounts:me") if mine else reverse("accounts:user", args=[pk])
    context = {
        "account": account,
        "form": form,
        "today": timezone.localdate(),
        "substitutions": leave.substitutions_of(account),
        "crumbs": [("我的" if mine else account.name, back), ("请假代理", "")],
    }
    return render(request, "accounts/leave.html", context, status=422 if form.errors else 200)


@require_POST
@web.once
def end(request: Request, pk: int) -> HttpResponse:
    found = get_object_or_404(Grant, pk=pk, stands_in_for__isnull=False)
    account = _account_or_404(request, found.stands_in_for_id or 0)
    leave.end(found, by=request.user)
    is_begun = found.valid_from is None or found.valid_from <= timezone.localdate()
    messages.success(request, "代理已结束，从现在起不再有效。" if is_begun else "代理已取消。")
    return redirect("accounts:leave", pk=account.pk)


def _appoint(request: Request, grants: dict[str, Grant], values: dict[str, Any]) -> None:
    leave.appoint(grants[values.pop("grant")], by=request.user, **values)


def _account_or_404(request: Request, pk: int) -> User:
    if pk == request.user.pk:
        return request.user
    return get_object_or_404(services.accounts_of(request.user), pk=pk)
