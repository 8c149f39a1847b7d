"""The ledger: codes, years and sizes, evidence, moving away."""

from datetime import date
from decimal import Decimal

import pytest

from members import services
from members.models import Enterprise, EnterpriseYear
from members.rules import Place
from members.selectors import enterprises as selectors
from members.sizes import Size
from tests.factories import make_enterprise
from wanping_union import clock
from wanping_union.audit.models import Act
from wanping_union.errors import NotAllowed, Refused

TODAY = date(2016, 12, 1)
USCC = "91110106MA0000015X"


@pytest.fixture(autouse=True)
def _on_a_day():
    with clock.at(TODAY):
        yield


def values(union, **changes):
    return {
        "union": union,
        "name": "城北餐饮公司",
        "uscc": USCC,
        "industry_code": "H62",
        "industry": "餐饮业",
        "covered_from": date(2016, 1, 1),
        "address": "",
    } | changes


def save_year(enterprise, by, year=2015, headcount=9, revenue=500, assets=None):
    money = {"revenue": revenue, "assets": assets}
    exact = {name: None if v is None else Decimal(v) for name, v in money.items()}
    services.save_year(enterprise, by=by, year=year, headcount=headcount, **exact)
    return EnterpriseYear.objects.get(enterprise=enterprise, year=year)


def test_an_enterprise_is_found_by_name_pinyin_and_code(chair, union):
    enterprise = services.add_enterprise(by=chair, **values(union))
    for text in ("餐饮", "cbcy", "chengbei", USCC):
        assert list(selectors.named(selectors.enterprises_for(chair), text)) == [enterprise]
    assert not selectors.named(selectors.enterprises_for(chair), "城南")


def test_a_credit_code_is_taken_once(chair, outsider, union, other_union):
    services.add_enterprise(by=chair, **values(union))
    with pytest.raises(Refused, match="另一家"):
        services.add_enterprise(by=outsider, **values(other_union, name="别家"))
    second = services.add_enterprise(by=chair, **values(union, uscc=""))
    third = services.add_enterprise(by=chair, **values(union, uscc=""))
    assert (second.uscc, third.uscc) == (None, None)
    with pytest.raises(Refused, match="另一家"):
        services.correct_enterprise(second, by=chair, **values(union))


def test_only_the_unions_keepers_write_in_the_ledger(outsider, auditor, administrator, union):
    enterprise = make_enterprise(union)
    for user in (outsider, auditor, administrator):
        with pytest.raises(NotAllowed):
            services.add_enterprise(by=user, **values(union))
        with pytest.raises(NotAllowed):
            services.relocate(enterprise, by=user, on=TODAY)
        with pytest.raises(NotAllowed):
            save_year(enterprise, user)


def test_nobody_hands_an_enterprise_to_a_union_out_of_reach(chair, union, other_union):
    enterprise = services.add_enterprise(by=chair, **values(union))
    with pytest.raises(NotAllowed):
        services.correct_enterprise(enterprise, by=chair, **values(other_union))


def test_a_year_is_classified_and_an_unknown_value_leaves_the_size_open(chair, union):
    enterprise = services.add_enterprise(by=chair, **values(union))
    assert save_year(enterprise, chair).size == Size.MICRO
    assert save_year(enterprise, chair, revenue=None).size == Size.UNKNOWN
    assert EnterpriseYear.objects.count() == 1
    acts = Act.objects.filter(name="save_year").order_by("pk")
    assert acts[1].changed == {"营业收入（万元）": ["500.00", ""]}


def test_a_corrected_industry_gives_every_year_its_size_anew(chair, union):
    enterprise = services.add_enterprise(by=chair, **values(union, industry="", industry_code=""))
    assert save_year(enterprise, chair).size == Size.UNKNOWN
    services.correct_enterprise(enterprise, by=chair, **values(union))
    assert EnterpriseYear.objects.get().size == Size.MICRO


@pytest.mark.parametrize("year", [1989, 2017])
def test_a_year_lies_in_the_past(chair, union, year):
    with pytest.raises(Refused, match="年度应在"):
        save_year(make_enterprise(union), chair, year=year)


def test_a_size_is_overridden_only_with_evidence_and_can_be_taken_back(chair, union):
    row = save_year(services.add_enterprise(by=chair, **values(union)), chair)
    with pytest.raises(Refused, match="依据"):
        services.override_size(row, by=chair, size=Size.SMALL, evidence="")
    services.override_size(row, by=chair, size=Size.SMALL, evidence="名录")
    row.refresh_from_db()
    assert (row.size, row.size_shown, row.override_by) == (Size.MICRO, Size.SMALL, chair)
    services.override_size(row, by=chair, size="", evidence="")
    row.refresh_from_db()
    assert (row.size_shown, row.override_by) == (Size.MICRO, None)


def test_who_moved_away_is_not_covered_from_that_day_and_may_come_back(chair, union):
    enterprise = make_enterprise(union, covered_from=date(2015, 1, 1))
    with pytest.raises(Refused, match="不能晚于今天"):
        services.relocate(enterprise, by=chair, on=date(2017, 1, 1))
    with pytest.raises(Refused, match="覆盖日期"):
        services.relocate(enterprise, by=chair, on=date(2014, 1, 1))
    services.relocate(enterprise, by=chair, on=date(2016, 6, 1), note="疏解")
    covered = Enterprise.objects.covered_at
    assert (covered(date(2016, 5, 31)).count(), covered(date(2016, 6, 1)).count()) == (1, 0)
    services.bring_back(enterprise, by=chair)
    enterprise.refresh_from_db()
    assert (enterprise.place, enterprise.relocated_on) == (Place.INSIDE, None)


def test_the_page_says_which_indicator_gave_which_class(chair, union):
    enterprise = services.add_enterprise(by=chair, **values(union))
    save_year(enterprise, chair, headcount=120, revenue=500)
    (year,) = selectors.years_of(enterprise)
    assert [(line.value, line.size) for line in year.lines] == [
        (120, Size.MEDIUM),
        (Decimal(500), Size.SMALL),
    ]
    assert year.size == Size.SMALL
