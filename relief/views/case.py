"""The case on one screen."""

from typing import Any

from django.db.models import prefetch_related_objects
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from relief import rules
from relief.models import ReliefCase
from relief.selectors import lists, queue, screen
from relief.selectors.cases import desk_of, may_see_inside, waiting_of
from relief.selectors.review import alike, sheet_of
from relief.views import printing
from relief.views.offers import offered, offered_of_advance
from relief.views.opening import CONCERNED, CRUMB, case_or_404
from wanping_union import web
from wanping_union.roles import (
    DECIDE_RELIEF,
    ENTER_RELIEF,
    FOLLOW_RELIEF,
    SEE_RELIEF,
    SEE_RELIEF_INSIDE,
    VERIFY_RELIEF,
)
from wanping_union.web import Request


@require_GET
@never_cache
@web.for_roles(SEE_RELIEF)
def case(request: Request, pk: int) -> HttpResponse:
    found = case_or_404(request, pk, "救助办件")
    if found.is_editable and request.user.may(ENTER_RELIEF, found.union):
        return redirect("relief:tasks", pk)
    prefetch_related_objects([found], "bills", "household__members")  # many parts read them
    user, inside = request.user, may_see_inside(found, request.user)
    beside = queue.beside(desk_of(user), pk)
    knows = user.may(CONCERNED, found.union)
    sheet = sheet_of(found) if knows else None
    context = {
        "case": found,
        "who": queue.masked_name_of(found),
        "amount": screen.amount(found, sheet, inside=inside),
        "waiting": waiting_of(found),
        "steps": screen.steps(found),
        "sheet": sheet,
        "sheet_words": screen.summary(sheet) if sheet else "",
        "checks": screen.checks(sheet) if sheet else [],
        "facts": screen.facts(found, inside=inside) if knows else [],
        "inside": inside,
        "history": screen.history(found, inside=inside),
        "offered": offered(found, user, sheet),
        "beside": beside,
        "turn": "请办理" if beside.place else lists.next_of(found),
        "may_enter": user.may(ENTER_RELIEF, found.union),
        "prints": printing.offered(found, user),
        "objecting": rules.REFUSAL_NOTE,
        "crumbs": [CRUMB, (str(found), "")],
    }
    context |= _inside(request, found) if inside else {}
    return render(request, "relief/case.html", context | _after(request, found))


def _inside(request: Request, case: ReliefCase) -> dict[str, Any]:
    """What only those see who verify, sign or decide."""
    user = request.user
    return {
        "papers": screen.papers(case, request.GET.get("doc", ""), request.GET.get("page", "")),
        "bills": screen.bills(case),
        "family": screen.family(case),
        "alike": alike(case),
        "money": screen.money(case),
        "visits": screen.visits(case),
        "returns": screen.returns(case),
        "referrals": case.referrals.select_related("by").order_by("-on", "-pk"),
        "conferences": case.conferences.order_by("-on", "-pk"),
        "may_meet": case.submitted_on is not None and user.may(SEE_RELIEF_INSIDE, case.union),
        "may_judge": case.status in rules.REFUSE.sources and user.may(DECIDE_RELIEF, case.union),
        "advances": [
            (advance, offered_of_advance(advance, user))
            for advance in case.advances.select_related("union", "asked_by").order_by("pk")
        ],
        "objections": case.objections.select_related("answered_by").order_by("pk"),
        "may_answer": user.may(VERIFY_RELIEF, case.union),
    }


def _after(request: Request, case: ReliefCase) -> dict[str, Any]:
    return {
        "follow_ups": case.follow_ups.order_by("months"),
        "may_follow": request.user.may(FOLLOW_RELIEF, case.union),
    }
