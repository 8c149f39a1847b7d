"""Signing in: the password, then the second factor; also in a dialog over a page."""

import json
from typing import Any

from allauth.account.views import LoginView
from allauth.mfa.base.views import AuthenticateView
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django_htmx.http import trigger_client_event

from wanping_union.accounts import factors, forms
from wanping_union.accounts.models import User

DEMO = ("chair", "clerk", "area", "areachair", "reviewer", "finance", "admin", "auditor")


class SignIn(LoginView):  # type: ignore[misc]  # allauth has no types
    def get_template_names(self) -> list[str]:
        return ["account/_login.html" if self.request.htmx else "account/login.html"]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        return context | {"demo_accounts": _demo_accounts() if settings.DEMO else []}


class SecondStep(AuthenticateView):  # type: ignore[misc]  # allauth has no types
    """The second factor of somebody whose password was right."""

    form_class = forms.Code
    webauthn_form_class = forms.KeyAnswer

    def get_template_names(self) -> list[str]:
        return ["account/_second.html" if self.request.htmx else "account/second.html"]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        options = json.dumps(dict(context["js_data"]["request_options"]))
        held = factors.of(self.stage.login.user)
        return context | {"factors": held, "options": options}


@require_safe
@never_cache
@login_not_required
def alive(request: HttpRequest) -> HttpResponse:
    """Whether the session lasts: 204, with who it is and a fresh token for open forms, or 401."""
    if not isinstance(request.user, User):
        return HttpResponse(status=401)
    news = {"user": str(request.user.pk), "token": get_token(request)}
    response = HttpResponse(status=204, headers={"X-User": news["user"], "X-Token": news["token"]})
    return trigger_client_event(response, "signedin", news)


def _demo_accounts() -> list[dict[str, str]]:
    users = User.objects.filter(username__in=DEMO).prefetch_related("grants__union")
    named = {user.username: user for user in users}
    return [
        {"username": name, "role": grant.get_role_display(), "union": grant.union.name}
        for name in DEMO
        if name in named
        for grant in named[name].grants.all()[:1]
    ]
