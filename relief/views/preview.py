"""What another number in a fund's ladder would have meant for the cases of a year."""

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from relief.forms import money as forms
from relief.models import Fund, ReliefCase
from relief.selectors.cases import cases_for
from relief.selectors.impact import Impact, changed_terms, impact
from relief.selectors.queue import masked_name_of
from relief.selectors.terms import terms_on
from relief.terms import Row
from wanping_union import clock, web
from wanping_union.audit import log
from wanping_union.reference.models import ReferenceValue
from wanping_union.reference.relief import is_of_ladder
from wanping_union.roles import PREVIEW_TERMS
from wanping_union.web import Request


@require_GET
@never_cache
@web.for_roles(PREVIEW_TERMS)
def preview(request: Request, key: str) -> HttpResponse:
    fund, row = _row_or_404(request, key)
    label = ReferenceValue.objects.filter(key=key).order_by("-valid_from")[0].label
    asks = "value" in request.GET
    today = clock.today()
    initial = {"value": f"{row.value.normalize():f}", "year": today.year}
    form = forms.Preview(request.GET if asks else None, initial=initial)
    found = None
    if asks and form.is_valid():
        proposed = changed_terms(fund, today, {row.key: form.cleaned_data["value"]})
        assert proposed is not None  # the row was read from them
        found = impact(fund, form.cleaned_data["year"], proposed)
    context = {
        "form": form,
        "row": row,
        "label": label,
        "now": f"{row.value.normalize():,f} {row.unit}",
        "found": found,
        "difference": abs(found.difference) if found else None,
        "changed": _named(request, found) if found else [],
        "crumbs": [
            ("参考数据", reverse("reference:values")),
            (label, reverse("reference:value", args=[key])),
            ("改了会怎样", ""),
        ],
    }
    return render(request, "relief/preview.html", context, status=422 if form.errors else 200)


def _row_or_404(request: Request, key: str) -> tuple[Fund, Row]:
    """The fund, and the value in force today as its terms read it."""
    if not is_of_ladder(key):
        raise Http404(key)
    _, code, rest = key.split(".", 2)
    mine = Fund.objects.filter(union__among=request.user.union_ids(PREVIEW_TERMS))
    fund = get_object_or_404(mine, code=code)
    terms = terms_on(fund, clock.today())
    row = next((row for row in terms.rows if row.key == rest), None) if terms else None
    if row is None:
        raise Http404(key)
    return fund, row


def _named(request: Request, found: Impact) -> list[tuple[ReliefCase, str, object, object]]:
    """Case, masked name, yuan before and after, of cases this person may open.

    The administrator opens none.
    """
    cases = [one.case.pk for one in found.changed]
    mine = set(cases_for(request.user).filter(pk__in=cases).values_list("pk", flat=True))
    log.look(ReliefCase, mine, by=request.user, page="标准改了会怎样")
    return [
        (one.case, masked_name_of(one.case), one.before, one.after)
        for one in found.changed
        if one.case.pk in mine
    ]
