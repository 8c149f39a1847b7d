"""Keeping accounts: what an administrator may do and what is refused."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from tests.factories import make_union, make_user
from wanping_union.accounts import services
from wanping_union.accounts.models import Grant, LoginGuard, Union, UnionKind, User
from wanping_union.audit.models import Act
from wanping_union.errors import NotAllowed, Refused
from wanping_union.roles import Role


@pytest.fixture
def new(administrator):
    def make(*grants, username="wang", by=administrator):
        return services.create(by=by, username=username, name="王秀英", grants=list(grants))

    return make


def grants_of(user):
    return {(g.role, g.union_id) for g in user.grants.all()}


def test_an_account_gets_its_roles_and_a_readable_password(new, union, other_union):
    first = new((Role.UNIT_CHAIR, union), (Role.UNIT_CLERK, other_union))
    assert grants_of(first.account) == {("unit_chair", union.pk), ("unit_clerk", other_union.pk)}
    assert len(first.text) == 19
    assert not set(first.text) & set("0o1lI")
    assert first.account.check_password(first.text)
    act = Act.objects.get(name="create_account")
    assert act.changed == {
        "角色": ["", "基层工会主席（晓月苑联合工会）；基层工会经办人（城北社区联合工会）"]
    }
    assert first.text not in str(vars(act))


def test_two_passwords_are_never_alike(new, union):
    assert new((Role.UNIT_CLERK, union)).text != new((Role.UNIT_CLERK, union), username="li").text


@pytest.mark.parametrize("role", [r for r in Role if r != Role.ADMINISTRATOR])
def test_only_administrators_keep_accounts(new, district, union, role):
    somebody = make_user(role, district)
    other = make_user(Role.UNIT_CLERK, union)
    with pytest.raises(NotAllowed):
        new((Role.UNIT_CLERK, union), by=somebody)
    for service in (services.disable, services.enable):
        with pytest.raises(NotAllowed):
            service(other, by=somebody)
    with pytest.raises(NotAllowed):
        services.change(other, by=somebody, name="x", grants=[(Role.UNIT_CHAIR, union)])


def test_a_taken_user_name_is_refused_whatever_its_case(new, union):
    new((Role.UNIT_CLERK, union))
    with pytest.raises(Refused, match="已经有人用了"):
        new((Role.UNIT_CLERK, union), username="WANG")


@pytest.mark.parametrize(
    ("role", "place"),
    [
        (Role.UNIT_CHAIR, "area"),
        (Role.UNIT_CLERK, "district"),
        (Role.AREA_OFFICER, "union"),
        (Role.AREA_CHAIR, "district"),
        (Role.DISTRICT_REVIEWER, "area"),
        (Role.FINANCE_OFFICER, "union"),
        (Role.ADMINISTRATOR, "area"),
        (Role.AUDITOR, "union"),
    ],
)
def test_a_role_belongs_to_its_level(new, request, union, role, place):
    with pytest.raises(Refused, match="只能设在"):
        new((role, request.getfixturevalue(place)))


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.AUDITOR])
def test_administrator_and_auditor_hold_nothing_else(new, district, union, role):
    with pytest.raises(Refused, match="不能兼任"):
        new((role, district), (Role.UNIT_CHAIR, union))
    new((role, district))


def test_an_account_needs_a_role(new):
    with pytest.raises(Refused, match="至少选一个"):
        new()


def test_an_administrator_of_an_area_grants_nothing_above_it(new, area, district, union):
    local = make_user(Role.ADMINISTRATOR, area)
    new((Role.UNIT_CHAIR, union), by=local)
    with pytest.raises(NotAllowed):
        new((Role.DISTRICT_REVIEWER, district), by=local, username="li")


def test_another_areas_union_is_out_of_reach(new, district, area):
    local = make_user(Role.ADMINISTRATOR, area)
    far = make_union(make_union(district, kind=UnionKind.AREA))
    with pytest.raises(NotAllowed):
        new((Role.UNIT_CHAIR, far), by=local)
    assert make_user(Role.UNIT_CHAIR, far) not in services.accounts_of(local)


def test_an_account_with_a_higher_role_too_is_left_to_the_higher_administrator(
    area, district, union
):
    local = make_user(Role.ADMINISTRATOR, area)
    both = make_user(Role.UNIT_CHAIR, union)
    Grant.objects.create(user=both, union=district, role=Role.DISTRICT_REVIEWER)
    for service in (services.disable, services.reset_password, services.unlock):
        with pytest.raises(Refused, match="上级工会的管理员"):
            service(both, by=local)


def test_nobody_changes_their_own_account(administrator, district, union):
    for service in (services.disable, services.enable, services.unlock, services.reset_password):
        with pytest.raises(Refused, match="自己的账号"):
            service(administrator, by=administrator)
    with pytest.raises(Refused, match="自己的账号"):
        services.change(
            administrator, by=administrator, name="x", grants=[(Role.UNIT_CHAIR, union)]
        )


def test_the_owner_of_the_system_is_nobodys_to_change(administrator):
    owner = make_user(is_superuser=True)
    assert owner not in services.accounts_of(administrator)
    with pytest.raises(NotAllowed):
        services.reset_password(owner, by=administrator)


def test_accounts_without_a_role_are_seen_so_that_they_get_one(administrator):
    assert make_user() in services.accounts_of(administrator)


def test_grants_are_replaced_and_the_audit_tells_from_what_to_what(
    administrator, chair, other_union
):
    services.change(chair, by=administrator, name="程梓妍", grants=[(Role.UNIT_CLERK, other_union)])
    chair.refresh_from_db()
    assert chair.name == "程梓妍"
    assert grants_of(chair) == {("unit_clerk", other_union.pk)}
    assert Act.objects.get(name="change_account").changed == {
        "姓名": ["程梓燕", "程梓妍"],
        "角色": ["基层工会主席（晓月苑联合工会）", "基层工会经办人（城北社区联合工会）"],
    }


def test_what_stays_is_not_made_anew(administrator, chair, union, other_union):
    kept = chair.grants.get().pk
    grants = [(Role.UNIT_CHAIR, union), (Role.UNIT_CHAIR, other_union)]
    services.change(chair, by=administrator, name=chair.name, grants=grants)
    assert chair.grants.get(union=union).pk == kept
    assert list(Act.objects.get().changed) == ["角色"]


def test_shutting_and_opening(administrator, chair):
    services.disable(chair, by=administrator)
    assert not User.objects.get(pk=chair.pk).is_active
    with pytest.raises(Refused, match="先启用"):
        services.reset_password(chair, by=administrator)
    services.enable(chair, by=administrator)
    assert User.objects.get(pk=chair.pk).is_active
    names = list(Act.objects.order_by("pk").values_list("name", flat=True))
    assert names == ["disable_account", "enable_account"]


def test_a_reset_ends_sessions_and_locks(client, administrator, chair):
    client.force_login(chair)
    LoginGuard.objects.create(name=chair.username, tries=5)
    first = services.reset_password(chair, by=administrator)
    assert client.get("/me/").status_code == 403
    assert not LoginGuard.objects.exists()
    fresh = User.objects.get(pk=chair.pk)
    assert fresh.check_password(first.text)
    assert fresh.must_change_password
    assert Act.objects.get(name="reset_password").record == f"accounts.user:{chair.pk}"


def test_the_first_administrator_is_made_once(db):
    out = StringIO()
    call_command("first_admin", stdout=out)
    user = User.objects.get()
    assert user.grants.get().role == Role.ADMINISTRATOR
    assert user.grants.get().union.kind == UnionKind.DISTRICT
    password = out.getvalue().split("一次性密码：")[1].split("（")[0]
    assert user.check_password(password)
    assert user.must_change_password
    with pytest.raises(CommandError, match="已经有系统管理员"):
        call_command("first_admin", username="second", stdout=out)
    assert Union.objects.count() == 1
