"""Which papers are kept with a person."""

from typing import Any

from members.models import Person, PersonQuerySet
from members.selectors.people import current_membership
from wanping_union.accounts.models import Union, User
from wanping_union.attachments.holders import Holder
from wanping_union.roles import KEEP_PEOPLE, REVEAL


def _union(person: Any) -> Union:
    return current_membership(person).union


def _visible_to(user: User) -> PersonQuerySet:
    """Not those whose data are kept only: papers show every number."""
    seen = Person.objects.visible_to(user)
    rows: PersonQuerySet = seen.filter(
        memberships__is_current=True, memberships__restricted_on=None
    )
    return rows


PERSON = Holder(
    model=Person,
    visible_to=_visible_to,
    union=_union,
    labels=("入会申请书", "会员登记表", "证件复印件", "会籍转接材料", "其他材料"),
    keepers=KEEP_PEOPLE,
    viewers=REVEAL,
)
