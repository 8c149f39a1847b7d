"""The end of a file: listed ten years after, erased as approved; a new key for what is kept."""

from datetime import date
from decimal import Decimal

import pytest
from django.apps import apps

from members.selectors.rights import subject_of
from relief import services
from relief.models import (
    Conference,
    Household,
    HouseholdLine,
    HouseholdMember,
    Payment,
    ReliefCase,
    Visit,
    YearlyGrant,
)
from relief.models.household import LineKind, LineType
from relief.report import SECTION
from relief.rules import Place
from relief.selectors.rights import hold
from relief.services import LineFacts
from relief.services.expiring import FILES, TOUCHED
from tests.relief.playing import DAY, NOTICED, Cast, paid_case
from tests.relief.test_meetings import MINUTES, SLIP
from tests.test_rotation import add_key, keys_in_use, rotate  # noqa: F401  # a fixture
from wanping_union import clock, portal, rotation
from wanping_union.aid.models import Aid
from wanping_union.audit.models import Act
from wanping_union.crypto import EncryptedField
from wanping_union.errors import NotAllowed, Refused
from wanping_union.indicators import Period
from wanping_union.reference.services import load_seed
from wanping_union.rights import retention
from wanping_union.rights.models import RetentionLine

AFTER = date(2026, 10, 19)  # ten years and a day after the money came


def ended_case(cast: Cast, fund) -> ReliefCase:
    """Paid, followed up and closed on 18 October 2016."""
    with clock.at(DAY):
        case = paid_case(cast, fund)
        services.refer(case, by=cast.officer, **SLIP)
        services.confer(case, by=cast.officer, **MINUTES)
    with clock.at(NOTICED):
        wage = LineFacts(LineType.WAGE, Decimal(30_000))
        services.save_lines(case.household, 2015, LineKind.INCOME, [wage], by=cast.chair)
        services.confirm_receipt(case, by=cast.chair)
        services.hand_over(case, by=cast.officer, on=NOTICED, place=Place.HOME, people=2)
        case.follow_ups.all().delete()
        services.close(case, by=cast.officer)
    case.refresh_from_db()
    return case


@pytest.fixture
def case(cast: Cast, fund) -> ReliefCase:
    load_seed()
    return ended_case(cast, fund)


def listed(day: date) -> list[int]:
    return [found.record for found in FILES.due(day)]


def erase(case: ReliefCase, by, as_of: str | None = None) -> None:
    with clock.at(AFTER):
        found = next(iter(FILES.due(AFTER)))
        FILES.erase(
            case.household_id, as_of=as_of or found.as_of, by=by, note="2026 年清单",
            offers=portal.RIGHTS,
        )  # fmt: skip


def figures(cast: Cast) -> list[object]:
    year = Period(date(2016, 1, 1), date(2016, 12, 31))
    return [one.value(cast.union, year) for one in SECTION.indicators]


def test_a_file_is_listed_ten_years_after_its_end_and_not_before(case):
    assert listed(date(2026, 10, 18)) == []
    assert listed(AFTER) == [case.household_id]
    found = next(iter(FILES.due(AFTER)))
    assert (found.union, found.since) == (case.union, date(2016, 10, 18))
    assert FILES.words([case.household_id])[case.household_id][0].endswith("的家庭档案")


def test_a_file_counts_from_the_day_it_left_the_list_and_while_it_is_on_it_never_ends(case):
    Household.objects.update(category="deep", filed_on=DAY)
    assert listed(date(2050, 1, 1)) == []
    Household.objects.update(delisted_on=date(2018, 3, 1), delisted_why="脱困")
    assert listed(date(2028, 3, 1)) == []
    assert listed(date(2028, 3, 2)) == [case.household_id]


def test_a_file_with_a_case_that_runs_never_ends(cast, fund, case):
    with clock.at(date(2016, 12, 1)):
        services.open_case(case.household, by=cast.chair, fund=fund)
    assert listed(date(2050, 1, 1)) == []


def test_what_is_approved_goes_and_vouchers_and_figures_stay(cast, case):
    before = figures(cast)
    number = case.beneficiary.id_number
    erase(case, cast.areachair)

    case.refresh_from_db()
    household = Household.objects.get()
    member = HouseholdMember.objects.get()
    assert (member.name, member.id_number, member.left_on) == ("已删除", "已删除", AFTER)
    assert (case.story, case.diagnosis, case.sheet, case.account) == ("", "", "", "已删除")
    assert (case.committee, case.concerned, household.address) == ([], [], "")
    assert household.erased_on == AFTER
    for model in (Visit, Conference, HouseholdLine, YearlyGrant):
        assert not model.objects.exists()
    aid = Aid.objects.get()
    assert (aid.household, aid.marks, aid.amount) == ([], [], 3100)
    assert Payment.objects.get().payee  # the voucher
    assert figures(cast) == before
    assert Act.objects.filter(name="erase_file").get().note == "2026 年清单"
    assert listed(date(2050, 1, 1)) == []
    assert FILES.words([household.pk]) == {household.pk: (str(household), "")}
    for user in (cast.chair, cast.officer, cast.reviewer, cast.auditor):
        assert not Household.objects.visible_to(user).exists()
        assert not ReliefCase.objects.visible_to(user).exists()
    assert number not in str([vars(row) for row in HouseholdMember.objects.all()])


def test_somebody_whose_file_is_gone_may_open_a_new_one(cast, fund, case):
    erase(case, cast.areachair)
    membership = case.household.head.memberships.get()
    fresh = services.open_file(membership, by=cast.chair)
    assert fresh.pk != case.household_id
    with pytest.raises(services.AlreadyFiled):
        services.open_file(membership, by=cast.chair)


def test_a_file_that_was_touched_or_is_not_theirs_stays(cast, case):
    with pytest.raises(Refused, match=TOUCHED):
        erase(case, cast.areachair, as_of="2016-10-18")
    with pytest.raises(NotAllowed):
        erase(case, cast.officer)
    assert HouseholdMember.objects.get().name != "已删除"


def test_the_daily_search_puts_files_on_the_areas_list(case, area):
    with clock.at(AFTER):
        retention.find(portal.RIGHTS)
    line = RetentionLine.objects.get(rule="relief")
    assert (line.record, line.list.union) == (case.household_id, area)


def test_a_person_in_a_file_that_is_kept_is_not_erased(cast, case):
    membership = case.household.head.memberships.get()
    subject = subject_of(membership)
    assert "保存期内" in hold(subject)
    assert hold in portal.RIGHTS.holds
    erase(case, cast.areachair)
    assert hold(subject) == ""


def test_a_new_key_takes_over_everything_of_a_played_case(committed, cast, fund, add_key):  # noqa: F811
    load_seed()
    ended_case(cast, fund)
    models = [one for one in apps.get_app_config("relief").get_models() if _secret(one)]
    before = {model: _values(model) for model in models}
    filled = {model.__name__ for model, rows in before.items() if rows}
    assert filled >= {
        "Bill", "Conference", "Household", "HouseholdLine", "HouseholdMember", "Payment",
        "Referral", "ReliefCase", "Visit",
    }  # fmt: skip
    add_key()
    rotate()
    assert set(keys_in_use()) == {2}
    assert {model: _values(model) for model in models} == before
    assert {table.model for table in rotation.tables()} >= set(models)


def _secret(model) -> list[str]:
    return [f.name for f in model._meta.local_fields if isinstance(f, EncryptedField)]


def _values(model) -> list[tuple[object, ...]]:
    rows = model.objects.order_by("pk")
    return [tuple(getattr(row, name) for name in _secret(model)) for row in rows]
