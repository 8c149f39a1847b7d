"""Plain builders of relief. Each fills in what a test does not care about."""

import secrets
from datetime import date
from typing import Any

from members.models import Membership
from relief.models import Fund, Household, HouseholdMember, ReliefCase
from relief.rules import Relation
from relief.terms import Row, Terms
from tests.factories import id_number, make_member, make_union, make_user
from wanping_union import crypto
from wanping_union.accounts.models import Union
from wanping_union.aid.models import Aid
from wanping_union.reference.models import ReferenceValue
from wanping_union.reference.relief import ROWS
from wanping_union.reference.seed import ROWS as SEED

DAY = date(2016, 10, 10)
WARM = Terms.read(
    Row(row.key.removeprefix("relief.warm."), row.value, row.unit, row.valid_from, row.source,
        row.confidence)
    for row in ROWS
    if row.key.startswith("relief.warm.") and row.value is not None
)  # fmt: skip


def load_terms() -> None:
    """The dated values of relief, and the 低保 line."""
    rows = [row for row in SEED if row.key.startswith(("relief.", "living_allowance."))]
    ReferenceValue.objects.bulk_create(ReferenceValue(**vars(row)) for row in rows)


def make_fund(union: Union | None = None, **values: Any) -> Fund:
    values = {"code": f"f{secrets.token_hex(4)}", "name": "应急救助"} | values
    return Fund.objects.create(union=union or make_union(), **values)


def make_household(membership: Membership | None = None, **values: Any) -> Household:
    membership = membership or make_member(make_union())
    household = Household.objects.create(
        union=membership.union, head=membership.person, opened_on=DAY, **values
    )
    person = membership.person
    make_relative(
        household, Relation.SELF, name=person.name, number=person.id_number, born_on=person.born_on
    )
    return household


def make_relative(
    household: Household, relation: str, *, number: str = "", **values: Any
) -> HouseholdMember:
    number = number or id_number()
    values = {"name": "解兰", "born_on": date(1982, 1, 2)} | values
    return HouseholdMember.objects.create(
        household=household,
        relation=relation,
        id_number=number,
        id_hash=crypto.keyed_hash("id_number", number),
        **values,
    )


def make_draft(household: Household | None = None, **values: Any) -> ReliefCase:
    household = household or make_household()
    values = {"fund": None, "entered_by": None, "stage_on": DAY} | values
    values["fund"] = values["fund"] or make_fund()
    values["entered_by"] = values["entered_by"] or make_user()
    return ReliefCase.objects.create(
        union=household.union,
        household=household,
        code=secrets.token_hex(5).upper(),
        opened_on=DAY,
        **values,
    )


def make_aid(**values: Any) -> Aid:
    person = secrets.token_bytes(16)
    values = {
        "record": f"test.aid:{secrets.randbelow(10**9)}",
        "words": "两节送温暖",
        "union": None,
        "state": "paid",
        "on": date(2016, 1, 20),
        "amount": 1000,
        "person": person,
        "household": [person],
    } | values
    values["union"] = values["union"] or make_union()
    return Aid.objects.create(**values)
