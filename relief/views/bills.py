"""医疗票据: each settlement as a row, tied to its scan."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse

from relief import documents, services
from relief.forms import apply as forms
from relief.forms.family import Sure
from relief.models import Bill, ReliefCase
from relief.selectors import writing
from relief.selectors.review import files_of
from relief.views.writing import asked, crumbs, onward
from relief.views.writing import writing as page
from wanping_union import web
from wanping_union.attachments import services as attachments
from wanping_union.web import Request

HERE = "医疗票据"
LABELS = (documents.SETTLEMENT.label, documents.REIMBURSEMENT.label, documents.OTHER.label)


@page(HERE)
def bills(request: Request, case: ReliefCase) -> HttpResponse:
    found = writing.bills_of(case)
    context = {
        "case": case,
        "bills": found,
        "sum": writing.sum_of(found),
        "crumbs": crumbs(case, _hardship(case), (HERE, "")),
    }
    return render(request, "relief/bills.html", context)


def _hardship(case: ReliefCase) -> tuple[str, str]:
    return "困难情况", reverse("relief:hardship", args=[case.pk])


@page(HERE)
def bill(request: Request, case: ReliefCase, bill: int = 0) -> HttpResponse:
    """Add one (bill 0) or correct one."""
    known = get_object_or_404(case.bills.all(), pk=bill) if bill else None
    form = forms.BillForm(
        *((request.POST, request.FILES) if request.method == "POST" else ()),
        scans=files_of(case).filter(label__in=LABELS).order_by("at", "pk"),
        initial=forms.initial_of(known) if known else {},
    )
    if request.method == "POST":
        web.attempt(form, lambda _: _save(case, known, form, request))
        if not form.errors:
            messages.success(request, "票据已保存。")
            return onward(request, case, "relief:bills")
    title = "修改票据" if known else "添加票据"
    return asked(
        request, case, "relief/bill.html", form, _hardship(case),
        (HERE, reverse("relief:bills", args=[case.pk])), (title, ""),
        back=reverse("relief:bills", args=[case.pk]), bill=known,
    )  # fmt: skip


def _save(case: ReliefCase, known: Bill | None, form: forms.BillForm, request: Request) -> None:
    """A photo that was taken is kept even where the bill is refused, and stays chosen."""
    values = form.cleaned_data
    scan = values.get("scan")
    if values["file"]:
        scan = attachments.keep(
            case, values["file"], by=request.user, union=case.union,
            label=documents.SETTLEMENT.label,
        )  # fmt: skip
        form.choose(scan)
    services.save_bill(
        case, form.sums(), by=request.user, number=values["number"], hospital=values["hospital"],
        dated=values["dated"], scan=scan, bill=known,
    )  # fmt: skip


@page(HERE)
def remove_bill(request: Request, case: ReliefCase, bill: int) -> HttpResponse:
    known = get_object_or_404(case.bills.all(), pk=bill)
    form = Sure(request.POST or None)
    if request.method == "POST":
        web.attempt(form, lambda _: services.remove_bill(known, by=request.user))
        if not form.errors:
            messages.success(request, "票据已删除。")
            return onward(request, case, "relief:bills")
    return asked(
        request, case, "relief/page.html", form, _hardship(case), ("删除票据", ""),
        back=reverse("relief:bills", args=[case.pk]), submit="删除", danger=True,
        note=f"{known.dated} {known.hospital}，总费用 {known.total:,} 元。照片还在材料里。",
    )  # fmt: skip
