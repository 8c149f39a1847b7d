"""Signing in through the real page: the limit on tries, first passwords, what the audit keeps."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.utils import timezone

from tests.factories import PASSWORD, make_user
from wanping_union.accounts import services
from wanping_union.accounts.models import LoginGuard
from wanping_union.audit.models import Act
from wanping_union.roles import Role

NEW = "wan-ping-2017-qiao"


class Counting(Argon2PasswordHasher):
    """Counts how many passwords are really checked."""

    checked = 0
    memory_cost = 1024
    time_cost = 1
    parallelism = 1

    def verify(self, password: str, encoded: str) -> bool:
        type(self).checked += 1
        return super().verify(password, encoded)


@pytest.fixture(autouse=True)
def counting(settings):
    settings.PASSWORD_HASHERS = [f"{__name__}.Counting"]
    Counting.checked = 0


@pytest.fixture
def member(union):
    user = make_user(Role.UNIT_CHAIR, union, username="chengziyan", name="程梓燕")
    user.set_password(PASSWORD)
    user.save()
    return user


def sign_in(client, username="chengziyan", password=PASSWORD, **extra):
    return client.post("/login/", {"login": username, "password": password}, **extra)


def acts():
    return list(Act.objects.order_by("pk").values_list("name", flat=True))


def test_a_person_signs_in_with_their_user_name(client, member):
    response = sign_in(client)
    assert response.status_code == 302
    assert response["Location"] == "/"
    assert client.get("/me/").status_code == 200
    act = Act.objects.get(name="sign_in")
    assert act.by == member
    assert "127.0.0.1" in act.note


def test_there_is_no_sign_up_and_no_reset_by_mail(client, db):
    for path in ("/signup/", "/accounts/signup/", "/password/reset/", "/accounts/password/reset/"):
        assert client.get(path, follow=True).redirect_chain in ([], [(f"/login/?next={path}", 302)])
    assert client.get("/login/?next=https://evil.example/").status_code == 200


def test_next_does_not_lead_to_another_site(client, member):
    response = client.post(
        "/login/?next=https://evil.example/",
        {"login": "chengziyan", "password": PASSWORD, "next": "https://evil.example/"},
    )
    assert response["Location"] == "/"


def test_a_wrong_password_says_how_many_tries_are_left(client, member):
    page = sign_in(client, password="wrong").content.decode()
    assert "用户名或密码不对，还可以再试 4 次" in page
    assert acts() == ["sign_in_failed"]


def test_the_fifth_wrong_password_locks_and_says_until_when_and_who_helps(client, member):
    pages = [sign_in(client, password="wrong").content.decode() for _ in range(5)]
    assert "已锁定到" in pages[-1]
    assert "上级工会管理员" in pages[-1]
    assert "已锁定到" in sign_in(client).content.decode()
    assert Counting.checked == 5
    assert acts() == ["sign_in_failed"] * 5 + ["lock_account"]


def test_an_empty_form_says_what_is_missing(client, db):
    page = sign_in(client, "", "").content.decode()
    assert "请填写用户名。" in page
    assert "请填写密码。" in page


def test_an_unknown_name_is_answered_like_a_known_one(client, member):
    for _ in range(5):
        known = sign_in(client, password="wrong").content.decode()
        unknown = sign_in(client, "nobody", "wrong").content.decode()
        assert known.count("再试") == unknown.count("再试")
        assert known.count("已锁定到") == unknown.count("已锁定到")


def test_a_password_typed_as_the_name_is_kept_nowhere(client, member):
    sign_in(client, "Geheim-Passwort-9", "x")
    assert LoginGuard.objects.filter(name__icontains="geheim").count() == 0
    assert LoginGuard.objects.count() == 1
    act = Act.objects.get(name="sign_in_failed")
    assert "Geheim" not in str(vars(act))
    assert act.by is None


def test_letters_in_upper_case_are_counted_as_the_same_name(client, member):
    for name in ("chengziyan", "ChengZiYan", "CHENGZIYAN", " chengziyan ", "chengziyaN"):
        sign_in(client, name, "wrong")
    assert "已锁定到" in sign_in(client).content.decode()
    assert LoginGuard.objects.count() == 1


def test_success_forgets_the_tries(client, member):
    for _ in range(4):
        sign_in(client, password="wrong")
    assert sign_in(client).status_code == 302
    assert not LoginGuard.objects.exists()


def test_tries_of_long_ago_do_not_count(client, member):
    for _ in range(4):
        sign_in(client, password="wrong")
    LoginGuard.objects.update(first_at=timezone.now() - timedelta(minutes=16))
    assert "还可以再试 4 次" in sign_in(client, password="wrong").content.decode()


def test_a_lock_ends_by_itself_and_counting_begins_anew(client, member):
    for _ in range(5):
        sign_in(client, password="wrong")
    LoginGuard.objects.update(locked_until=timezone.now() - timedelta(minutes=1))
    assert "还可以再试 4 次" in sign_in(client, password="wrong").content.decode()
    assert sign_in(client).status_code == 302


def test_trying_on_does_not_draw_a_lock_out(client, member):
    for _ in range(5):
        sign_in(client, password="wrong")
    before = LoginGuard.objects.get().locked_until
    sign_in(client, password="wrong")
    assert LoginGuard.objects.get().locked_until == before


def test_forty_tries_at_once_check_five_passwords(committed, member):
    barrier = Barrier(40)

    def try_it(number):
        barrier.wait()
        try:
            return sign_in(
                Client(REMOTE_ADDR=f"10.0.0.{number}"), password="wrong"
            ).content.decode()
        finally:
            connection.close()

    with ThreadPoolExecutor(40) as pool:
        pages = list(pool.map(try_it, range(40)))
    assert Counting.checked == 5
    assert sum("已锁定到" in page for page in pages) == 36
    assert acts().count("sign_in_failed") == 5
    cache.clear()
    assert "已锁定到" in sign_in(Client()).content.decode()
    assert Counting.checked == 5


def test_sign_in_does_not_need_redis(client, member, settings):
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": "redis://127.0.0.1:1/0",
        }
    }
    assert sign_in(client).status_code == 302


def test_one_address_trying_many_names_is_stopped(client, member):
    for number in range(100):
        sign_in(client, f"name{number}", "wrong")
    assert "这个网络上登录失败的次数太多" in sign_in(client).content.decode()


def test_signing_out_is_a_post_and_is_noted(client, member):
    sign_in(client)
    assert "退出" in client.get("/logout/").content.decode()
    assert client.get("/me/").status_code == 200
    client.post("/logout/")
    assert client.get("/me/").status_code == 302
    assert acts()[-1] == "sign_out"


def test_a_handed_out_password_must_be_changed_first(client, administrator, union):
    first = services.create(
        by=administrator, username="wang", name="王秀英", grants=[(Role.UNIT_CLERK, union)]
    )
    assert sign_in(client, "wang", first.text).status_code == 302
    assert client.get("/").headers["Location"] == "/password/"
    assert client.get("/me/", HTTP_HX_REQUEST="true")["HX-Redirect"] == "/password/"
    assert "一次性密码</label>" in client.get("/password/").content.decode()
    typed = {"oldpassword": first.text, "password1": NEW, "password2": NEW}
    assert client.post("/password/", typed)["Location"] == "/"
    assert client.get("/").status_code == 200
    first.account.refresh_from_db()
    assert first.account.first_password_until is None
    assert "change_password" in acts()


def test_the_new_password_differs_from_the_old_and_is_not_weak(client, member):
    sign_in(client)
    for new, words in (
        (PASSWORD, "新密码不能和现在的密码一样"),
        ("1234567890", "密码只包含数字"),
        ("short", "密码太短，至少要 10 位。"),
        ("chengziyan", "太相似了"),
    ):
        typed = {"oldpassword": PASSWORD, "password1": new, "password2": new}
        response = client.post("/password/", typed)
        assert response.status_code == 200
        assert words in response.content.decode()
    member.refresh_from_db()
    assert member.check_password(PASSWORD)


def test_a_first_password_dies_after_72_hours(client, administrator, union):
    first = services.create(
        by=administrator, username="wang", name="王秀英", grants=[(Role.UNIT_CLERK, union)]
    )
    assert timedelta(hours=71) < first.until - timezone.now() < timedelta(hours=72)
    type(first.account).objects.filter(pk=first.account.pk).update(
        first_password_until=timezone.now() - timedelta(seconds=1)
    )
    assert "一次性密码已过期" in sign_in(client, "wang", first.text).content.decode()
    assert client.get("/me/").status_code == 302


def test_a_shut_account_is_told_so_only_with_the_right_password(client, member):
    member.is_active = False
    member.save()
    assert "停用" not in sign_in(client, password="wrong").content.decode()
    assert "这个账号已停用" in sign_in(client).content.decode()


def test_demo_accounts_are_shown_only_in_a_demo(client, settings, union):
    make_user(Role.UNIT_CHAIR, union, username="chair")
    settings.DEMO = True
    assert "演示账号" in client.get("/login/").content.decode()
    settings.DEMO = False
    assert "演示账号" not in client.get("/login/").content.decode()
