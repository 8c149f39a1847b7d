"""转介 and 会商 of a case: written down, followed up, printed."""

from functools import partial

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from relief import services
from relief.forms import acts as forms
from relief.models import ReliefCase
from relief.views.acting import noted, noting
from relief.views.opening import case_or_404
from wanping_union import clock, web
from wanping_union.roles import SEE_RELIEF, SEE_RELIEF_INSIDE
from wanping_union.web import Request


@noting("转介", SEE_RELIEF_INSIDE)
def refer(request: Request, case: ReliefCase) -> HttpResponse:
    form = forms.Refer(request.POST or None)
    note = "救助解决不了的困难，转给能帮上忙的单位。登记后可以打印转介单。"
    return noted(request, case, form, partial(services.refer, case), "转介", note)


@noting("登记转介结果", SEE_RELIEF_INSIDE)
def note_outcome(request: Request, case: ReliefCase, referral: int) -> HttpResponse:
    sent = get_object_or_404(case.referrals, pk=referral)
    form = forms.Outcome(request.POST or None, initial={"on": clock.today()})
    service = partial(services.note_outcome, sent)
    note = f"{sent.on} 转给{sent.office}：{sent.need}"
    return noted(request, case, form, service, "登记转介结果", note)


@noting("登记会商纪要", SEE_RELIEF_INSIDE)
def confer(request: Request, case: ReliefCase) -> HttpResponse:
    form = forms.Confer(request.POST or None, initial={"on": clock.today()})
    note = "金额较大、有争议或者情况复杂的申请，会商后把意见和结论记在这里。登记后不能修改。"
    return noted(request, case, form, partial(services.confer, case), "登记会商纪要", note)


@require_GET
@never_cache
@web.for_roles(SEE_RELIEF)
def print_referral(request: Request, pk: int, referral: int) -> HttpResponse:
    case = _opened(request, pk, "打印转介单")
    return _print(request, case, "referral", get_object_or_404(case.referrals, pk=referral))


@require_GET
@never_cache
@web.for_roles(SEE_RELIEF)
def print_conference(request: Request, pk: int, conference: int) -> HttpResponse:
    case = _opened(request, pk, "打印会商纪要")
    return _print(request, case, "conference", get_object_or_404(case.conferences, pk=conference))


def _opened(request: Request, pk: int, page: str) -> ReliefCase:
    found = case_or_404(request, pk, page)
    web.check_role(request, SEE_RELIEF_INSIDE, found.union)
    return found


def _print(request: Request, case: ReliefCase, name: str, shown: object) -> HttpResponse:
    context = {"case": case, name: shown, "today": clock.today()}
    context["back_url"] = case.get_absolute_url()
    return render(request, f"relief/print_{name}.html", context)
