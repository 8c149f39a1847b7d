"""The household's file and the application, until the unit has handed it in."""

from dataclasses import replace
from datetime import date
from decimal import Decimal as D

import pytest

from relief import services
from relief.models import ReliefCase
from relief.models.household import LineKind, LineType
from relief.rules import Status
from relief.selectors import cases as case_selectors
from relief.selectors import households, review
from relief.services import AlreadyFiled, LineFacts, MemberFacts
from relief.terms import BillSums
from tests.factories import id_number, make_member, make_user
from tests.relief.building import make_fund
from tests.relief.playing import CARD, COMMITTEE, DAY, OTHER_CARD, bring, write_case
from wanping_union import clock
from wanping_union.aid.models import Aid
from wanping_union.audit.models import Act
from wanping_union.errors import NotAllowed, OutOfTurn, Refused
from wanping_union.rights.rules import Purpose

pytestmark = pytest.mark.usefixtures("autumn")
SPOUSE = MemberFacts("spouse", "解兰", id_number(), date(1982, 3, 4))


@pytest.fixture
def household(cast):
    return services.open_file(make_member(cast.union), by=cast.chair)


def save(case: ReliefCase, cast, **values) -> int:
    case.refresh_from_db()
    return services.save_case(case, values, by=cast.chair, version=case.version)


# --- one household, one file ------------------------------------------------------------------


def test_a_file_begins_with_its_head(cast, household):
    head = household.members.get()
    assert (head.relation, head.name) == ("self", household.head.name)
    assert households.household_of(household.head) == household


def test_a_second_file_is_refused_with_the_first(cast, household):
    membership = household.head.memberships.get()
    with pytest.raises(AlreadyFiled) as refused:
        services.open_file(membership, by=cast.chair)
    assert refused.value.household == household


def test_whoever_lives_in_one_file_opens_no_other(cast, household):
    spouse = make_member(cast.union, name="解兰")
    number = spouse.person.id_number
    services.save_member(household, replace(SPOUSE, id_number=number), by=cast.chair)
    with pytest.raises(AlreadyFiled):
        services.open_file(spouse, by=cast.chair)
    services.remove_member(household.members.get(relation="spouse"), by=cast.chair)
    assert services.open_file(spouse, by=cast.chair) != household


def test_only_its_own_unit_writes_the_file(cast, household, outsider):
    for user in (outsider, cast.officer, cast.reviewer, cast.administrator):
        with pytest.raises(NotAllowed):
            services.save_contact(household, by=user, address="晓月苑", mobile="")


@pytest.mark.parametrize(
    "facts",
    [
        replace(SPOUSE, relation="self", id_number=id_number()),
        replace(SPOUSE, id_number=id_number()),
    ],
)
def test_a_household_has_one_head_and_one_spouse(cast, household, facts):
    services.save_member(household, SPOUSE, by=cast.chair)
    with pytest.raises(Refused):
        services.save_member(household, facts, by=cast.chair)


def test_the_head_stays(cast, household):
    with pytest.raises(Refused, match="不能移出"):
        services.remove_member(household.members.get(), by=cast.chair)


def test_incomes_are_kept_encrypted_and_replace_those_of_the_year(cast, household):
    for wage in ("36000", "24000.50"):
        lines = [LineFacts(LineType.WAGE, D(wage)), LineFacts(LineType.PENSION, D(1200))]
        services.save_lines(household, 2015, LineKind.INCOME, lines, by=cast.chair)
    found = households.lines_of(household, 2015)[LineKind.INCOME]
    assert [line.amount for line in found] == [D("24000.50"), D(1200)]
    facts = households.hardship_of(household, DAY).facts
    assert (facts.income, facts.rigid, facts.members) == (D("25200.50"), D(0), 1)


@pytest.mark.parametrize("amount", [D(-1), D("10000000.01")])
def test_amounts_that_cannot_be_are_refused(cast, household, amount):
    with pytest.raises(Refused):
        services.save_lines(
            household, 2015, LineKind.INCOME, [LineFacts(LineType.WAGE, amount)], by=cast.chair
        )


def test_the_category_follows_the_line_of_the_day(cast, household):
    services.save_lines(
        household, 2015, LineKind.INCOME, [LineFacts(LineType.WAGE, D(9599))], by=cast.chair
    )
    found = households.hardship_of(household, DAY)
    assert (found.of_2016, found.since_2018) == ("a_minimum", "b_deep")  # 799.92 < 800


# --- the application ---------------------------------------------------------------------------


def test_every_page_is_kept_and_two_open_tabs_do_not_overwrite(cast, fund, household):
    case = services.open_case(household, by=cast.chair, fund=fund)
    assert services.save_case(case, {"cause": "illness"}, by=cast.chair, version=0) == 1
    assert services.save_case(case, {"bank": "某行"}, by=cast.chair, version=1) == 2
    with pytest.raises(OutOfTurn, match="别处改过"):
        services.save_case(case, {"bank": "另一行"}, by=cast.chair, version=1)
    case.refresh_from_db()
    assert (case.cause, case.bank) == ("illness", "某行")


def test_a_person_has_one_open_application(cast, fund, household):
    first = services.open_case(household, by=cast.chair, fund=fund)
    with pytest.raises(Refused, match="没有办完"):
        services.open_case(household, by=cast.chair, fund=fund)
    spouse = services.save_member(household, SPOUSE, by=cast.chair)
    second = services.open_case(household, by=cast.chair, fund=fund, beneficiary=spouse)
    with pytest.raises(Refused, match="没有办完"):
        save(second, cast, beneficiary=first.beneficiary)


def test_a_closed_fund_takes_none(cast, household, district):
    with pytest.raises(Refused, match="不接受"):
        services.open_case(household, by=cast.chair, fund=make_fund(district, is_open=False))


@pytest.mark.parametrize(
    ("values", "match"),
    [
        ({"happened_on": date(2016, 10, 11)}, "不能晚于今天"),
        ({"loss": D(-1)}, "不能小于"),
        ({"loss": D(99_999_999)}, "核对"),
        ({"account": "6228480402564890017"}, "没有通过校验"),
        ({"account": "12345"}, "没有通过校验"),
    ],
)
def test_what_cannot_be_is_refused(cast, fund, household, values, match):
    case = services.open_case(household, by=cast.chair, fund=fund)
    with pytest.raises(Refused, match=match):
        save(case, cast, **values)


def test_the_beneficiary_is_of_the_household(cast, fund, household):
    case = services.open_case(household, by=cast.chair, fund=fund)
    other = services.open_file(make_member(cast.union), by=cast.chair)
    with pytest.raises(Refused, match="不在这个家庭"):
        save(case, cast, beneficiary=other.members.get())


def bill(case, cast, sums, **values):
    values = {"number": "A1", "hospital": "丰台医院", "dated": date(2016, 8, 1)} | values
    return services.save_bill(case, sums, by=cast.chair, **values)


@pytest.mark.parametrize(
    ("sums", "values", "match"),
    [
        (BillSums(D(10)), {"dated": date(2016, 10, 11)}, "不能晚于今天"),
        (BillSums(D(10), insurance=D(11)), {}, "超过了总费用"),
        (BillSums(D(-10)), {}, "不能小于"),
        (BillSums(D(0)), {}, "大于 0"),
        (BillSums(D(10), other=D(-1)), {}, "不能小于"),
    ],
)
def test_a_bill_that_cannot_be_is_refused(cast, fund, household, sums, values, match):
    case = services.open_case(household, by=cast.chair, fund=fund)
    with pytest.raises(Refused, match=match):
        bill(case, cast, sums, **values)


def test_a_bill_counts_once_in_the_portal_until_its_case_ends(cast, fund):
    first = write_case(cast, fund)
    used = first.bills.get()
    again = services.open_file(make_member(cast.union), by=cast.chair)
    second = services.open_case(again, by=cast.chair, fund=fund)
    same = {"number": f" {used.number} ", "dated": used.dated}
    with pytest.raises(Refused, match="只能用一次"):
        bill(second, cast, BillSums(used.total), **same)
    services.withdraw(first, by=cast.chair, reason="不再申请")
    bill(second, cast, BillSums(used.total), **same)


def test_a_whole_application_is_handed_in_under_the_terms_of_the_day(cast, fund):
    case = bring(write_case(cast, fund), cast, Status.SUBMITTED)
    assert case.submitted_on == DAY
    assert case.fund_terms.version == "2016-01-01"
    assert [bytes(one) for one in case.concerned] == [bytes(case.beneficiary.id_hash)]
    aid = Aid.objects.get()
    assert (aid.state, aid.record) == ("asked", f"relief.reliefcase:{case.pk}")


@pytest.mark.parametrize("field", ["cause", "story", "account", "account_name", "bank"])
def test_what_lacks_is_named(cast, fund, field):
    case = write_case(cast, fund)
    save(case, cast, **{field: ""})
    with pytest.raises(Refused, match="还有内容没有填写"):
        services.submit(case, by=cast.chair)


def test_the_payee_is_the_beneficiary(cast, fund):
    case = write_case(cast, fund, account_name="别人")
    with pytest.raises(Refused, match="受助人本人"):
        services.submit(case, by=cast.chair)


def test_a_childs_money_may_go_to_its_parent_until_it_is_grown_up(cast, fund):
    case = write_case(cast, fund)
    for born_on, is_minor in ((date(1998, 10, 11), True), (date(1998, 10, 10), False)):
        child = services.save_member(
            case.household, MemberFacts("child", "韩小", id_number(), born_on), by=cast.chair
        )
        save(case, cast, beneficiary=child)
        if is_minor:
            services.submit(case, by=cast.chair)
            services.recall(case, by=cast.chair)
        else:
            with pytest.raises(Refused, match="受助人本人"):
                services.submit(case, by=cast.chair)


def test_no_terms_no_application(cast, district):
    case = write_case(cast, make_fund(district, code="nowhere"))
    with pytest.raises(Refused, match="没有有效的标准"):
        services.submit(case, by=cast.chair)


def test_under_review_nothing_of_the_household_moves(cast, fund):
    case = bring(write_case(cast, fund), cast, Status.SUBMITTED)
    with pytest.raises(Refused, match="正在审核"):
        services.save_contact(case.household, by=cast.chair, address="", mobile="")
    with pytest.raises(OutOfTurn, match="不能修改"):
        save(case, cast, bank="某行")
    services.recall(case, by=cast.chair)
    save(case, cast, bank="某行")


@pytest.mark.parametrize("names", [["甲", "乙"], ["甲", "甲 ", "乙"], []])
def test_fewer_than_three_do_not_verify(cast, fund, names):
    case = bring(write_case(cast, fund), cast, Status.SUBMITTED)
    with pytest.raises(Refused, match="三名"):
        services.unit_verify(case, by=cast.chair, committee=names)
    services.unit_verify(case, by=cast.chair, committee=COMMITTEE)


# --- what the audit and others may read ---------------------------------------------------------


def test_the_audit_tells_nothing_of_illness_account_or_family(cast, fund):
    bring(write_case(cast, fund), cast, Status.PUBLICITY)
    said = "".join(f"{act.changed}{act.note}{act.record_words}" for act in Act.objects.all())
    for secret in (CARD, OTHER_CARD, "化疗", "tumour", "韩轩娜", "丰台医院"):
        assert secret not in said


def test_the_unit_sees_inside_only_while_it_writes(cast, fund, outsider):
    case = write_case(cast, fund)
    seen = case_selectors.may_see_inside
    assert seen(case, cast.chair)
    bring(case, cast, Status.SUBMITTED)
    assert not seen(case, cast.chair)
    assert not households.may_see_finances(case.household, cast.chair)
    for user in (cast.officer, cast.areachair, cast.reviewer):
        assert seen(case, user)
        assert households.may_see_finances(case.household, user)
    for user in (cast.administrator, cast.auditor, cast.finance, outsider):
        assert not seen(case, user)
        assert not households.may_see_finances(case.household, user)


def test_nobody_but_those_concerned_finds_the_case(cast, fund, outsider):
    case = write_case(cast, fund)
    for user in (cast.administrator, cast.finance, outsider, make_user()):
        assert not case_selectors.cases_for(user).exists()
        assert not households.households_for(user).exists()
    for user in (cast.chair, cast.officer, cast.reviewer, cast.auditor):
        assert case_selectors.cases_for(user).get() == case


# --- consent ------------------------------------------------------------------------------------

TODAY = date(2026, 3, 2)


@pytest.fixture
def family(cast, district):
    """A draft of today, when notices are in force, with a spouse."""
    with clock.at(TODAY):
        case = write_case(cast, make_fund(district, code="warm"), happened_on=date(2026, 2, 1))
        services.save_member(case.household, replace(SPOUSE, id_number=id_number()), by=cast.chair)
        yield case


BOTH = (Purpose.RELIEF_FINANCE, Purpose.RELIEF_HEALTH)


def test_every_adult_agrees_for_every_purpose_before_it_is_handed_in(cast, family):
    head, spouse = households.members_of(family.household)
    assert review.missing_consents(family) == [
        "本人（家庭经济状况）", "配偶（家庭经济状况）", "本人（健康信息）",
    ]  # fmt: skip
    services.agree(head, by=cast.chair, purposes=BOTH, given_on=TODAY)
    with pytest.raises(Refused, match="配偶（家庭经济状况）"):
        services.submit(family, by=cast.chair)
    services.agree(spouse, by=cast.chair, purposes=BOTH[:1], given_on=TODAY)
    services.submit(family, by=cast.chair)


def test_a_consent_ends_after_a_year_and_is_given_anew(cast, family):
    for member in households.members_of(family.household):
        services.agree(member, by=cast.chair, purposes=BOTH, given_on=TODAY)
    with clock.at(date(2027, 3, 2)):
        assert review.missing_consents(family) == []
    with clock.at(date(2027, 3, 3)):
        assert len(review.missing_consents(family)) == 3
        for member in households.members_of(family.household):
            services.agree(member, by=cast.chair, purposes=BOTH, given_on=date(2027, 3, 3))
        assert review.missing_consents(family) == []


def test_a_withdrawn_consent_counts_no_more(cast, family):
    head = households.members_of(family.household)[0]
    services.agree(head, by=cast.chair, purposes=BOTH, given_on=TODAY)
    services.withdraw_consent(head, by=cast.chair, purpose=BOTH[0])
    assert "本人（家庭经济状况）" in review.missing_consents(family)
    with pytest.raises(Refused, match="没有可以撤回"):
        services.withdraw_consent(head, by=cast.chair, purpose=BOTH[0])
    with pytest.raises(NotAllowed):
        services.agree(head, by=cast.reviewer, purposes=BOTH, given_on=TODAY)
