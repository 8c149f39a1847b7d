"""The little that all views share."""

import base64
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import wraps
from secrets import token_urlsafe
from typing import Any, TypeVar, cast
from uuid import UUID

from allauth.account.adapter import get_adapter
from django import forms
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.core.exceptions import BadRequest, ObjectDoesNotExist
from django.db import connection
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
)
from django.utils.http import url_has_allowed_host_and_scheme
from django_htmx.middleware import HtmxDetails

from wanping_union.accounts import sessions
from wanping_union.accounts.models import SafeRedo, Union, User
from wanping_union.accounts.sessions import TOKEN
from wanping_union.crypto import sealer, unseal
from wanping_union.errors import NotAllowed, Refused
from wanping_union.roles import Role, role_words
from wanping_union.steps import Step
from wanping_union.workflow import Record, is_open

LONGEST_LOCATION = 500  # characters of an address that SafeRedo keeps
View = Callable[..., HttpResponse]
V = TypeVar("V", bound=View)


class Request(HttpRequest):
    """A request past the login wall."""

    user: User  # never anonymous here
    htmx: HtmxDetails
    request_id: UUID


@dataclass(frozen=True)
class Act:
    """A step as a page offers it. The form's fields are the service's keywords."""

    step: Step
    form: type[forms.Form]
    service: Callable[..., None]


Choice = tuple[Act, forms.Form]


def carry_out(acts: Iterable[Act], name: str, record: Record, request: Request) -> forms.Form:
    """Run the named act with what was posted.

    Returns its form, with errors if the form or a rule said no.
    Raises Http404 (no such act) and what the service raises, save Refused.
    """
    act = next((a for a in acts if a.step.name == name), None)
    if act is None:
        raise Http404(name)
    return attempt(
        act.form(request.POST, prefix=name),
        lambda values: act.service(record, by=request.user, **values),
    )


def attempt(form: forms.Form, service: Callable[[dict[str, Any]], object]) -> forms.Form:
    """Validate the form and call the service with what it holds.

    Returns the form, with errors if it or a rule said no: the one place that catches Refused.
    """
    if form.is_valid():
        try:
            service(form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        except ObjectDoesNotExist as gone:  # went while the service waited for it: an undone import
            raise Http404 from gone
    return form


def choices(
    acts: Iterable[Act], record: Record, user: User, refused: forms.Form | None = None
) -> list[Choice]:
    """What this person can do now, each with a blank form or the one just refused."""
    return [
        (a, refused if refused and refused.prefix == a.step.name else a.form(prefix=a.step.name))
        for a in acts
        if is_open(a.step, record, user)
    ]


def check_role(request: Request, roles: Iterable[Role], union: Union | None = None) -> None:
    """Raises NotAllowed unless the person holds one of the roles (for the union, if given)."""
    if not request.user.may(roles, union):
        raise NotAllowed(request.path, who=role_words(roles))


def for_roles(roles: Iterable[Role]) -> Callable[[V], V]:
    """A page for people who hold one of the roles somewhere; others get 403."""

    def decorate(view: V) -> V:
        @wraps(view)
        def checked(request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
            check_role(request, roles)
            return view(request, *args, **kwargs)

        return cast(V, checked)

    return decorate


def once(view: V) -> V:
    """Make a form safe to send twice: a second POST of its token shows the first result.

    A form that was opened by somebody else, who signed in here before, is refused with 400.

    The token's row is written before the view runs and kept only if the view redirects. A second
    POST at the same moment waits for the first one's transaction on the row.
    """

    @wraps(view)
    def guarded(request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method != "POST":
            return view(request, *args, **kwargs)
        try:
            token = UUID(request.POST.get(TOKEN, "").partition(":")[0])
        except ValueError:
            raise BadRequest("form token") from None
        if sessions.is_of_another(request):
            raise BadRequest("form of somebody else")
        if (first := _first_result(token, request)) is not None:
            return HttpResponseRedirect(first)
        response = view(request, *args, **kwargs)
        mine = SafeRedo.objects.filter(token=token, user=request.user)
        if isinstance(response, HttpResponseRedirect):
            mine.update(location=response.url if len(response.url) <= LONGEST_LOCATION else "")
        else:
            mine.delete()
        return response

    return cast(V, guarded)


def _first_result(token: UUID, request: Request) -> str | None:
    """Where the first POST of this token led; None for the first one itself."""
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into accounts_saferedo (token, user_id, path, location) values (%s, %s, %s, '')"
            " on conflict (token) do nothing",
            [token, request.user.pk, request.path[:200]],
        )
        if cursor.rowcount:
            return None
    found = SafeRedo.objects.filter(token=token, user=request.user).first()
    if found is None:
        raise BadRequest("form token of somebody else")
    return found.location or request.path


STASH = "stash"
STASHED = 20  # searches remembered in one session


def stash(request: HttpRequest, text: str, box: str = STASH) -> str:
    """Keep sealed in the session what must not stand in a URL (a name). Returns its key.

    box: what it is for; a key opens only its own box.
    """
    kept: dict[str, str] = request.session.get(box, {})
    key = token_urlsafe(9)
    sealed = base64.b64encode(sealer(box)(text.encode())).decode()
    request.session[box] = dict([*kept.items(), (key, sealed)][-STASHED:])
    return key


def unstash(request: HttpRequest, key: str, box: str = STASH, *, drop: bool = False) -> str:
    """The text kept under the key in this session; "" if there is none. drop: only this once."""
    kept: dict[str, str] = request.session.get(box, {})
    sealed = kept.get(key, "")
    if sealed and drop:
        request.session[box] = {k: v for k, v in kept.items() if k != key}
    return unseal(base64.b64decode(sealed), box).decode() if sealed else ""


def safe_next(request: HttpRequest, otherwise: str = "/") -> str:
    """The ?next= of this request if it stays on this site."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    # A bare word is no path: redirect() would look for a view of that name.
    good = wanted.startswith("/") and url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if good else otherwise


def address_of(request: HttpRequest) -> str:
    """Where the request comes from, past as many proxies as are trusted."""
    address: str = get_adapter().get_client_ip(request)
    return address


class LoginWall(LoginRequiredMiddleware):
    """Every page needs a sign-in unless its view says login_not_required."""

    def handle_no_permission(  # type: ignore[override]  # not only a redirect
        self, request: HttpRequest, view_func: Callable[..., HttpResponseBase]
    ) -> HttpResponse:
        if getattr(request, "htmx", None) or request.method == "POST" or sessions.is_lost(request):
            return sessions.ended(request)
        return super().handle_no_permission(request, view_func)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The page stood open too long, or cookies are off: what was typed is kept as a draft."""
    return sessions.ended(request)
