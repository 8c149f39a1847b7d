"""Applying for somebody: finding the person, the task list, and its own pages."""

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from members.models import Person
from members.selectors.people import current_membership, people_for
from relief import rules, services
from relief.forms import apply as forms
from relief.models import Fund, Household, HouseholdMember, ReliefCase
from relief.selectors import starting, writing
from relief.selectors.cases import name_of
from relief.selectors.lists import next_of
from relief.selectors.review import missing_papers, sheet_of
from relief.views.writing import CRUMB, asked, case_or_404, crumbs, onward
from relief.views.writing import writing as page
from wanping_union import web
from wanping_union.audit import log
from wanping_union.roles import ENTER_RELIEF, SEE_RELIEF
from wanping_union.web import Request

STASH = "relief_find"


@require_http_methods(["GET", "POST"])
@web.for_roles(ENTER_RELIEF)
def new(request: Request) -> HttpResponse:
    """Find the person. The text is posted and kept sealed: names never stand in a URL."""
    if request.method == "POST":
        text = request.POST.get("q", "").strip()[: starting.LONGEST]
        query = f"?s={web.stash(request, text, STASH)}" if text else ""
        return redirect(reverse("relief:new") + query)
    text = web.unstash(request, request.GET.get("s", ""), STASH)
    found = starting.find(request.user, text)
    log.look(Person, [row.pk for row in found], by=request.user, page="替谁申请救助")
    context = {
        "form": forms.Find(initial={"q": text}),
        "q": text,
        "found": found[: starting.MOST],
        "more": len(found) > starting.MOST,
        "crumbs": [CRUMB, ("新申请", "")],
    }
    return render(request, "relief/new.html", context)


@require_http_methods(["GET", "POST"])
@web.for_roles(SEE_RELIEF)
@web.once
def start(request: Request, pk: int) -> HttpResponse:
    """Open the household's file, or the one that is there, and begin an application."""
    person: Person = get_object_or_404(people_for(request.user), pk=pk)
    membership = current_membership(person)
    web.check_role(request, ENTER_RELIEF, membership.union)
    log.look(Person, [pk], by=request.user, page="新建救助申请")
    file = starting.file_of(person, request.user)
    form = forms.Start(
        request.POST or None, free=file.free, initial={"fund": starting.first_fund()}
    )
    if request.method == "POST" and file.is_open:
        opened: list[ReliefCase] = []
        web.attempt(
            form, lambda values: opened.append(_open(file.household, person, request, **values))
        )
        if opened:
            return redirect("relief:tasks", opened[0].pk)
    context = {
        "person": person,
        "union": membership.union,
        "file": file,
        "form": form,
        "crumbs": [CRUMB, ("新申请", reverse("relief:new")), (person.name, "")],
    }
    return render(request, "relief/start.html", context, status=422 if form.errors else 200)


@transaction.atomic
def _open(
    household: Household | None,
    person: Person,
    request: Request,
    fund: Fund,
    beneficiary: HouseholdMember | None = None,
) -> ReliefCase:
    """One file a household: the one that is there is used again."""
    home = household or services.open_file(current_membership(person), by=request.user)
    return services.open_case(home, by=request.user, fund=fund, beneficiary=beneficiary)


@page("任务清单")
def tasks(request: Request, case: ReliefCase) -> HttpResponse:
    found = writing.tasks_of(case)
    context = {
        "case": case,
        "who": name_of(case),
        "tasks": found,
        "done": sum(task.state == writing.State.DONE for task in found),
        "is_ready": writing.is_ready(case),
        "mend": writing.to_mend(case),
        "is_returned": case.status == rules.Status.RETURNED,
        "advance": case.advances.order_by("-pk").first(),
        "crumbs": crumbs(case),
    }
    return render(request, "relief/tasks.html", context)


@page("困难情况")
def hardship(request: Request, case: ReliefCase) -> HttpResponse:
    names = set(forms.Hardship.base_fields) - {"version", "asked"}
    initial = {name: getattr(case, name) for name in names}
    form = forms.Hardship(request.POST or None, case=case, initial=initial)
    if request.method == "POST" and _saved(request, case, form):
        if form.is_turned and not form.is_later:
            return redirect(request.get_full_path())
        is_ill = form.cleaned_data["cause"] == rules.Cause.ILLNESS and not form.is_later
        return onward(request, case, "relief:bills" if is_ill else "relief:tasks")
    submit = "下一步" if form.is_first else "保存"
    return asked(request, case, "relief/hardship.html", form, ("困难情况", ""), submit=submit)


@page("收款账户")
def account(request: Request, case: ReliefCase) -> HttpResponse:
    initial = {"account_name": case.account_name or name_of(case), "bank": case.bank}
    form = forms.Account(request.POST or None, case=case, initial=initial)
    if request.method == "POST" and _saved(request, case, form):
        return onward(request, case)
    return asked(request, case, "relief/page.html", form, ("收款账户", ""))


def _saved(request: Request, case: ReliefCase, form: forms.Page) -> bool:
    web.attempt(
        form,
        lambda values: services.save_case(
            case, form.facts(), by=request.user, version=values["version"]
        ),
    )
    if form.errors:
        return False
    messages.success(request, "已保存。")
    return True


@page("核对提交")
def check_answers(request: Request, case: ReliefCase) -> HttpResponse:
    """The whole application once more; sending it is the act."""
    if not writing.is_ready(case):
        messages.warning(request, "还有内容没有填完，填完再提交。")
        return redirect("relief:tasks", case.pk)
    is_returned = case.status == rules.Status.RETURNED
    form = forms.Send(request.POST or None)
    if request.method == "POST":
        service = services.supply if is_returned else services.submit
        web.attempt(form, lambda _: service(case, by=request.user))
        if not form.errors:
            return redirect("relief:sent", case.pk)
    return asked(
        request, case, "relief/check.html", form, ("核对提交", ""),
        groups=starting.summary(case), sheet=sheet_of(case), is_returned=is_returned,
        papers=missing_papers(case),
    )  # fmt: skip


@require_GET
@never_cache
@web.for_roles(SEE_RELIEF)
def sent(request: Request, pk: int) -> HttpResponse:
    """The number and what happens next; stays true when opened again later."""
    case = case_or_404(request, pk, "救助申请已提交")
    if case.is_editable:
        return redirect("relief:tasks", pk)
    context = {
        "case": case,
        "who": name_of(case),
        "next": next_of(case),
        "crumbs": crumbs(case, ("已提交", "")),
    }
    return render(request, "relief/sent.html", context)


@page("申请先行救助")
def ask_advance(request: Request, case: ReliefCase) -> HttpResponse:
    form = forms.Advance(request.POST or None)
    if request.method == "POST":
        web.attempt(form, lambda values: services.ask_advance(case, by=request.user, **values))
        if not form.errors:
            messages.success(request, "已提出先行救助，等地区总工会主席签批。")
            return redirect("relief:tasks", case.pk)
    return asked(request, case, "relief/page.html", form, ("申请先行救助", ""), submit="提出申请")
