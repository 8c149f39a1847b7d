"""How long a sign-in lasts, and what a person meets when it is over."""

import time
from collections.abc import Callable
from typing import cast
from urllib.parse import urlsplit

from allauth.account.internal.flows.login import get_authentication_records
from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.middleware import get_user
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django.utils.http import url_has_allowed_host_and_scheme
from django_htmx.http import HttpResponseClientRedirect

from wanping_union.accounts import devices, factors
from wanping_union.accounts.models import User
from wanping_union.audit.context import OUTSIDE

SINCE = "signed_in_at"  # seconds since 1970
SEEN = "seen_at"
ACTING_FOR = "acting_for"  # id of the union chosen in the top bar
TOKEN = "form_token"  # the hidden field of web.once: a UUID, ":", the id of who opened the form
SEEN_EVERY = 60  # seconds; a row is written for it


class SessionLimits:
    """Middleware: out after idling or after a working day; some things come before all others."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path in OUTSIDE or not isinstance(request.user, User):
            return self.get_response(request)
        # Django's wrapper has read it by now, and costs with each look at it.
        request.user = user = cast(User, get_user(request))
        if _is_over(request.session):
            logout(request)
            if request.path not in (reverse("account_login"), reverse("alive")):
                return ended(request)
        elif (first := _first_of_all(request)) and not _is_open(request.path, first):
            return _go(request, first)
        else:
            user.act_for(request.session.get(ACTING_FOR))
        return self.get_response(request)


def ended(request: HttpRequest) -> HttpResponse:
    """Tell that the sign-in is over, and lose nothing that was typed.

    A part of a page gets 401: the page then asks for the sign-in over itself. Whoever sent a whole
    form, past the page's script, gets back what they sent, to send it again.
    """
    if getattr(request, "htmx", None):
        return HttpResponse(status=401)
    context = {"next": _here(request), "typed": _typed(request), "files": bool(request.FILES)}
    response = render(request, "session_ended.html", context, status=403)
    add_never_cache_headers(response)
    return response


def is_lost(request: HttpRequest) -> bool:
    """Whether the browser still holds a session that was ended elsewhere, or by a new password."""
    return bool(request.COOKIES.get(settings.SESSION_COOKIE_NAME)) and request.session.is_empty()


def _typed(request: HttpRequest) -> list[tuple[str, str]]:
    """The fields of a form that came from a page of ours; of no other, or it would be as good as
    sent by the person."""
    origin = request.headers.get("Origin") or request.headers.get("Referer", "")
    ours = origin.startswith("http") and url_has_allowed_host_and_scheme(
        origin, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    if request.method != "POST" or not ours or is_of_another(request):
        return []
    return [
        (name, value)
        for name, values in request.POST.lists()
        if name != "csrfmiddlewaretoken" and "password" not in name
        for value in values
    ]


def is_of_another(request: HttpRequest) -> bool:
    """Whether the form sent was opened by another person than who is signed in now."""
    owner = request.POST.get(TOKEN, "").partition(":")[2]
    return bool(owner) and request.user.is_authenticated and owner != str(request.user.pk)


def _is_over(session: SessionBase) -> bool:
    """Note that the person is here, at most once a minute, unless the time is up."""
    now = int(time.time())
    since = session.get(SINCE, now)
    seen = session.get(SEEN, now)
    if now - since >= settings.SESSION_COOKIE_AGE or now - seen >= settings.SESSION_IDLE_SECONDS:
        return True
    if now - seen >= SEEN_EVERY:
        devices.seen(session.session_key or "")
    if SEEN not in session or now - seen >= SEEN_EVERY:
        session[SINCE], session[SEEN] = since, now
    return False


def _first_of_all(request: HttpRequest) -> str:
    """What the person must do first: set a password of their own, then a second factor."""
    user: User = request.user  # type: ignore[assignment]  # checked by the caller
    if user.must_change_password:
        return reverse("account_change_password")
    if factors.is_demanded(user) and not has_shown_factor(request):
        return reverse("accounts:factors")
    return ""


def has_shown_factor(request: HttpRequest) -> bool:
    """Whether a second factor was shown, or set up, in this session."""
    records = get_authentication_records(request, request.user)
    return any(record["method"] == "mfa" for record in records)


def is_fresh(request: HttpRequest) -> bool:
    """Whether the person has proved who they are a moment ago."""
    records = get_authentication_records(request, request.user)
    return any(time.time() - record["at"] < settings.CONFIRM_SECONDS for record in records)


def _is_open(path: str, first: str) -> bool:
    """Pages under the one asked for, and those that serve it."""
    others = {reverse(name) for name in ("account_logout", "accounts:confirm", "alive", "large")}
    return path.startswith(first) or path in others


def _go(request: HttpRequest, url: str) -> HttpResponse:
    if getattr(request, "htmx", None):
        return HttpResponseClientRedirect(url)
    return HttpResponseRedirect(url)


def _here(request: HttpRequest) -> str:
    """The page the person sees: a form may be posted to where no page is."""
    if getattr(request, "htmx", None):
        seen = request.htmx.current_url or ""  # type: ignore[attr-defined]
    elif request.method == "GET":
        return request.get_full_path()
    else:
        seen = request.headers.get("Referer", "")
    if not url_has_allowed_host_and_scheme(seen, allowed_hosts={request.get_host()}):
        return "/"
    parts = urlsplit(seen)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path
