"""先行救助 as finance watches it: papers that are late, and money that has to come back."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from relief import services
from relief.forms import money as forms
from relief.models import Advance
from relief.rules import RECOVER_ADVANCE
from relief.selectors import paying
from relief.views.money import CRUMB, tabs
from wanping_union import web
from wanping_union.audit import log
from wanping_union.roles import PAY_RELIEF, SEE_FUNDS
from wanping_union.web import Request


@require_GET
@never_cache
@web.for_roles(SEE_FUNDS)
def advances(request: Request) -> HttpResponse:
    back = list(paying.to_recover(request.user))
    late = list(paying.papers_late(request.user))
    log.look_at([*back, *late], by=request.user, page="先行救助")
    context = {
        "views": tabs("advances"),
        "back": paying.aheads(back),
        "late": paying.aheads(late),
        "may_pay": request.user.may(PAY_RELIEF),
    }
    return render(request, "relief/money/advances.html", context)


@require_http_methods(["GET", "POST"])
@never_cache
@web.once
def recover(request: Request, pk: int) -> HttpResponse:
    found: Advance = get_object_or_404(paying.to_recover(request.user), pk=pk)
    web.check_role(request, PAY_RELIEF, found.case.fund.union)
    log.look_at([found], by=request.user, page="收回先行救助")
    form = forms.Recover(request.POST or None)
    if request.method == "POST":
        web.attempt(form, lambda values: services.recover_advance(found, by=request.user, **values))
        if not form.errors:
            messages.success(request, f"已收回 {found.amount:,} 元，退回基金和个人额度。")
            return redirect("relief:advances")
    back = reverse("relief:advances")
    context = {
        "row": paying.ahead_of(found),
        "form": form,
        "back": back,
        "title": RECOVER_ADVANCE.label,
        "basis": RECOVER_ADVANCE.basis,
        "crumbs": [CRUMB, ("先行救助", back), ("收回", "")],
    }
    return render(request, "relief/money/recover.html", context, status=422 if form.errors else 200)
