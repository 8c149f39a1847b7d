"""困难职工档案: the standing lists, one household's file, and what the area does with it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django import forms as django_forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from members.models import Person
from members.views.listing import Link, Pill, pager
from relief import services
from relief.forms import files as forms
from relief.forms.filters import FileFilter
from relief.models import Household
from relief.selectors import files
from relief.selectors.cases import lines_for, masked_name
from relief.selectors.households import households_for, may_see_finances, members_of
from relief.views.opening import CONCERNED
from wanping_union import clock, web
from wanping_union.audit import log
from wanping_union.roles import SEE_RELIEF, SEE_RELIEF_INSIDE, VERIFY_RELIEF
from wanping_union.web import Request

HERE = ("困难职工档案", "/relief/files/")
SYNC = "纸质档案请在 30 个工作日内同步更新。"  # 困难职工档案管理办法


@dataclass(frozen=True)
class Act:
    """label: of the button. form: its fields are the service's keywords."""

    label: str
    form: type[django_forms.Form]
    note: str


ACTS = {
    "file_hardship": Act("建档", forms.Category, "一户一档。建档后每年复核一次，脱困就撤档。"),
    "review_hardship": Act(
        "年度复核", forms.Category, "核对家庭情况以后，确认仍然困难和困难类别；不再困难的请撤档。"
    ),
    "delist": Act(
        "撤档", forms.Delist, "撤档后档案自撤档之日起保管 10 年；再次陷入困难（返困）可以重新建档。"
    ),
}
SERVICES: Mapping[str, Callable[..., None]] = {
    "file_hardship": services.file_hardship,
    "review_hardship": services.review_hardship,
    "delist": services.delist,
}
OFFERED = {
    "plain": ("file_hardship",),
    "done": ("file_hardship",),
    "active": ("review_hardship", "delist"),
    "due": ("review_hardship", "delist"),
}


class Listed(NamedTuple):
    form: FileFilter
    which: str
    query: dict[str, str]
    values: dict[str, Any]


def _asked(request: Request) -> Listed:
    which = request.GET.get("view", "")
    form = FileFilter(request.GET, user=request.user)
    values = form.values()
    query = {name: request.GET[name] for name in values}
    return Listed(form, which if which in files.LABELS else "on", query, values)


def _url(name: str = "relief:files", **query: str) -> str:
    return f"{reverse(name)}?{urlencode(query)}"


@require_GET
@never_cache
@web.for_roles(SEE_RELIEF)
def listing(request: Request) -> HttpResponse:
    asked = _asked(request)
    which, query = asked.which, asked.query
    cursors = {name: request.GET.get(name, "") for name in ("after", "before")}
    page, rows = files.page_of(request.user, which, **cursors, **asked.values)
    seen = [row.household.pk for row in rows]
    log.look(Household, seen, by=request.user, page="困难职工档案名单")
    counts = {which: page.count, **files.counts(request.user, but=which, **asked.values)}
    context = {
        "filter": asked.form,
        "rows": rows,
        "which": which,
        "title": files.LABELS[which],
        "views": [
            Pill(label, _url(view=name, **query), name == which, counts[name])
            for name, label in files.LABELS.items()
        ],
        "chosen": _chips(asked),
        "clear": _url(view=which),
        "pager": pager(page, f"共 {page.count} 户", {"view": which, **query}),
        "print_url": _url("relief:print_files", view=which, **query),
        "may_print": request.user.may(CONCERNED),
    }
    return render(request, "relief/files.html", context)


def _chips(asked: Listed) -> list[Link]:
    return [
        Link(
            f"{asked.form.fields[name].label}：{asked.form.shown(name)}",
            _url(view=asked.which, **{n: v for n, v in asked.query.items() if n != name}),
        )
        for name in asked.query
    ]


@require_GET
@never_cache
@web.for_roles(CONCERNED)
def print_files(request: Request) -> HttpResponse:
    """The whole view as it is filtered."""
    asked = _asked(request)
    rows = files.rows_of(files.listed(request.user, asked.which, **asked.values))
    seen = [row.household.pk for row in rows]
    log.look(Household, seen, by=request.user, page="打印困难职工档案名单")
    context = {
        "rows": rows,
        "title": files.LABELS[asked.which],
        "chosen": [link.label for link in _chips(asked)],
        "today": clock.today(),
        "back_url": _url(view=asked.which, **asked.query),
    }
    return render(request, "relief/print_files.html", context)


# --- one file ----------------------------------------------------------------------------------


def _or_404(request: Request, pk: int, page: str) -> Household:
    """The file, noted as seen on this page."""
    found: Household = get_object_or_404(households_for(request.user), pk=pk)
    fields = ("家庭经济状况", "健康状况") if may_see_finances(found, request.user) else ()
    log.look(Household, [pk], by=request.user, page=page, fields=fields)
    if request.user.may(CONCERNED, found.union):
        log.look(Person, [found.head_id], by=request.user, page=page, fields=fields)
    return found


def _shown(request: Request, found: Household) -> dict[str, Any]:
    """What this person may see of the file, on the screen as on paper."""
    user = request.user
    is_concerned = user.may(CONCERNED, found.union)
    sees_finances = may_see_finances(found, user)
    return {
        "home": found,
        "who": found.head.name if is_concerned else masked_name(found.head.name),
        "state": files.state_of(found),
        "review_due": files.review_due(found),
        "is_concerned": is_concerned,
        "members": members_of(found) if is_concerned else [],
        "sees_finances": sees_finances,
        "sums": files.sums_of(found) if sees_finances else None,
        "years": files.years_of(found) if sees_finances else [],
        "money": files.money_of(found) if user.may(SEE_RELIEF_INSIDE, found.union) else None,
        "cases": lines_for(user).filter(household=found),
        "today": clock.today(),
    }


@require_GET
@never_cache
@web.for_roles(SEE_RELIEF)
def file(request: Request, pk: int) -> HttpResponse:
    found = _or_404(request, pk, "困难职工档案")
    shown = _shown(request, found)
    offered = OFFERED[shown["state"][0]] if request.user.may(VERIFY_RELIEF, found.union) else ()
    context = {
        "acts": [
            (ACTS[name].label, reverse("relief:file_act", args=[pk, name]), name == "delist")
            for name in offered
        ],
        "history": files.history_of(found) if shown["is_concerned"] else [],
        "crumbs": [HERE, (shown["who"], "")],
    }
    return render(request, "relief/file.html", shown | context)


@require_GET
@never_cache
@web.for_roles(CONCERNED)
def print_file(request: Request, pk: int) -> HttpResponse:
    found = _or_404(request, pk, "打印困难职工档案")
    context = {"back_url": reverse("relief:file", args=[pk])}
    return render(request, "relief/print_file.html", _shown(request, found) | context)


@require_http_methods(["GET", "POST"])
@never_cache
@web.for_roles(SEE_RELIEF)
@web.once
def act(request: Request, pk: int, name: str) -> HttpResponse:
    if name not in ACTS:
        raise Http404(name)
    offered = ACTS[name]
    found = _or_404(request, pk, f"困难职工档案：{offered.label}")
    web.check_role(request, VERIFY_RELIEF, found.union)
    sums = files.sums_of(found) if offered.form is forms.Category else None
    initial = {"category": found.category or sums.suggested} if sums else {}
    form = offered.form(request.POST or None, initial=initial)
    if request.method == "POST":
        web.attempt(form, lambda values: SERVICES[name](found, by=request.user, **values))
        if not form.errors:
            messages.success(request, f"已{offered.label}。{SYNC}")
            return redirect("relief:file", pk)
    back = reverse("relief:file", args=[pk])
    context = {
        "home": found,
        "who": found.head.name,
        "form": form,
        "title": offered.label,
        "note": offered.note,
        "sums": sums,
        "is_bad": name == "delist",
        "back": back,
        "crumbs": [HERE, (found.head.name, back), (offered.label, "")],
    }
    return render(request, "relief/file_act.html", context, status=422 if form.errors else 200)
