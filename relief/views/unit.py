"""What the unit sees of its cases after they were written."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from relief.models import ReliefCase
from relief.selectors import lists
from wanping_union import web
from wanping_union.audit import log
from wanping_union.roles import ENTER_RELIEF, SEE_RELIEF
from wanping_union.web import Request


@require_GET
@web.for_roles(SEE_RELIEF)
def cases(request: Request) -> HttpResponse:
    parts = lists.parts(request.user)
    seen = [row.case.pk for part in parts for row in part.rows]
    log.look(ReliefCase, seen, by=request.user, page="困难帮扶")
    context = {
        "parts": parts,
        "many_unions": len(request.user.union_ids(SEE_RELIEF)) > 1,
        "may_enter": request.user.may(ENTER_RELIEF),
    }
    return render(request, "relief/cases.html", context)
