"""Doing something with a case: its steps, and what else is noted on it."""

from collections.abc import Callable
from typing import Any

from django import forms as django_forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from relief import services
from relief.eligibility import LINES
from relief.forms import acts as forms
from relief.models import ReliefCase
from relief.models.papers import JUDGED_LINES
from relief.selectors import queue
from relief.selectors.cases import desk_of, may_see_inside
from relief.selectors.review import alike, sheet_of
from relief.views.offers import ACTS, ADVANCE_ACTS, NO, NOTES, initial_of
from relief.views.opening import case_or_404, crumbs
from wanping_union import web
from wanping_union.roles import (
    DECIDE_RELIEF,
    FOLLOW_RELIEF,
    SEE_RELIEF,
    UNIT,
    VERIFY_RELIEF,
)
from wanping_union.web import Act, Request


@require_http_methods(["GET", "POST"])
@web.for_roles(SEE_RELIEF)
@web.once
def act(request: Request, pk: int, name: str) -> HttpResponse:
    """One step; once it is done the next case of the queue opens."""
    offered = _known(ACTS, name)
    found = case_or_404(request, pk, offered.step.label)
    web.check_role(request, offered.step.roles, found.union)
    if request.method == "POST":
        following = queue.next_after(desk_of(request.user), pk)
        form = web.carry_out(ACTS, name, found, request)
        if not form.errors:
            found.refresh_from_db(fields=["status"])
            return _onward(request, found, offered, following)
    else:
        sheet = sheet_of(found) if offered.form is forms.Grant else None
        form = offered.form(prefix=name, initial=initial_of(offered, sheet))
    return _ask(request, found, form, offered.step.label, NOTES.get(name, ""), offered)


def _known(acts: tuple[Act, ...], name: str) -> Act:
    found = next((act for act in acts if act.step.name == name), None)
    if found is None:
        raise Http404(name)
    return found


def _onward(request: Request, case: ReliefCase, done: Act, following: int) -> HttpResponse:
    """To the next case of who reviews; who still has something to do with this one stays."""
    messages.success(request, f"{case} 已办理：{done.step.label}。")
    stays = queue.waits_for(case, request.user) or request.user.may(UNIT, case.union)
    if stays:
        return redirect(case)
    if following:
        return redirect("relief:case", following)
    return redirect("relief:cases")


def _ask(
    request: Request,
    case: ReliefCase,
    form: django_forms.Form,
    title: str,
    note: str = "",
    act: Act | None = None,
) -> HttpResponse:
    """The page of one form about a case."""
    context = {
        "case": case,
        "who": queue.masked_name_of(case),
        "form": form,
        "title": title,
        "note": note,
        "basis": act.step.basis if act else "",
        "is_bad": act is not None and act.step in NO,
        "crumbs": crumbs(case, title),
    }
    return render(request, "relief/act.html", context, status=422 if form.errors else 200)


def _noted(
    request: Request,
    case: ReliefCase,
    form: django_forms.Form,
    service: Callable[[dict[str, Any]], object],
    title: str,
    note: str = "",
) -> HttpResponse:
    """Ask, carry out, and come back to the case."""
    if request.method == "POST":
        web.attempt(form, service)
        if not form.errors:
            messages.success(request, f"{case} 已办理：{title}。")
            return redirect(case)
    return _ask(request, case, form, title, note)


@require_http_methods(["GET", "POST"])
@web.for_roles(SEE_RELIEF)
@web.once
def override(request: Request, pk: int, line: str) -> HttpResponse:
    """A person finds otherwise on one line of the sheet."""
    if line not in dict(JUDGED_LINES):
        raise Http404(line)
    found = case_or_404(request, pk, "人工认定")
    web.check_role(request, DECIDE_RELIEF, found.union)
    return _noted(
        request,
        found,
        forms.Override(request.POST or None),
        lambda values: services.override(found, by=request.user, line=line, **values),
        f"人工认定：{LINES[line]}",
        "系统只作提示，由审核人决定。",
    )


@require_http_methods(["GET", "POST"])
@web.for_roles(SEE_RELIEF)
@web.once
def judge(request: Request, pk: int, aid: int) -> HttpResponse:
    """Whether another aid is the same help."""
    found = case_or_404(request, pk, "认定是否重复救助")
    web.check_role(request, DECIDE_RELIEF, found.union)
    other = next((one for one in alike(found) if one.aid.pk == aid), None)
    if other is None:
        raise Http404(aid)
    return _noted(
        request,
        found,
        forms.Verdict(request.POST or None),
        lambda values: services.judge_alike(found, by=request.user, aid=other.aid, **values),
        "认定是否重复救助",
        f"{other.aid.words}，{other.aid.union}，{other.aid.on}：{'、'.join(other.why)}",
    )


@require_http_methods(["GET", "POST"])
@web.for_roles(SEE_RELIEF)
@web.once
def answer(request: Request, pk: int, objection: int) -> HttpResponse:
    """What was found of an objection to the public notice."""
    found = case_or_404(request, pk, "核查公示异议")
    web.check_role(request, VERIFY_RELIEF, found.union)
    raised = get_object_or_404(found.objections, pk=objection)
    return _noted(
        request,
        found,
        forms.Answer(request.POST or None),
        lambda values: services.answer_objection(raised, by=request.user, **values),
        "核查公示异议",
        f"异议内容：{raised.text}",
    )


@require_http_methods(["GET", "POST"])
@web.for_roles(SEE_RELIEF)
@web.once
def follow_up(request: Request, pk: int, months: int) -> HttpResponse:
    found = case_or_404(request, pk, "登记回访")
    web.check_role(request, FOLLOW_RELIEF, found.union)
    asked = get_object_or_404(found.follow_ups, months=months)
    return _noted(
        request,
        found,
        forms.FollowUp(request.POST or None),
        lambda values: services.follow_up(asked, by=request.user, **values),
        f"登记回访（满 {months} 个月）",
    )


@require_http_methods(["GET", "POST"])
@web.for_roles(SEE_RELIEF)
@web.once
def advance(request: Request, pk: int, name: str) -> HttpResponse:
    """One step of the money that goes before the papers."""
    offered = _known(ADVANCE_ACTS, name)
    found = case_or_404(request, pk, offered.step.label)
    web.check_role(request, offered.step.roles, found.union)
    asked = found.advances.select_related("union").order_by("-pk").first()
    if asked is None:
        raise Http404(name)
    note = f"先行 {asked.amount:,} 元"
    if may_see_inside(found, request.user):
        note = f"{note}：{asked.why}"
    if request.method == "POST":
        form = web.carry_out(ADVANCE_ACTS, name, asked, request)
        if not form.errors:
            messages.success(request, f"{found} 已办理：{offered.step.label}。")
            return redirect(found)
    else:
        form = offered.form(prefix=name)
    return _ask(request, found, form, offered.step.label, note, offered)
