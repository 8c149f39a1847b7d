"""What people are told: for everybody to read, for the administrator to renew."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET

from wanping_union import web
from wanping_union.rights import forms, selectors, services
from wanping_union.rights.registry import Offers
from wanping_union.rights.rules import Purpose
from wanping_union.rights.views.shared import ask
from wanping_union.roles import EVERYONE, KEEP_NOTICES
from wanping_union.web import Request

PRIVACY = ("个人信息清单", "/privacy/")


@require_GET
@login_not_required
def notice(request: HttpRequest, offers: Offers, purpose: str) -> HttpResponse:
    """The text told today, to read or to print."""
    found = selectors.notice_of(purpose)
    if found is None:
        raise Http404(purpose)
    context = {"notice": found, "lines": selectors.paragraphs(found), "back_url": "/privacy/"}
    return render(request, "rights/notice.html", context)


@require_GET
@web.for_roles(EVERYONE)
def notices(request: Request, offers: Offers) -> HttpResponse:
    context = {
        "notices": selectors.versions(),
        "keeps": request.user.may(KEEP_NOTICES),
        "crumbs": [PRIVACY, ("告知书", "")],
    }
    return render(request, "rights/notices.html", context)


@ask
@web.for_roles(KEEP_NOTICES)
@web.once
def publish(request: Request, offers: Offers) -> HttpResponse:
    """The next version; with ?purpose= it begins as the present one."""
    last = selectors.notice_of(request.GET.get("purpose", Purpose.MEMBERSHIP))
    kept = ("purpose", "title", "text")
    initial = {name: getattr(last, name) for name in kept} if last else {}
    form = forms.Publish(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST":
        web.attempt(form, lambda values: services.publish(by=request.user, **values))
        if not form.errors:
            messages.success(request, "已发布。此后登记的人按新的一版告知。")
            return redirect("rights:notices")
    context = {"form": form, "crumbs": [PRIVACY, ("告知书", "/rights/notices/"), ("发布新版", "")]}
    return render(request, "rights/publish.html", context, status=422 if form.errors else 200)
