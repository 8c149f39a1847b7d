"""The grid and one union: members, enterprises, staff, term of the committee."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import product
from typing import Any, NamedTuple

from django.core.exceptions import ObjectDoesNotExist
from django.db.models import OuterRef, Q, Subquery, Sum
from django.urls import reverse

from members.models import Enterprise, EnterpriseYear, Membership, UnionProfile
from members.rules import COUNTED, Sex, Status
from wanping_union import charts, scans
from wanping_union.accounts.models import BASE_KINDS, Union, UnionQuerySet, User
from wanping_union.home import overdue
from wanping_union.indicators import COUNT
from wanping_union.reference import services as reference
from wanping_union.roles import SEE_FIGURES, SEE_GRID, Role
from wanping_union.scans import Scan

REMIND_DAYS = "committee_term.reminder"  # reference value
WOMEN = Q(sex=Sex.FEMALE)
COLUMNS, ROWS = 4, 6  # cells of the tile map


class Term(NamedTuple):
    """When the committee's term ends. days_left: None where a date is missing."""

    ends_on: date | None
    days_left: int | None
    code: str  # for status_tag: "" (nothing to say), due, overdue
    words: str


class Figures(NamedTuple):
    members: int = 0
    women: int = 0
    retained: int = 0
    enterprises: int = 0
    staff: int = 0

    def plus(self, other: "Figures") -> "Figures":
        return Figures(*(a + b for a, b in zip(self, other, strict=True)))


@dataclass(frozen=True)
class GridRow:
    """One union of the grid. figures: None for a union the person does not act for."""

    union: Union
    profile: UnionProfile
    term: Term
    figures: Figures | None
    row: int | str = ""  # cell of the map; "" where the map is full
    column: int | str = ""


def unions_for(user: User, roles: Iterable[Role] = SEE_GRID) -> UnionQuerySet:
    return Union.objects.reached_by(user, roles).select_related("parent", "profile__predecessor")


def profile_of(union: Union) -> UnionProfile:
    """The profile, an empty one where none was written yet."""
    try:
        return union.profile
    except ObjectDoesNotExist:
        return UnionProfile(union=union)


def remind_days(today: date) -> int:
    """How many days before the end of a term people are told; 0 where no value is set."""
    return int(reference.value(REMIND_DAYS, today) or 0)


def term_of(profile: UnionProfile, today: date, warn: int) -> Term:
    """warn: days before the end. Basis: 北京市实施《工会法》办法 Art. 13."""
    ends_on = profile.term_ends_on
    if ends_on is None:
        return Term(None, None, "", "")
    left = (ends_on - today).days
    if left < 0:
        return Term(ends_on, left, "overdue", overdue(-left))
    if left <= warn:
        return Term(ends_on, left, "due", f"还有 {left} 天到期" if left else "今天到期")
    return Term(ends_on, left, "", "")


def figures(ids: list[int], today: date) -> dict[int, Figures]:
    """What each union itself has, by its id; a union with nothing is left out."""
    people = Membership.objects.filter(union__among=ids)
    newest = EnterpriseYear.objects.filter(
        enterprise=OuterRef("pk"), year__lte=today.year, headcount__isnull=False
    )
    covered = Enterprise.objects.filter(union__among=ids).covered_at(today)
    staffed = covered.annotate(staff=Subquery(newest.order_by("-year").values("headcount")[:1]))
    found = scans.read(
        [
            # Each is read from an index alone: status in the WHERE halves what is read of it.
            Scan(people.filter(status__in=COUNTED), {0: COUNT(), 1: COUNT(filter=WOMEN)}),
            Scan(people.filter(status=Status.RETAINED), {2: COUNT()}),
            Scan(staffed, {3: COUNT(), 4: Sum("staff")}),
        ]
    )
    return {pk: Figures(*(own[n] or 0 for n in range(5))) for pk, own in found.items()}


def figures_within(union: Union, today: date) -> Figures:
    """The union and all below it together."""
    total = Figures()
    ids = list(Union.objects.within(union).values_list("pk", flat=True))
    for own in figures(ids, today).values():
        total = total.plus(own)
    return total


def figures_for(user: User, today: date) -> dict[int, Figures]:
    """What each union has of which the person sees figures. Remembered for the request: at the
    district it reads a million memberships."""
    kept: dict[date, dict[int, Figures]] = user.__dict__.setdefault("_figures", {})
    if today not in kept:
        ids = {*user.union_ids(SEE_GRID), *user.union_ids(SEE_FIGURES)}
        kept[today] = figures(sorted(ids), today)
    return kept[today]


def figures_below(user: User, union: Union, today: date) -> Figures:
    """The union and all below it together, of one that the person sees figures of."""
    own = figures_for(user, today)
    total = Figures()
    for branch in user.union_tree.under((union.path,)):
        total = total.plus(own.get(branch.pk, Figures()))
    return total


def grid(user: User, today: date) -> list[GridRow]:
    """The grid around the unions the person acts for, by code.

    Neighbours of a joint or independent union appear by name only: no figures.
    """
    unions = _around(user).base().valid_at(today).select_related("profile").order_by("code")
    rows = list(unions)
    reached = user.paths(SEE_GRID)
    mine = {u for u in rows if u.path.startswith(reached)}
    counts = figures_for(user, today)
    warn = remind_days(today)
    cells = _cells([profile_of(u) for u in rows])
    return [
        GridRow(
            union=union,
            profile=profile_of(union),
            term=term_of(profile_of(union), today, warn),
            figures=counts.get(union.pk, Figures()) if union in mine else None,
            row=row,
            column=column,
        )
        for union, (row, column) in zip(rows, cells, strict=True)
    ]


def map_tiles(rows: list[GridRow]) -> list[dict[str, Any]]:
    """For _parts/map.html; a neighbour's tile has a name only."""
    levels = charts.shades([row.figures.members if row.figures else None for row in rows])
    return [_tile(row, level) for row, level in zip(rows, levels, strict=True)]


def _tile(row: GridRow, level: int) -> dict[str, Any]:
    tile = {"name": row.union.short, "row": row.row, "col": row.column, "level": level}
    if row.figures is None:
        return tile
    return tile | {
        "url": reverse("members:union", args=[row.union.code]),
        "value": f"{row.figures.members:,}",
        "unit": "名会员",
        "note": f"企业 {row.figures.enterprises} · 职工 {row.figures.staff:,}",
        "flag": f"换届{row.term.words}" if row.term.code else "",
    }


def total(rows: list[GridRow]) -> Figures:
    """All the unions of the grid whose figures are shown."""
    found = Figures()
    for row in rows:
        found = found.plus(row.figures or Figures())
    return found


class Relative(NamedTuple):
    """A union beside this one in the tree or in time. url: "" where the person has no part."""

    label: str
    name: str
    url: str


def family(union: Union, user: User) -> list[Relative]:
    """Parent, forerunner and successors."""
    predecessor = profile_of(union).predecessor
    successors = UnionProfile.objects.filter(predecessor=union).select_related("union")
    found = [("上级", union.parent), ("前身", predecessor)]
    found += [("后继", profile.union) for profile in successors]
    return [
        Relative(
            label,
            other.name,
            reverse("members:union", args=[other.code]) if user.may(SEE_GRID, other) else "",
        )
        for label, other in found
        if other is not None
    ]


def below(union: Union) -> list[Union]:
    """Unions directly under it."""
    return list(union.children.order_by("code"))


def _around(user: User) -> UnionQuerySet:
    tops = Q(pk__in=[])
    for grant in user.held:
        union = grant.union
        is_base = union.kind in BASE_KINDS
        top = union.path.removesuffix(f"{union.pk}/") if is_base else union.path
        tops |= Q(path__startswith=top)
    return Union.objects.filter(tops)


def _cells(profiles: list[UnionProfile]) -> list[tuple[int | str, int | str]]:
    """Where each stands on the map; those without a place fill the free cells in turn."""
    placed = {(p.tile_row, p.tile_column) for p in profiles if p.tile_row and p.tile_column}
    free: Iterator[tuple[int, int]] = (
        cell for cell in product(range(1, ROWS + 1), range(1, COLUMNS + 1)) if cell not in placed
    )
    return [
        (p.tile_row, p.tile_column) if p.tile_row and p.tile_column else next(free, ("", ""))
        for p in profiles
    ]


def ending_terms(unions: UnionQuerySet, today: date) -> list[tuple[Union, Term]]:
    """Unions whose committee must be elected anew, the longest overdue first."""
    warn = remind_days(today)
    known = unions.valid_at(today).filter(
        profile__term_from__isnull=False, profile__term_years__isnull=False
    )
    terms = [(union, term_of(union.profile, today, warn)) for union in known]
    return sorted(
        ((union, term) for union, term in terms if term.code),
        key=lambda pair: pair[1].days_left or 0,
    )
