"""Every answer of the portal, whatever it is, carries the headers that keep a browser strict."""

import json
import os
import subprocess
import sys
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from tests.page_table import CASES, NOBODY, NOBODYS, address
from tests.test_access import sent
from tests.test_settings import ROOT, WHOLE
from wanping_union.roles import Role

pytestmark = pytest.mark.usefixtures("world")
STRICT = {
    "Content-Security-Policy": "default-src 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=()",
}


def lacking(response, *, stored: bool = False) -> list[str]:
    """What an answer should say and does not. stored: a browser may keep it."""
    found = [name for name, part in STRICT.items() if part not in response.headers.get(name, "")]
    policy = response.headers.get("Content-Security-Policy", "")
    found += [word for word in ("unsafe", "data:", "http") if word in policy]
    if not stored and "no-store" not in response.headers.get("Cache-Control", ""):
        found.append("no-store")
    return found


@pytest.mark.parametrize(("name", "n", "page"), CASES, ids=[f"{c[0]}-{c[1]}" for c in CASES])
def test_every_page_carries_them_for_whoever_asks_and_sends(own, signed_in, name, n, page):
    able, other = (page.roles or tuple(Role))[0], (set(Role) - set(page.roles) or {Role.AUDITOR})
    path = address(name, page, own)
    for client in (signed_in(able), signed_in(min(other)), Client()):
        for answer in (client.get(path), client.delete(path), client.post(path)):
            assert lacking(answer) == []
        assert lacking(sent(client, name, page, own)) == []


@pytest.mark.parametrize("name", NOBODY)
def test_pages_before_the_sign_in_carry_them(db, name):
    for method in ("get", "post", "put"):
        assert lacking(getattr(Client(), method)(reverse(name, kwargs=NOBODYS.get(name)))) == []


@pytest.mark.parametrize(
    ("status", "path", "options"),
    [
        (400, "/login/", {"query_params": {"q": "\0"}}),
        (403, "/accounts/", {}),
        (404, "/no-such-page/", {}),
        (405, "/large/", {"method": "post"}),
        (413, "/members/", {"headers": {"content-length": str(10**9)}}),
        (200, "/login/", {"headers": {"user-agent": "Trident/7.0"}}),
    ],
)
def test_every_error_carries_them(client, chair, status, path, options):
    client.force_login(chair)
    response = getattr(client, options.pop("method", "get"))(path, **options)
    assert (response.status_code, lacking(response)) == (status, [])


def test_a_server_error_carries_them(client, chair, monkeypatch):
    client.force_login(chair)
    client.raise_request_exception = False
    monkeypatch.setattr("wanping_union.portal.tiles_of", lambda user: 1 / 0)
    response = client.get("/")
    assert (response.status_code, lacking(response)) == (500, [])


def test_a_static_file_carries_them_and_may_be_kept(client, db):
    response = client.get(f"{settings.STATIC_URL}portal/app.css")
    response.close()
    assert (response.status_code, lacking(response, stored=True)) == (200, [])
    assert "no-store" not in response.headers["Cache-Control"]


def test_the_walk_would_see_an_answer_without_them(client, db, settings):
    """Negative control: with the middleware off the walk's own check fails."""
    settings.MIDDLEWARE = [m for m in settings.MIDDLEWARE if not m.endswith("edges.Headers")]
    assert {"Permissions-Policy", "no-store"} <= set(lacking(client.get("/healthz")))


def test_who_signs_out_leaves_no_draft_behind(client, chair):
    client.force_login(chair)
    assert "Clear-Site-Data" not in client.get("/logout/").headers
    response = client.post("/logout/")
    assert (response.status_code, response.headers["Clear-Site-Data"]) == (302, '"storage"')


def test_a_session_that_ends_by_itself_keeps_what_was_typed(client, chair, settings):
    client.force_login(chair)
    client.get("/")
    settings.SESSION_IDLE_SECONDS = 0
    response = client.post("/members/search/", {"q": "x"})
    assert response.status_code == 403
    assert "Clear-Site-Data" not in response.headers


def test_production_adds_hsts_and_binds_its_cookies_to_the_host(db):
    """In a process of its own: settings are read once."""
    name = settings.DATABASES["default"]["NAME"]
    url = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()
    program = (
        "import json, django\n"
        "from django.conf import settings\n"
        "plain = 'django.contrib.staticfiles.storage.StaticFilesStorage'\n"
        "settings.STORAGES['staticfiles']['BACKEND'] = plain\n"  # nothing is collected here
        "django.setup()\n"
        "from django.test import Client\n"
        "answer = Client().get('/login/', secure=True, headers={'host': 'portal.example'})\n"
        "cookies = [m.OutputString() for m in answer.cookies.values()]\n"
        "print(json.dumps([answer.status_code, dict(answer.headers), cookies]))"
    )
    environment = {"PATH": os.environ["PATH"], "DJANGO_SETTINGS_MODULE": "wanping_union.settings"}
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env=environment | WHOLE | {"DATABASE_URL": url},
        capture_output=True,
        text=True,
        check=True,
    )
    status, headers, cookies = json.loads(done.stdout.splitlines()[-1])
    assert status == 200
    assert headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"
    assert cookies
    for cookie in cookies:
        assert cookie.startswith("__Host-")
        assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookie.split("; "))
        assert "Domain" not in cookie
