"""Section 1 of the monthly report: who counts on which day, and that a figure is its rows."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from members import services
from members.models import EnterpriseYear, Membership, Person, Standing
from members.report import SECTION
from members.rules import Place, Route, Sex, Status
from tests.factories import make_enterprise, make_member, make_union
from wanping_union import clock
from wanping_union.accounts.models import UnionKind
from wanping_union.indicators import Period, lower_bounds, values

YEAR = Period(date(2016, 1, 1), date(2016, 12, 31))
DECEMBER = Period(date(2016, 12, 1), date(2016, 12, 31))
COUNTED_BACK = ("member_count", "member_count_women", "retained_member_count")
FIRST, LAST = DECEMBER.start, DECEMBER.end


def value(code, union, period=DECEMBER):
    return SECTION.find(code).value(union, period)


def move(membership, status, on):
    """The membership changes its status on that day."""
    membership.standings.filter(until_on=None).update(until_on=on)
    reason = "retired" if status == Status.RETAINED else ""
    Standing.objects.create(membership=membership, status=status, from_on=on, reason=reason)
    Membership.objects.filter(pk=membership.pk).update(status=status)


@pytest.mark.parametrize(
    ("joined", "counted"),
    [
        (date(2016, 11, 30), 0),
        (FIRST, 1),
        (LAST, 1),
        (date(2017, 1, 1), 0),
    ],
)
def test_a_joiner_counts_in_the_month_of_the_approval(union, joined, counted):
    make_member(union, joined_on=joined)
    assert value("new_member_count", union) == counted


def test_a_joiner_who_left_the_next_day_is_new_but_no_member(union):
    move(make_member(union, joined_on=date(2016, 12, 30)), Status.WITHDRAWN, LAST)
    assert (value("new_member_count", union), value("member_count", union)) == (1, 0)


def test_a_transfer_in_is_a_member_but_not_new(union):
    membership = make_member(union, joined_on=FIRST)
    type(membership).objects.update(is_transfer_in=True)
    assert (value("new_member_count", union), value("member_count", union)) == (0, 1)


@pytest.mark.parametrize(
    ("on", "counted"),
    [(date(2016, 12, 31), 0), (date(2017, 1, 1), 1)],
    ids=["last day", "day after"],
)
def test_who_leaves_on_the_last_day_is_not_there_at_its_end(union, on, counted):
    move(make_member(union), Status.WITHDRAWN, on)
    assert value("member_count", union) == counted


def test_members_in_transfer_count_and_retained_ones_are_listed_apart(union):
    make_member(union, status=Status.TRANSFERRING)
    move(make_member(union), Status.RETAINED, LAST)
    assert value("member_count", union) == 1
    assert value("retained_member_count", union) == 1


def test_who_moves_between_two_unions_of_the_area_counts_once(area, union, other_union):
    move(make_member(union), Status.WITHDRAWN, date(2016, 12, 10))
    make_member(other_union, joined_on=date(2016, 12, 10))
    assert value("member_count", area) == 1


def test_women_are_counted_among_the_members(union):
    make_member(union)
    man = make_member(union).person
    type(man).objects.filter(pk=man.pk).update(sex=Sex.MALE)
    assert (value("member_count", union), value("member_count_women", union)) == (2, 1)


def test_joiners_are_told_apart_by_route_and_employer(union):
    shop = make_enterprise(union)
    for route in (
        Route.NEW_UNION_UNIT,
        Route.NEW_UNION_UNIT,
        Route.SCATTERED,
        Route.EXISTING_UNION,
    ):
        make_member(union, joined_on=FIRST, enterprise=shop, route=route)
    make_member(union, joined_on=FIRST)
    routes = [value(f"new_member_count.{route}", union) for route in Route]
    assert (value("new_member_count", union), routes) == (5, [2, 1, 1])
    assert value("new_member_enterprise_count", union) == 1


def test_an_employer_with_joiners_in_two_months_counts_once_in_the_year(union):
    shop = make_enterprise(union)
    make_member(union, joined_on=date(2016, 11, 3), enterprise=shop)
    make_member(union, joined_on=FIRST, enterprise=shop)
    assert value("new_member_enterprise_count", union, YEAR) == 1


@pytest.mark.parametrize(
    ("relocated", "counted"), [(LAST, 0), (date(2017, 1, 1), 1)], ids=["last day", "day after"]
)
def test_a_relocated_enterprise_counts_until_the_day_it_moves(union, relocated, counted):
    make_enterprise(union, place=Place.RELOCATED, relocated_on=relocated)
    assert value("enterprise_count", union) == counted


def test_enterprises_outside_or_not_yet_covered_do_not_count(union):
    make_enterprise(union, place=Place.OUTSIDE)
    make_enterprise(union, covered_from=None)
    make_enterprise(union, covered_from=date(2017, 1, 1))
    make_enterprise(union, covered_from=LAST)
    assert value("enterprise_count", union) == 1


def test_employees_come_from_the_newest_known_year_up_to_the_date(union):
    shop = make_enterprise(union)
    for year, headcount in ((2014, 5), (2015, 7), (2016, None), (2017, 99)):
        EnterpriseYear.objects.create(enterprise=shop, year=year, headcount=headcount, size="micro")
    assert value("employee_count", union) == 7
    assert value("employee_count", union, Period(FIRST, date(2017, 1, 1))) == 99


def test_employees_are_a_lower_bound_while_an_enterprise_has_not_reported(union):
    employees = SECTION.find("employee_count")
    assert (value("employee_count", union), employees.is_lower_bound(union, DECEMBER)) == (0, False)
    make_enterprise(union)
    assert (value("employee_count", union), employees.is_lower_bound(union, DECEMBER)) == (0, True)


def test_the_grid_holds_the_base_unions_valid_at_the_end(area, union, other_union):
    make_union(area, kind=UnionKind.INDEPENDENT, valid_to=date(2016, 12, 30))
    make_union(area, kind=UnionKind.INDEPENDENT, valid_to=LAST)
    make_union(area, valid_from=date(2017, 1, 1))
    assert value("grid_unit_count", area) == 3
    assert value("grid_unit_count", union) == 1


def test_figures_hold_the_union_and_all_below_it_and_nothing_beside_it(
    district, area, union, other_union
):
    make_member(union, joined_on=FIRST)
    make_member(other_union, joined_on=FIRST)
    make_member(area, joined_on=FIRST)
    counts = [value("new_member_count", u) for u in (district, area, union)]
    assert counts == [3, 3, 1]


def full_year(union):
    """Something of everything."""
    shop = make_enterprise(union)
    make_enterprise(union)
    EnterpriseYear.objects.create(enterprise=shop, year=2016, headcount=40, size="small")
    for route in ("", *Route):
        make_member(union, joined_on=FIRST, enterprise=shop, route=route)
        make_member(union, joined_on=date(2016, 3, 5), route=route)
    move(make_member(union), Status.RETAINED, date(2016, 7, 1))


@pytest.mark.parametrize("period", [DECEMBER, YEAR], ids=["month", "year"])
@pytest.mark.parametrize("indicator", SECTION.indicators, ids=lambda i: i.code)
def test_a_figure_is_the_sum_of_its_rows(area, union, indicator, period):
    full_year(union)
    rows = list(indicator.rows(area, period))
    assert rows
    assert sum(indicator.weigh(row) for row in rows) == indicator.value(area, period) > 0


def all_moves(union, chair):
    """Everything the services can do to a membership that joined on 1 March 2016."""
    may = [date(2016, 5, day) for day in range(1, 32)]
    joined = [make_member(union, joined_on=date(2016, 3, 1)) for _ in range(8)]
    for membership, on in zip(joined[:4], may, strict=False):
        services.retain(membership, by=chair, on=on, reason="retired")
    services.resume(joined[0], by=chair, on=may[10])
    services.withdraw(joined[0], by=chair, on=may[20])
    services.reinstate(joined[0], by=chair, on=may[25], note="误办")
    services.withdraw(joined[1], by=chair, on=may[11])
    services.record_death(joined[2], by=chair, on=may[12])
    services.expel(joined[4], by=chair, on=may[4], note="决定")
    services.deem_withdrawn(joined[5], by=chair, on=may[5], note="依据")
    for membership, day in zip(joined[5:7], (may[1], may[2]), strict=True):
        facts = {"enterprise": None, "route": "", "occupation": "", "remark": ""}
        services.correct_membership(membership, by=chair, joined_on=day, **facts)
    make_member(union, joined_on=may[15], status=Status.TRANSFERRING)


def test_whoever_moved_whenever_a_days_count_is_its_rows(area, union, other_union, chair):
    with clock.at(date(2016, 6, 30)):
        all_moves(union, chair)
    make_member(other_union, joined_on=date(2016, 5, 9))
    men = Membership.objects.order_by("pk").values("person")[::2]
    Person.objects.filter(pk__in=[row["person"] for row in men]).update(sex=Sex.MALE)
    days = [date(2016, 2, 28) + timedelta(n) for n in range(100)]
    stocks = [SECTION.find(code) for code in COUNTED_BACK]
    wanted = [(stock, Period(day, day)) for stock in stocks for day in days]
    counts = values(area, wanted)
    assert counts == [stock.rows(area, period).count() for stock, period in wanted]
    assert len(set(counts)) == 7  # and they do change


@pytest.mark.parametrize(
    "indicator", [i for i in SECTION.indicators if i.part_of], ids=lambda i: i.code
)
def test_the_rows_of_a_part_are_found_in_the_list_it_is_part_of(union, indicator):
    full_year(union)
    whole = SECTION.find(indicator.part_of).rows(union, YEAR)
    assert sum(indicator.weigh(row) for row in whole) == indicator.value(union, YEAR)


def test_all_figures_of_a_section_take_one_statement(union):
    full_year(union)
    wanted = [(i, period) for i in SECTION.indicators for period in (DECEMBER, YEAR)]
    with CaptureQueriesContext(connection) as queries:
        found = values(union, wanted)
        lower_bounds(union, wanted)
    assert len(queries) == 2
    assert found == [indicator.value(union, period) for indicator, period in wanted]


def test_the_rows_show_id_numbers_masked(union):
    membership = make_member(union)
    shown = [str(column.show(membership)) for column in SECTION.find("member_count").columns]
    assert membership.person.id_number not in shown
    assert membership.person.masked_id_number in shown
