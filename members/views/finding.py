"""The search box, and filters kept under a name."""

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from members import services
from members.forms.filters import EnterpriseFilter, MemberFilter, ViewName
from members.models import Person, SavedView
from members.selectors import search as selectors
from members.views import listing
from wanping_union import web
from wanping_union.audit import log
from wanping_union.roles import KEEP_PEOPLE, SEE_PEOPLE
from wanping_union.web import Request

LONGEST = 60  # characters of a search
PAGES: dict[str, tuple[str, str, Any]] = {
    "people": ("会员名册", "members:people", MemberFilter),
    "enterprises": ("企业台账", "members:enterprises", EnterpriseFilter),
}


@require_http_methods(["GET", "POST"])
@web.for_roles(SEE_PEOPLE)
def search(request: Request) -> HttpResponse:
    """The text is posted and kept sealed in the session: names never stand in a URL."""
    if request.method == "POST":
        text = request.POST.get("q", "").strip()[:LONGEST]
        query = f"?s={web.stash(request, text)}" if text else ""
        return redirect(reverse("members:search") + query)
    text = web.unstash(request, request.GET.get("s", ""))
    found = selectors.find(request.user, text)
    log.look(Person, [row.pk for row in found.people], by=request.user, page="查人")
    context = {
        "q": text,
        "found": found,
        "many_unions": len(request.user.union_ids(SEE_PEOPLE)) > 1,
        "may_register": request.user.may(KEEP_PEOPLE),
    }
    return render(request, "members/search.html", context)


@require_http_methods(["GET", "POST"])
@web.for_roles(SEE_PEOPLE)
@web.once
def save_view(request: Request) -> HttpResponse:
    page = request.GET.get("page", "")
    if page not in PAGES:
        raise Http404(page)
    title, name, filter_class = PAGES[page]
    filters = filter_class(request.GET, user=request.user, request=request).form
    listing.scoped(filters)
    query = listing.as_query(listing.query_of(filters))
    back = f"{reverse(name)}?{query}"
    form = ViewName(request.POST or None)
    if request.method == "POST":
        web.attempt(
            form,
            lambda values: services.save_view(
                by=request.user, page=page, name=values["name"], query=query
            ),
        )
        if not form.errors:
            return redirect(back)
    context = {
        "form": form,
        "chosen": listing.chosen(filters, {}),
        "back": back,
        "crumbs": [(title, reverse(name)), ("保存常用筛选", "")],
    }
    return render(request, "members/save_view.html", context, status=422 if form.errors else 200)


@require_POST
@web.for_roles(SEE_PEOPLE)
@web.once
def delete_view(request: Request, pk: int) -> HttpResponse:
    view = _view_or_404(request, pk)
    services.delete_view(view, by=request.user)
    return redirect(PAGES[view.page][1])


def _view_or_404(request: Request, pk: int) -> SavedView:
    found: SavedView = get_object_or_404(SavedView, pk=pk, user=request.user)
    return found
