"""Enterprises: the list and one of them."""

from operator import attrgetter
from typing import Any, NamedTuple

from django.db.models import Func, TextField, Value
from django.urls import reverse

from members import sizes
from members.keys import hold, wanted
from members.models import Enterprise, EnterpriseQuerySet, EnterpriseYear
from members.rules import HELD, Place
from members.selectors import paging
from members.sizes import Line, Size
from wanping_union import names
from wanping_union.accounts.models import Union, User

SIZES = dict(Size.choices)
PLACES = dict(Place.choices)
INDUSTRIES = [industry.labels[0] for industry in sizes.INDUSTRIES]
COLUMNS = ("id", "name", "uscc", "union__name", "industry", "headcount", "size", "place")


class EnterpriseRow(NamedTuple):
    url: str
    name: str
    uscc: str
    union: str
    industry: str
    headcount: str
    size: str
    place: str
    size_words: str
    place_words: str


def enterprises_for(user: User, within: Union | None = None) -> EnterpriseQuerySet:
    return Enterprise.objects.visible_to(user, within)


def digest(union: int) -> Func:
    """Of ids and names of the union's enterprises: another where one came, went or was renamed."""
    return Func(
        Value(union),
        template="(select coalesce(sum(hash_record_extended(firm, 0))::text, '') from (select id,"
        " name from members_enterprise where union_id = %(expressions)s) firm)",
        output_field=TextField(),
    )


def choices(union: int) -> tuple[str, list[tuple[int, str]]]:
    """The union's enterprises to choose from, by id, with their digest: both of one moment."""
    rows = Enterprise.objects.filter(union=union).order_by("pk")
    found = list(rows.values_list(digest(union), "pk", "name"))
    return (found[0][0] if found else ""), [(pk, name) for _, pk, name in found]


def named(rows: EnterpriseQuerySet, text: str) -> EnterpriseQuerySet:
    """Those whose name, pinyin or credit code answers to the text."""
    query = names.query_key(text)
    if query.kind == names.Kind.CREDIT_CODE:
        return rows.filter(uscc=query.key)
    return rows.filter(hold(wanted(query))) if query.terms else rows.none()


def enterprises_page(
    rows: EnterpriseQuerySet, *, after: str = "", before: str = ""
) -> tuple[list[EnterpriseRow], paging.Page]:
    """One page in the order of the ledger."""
    found = paging.List(rows, ("id",), COLUMNS, descending=False).page(after=after, before=before)
    return [_row(values) for values in found.rows], found


def some_rows(rows: EnterpriseQuerySet, most: int) -> list[EnterpriseRow]:
    """Some of them by name: the index that finds thousands knows no order."""
    found = rows.order_by().values_list(*COLUMNS)[:most]
    return sorted(map(_row, found), key=attrgetter("name", "url"))


def _row(values: tuple[Any, ...]) -> EnterpriseRow:
    pk, name, uscc, union, industry, headcount, size, place = values
    return EnterpriseRow(
        reverse("members:enterprise", args=[pk]),
        name,
        uscc or "",
        union,
        industry,
        "" if headcount is None else f"{headcount:,}",
        size,
        place,
        SIZES[size],
        PLACES[place],
    )


class YearRow(NamedTuple):
    """One year with what each indicator says about the size."""

    year: EnterpriseYear
    size: Size
    size_words: str
    lines: tuple[Line, ...]
    has_industry: bool


def years_of(enterprise: Enterprise) -> list[YearRow]:
    """Newest first."""
    industry = sizes.industry_of(enterprise.industry_code, enterprise.industry)
    rows = enterprise.years.select_related("override_by").order_by("-year")
    return [
        YearRow(
            row,
            row.size_shown,
            row.size_shown.label,
            sizes.explain(industry, row.headcount, row.revenue, row.assets),
            industry is not None,
        )
        for row in rows
    ]


def member_count(enterprise: Enterprise) -> int:
    """Members who work there, retained ones included."""
    return enterprise.memberships.filter(status__in=HELD).count()
