"""How long a sign-in lasts."""

import re
import time
from uuid import uuid4

import pytest
from allauth.usersessions.models import UserSession
from django.test import Client

from wanping_union.accounts import services
from wanping_union.accounts.sessions import SEEN, SINCE
from wanping_union.audit.models import Act


@pytest.fixture
def signed_in(client, chair):
    client.force_login(chair)
    client.get("/me/")
    return client


def back(client, **values):
    """Set the session's clocks back by so many seconds."""
    session = client.session
    for name, seconds in values.items():
        session[name] -= seconds
    session.save()


def test_half_an_hour_of_nothing_ends_it_with_a_way_back(signed_in, settings):
    back(signed_in, **{SEEN: settings.SESSION_IDLE_SECONDS})
    response = signed_in.get("/audit/?kind=reveal")
    assert response.status_code == 403
    page = response.content.decode()
    assert "请重新登录" in page
    assert "/login/?next=%2Faudit%2F%3Fkind%3Dreveal" in page
    assert signed_in.get("/me/").status_code == 302


def test_twenty_nine_minutes_do_not(signed_in, settings):
    back(signed_in, **{SEEN: settings.SESSION_IDLE_SECONDS - 5})
    assert signed_in.get("/me/").status_code == 200


def test_a_form_sent_too_late_is_told_where_its_draft_lies(signed_in, settings):
    back(signed_in, **{SEEN: settings.SESSION_IDLE_SECONDS})
    page = signed_in.post("/logout/x", {}, HTTP_REFERER="http://testserver/me/?a=1")
    assert page.status_code == 403
    assert "留在这台电脑" in page.content.decode()
    assert "/login/?next=%2Fme%2F%3Fa%3D1" in page.content.decode()


def test_another_sites_referer_does_not_become_the_way_back(signed_in, settings):
    back(signed_in, **{SEEN: settings.SESSION_IDLE_SECONDS})
    page = signed_in.post("/x", HTTP_REFERER="https://evil.example/").content.decode()
    assert "evil" not in page


def test_a_part_of_a_page_lets_the_whole_page_ask_for_the_sign_in(signed_in, settings):
    back(signed_in, **{SEEN: settings.SESSION_IDLE_SECONDS})
    response = signed_in.get(
        "/accounts/", HTTP_HX_REQUEST="true", HTTP_HX_CURRENT_URL="http://testserver/members/"
    )
    assert response.status_code == 401
    assert response.content == b""


def test_twelve_hours_in_all_whatever_one_does(signed_in, settings):
    back(signed_in, **{SINCE: settings.SESSION_COOKIE_AGE})
    assert signed_in.get("/me/").status_code == 403


def test_the_sign_in_page_is_shown_even_then(signed_in, settings):
    back(signed_in, **{SEEN: settings.SESSION_IDLE_SECONDS})
    assert signed_in.get("/login/").status_code == 200


def test_the_session_is_written_at_most_once_a_minute(signed_in, django_assert_max_num_queries):
    with django_assert_max_num_queries(12) as seen:
        signed_in.get("/me/")
    assert not [q for q in seen.captured_queries if q["sql"].startswith("UPDATE")]
    back(signed_in, **{SEEN: 61})
    signed_in.get("/me/")
    assert signed_in.session[SEEN] >= int(time.time()) - 2


def test_a_shut_account_is_out_at_the_next_request(signed_in, chair):
    type(chair).objects.filter(pk=chair.pk).update(is_active=False)
    assert signed_in.get("/me/")["Location"].startswith("/login/")


def test_a_form_of_nobody_is_answered_with_the_same_page(client, db):
    response = client.post("/me/")
    assert response.status_code == 403
    assert "请重新登录" in response.content.decode()


def test_a_new_password_ends_the_other_sessions(client, chair):
    chair.set_password("wanping-2016")
    chair.save()
    other = type(client)()
    for browser in (client, other):
        browser.post("/login/", {"login": chair.username, "password": "wanping-2016"})
        assert browser.get("/me/").status_code == 200
    new = "wan-ping-2017-qiao"
    client.post("/password/", {"oldpassword": "wanping-2016", "password1": new, "password2": new})
    assert client.get("/me/").status_code == 200
    assert other.get("/me/").status_code == 403


OURS = {"HTTP_ORIGIN": "http://testserver"}


def test_a_form_sent_too_late_comes_back_whole_to_be_sent_again(signed_in, settings):
    back(signed_in, **{SEEN: settings.SESSION_IDLE_SECONDS})
    typed = {"name": "王小明", "id_number": "110", "union": ["1", "2"], "password": "secret-9"}
    response = signed_in.post("/members/new/?a=1", typed, **OURS)
    page = response.content.decode()
    assert response.status_code == 403
    assert "no-store" in response["Cache-Control"]
    assert 'action="/members/new/?a=1"' in page
    for name, value in (("name", "王小明"), ("id_number", "110"), ("union", "1"), ("union", "2")):
        assert f'<input type="hidden" name="{name}" value="{value}">' in page
    assert "secret-9" not in page


@pytest.mark.parametrize("origin", ["https://evil.example", "null", ""])
def test_a_form_of_another_site_does_not_come_back(signed_in, settings, origin):
    back(signed_in, **{SEEN: settings.SESSION_IDLE_SECONDS})
    page = signed_in.post("/members/new/", {"name": "王小明"}, HTTP_ORIGIN=origin).content.decode()
    assert "王小明" not in page


def test_without_javascript_the_form_goes_through_after_signing_in_elsewhere(chair):
    """As a browser does it: the token of the first page is old after the sign-in."""
    chair.set_password("wanping-2016")
    chair.save()
    browser = Client(enforce_csrf_checks=True)

    def token_of(page):
        return re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)[1]

    token = token_of(browser.get("/login/").content.decode())
    sent = browser.post("/me/confirm/", {"next": "/x/", "csrfmiddlewaretoken": token}, **OURS)
    page = sent.content.decode()
    assert "在新窗口登录" in page
    old = token_of(page)
    token = token_of(browser.get("/login/").content.decode())
    entered = {"login": chair.username, "password": "wanping-2016", "csrfmiddlewaretoken": token}
    assert browser.post("/login/", entered).status_code == 302
    page = browser.post("/me/confirm/", {"next": "/x/", "csrfmiddlewaretoken": old}, **OURS)
    text = page.content.decode()
    assert "请再点一次" in text
    assert 'name="next" value="/x/"' in text
    fields = {"next": "/x/", "form_token": str(uuid4()), "csrfmiddlewaretoken": token_of(text)}
    assert browser.post("/me/confirm/", fields, **OURS).status_code == 422


def token_on(client, url):
    page = client.get(url).content.decode()
    return re.search(r'name="form_token" value="([^"]+)"', page)[1]


def test_a_form_another_person_opened_here_is_not_sent_as_mine(client, chair, outsider):
    client.force_login(chair)
    token = token_on(client, "/members/new/")
    client.force_login(outsider)
    sent = client.post("/members/new/", {"form_token": token, "name": "王小明"}, **OURS)
    assert sent.status_code == 400
    mine = {"form_token": token_on(client, "/members/new/"), "name": "王小明"}
    assert client.post("/members/new/", mine, **OURS).status_code == 422


def test_what_another_person_typed_does_not_come_back_to_me(chair, outsider):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(chair)
    typed = {"form_token": token_on(browser, "/members/new/"), "name": "王小明"}
    browser.force_login(outsider)
    assert "王小明" not in browser.post("/members/new/", typed, **OURS).content.decode()
    browser.force_login(chair)
    assert "王小明" in browser.post("/members/new/", typed, **OURS).content.decode()


def test_the_page_can_ask_whether_the_session_lasts(signed_in, chair, settings):
    answer = signed_in.get("/login/alive/")
    assert (answer.status_code, answer["X-User"]) == (204, str(chair.pk))
    assert "signedin" in answer["HX-Trigger"]
    back(signed_in, **{SEEN: settings.SESSION_IDLE_SECONDS})
    assert signed_in.get("/login/alive/").status_code == 401
    assert signed_in.get("/login/alive/").status_code == 401


def test_the_key_of_the_session_changes_at_sign_in(client, chair):
    """A key planted before the sign-in is worth nothing after it."""
    chair.set_password("wanping-2016")
    chair.save()
    session = client.session
    session["planted"] = True
    session.save()
    planted = session.session_key
    client.cookies["sessionid"] = planted
    client.post("/login/", {"login": chair.username, "password": "wanping-2016"})
    assert client.cookies["sessionid"].value != planted
    thief = Client()
    thief.cookies["sessionid"] = planted
    assert thief.get("/me/").status_code == 403


def enter(user, agent="Mozilla/5.0 (Linux; Android 10) Chrome/120 MicroMessenger/8"):
    browser = Client(HTTP_USER_AGENT=agent)
    browser.post("/login/", {"login": user.username, "password": "wanping-2016"})
    return browser


@pytest.fixture
def member(chair):
    chair.set_password("wanping-2016")
    chair.save()
    return chair


def test_i_see_where_i_am_signed_in_and_end_one_or_all_others(member):
    here = enter(member, "Mozilla/5.0 (Windows NT 10.0) Chrome/120 Edg/120")
    others = [enter(member) for _ in range(3)]
    page = here.get("/me/").content.decode()
    assert "Windows 电脑，Edge 浏览器" in page
    assert page.count("微信") == 6  # each named twice: in the list and for the button
    last = UserSession.objects.order_by("-pk").first()
    here.post(f"/me/sessions/{last.pk}/end/", {"form_token": str(uuid4())})
    assert [b.get("/me/").status_code for b in others] == [200, 200, 403]
    here.post("/me/sessions/end/", {"form_token": str(uuid4())})
    assert [b.get("/me/").status_code for b in others] == [403, 403, 302]
    assert here.get("/me/").status_code == 200
    acts = Act.objects.filter(name__startswith="end_").order_by("pk")
    assert list(acts.values_list("name", flat=True)) == [
        "end_session", "end_sessions",
    ]  # fmt: skip


def test_who_was_signed_out_elsewhere_is_told_once_and_keeps_the_way_back(member):
    here, other = enter(member), enter(member)
    here.post("/me/sessions/end/", {"form_token": str(uuid4())})
    response = other.get("/audit/?kind=reveal")
    page = response.content.decode()
    assert response.status_code == 403
    assert "在别处退出了" in page
    assert "/login/?next=%2Faudit%2F%3Fkind%3Dreveal" in page
    assert other.get("/me/")["Location"].startswith("/login/")


def test_who_never_signed_in_goes_straight_to_the_sign_in(client, member):
    assert client.get("/me/")["Location"].startswith("/login/")
    session = client.session
    session["of"] = "somebody between password and second factor"
    session.save()
    assert client.get("/me/")["Location"].startswith("/login/")


def test_nobody_ends_a_session_of_somebody_else(member, client, outsider):
    browser = enter(member)
    client.force_login(outsider)
    row = UserSession.objects.get(user=member)
    path = f"/me/sessions/{row.pk}/end/"
    assert client.post(path, {"form_token": str(uuid4())}).status_code == 404
    assert browser.get("/me/").status_code == 200


def test_the_oldest_session_goes_when_there_are_too_many(member, settings):
    settings.SESSIONS_OTHERS = 2
    browsers = [enter(member) for _ in range(3)]
    assert [b.get("/me/").status_code for b in browsers] == [403, 200, 200]


def test_an_account_shut_by_the_administrator_is_out_at_once(member, administrator):
    browser = enter(member)
    services.disable(member, by=administrator)
    assert browser.get("/me/").status_code == 403
    assert not UserSession.objects.filter(user=member).exists()
