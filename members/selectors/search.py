"""One search box: people, unions and enterprises within the person's scope."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from functools import cache, lru_cache
from operator import attrgetter
from typing import Any, NamedTuple

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import BigIntegerField, Func, OuterRef, QuerySet

from members.keys import hold, hold_in, wanted
from members.models import Enterprise, Membership, MembershipQuerySet
from members.selectors import enterprises
from members.selectors import people as register
from members.selectors.enterprises import EnterpriseRow
from members.selectors.people import PersonRow
from wanping_union import names
from wanping_union.accounts.models import Union, User
from wanping_union.accounts.tree import Branch
from wanping_union.among import as_array
from wanping_union.crypto import keyed_hash
from wanping_union.names import Kind, Query
from wanping_union.roles import SEE_PEOPLE
from wanping_union.statements import Given, Row, Statement

MOST = 50  # people shown; more means: type more
MOST_OTHERS = 20
NARROW = 8  # unions whose lists the index merges into a search; of more it would take too long


@dataclass(frozen=True)
class Found:
    """more: there are more people than shown."""

    people: list[PersonRow] = field(default_factory=list)
    unions: list[Branch] = field(default_factory=list)
    enterprises: list[EnterpriseRow] = field(default_factory=list)
    more: bool = False

    def __bool__(self) -> bool:
        return bool(self.people or self.unions or self.enterprises)


def find(user: User, text: str) -> Found:
    """What the text may mean, for this person."""
    query = names.query_key(text)
    if query.kind == Kind.NOTHING:
        return Found()
    found = _people(user, query)
    return Found(
        people=found[:MOST],
        unions=_unions(user, query),
        enterprises=_enterprises(user, text),
        more=len(found) > MOST,
    )


def matching(user: User, query: Query) -> MembershipQuerySet:
    """Memberships of people whom the query means; each kind has its own index."""
    rows = register.memberships_for(user)
    match query.kind:
        case Kind.NAME | Kind.LETTERS:
            terms = Terms.of(query, user.union_ids(SEE_PEOPLE))
            return _named(terms, is_broad=query.is_broad, has_rest=bool(terms.rest))
        case Kind.PHONE_TAIL:
            return rows.filter(person__mobile_tail=query.key)
        case Kind.PHONE:
            return rows.filter(person__mobile_hash=keyed_hash("mobile", query.key))
        case Kind.ID_NUMBER:
            return rows.filter(person__id_hash=keyed_hash("id_number", query.key))
        case _:
            return rows.none()


class Terms(NamedTuple):
    """What a search by name asks for, or a Given for each. unions, first, rest: ids."""

    broad: str | Given
    narrow: str | Given  # with the unions, where they are few
    unions: Collection[int] | Given
    first: Collection[int] | Given
    rest: Collection[int] | Given

    @classmethod
    def of(cls, query: Query, unions: list[int]) -> "Terms":
        first, rest = unions[:NARROW], unions[NARROW:]
        return cls(wanted(query), wanted(query, () if rest else first), unions, first, rest)


GIVEN = Terms(*map(Given, Terms._fields))


def _named(terms: Terms, *, is_broad: bool, has_rest: bool) -> MembershipQuerySet:
    """Memberships of these unions; of a broad query just more than are shown.

    Before its first row the index reads the lists of all terms to their end, and a union is a term
    like any other. So a broad query goes from union to union until it has enough. A narrow one is
    asked together with the unions if these are few; else its own list is the shortest.
    """
    everybody = register.usable(Membership.objects.all())
    if not is_broad:
        return everybody.filter(hold(terms.narrow), union__checked_among=terms.unions)
    here = OuterRef("pk")
    own = everybody.filter(hold_in(terms.broad, here), union__checked_among=here)
    unnested = Func(
        ArraySubquery(own.values("pk")[: MOST + 1]),
        function="unnest",
        output_field=BigIntegerField(),
    )
    pks: QuerySet[Any, Any] = Union.objects.filter(pk__among=terms.first).values_list(unnested)
    if has_rest:
        others = everybody.filter(hold(terms.broad), union__checked_among=terms.rest)
        pks = pks.union(others.values_list("pk"), all=True)
    return everybody.filter(pk__in=pks[: MOST + 1])


@cache
def _statement(is_broad: bool, has_rest: bool, most: int) -> Statement:
    rows = _named(GIVEN, is_broad=is_broad, has_rest=has_rest)
    return Statement(_some(rows, most))


def _some(rows: MembershipQuerySet, most: int) -> "QuerySet[Any, Any]":
    return rows.order_by().values_list(*register.COLUMNS)[: most + 1]


def _ask(user: User, query: Query, most: int) -> Iterable[Row]:
    if query.kind not in (Kind.NAME, Kind.LETTERS):
        return _some(matching(user, query), most)
    terms = Terms.of(query, user.union_ids(SEE_PEOPLE))
    given = {
        name: value if isinstance(value, str) else as_array(value)
        for name, value in terms._asdict().items()
    }
    return _statement(query.is_broad, bool(terms.rest), most).ask(**given)


def _people(user: User, query: Query) -> list[PersonRow]:
    """Some of them, by name: in which order a million are cut off must cost nothing."""
    # All its pairs of characters do not make a name: 小明王小 must not answer to 王小明.
    most = MOST * 2 if query.kind == Kind.NAME else MOST
    found = sorted(map(register.row, _ask(user, query, most)), key=attrgetter("name", "url"))
    if query.kind != Kind.NAME:
        return found
    return [row for row in found if query.key in names.fold(row.name)]


def _unions(user: User, query: Query) -> list[Branch]:
    if query.kind not in (Kind.UNION_CODE, Kind.NAME, Kind.LETTERS):
        return []
    answering = (branch for branch in user.branches(SEE_PEOPLE) if _answers(branch, query))
    return sorted(answering, key=attrgetter("code"))[:MOST_OTHERS]


def _answers(union: Branch, query: Query) -> bool:
    if query.kind == Kind.UNION_CODE:
        return union.code == query.key
    folded, spellings = _found_by(union.name)
    if query.kind == Kind.NAME:
        return query.key in folded
    return union.code.lower().startswith(query.key) or any(
        spelling.startswith(query.key) for spelling in spellings
    )


@lru_cache(maxsize=4096)
def _found_by(name: str) -> tuple[str, list[str]]:
    """The folded name of a union and its spellings."""
    return names.fold(name), names.spellings(name)


def _enterprises(user: User, text: str) -> list[EnterpriseRow]:
    mine = Enterprise.objects.filter(union__checked_among=user.union_ids(SEE_PEOPLE))
    return enterprises.some_rows(enterprises.named(mine, text), MOST_OTHERS)
