"""One's own page, and the places one is signed in at."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from wanping_union import web
from wanping_union.accounts import devices, factors, leave, sessions
from wanping_union.accounts.views.parts import entries
from wanping_union.audit.models import Act
from wanping_union.web import Request

COMING = ("sign_in", "sign_in_failed", "second_failed", "lock_account", "sign_out")


@require_GET
def me(request: Request) -> HttpResponse:
    mine = Act.objects.filter(by=request.user).order_by("-at", "-pk")
    context = {
        "grants": request.user.granted,
        "coming": leave.coming_to(request.user),
        "may_appoint": bool(leave.grants_for(request.user, request.user)),
        "substitutions": leave.substitutions_of(request.user),
        "factors": factors.of(request.user),
        "devices": devices.of(request.user, request.session.session_key or ""),
        "comings": entries(mine.filter(name__in=COMING)[:5], request.user),
        "entries": entries(mine.exclude(name__in=COMING)[:20], request.user),
    }
    return render(request, "accounts/me.html", context)


@require_POST
@web.once
def end_session(request: Request, pk: int) -> HttpResponse:
    if not devices.end(request.user, pk):
        raise Http404(pk)
    messages.success(request, "那一处登录已经退出。")
    return redirect("accounts:me")


@require_POST
@web.once
def end_others(request: Request) -> HttpResponse:
    ended = devices.end_others(request.user, request.session.session_key or "")
    messages.success(request, f"其他 {ended} 处登录都已退出。" if ended else "没有其他登录。")
    return redirect("accounts:me")


@require_POST
@web.once
def act_for(request: Request) -> HttpResponse:
    """Act for another of one's unions from now on. Any other is not there."""
    chosen = request.POST.get("union", "")
    unions = {str(grant.union_id): grant.union for grant in request.user.granted}
    if chosen not in unions:
        raise Http404(chosen)
    request.session[sessions.ACTING_FOR] = int(chosen)
    messages.success(request, f"现在办理的是{unions[chosen]}的事。")
    return redirect("home")
