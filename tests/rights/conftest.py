"""A member of WP01 with consents, and those who look after the rights."""

from datetime import date

import pytest

from members import rights
from members.models import Membership
from members.rules import Status
from tests.factories import make_member, make_user
from wanping_union.accounts.models import User
from wanping_union.reference.services import load_seed
from wanping_union.rights.registry import Subject
from wanping_union.roles import Role

MOBILE = "13911112222"


@pytest.fixture
def areachair(area) -> User:
    return make_user(Role.AREA_CHAIR, area, name="李宛平")


@pytest.fixture
def seed(database) -> None:
    load_seed()


@pytest.fixture
def gone(union, chair) -> Subject:
    """Somebody who left the union in 2024."""
    member: Membership = make_member(
        union,
        name="诸葛向东",
        mobile=MOBILE,
        status=Status.WITHDRAWN,
        joined_on=date(2016, 3, 4),
    )
    member.standings.update(from_on=date(2024, 5, 6))
    found = rights.find(chair, member.person_id)
    assert found is not None
    return found
