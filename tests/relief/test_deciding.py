"""From the visit to the decision: who may, what is refused, what the money does."""

from datetime import date
from decimal import Decimal as D

import pytest

from relief import duties, rules, services
from relief.models import Payment, YearlyGrant
from relief.models.papers import Asked
from relief.rules import Status
from relief.selectors import cases as case_selectors
from relief.selectors import review
from relief.services.moving import take_up
from tests.factories import make_user
from tests.relief.building import make_aid, make_relative
from tests.relief.playing import (
    CARD,
    DAY,
    NOTICED,
    UNRELATED,
    approved_case,
    bring,
    noticed,
    ready_case,
    signed_case,
    state,
    write_case,
)
from wanping_union import clock
from wanping_union.accounts import kin
from wanping_union.accounts.models import Grant
from wanping_union.aid.models import Aid
from wanping_union.audit.models import Act
from wanping_union.crypto import keyed_hash
from wanping_union.errors import NotAllowed, OutOfTurn, Refused
from wanping_union.roles import Role

pytestmark = pytest.mark.usefixtures("autumn")
PAPERS = [Asked("diagnosis", "看不清公章，请重新拍照")]


def judge(case, cast, amount="3100", **values):
    return services.approve(
        case, by=values.pop("by", cast.reviewer), amount=D(amount), **(UNRELATED | values)
    )


def test_a_case_goes_its_way_and_each_step_leaves_one_act(cast, fund):
    case = approved_case(cast, fund)
    names = list(Act.objects.about(case).order_by("pk").values_list("name", flat=True))
    assert names == [
        "open_case", "save_case", "save_bill", "submit", "unit_verify", "visit", "publish",
        "area_review", "sign", "approve",
    ]  # fmt: skip
    assert (case.status, case.amount, case.suggested) == (Status.APPROVED, D(3100), None)
    payment = Payment.objects.get()
    assert (payment.amount, payment.state, payment.account) == (D(3100), "waiting", CARD)
    assert state(fund) == (D(200_000), D(3100), D(0))
    assert Aid.objects.get().state == "granted"
    assert review.sheet_of(case).self_paid == D(15_500)


@pytest.mark.parametrize("step", rules.OFFERED, ids=lambda step: step.name)
def test_a_step_belongs_to_its_role(cast, fund, step):
    at = {"returned_from": "signed"} if step == rules.ANY_SUPPLY else {}
    at |= {"amount": D(1), "decided_on": DAY, "reason": "理由"}
    case = ready_case(fund, cast.union, status=step.sources[0], **at)
    people = {name: user for name, user in vars(cast).items() if name != "union"}
    barred = {name for name, user in people.items() if not user.may(step.roles, cast.union)}
    assert {"administrator", "auditor"} <= barred
    for name in barred:
        with pytest.raises(NotAllowed):
            take_up(step, case, by=people[name])


def test_nobody_fills_two_cells(cast, fund):
    """Somebody with every role is stopped by what they did before."""
    everybody = make_user(name="全能")
    for role in (Role.UNIT_CHAIR, Role.AREA_OFFICER, Role.AREA_CHAIR, Role.DISTRICT_REVIEWER):
        Grant.objects.create(user=everybody, union=cast.reviewer.held[0].union, role=role)
    case = bring(write_case(cast, fund), cast, Status.SUBMITTED)
    services.unit_verify(case, by=everybody, committee=["甲", "乙", "丙"])
    with pytest.raises(Refused, match="您已经经办过这件申请，不能再核实"):
        services.visit(case, by=everybody, on=DAY, place="home", people=1)
    case.refresh_from_db()
    bring(case, cast, Status.SIGNED)
    with pytest.raises(Refused, match="不能再审批"):
        noticed(lambda: judge(case, cast, by=everybody))


@pytest.mark.parametrize("relation", ["own", "relative"])
def test_nobody_acts_on_their_own_or_a_relatives_case(cast, fund, relation):
    case = signed_case(cast, fund)
    one = bytes(case.beneficiary.id_hash)
    if relation == "own":
        cast.reviewer.id_hash = one
    else:
        cast.reviewer.relatives = [keyed_hash("id_number", "x"), one]
    cast.reviewer.save()
    assert duties.objection(case, "approve", by=cast.reviewer) == duties.RELATED
    with pytest.raises(Refused, match="亲属有关"):
        noticed(lambda: judge(case, cast))
    noticed(lambda: judge(case, cast, by=cast.reviewer2))


def test_a_declaration_taken_back_frees_nobody_for_a_case_already_entered(cast, fund):
    case = signed_case(cast, fund)
    number = case.beneficiary.id_number
    for user in (cast.reviewer, cast.officer):
        kin.declare(user, by=user, relatives=[number])
        kin.remove(user, by=user, id_number=number, reason="填错")
        user.refresh_from_db()
    assert duties.objection(case, "approve", by=cast.reviewer) == duties.RELATED
    with pytest.raises(Refused, match="亲属有关"):
        noticed(lambda: judge(case, cast))
    with pytest.raises(Refused, match="亲属有关"):
        services.file_hardship(case.household, by=cast.officer, category="b_relative")


def test_who_left_the_household_after_a_return_still_concerns_the_case(cast, fund):
    case = write_case(cast, fund)
    child = make_relative(case.household, "child", born_on=date(2010, 1, 2))
    bring(case, cast, Status.SIGNED)
    cast.reviewer2.relatives = [bytes(child.id_hash)]
    cast.reviewer2.save()
    with clock.at(NOTICED):
        services.return_by_district(case, by=cast.reviewer, papers=PAPERS)
        services.remove_member(child, by=cast.chair)
        services.supply(case, by=cast.chair)
    case.refresh_from_db()
    assert duties.objection(case, "approve", by=cast.reviewer2) == duties.RELATED
    assert len(case.concerned) == 2


def test_the_area_waits_for_the_notice_and_for_objections(cast, fund):
    case = bring(write_case(cast, fund), cast, Status.PUBLICITY)
    assert (case.public_from, case.public_to) == (DAY, date(2016, 10, 17))
    with clock.at(case.public_to):
        (shown,) = case_selectors.published(clock.today())
        assert (shown.name, shown.band, shown.code) == ("韩**", "待定", case.code)
        objection = services.object_to(f" {case.code.lower()} ", text="他家有三套房")
        with pytest.raises(Refused, match="公示到"):
            services.area_review(case, by=cast.officer)
    with clock.at(NOTICED):
        assert case_selectors.published(clock.today()) == []
        with pytest.raises(Refused, match="没有找到"):
            services.object_to(case.code, text="晚了")
        with pytest.raises(Refused, match="异议"):
            services.area_review(case, by=cast.officer)
        with pytest.raises(NotAllowed):
            services.answer_objection(objection, by=cast.chair, answer="不实")
        services.answer_objection(objection, by=cast.officer, answer="核查：只有一套")
        with pytest.raises(OutOfTurn):
            services.answer_objection(objection, by=cast.officer, answer="再答")
        services.area_review(case, by=cast.officer)


def test_a_return_names_the_paper_pauses_the_clock_and_comes_back(cast, fund):
    case = signed_case(cast, fund)
    with clock.at(date(2016, 10, 19)):
        with pytest.raises(Refused, match="哪一份材料"):
            services.return_by_district(case, by=cast.reviewer, papers=[Asked("diagnosis", " ")])
        services.return_by_district(case, by=cast.reviewer, papers=PAPERS)
        case.refresh_from_db()
        assert (case.status, case.returned_from) == ("returned", "signed")
        assert case.returns.get().asked == PAPERS
        paused = case_selectors.waiting_of(case)
        assert (paused.due, paused.words) == (None, "退回补正，期限暂停计算")
        assert case_selectors.may_see_inside(case, cast.chair)
    with clock.at(date(2016, 10, 21)):
        services.supply(case, by=cast.chair)
        case.refresh_from_db()
        assert (case.status, case.returned_from, case.stage_on) == ("signed", "", NOTICED)
        # Five working days from 18 October without 19, 20 and 21.
        assert case_selectors.waiting_of(case).due.on == date(2016, 10, 28)
        judge(case, cast)


def test_an_interrupted_notice_is_shown_for_its_whole_length_again(cast, fund):
    case = bring(write_case(cast, fund), cast, Status.PUBLICITY)
    with clock.at(date(2016, 10, 12)):
        services.return_by_area(case, by=cast.officer, papers=PAPERS)
        assert case_selectors.published(clock.today()) == []
    with clock.at(date(2016, 10, 14)):
        services.supply(case, by=cast.chair)
        case.refresh_from_db()
        assert (case.public_from, case.public_to) == (date(2016, 10, 14), date(2016, 10, 21))


def test_the_area_chair_may_ask_for_papers_and_sign_later(cast, fund):
    case = bring(write_case(cast, fund), cast, Status.AREA_REVIEWED)
    with clock.at(NOTICED):
        services.return_by_chair(case, by=cast.areachair, papers=PAPERS)
        services.supply(case, by=cast.chair)
        services.sign(case, by=cast.areachair)


def test_an_amount_that_differs_from_the_suggestion_needs_a_reason(cast, fund):
    case = signed_case(cast, fund)
    with pytest.raises(Refused, match="写明理由"):
        judge(case, cast, note=" ")
    with pytest.raises(Refused, match="声明"):
        judge(case, cast, unrelated=False)
    services.override(case, by=cast.reviewer, line="papers", is_met=True, reason="纸质材料已核对")
    case.refresh_from_db()
    assert review.sheet_of(case).amount == D(3100)
    judge(case, cast, note="")


def test_a_line_is_judged_with_a_reason_and_the_cap_never(cast, fund):
    case = signed_case(cast, fund)
    for line, reason in (("papers", " "), ("cap", "因为"), ("consents", "因为"), ("x", "因为")):
        with pytest.raises(Refused):
            services.override(case, by=cast.reviewer, line=line, is_met=True, reason=reason)
    with pytest.raises(NotAllowed):
        services.override(case, by=cast.officer, line="papers", is_met=True, reason="因为")


@pytest.mark.parametrize(
    ("amount", "match"),
    [("0", "大于 0"), ("-5", "大于 0"), ("50000.01", "两位"), ("10000.01", "两位")],
)
def test_amounts_one_reviewer_may_not_grant(cast, fund, amount, match):
    with pytest.raises(Refused, match=match):
        judge(ready_case(fund, cast.union), cast, amount)


def test_above_the_limit_two_reviewers_decide(cast, fund):
    case = ready_case(fund, cast.union)
    with pytest.raises(Refused, match="一位审核员就可以"):
        services.propose(case, by=cast.reviewer, amount=D(10_000), **UNRELATED)
    with pytest.raises(Refused, match=r"最多还可以批准 50,000\.00 元"):
        services.propose(case, by=cast.reviewer, amount=D("50000.01"), **UNRELATED)
    services.propose(case, by=cast.reviewer, amount=D(50_000), **UNRELATED)
    assert state(fund)[1] == 0
    with pytest.raises(Refused, match="另一位审核员"):
        services.confirm(case, by=cast.reviewer, **UNRELATED)
    services.confirm(case, by=cast.reviewer2, **UNRELATED)
    case.refresh_from_db()
    assert (case.status, case.amount) == (Status.APPROVED, D(50_000))
    assert state(fund)[1] == D(50_000)


def test_the_second_claim_of_a_year_gets_the_rest_of_the_cap_and_next_year_all(cast, fund):
    first = ready_case(fund, cast.union)
    services.propose(first, by=cast.reviewer, amount=D(45_000), **UNRELATED)
    services.confirm(first, by=cast.reviewer2, **UNRELATED)
    second = ready_case(fund, household=first.household)
    with pytest.raises(Refused, match=r"最多还可以批准 5,000\.00 元"):
        judge(second, cast, "5000.01")
    judge(second, cast, "5000")
    third = ready_case(fund, household=first.household)
    with pytest.raises(Refused, match=r"最多还可以批准 0\.00 元"):
        judge(third, cast, "0.01")
    assert {g.granted for g in YearlyGrant.objects.all()} == {D(50_000)}


def test_no_budget_no_money(cast, fund, district):
    case = ready_case(fund, cast.union)
    with clock.at(date(2017, 1, 3)), pytest.raises(Refused, match="没有编制 2017 年"):
        judge(case, cast)
    services.add_budget(fund, by=cast.finance, year=2016, amount=D(-197_000), note="调减")
    with pytest.raises(Refused, match=r"还剩 3,000\.00 元"):
        judge(case, cast, "3000.01")
    judge(case, cast, "3000")
    with pytest.raises(Refused, match=r"不能少于已批准的 3,000\.00"):
        services.add_budget(fund, by=cast.finance, year=2016, amount=D("-0.01"), note="再减")
    with pytest.raises(NotAllowed):
        services.add_budget(fund, by=cast.reviewer, year=2016, amount=D(1), note="加")


def test_a_refusal_has_a_reason_and_frees_the_bills(cast, fund):
    case = signed_case(cast, fund)
    with pytest.raises(Refused, match="理由"):
        services.refuse(case, by=cast.reviewer, reason=" ")
    services.refuse(case, by=cast.reviewer, reason="自付金额没有达到起点")
    case.refresh_from_db()
    assert (case.status, case.reason) == (Status.REFUSED, "自付金额没有达到起点")
    assert not case.bills.filter(counts=True).exists()
    assert Aid.objects.get().state == "void"
    with pytest.raises(OutOfTurn):
        judge(case, cast)


def test_a_revoked_approval_gives_everything_back(cast, fund):
    case = approved_case(cast, fund)
    with pytest.raises(Refused, match="理由"):
        services.revoke(case, by=cast.reviewer, reason="")
    services.revoke(case, by=cast.reviewer, reason="查实有重复救助")
    assert state(fund) == (D(200_000), D(0), D(0))
    assert {g.granted for g in YearlyGrant.objects.all()} == {D(0)}
    assert Payment.objects.get().state == "cancelled"
    assert [e.amount for e in fund.years.get().entries.order_by("pk")] == [
        D(200_000), D(3100), D(-3100),
    ]  # fmt: skip


def test_other_aid_of_the_household_is_shown_judged_and_remembered(cast, fund):
    case = signed_case(cast, fund)
    person = bytes(case.beneficiary.id_hash)
    same = make_aid(person=person, household=[person])
    kin = make_aid(household=[b"k" * 16, person], amount=None, state="asked")
    make_aid()
    make_aid(person=person, household=[person], state="void")
    found = {one.aid.pk: one for one in review.alike(case)}
    assert {pk: one.why for pk, one in found.items()} == {
        same.pk: ["同一个人"], kin.pk: ["家庭成员相同"],
    }  # fmt: skip
    assert "2 笔相近" in " ".join(review.sheet_of(case).lacks)
    with pytest.raises(Refused, match="没有关联"):
        services.judge_alike(case, by=cast.reviewer, aid=make_aid(), is_duplicate=True, reason="像")
    for aid, verdict in ((same, False), (kin, True)):
        services.judge_alike(case, by=cast.reviewer, aid=aid, is_duplicate=verdict, reason="核对过")
    case.refresh_from_db()
    assert [one.is_duplicate for one in review.alike(case)].count(True) == 1
    assert review.sheet_of(case).amount == 0


def test_a_shared_account_or_phone_is_seen_across_households(cast, fund):
    first, second = signed_case(cast, fund), signed_case(cast, fund, cost="20000")
    (one,) = review.alike(second)
    assert (one.aid.record, one.why) == (f"relief.reliefcase:{first.pk}", ["收款账号相同"])
    services.judge_alike(
        first, by=cast.reviewer, aid=Aid.objects.get(record=f"relief.reliefcase:{second.pk}"),
        is_duplicate=False, reason="同一银行卡录入错误，已更正",
    )  # fmt: skip
    assert review.alike(second)[0].verdict is not None  # given from the other side


def test_the_desk_shows_each_role_its_own_first_due_first(cast, fund):
    waits = bring(write_case(cast, fund), cast, Status.UNIT_VERIFIED)
    later = ready_case(fund, cast.union, stage_on=date(2016, 10, 9))
    sooner = ready_case(fund, cast.union, stage_on=date(2016, 9, 27))
    assert [w.case for w in case_selectors.desk_of(cast.officer)] == [waits]
    assert [w.case for w in case_selectors.desk_of(cast.reviewer)] == [sooner, later]
    assert case_selectors.desk_of(cast.chair) == []
    assert case_selectors.desk_of(cast.administrator) == []
