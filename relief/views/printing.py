"""Sheets on paper: 申请表, 审批表, 决定书, 案卷封面与目录; each also as a PDF for the archive."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from relief.models import ReliefCase
from relief.rules import GRANTED, Status
from relief.selectors import sheets
from relief.selectors.cases import may_see_inside
from relief.views.opening import CONCERNED, case_or_404
from wanping_union import archiving, clock, web
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


ORDER = ("cover", "application", "approval", "letter")  # of the case file
FILE = "file"  # all of them, as one PDF


def offered(case: ReliefCase, user: User) -> list[tuple[str, str]]:
    """(label, address) of the sheets this person can print now, then of the whole case file."""
    found = [
        (sheet.label, reverse("relief:print", args=[case.pk, name]))
        for name, sheet in SHEETS.items()
        if _is_open(case, name, user)
    ]
    if _is_open(case, "cover", user):
        found.append(("整卷存为 PDF", reverse("relief:pdf", args=[case.pk, FILE])))
    return found


def _is_open(case: ReliefCase, name: str, user: User) -> bool:
    return SHEETS[name].exists(case) and SHEETS[name].may(case, user)


@require_GET
@never_cache
@web.for_roles(SEE_RELIEF)
def sheet(request: Request, pk: int, name: str) -> HttpResponse:
    case = _opened(request, pk, name, "打印")
    return render(request, f"relief/print_{name}.html", _context(case, name))


@require_GET
@never_cache
@web.for_roles(SEE_RELIEF)
def pdf(request: Request, pk: int, name: str) -> HttpResponse:
    """A sheet for the archive, or the case file: what the person may print, under its cover."""
    is_file = name == FILE
    case = _opened(request, pk, "cover" if is_file else name, "PDF：")
    names = [one for one in ORDER if _is_open(case, one, request.user)] if is_file else [name]
    pages = [
        render_to_string(f"relief/print_{one}.html", _context(case, one), request) for one in names
    ]
    try:
        content = archiving.pdf(pages)
    except archiving.CannotTypeset:
        return redirect("relief:print", pk, names[0])  # to be printed by the browser
    label = "救助案卷" if is_file else SHEETS[name].label
    kept_as = content_disposition_header(True, f"{label}-{case.code}.pdf")
    return HttpResponse(content, "application/pdf", headers={"Content-Disposition": kept_as or ""})


def _opened(request: Request, pk: int, name: str, act: str) -> ReliefCase:
    found = SHEETS.get(name)
    if found is None:
        raise Http404(name)
    case = case_or_404(request, pk, f"{act}{found.label}")
    if not found.may(case, request.user):
        raise NotAllowed(request.path)
    if not found.exists(case):
        raise Http404(name)
    return case


def _context(case: ReliefCase, name: str) -> dict[str, Any]:
    return {
        "case": case,
        "today": clock.today(),
        "back_url": case.get_absolute_url(),
        "pdf_url": reverse("relief:pdf", args=[case.pk, name]),
    } | SHEETS[name].context(case)
