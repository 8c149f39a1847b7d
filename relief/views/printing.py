"""Sheets on paper: 申请表, 审批表, 决定书, 案卷封面与目录."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from relief.models import ReliefCase
from relief.rules import GRANTED, Status
from relief.selectors import sheets
from relief.selectors.cases import may_see_inside
from relief.views.opening import CONCERNED, case_or_404
from wanping_union import clock, web
from wanping_union.accounts.models import User
from wanping_union.errors import NotAllowed
from wanping_union.roles import SEE_RELIEF, SEE_RELIEF_INSIDE
from wanping_union.web import Request


@dataclass(frozen=True)
class Sheet:
    """may: who prints it. exists: whether the case has come so far."""

    label: str
    may: Callable[[ReliefCase, User], bool]
    exists: Callable[[ReliefCase], bool]
    context: Callable[[ReliefCase], dict[str, Any]]


def _reviews(case: ReliefCase, user: User) -> bool:
    return user.may(SEE_RELIEF_INSIDE, case.union)


def _is_concerned(case: ReliefCase, user: User) -> bool:
    return user.may(CONCERNED, case.union)


SHEETS = {
    "application": Sheet(
        "申请表", may_see_inside, lambda case: case.beneficiary is not None, sheets.application
    ),
    "approval": Sheet(
        "审批表", _reviews, lambda case: case.submitted_on is not None, sheets.approval
    ),
    "letter": Sheet(
        "决定书",
        _is_concerned,
        lambda case: case.status in (*GRANTED, Status.REFUSED),
        sheets.letter,
    ),
    "cover": Sheet(
        "案卷封面与目录", _reviews, lambda case: case.submitted_on is not None, sheets.cover
    ),
}


def offered(case: ReliefCase, user: User) -> list[tuple[str, str]]:
    """(label, address) of the sheets this person can print now."""
    return [
        (sheet.label, reverse("relief:print", args=[case.pk, name]))
        for name, sheet in SHEETS.items()
        if sheet.exists(case) and sheet.may(case, user)
    ]


@require_GET
@never_cache
@web.for_roles(SEE_RELIEF)
def sheet(request: Request, pk: int, name: str) -> HttpResponse:
    found = SHEETS.get(name)
    if found is None:
        raise Http404(name)
    case = case_or_404(request, pk, f"打印{found.label}")
    if not found.may(case, request.user):
        raise NotAllowed(request.path)
    if not found.exists(case):
        raise Http404(name)
    context = {"case": case, "today": clock.today(), "back_url": case.get_absolute_url()}
    return render(request, f"relief/print_{name}.html", context | found.context(case))
