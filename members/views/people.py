"""The list of people, one person, registering and correcting by hand."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from django import forms as django_forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from members import papers, rules, services
from members.forms import people as forms
from members.forms.filters import MemberFilter, firm_options
from members.models import Membership, Person
from members.selectors import enterprises as enterprise_pages
from members.selectors import history
from members.selectors import people as selectors
from members.selectors.paging import List
from members.selectors.unions import unions_for
from members.views import listing
from wanping_union import clock, web
from wanping_union.accounts.models import Union, User
from wanping_union.accounts.tree import Tree
from wanping_union.attachments import selectors as attachments
from wanping_union.audit import log
from wanping_union.crypto import masked_day
from wanping_union.rights import selectors as rights
from wanping_union.roles import KEEP_PEOPLE, REVEAL, SEE_LOOKS, SEE_PEOPLE
from wanping_union.web import Act, Request

ACTS = (
    Act(rules.RETAIN, forms.Retain, services.retain),
    Act(rules.RESUME, forms.When, services.resume),
    Act(rules.WITHDRAW, forms.When, services.withdraw),
    Act(rules.DEEM_WITHDRAWN, forms.WhenAndWhy, services.deem_withdrawn),
    Act(rules.EXPEL, forms.WhenAndWhy, services.expel),
    Act(rules.RECORD_DEATH, forms.When, services.record_death),
    Act(rules.REINSTATE, forms.WhenAndWhy, services.reinstate),
)
READY_VIEWS: tuple[tuple[str, dict[str, str]], ...] = (
    ("全部", {}),
    ("在会", {"status": rules.Status.ACTIVE.value}),
    ("保留会籍", {"status": rules.Status.RETAINED.value}),
    ("缺京卡卡号", {"missing": "card", "status": rules.Status.ACTIVE.value}),
    ("缺手机号码", {"missing": "mobile", "status": rules.Status.ACTIVE.value}),
)
CORRECTABLE = (
    "name",
    "id_type",
    "sex",
    "born_on",
    "ethnicity",
    "education",
    "household",
)
MOST_DRAWN = 512  # filters kept in memory: some 5 kB of one union, 20 kB of the district
CRUMB = ("会员名册", "/members/")


@require_GET
@web.for_roles(SEE_PEOPLE)
def people(request: Request) -> HttpResponse:
    many_unions = len(request.user.union_ids(SEE_PEOPLE)) > 1
    listed = _filtered(request) if _is_filtered(request) else _unfiltered(request)
    rows, page, saved, firms = selectors.people_page(
        listed.people,
        request.user,
        after=request.GET.get("after", ""),
        before=request.GET.get("before", ""),
    )
    context = {
        "filter": listed.form,
        "drawn_filter": _joined(listed.parts, request.user, firms),
        "bad_filter": bool(listed.form and listed.form.errors),
        "rows": rows,
        "many_unions": many_unions,
        "pager": listing.pager(page, f"共 {page.count} 人", listed.query),
        "chosen": listing.chosen(listed.form, {}) if listed.form else [],
        "views": listing.pills(reverse("members:people"), listed.query, READY_VIEWS, saved),
        "saved": next((v for v in saved if v.query == listing.as_query(listed.query)), None),
        "save_url": listing.save_url("people", listed.query),
        "may_register": request.user.may(KEEP_PEOPLE),
        "roll_url": _roll_url(request.user, listed.query),
    }
    return render(request, "members/people.html", context)


@dataclass(frozen=True)
class _Listed:
    """What the page shows. form or parts: its filters; the enterprises of the only union belong
    between the parts."""

    people: List
    query: dict[str, str] = field(default_factory=dict)
    form: django_forms.Form | None = None
    parts: Sequence[str] = ()


def _filtered(request: Request) -> _Listed:
    found = MemberFilter(request.GET, user=request.user, request=request)
    form = found.form
    listing.scoped(form)
    query = listing.query_of(form)
    unions = () if "enterprise" in query else found.unions()
    listed = selectors.people_list(found.qs, unions)
    return _Listed(listed, query, _fitted(form, request.user))


def _is_filtered(request: Request) -> bool:
    return not request.GET.keys().isdisjoint(MemberFilter.base_filters)


_drawn: dict[tuple[Tree, tuple[str, ...]], list[str]] = {}  # filters, by what they choose from
FIRMS_HERE = SafeString("<!-- enterprises -->")


def _unfiltered(request: Request) -> _Listed:
    """The page that everybody opens first: its filters are drawn once for all who reach as much,
    save the enterprises of a single union, which come and go."""
    user = request.user
    key = user.union_tree, user.paths(SEE_PEOPLE)
    if (parts := _drawn.get(key)) is None:
        if len(_drawn) >= MOST_DRAWN:
            _drawn.clear()
        parts = _drawn[key] = _draw(request).split(FIRMS_HERE)
    return _Listed(selectors.everybody(user), parts=parts)


_firms: dict[int, tuple[str, SafeString]] = {}  # digest and options, by union


def _joined(parts: Sequence[str], user: User, digest: str) -> SafeString:
    """The filters. digest: of the enterprises as they are now, "" where nobody asked for it."""
    if len(parts) <= 1:
        return SafeString("".join(parts))
    (union,) = user.union_ids(SEE_PEOPLE)
    kept = _firms.get(union)
    if not digest or kept is None or kept[0] != digest:
        if len(_firms) >= MOST_DRAWN:
            _firms.clear()
        found, firms = enterprise_pages.choices(union)
        kept = _firms[union] = found, firm_options(firms)
    return SafeString(kept[1].join(parts))


def _draw(request: Request) -> str:
    form = MemberFilter({}, user=request.user, request=request).form
    form.full_clean()
    form.fields["enterprise"].widget.instead = FIRMS_HERE
    context = {"form": _fitted(form, request.user), "clear": reverse("members:people")}
    return render_to_string("_parts/filters.html", context)


MOST_TO_CHOOSE = 16  # unions; the enterprises of more are no list to choose from


def _fitted(form: django_forms.Form, user: User) -> django_forms.Form:
    """Only fields that this person can choose from: a short list of enterprises, or none."""
    one_union = len(user.union_ids(SEE_PEOPLE)) <= 1
    chosen = form.cleaned_data.get("union") if form.is_bound else None
    if one_union:
        form.fields["union"].widget = django_forms.HiddenInput()
    elif chosen and len(user.union_ids(SEE_PEOPLE, chosen)) <= MOST_TO_CHOOSE:
        firms = enterprise_pages.enterprises_for(user, chosen).order_by("pk")
        form.fields["enterprise"].queryset = firms  # type: ignore[attr-defined]  # ModelChoiceField
    else:
        form.fields["enterprise"].widget = django_forms.HiddenInput()
    return form


def _roll_url(user: User, query: dict[str, str]) -> str:
    """The printed roll is of one union: the one chosen, or the only one."""
    code = query.get("union", "")
    if not code:
        ids = user.union_ids(SEE_PEOPLE)
        return reverse("members:roll") if len(ids) == 1 else ""
    return f"{reverse('members:roll')}?union={code}"


@require_GET
@web.for_roles(SEE_PEOPLE)
def person(request: Request, pk: int) -> HttpResponse:
    found = person_or_404(request, pk, "会员档案")
    memberships = selectors.memberships_of(found)
    membership = memberships[0]
    may_keep = request.user.may(KEEP_PEOPLE, membership.union)
    context = {
        "person": found,
        "membership": membership,
        "earlier": memberships[1:],
        "acts": _acts(found, membership, request.user),
        "may_keep": may_keep,
        "may_reveal": request.user.may(REVEAL, membership.union),
        "may_see_looks": request.user.may(SEE_LOOKS, membership.union),
        "rights": rights.of_person(bytes(found.id_hash), request.user, membership.union),
        "facts": _facts(found, may_reveal=request.user.may(REVEAL, membership.union)),
        "standing": selectors.STATUSES[membership.status],
        "timeline": history.of_person(found, memberships),
        "attachments": attachments.section(papers.PERSON, found, request.user),
        "crumbs": [CRUMB, (found.name, "")],
    }
    return render(request, "members/person.html", context)


def _acts(person: Person, membership: Membership, user: User) -> list[Act]:
    return [] if person.erased_on else [act for act, _ in web.choices(ACTS, membership, user)]


def person_or_404(request: Request, pk: int, page: str) -> Person:
    """The person, noted as seen on this page."""
    found: Person = get_object_or_404(selectors.people_for(request.user), pk=pk)
    log.look_at([found], by=request.user, page=page)
    return found


def _facts(person: Person, *, may_reveal: bool) -> list[dict[str, object]]:
    born = person.born_on if may_reveal else masked_day(person.born_on)
    rows = (
        ("性别", person.get_sex_display()),
        ("出生日期", f"{born}（{_age(person)} 岁）"),
        ("证件类型", person.get_id_type_display()),
        ("民族", person.ethnicity),
        ("学历", person.get_education_display()),
        ("户籍类型", person.get_household_display()),
    )
    return [{"label": label, "value": value} for label, value in rows]


def _age(person: Person) -> int:
    today, born = clock.today(), person.born_on
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


@require_http_methods(["GET", "POST"])
@web.for_roles(SEE_PEOPLE)
@web.once
def act(request: Request, pk: int, name: str) -> HttpResponse:
    """One step of a membership: a form with day and reason, then the step."""
    offered = next((a for a in ACTS if a.step.name == name), None)
    if offered is None:
        raise Http404(name)
    found = person_or_404(request, pk, offered.step.label)
    membership = selectors.current_membership(found)
    web.check_role(request, offered.step.roles, membership.union)
    if request.method == "POST":
        form = web.carry_out(ACTS, name, membership, request)
        if not form.errors:
            messages.success(request, f"已办理：{offered.step.label}。")
            return redirect(found)
    else:
        form = offered.form(prefix=name, initial={"on": clock.today()})
    context = {
        "form": form,
        "person": found,
        "membership": membership,
        "step": offered.step,
        "crumbs": [CRUMB, (found.name, found.get_absolute_url()), (offered.step.label, "")],
    }
    return render(request, "members/act.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@web.for_roles(KEEP_PEOPLE)
@web.once
def register(request: Request) -> HttpResponse:
    """First the union, where there is more than one; then the person."""
    unions = unions_for(request.user, KEEP_PEOPLE).valid_at(clock.today()).order_by("path")
    union = _union_of(request, list(unions))
    if union is None:
        context = {"unions": unions, "crumbs": [CRUMB, ("登记会员", "")]}
        return render(request, "members/register_where.html", context)
    firms = enterprise_pages.enterprises_for(request.user).filter(union=union).order_by("pk")
    notices = rights.notices(clock.today())
    form = forms.Register(request.POST or None, enterprises=firms, notices=notices)
    if request.method == "POST":
        saved: list[Membership] = []
        web.attempt(form, lambda _: saved.append(_register(form, union, request)))
        if saved:
            messages.success(request, f"已登记：{saved[0].person}，{union}。")
            return redirect(saved[0])
    page = {
        "form": form,
        "union": union,
        "notices": [(notice, rights.paragraphs(notice)) for notice in notices.values()],
        "crumbs": [CRUMB, ("登记会员", "")],
    }
    return render(request, "members/register.html", page, status=422 if form.errors else 200)


def _union_of(request: Request, unions: list[Union]) -> Union | None:
    code = request.GET.get("union")
    if code is None:
        return unions[0] if len(unions) == 1 else None
    found = next((u for u in unions if u.code == code), None)
    if found is None:
        raise Http404(code)
    return found


def _register(form: forms.Register, union: Union, request: Request) -> Membership:
    return services.register(
        form.facts(), by=request.user, union=union, told=form.agreed(), **form.membership()
    )


@require_http_methods(["GET", "POST"])
@web.for_roles(KEEP_PEOPLE)
@web.once
def correct(request: Request, pk: int) -> HttpResponse:
    """Facts of the person. The numbers are never shown: blank leaves them."""
    found = person_or_404(request, pk, "更正个人信息")
    web.check_role(request, KEEP_PEOPLE, selectors.current_membership(found).union)
    initial = {name: getattr(found, name) for name in CORRECTABLE}
    initial["as_of"] = found.updated_at.isoformat()
    notices = rights.notices(clock.today())
    form = forms.Correct(request.POST or None, initial=initial, notices=notices)
    if request.method == "POST":
        web.attempt(
            form,
            lambda values: services.correct_person(
                found,
                form.facts(),
                by=request.user,
                clear=values["clear"],
                as_of=values["as_of"],
                told=form.agreed(),
            ),
        )
        if not form.errors:
            messages.success(request, "已更正个人信息。")
            return redirect(found)
    return _correcting(request, found, form, "更正个人信息")


@require_http_methods(["GET", "POST"])
@web.for_roles(KEEP_PEOPLE)
@web.once
def correct_membership(request: Request, pk: int) -> HttpResponse:
    found = person_or_404(request, pk, "更正会籍信息")
    membership = selectors.current_membership(found)
    web.check_role(request, KEEP_PEOPLE, membership.union)
    firms = enterprise_pages.enterprises_for(request.user).filter(union=membership.union)
    initial = {name: getattr(membership, name) for name in forms.MembershipForm.base_fields}
    initial["as_of"] = membership.updated_at.isoformat()
    form = forms.CorrectMembership(
        request.POST or None, enterprises=firms.order_by("pk"), initial=initial
    )
    if request.method == "POST":
        web.attempt(
            form,
            lambda values: services.correct_membership(membership, by=request.user, **values),
        )
        if not form.errors:
            messages.success(request, "已更正会籍信息。")
            return redirect(found)
    return _correcting(request, found, form, "更正会籍信息")


def _correcting(
    request: Request, person: Person, form: django_forms.Form, title: str
) -> HttpResponse:
    context = {
        "form": form,
        "person": person,
        "title": title,
        "crumbs": [CRUMB, (person.name, person.get_absolute_url()), (title, "")],
    }
    return render(request, "members/correct.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@web.for_roles(SEE_PEOPLE)
@never_cache
def reveal(request: Request, pk: int, field: str) -> HttpResponse:
    """Ask for a reason, write it down, then show one number once. Every POST is one look."""
    if field not in services.REVEALABLE:
        raise Http404(field)
    label = services.label_of(field)
    found = person_or_404(request, pk, f"查看{label}（填写事由）")
    web.check_role(request, REVEAL, selectors.current_membership(found).union)
    form = forms.Reason(request.POST or None)
    context = {
        "person": found,
        "label": label,
        "crumbs": [CRUMB, (found.name, found.get_absolute_url()), (f"查看{label}", "")],
    }
    if request.method == "POST":
        seen: list[str] = []
        web.attempt(
            form,
            lambda values: seen.append(
                services.reveal(found, field, by=request.user, reason=values["reason"])
            ),
        )
        if seen:
            return render(request, "members/revealed.html", context | {"value": seen[0]})
    context["form"] = form
    return render(request, "members/reveal.html", context, status=422 if form.errors else 200)
