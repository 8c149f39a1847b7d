"""Paying what was granted: what waits, batches for the bank and its answers, what came back."""

from typing import Any

from django import forms as django_forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from relief import services
from relief.capitals import capitals
from relief.forms import money as forms
from relief.models import Payment, PaymentBatch, ReliefCase
from relief.models.money import PaymentState
from relief.selectors import money, paying
from relief.views.paging import pager
from wanping_union import clock, web
from wanping_union.audit import log
from wanping_union.roles import PAY_RELIEF, SEE_FUNDS
from wanping_union.web import Request

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
A_PAGE = 50  # batches
CRUMB = ("救助拨付", "/relief/money/")
BATCHES = ("拨付批次", "/relief/money/batches/")
SAME_FILE = "这份银行回单以前已经导入过，没有重复入账。"
BOOKED = "银行回单已全部入账。"


def tabs(current: str) -> list[dict[str, Any]]:
    pages = (
        ("待拨付", "money"),
        ("拨付批次", "batches"),
        ("先行救助", "advances"),
        ("基金", "funds"),
    )
    return [
        {"label": label, "url": reverse(f"relief:{name}"), "current": name == current}
        for label, name in pages
    ]


@require_GET
@never_cache
@web.for_roles(SEE_FUNDS)
def waiting(request: Request) -> HttpResponse:
    return _waiting(request)


def _waiting(request: Request, refused: django_forms.Form | None = None) -> HttpResponse:
    rows = paying.waiting(request.user)
    back = paying.to_pay_again(request.user)
    settling = list(paying.to_settle(request.user))
    page = "待拨付的救助金"
    log.look_at([row.payment for row in (*rows, *back)], by=request.user, page=page)
    log.look_at(settling, by=request.user, page=page)
    context = {
        "views": tabs("money"),
        "stats": _stats(request, rows, back),
        "desks": paying.desks(rows),
        "back": back,
        "settling": settling,
        "may_pay": request.user.may(PAY_RELIEF),
        "form": refused,
    }
    return render(request, "relief/money/waiting.html", context, status=422 if refused else 200)


def _stats(
    request: Request, rows: list[paying.Row], back: list[paying.Row]
) -> list[dict[str, Any]]:
    late = sum(row.is_late for row in rows)
    batches = paying.unanswered(request.user).count()
    total = f"共 {paying.total_of(rows):,} 元"
    return [
        {"label": "待拨付", "value": len(rows), "unit": "笔", "note": total},
        {"label": "超过期限", "value": late, "unit": "笔", "alert": late},
        {"label": "没有付成", "value": len(back), "unit": "笔", "alert": back},
        {"label": "等银行回单", "value": batches, "unit": "批", "url": BATCHES[1]},
    ]


@require_POST
@web.once
def make_batch(request: Request, pk: int) -> HttpResponse:
    fund = get_object_or_404(money.funds_for(request.user), pk=pk)
    web.check_role(request, PAY_RELIEF, fund.union)
    made: list[PaymentBatch] = []
    form = web.attempt(
        forms.Pick(request.POST),
        lambda values: made.append(services.make_batch(fund, by=request.user, **values)),
    )
    if form.errors:
        return _waiting(request, form)
    messages.success(request, f"{made[0]} 已生成，请导出银行文件。")
    return redirect("relief:batch", made[0].pk)


@require_GET
@web.for_roles(SEE_FUNDS)
def batches(request: Request) -> HttpResponse:
    found = money.batches_for(request.user)
    # By their keys: nothing is added up of batches that are passed over.
    page = Paginator(found.values_list("pk", flat=True), A_PAGE).get_page(request.GET.get("page"))
    context = {
        "views": tabs("batches"),
        "batches": found.filter(pk__among=page),
        "pager": pager(page, "个批次"),
    }
    return render(request, "relief/money/batches.html", context)


def _batch_or_404(request: Request, pk: int, *, to_pay: bool = False) -> PaymentBatch:
    found: PaymentBatch = get_object_or_404(
        money.batches_for(request.user).select_related("fund__union", "made_by"), pk=pk
    )
    if to_pay:
        web.check_role(request, PAY_RELIEF, found.fund.union)
    return found


@require_GET
@never_cache
def batch(request: Request, pk: int) -> HttpResponse:
    found = _batch_or_404(request, pk)
    rows = paying.rows_of(found)
    log.look_at([row.payment for row in rows], by=request.user, page="拨付批次")
    context = {
        "batch": found,
        "rows": rows,
        "again": {row.payment.pk for row in paying.to_pay_again(request.user)},
        "may_pay": request.user.may(PAY_RELIEF, found.fund.union),
        "crumbs": [CRUMB, BATCHES, (str(found), "")],
    }
    return render(request, "relief/money/batch.html", context)


@require_POST
@web.once
@never_cache
def bank_file(request: Request, pk: int) -> HttpResponse:
    found = _batch_or_404(request, pk, to_pay=True)
    content = services.bank_file(found, by=request.user)
    name = f"拨付文件 第{found.pk}批 {found.made_on}.xlsx"
    headers = {
        "Content-Disposition": content_disposition_header(True, name) or "attachment",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "sandbox; default-src 'none'",
    }
    return HttpResponse(content, content_type=XLSX, headers=headers)


@require_http_methods(["GET", "POST"])
@web.once
def bank_answer(request: Request, pk: int) -> HttpResponse:
    found = _batch_or_404(request, pk, to_pay=True)
    form = forms.Answer(*([request.POST, request.FILES] if request.method == "POST" else []))
    if request.method == "POST":
        new: list[bool] = []
        web.attempt(form, lambda values: new.append(_import(found, values["file"], request)))
        if new:
            messages.success(request, BOOKED) if new[0] else messages.info(request, SAME_FILE)
            return redirect("relief:batch", pk)
    crumbs = [CRUMB, BATCHES, (str(found), _url(found)), ("导入银行回单", "")]
    context = {"batch": found, "form": form, "crumbs": crumbs, "back": _url(found)}
    return render(request, "relief/money/answer.html", context, status=422 if form.errors else 200)


def _import(batch: PaymentBatch, file: Any, request: Request) -> bool:
    return services.import_answer(batch, file.read(), file.name, by=request.user)


def _url(batch: PaymentBatch) -> str:
    return reverse("relief:batch", args=[batch.pk])


@require_GET
@never_cache
def print_batch(request: Request, pk: int) -> HttpResponse:
    """The list to sign and to file, numbers masked."""
    found = _batch_or_404(request, pk)
    rows = paying.rows_of(found)
    log.look_at([row.payment for row in rows], by=request.user, page="打印拨付清单")
    total = paying.total_of(rows)
    context = {
        "batch": found,
        "rows": rows,
        "total": total,
        "total_words": capitals(total),
        "today": clock.today(),
        "back_url": _url(found),
    }
    return render(request, "relief/money/print_batch.html", context)


# --- what came back ----------------------------------------------------------------------------


def _payment_or_404(request: Request, pk: int) -> Payment:
    found: Payment = get_object_or_404(paying.payments_to_do(request.user), pk=pk)
    web.check_role(request, PAY_RELIEF, found.case.fund.union)
    log.look_at([found], by=request.user, page="救助金拨付")
    return found


def _ask(
    request: Request, found: Payment, form: django_forms.Form, title: str, danger: bool = False
) -> HttpResponse:
    context = {
        "row": paying.row_of(found),
        "form": form,
        "title": title,
        "danger": danger,
        "crumbs": [CRUMB, (title, "")],
    }
    return render(request, "relief/money/act.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@never_cache
@web.once
def pay_again(request: Request, pk: int) -> HttpResponse:
    found = _payment_or_404(request, pk)
    form = forms.PayAgain(request.POST or None)
    if request.method == "POST":
        web.attempt(form, lambda values: services.pay_again(found, by=request.user, **values))
        if not form.errors:
            messages.success(request, "已列入待拨付，请和其他款项一起生成批次。")
            return redirect("relief:money")
    return _ask(request, found, form, "重新拨付")


@require_http_methods(["GET", "POST"])
@never_cache
@web.once
def reverse_payment(request: Request, pk: int) -> HttpResponse:
    found = _payment_or_404(request, pk)
    form = forms.Reverse(request.POST or None)
    if request.method == "POST":
        web.attempt(form, lambda values: services.reverse(found, by=request.user, **values))
        if not form.errors:
            messages.success(request, "已冲回，这笔款项要重新拨付。")
            return redirect("relief:money")
    return _ask(request, found, form, "冲回", danger=found.state == PaymentState.PAID)


@require_http_methods(["GET", "POST"])
@never_cache
@web.once
def settle(request: Request, pk: int) -> HttpResponse:
    """Nothing is left to pay: the advance was all that was granted."""
    case: ReliefCase = get_object_or_404(paying.to_settle(request.user), pk=pk)
    web.check_role(request, PAY_RELIEF, case.fund.union)
    form = django_forms.Form(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        web.attempt(form, lambda _: services.settle(case, by=request.user))
        if not form.errors:
            messages.success(request, "已结清。")
            return redirect("relief:money")
    context = {"case": case, "form": form, "crumbs": [CRUMB, ("结清先行救助", "")]}
    return render(request, "relief/money/settle.html", context, status=422 if form.errors else 200)
