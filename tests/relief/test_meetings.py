"""转介 and 会商: written on a case by who sees inside it, printed, followed up."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from relief import services
from relief.models import Conference, Referral, ReliefCase
from relief.rules import Outcome, Receiver, Status
from tests.relief.pages import post
from tests.relief.playing import DAY, Cast, bring, write_case
from wanping_union import clock
from wanping_union.audit.models import Act, Look
from wanping_union.crypto import keyed_hash
from wanping_union.errors import NotAllowed, OutOfTurn, Refused

pytestmark = pytest.mark.usefixtures("autumn")
SLIP = {"to": Receiver.CIVIL, "office": "卢沟桥街道民政科", "need": "申请低保", "agreed_on": DAY}
MINUTES = {
    "on": DAY,
    "place": "地区总工会会议室",
    "people": ["王城", "李宛平", "张审"],
    "opinions": "单位认为属实；地区认为金额较大，需要核对报销单。",
    "conclusion": "补齐报销单后上报。",
}
RESULT = {"outcome": Outcome.HELPED, "words": "已纳入低保", "on": DAY}


@pytest.fixture
def case(cast: Cast, fund) -> ReliefCase:
    return bring(write_case(cast, fund), cast, Status.SUBMITTED)


def client_of(user) -> Client:
    found = Client()
    found.force_login(user)
    return found


def address(name: str, case: ReliefCase, *more: int) -> str:
    return reverse(f"relief:{name}", args=[case.pk, *more])


def test_a_need_is_handed_on_and_its_outcome_noted(cast, case):
    sent = services.refer(case, by=cast.officer, **SLIP)
    services.note_outcome(
        sent, by=cast.reviewer, outcome=Outcome.ACCEPTED, words="材料已收", on=DAY
    )
    services.note_outcome(sent, by=cast.officer, **RESULT)

    sent.refresh_from_db()
    assert (sent.outcome, sent.outcome_words, sent.outcome_by) == (
        "done",
        "已纳入低保",
        cast.officer,
    )
    acts = Act.objects.filter(record=f"relief.reliefcase:{case.pk}").order_by("pk")
    assert [act.label for act in acts][-3:] == [
        "转介到民政部门", "登记转介结果：已受理", "登记转介结果：已得到帮助",
    ]  # fmt: skip
    with pytest.raises(OutOfTurn):
        services.note_outcome(sent, by=cast.officer, **RESULT)


@pytest.mark.parametrize("agreed_on", [None, DAY + timedelta(days=1)])
def test_nothing_is_handed_on_without_the_persons_own_consent(cast, case, agreed_on):
    with pytest.raises(Refused, match="单独同意"):
        services.refer(case, by=cast.officer, **SLIP | {"agreed_on": agreed_on})
    assert not Referral.objects.exists()


def test_an_outcome_comes_after_the_referral_and_not_tomorrow(cast, case):
    sent = services.refer(case, by=cast.officer, **SLIP)
    for on in (DAY - timedelta(days=1), DAY + timedelta(days=1)):
        with pytest.raises(Refused, match="结果日期"):
            services.note_outcome(sent, by=cast.officer, **RESULT | {"on": on})


def test_minutes_are_kept_of_two_people_or_more_and_of_the_past(cast, case):
    services.confer(case, by=cast.areachair, **MINUTES)
    kept = Conference.objects.get()
    assert (kept.conclusion, kept.by) == ("补齐报销单后上报。", cast.areachair)
    for wrong, words in (
        ({"people": ["王城", "王城"]}, "两人"),
        ({"on": DAY + timedelta(days=1)}, "晚于今天"),
    ):
        with pytest.raises(Refused, match=words):
            services.confer(case, by=cast.officer, **MINUTES | wrong)


def test_only_who_sees_inside_writes_and_nobody_of_a_relative_or_a_draft(cast, fund, case):
    for user in (cast.chair, cast.finance, cast.administrator, cast.auditor):
        with pytest.raises(NotAllowed):
            services.refer(case, by=user, **SLIP)
        with pytest.raises(NotAllowed):
            services.confer(case, by=user, **MINUTES)
    draft = write_case(cast, fund)
    for act, values in ((services.refer, SLIP), (services.confer, MINUTES)):
        with pytest.raises(Refused, match="没有提交"):
            act(draft, by=cast.officer, **values)
    cast.officer.id_hash = keyed_hash("id_number", case.beneficiary.id_number)
    cast.officer.save()
    sent = services.refer(case, by=cast.reviewer, **SLIP)
    for act in (
        lambda: services.refer(case, by=cast.officer, **SLIP),
        lambda: services.confer(case, by=cast.officer, **MINUTES),
        lambda: services.note_outcome(sent, by=cast.officer, **RESULT),
    ):
        with pytest.raises(Refused, match="亲属"):
            act()


def test_they_are_written_printed_and_followed_on_the_pages(cast, case):
    officer = client_of(cast.officer)
    slip = {**SLIP, "agreed_on": "2016-10-10"}
    post(officer, address("refer", case), slip | {"agreed_on": ""}, status=422)
    post(officer, address("refer", case), slip)
    minutes = {**MINUTES, "on": "2016-10-10", "people": "王城，李宛平 张审"}
    post(officer, address("confer", case), minutes | {"people": "王城"}, status=422)
    post(officer, address("confer", case), minutes)
    sent, kept = Referral.objects.get(), Conference.objects.get()
    assert kept.people == ["王城", "李宛平", "张审"]

    screen = officer.get(case.get_absolute_url()).content.decode()
    for words in ("转介：卢沟桥街道民政科", "等结果", "补齐报销单后上报。"):
        assert words in screen
    post(officer, address("note_outcome", case, sent.pk), {**RESULT, "on": "2016-10-10"})
    post(officer, address("note_outcome", case, sent.pk), {**RESULT, "on": "2016-10-10"}, 422)

    slip = officer.get(address("print_referral", case, sent.pk)).content.decode()
    for words in ("转介单", "民政部门", "申请低保", "已纳入低保", "本人签名"):
        assert words in slip
    assert case.beneficiary.id_number not in slip
    minutes = officer.get(address("print_conference", case, kept.pk)).content.decode()
    for words in ("会商纪要", "王城、李宛平、张审", "补齐报销单后上报。"):
        assert words in minutes
    assert Look.objects.filter(by=cast.officer, page="打印转介单", ids=[case.pk]).exists()
    with clock.at(DAY):
        cover = officer.get(reverse("relief:print", args=[case.pk, "cover"])).content.decode()
    assert "转介单" in cover
    assert "会商纪要" in cover


def test_who_may_not_see_inside_neither_writes_nor_reads_them(cast, fund, case, outsider):
    sent = services.refer(case, by=cast.officer, **SLIP)
    kept = services.confer(case, by=cast.officer, **MINUTES)
    paths = [
        address("refer", case), address("confer", case), address("note_outcome", case, sent.pk),
        address("print_referral", case, sent.pk), address("print_conference", case, kept.pk),
    ]  # fmt: skip
    for user, status in ((cast.chair, 403), (cast.auditor, 403), (outsider, 404)):
        assert [client_of(user).get(path).status_code for path in paths] == [status] * 5
    screen = client_of(cast.chair).get(case.get_absolute_url()).content.decode()
    assert "卢沟桥街道民政科" not in screen
    other = bring(write_case(cast, fund), cast, Status.SUBMITTED)
    officer = client_of(cast.officer)
    assert officer.get(address("print_referral", other, sent.pk)).status_code == 404
    assert officer.get(address("print_conference", other, kept.pk)).status_code == 404
