"""What the walks over all pages stand on: made once for a module, as if new for each test."""

from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from datetime import date
from http.cookies import SimpleCookie
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from tests.factories import make_union, make_user
from tests.sides import Side, make_side
from wanping_union.accounts.models import Union, UnionKind, User
from wanping_union.reference.models import ReferenceValue
from wanping_union.roles import Role


@dataclass
class World:
    """elsewhere: of a union in another area. cookies: of somebody signed in in each role."""

    district: Union
    area: Union
    union: Union
    other_union: Union
    own: Side
    other: Side
    elsewhere: Side
    cookies: dict[Role, SimpleCookie]


def cookies_of(user: User) -> SimpleCookie:
    client = Client()
    client.force_login(user)
    return client.cookies


def make_world() -> World:
    ReferenceValue.objects.create(
        key="test.value", label="测试", value=1, valid_from=date(2016, 1, 1), source="无",
        confidence="L",
    )  # fmt: skip
    district = make_union(code="FT", name="丰台区总工会")
    area = make_union(district, code="WP", name="宛平城地区总工会", kind=UnionKind.AREA)
    union = make_union(area, code="WP01", name="晓月苑联合工会")
    other_union = make_union(area, code="WP02", name="城北社区联合工会")
    other_area = make_union(district, kind=UnionKind.AREA, name="别的地区总工会")
    at = {Role.UNIT_CHAIR: union, Role.UNIT_CLERK: union}
    at |= {Role.AREA_OFFICER: area, Role.AREA_CHAIR: area}
    return World(
        district=district,
        area=area,
        union=union,
        other_union=other_union,
        own=make_side(union),
        other=make_side(other_union),
        elsewhere=make_side(make_union(other_area)),
        cookies={role: cookies_of(make_user(role, at.get(role, district))) for role in Role},
    )


@pytest.fixture(scope="module")
def around_module(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """A transaction around those of a module's tests: what is made in it stays to the last.

    No test of the module may commit.
    """
    with django_db_blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def world(around_module: None) -> World:
    """All tests of a module ask for it (usefixtures) or none: there is one district."""
    return make_world()


@pytest.fixture
def own(world: World, db: None) -> Side:
    return deepcopy(world.own)


@pytest.fixture
def other(world: World, db: None) -> Side:
    return deepcopy(world.other)


@pytest.fixture
def elsewhere(world: World, db: None) -> Side:
    return deepcopy(world.elsewhere)


@pytest.fixture
def signed_in(world: World, db: None) -> Callable[[Role], Client]:
    """A client of somebody in this role: of the union, the area or the district."""

    def sign_in(role: Role) -> Client:
        client = Client()
        client.cookies = deepcopy(world.cookies[role])
        return client

    return sign_in
