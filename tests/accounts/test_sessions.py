"""How long a sign-in lasts."""

import time

import pytest

from wanping_union.accounts.sessions import SEEN, SINCE


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


def test_a_form_sent_too_late_is_told_that_it_is_kept(signed_in, settings):
    back(signed_in, **{SEEN: settings.SESSION_IDLE_SECONDS})
    response = signed_in.post("/logout/x", {"a": 1}, HTTP_REFERER="http://testserver/me/?a=1")
    assert response.status_code == 403
    assert "留在这台电脑" in response.content.decode()
    assert "/login/?next=%2Fme%2F%3Fa%3D1" in response.content.decode()


def test_another_sites_referer_does_not_become_the_way_back(signed_in, settings):
    back(signed_in, **{SEEN: settings.SESSION_IDLE_SECONDS})
    page = signed_in.post("/x", HTTP_REFERER="https://evil.example/").content.decode()
    assert "evil" not in page


def test_a_part_of_a_page_sends_the_whole_page_to_sign_in(signed_in, settings):
    back(signed_in, **{SEEN: settings.SESSION_IDLE_SECONDS})
    response = signed_in.get(
        "/accounts/", HTTP_HX_REQUEST="true", HTTP_HX_CURRENT_URL="http://testserver/members/"
    )
    assert response["HX-Redirect"] == "/login/?next=/members/"


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
    assert other.get("/me/").status_code == 302
