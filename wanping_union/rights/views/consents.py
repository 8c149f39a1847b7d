"""Consents of one person, and of those who were imported without being told."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET

from wanping_union import clock, web
from wanping_union.accounts.models import Union
from wanping_union.rights import forms, selectors, services
from wanping_union.rights.models import Notice
from wanping_union.rights.registry import UNTOLD, Offers
from wanping_union.rights.rules import WITHDRAWN_MEANS, Purpose
from wanping_union.rights.views.shared import (
    ask,
    crumbs,
    crumbs_of,
    subject_or_404,
    union_or_404,
)
from wanping_union.roles import KEEP_PEOPLE
from wanping_union.web import Request


def _notice_or_404(purpose: str) -> Notice:
    found = selectors.notice_of(purpose)
    if found is None:
        raise Http404(purpose)
    return found


@ask
@web.for_roles(KEEP_PEOPLE)
@web.once
def agree(request: Request, offers: Offers, pk: int, purpose: str) -> HttpResponse:
    """Record that one person was told and agreed."""
    subject = subject_or_404(request, offers, pk)
    web.check_role(request, KEEP_PEOPLE, subject.union)
    notice = _notice_or_404(purpose)
    form = forms.Agree(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        web.attempt(
            form,
            lambda values: services.agree(
                subject,
                by=request.user,
                offers=offers,
                notice=notice,
                channel=values["channel"],
                given_on=values["given_on"],
            ),
        )
        if not form.errors:
            messages.success(request, f"已登记同意：{notice}。")
            return redirect(subject.url)
    context = {
        "form": form,
        "subject": subject,
        "notice": notice,
        "lines": selectors.paragraphs(notice),
        "crumbs": crumbs_of(subject, "登记同意"),
    }
    return render(request, "rights/agree.html", context, status=422 if form.errors else 200)


@ask
@web.for_roles(KEEP_PEOPLE)
@web.once
def withdraw(request: Request, offers: Offers, pk: int, purpose: str) -> HttpResponse:
    """End one consent, after saying what that means."""
    subject = subject_or_404(request, offers, pk)
    web.check_role(request, KEEP_PEOPLE, subject.union)
    if purpose not in Purpose.values:
        raise Http404(purpose)
    label = f"撤回同意：{Purpose(purpose).label}"
    form = forms.Withdraw(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        web.attempt(
            form,
            lambda values: services.withdraw(
                subject, by=request.user, purpose=purpose, offers=offers, **values
            ),
        )
        if not form.errors:
            messages.success(request, f"已{label}。")
            return redirect(subject.url)
    context = {
        "form": form,
        "subject": subject,
        "label": label,
        "means": WITHDRAWN_MEANS[Purpose(purpose)],
        "crumbs": crumbs_of(subject, "撤回同意"),
    }
    return render(request, "rights/withdraw.html", context, status=422 if form.errors else 200)


@ask
@web.for_roles(KEEP_PEOPLE)
@web.once
def untold(request: Request, offers: Offers) -> HttpResponse:
    """Members without a consent on record; ticking those who signed the printed form."""
    unions = selectors.unions_kept(request.user)
    union = _union_of(request, unions)
    if union is None:
        context = {"unions": unions, "crumbs": crumbs(("尚无告知记录", ""))}
        return render(request, "rights/untold_where.html", context)
    people = offers.untold(union)
    offers.look([s.pk for s in people], by=request.user, page="尚无告知记录")
    notice = _notice_or_404(Purpose.MEMBERSHIP)
    form = forms.Signed(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        chosen = set(request.POST.getlist("id"))
        signed = [subject for subject in people if str(subject.pk) in chosen]
        web.attempt(
            form,
            lambda values: services.give_all(
                signed,
                by=request.user,
                union=union,
                notice=notice,
                given_on=values["given_on"],
            ),
        )
        if not form.errors:
            messages.success(request, f"已登记 {len(signed)} 人的同意。")
            return redirect(request.get_full_path())
    context = {
        "union": union,
        "people": people,
        "more": len(people) == UNTOLD,
        "notice": notice,
        "form": form,
        "crumbs": crumbs(("尚无告知记录", "")),
    }
    return render(request, "rights/untold.html", context, status=422 if form.errors else 200)


def _union_of(request: Request, unions: list[Union]) -> Union | None:
    code = request.GET.get("union")
    if code is None:
        return unions[0] if len(unions) == 1 else None
    return union_or_404(unions, code)


@require_GET
@web.for_roles(KEEP_PEOPLE)
def signing(request: Request, offers: Offers) -> HttpResponse:
    """The notice and a list of names to sign on, for one union."""
    union = _union_of(request, selectors.unions_kept(request.user))
    if union is None:
        raise Http404("which union")
    notice = _notice_or_404(Purpose.MEMBERSHIP)
    people = offers.untold(union)
    offers.look([s.pk for s in people], by=request.user, page="告知书签字表")
    context = {
        "union": union,
        "people": people,
        "notice": notice,
        "lines": selectors.paragraphs(notice),
        "today": clock.today(),
        "back_url": f"/rights/untold/?union={union.code}",
    }
    return render(request, "rights/signing.html", context)
