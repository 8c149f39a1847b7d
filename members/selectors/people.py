"""People and their memberships: the list, one person, the roll of a union."""

from collections.abc import Collection
from datetime import date
from functools import cache
from typing import Any, NamedTuple

from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.fields import ArrayField
from django.db.models import Func, QuerySet, TextField, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast
from django.urls import reverse

from members.models import Membership, MembershipQuerySet, Person, PersonQuerySet, SavedView
from members.rules import HELD, Route, Sex, Status
from members.selectors import enterprises, paging
from wanping_union.accounts.models import Union, User
from wanping_union.accounts.tree import Tree
from wanping_union.audit import log
from wanping_union.crypto import masked_id, masked_mobile
from wanping_union.roles import SEE_PEOPLE
from wanping_union.statements import Given

SEXES = dict(Sex.choices)
ROUTES = dict(Route.choices)
STATUSES = dict(Status.choices)

MOST_KEPT = 512  # lists whose statements are kept in memory, some 10 kB each
ORDER = ("joined_on", "id")
COLUMNS = (
    "person_id",
    "person__name",
    "person__sex",
    "person__id_number",
    "person__mobile",
    "union__name",
    "enterprise__name",
    "route",
    "joined_on",
    "status",
)


class PersonRow(NamedTuple):
    """One line of a list, masked and in words: templates only print it."""

    pk: int  # of the person
    url: str
    name: str
    sex: str
    id_number: str
    mobile: str
    union: str
    enterprise: str
    route: str
    joined_on: str
    status: str
    status_words: str


def usable(rows: MembershipQuerySet) -> MembershipQuerySet:
    """Present (or last) memberships whose data are not only kept."""
    found: MembershipQuerySet = rows.filter(is_current=True, restricted_on=None)
    return found


def memberships_for(user: User, within: Union | None = None) -> MembershipQuerySet:
    """Present (or last) memberships of the people this person may see and use.

    within: only of this union and those below it.
    """
    return usable(Membership.objects.visible_to(user, within))


@cache
def _around() -> tuple[str, str]:
    """What stands before and behind the number in a person's address."""
    before, _, behind = reverse("members:person", args=[0]).partition("0")
    return before, behind


def _address(pk: int) -> str:
    return str(pk).join(_around())


def row(values: tuple[Any, ...]) -> PersonRow:
    """values: COLUMNS."""
    pk, name, sex, number, mobile, union, enterprise, route, joined_on, status = values
    return PersonRow(
        pk,
        _address(pk),
        name,
        SEXES[sex],
        masked_id(number),
        masked_mobile(mobile),
        union,
        enterprise or "",
        ROUTES.get(route, ""),
        joined_on.isoformat(),
        status,
        STATUSES[status],
    )


class Saved(NamedTuple):
    """Filters that a person has given a name."""

    pk: int
    name: str
    query: str


class PeoplePage(NamedTuple):
    """firms: a digest of the enterprises to choose from, where the list has only one union."""

    rows: list[PersonRow]
    page: paging.Page
    saved: list[Saved]  # the user's own filters
    firms: str


def people_page(
    listed: paging.List, user: User, *, after: str = "", before: str = ""
) -> PeoplePage:
    """One page, last joined first; who is on it is noted in the read audit."""
    noter = log.noter(Person, by=user, page="会员名册")
    found = listed.page(after=after, before=before, user=user.pk, **noter)
    if not found.beside:
        return PeoplePage([], found, saved_views(user, "people"), "")
    views, *firms = found.beside
    saved = [Saved(int(pk), name, query) for pk, name, query in views]
    return PeoplePage([row(values) for values in found.rows], found, saved, "".join(firms))


def people_list(
    rows: MembershipQuerySet, unions: Collection[int], *beside: Combinable
) -> paging.List:
    """unions: ids of those whose rows these are. beside: see paging.List."""
    texts = Func(
        Cast("pk", TextField()),
        "name",
        "query",
        template="array[%(expressions)s]",
        output_field=ArrayField(TextField()),
    )
    saved = ArraySubquery(_views(Value(Given("user")), "people").values(saved=texts))
    return paging.List(
        rows,
        ORDER,
        COLUMNS,
        descending=True,
        unions=unions,
        beside=(saved, *beside),
        around=log.noting("person_id", paging.SIZE),
    )


_lists: dict[tuple[Tree, tuple[str, ...]], paging.List] = {}


def everybody(user: User) -> paging.List:
    """All whom the user may see: kept for all users who see the people of the same unions."""
    key = user.union_tree, user.paths(SEE_PEOPLE)
    if (kept := _lists.get(key)) is None:
        if len(_lists) >= MOST_KEPT:
            _lists.clear()
        unions = user.union_ids(SEE_PEOPLE)
        firms = [enterprises.digest(unions[0])] if len(unions) == 1 else []
        _lists[key] = kept = people_list(memberships_for(user), unions, *firms)
    return kept


def _views(user: User | Value, page: str) -> "QuerySet[SavedView]":
    return SavedView.objects.filter(user=user, page=page).order_by("pk")


def saved_views(user: User, page: str) -> list[Saved]:
    return [Saved(*values) for values in _views(user, page).values_list("pk", "name", "query")]


def people_for(user: User) -> PersonQuerySet:
    return Person.objects.visible_to(user)


def current_membership(person: Person) -> Membership:
    """The membership that says to whom the person belongs, or did last."""
    found: Membership = Membership.objects.select_related("union", "enterprise", "person").get(
        person=person, is_current=True
    )
    return found


def memberships_of(person: Person) -> list[Membership]:
    """All of them, the present one first."""
    rows = person.memberships.select_related("union", "enterprise")
    return list(rows.order_by("-is_current", "-joined_on", "-pk"))


class Missing(NamedTuple):
    """Counts as paging.counted gives them: of a million people the exact one takes a second."""

    card: int
    mobile: int
    route: int  # of those who joined since `since`


def missing(unions: list[int], since: date) -> Missing:
    """How many members lack a card number, a mobile, a route."""
    rows = Membership.objects.filter(
        union__among=unions, is_current=True, status=Status.ACTIVE, restricted_on=None
    )
    lacking = (
        rows.filter(lacks_card=True),
        rows.filter(lacks_mobile=True),
        rows.filter(route="", joined_on__gte=since, is_transfer_in=False),
    )
    one = Union.objects.filter(pk=unions[0])
    return Missing(*one.values_list(*map(paging.counted, lacking))[0])


class RollLine(NamedTuple):
    pk: int  # of the person
    number: int
    name: str
    sex: str
    born_on: str
    id_number: str
    mobile: str
    enterprise: str
    occupation: str
    joined_on: str
    status: str


class Roll(NamedTuple):
    lines: list[RollLine]
    women: int
    by_status: list[tuple[str, int]]
    restricted: int  # members whose data are only kept: counted, not listed


ROLL_COLUMNS = (
    "person_id",
    "person__name",
    "person__sex",
    "person__born_on",
    "person__id_number",
    "person__mobile",
    "enterprise__name",
    "occupation",
    "joined_on",
    "status",
)
LONGEST_ROLL = 3000  # lines; more is no print


def roll(union: Union, *, may_reveal: bool) -> Roll | None:
    """Everybody whose membership the union holds, by enterprise; None if too long to print.

    may_reveal: the month of birth stands beside the masked number, else the year.
    """
    held = Membership.objects.filter(union=union, status__in=HELD)
    rows = held.filter(restricted_on=None).order_by("enterprise__name", "joined_on", "pk")
    found = list(rows.values_list(*ROLL_COLUMNS)[: LONGEST_ROLL + 1])
    if len(found) > LONGEST_ROLL:
        return None
    lines = [_roll_line(number, values, may_reveal) for number, values in enumerate(found, 1)]
    counted = [(words, sum(line.status == words for line in lines)) for words in STATUSES.values()]
    women = sum(line.sex == Sex.FEMALE.label for line in lines)
    restricted = held.filter(restricted_on__isnull=False).count()
    return Roll(lines, women, [pair for pair in counted if pair[1]], restricted)


def _roll_line(number: int, values: tuple[Any, ...], may_reveal: bool) -> RollLine:
    pk, name, sex, born_on, id_number, mobile, enterprise, occupation, joined_on, status = values
    return RollLine(
        pk,
        number,
        name,
        SEXES[sex],
        f"{born_on:%Y-%m}" if may_reveal else str(born_on.year),
        masked_id(id_number),
        masked_mobile(mobile),
        enterprise or "",
        occupation,
        joined_on.isoformat(),
        STATUSES[status],
    )
