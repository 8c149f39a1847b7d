"""The second factor: set up, shown at sign-in, tried too often, lost."""

import re
import time
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Thread
from uuid import uuid4

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from django.core.cache import cache
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse

from tests.factories import PASSWORD, make_union, make_user
from wanping_union.accounts import factors, guard, services
from wanping_union.accounts.models import Grant, LoginGuard, User
from wanping_union.audit.models import Act
from wanping_union.errors import NotAllowed, Refused
from wanping_union.roles import SECOND_FACTOR, UNIT, Role

SECOND = "/login/second/"
SECRET = "JBSWY3DPEHPK3PXP"


@pytest.fixture
def person(area):
    user = make_user(Role.AREA_OFFICER, area, username="wang", name="王秀英")
    user.set_password(PASSWORD)
    user.save()
    return user


@pytest.fixture
def guarded(person):
    """Has codes on the phone, last used long ago, and recovery codes."""
    factors.add_app(person, SECRET, code(SECRET))
    app = Authenticator.objects.get(type="totp")
    app.data[factors.LAST] = 0
    app.save()
    return person


def code(secret, steps=0):
    counter = int(time.time()) // 30 + steps
    return totp.format_hotp_value(totp.hotp_value(secret, counter))


def wrong(secret=SECRET):
    """A code that is not right now, nor half a minute before or after."""
    right = {code(secret, step) for step in (-2, -1, 0, 1, 2)}
    return next(f"{n:06}" for n in range(10) if f"{n:06}" not in right)


def token():
    return {"form_token": str(uuid4())}


def enter(client, username="wang", password=PASSWORD):
    return client.post("/login/", {"login": username, "password": password})


def stored_secret():
    return totp.decrypt(Authenticator.objects.get(type="totp").data["secret"])


def show(client, typed):
    return client.post(SECOND, {"code": typed})


def names():
    return list(Act.objects.order_by("pk").values_list("name", flat=True))


def set_up(client):
    """From the page to the codes. Returns the secret and the recovery codes shown."""
    page = client.get("/me/second/app/").content.decode()
    kept = re.search(r'name="kept" value="([^"]+)"', page)[1]
    secret = "".join(re.findall(r"<span>([A-Z2-7]{4})</span>", page))
    assert len(secret) == 32
    answer = client.post("/me/second/app/", {"kept": kept, "code": code(secret)} | token())
    assert answer["Location"] == "/me/second/codes/"
    shown = client.get("/me/second/codes/").content.decode()
    codes = [re.sub(r"\s", "", c) for c in re.findall(r"(?:\d{4} ){4}", shown)]
    return secret, codes


def test_from_scratch_codes_are_shown_once_and_the_next_sign_in_asks(client, person):
    enter(client)
    secret, codes = set_up(client)
    assert len(codes) == 10
    assert {len(c) for c in codes} == {16}
    again = client.get("/me/second/codes/").content.decode()
    assert not [c for c in codes if c[:4] in again]
    client.post("/logout/")
    assert enter(client)["Location"] == SECOND
    assert client.get("/me/")["Location"].startswith("/login/")
    assert client.get(SECOND).status_code == 200
    assert show(client, code(secret, 1))["Location"] == "/"
    assert client.get("/me/").status_code == 200
    assert {"add_factor", "sign_in"} <= set(names())


def test_secrets_lie_encrypted_in_the_table_and_in_the_session(client, person):
    enter(client)
    client.get("/me/second/app/")
    page = client.get("/me/second/app/").content.decode()
    secret = "".join(re.findall(r"<span>([A-Z2-7]{4})</span>", page))
    assert secret not in str(dict(client.session.items()))
    secret, codes = set_up(client)
    with connection.cursor() as cursor:
        cursor.execute("select data::text from mfa_authenticator")
        stored = " ".join(row[0] for row in cursor.fetchall())
        cursor.execute("select diff::text from audit_change where tbl = 'mfa_authenticator'")
        logged = " ".join(row[0] for row in cursor.fetchall())
    for hidden in (secret, *codes):
        assert hidden not in stored + logged


def test_a_code_is_good_once_even_after_the_cache_is_emptied(client, guarded):
    enter(client)
    used = code(SECRET)
    assert show(client, used).status_code == 302
    client.post("/logout/")
    cache.clear()
    enter(client)
    assert "验证码不对或已经用过" in show(client, used).content.decode()


def test_the_counter_is_what_refuses_a_used_code(client, guarded):
    """Negative control: with the counter taken away the same code is good again."""
    enter(client)
    used = code(SECRET)
    show(client, used)
    client.post("/logout/")
    app = Authenticator.objects.get(type="totp")
    del app.data[factors.LAST]
    app.save()
    enter(client)
    assert show(client, used).status_code == 302


@pytest.mark.parametrize(("steps", "good"), [(-1, True), (1, True), (-2, False), (2, False)])
def test_a_phones_clock_may_be_half_a_minute_off(client, guarded, monkeypatch, steps, good):
    now = int(time.time()) // 30 * 30 + 15  # far from the edge
    monkeypatch.setattr(totp.time, "time", lambda: now)
    typed = totp.format_hotp_value(totp.hotp_value(SECRET, now // 30 + steps))
    assert (factors.matches(SECRET, typed) is not None) is good


def test_a_wrong_code_is_told_in_words_and_the_fifth_locks(client, guarded):
    enter(client)
    assert "还可以再试 4 次" in show(client, wrong()).content.decode()
    pages = [show(client, wrong()).content.decode() for _ in range(4)]
    assert "已锁定到" in pages[-1]
    assert "上级工会管理员" in pages[-1]
    assert "已锁定到" in show(client, code(SECRET)).content.decode()
    assert names().count("second_failed") == 5
    assert names().count("lock_account") == 1


def test_the_right_password_does_not_forget_wrong_codes(client, guarded):
    for _ in range(5):
        enter(client)
        show(client, wrong())
        client.post("/logout/")
    enter(client)
    assert "已锁定到" in show(client, code(SECRET)).content.decode()


def test_a_good_sign_in_forgets_them(client, guarded):
    enter(client)
    show(client, wrong())
    show(client, code(SECRET))
    assert not LoginGuard.objects.exists()


def test_a_recovery_code_is_good_once_and_is_noted(client, person):
    enter(client)
    _, codes = set_up(client)
    client.post("/logout/")
    enter(client)
    spaced = " ".join(re.findall("....", codes[0]))
    assert show(client, spaced).status_code == 302
    assert Act.objects.get(name="use_recovery_code").note == "还剩 9 个"
    client.post("/logout/")
    enter(client)
    assert show(client, codes[0]).status_code == 200
    assert show(client, codes[1]).status_code == 302


def parallel(member, guesses, between=lambda: None):
    """So many browsers past the password, then all their codes at once, in two waves."""
    browsers = [Client(REMOTE_ADDR=f"10.0.0.{n}") for n in range(len(guesses))]
    for browser in browsers:
        enter(browser, member.username)
    barrier = Barrier(len(guesses) // 2)

    def try_it(pair):
        browser, guess = pair
        barrier.wait()
        try:
            return show(browser, guess).status_code
        finally:
            connection.close()

    pairs = list(zip(browsers, guesses, strict=True))
    half = len(pairs) // 2
    with ThreadPoolExecutor(half) as pool:
        first = list(pool.map(try_it, pairs[:half]))
        between()
        return first + list(pool.map(try_it, pairs[half:]))


@pytest.fixture
def checked(monkeypatch):
    """How many codes are really compared."""
    seen = []
    real = factors._used_app
    monkeypatch.setattr(factors, "_used_app", lambda u, typed: seen.append(typed) or real(u, typed))
    return seen


@pytest.mark.parametrize("digits", [6, 16])
def test_forty_codes_at_once_check_five_though_redis_is_emptied(
    committed, guarded, checked, digits
):
    guesses = [wrong()] * 20 + [wrong()] * 20 if digits == 6 else [f"{n:016}" for n in range(40)]
    statuses = parallel(guarded, guesses, between=cache.clear)
    assert len(checked) == 5
    assert set(statuses) == {200}


def test_without_the_guard_all_forty_would_be_checked(committed, guarded, checked, monkeypatch):
    """Negative control."""
    monkeypatch.setattr(guard.Guard, "count", lambda self: 4)
    parallel(guarded, [wrong()] * 40)
    assert len(checked) == 40


def test_forty_tries_at_a_password_from_a_slip_check_five(
    committed, administrator, union, monkeypatch
):
    first = services.create(
        by=administrator, username="slip", name="李敏", grants=[(Role.UNIT_CLERK, union)]
    )
    seen = []
    real = type(first.account).check_password
    monkeypatch.setattr(
        type(first.account), "check_password", lambda s, p: seen.append(p) or real(s, p)
    )
    barrier = Barrier(40)

    def try_it(n):
        barrier.wait()
        try:
            return enter(Client(REMOTE_ADDR=f"10.0.1.{n}"), "slip", "abcd-efgh-jkmn-pqrs")
        finally:
            connection.close()

    with ThreadPoolExecutor(40) as pool:
        list(pool.map(try_it, range(40)))
    cache.clear()
    assert "已锁定到" in enter(Client(), "slip", first.text).content.decode()
    assert len(seen) == 5


def test_sign_in_with_a_code_does_not_need_redis(client, guarded, settings):
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": "redis://127.0.0.1:1/0",
        }
    }
    enter(client)
    assert show(client, code(SECRET)).status_code == 302


@pytest.mark.parametrize("role", list(Role))
def test_production_demands_it_of_every_role_above_the_grassroots(
    client, district, area, union, settings, role
):
    settings.SECOND_FACTOR_DEMANDED = True
    place = union if role in UNIT else area if role.name.startswith("AREA") else district
    user = make_user(role, place, username="wang")
    user.set_password(PASSWORD)
    user.save()
    enter(client)
    if role not in SECOND_FACTOR:
        assert client.get("/me/").status_code == 200
        return
    for path in ("/", "/me/", "/members/"):
        assert client.get(path)["Location"] == "/me/second/"
    assert client.get("/me/", HTTP_HX_REQUEST="true")["HX-Redirect"] == "/me/second/"
    assert "必须先设置两步验证" in client.get("/me/second/").content.decode()
    set_up(client)
    assert client.get("/me/").status_code == 200


def test_a_session_that_never_showed_the_factor_does_not_profit_from_another(
    client, person, settings
):
    settings.SECOND_FACTOR_DEMANDED = True
    thief = Client()
    enter(thief)
    enter(client)
    set_up(client)
    assert thief.get("/me/").status_code == 403
    assert thief.get("/me/second/")["Location"].startswith("/login/")


def test_the_demo_lets_everybody_in_with_a_password(client, person):
    assert enter(client)["Location"] == "/"
    assert client.get("/me/").status_code == 200


def test_who_needs_a_factor_keeps_the_last_one(client, guarded, settings):
    settings.SECOND_FACTOR_DEMANDED = True
    app = Authenticator.objects.get(type="totp")
    with pytest.raises(Refused, match="必须有两步验证"):
        factors.remove(guarded, app.pk)
    settings.SECOND_FACTOR_DEMANDED = False
    factors.remove(guarded, app.pk)
    assert not Authenticator.objects.exists()
    assert names()[-1] == "remove_factor"


def test_a_new_phone_takes_the_place_of_the_old_one(client, guarded, settings):
    settings.SECOND_FACTOR_DEMANDED = True
    enter(client)
    show(client, code(SECRET))
    page = client.get("/me/second/app/").content.decode()
    assert "换手机" in page
    kept = re.search(r'name="kept" value="([^"]+)"', page)[1]
    secret = "".join(re.findall(r"<span>([A-Z2-7]{4})</span>", page))
    wrong = client.post("/me/second/app/", {"kept": kept, "code": "12"} | token())
    assert wrong.status_code == 422
    assert factors.matches(stored_secret(), code(SECRET)) is not None
    answer = client.post("/me/second/app/", {"kept": kept, "code": code(secret)} | token())
    assert answer.status_code == 302
    assert stored_secret() == secret
    assert factors.of(guarded).codes == 10
    assert Act.objects.latest("pk").note == "手机验证码，原来手机上的作废"


def test_new_recovery_codes_make_the_old_ones_worthless(client, person):
    enter(client)
    _, old = set_up(client)
    assert client.post("/me/second/codes/new/", token())["Location"] == "/me/second/codes/"
    shown = client.get("/me/second/codes/").content.decode()
    new = [re.sub(r"\s", "", c) for c in re.findall(r"(?:\d{4} ){4}", shown)]
    assert len(new) == 10
    assert not set(old) & set(new)


PAGES = ("/me/second/app/", "/me/second/key/", "/me/second/codes/new/")


@pytest.mark.parametrize("path", PAGES)
def test_a_screen_left_open_must_give_the_password_again(client, person, path, settings):
    enter(client)
    assert client.get(path).status_code == 200
    settings.CONFIRM_SECONDS = 0
    there = client.get(path)["Location"]
    assert there == f"/me/confirm/?next={path.replace('/', '%2F')}"
    typed = {"password": "wrong", "next": path} | token()
    page = client.post("/me/confirm/", typed)
    assert page.status_code == 422
    assert "还可以再试 4 次" in page.content.decode()
    typed = {"password": PASSWORD, "next": path} | token()
    assert client.post("/me/confirm/", typed)["Location"] == path


def test_guesses_at_ones_own_password_are_counted_everywhere(client, person):
    enter(client)
    for _ in range(3):
        client.post("/me/confirm/", {"password": "wrong"} | token())
    new = {
        "oldpassword": "wrong",
        "password1": "a-quite-new-one-7",
        "password2": "a-quite-new-one-7",
    }
    client.post("/password/", new)
    assert "已锁定到" in client.post("/password/", new).content.decode()
    assert "已锁定到" in client.post("/password/", new | {"oldpassword": PASSWORD}).content.decode()


def test_nobody_touches_anothers_factor(client, guarded, union):
    other = make_user(Role.UNIT_CHAIR, union, username="li")
    other.set_password(PASSWORD)
    other.save()
    enter(client, "li")
    app = Authenticator.objects.get(type="totp")
    assert client.get(f"/me/second/{app.pk}/remove/").status_code == 404
    assert client.post(f"/me/second/{app.pk}/remove/", token()).status_code == 404
    with pytest.raises(Authenticator.DoesNotExist):
        factors.remove(other, app.pk)


@pytest.mark.parametrize(
    "odd", ["", "x", "{}", "[]", "1", '{"id": 1}', '{"id": "a", "rawId": "!!", "type": "public-key"}',
            '{"id":"AA","rawId":"AA","type":"public-key","response":{"clientDataJSON":"e30","attestationObject":"oA"}}',
            '{"id":"AA","rawId":"AA","type":"public-key","response":{"clientDataJSON":"e30","authenticatorData":"AA","signature":"AA"}}'],
)  # fmt: skip
def test_an_odd_answer_of_a_key_is_refused_in_words(client, guarded, odd):
    enter(client)
    assert client.post(SECOND, {"credential": odd}).status_code == 200
    show(client, code(SECRET))
    page = client.post("/me/second/key/", {"credential": odd, "name": "x"} | token())
    assert page.status_code == 422


def test_the_area_resets_below_it_with_a_reason_and_the_person_is_told(
    client, officer, chair, union
):
    chair.set_password(PASSWORD)
    chair.save()
    factors.add_app(chair, SECRET, code(SECRET))
    open_one = Client()
    enter(open_one, chair.username)
    show(open_one, code(SECRET, 1))
    assert open_one.get("/me/").status_code == 200
    client.force_login(officer)
    path = reverse("accounts:act", args=[chair.pk, "reset-factor"])
    assert client.post(path, token()).status_code == 422
    client.post(path, {"reason": "手机丢了，已电话核实"} | token())
    assert open_one.get("/me/").status_code == 403
    assert not Authenticator.objects.exists()
    page = enter(client_anew := Client(), chair.username)
    assert page["Location"] == "/"
    told = client_anew.get("/").content.decode()
    assert "手机丢了，已电话核实" in told
    assert officer.name in told


def test_the_area_keeps_away_from_its_own_level_and_from_others(officer, area, district, union):
    colleague = make_user(Role.AREA_CHAIR, area)
    reviewer = make_user(Role.DISTRICT_REVIEWER, district)
    elsewhere = make_user(Role.UNIT_CHAIR, make_union(make_union(district, kind="area")))
    both = make_user(Role.UNIT_CHAIR, union)
    Grant.objects.create(user=both, union=area, role=Role.AREA_OFFICER)
    for other in (colleague, reviewer, elsewhere, both, make_user(), officer):
        for service in (services.unlock, services.reset_password):
            with pytest.raises(NotAllowed):
                service(other, by=officer)
        with pytest.raises(NotAllowed):
            services.reset_factor(other, by=officer, reason="x")
    services.reset_password(make_user(Role.UNIT_CLERK, union), by=officer)


def test_who_rises_at_the_same_moment_is_no_longer_helped_from_below(committed, union, area):
    officer, chair = make_user(Role.AREA_OFFICER, area), make_user(Role.UNIT_CHAIR, union)
    refusals: list[Exception] = []

    def reset() -> None:
        try:
            services.reset_password(chair, by=officer)
        except NotAllowed as refusal:
            refusals.append(refusal)
        finally:
            connection.close()

    helper = Thread(target=reset)
    with transaction.atomic():
        User.objects.select_for_update().get(pk=chair.pk)
        helper.start()
        time.sleep(0.3)
        Grant.objects.create(user=chair, role=Role.AREA_CHAIR, union=area)
    helper.join()
    assert refusals


def test_an_administrators_own_factor_needs_a_second_administrator(administrator, district):
    factors.add_app(administrator, SECRET, code(SECRET))
    with pytest.raises(Refused, match="另一位管理员"):
        services.reset_factor(administrator, by=administrator, reason="x")
    services.reset_factor(
        administrator, by=make_user(Role.ADMINISTRATOR, district), reason="手机丢了"
    )
    assert not Authenticator.objects.exists()


def test_the_level_above_unlocks_codes_too(client, officer, chair):
    factors.add_app(chair, SECRET, code(SECRET))
    for _ in range(5):
        with pytest.raises(Refused):
            factors.check_code(chair, wrong(), address="")
    client.force_login(officer)
    assert "已锁定到" in client.get(f"/accounts/{chair.pk}/").content.decode()
    services.unlock(chair, by=officer)
    assert not LoginGuard.objects.exists()
