"""困难职工档案: on the list, reviewed every year, off it with a reason."""

from datetime import date

import pytest

from relief import services
from relief.models import Household
from relief.selectors import files, households
from tests.factories import make_member
from tests.relief.playing import paid_case
from wanping_union import clock
from wanping_union.errors import NotAllowed, OutOfTurn, Refused

pytestmark = pytest.mark.usefixtures("autumn")


@pytest.fixture
def household(cast):
    return services.open_file(make_member(cast.union), by=cast.chair)


def test_a_file_is_opened_reviewed_and_closed(cast, household):
    with pytest.raises(OutOfTurn, match="没有在档"):
        services.review_hardship(household, by=cast.officer, category="b_deep")
    services.file_hardship(household, by=cast.officer, category="b_deep")
    with pytest.raises(OutOfTurn, match="已经在档"):
        services.file_hardship(household, by=cast.officer, category="b_deep")
    with clock.at(date(2017, 10, 10)):
        assert not households.not_reviewed(cast.officer, clock.today()).exists()
    with clock.at(date(2017, 10, 11)):
        assert households.not_reviewed(cast.officer, clock.today()).get() == household
        services.review_hardship(household, by=cast.officer, category="b_relative")
        assert not households.not_reviewed(cast.officer, clock.today()).exists()
        with pytest.raises(Refused, match="原因"):
            services.delist(household, by=cast.officer, reason=" ")
        services.delist(household, by=cast.officer, reason="已就业脱困")
    assert not households.on_list(cast.officer).exists()
    with clock.at(date(2018, 1, 5)):
        services.file_hardship(household, by=cast.officer, category="b_accident")
    household.refresh_from_db()
    assert (household.delisted_on, household.filed_on) == (None, date(2018, 1, 5))


def test_the_area_keeps_the_list_and_nobody_their_own(cast, household):
    for user in (cast.chair, cast.reviewer, cast.administrator):
        with pytest.raises(NotAllowed):
            services.file_hardship(household, by=user, category="b_deep")
    with pytest.raises(Refused, match="困难类别"):
        services.file_hardship(household, by=cast.officer, category="x")
    cast.officer.relatives = [bytes(household.head.id_hash)]
    with pytest.raises(Refused, match="亲属"):
        services.file_hardship(household, by=cast.officer, category="b_deep")


def test_who_was_never_helped_is_listed(cast, fund, household):
    services.file_hardship(household, by=cast.officer, category="b_deep")
    helped = paid_case(cast, fund).household
    services.file_hardship(helped, by=cast.officer, category="b_deep")
    assert list(files.listed(cast.officer, "unhelped")) == [household]


def test_a_household_is_helped_while_a_case_of_theirs_stays_paid(cast, fund):
    case = paid_case(cast, fund)
    assert Household.objects.get().is_helped
    services.reverse(case.payments.get(), by=cast.finance, reason="退票")
    assert not Household.objects.get().is_helped
