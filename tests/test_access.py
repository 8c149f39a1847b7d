"""Every URL × role × scope. A URL the table does not know fails the build."""

from uuid import uuid4

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import get_resolver, reverse

from members.models import SavedView
from tests.page_table import (
    CASES,
    DJANGOS_OWN,
    NAMED_IN_FORM,
    NOBODY,
    OBJECTS,
    PAGES,
    Page,
    address,
    walk,
)
from tests.sides import Side
from wanping_union.accounts.models import Union, User
from wanping_union.roles import (
    Role,
)

pytestmark = pytest.mark.usefixtures("world")


def test_every_url_is_in_the_table():
    named = {
        name for path, name in walk(get_resolver().url_patterns) if not path.startswith(DJANGOS_OWN)
    }
    assert named - PAGES.keys() - NOBODY.keys() == set()
    assert (PAGES.keys() | NOBODY.keys()) - named == set()


def sent(client: Client, name: str, page: Page, side: Side) -> HttpResponse:
    fields = {"form_token": str(uuid4())}
    if name in NAMED_IN_FORM:
        fields |= {"union": side.union.code, "month": "2016-12"}
    return client.post(address(name, page, side), fields)


def send(client: Client, name: str, page: Page, side: Side) -> int:
    return sent(client, name, page, side).status_code


ids = [f"{name}-{n}" for name, n, _ in CASES]
object_ids = [f"{name}-{n}" for name, n, _ in OBJECTS]


@pytest.mark.parametrize(("name", "n", "page"), CASES, ids=ids)
def test_a_stranger_is_asked_to_sign_in(db, own, name, n, page):
    asked = Client().get(address(name, page, own))
    assert (asked.status_code, asked.headers["Location"].split("?")[0]) == (302, "/login/")
    posted = Client().post(address(name, page, own))
    assert posted.status_code == 403  # the page that says the session ended and keeps the draft
    assert "/login/" in posted.content.decode()


@pytest.mark.parametrize(("name", "n", "page"), CASES, ids=ids)
def test_each_role_opens_what_is_its_own_and_nothing_else(own, signed_in, name, n, page):
    for role in Role:
        status = signed_in(role).get(address(name, page, own)).status_code
        if role not in page.roles:
            assert status in (403, 404, 405) if page.post_only else status in (403, 404), role
        else:
            assert status == (405 if page.post_only else 200), role


@pytest.mark.parametrize(("name", "n", "page"), CASES, ids=ids)
def test_each_role_sends_what_is_its_own_and_nothing_else(own, signed_in, name, n, page):
    for role in Role:
        status = send(signed_in(role), name, page, own)
        if role not in page.roles:
            assert status in (403, 404, 405), role
        else:
            assert status not in (403, 404, 500), role


@pytest.mark.parametrize(("name", "n", "page"), OBJECTS, ids=object_ids)
@pytest.mark.parametrize("role", [Role.UNIT_CHAIR, Role.UNIT_CLERK])
def test_another_union_does_not_exist(own, other, signed_in, role, name, n, page):
    client = signed_in(role)
    if not page.post_only:
        assert client.get(address(name, page, other)).status_code == 404
    assert send(client, name, page, other) in ((404,) if page.post_only else (404, 405))


@pytest.mark.parametrize(("name", "n", "page"), OBJECTS, ids=object_ids)
def test_another_area_does_not_exist_for_an_area_officer(own, elsewhere, signed_in, name, n, page):
    client = signed_in(Role.AREA_OFFICER)
    if not page.post_only:
        assert client.get(address(name, page, elsewhere)).status_code == 404
    assert send(client, name, page, elsewhere) in ((404,) if page.post_only else (404, 405))


@pytest.mark.parametrize("name", [n for n, p in PAGES.items() if p and p[0].kwargs is None])
def test_a_list_shows_nothing_of_another_union(own, other, signed_in, name):
    client = signed_in(Role.UNIT_CHAIR)
    page = PAGES[name][0]
    if Role.UNIT_CHAIR in page.roles:
        for query in ("", f"?union={other.union.pk}", f"?union={other.union.code}"):
            response = client.get(reverse(name) + query)
            assert response.status_code in (200, 404, 422)
            text = response.content.decode()
            assert f"/members/{other.member.person_id}/" not in text
            assert other.enterprise.name not in text
            assert other.account.name not in text


def test_only_the_sender_sees_its_rows(own, signed_in):
    client = Client()
    client.force_login(own.account)
    assert client.get(reverse("imports:mend", args=[own.batch.pk])).status_code == 200
    assert client.post(reverse("imports:failed_rows", args=[own.batch.pk])).status_code == 200


def test_a_saved_view_of_somebody_else_does_not_exist(own, signed_in):
    client = signed_in(Role.UNIT_CHAIR)
    path = reverse("members:delete_view", args=[own.view.pk])
    assert client.post(path, {"form_token": str(uuid4())}).status_code == 404
    assert SavedView.objects.filter(pk=own.view.pk).exists()


@pytest.mark.parametrize("role", list(Role))
def test_only_a_superuser_enters_admin(signed_in, role):
    assert signed_in(role).get("/admin/", follow=True).status_code == 403


def test_the_table_would_see_a_page_without_a_wall(own, other, signed_in, monkeypatch):
    """Negative control: with scope switched off the walk fails."""
    monkeypatch.setattr(
        User, "union_ids", lambda self, roles: list(Union.objects.values_list("pk", flat=True))
    )
    status = (
        signed_in(Role.UNIT_CHAIR)
        .get(reverse("members:person", args=[other.member.person_id]))
        .status_code
    )
    assert status == 200
