"""Requests of a person: entering, reading, answering, the printed receipt and the copy."""

from functools import partial

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from wanping_union import clock, web
from wanping_union.errors import Refused
from wanping_union.reference.services import calendar
from wanping_union.rights import forms, rules, selectors, services
from wanping_union.rights.models import Request as Asked
from wanping_union.rights.registry import Offers
from wanping_union.rights.rules import ARTICLES, OBJECTION, Kind
from wanping_union.rights.views.shared import ask, crumbs, crumbs_of, subject_or_404
from wanping_union.roles import KEEP_PEOPLE, SEE_RIGHTS
from wanping_union.web import Act, Request
from wanping_union.workflow import is_open

ACTS = (
    Act(rules.ANSWER, forms.Answer, services.answer),
    Act(rules.REFUSE, forms.Refusal, services.refuse),
    Act(rules.ERASE, forms.Answer, services.erase),
    Act(rules.KEEP, forms.Refusal, services.keep),
)
WITH_EFFECT = (rules.ANSWER, rules.ERASE)


@ask
@web.for_roles(KEEP_PEOPLE)
@web.once
def receive(request: Request, offers: Offers, pk: int) -> HttpResponse:
    subject = subject_or_404(request, offers, pk)
    web.check_role(request, KEEP_PEOPLE, subject.union)
    form = forms.Receive(request.POST if request.method == "POST" else None)
    saved: list[Asked] = []
    if request.method == "POST":
        enter = partial(services.receive, subject, by=request.user)
        web.attempt(form, lambda values: saved.append(enter(**values)))
    if saved:
        messages.success(request, "已登记。请打印回执交给本人。")
        return redirect(saved[0])
    context = {
        "form": form,
        "subject": subject,
        "crumbs": crumbs_of(subject, "登记本人的请求"),
    }
    return render(request, "rights/receive.html", context, status=422 if form.errors else 200)


@require_GET
@web.for_roles(SEE_RIGHTS)
def request(request: Request, offers: Offers, pk: int) -> HttpResponse:
    return _show(request, _asked_or_404(request, pk), offers)


def _asked_or_404(request: Request, pk: int) -> Asked:
    rows = Asked.objects.visible_to(request.user).select_related("union", "by", "decided_by")
    found: Asked = get_object_or_404(rows, pk=pk)
    return found


def _show(request: Request, asked: Asked, offers: Offers, refusal: str = "") -> HttpResponse:
    subject = offers.find(request.user, asked.person) if asked.person else None
    if subject:
        offers.look([subject.pk], by=request.user, page=f"权利请求 {asked.pk}")
    steps = rules.steps_of(asked.kind)
    context = {
        "asked": asked,
        "subject": subject,
        "waiting": selectors.waiting(asked, calendar()),
        "article": ARTICLES[Kind(asked.kind)],
        "kept": offers.why_kept(subject) if subject and asked.kind == Kind.DELETE else "",
        "acts": [step for step in steps if is_open(step, asked, request.user)],
        "objection": OBJECTION,
        "refusal": refusal,
        "crumbs": crumbs((str(asked), "")),
    }
    return render(request, "rights/request.html", context, status=422 if refusal else 200)


@ask
@web.for_roles(SEE_RIGHTS)
@web.once
def decide(request: Request, offers: Offers, pk: int, name: str) -> HttpResponse:
    """One step of a request, with the answer that is printed for the person."""
    asked = _asked_or_404(request, pk)
    steps = rules.steps_of(asked.kind)
    act = next((a for a in ACTS if a.step.name == name and a.step in steps), None)
    if act is None:
        raise Http404(name)
    web.check_role(request, act.step.roles, asked.union)
    form = act.form(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        more = {"offers": offers} if act.step in WITH_EFFECT else {}
        web.attempt(form, lambda values: act.service(asked, by=request.user, **values, **more))
        if not form.errors:
            messages.success(request, f"已办理：{act.step.label}。请打印答复单交给本人。")
            return redirect(asked)
    context = {
        "form": form,
        "asked": asked,
        "step": act.step,
        "crumbs": crumbs((str(asked), asked.get_absolute_url()), (act.step.label, "")),
    }
    return render(request, "rights/decide.html", context, status=422 if form.errors else 200)


@require_GET
@web.for_roles(SEE_RIGHTS)
def receipt(request: Request, offers: Offers, pk: int) -> HttpResponse:
    """What the person takes home: that it was received, and later the answer."""
    asked = _asked_or_404(request, pk)
    context = {
        "asked": asked,
        "due": selectors.clock_of(asked, calendar()),
        "article": ARTICLES[Kind(asked.kind)],
        "objection": OBJECTION,
        "today": clock.today(),
        "back_url": asked.get_absolute_url(),
    }
    return render(request, "rights/receipt.html", context)


@require_POST
@web.for_roles(KEEP_PEOPLE)
@never_cache
def copy(request: Request, offers: Offers, pk: int) -> HttpResponse:
    """Everything held about the person, to print and hand over. Every POST is one look."""
    asked = _asked_or_404(request, pk)
    try:
        sections = services.give_copy(asked, by=request.user, offers=offers)
    except Refused as refusal:
        return _show(request, asked, offers, str(refusal))
    context = {
        "asked": asked,
        "sections": sections,
        "today": clock.today(),
        "back_url": asked.get_absolute_url(),
    }
    return render(request, "rights/copy.html", context)
