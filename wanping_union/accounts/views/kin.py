"""回避: declaring oneself and one's relatives, of whom only hashes are kept."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from wanping_union import web
from wanping_union.accounts import forms, kin
from wanping_union.accounts.views.parts import entries
from wanping_union.web import Request

HERE = "回避申报"
ask = require_http_methods(["GET", "HEAD", "POST"])


@ask
@never_cache
@web.once
def declared(request: Request) -> HttpResponse:
    user = request.user
    form = forms.Kin(request.POST or None, knows_oneself=user.id_hash is not None)
    if request.method == "POST":
        web.attempt(form, lambda values: kin.declare(user, by=user, **values))
        if not form.errors:
            messages.success(request, "已申报。涉及您和这些亲属的申请，系统会请其他同事办理。")
            return redirect("accounts:kin")
    context = {
        "form": form,
        "knows_oneself": user.id_hash is not None,
        "relatives": len(user.relatives),
        "entries": entries(kin.declarations(user), user),
        "crumbs": [("我的", reverse("accounts:me")), (HERE, "")],
    }
    return render(request, "accounts/kin.html", context, status=422 if form.errors else 200)


@ask
@never_cache
@web.once
def remove(request: Request) -> HttpResponse:
    user = request.user
    form = forms.NoKin(request.POST or None)
    if request.method == "POST":
        web.attempt(form, lambda values: kin.remove(user, by=user, **values))
        if not form.errors:
            messages.success(request, "已撤销这位亲属的申报。")
            return redirect("accounts:kin")
    back = reverse("accounts:kin")
    crumbs = [("我的", reverse("accounts:me")), (HERE, back), ("撤销", "")]
    context = {"form": form, "back": back, "crumbs": crumbs}
    return render(request, "accounts/kin_remove.html", context, status=422 if form.errors else 200)
