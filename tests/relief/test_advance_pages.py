"""先行救助 on pages: papers that are late are chased, money for a refused case comes back."""

from datetime import date
from decimal import Decimal as D
from uuid import uuid4

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from relief import home, services
from relief.models import Advance
from relief.selectors import paying
from tests.relief.playing import Cast, ready_case, state, write_case
from wanping_union import clock
from wanping_union.accounts.models import User
from wanping_union.audit.models import Look

pytestmark = pytest.mark.usefixtures("autumn")
LIST = "/relief/money/advances/"
LATE = date(2016, 10, 25)  # ten working days and more


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def page(user: User, path: str = LIST, status: int = 200) -> str:
    response = client_of(user).get(path)
    assert response.status_code == status
    return response.content.decode()


def recover(user: User, advance: Advance, reason: str = "退款凭证 35 号") -> HttpResponse:
    path = reverse("relief:recover", args=[advance.pk])
    return client_of(user).post(path, {"form_token": str(uuid4()), "reason": reason})


def granted(case, cast: Cast) -> Advance:
    advance = services.ask_advance(case, by=cast.chair, amount=D(5000), why="明天手术")
    services.sign_advance(advance, by=cast.areachair)
    services.grant_advance(advance, by=cast.reviewer2)
    advance.refresh_from_db()
    return advance


@pytest.fixture
def vain(cast, fund) -> Advance:
    """Granted, and its case is refused."""
    case = ready_case(fund, cast.union)
    advance = granted(case, cast)
    services.refuse(case, by=cast.reviewer, reason="查实不是会员")
    return advance


def test_papers_that_are_late_are_chased_until_they_come(cast, fund):
    case = write_case(cast, fund)
    advance = granted(case, cast)
    assert home.chasing(cast.chair) == []
    with clock.at(LATE):
        (item,) = home.chasing(cast.chair)
        assert item.days_left == (advance.papers_due_on - LATE).days < 0
        assert item.url == case.get_absolute_url()
        assert home.chasing(cast.officer) == [item]
        for user in (cast.finance, cast.reviewer, cast.auditor):
            assert home.chasing(user) == []
        shown = page(cast.finance)
        assert "材料过期还没有补齐" in shown
        assert case.beneficiary.name not in shown
        assert "明天手术" not in shown
        assert Look.objects.filter(model="relief.advance", ids=[advance.pk]).exists()
        services.submit(case, by=cast.chair)
        assert home.chasing(cast.chair) == []
        assert "没有要处理的先行救助" in page(cast.finance)


def test_finance_takes_back_what_was_given_for_a_refused_case(cast, fund, vain):
    assert [item.url for item in paying.todo(cast.finance)].count(LIST) == 1
    assert "待收回" in page(cast.finance)
    asked = page(cast.finance, reverse("relief:recover", args=[vain.pk]))
    assert "登记后不再拨付" in asked
    blank = recover(cast.finance, vain, " ")
    assert blank.status_code == 422
    assert recover(cast.finance, vain).status_code == 302
    vain.refresh_from_db()
    assert (vain.status, vain.reason) == ("refused", "退款凭证 35 号")
    assert state(fund) == (D(200_000), D(0), D(0))
    assert LIST not in [item.url for item in paying.todo(cast.finance)]
    assert recover(cast.finance, vain).status_code == 404


def test_only_finance_takes_it_back(cast, vain):
    for user, status in ((cast.reviewer, 403), (cast.auditor, 403), (cast.chair, 404)):
        assert recover(user, vain).status_code == status
    assert "登记收回" not in page(cast.auditor)
    page(cast.auditor, reverse("relief:recover", args=[vain.pk]), 403)
    page(cast.administrator, status=403)
    cast.finance.relatives = [bytes(vain.case.household.head.id_hash)]
    cast.finance.save()
    own = recover(cast.finance, vain)
    assert own.status_code == 422
    assert "亲属" in own.content.decode()


def test_the_advance_of_an_open_case_is_not_taken_back(cast, fund):
    advance = granted(ready_case(fund, cast.union), cast)
    assert recover(cast.finance, advance).status_code == 404
