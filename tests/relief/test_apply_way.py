"""The chair applies for a member: the whole way, as the pages lead."""

from datetime import date
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from relief.models import Bill, ReliefCase
from relief.rules import Status
from tests.factories import id_number, make_member
from tests.relief.pages import BILL, address, hardship, photo, post
from tests.relief.playing import CARD
from wanping_union import clock
from wanping_union.rights.models import Consent

pytestmark = pytest.mark.django_db


@pytest.fixture
def member(cast):
    return make_member(cast.union, name="韩轩娜")


def begin(chair_client: Client, member, fund) -> ReliefCase:
    post(chair_client, reverse("relief:start", args=[member.person_id]), {"fund": fund.pk})
    return ReliefCase.objects.get(household__head=member.person)


def test_the_whole_way_from_finding_the_person_to_the_number(chair_client, cast, member, fund):
    found = chair_client.post(reverse("relief:new"), {"q": "韩轩"}, follow=True)
    assert "韩轩娜" in found.content.decode()
    assert "韩" not in found.redirect_chain[-1][0]
    case = begin(chair_client, member, fund)
    tasks = chair_client.get(address("tasks", case))
    assert [task.state.words for task in tasks.context["tasks"]] == [
        "未开始", "未开始", "暂不能开始", "未开始", "暂不能开始",
    ]  # fmt: skip

    post(
        chair_client,
        address("contact", case),
        {"address": "老庄子村 8 号", "mobile": "13812345678"},
    )
    spouse = id_number(date(1979, 3, 4))
    post(
        chair_client,
        address("add_member", case),
        {
            "relation": "spouse", "name": "解明", "id_type": "resident_id", "id_number": spouse,
            "is_cohabiting": "on", "work": "务农",
        },
    )  # fmt: skip
    post(
        chair_client, address("finances", case), {"wage": "24000", "medical": "25000", "home": "1"}
    )
    post(chair_client, address("hardship", case), hardship(case))
    post(chair_client, address("add_bill", case), BILL | {"file": photo()})
    bill = Bill.objects.get()
    assert (bill.sums.self_paid, bill.scan.label) == (Decimal(25000), "医疗费结算单")
    for one in case.household.members.all():
        purposes = {"relief_finance": "on", "relief_health": "on"}
        post(chair_client, address("agree", case, one.pk), purposes | {"given_on": clock.today()})
    assert Consent.objects.count() == 3  # the healthy spouse is not asked for health data
    wanted = ["id", "consent", "diagnosis", "reimbursement", "income", "account"]
    for n, code in enumerate(wanted):
        post(chair_client, address("paper", case, code), {"file": photo(30 * n)})
    case.refresh_from_db()
    number = CARD[:4] + " " + CARD[4:]
    answers = {"version": case.version, "account_name": "韩轩娜", "account": number, "bank": "工行"}
    post(chair_client, address("account", case), answers)

    tasks = chair_client.get(address("tasks", case))
    assert [task.state.words for task in tasks.context["tasks"]] == ["已完成"] * 4 + ["未开始"]
    page = chair_client.get(address("check_answers", case)).content.decode()
    assert "25,000.00 元" in page
    assert "系统只作提示，由审核人决定" in page
    assert CARD not in page
    assert spouse not in page
    sent = post(chair_client, address("check_answers", case))
    assert sent.headers["Location"] == address("sent", case)
    case.refresh_from_db()
    assert case.status == Status.SUBMITTED
    assert str(case.pk) in chair_client.get(address("sent", case)).content.decode()
    for name in ("hardship", "family", "bills", "papers", "account", "finances"):
        gone = chair_client.get(address(name, case))
        assert gone.status_code == 302  # diagnosis and finances are hidden again
