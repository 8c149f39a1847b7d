"""Keeping accounts: the list, one account, and what is done to it."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms as django_forms
from django.conf import settings
from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from wanping_union import clock, web
from wanping_union.accounts import factors, forms, leave, services
from wanping_union.accounts.models import Union, User
from wanping_union.accounts.views.parts import entries
from wanping_union.audit.models import Act
from wanping_union.roles import HELP_ACCOUNTS, KEEP_ACCOUNTS, Role
from wanping_union.web import Request

PAGE = 50
SLIP = "slip"  # the box of web.stash for one-time passwords
ask = require_http_methods(["GET", "HEAD", "POST"])


@require_GET
@web.for_roles(HELP_ACCOUNTS)
def users(request: Request) -> HttpResponse:
    unions = _unions(request.user)
    form = forms.Filters(request.GET, unions=unions)
    chosen = form.cleaned_data if form.is_valid() else {}
    found = services.found(
        request.user,
        union=unions.get(chosen.get("union", "")),
        role=chosen.get("role", ""),
        state=chosen.get("state", ""),
    )
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "rows": [(account, state_of(account)) for account in page],
        "pager": _pager(page, request.GET),
        "views": _views(request.GET),
        "may_keep": request.user.may(KEEP_ACCOUNTS),
        "waiting": services.without_password(request.user).count(),
    }
    return render(request, "accounts/users.html", context)


@require_GET
def user(request: Request, pk: int) -> HttpResponse:
    return _show(request, _account_or_404(request, pk))


@ask
@web.for_roles(KEEP_ACCOUNTS)
@web.once
def new(request: Request) -> HttpResponse:
    def make(values: dict[str, Any], grants: services.Grants) -> HttpResponse:
        first = services.create(by=request.user, grants=grants, **values)
        return _to_slip(request, first)

    return _edit(request, forms.NewAccount, {}, [], make)


@ask
@web.once
def edit(request: Request, pk: int) -> HttpResponse:
    account = _account_or_404(request, pk)
    web.check_role(request, KEEP_ACCOUNTS)
    held = [{"role": g.role, "union": str(g.union_id)} for g in account.grants.own()]

    def change(values: dict[str, Any], grants: services.Grants) -> HttpResponse:
        services.change(account, by=request.user, grants=grants, **values)
        messages.success(request, "账号已修改，下次打开页面就按新的角色显示。")
        return redirect("accounts:user", pk=pk)

    return _edit(request, forms.Account, {"name": account.name}, held, change, account)


@dataclass(frozen=True)
class Ask:
    """An act on an account that needs a yes, or what its form asks."""

    title: str
    text: str
    submit: str
    said: str
    service: Callable[..., object]
    danger: bool = False
    roles: tuple[Role, ...] = KEEP_ACCOUNTS
    form: type[django_forms.Form] = forms.Nothing


ASKS = {
    "disable": Ask(
        "停用账号",
        "停用后立即不能登录，正在使用的也会退出；记录都保留，以后可以再启用。",
        "停用",
        "账号已停用。",
        services.disable,
        danger=True,
    ),
    "enable": Ask(
        "启用账号", "启用后可以用原来的密码登录。", "启用", "账号已启用。", services.enable
    ),
    "unlock": Ask(
        "解锁账号",
        "请先确认是本人输错了密码或验证码，再解锁。",
        "解锁",
        "账号已解锁。",
        services.unlock,
        roles=HELP_ACCOUNTS,
    ),
    "reset": Ask(
        "重置密码",
        "原来的密码立即失效，正在使用的也会退出。系统会给出一张一次性密码单，只显示一次，请当面交给本人。",
        "重置并打印密码单",
        "",
        services.reset_password,
        danger=True,
        roles=HELP_ACCOUNTS,
    ),
    "reset-factor": Ask(
        "重置两步验证",
        "手机或安全密钥丢了、换了才需要重置。请先当面或打电话确认是本人；重置后原来的验证码和备用码"
        "立即失效，正在使用的会退出，本人下次登录时会看到是谁、为什么重置的。",
        "重置两步验证",
        "两步验证已重置，请通知本人重新设置。",
        services.reset_factor,
        danger=True,
        roles=HELP_ACCOUNTS,
        form=forms.Why,
    ),
}


@ask
@web.once
def act(request: Request, pk: int, name: str) -> HttpResponse:
    account = _account_or_404(request, pk)
    if name not in ASKS:
        raise Http404(name)
    asked = ASKS[name]
    web.check_role(request, asked.roles)
    form = asked.form(request.POST if request.method == "POST" else None)
    results: list[object] = []
    web.attempt(
        form, lambda values: results.append(asked.service(account, by=request.user, **values))
    )
    if not results:
        status = 422 if form.errors else 200
        return render(request, "accounts/ask.html", _question(account, name, form), status=status)
    if isinstance(first := results[0], services.FirstPassword):
        return _to_slip(request, first)
    messages.success(request, asked.said)
    return redirect("accounts:user", pk=pk)


@ask
@never_cache
@web.for_roles(KEEP_ACCOUNTS)
@web.once
def slips(request: Request) -> HttpResponse:
    """Slips for all who came by a workbook, once, as for one."""
    if kept := web.unstash(request, request.GET.get("s", ""), SLIP, drop=True):
        return render(request, "accounts/slips.html", _slips(request, json.loads(kept)))
    if "s" in request.GET:
        return render(request, "accounts/slip_gone.html", {"several": True})
    form = forms.Nothing(request.POST if request.method == "POST" else None)
    firsts: list[services.FirstPassword] = []
    web.attempt(form, lambda _: firsts.extend(services.issue(by=request.user)))
    if firsts:
        passwords = {first.account.pk: first.text for first in firsts}
        held = {"passwords": passwords, "until": firsts[0].until.isoformat()}
        key = web.stash(request, json.dumps(held), SLIP)
        return redirect(f"{reverse('accounts:slips')}?s={key}")
    context = {
        "form": form,
        "waiting": services.without_password(request.user),
        "most": settings.SLIPS_AT_ONCE,
        "crumbs": _crumbs("打印密码单"),
    }
    status = 422 if form.errors else 200
    return render(request, "accounts/slips_ask.html", context, status=status)


def _slips(request: Request, held: dict[str, Any]) -> dict[str, Any]:
    accounts = services.found(request.user).filter(pk__in=held["passwords"])
    return {
        "slips": [(account, held["passwords"][str(account.pk)]) for account in accounts],
        "until": parse_datetime(held["until"]),
        "address": request.build_absolute_uri("/"),
        "back_url": reverse("accounts:users"),
        "hours": settings.FIRST_PASSWORD_HOURS,
    }


@require_GET
@never_cache
@web.for_roles(HELP_ACCOUNTS)
def slip(request: Request) -> HttpResponse:
    """The one-time password, once: whoever opens the page again finds it gone."""
    kept = web.unstash(request, request.GET.get("s", ""), SLIP, drop=True)
    if not kept:
        return render(request, "accounts/slip_gone.html")
    held = json.loads(kept)
    account = _account_or_404(request, held["pk"])
    context = {
        "account": account,
        "password": held["password"],
        "until": parse_datetime(held["until"]),
        "address": request.build_absolute_uri("/"),
        "back_url": reverse("accounts:user", args=[account.pk]),
        "hours": settings.FIRST_PASSWORD_HOURS,
    }
    return render(request, "accounts/slip.html", context)


def state_of(account: User) -> tuple[str, str]:
    """(tone, words) of an account from services.found."""
    if not account.is_active:
        return "plain", "已停用"
    if until := getattr(account, "locked_until", None):
        return "locked", f"已锁定到 {timezone.localtime(until):%H:%M}"
    if services.is_expired(account):
        return "due", "一次性密码已过期"
    if not account.has_usable_password():
        return "waiting", "待发密码单"
    if account.must_change_password:
        return "waiting", "待首次登录"
    return "active", "正常"


def _account_or_404(request: Request, pk: int) -> User:
    """Who keeps no accounts sees none."""
    return get_object_or_404(services.found(request.user), pk=pk)


def _show(request: Request, account: User) -> HttpResponse:
    context = {
        "account": account,
        "crumbs": _crumbs(account.name),
        "state": state_of(account),
        "asks": _asks(account, request.user) if account != request.user else [],
        "factors": factors.of(account),
        "may_appoint": account != request.user and bool(leave.grants_for(account, request.user)),
        "may_keep": request.user.may(KEEP_ACCOUNTS) and account != request.user,
        "entries": entries(Act.objects.about(account).order_by("-at", "-pk")[:20], account),
    }
    return render(request, "accounts/user.html", context)


def _asks(account: User, user: User) -> list[dict[str, Any]]:
    """What this person can do to the account as it is now."""
    shown = {
        "unlock": bool(getattr(account, "locked_until", None)),
        "reset": account.is_active,
        "reset-factor": account.is_active and bool(factors.of(account)),
        "disable": account.is_active,
        "enable": not account.is_active,
    }
    names = [name for name, shows in shown.items() if shows and user.may(ASKS[name].roles)]
    return [_question(account, name, ASKS[name].form(auto_id=f"id_{name}_%s")) for name in names]


def _question(account: User, name: str, form: django_forms.Form | None) -> dict[str, Any]:
    asked = ASKS[name]
    return {
        "account": account,
        "id": f"ask-{name}",
        "title": f"{asked.title}：{account.name}（{account.username}）",
        "label": asked.title,
        "text": asked.text,
        "submit": asked.submit,
        "danger": asked.danger,
        "action": reverse("accounts:act", args=[account.pk, name]),
        "cancel": reverse("accounts:user", args=[account.pk]),
        "form": form,
    }


def _edit(
    request: Request,
    kind: type[django_forms.Form],
    initial: dict[str, str],
    held: list[dict[str, str]],
    save: Callable[[dict[str, Any], services.Grants], HttpResponse],
    account: User | None = None,
) -> HttpResponse:
    """One form with rows of grants; `more` asks for one more blank row and saves nothing."""
    posted, more = (request.POST if request.method == "POST" else None), "more" in request.POST
    form = kind(None, initial=posted.dict()) if posted and more else kind(posted, initial=initial)
    rows = forms.grant_rows(posted, _unions(request.user), held, more=more)
    saved: list[HttpResponse] = []
    if posted is not None and not more:
        if not rows.is_valid():
            form.add_error(None, "有的角色没有选完整，请看下面标红的一行。")
        web.attempt(form, lambda values: saved.append(save(values, rows.grants())))
    if saved:
        return saved[0]
    crumbs = _crumbs(account.name if account else "新建账号")
    context = {"form": form, "rows": rows, "account": account, "crumbs": crumbs}
    status = 200 if posted is None or more else 422
    return render(request, "accounts/edit.html", context, status=status)


def _crumbs(here: str) -> list[tuple[str, str]]:
    return [("账号", reverse("accounts:users")), (here, "")]


def _to_slip(request: HttpRequest, first: services.FirstPassword) -> HttpResponse:
    kept = {"pk": first.account.pk, "password": first.text, "until": first.until.isoformat()}
    key = web.stash(request, json.dumps(kept), SLIP)
    return redirect(f"{reverse('accounts:slip')}?s={key}")


def _unions(user: User) -> dict[str, Union]:
    reached = Union.objects.reached_by(user, HELP_ACCOUNTS).valid_at(clock.today())
    return {str(union.pk): union for union in reached.order_by("path")}


def _views(query: QueryDict) -> list[dict[str, Any]]:
    here = query.get("state", "")
    return [
        {"label": label, "url": _with(query, state=state), "current": here == state}
        for state, label in forms.STATES
    ]


def _with(query: QueryDict, **values: str) -> str:
    """This query with some values set, on its first page unless `page` is among them."""
    there = query.copy()
    there.pop("page", None)
    for name, value in values.items():
        there[name] = value
    return f"?{there.urlencode()}"


def _pager(page: Page[User], query: QueryDict) -> dict[str, str]:
    return {
        "words": f"共 {page.paginator.count:,} 个账号",
        "range": f"第 {page.start_index()}–{page.end_index()} 个" if page.has_other_pages() else "",
        "prev_url": _with(query, page=str(page.previous_page_number()))
        if page.has_previous()
        else "",
        "next_url": _with(query, page=str(page.next_page_number())) if page.has_next() else "",
    }
