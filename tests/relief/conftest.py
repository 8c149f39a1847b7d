"""The cast of a case, the terms, and a fund with money."""

from collections.abc import Iterator

import pytest
from django.test import Client

from relief.models import Fund
from tests.factories import make_user
from tests.relief.building import load_terms, make_fund
from tests.relief.playing import DAY, Cast, give_budget
from wanping_union import clock
from wanping_union.roles import Role


@pytest.fixture
def autumn() -> Iterator[None]:
    """Everything happens on 10 October 2016 unless a test says otherwise."""
    with clock.at(DAY):
        yield


@pytest.fixture
def cast(database, district, area, union) -> Cast:
    load_terms()
    return Cast(
        union=union,
        chair=make_user(Role.UNIT_CHAIR, union, name="程梓燕"),
        officer=make_user(Role.AREA_OFFICER, area, name="王城"),
        areachair=make_user(Role.AREA_CHAIR, area, name="李宛平"),
        reviewer=make_user(Role.DISTRICT_REVIEWER, district, name="张审"),
        reviewer2=make_user(Role.DISTRICT_REVIEWER, district, name="刘复"),
        finance=make_user(Role.FINANCE_OFFICER, district, name="陈会"),
        administrator=make_user(Role.ADMINISTRATOR, district),
        auditor=make_user(Role.AUDITOR, district),
    )


@pytest.fixture
def fund(cast, district) -> Fund:
    """The Warm Foundation's, with 200,000 yuan for 2016."""
    fund = make_fund(district, code="warm", name="北京市温暖基金会应急救助")
    give_budget(fund, "200000")
    return fund


@pytest.fixture
def chair_client(cast) -> Client:
    found = Client()
    found.force_login(cast.chair)
    return found
