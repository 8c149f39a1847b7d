"""Sheets on paper: 会员登记表 and the roll of a union."""

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from members import services
from members.forms import people as forms
from members.models import Person
from members.selectors import people as selectors
from members.selectors.unions import unions_for
from members.views.people import CRUMB, person_or_404
from wanping_union import clock, web
from wanping_union.accounts.models import Union
from wanping_union.audit import log
from wanping_union.roles import REVEAL, SEE_PEOPLE
from wanping_union.web import Request


@require_http_methods(["GET", "POST"])
@web.for_roles(SEE_PEOPLE)
@never_cache
def card(request: Request, pk: int) -> HttpResponse:
    """会员登记表 with full numbers: asks for a reason first, as every look at them does."""
    person = person_or_404(request, pk, "打印登记表（填写事由）")
    membership = selectors.current_membership(person)
    web.check_role(request, REVEAL, membership.union)
    form = forms.Reason(request.POST or None)
    if request.method == "POST":
        web.attempt(
            form,
            lambda values: services.print_card(person, by=request.user, reason=values["reason"]),
        )
        if not form.errors:
            context = {
                "person": person,
                "membership": membership,
                "today": clock.today(),
                "back_url": person.get_absolute_url(),
            }
            return render(request, "members/card.html", context)
    context = {
        "form": form,
        "person": person,
        "crumbs": [CRUMB, (person.name, person.get_absolute_url()), ("打印登记表", "")],
    }
    return render(request, "members/card_ask.html", context, status=422 if form.errors else 200)


@require_GET
@web.for_roles(SEE_PEOPLE)
def roll(request: Request) -> HttpResponse:
    """Everybody whose membership one union holds, masked, to sign or to file."""
    union = _union(request)
    found = selectors.roll(union, may_reveal=request.user.may(REVEAL, union))
    seen = [line.pk for line in found.lines] if found else []
    log.look(Person, seen, by=request.user, page="打印会员名册")
    context = {
        "union": union,
        "roll": found,
        "longest": selectors.LONGEST_ROLL,
        "today": clock.today(),
        "back_url": f"/members/?union={union.code}",
    }
    return render(request, "members/roll.html", context)


def _union(request: Request) -> Union:
    unions = unions_for(request.user, SEE_PEOPLE)
    if code := request.GET.get("union"):
        found: Union = get_object_or_404(unions, code=code)
        return found
    only = list(unions[:2])
    if len(only) != 1:
        raise Http404("which union")
    return only[0]
