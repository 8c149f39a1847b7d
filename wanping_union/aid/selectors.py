"""Aid of one household from every app: the money timeline, and what looks alike."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Model

from wanping_union.aid.marks import SAME_HOUSEHOLD, SAME_PERSON, shared
from wanping_union.aid.models import Aid, State
from wanping_union.audit.models import name_of


@dataclass(frozen=True)
class Alike:
    """Another aid, and why it looks alike, in words."""

    aid: Aid
    why: list[str]


def alike(
    record: Model, *, person: bytes, household: Collection[bytes], marks: Collection[bytes]
) -> list[Alike]:
    """Every other aid that shares something with this record, newest first."""
    rows = Aid.objects.alike(household=household, marks=marks).exclude(record=name_of(record))
    return [
        Alike(aid, _why(aid, person, household, marks))
        for aid in rows.exclude(state=State.VOID).select_related("union").order_by("-on", "-pk")
    ]


def _why(
    aid: Aid, person: bytes, household: Collection[bytes], marks: Collection[bytes]
) -> list[str]:
    theirs = {bytes(one) for one in aid.household}
    why = []
    if bytes(aid.person) == bytes(person):
        why.append(SAME_PERSON)
    elif not theirs.isdisjoint(bytes(one) for one in household):
        why.append(SAME_HOUSEHOLD)
    return [*why, *shared(marks, (bytes(one) for one in aid.marks))]


def timeline(household: Collection[bytes]) -> list[Aid]:
    """What one household asked for and received, newest first."""
    rows = Aid.objects.alike(household=household, marks=())
    return list(rows.select_related("union").order_by("-on", "-pk"))
