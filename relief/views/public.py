"""Pages for anybody: 算一算, of which nothing is kept, the public notice, objections to it."""

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from relief import eligibility, services
from relief.forms import public as forms
from relief.selectors import starting
from relief.selectors.cases import published
from relief.selectors.terms import terms_on
from wanping_union import clock, web

CRUMB = ("救助公示", "/relief/notices/")


@require_http_methods(["GET", "POST"])
@login_not_required
@never_cache
def check(request: HttpRequest) -> HttpResponse:
    """What the rules of today would say; posted, so that nothing stands in an address."""
    today = clock.today()
    fund = starting.first_fund()
    terms = terms_on(fund, today) if fund else None
    form = forms.Check(request.POST or None)
    sheet = None
    if request.method == "POST" and terms and form.is_valid():
        sheet = eligibility.sheet(form.facts(today), terms, rules=eligibility.CALCULATED)
    context = {"form": form, "fund": fund if terms else None, "sheet": sheet}
    return render(request, "relief/public_check.html", context, status=422 if form.errors else 200)


@require_GET
@login_not_required
def notices(request: HttpRequest) -> HttpResponse:
    """Who is on the notice today, with no more than a notice may say. It ends by itself."""
    context = {"notices": published(clock.today()), "today": clock.today()}
    return render(request, "relief/notices.html", context)


@require_http_methods(["GET", "POST"])
@login_not_required
@never_cache
def object_to(request: HttpRequest, code: str) -> HttpResponse:
    """Somebody without an account objects to a notice by its code."""
    notice = next((one for one in published(clock.today()) if one.code == code.upper()), None)
    if notice is None:
        raise Http404(code)
    form = forms.ObjectTo(request.POST or None, address=web.address_of(request))
    if request.method == "POST":
        web.attempt(form, lambda _: form.once(lambda: services.object_to(code, **form.said())))
        if not form.errors:
            return render(request, "relief/objected.html", {"notice": notice})
    context = {"form": form, "notice": notice, "crumbs": [CRUMB, ("提出异议", "")]}
    return render(request, "relief/object.html", context, status=422 if form.errors else 200)
