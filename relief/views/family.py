"""本人与家庭: who lives together, what comes in, and who agreed to what."""

from django import forms as django_forms
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from relief import services
from relief.forms import family as forms
from relief.models import Household, HouseholdMember, ReliefCase
from relief.models.household import LineKind
from relief.selectors import writing
from relief.selectors.cases import name_of
from relief.selectors.households import lines_of, members_of
from relief.services import AlreadyFiled
from relief.views.writing import asked, case_or_404, crumbs, onward
from relief.views.writing import writing as page
from wanping_union import clock, web
from wanping_union.rights.selectors import paragraphs
from wanping_union.roles import ENTER_RELIEF, SEE_RELIEF
from wanping_union.web import Request

HERE = "本人与家庭"


def _here(case: ReliefCase) -> tuple[str, str]:
    return HERE, reverse("relief:family", args=[case.pk])


def _member_or_404(case: ReliefCase, member: int) -> HouseholdMember:
    found: HouseholdMember = get_object_or_404(
        case.household.members.filter(left_on=None).select_related("household__union"), pk=member
    )
    return found


@page(HERE)
def family(request: Request, case: ReliefCase) -> HttpResponse:
    home, year = case.household, writing.last_year()
    context = {
        "case": case,
        "who": name_of(case),
        "home": home,
        "members": members_of(home),
        "year": year,
        "finances": [(kind.label, lines) for kind, lines in lines_of(home, year).items()],
        "consents": writing.consents_of(case),
        "task": writing.tasks_of(case)[0],
        "crumbs": crumbs(case, (HERE, "")),
    }
    return render(request, "relief/family.html", context)


@page("联系方式")
def contact(request: Request, case: ReliefCase) -> HttpResponse:
    home = case.household
    initial = {"address": home.address, "mobile": home.mobile or home.head.mobile}
    form = forms.Contact(request.POST or None, initial=initial)
    if request.method == "POST":
        web.attempt(form, lambda values: services.save_contact(home, by=request.user, **values))
        if not form.errors:
            return _kept(request, case)
    return _ask(request, case, form, "联系方式")


def _kept(request: Request, case: ReliefCase) -> HttpResponse:
    messages.success(request, "已保存。")
    return onward(request, case, "relief:family")


def _ask(
    request: Request, case: ReliefCase, form: django_forms.Form, title: str, **context: object
) -> HttpResponse:
    back = reverse("relief:family", args=[case.pk])
    template = str(context.pop("template", "relief/page.html"))
    return asked(request, case, template, form, _here(case), (title, ""), back=back, **context)


@page("家庭成员")
def member(request: Request, case: ReliefCase, member: int = 0) -> HttpResponse:
    """Add somebody (member 0) or correct what is known of them."""
    known = _member_or_404(case, member) if member else None
    form = forms.Member(
        request.POST or None, member=known, initial=forms.shown(known) if known else {}
    )
    filed: list[Household] = []
    if request.method == "POST":
        web.attempt(form, lambda _: _save_member(case, known, form, request, filed))
        if not form.errors:
            return _kept(request, case)
    mine = [home for home in filed if request.user.may(ENTER_RELIEF, home.union)]
    return _ask(
        request, case, form, f"家庭成员：{known.name}" if known else "添加家庭成员",
        template="relief/member.html", member=known, filed=mine,
    )  # fmt: skip


def _save_member(
    case: ReliefCase,
    known: HouseholdMember | None,
    form: forms.Member,
    request: Request,
    filed: list[Household],
) -> None:
    try:
        services.save_member(case.household, form.facts(), by=request.user, member=known)
    except AlreadyFiled as refusal:
        filed.append(refusal.household)
        raise


@page("移出家庭成员")
def remove_member(request: Request, case: ReliefCase, member: int) -> HttpResponse:
    known = _member_or_404(case, member)
    form = forms.Sure(request.POST or None)
    if request.method == "POST":
        web.attempt(form, lambda _: services.remove_member(known, by=request.user))
        if not form.errors:
            return _kept(request, case)
    return _ask(
        request, case, form, f"移出{known.name}", submit="移出", danger=True,
        note="离婚、分家、去世等不再共同生活的，移出后不再参与这次申请；以前登记的仍有记录。",
    )  # fmt: skip


@page("家庭收支和财产")
def finances(request: Request, case: ReliefCase) -> HttpResponse:
    home, year = case.household, writing.last_year()
    stored = [line for lines in lines_of(home, year).values() for line in lines]
    initial: dict[str, object] = {line.type: line.amount for line in stored}
    initial["words"] = next((line.words for line in stored if line.words), "")
    form = forms.Finances(request.POST or None, initial=initial)
    if request.method == "POST":
        web.attempt(form, lambda _: _save_lines(home, year, form, request))
        if not form.errors:
            return _kept(request, case)
    return _ask(
        request, case, form, f"{year} 年家庭收支和财产", template="relief/finances.html", year=year
    )


@transaction.atomic
def _save_lines(home: Household, year: int, form: forms.Finances, request: Request) -> None:
    for kind in LineKind:
        services.save_lines(home, year, kind, form.lines(kind), by=request.user)


# --- consents: also after the application is sent, for they can be withdrawn at any time ---------


@require_GET
@never_cache
@web.for_roles(SEE_RELIEF)
def consents(request: Request, pk: int) -> HttpResponse:
    case = case_or_404(request, pk, "家庭成员同意书")
    asked = writing.consents_of(case)
    context = {
        "case": case,
        "consents": asked,
        "to_sign": [one for one in asked if not all(given.is_valid for given in one.given)],
        "crumbs": crumbs(case, ("同意书", "")),
    }
    return render(request, "relief/consents.html", context)


@require_http_methods(["GET", "POST"])
@never_cache
@web.for_roles(SEE_RELIEF)
@web.once
def agree(request: Request, pk: int, member: int) -> HttpResponse:
    """Note what somebody signed, each purpose by itself."""
    case = case_or_404(request, pk, "登记同意书")
    known, asked_of = _asked_or_404(case, member)
    told = writing.notices_of_relief()
    notices = {one.purpose: told[one.purpose] for one in asked_of if not one.is_valid}
    form = forms.Agree(request.POST or None, notices=notices, initial={"given_on": clock.today()})
    if request.method == "POST":
        web.attempt(
            form,
            lambda values: services.agree(
                known, by=request.user, purposes=form.agreed(), given_on=values["given_on"]
            ),
        )
        if not form.errors:
            messages.success(request, f"已登记{known.name}的同意。")
            return redirect("relief:consents", pk)
    return asked(
        request, case, "relief/agree.html", form, _consents(case), (f"{known.name}的同意", ""),
        back=_consents(case)[1], member=known,
        notices=[(notice, paragraphs(notice)) for notice in notices.values()],
    )  # fmt: skip


def _consents(case: ReliefCase) -> tuple[str, str]:
    return "同意书", reverse("relief:consents", args=[case.pk])


def _asked_or_404(case: ReliefCase, member: int) -> tuple[HouseholdMember, list[writing.Given]]:
    known = _member_or_404(case, member)
    found = next((a.given for a in writing.consents_of(case) if a.member == known), None)
    if found is None:
        raise Http404(member)
    return known, found


@require_http_methods(["GET", "POST"])
@never_cache
@web.for_roles(SEE_RELIEF)
@web.once
def withdraw_consent(request: Request, pk: int, member: int, purpose: str) -> HttpResponse:
    case = case_or_404(request, pk, "撤回同意")
    known = _member_or_404(case, member)
    if purpose not in writing.LABELS:
        raise Http404(purpose)
    form = forms.Withdraw(request.POST or None)
    if request.method == "POST":
        web.attempt(
            form,
            lambda values: services.withdraw_consent(
                known, by=request.user, purpose=purpose, **values
            ),
        )
        if not form.errors:
            messages.success(request, f"已撤回{known.name}的同意。")
            return redirect("relief:consents", pk)
    title = f"撤回同意：{writing.LABELS[purpose]}"
    return asked(
        request, case, "relief/page.html", form, _consents(case), (title, ""),
        back=_consents(case)[1], submit="撤回同意", danger=True,
        note=writing.means_of(purpose),
    )  # fmt: skip


@require_GET
@web.for_roles(SEE_RELIEF)
def print_consents(request: Request, pk: int) -> HttpResponse:
    """To be signed on paper by every adult."""
    case = case_or_404(request, pk, "打印同意书")
    context = {
        "case": case,
        "consents": writing.consents_of(case),
        "notices": [(n, paragraphs(n)) for n in writing.notices_of_relief().values()],
        "back_url": _consents(case)[1],
    }
    return render(request, "relief/print_consents.html", context)
