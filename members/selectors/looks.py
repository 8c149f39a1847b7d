"""Who has seen a person's data, and what was done with it (PIPL Art. 44, 45)."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from django.db.models import Q
from django.utils import timezone

from members.models import Membership, Person
from wanping_union.accounts.models import Grant
from wanping_union.audit.models import Act, Look, name_of

SHOWN = 1000  # newest looks; and as many acts
REPORT = "reports.monthlyreport"  # names people at its making; who fetches it sees them


class Seen(NamedTuple):
    """Looks of one day by one person at one page, together. fields: shown in clear."""

    day: str
    last: str  # time of the last one
    times: int
    by: str
    role: str
    page: str
    fields: str
    reason: str


class Done(NamedTuple):
    when: str
    label: str
    by: str
    note: str


def of_person(person: Person, memberships: list[Membership]) -> tuple[list[Seen], list[Done]]:
    """Looks and acts, newest first."""
    looks = _looks(person, memberships)
    records = [name_of(person), *map(name_of, memberships)]
    acts = Act.objects.filter(record__in=records).exclude(name="reveal").order_by("-at", "-pk")
    return _together(looks), [_done(act) for act in acts[:SHOWN]]


def _looks(person: Person, memberships: list[Membership]) -> list[Look]:
    mine = Q(model=person._meta.label_lower, ids__contains=[person.pk])
    held = [membership.pk for membership in memberships]
    mine |= Q(model=Membership._meta.label_lower, ids__overlap=held)
    looks = list(Look.objects.filter(mine).order_by("-at", "-pk")[:SHOWN])
    reports = [
        int(key)
        for label, _, key in (look.reason.partition(":") for look in looks)
        if label == REPORT and key.isdecimal()
    ]
    if not reports:
        return looks
    made = {f"{REPORT}:{key}" for key in reports}
    looks = [look for look in looks if look.reason not in made]
    fetched = Look.objects.filter(model=REPORT, ids__overlap=reports).order_by("-at", "-pk")
    return sorted([*looks, *fetched[:SHOWN]], key=lambda look: look.at, reverse=True)


def _together(looks: Iterable[Look]) -> list[Seen]:
    looks = list(looks)
    roles = _roles({look.by_id for look in looks if look.by_id})
    found: dict[tuple[object, ...], list[datetime]] = {}
    for look in looks:
        at = timezone.localtime(look.at)
        fields = "、".join(look.fields)
        role = roles.get(look.by_id or 0, "")
        key = (at.date(), look.by_name, role, look.page, fields, look.reason)
        found.setdefault(key, []).append(at)
    return [
        Seen(str(day), f"{times[0]:%H:%M}", len(times), *map(str, words))
        for (day, *words), times in found.items()
    ]


def _roles(users: set[int]) -> dict[int, str]:
    """What these people are today: 晓月苑联合工会主席."""
    found: dict[int, list[str]] = {}
    for grant in Grant.objects.filter(user__in=users).select_related("union").order_by("pk"):
        found.setdefault(grant.user_id, []).append(f"{grant.union}{grant.get_role_display()}")
    return {user: "、".join(words) for user, words in found.items()}


def _done(act: Act) -> Done:
    at = timezone.localtime(act.at)
    return Done(f"{at:%Y-%m-%d %H:%M}", act.label, act.by_name, act.note)
