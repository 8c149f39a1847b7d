"""Plain builders. Each fills in what a test does not care about."""

from datetime import date
from itertools import count
from typing import Any

from stdnum.cn import ric

from members.forms.consent import ASKED
from members.models import Enterprise, Membership, Person, Standing
from members.rules import Route, Sex, Status
from wanping_union import clock, crypto, names
from wanping_union.accounts.models import Grant, Union, UnionKind, User
from wanping_union.rights.selectors import notices
from wanping_union.roles import Role

_n = count(1)
PASSWORD = "wanping-2016"


def make_union(parent: Union | None = None, **values: Any) -> Union:
    n = next(_n)
    kind = UnionKind.DISTRICT if parent is None else UnionKind.JOINT
    values = {
        "code": f"T{n}",
        "name": f"第{n}社区联合工会",
        "kind": kind,
        "parent": parent,
        "path": f"new{n}/",
        "valid_from": date(2010, 1, 1),
    } | values
    union = Union.objects.create(**values)
    union.path = f"{parent.path if parent else ''}{union.pk}/"
    union.save(update_fields=["path"])
    return union


def make_user(role: Role | None = None, union: Union | None = None, **values: Any) -> User:
    n = next(_n)
    user = User.objects.create(**{"username": f"u{n}", "name": f"用户{n}"} | values)
    if role and union:
        Grant.objects.create(user=user, union=union, role=role)
    return user


def id_number(born: date = date(1980, 5, 6), sex: Sex = Sex.FEMALE) -> str:
    """A valid number nobody else in this run has."""
    n = next(_n)
    place = 110101 + n // 400
    serial = (n % 400) * 2 + (1 if sex == Sex.MALE else 2)
    body = f"{place}{born:%Y%m%d}{serial:03d}"
    return body + ric.calc_check_digit(f"{body}0")


def make_enterprise(union: Union, **values: Any) -> Enterprise:
    n = next(_n)
    values = {"name": f"第{n}商贸公司", "covered_from": date(2015, 1, 1)} | values
    return Enterprise.objects.create(union=union, **values)


def make_member(
    union: Union,
    *,
    name: str = "韩轩娜",
    number: str | None = None,
    mobile: str = "",
    status: Status = Status.ACTIVE,
    joined_on: date = date(2015, 3, 4),
    enterprise: Enterprise | None = None,
    route: Route | str = "",
) -> Membership:
    number = number or id_number()
    person = Person.objects.create(
        name=name,
        sex=Sex.FEMALE,
        born_on=date(int(number[6:10]), int(number[10:12]), int(number[12:14])),
        id_number=number,
        id_hash=crypto.keyed_hash("id_number", number),
        mobile=mobile,
        mobile_hash=crypto.keyed_hash("mobile", mobile) if mobile else None,
        mobile_tail=mobile[-4:],
        keys=names.search_keys(name),
    )
    membership = Membership.objects.create(
        person=person,
        union=union,
        enterprise=enterprise,
        status=status,
        joined_on=joined_on,
        route=route,
    )
    reason = "retired" if status == Status.RETAINED else ""
    Standing.objects.create(membership=membership, status=status, from_on=joined_on, reason=reason)
    return membership


def told() -> dict[str, str]:
    """What a form sends where the person was shown today's notices and agreed."""
    current = notices(clock.today())
    shown = "-".join(str(current[purpose].pk) for purpose in ASKED)
    return {"shown": shown, "told": "on", "told_card": "on"}
