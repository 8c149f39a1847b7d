"""The union tree kept in memory is never older than the grants it is asked with."""

from django.db.models import Q

from members.models import Enterprise, Membership
from tests.factories import make_enterprise, make_member, make_union, make_user
from wanping_union.accounts.models import Union, User
from wanping_union.roles import SEE_GRID, SEE_PEOPLE, Role


def reached(user: User) -> set[str]:
    again = User.objects.get(pk=user.pk)
    return {branch.code for branch in again.branches(SEE_GRID)}


def test_a_new_a_moved_and_a_deleted_union_are_known_at_once(district, area, other_union):
    officer = make_user(Role.AREA_OFFICER, area)
    assert other_union.code in reached(officer)

    new = make_union(area, code="WP77")
    assert "WP77" in reached(officer)

    Union.objects.filter(pk=new.pk).update(path=f"{district.path}{new.pk}/")
    assert "WP77" not in reached(officer)

    Union.objects.filter(pk=other_union.pk).update(name="改了名字的工会")
    names = {b.name for b in User.objects.get(pk=officer.pk).branches(SEE_GRID)}
    assert "改了名字的工会" in names


def test_a_tree_read_between_two_changes_is_kept_under_its_own_digest(area):
    officer = make_user(Role.AREA_OFFICER, area)
    early = User.objects.get(pk=officer.pk)
    assert early.granted  # knows the digest of now
    new = make_union(area, code="WP78")
    assert "WP78" in {b.code for b in early.branches(SEE_GRID)}
    new.delete()
    assert "WP78" not in reached(officer)


def test_who_reaches_all_unions_is_asked_for_none(district, area, union):
    make_member(union)
    make_enterprise(union)

    def seen(user: User) -> tuple[bool, int, int]:
        again = User.objects.get(pk=user.pk)
        rows = Membership.objects.visible_to(again), Enterprise.objects.visible_to(again)
        return again.scope(SEE_PEOPLE) == Q(), *(found.count() for found in rows)

    reviewer = make_user(Role.DISTRICT_REVIEWER, district)
    assert seen(reviewer) == (True, 1, 1)
    assert seen(make_user(Role.AREA_OFFICER, area)) == (False, 1, 1)
    assert seen(make_user(Role.FINANCE_OFFICER, district)) == (False, 0, 0)
    assert seen(make_user()) == (False, 0, 0)

    make_union(None, code="YZ", name="别的区总工会", kind="district")
    assert seen(reviewer) == (False, 1, 1)


def test_nobody_reaches_all_of_no_union(database):
    Union.objects.all().delete()
    assert make_user().scope(SEE_PEOPLE) != Q()
