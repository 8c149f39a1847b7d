"""Setting up one's second factor."""

import json
import time
from collections.abc import Callable
from functools import wraps
from urllib.parse import urlencode

import segno
from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.internal import auth as webauthn
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from wanping_union import web
from wanping_union.accounts import devices, factors, forms, services, sessions
from wanping_union.accounts.adapter import SecondFactor
from wanping_union.web import Request

ask = require_http_methods(["GET", "HEAD", "POST"])
BOX = "factor"  # the box of web.stash for a key not yet in use
View = Callable[..., HttpResponse]


def fresh(view: View) -> View:
    """Let nobody change the second factor of a screen that was left open."""

    @wraps(view)
    def guarded(request: Request, *args: object, **kwargs: object) -> HttpResponse:
        if sessions.is_fresh(request):
            return view(request, *args, **kwargs)
        return redirect(f"{reverse('accounts:confirm')}?{urlencode({'next': request.path})}")

    return guarded


@ask
@web.once
def confirm(request: Request) -> HttpResponse:
    """The password once more."""
    form = forms.Confirm(request.POST if request.method == "POST" else None)
    there = web.safe_next(request, reverse("accounts:factors"))
    if form.is_bound:
        web.attempt(form, lambda values: services.confirm_password(request.user, **values))
        if not form.errors:
            record_authentication(request, request.user, "password", reauthenticated=True)
            return redirect(there)
    status = 422 if form.errors else 200
    return render(request, "accounts/confirm.html", {"form": form, "next": there}, status=status)


@require_GET
def overview(request: Request) -> HttpResponse:
    context = {
        "factors": factors.of(request.user),
        "is_demanded": factors.is_demanded(request.user),
    }
    return render(request, "accounts/factors.html", context)


@ask
@never_cache
@fresh
@web.once
def app(request: Request) -> HttpResponse:
    """Codes from the phone: show the key, then ask for the first code."""
    posted = request.POST if request.method == "POST" else None
    kept = posted.get("kept", "") if posted else ""
    secret = web.unstash(request, kept, BOX)
    if not secret:
        secret = factors.new_secret()
        kept, posted = web.stash(request, secret, BOX), None
    form = forms.FirstCode(posted, initial={"kept": kept})
    if posted is not None:
        web.attempt(form, lambda values: factors.add_app(request.user, secret, values["code"]))
        if not form.errors:
            web.unstash(request, kept, BOX, drop=True)
            return _added(request)
    adapter = SecondFactor()
    size, path = _drawn(adapter.build_totp_url(request.user, secret))
    context = {
        "form": form, "size": size, "path": path,
        "replaces": factors.of(request.user).app is not None,
        "groups": [secret[n : n + 4] for n in range(0, len(secret), 4)],
    }  # fmt: skip
    return render(request, "accounts/app.html", context, status=422 if form.errors else 200)


@ask
@fresh
@web.once
def key(request: Request) -> HttpResponse:
    """A security key: the browser asks for it and posts its answer."""
    form = forms.NewKey(request.POST if request.method == "POST" else None)
    if form.is_bound:
        web.attempt(form, lambda values: factors.add_key(request.user, **values))
        if not form.errors:
            return _added(request)
    options = json.dumps(dict(webauthn.begin_registration(request.user, False)))
    context = {"form": form, "options": options}
    return render(request, "accounts/key.html", context, status=422 if form.errors else 200)


@ask
@fresh
@web.once
def remove(request: Request, pk: int) -> HttpResponse:
    found = Authenticator.objects.filter(user=request.user, pk=pk).first()
    if found is None or found.type == Authenticator.Type.RECOVERY_CODES:
        raise Http404(pk)
    form = forms.Nothing(request.POST if request.method == "POST" else None)
    if form.is_bound:
        web.attempt(form, lambda _: factors.remove(request.user, pk))
        if not form.errors:
            messages.success(request, f"{factors.words_of(found)}已删除。")
            return redirect("accounts:factors")
    context = {"form": form, "found": found, "words": factors.words_of(found)}
    status = 422 if form.errors else 200
    return render(request, "accounts/factor_remove.html", context, status=status)


@require_GET
@never_cache
def codes(request: Request) -> HttpResponse:
    """The recovery codes, once: whoever opens the page again finds them gone."""
    shown = factors.codes_once(request.user)
    context = {
        "codes": [[code[n : n + 4] for n in range(0, len(code), 4)] for code in shown],
        "back_url": reverse("accounts:factors"),
    }
    return render(request, "accounts/codes.html" if shown else "accounts/codes_gone.html", context)


@ask
@fresh
@web.once
def new_codes(request: Request) -> HttpResponse:
    form = forms.Nothing(request.POST if request.method == "POST" else None)
    if form.is_bound:
        web.attempt(form, lambda _: factors.renew_codes(request.user))
        if not form.errors:
            return redirect("accounts:codes")
    status = 422 if form.errors else 200
    return render(request, "accounts/codes_new.html", {"form": form}, status=status)


def _added(request: Request) -> HttpResponse:
    """The factor counts as shown here; wherever else the account is signed in, it does not."""
    record_authentication(request, request.user, "mfa", set_up=int(time.time()))
    devices.end_others(request.user, request.session.session_key or "")
    messages.success(request, "两步验证已设置好，下次登录就要用了。")
    is_first = factors.is_unseen(request.user)
    return redirect("accounts:codes" if is_first else "accounts:factors")


def _drawn(text: str) -> tuple[int, str]:
    """A QR code as the side of a square and the path of its dark modules."""
    rows = list(segno.make(text, error="m").matrix_iter(border=4))
    path = "".join(
        f"M{x} {y}h1v1h-1z" for y, row in enumerate(rows) for x, dark in enumerate(row) if dark
    )
    return len(rows), path
