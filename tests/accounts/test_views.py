"""Pages of accounts: who sees them, what they refuse, the slip that is shown once."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from tests.factories import make_union, make_user
from wanping_union.accounts.models import LoginGuard, User
from wanping_union.accounts.views.keeping import PAGE
from wanping_union.roles import Role


def token():
    return {"form_token": str(uuid4())}


def rows(*grants, more=False):
    """The posted rows of grants."""
    data = {"grants-TOTAL_FORMS": len(grants), "grants-INITIAL_FORMS": 0}
    for n, (role, union) in enumerate(grants):
        data |= {f"grants-{n}-role": role, f"grants-{n}-union": getattr(union, "pk", union)}
    return data | token() | ({"more": 1} if more else {})


@pytest.fixture
def keeper(client, administrator):
    client.force_login(administrator)
    client.get("/me/")
    return client


LISTS = ("/accounts/", "/accounts/new/", "/accounts/slip/")
PATHS = (*LISTS, "/accounts/{pk}/", "/accounts/{pk}/edit/", "/accounts/{pk}/reset/")


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("who", ["chair", "reviewer", "auditor"])
def test_only_administrators_and_the_area_see_accounts(client, request, outsider, who, path):
    client.force_login(request.getfixturevalue(who))
    expected = 403 if path in LISTS else 404
    assert client.get(path.format(pk=outsider.pk)).status_code == expected


@pytest.mark.parametrize("path", PATHS)
def test_nobody_else_gets_further_than_the_sign_in(client, db, path):
    assert client.get(path.format(pk=1))["Location"].startswith("/login/")


def test_an_account_out_of_reach_is_not_there(client, area, district):
    local = make_user(Role.ADMINISTRATOR, area)
    far = make_user(Role.AUDITOR, district)
    client.force_login(local)
    for path in ("", "edit/", "reset/"):
        assert client.get(f"/accounts/{far.pk}/{path}").status_code == 404
        assert client.post(f"/accounts/{far.pk}/{path}", token()).status_code in (404, 405)
    assert client.get("/accounts/999999/").status_code == 404
    assert client.get(f"/accounts/{local.pk}/fly/").status_code == 404


def test_a_new_account_ends_in_a_slip_shown_exactly_once(keeper, union):
    data = rows((Role.UNIT_CLERK, union)) | {"name": "王秀英", "username": "wang"}
    response = keeper.post("/accounts/new/", data)
    slip = response["Location"]
    assert response.status_code == 302
    assert "wang" not in slip
    page = keeper.get(slip)
    assert page["Cache-Control"].count("no-store") == 1
    text = page.content.decode()
    password = re.search(r"[a-z2-9]{4}(?:-[a-z2-9]{4}){3}", text)[0]
    assert User.objects.get(username="wang").check_password(password)
    assert "http://testserver/" in text
    again = keeper.get(slip)
    assert password not in again.content.decode()
    assert "只显示一次" in again.content.decode()


def test_the_slip_is_not_in_clear_in_the_session(keeper, union):
    data = rows((Role.UNIT_CLERK, union)) | {"name": "王秀英", "username": "wang"}
    slip = keeper.post("/accounts/new/", data)["Location"]
    kept = str(dict(keeper.session.items()))
    password = re.search(r"[a-z2-9]{4}(?:-[a-z2-9]{4}){3}", keeper.get(slip).content.decode())[0]
    assert password not in kept


def test_a_form_sent_twice_makes_one_account(keeper, union):
    data = rows((Role.UNIT_CLERK, union)) | {"name": "王秀英", "username": "wang"}
    first, second = keeper.post("/accounts/new/", data), keeper.post("/accounts/new/", data)
    assert first["Location"] == second["Location"]
    assert User.objects.filter(username="wang").count() == 1


def test_what_was_typed_stays_when_it_is_refused(keeper, union, district):
    data = rows((Role.DISTRICT_REVIEWER, union), ("", "")) | {"name": "王秀英", "username": "wang"}
    response = keeper.post("/accounts/new/", data)
    page = response.content.decode()
    assert response.status_code == 422
    assert "只能设在区总工会，不能设在晓月苑联合工会" in page
    assert 'value="王秀英"' in page
    assert f'<option value="{union.pk}" selected>' in page


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"username": "王"}, "用户名要以小写字母开头"),
        ({"username": "Wang"}, "用户名要以小写字母开头"),
        ({"name": ""}, "请填写姓名。"),
        ({"grants-0-union": ""}, "请选择在哪个工会"),
        ({"grants-0-role": ""}, "请选择在这个工会的角色"),
        ({"grants-0-union": "999999"}, "有的角色没有选完整"),
        ({"grants-0-role": "king"}, "有的角色没有选完整"),
        ({"grants-TOTAL_FORMS": "x"}, "有的角色没有选完整"),
        ({"grants-0-union": "", "grants-0-role": ""}, "请至少选一个角色"),
    ],
)
def test_each_mistake_is_said_in_words(keeper, union, change, words):
    data = rows((Role.UNIT_CLERK, union)) | {"name": "王秀英", "username": "wang"} | change
    response = keeper.post("/accounts/new/", data)
    assert response.status_code == 422
    assert words in response.content.decode()
    assert not User.objects.filter(username="wang").exists()


def test_one_more_row_is_asked_for_without_javascript(keeper, union):
    data = rows((Role.UNIT_CLERK, union), more=True) | {"name": "", "username": "wang"}
    page = keeper.post("/accounts/new/", data).content.decode()
    assert 'name="grants-1-role"' in page
    assert "必填" not in page
    assert not User.objects.filter(username="wang").exists()


def test_changing_roles(keeper, chair, union, other_union):
    page = keeper.get(f"/accounts/{chair.pk}/edit/").content.decode()
    assert f'<option value="{union.pk}" selected>' in page
    data = rows((Role.UNIT_CHAIR, other_union), ("", "")) | {"name": "程梓燕"}
    assert keeper.post(f"/accounts/{chair.pk}/edit/", data).status_code == 302
    assert chair.grants.get().union == other_union


def test_a_refused_act_is_a_sentence(keeper, administrator):
    for name in ("disable", "reset", "unlock"):
        response = keeper.post(f"/accounts/{administrator.pk}/{name}/", token())
        assert response.status_code == 422
        assert "不能改自己的账号" in response.content.decode()
    assert "另一位管理员" in keeper.get(f"/accounts/{administrator.pk}/").content.decode()


def test_disable_enable_unlock_reset(keeper, chair):
    LoginGuard.objects.create(
        name=chair.username, tries=5, locked_until=timezone.now() + timedelta(minutes=9)
    )
    home = f"/accounts/{chair.pk}/"
    assert "已锁定到" in keeper.get(home).content.decode()
    for name, words in (
        ("unlock", "账号已解锁"),
        ("disable", "账号已停用"),
        ("enable", "账号已启用"),
    ):
        assert keeper.get(f"{home}{name}/").status_code == 200
        response = keeper.post(f"{home}{name}/", token(), follow=True)
        assert words in response.content.decode()
    assert keeper.post(f"{home}reset/", token())["Location"].startswith("/accounts/slip/?s=")


def test_the_list_is_narrowed(keeper, chair, outsider, reviewer, union):
    off = make_user(Role.UNIT_CLERK, union, is_active=False, name="停用的人")
    new = make_user(Role.UNIT_CLERK, union, must_change_password=True, name="新来的人")
    locked = make_user(Role.UNIT_CLERK, union, name="锁住的人")
    LoginGuard.objects.create(
        name=locked.username, tries=5, locked_until=timezone.now() + timedelta(minutes=9)
    )

    def names(query):
        page = keeper.get(f"/accounts/?{query}").content.decode()
        return {
            u for u in (chair, outsider, reviewer, off, new, locked) if f">{u.name}</a>" in page
        }

    assert names("") == {chair, outsider, reviewer, off, new, locked}
    assert names(f"union={union.pk}") == {chair, off, new, locked}
    assert names("role=district_reviewer") == {reviewer}
    assert names("state=disabled") == {off}
    assert names("state=first") == {new}
    assert names("state=locked") == {locked}
    assert names("state=active") == {chair, outsider, reviewer}
    assert names("union=x&role=y&state=z&page=zz") == {chair, outsider, reviewer, off, new, locked}


def test_the_list_takes_few_queries_however_long(keeper, union, django_assert_max_num_queries):
    for _ in range(PAGE + 5):
        make_user(Role.UNIT_CLERK, union)
    with django_assert_max_num_queries(12):
        page = keeper.get("/accounts/").content.decode()
    assert "第 1–50 个" in page
    assert "第 51–" in keeper.get("/accounts/?page=2").content.decode()


def test_other_pages_take_few_queries(keeper, chair, django_assert_max_num_queries):
    for path, most in (("/me/", 12), (f"/accounts/{chair.pk}/", 14), ("/accounts/new/", 12)):
        with django_assert_max_num_queries(most):
            assert keeper.get(path).status_code == 200


def test_my_page_tells_who_i_am_and_what_i_did(client, chair, union):
    make_union()
    client.force_login(chair)
    page = client.get("/me/").content.decode()
    assert "基层工会主席" in page
    assert "晓月苑联合工会" in page
    assert "换成大字版" in page


def test_somebody_without_a_role_is_told_whom_to_ask(client, db):
    client.force_login(make_user())
    page = client.get("/me/")
    assert page.status_code == 200
    assert "还没有角色" in page.content.decode()
    assert client.get("/accounts/").status_code == 403


def test_the_system_configuration_is_the_owners_alone(client, administrator, union):
    assert client.get("/admin/", follow=True).redirect_chain[-1][0].startswith("/login/")
    client.force_login(administrator)
    assert client.get("/admin/").status_code == 403
    assert client.get("/admin/accounts/user/").status_code == 403
    staff = make_user(is_staff=True, password="md5$salt$digest")
    client.force_login(staff)
    assert client.get("/admin/login/").status_code == 403
    owner = make_user(is_superuser=True, is_staff=True)
    client.force_login(owner)
    assert client.get("/admin/login/?next=/admin/")["Location"] == "/admin/"
    for path in (
        "",
        "accounts/union/",
        "accounts/user/",
        "accounts/grant/",
        "accounts/loginguard/",
        f"accounts/user/{staff.pk}/change/",
        f"accounts/union/{union.pk}/change/",
    ):
        assert client.get(f"/admin/{path}").status_code == 200, path
    assert (
        staff.password
        not in client.get(f"/admin/accounts/user/{staff.pk}/change/").content.decode()
    )
    assert client.get("/admin/password_change/")["Location"] == "/password/"
