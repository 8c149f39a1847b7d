"""Doing something with a case: its steps, and what else is noted on it."""

from collections.abc import Callable
from functools import partial, wraps
from typing import Any, cast

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
from wanping_union import clock, web
from wanping_union.roles import (
    DECIDE_RELIEF,
    FOLLOW_RELIEF,
    SEE_RELIEF,
    UNIT,
    VERIFY_RELIEF,
    Role,
)
from wanping_union.web import Act, Request, V


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


# --- what is noted on a case ---------------------------------------------------------------------


def noting(page: str, roles: tuple[Role, ...]) -> Callable[[V], V]:
    """A page that notes something on a case. The view gets the case in place of its key."""

    def decorate(view: V) -> V:
        @require_http_methods(["GET", "POST"])
        @web.for_roles(SEE_RELIEF)
        @web.once
        @wraps(view)
        def opened(request: Request, pk: int, **kwargs: Any) -> HttpResponse:
            found = case_or_404(request, pk, page)
            web.check_role(request, roles, found.union)
            return view(request, found, **kwargs)

        return cast(V, opened)

    return decorate


def noted(
    request: Request,
    case: ReliefCase,
    form: django_forms.Form,
    service: Callable[..., object],
    title: str,
    note: str = "",
) -> HttpResponse:
    """Ask, carry out, and come back to the case. service: takes `by` and what the form asks."""
    if request.method == "POST":
        web.attempt(form, lambda values: service(by=request.user, **values))
        if not form.errors:
            messages.success(request, f"{case} 已办理：{title}。")
            return redirect(case)
    return _ask(request, case, form, title, note)


@noting("人工认定", DECIDE_RELIEF)
def override(request: Request, case: ReliefCase, line: str) -> HttpResponse:
    """A person finds otherwise on one line of the sheet."""
    if line not in dict(JUDGED_LINES):
        raise Http404(line)
    return noted(
        request,
        case,
        forms.Override(request.POST or None),
        partial(services.override, case, line=line),
        f"人工认定：{LINES[line]}",
        "系统只作提示，由审核人决定。",
    )


@noting("认定是否重复救助", DECIDE_RELIEF)
def judge(request: Request, case: ReliefCase, aid: int) -> HttpResponse:
    """Whether another aid is the same help."""
    other = next((one for one in alike(case) if one.aid.pk == aid), None)
    if other is None:
        raise Http404(aid)
    return noted(
        request,
        case,
        forms.Verdict(request.POST or None),
        partial(services.judge_alike, case, aid=other.aid),
        "认定是否重复救助",
        f"{other.aid.words}，{other.aid.union}，{other.aid.on}：{'、'.join(other.why)}",
    )


@noting("核查公示异议", VERIFY_RELIEF)
def answer(request: Request, case: ReliefCase, objection: int) -> HttpResponse:
    """What was found of an objection to the public notice."""
    raised = get_object_or_404(case.objections, pk=objection)
    form = forms.Answer(request.POST or None)
    service = partial(services.answer_objection, raised)
    return noted(request, case, form, service, "核查公示异议", f"异议内容：{raised.text}")


@noting("登记回访", FOLLOW_RELIEF)
def follow_up(request: Request, case: ReliefCase, months: int) -> HttpResponse:
    asked = get_object_or_404(case.follow_ups, months=months)
    form = forms.FollowUp(request.POST or None, initial={"on": clock.today()})
    service = partial(services.follow_up, asked)
    return noted(request, case, form, service, f"登记回访（满 {months} 个月）")


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
