"""People as subjects of their rights: who was not told yet, whose data are only kept."""

from collections.abc import Iterable

from django.db.models import Exists, OuterRef, QuerySet

from members.models import Membership
from members.rules import HELD
from wanping_union.accounts.models import Union, User
from wanping_union.rights.models import Consent
from wanping_union.rights.registry import UNTOLD, Subject
from wanping_union.rights.rules import Purpose
from wanping_union.roles import SEE_RIGHTS


def subject_of(membership: Membership) -> Subject:
    """membership: the person's current one, with person and union."""
    person = membership.person
    return Subject(
        pk=person.pk,
        key=bytes(person.id_hash),
        name=person.name,
        union=membership.union,
        url=person.get_absolute_url(),
        restricted_on=membership.restricted_on,
        erased_on=person.erased_on,
    )


def _subjects(rows: Iterable[Membership]) -> list[Subject]:
    return [subject_of(membership) for membership in rows]


def _current(user: User) -> QuerySet[Membership]:
    rows = Membership.objects.filter(is_current=True, union__in=user.union_ids(SEE_RIGHTS))
    return rows.select_related("person", "union")


def find(user: User, pk: int) -> Subject | None:
    found = _current(user).filter(person=pk).first()
    return subject_of(found) if found else None


def restricted(user: User) -> list[Subject]:
    """People whose data are kept only, last restricted first; those erased are not people."""
    rows = _current(user).filter(restricted_on__isnull=False, person__erased_on=None)
    return _subjects(rows.order_by("-restricted_on", "-pk")[:UNTOLD])


def untold(union: Union) -> list[Subject]:
    """Members without an open consent to membership, by name."""
    told = Consent.objects.open().filter(
        subject=OuterRef("person__id_hash"), purpose=Purpose.MEMBERSHIP
    )
    rows = Membership.objects.filter(
        ~Exists(told), union=union, is_current=True, status__in=HELD, restricted_on=None
    )
    rows = rows.select_related("person", "union").order_by("person__name", "pk")
    return _subjects(rows[:UNTOLD])
