"""Which papers are kept with a person."""

from typing import Any

from members.models import Person
from members.selectors.people import current_membership
from wanping_union.accounts.models import Union
from wanping_union.attachments.holders import Holder
from wanping_union.roles import KEEP_PEOPLE, REVEAL


def _union(person: Any) -> Union:
    return current_membership(person).union


PERSON = Holder(
    model=Person,
    visible_to=Person.objects.visible_to,
    union=_union,
    labels=("入会申请书", "会员登记表", "证件复印件", "会籍转接材料", "其他材料"),
    keepers=KEEP_PEOPLE,
    viewers=REVEAL,
)
