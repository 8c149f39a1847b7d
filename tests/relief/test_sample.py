"""The three cases of the article, played through the services."""

from datetime import date
from decimal import Decimal as D

import pytest

import relief.sample
from relief.models import Payment, ReliefCase
from relief.report import SECTION
from relief.rules import Status
from relief.sample import STORIES, desks
from relief.selectors import review
from relief.selectors.cases import desk_of
from tests.factories import make_member, make_union, make_user
from tests.relief.building import load_terms, make_fund
from tests.relief.playing import give_budget
from wanping_union import clock
from wanping_union.accounts.models import Union, User
from wanping_union.indicators import Period
from wanping_union.roles import Role

PEOPLE = {
    "area": (Role.AREA_OFFICER, "WP"),
    "areachair": (Role.AREA_CHAIR, "WP"),
    "reviewer": (Role.DISTRICT_REVIEWER, "FT"),
    "reviewer2": (Role.DISTRICT_REVIEWER, "FT"),
    "finance": (Role.FINANCE_OFFICER, "FT"),
}
YEAR = Period(date(2016, 1, 1), date(2016, 12, 31))


@pytest.fixture
def year(area) -> Union:
    load_terms()
    for username, (role, code) in PEOPLE.items():
        make_user(role, Union.objects.get(code=code), username=username)
    for story in STORIES:
        union = make_union(area, code=story.union)
        make_user(Role.UNIT_CHAIR, union, username=story.chair)
        for _ in range(story.member + 1):
            make_member(union)
    relief.sample.load()
    return area


def test_the_year_2016_is_the_articles(year):
    assert [i.value(year, YEAR) for i in SECTION.indicators] == [3, D(60_600), D(50_000)]


def test_the_largest_was_handed_over_on_11_november_by_four_at_the_hospital(year):
    case = ReliefCase.objects.get(amount=D(50_000))
    visit = case.visits.get(kind="condolence")
    assert (visit.on, visit.people, visit.place) == (date(2016, 11, 11), 4, "hospital")
    assert (case.paid_on, case.status) == (date(2016, 11, 11), Status.CLOSED)
    assert case.payments.get().method == "legacy_in_person"


def test_each_was_granted_what_the_sheet_said(year):
    for case in ReliefCase.objects.all():
        assert review.sheet_of(case).amount == case.amount
        assert case.follow_ups.exclude(done_on=None).count() == 3


def test_open_cases_of_a_demonstration_lie_at_their_desks(area, settings, tmp_path, monkeypatch):
    settings.ATTACHMENTS_ROOT = tmp_path
    granted, _, alike, *_, draft = desks.STORIES
    monkeypatch.setattr(desks, "STORIES", (granted, alike, draft))
    load_terms()
    union = make_union(area, code="WP01")
    make_user(Role.UNIT_CHAIR, union, username="chair")
    for username, (role, code) in PEOPLE.items():
        make_user(role, Union.objects.get(code=code), username=username)
    for _ in desks.STORIES:
        make_member(union)
    fund = make_fund(Union.objects.get(code="FT"), code="warm")
    give_budget(fund, "200000", clock.today().year)
    relief.sample.load_open()

    (written,) = desk_of(User.objects.get(username="chair"))
    assert written.case.status == Status.DRAFT
    (waits,) = desk_of(User.objects.get(username="reviewer"))
    assert waits.days_left >= 0
    assert [one.why for one in review.alike(waits.case)] == [["收款账号相同"]]
    assert Payment.objects.get().amount == D(7750)
    assert [i.value(area, YEAR) for i in SECTION.indicators] == [0, D(0), D(0)]
