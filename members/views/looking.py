"""谁看过: who has seen a person's data, on the screen and on paper for the person."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from members.selectors import looks as selectors
from members.selectors.people import memberships_of
from members.views.people import CRUMB, person_or_404
from wanping_union import clock, web
from wanping_union.roles import SEE_LOOKS, SEE_PEOPLE
from wanping_union.web import Request


@require_GET
@never_cache
@web.for_roles(SEE_PEOPLE)
def looks(request: Request, pk: int) -> HttpResponse:
    return render(request, "members/looks.html", _context(request, pk, "谁看过"))


@require_GET
@never_cache
@web.for_roles(SEE_PEOPLE)
def print_looks(request: Request, pk: int) -> HttpResponse:
    return render(request, "members/looks_print.html", _context(request, pk, "打印查看记录"))


def _context(request: Request, pk: int, page: str) -> dict[str, Any]:
    person = person_or_404(request, pk, page)
    memberships = memberships_of(person)
    web.check_role(request, SEE_LOOKS, memberships[0].union)
    seen, done = selectors.of_person(person, memberships)
    return {
        "person": person,
        "membership": memberships[0],
        "seen": seen,
        "done": done,
        "most": selectors.SHOWN,
        "today": clock.today(),
        "back_url": reverse("members:looks", args=[pk]),
        "crumbs": [CRUMB, (person.name, person.get_absolute_url()), ("谁看过", "")],
    }
