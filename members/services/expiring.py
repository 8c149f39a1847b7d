"""People who left long ago, for the list of what is past its time."""

from collections.abc import Collection, Iterator, Mapping
from datetime import date

from django.db.models import OuterRef, Subquery

from members.models import Membership, MembershipQuerySet, Person, Standing
from members.rules import LEFT
from members.selectors.rights import subject_of
from wanping_union import clock
from wanping_union.accounts.models import User
from wanping_union.deadlines import add_months
from wanping_union.errors import Refused
from wanping_union.reference import services as reference
from wanping_union.rights.registry import Expiring, Found, Offers
from wanping_union.rights.services import erase_person

YEARS = "privacy.membership_years"
TOUCHED = "列入清单后资料又有改动，已留下。"


def _past(today: date) -> MembershipQuerySet:
    """Memberships that ended too long ago, of people not erased yet."""
    years = reference.value(YEARS, today)
    if years is None:
        return Membership.objects.none()
    left = Standing.objects.filter(membership=OuterRef("pk"), until_on=None)
    rows: MembershipQuerySet = Membership.objects.filter(
        is_current=True, status__in=LEFT, person__erased_on=None
    ).annotate(left_on=Subquery(left.values("from_on")[:1]))
    limit = add_months(today, -12 * int(years))
    return rows.filter(left_on__lt=limit).select_related("person", "union")


def _state(membership: Membership) -> str:
    return f"{membership.person.updated_at.isoformat()} {membership.updated_at.isoformat()}"


def due(today: date) -> Iterator[Found]:
    for membership in _past(today).order_by("pk"):
        left_on: date = membership.left_on
        yield Found(membership.person_id, membership.union, left_on, _state(membership))


def words(records: Collection[int]) -> Mapping[int, tuple[str, str]]:
    people = Person.objects.filter(pk__in=records)
    return {person.pk: (person.name, person.get_absolute_url()) for person in people}


def erase(record: int, *, as_of: str, by: User, note: str, offers: Offers) -> None:
    """Erase one person as approved. Raises Refused if anything moved since, or it may not go."""
    locked = Person.objects.select_for_update().filter(pk=record)
    membership = _past(clock.today()).filter(person__in=list(locked)).first()
    if membership is None or _state(membership) != as_of:
        raise Refused(TOUCHED)
    erase_person(subject_of(membership), by=by, offers=offers, note=note)


PEOPLE = Expiring("membership", "membership", "离会已久的会员", due, words, erase)
