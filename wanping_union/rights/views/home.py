"""The page 个人信息权利: what waits, and where to go."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from wanping_union import web
from wanping_union.rights import selectors
from wanping_union.rights.registry import Offers
from wanping_union.roles import KEEP_PEOPLE, SEE_RETENTION, SEE_RIGHTS
from wanping_union.web import Request


@require_GET
@web.for_roles(SEE_RIGHTS)
def home(request: Request, offers: Offers) -> HttpResponse:
    restricted = offers.restricted(request.user)
    offers.look([s.pk for s in restricted], by=request.user, page="已限制处理的人")
    context = {
        "waiting": selectors.waiting_for(request.user),
        "closed": selectors.closed_for(request.user),
        "restricted": restricted,
        "sees_lists": request.user.may(SEE_RETENTION),
        "may_keep": request.user.may(KEEP_PEOPLE),
    }
    return render(request, "rights/home.html", context)
