"""Funds: what they were given, what is bound, what has left; their ledgers."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from relief import services
from relief.forms import money as forms
from relief.models import Fund, FundYear
from relief.selectors import money, paying
from relief.selectors.terms import terms_on
from relief.views.money import CRUMB, tabs
from relief.views.paging import pager
from wanping_union import charts, clock, web
from wanping_union.roles import PAY_RELIEF, SEE_FUNDS
from wanping_union.web import Request

A_PAGE = 50  # rows of a ledger
FUNDS = ("基金", "/relief/money/funds/")


@require_GET
@web.for_roles(SEE_FUNDS)
def funds(request: Request) -> HttpResponse:
    context = {
        "views": tabs("funds"),
        "years": money.years_for(request.user),
        "new": paying.funds_without_year(request.user),
        "may_pay": request.user.may(PAY_RELIEF),
    }
    return render(request, "relief/money/funds.html", context)


@require_GET
def fund_year(request: Request, pk: int, year: int) -> HttpResponse:
    years = money.years_for(request.user).select_related("fund__union")
    found: FundYear = get_object_or_404(years, fund=pk, year=year)
    page = Paginator(money.entries_of(found), A_PAGE).get_page(request.GET.get("page"))
    rows = (
        ("预算", found.budget, ""),
        ("已批准", found.committed, ""),
        ("已拨付", found.paid, ""),
        ("还可批准", found.left, ""),
    )
    context = {
        "found": found,
        "bars": charts.bars(rows),
        "entries": [(entry, paying.about(entry)) for entry in page],
        "pager": pager(page, "笔"),
        "overrides": charts.bars((*row, "") for row in paying.overrides(year)),
        "has_terms": terms_on(found.fund, clock.today()) is not None,
        "may_pay": request.user.may(PAY_RELIEF, found.fund.union),
        "crumbs": [CRUMB, FUNDS, (str(found), "")],
    }
    return render(request, "relief/money/fund_year.html", context)


@require_http_methods(["GET", "POST"])
@web.once
def add_budget(request: Request, pk: int) -> HttpResponse:
    fund: Fund = get_object_or_404(money.funds_for(request.user), pk=pk)
    web.check_role(request, PAY_RELIEF, fund.union)
    form = forms.Budget(request.POST or None, initial={"year": clock.today().year})
    if request.method == "POST":
        web.attempt(form, lambda _: services.add_budget(fund, by=request.user, **form.values()))
        if not form.errors:
            messages.success(request, "预算已调整。")
            return redirect("relief:fund_year", pk, form.cleaned_data["year"])
    context = {"form": form, "title": "调整预算", "crumbs": [CRUMB, FUNDS, (f"{fund}", "")]}
    return render(request, "relief/money/form.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@web.for_roles(PAY_RELIEF)
@web.once
def open_fund(request: Request) -> HttpResponse:
    form = forms.NewFund(request.POST or None, user=request.user)
    made: list[Fund] = []
    if request.method == "POST":
        web.attempt(form, lambda values: made.append(services.open_fund(by=request.user, **values)))
        if made:
            messages.success(request, "基金已设立，请填写今年的预算。")
            return redirect("relief:add_budget", made[0].pk)
    context = {"form": form, "title": "新设基金", "crumbs": [CRUMB, FUNDS, ("新设基金", "")]}
    return render(request, "relief/money/form.html", context, status=422 if form.errors else 200)
