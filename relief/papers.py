"""Which papers are kept with a case, and who opens them: they show what pages hide."""

from typing import Any

from django.db.models import Q

from relief.documents import ALL
from relief.models import ReliefCase, ReliefCaseQuerySet
from relief.rules import EDITABLE
from wanping_union.accounts.models import Union, User
from wanping_union.attachments.holders import Holder
from wanping_union.roles import ENTER_RELIEF, SEE_RELIEF_INSIDE


def _union(case: Any) -> Union:
    union: Union = case.union
    return union


def _visible_to(user: User) -> ReliefCaseQuerySet:
    """As selectors.cases.may_see_inside: the unit only while it writes or mends."""
    inside = Q(union__among=user.union_ids(SEE_RELIEF_INSIDE))
    writing = Q(union__among=user.union_ids(ENTER_RELIEF), status__in=EDITABLE)
    rows: ReliefCaseQuerySet = ReliefCase.objects.filter(inside | writing)
    return rows.select_related("union")


CASE = Holder(
    model=ReliefCase,
    visible_to=_visible_to,
    union=_union,
    labels=tuple(document.label for document in ALL),
    keepers=ENTER_RELIEF,
    viewers=(*ENTER_RELIEF, *SEE_RELIEF_INSIDE),
)
