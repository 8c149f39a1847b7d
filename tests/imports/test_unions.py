from datetime import date

import pytest

from members.models import UnionProfile
from tests.factories import make_union, make_user
from tests.imports.conftest import BY_NAME
from tests.imports.test_roster import codes, roster
from wanping_union.accounts.models import Union, UnionKind
from wanping_union.imports import services
from wanping_union.roles import Role

HEAD = ("代码", "名称", "上级", "类型", "主席", "任期起", "任期（年）", "成立日期")


@pytest.fixture
def officer_of_wanping(wanping):
    return make_user(Role.AREA_OFFICER, wanping)


def run(*rows, by=None, year=2016):
    content = roster(*rows, head=HEAD)
    return services.import_content(BY_NAME["unions"], content, "x.xlsx", by=by, year=year)


def test_the_sample_list_makes_the_grid(sample):
    unions = Union.objects.base()
    assert unions.count() == 12
    assert unions.filter(kind=UnionKind.INDEPENDENT).count() == 2
    first = Union.objects.get(code="WP01")
    assert first.path == f"{sample.path}{first.pk}/"
    assert first.valid_from == date(2016, 1, 1)
    assert (first.profile.chair_name, first.profile.term_from) == ("程梓燕", date(2014, 3, 1))
    assert first.profile.term_years == 3


def test_a_blank_cell_changes_nothing_and_a_filled_one_does(wanping):
    run(("WP13", "某村联合工会", "WP", "联合工会", "王一", "2016-05-01", 3, "2015-03-01"))
    assert run(("WP13", "某村联合工会", "", "", "", "", "", "")).counts.unchanged == 1
    assert run(("WP13", "某村联合工会", "", "", "李二", "", 5, "")).counts.updated == 1
    profile = UnionProfile.objects.get(union__code="WP13")
    assert (profile.chair_name, profile.term_from, profile.term_years) == (
        "李二",
        date(2016, 5, 1),
        5,
    )
    assert profile.union.valid_from == date(2015, 3, 1)


def test_a_parent_may_be_new_and_stand_above(wanping):
    outcome = run(
        ("LG", "卢沟桥地区总工会", "FT", "地区总工会", "", "", "", ""),
        ("LG01", "某村联合工会", "LG", "联合工会", "", "", "", ""),
    )
    assert outcome.counts.created == 2
    assert Union.objects.get(code="LG01").path.startswith(Union.objects.get(code="LG").path)


def test_another_parent_moves_a_union_with_all_below_it(wanping):
    other = make_union(wanping.parent, code="LG", name="卢沟桥地区总工会", kind=UnionKind.AREA)
    run(("WP13", "甲联合工会", "WP", "联合工会", "", "", "", ""))
    below = make_union(Union.objects.get(code="WP13"), code="WP1301", kind=UnionKind.INDEPENDENT)
    assert run(("WP13", "甲联合工会", "LG", "", "", "", "", "")).counts.updated == 1
    below.refresh_from_db()
    assert below.path.startswith(other.path)


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (("", "甲", "WP", "联合工会", "", "", "", ""), ("代码", "required")),
        (("晓月", "甲", "WP", "联合工会", "", "", "", ""), ("代码", "unknown_choice")),
        (("WP13", "", "WP", "联合工会", "", "", "", ""), ("名称", "required")),
        (("WP13", "甲", "ZZ", "联合工会", "", "", "", ""), ("上级", "unknown_union")),
        (("WP13", "甲", "", "联合工会", "", "", "", ""), ("上级", "required")),
        (("WP13", "甲", "WP", "", "", "", "", ""), ("类型", "required")),
        (("WP13", "甲", "WP", "小组", "", "", "", ""), ("类型", "unknown_choice")),
        (("WP13", "甲", "WP", "联合工会", "", "", 4, ""), ("任期（年）", "unknown_choice")),
        (("WP13", "甲", "WP", "地区总工会", "", "", "", ""), ("类型", "unknown_choice")),
        (("FT", "改名", "", "", "", "", "", ""), ("代码", "not_your_union")),
    ],
)
def test_a_bad_cell_is_named(wanping, row, expected):
    assert codes(run(row)) == [(2, *expected)]


def test_a_union_cannot_hang_below_itself(wanping):
    run(("WP13", "甲联合工会", "WP", "联合工会", "", "", "", ""))
    assert codes(run(("WP13", "甲联合工会", "WP13", "", "", "", "", ""))) == [
        (2, "上级", "unknown_union")
    ]


def test_an_area_keeps_to_its_own_unions(wanping, officer_of_wanping):
    make_union(wanping.parent, code="LG", name="卢沟桥地区总工会", kind=UnionKind.AREA)
    outcome = run(
        ("LG", "改名", "", "", "", "", "", ""),
        ("LG01", "甲联合工会", "LG", "联合工会", "", "", "", ""),
        by=officer_of_wanping,
    )
    assert codes(outcome) == [(2, "代码", "not_your_union"), (3, "上级", "not_your_union")]
