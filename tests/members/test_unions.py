"""The tree of unions: founding, moving with everything below, ending; the grid."""

from datetime import date

import pytest

from members import services
from members.models import EnterpriseYear, UnionProfile
from members.rules import Status
from members.selectors import unions as selectors
from tests.factories import make_enterprise, make_member, make_union, make_user
from wanping_union import clock
from wanping_union.accounts.models import Union, UnionKind
from wanping_union.audit.models import Act
from wanping_union.errors import NotAllowed, Refused
from wanping_union.reference.models import ReferenceValue
from wanping_union.roles import Role

TODAY = date(2016, 12, 1)


@pytest.fixture(autouse=True)
def _on_a_day():
    with clock.at(TODAY):
        yield


@pytest.fixture
def remind(db):
    ReferenceValue.objects.create(
        key=selectors.REMIND_DAYS,
        label="换届提醒提前天数",
        value=90,
        valid_from=date(2010, 1, 1),
        source="北京市实施《工会法》办法第十三条",
        confidence="H",
    )


def create(by, parent, **values) -> Union:
    values = {
        "code": "WP13",
        "name": "新桥联合工会",
        "kind": UnionKind.JOINT,
        "valid_from": date(2016, 11, 1),
        "profile": {"chair_name": "彭东"},
    } | values
    return services.create_union(by=by, parent=parent, **values)


def test_the_area_founds_a_union_under_itself(officer, area):
    union = create(officer, area)
    assert union.path == f"{area.path}{union.pk}/"
    assert union.profile.chair_name == "彭东"
    assert Act.objects.get().name == "create_union"


def test_only_the_area_founds_moves_and_edits(chair, union, administrator, area):
    for user in (chair, administrator):
        with pytest.raises(NotAllowed):
            create(user, area)
        with pytest.raises(NotAllowed):
            services.edit_union(union, by=user, name="别名", profile={})
        with pytest.raises(NotAllowed):
            services.set_validity(union, by=user, valid_to=TODAY)


def test_a_code_is_given_once_and_a_district_is_never_founded(officer, area, union):
    with pytest.raises(Refused, match="WP01"):
        create(officer, area, code="WP01")
    with pytest.raises(Refused, match="不能设在"):
        create(officer, area, kind=UnionKind.DISTRICT)
    with pytest.raises(Refused, match="不能设在"):
        create(officer, union)


def test_moving_takes_the_whole_subtree_along(officer, area):
    old = make_union(area, code="OLD", kind=UnionKind.JOINT)
    new = make_union(area, code="NEW", kind=UnionKind.JOINT)
    moved = make_union(old, code="MOVED", kind=UnionKind.INDEPENDENT)
    low = make_union(moved, code="LOW", kind=UnionKind.INDEPENDENT)
    person = make_member(low).person

    services.move_union(moved, by=officer, parent=new, note="批复〔2016〕3号")

    moved.refresh_from_db()
    low.refresh_from_db()
    assert moved.path == f"{new.path}{moved.pk}/"
    assert low.path == f"{moved.path}{low.pk}/"
    assert list(Union.objects.within(old)) == [old]
    chair_of_new = make_user(Role.UNIT_CHAIR, new)
    assert person in person.__class__.objects.visible_to(chair_of_new)
    assert Act.objects.get().changed == {"上级": [str(old), str(new)]}


def test_a_union_is_not_moved_below_itself_nor_out_of_reach(officer, area, district):
    joint = make_union(area, kind=UnionKind.JOINT)
    low = make_union(joint, kind=UnionKind.INDEPENDENT)
    with pytest.raises(Refused, match="它自己"):
        services.move_union(joint, by=officer, parent=low)
    with pytest.raises(Refused, match="它自己"):
        services.move_union(joint, by=officer, parent=joint)
    with pytest.raises(NotAllowed):
        services.move_union(joint, by=officer, parent=district)


def test_a_union_with_members_or_unions_below_does_not_end(officer, area):
    joint = make_union(area, kind=UnionKind.JOINT)
    low = make_union(joint, kind=UnionKind.INDEPENDENT)
    with pytest.raises(Refused, match="下级工会"):
        services.set_validity(joint, by=officer, valid_to=TODAY)
    member = make_member(low)
    with pytest.raises(Refused, match="1 名在会会员"):
        services.set_validity(low, by=officer, valid_to=TODAY)
    services.retain(member, by=officer, on=TODAY, reason="unit_closed")
    services.set_validity(low, by=officer, valid_to=date(2016, 11, 30))
    services.set_validity(joint, by=officer, valid_to=date(2016, 11, 30))
    with pytest.raises(Refused, match="已撤销"):
        create(officer, joint, code="WP14", kind=UnionKind.INDEPENDENT)
    services.set_validity(low, by=officer, valid_to=None)
    acts = Act.objects.filter(name="set_validity").order_by("pk")
    assert list(acts.values_list("label", flat=True)) == [
        "撤销工会",
        "撤销工会",
        "恢复工会",
    ]


def test_two_unions_do_not_share_a_tile(officer, union, other_union):
    services.edit_union(
        union, by=officer, name=union.name, profile={"tile_row": 1, "tile_column": 2}
    )
    with pytest.raises(Refused, match="方位图"):
        services.edit_union(
            other_union,
            by=officer,
            name=other_union.name,
            profile={"tile_row": 1, "tile_column": 2},
        )


@pytest.mark.parametrize(
    ("term_from", "years", "code", "left"),
    [
        (date(2013, 11, 30), 3, "overdue", -1),
        (date(2013, 12, 1), 3, "due", 0),
        (date(2014, 3, 1), 3, "due", 90),
        (date(2014, 3, 2), 3, "", 91),
        (date(2012, 2, 29), 5, "due", 89),
    ],
)
def test_people_are_reminded_ninety_days_before_a_term_ends(remind, term_from, years, code, left):
    profile = UnionProfile(term_from=term_from, term_years=years)
    term = selectors.term_of(profile, TODAY, selectors.remind_days(TODAY))
    assert (term.code, term.days_left) == (code, left)


def test_an_unknown_term_is_missing_not_overdue(remind):
    term = selectors.term_of(UnionProfile(term_years=3), TODAY, 90)
    assert (term.ends_on, term.code) == (None, "")


def test_the_grid_counts_members_in_good_standing_enterprises_and_newest_staff(
    officer, union, other_union
):
    make_member(union)
    make_member(union, status=Status.RETAINED)
    make_member(union, status=Status.WITHDRAWN)
    enterprise = make_enterprise(union)
    for year, headcount in ((2014, 10), (2015, 30), (2016, None), (2017, 99)):
        EnterpriseYear.objects.create(
            enterprise=enterprise, year=year, headcount=headcount, size="unknown"
        )
    make_enterprise(union, place="outside")

    row, empty = selectors.grid(officer, TODAY)
    assert row.figures == selectors.Figures(1, 1, 1, 1, 30)
    assert empty.figures == selectors.Figures()


def test_a_chair_sees_neighbours_by_name_only(chair, union, other_union):
    mine, neighbour = selectors.grid(chair, TODAY)
    assert (mine.union, mine.figures is not None) == (union, True)
    assert (neighbour.union, neighbour.figures) == (other_union, None)
    tile = selectors.map_tiles([mine, neighbour])[1]
    assert set(tile) == {"name", "row", "col", "level"}


def test_unions_without_a_tile_fill_the_free_cells_by_code(officer, union, other_union, area):
    third = make_union(area, code="WP03")
    UnionProfile.objects.create(union=other_union, tile_row=1, tile_column=1)
    cells = {row.union.code: (row.row, row.column) for row in selectors.grid(officer, TODAY)}
    assert cells == {"WP01": (1, 2), "WP02": (1, 1), third.code: (1, 3)}


def test_a_union_that_has_ended_is_not_on_the_grid(officer, union, other_union):
    services.set_validity(other_union, by=officer, valid_to=date(2016, 11, 30))
    assert [row.union for row in selectors.grid(officer, TODAY)] == [union]
