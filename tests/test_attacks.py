"""What somebody tries who means harm, and what a broken client sends: an answer, never a 500."""

from io import BytesIO
from typing import Any
from uuid import uuid4

import pytest
from django.db.models import Model
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone

from members.models import Person, SavedView
from tests.factories import make_enterprise, make_member, make_user, told
from wanping_union.accounts.models import User
from wanping_union.imports.models import Batch, State
from wanping_union.jobs.models import Job
from wanping_union.jobs.models import State as JobState
from wanping_union.roles import Role

PASSPORT = {
    "name": "解娜",
    "id_type": "passport",
    "id_number": "E12345678",
    "sex": "F",
    "born_on": "1980-05-06",
    "joined_on": "2016-03-01",
}


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def sent(client: Client, path: str, **fields: Any) -> Any:
    return client.post(path, {"form_token": str(uuid4())} | fields)


@pytest.mark.parametrize("wanted", ["foo", "a b", "é", "%00"])
def test_a_next_that_names_no_page_leads_home(client, db, wanted):
    response = client.get("/large/", {"next": wanted})
    assert (response.status_code, response.headers["Location"]) == (302, "/")


def test_a_next_longer_than_is_kept_is_no_error(chair, union):
    job = Job.objects.create(
        kind="trace", by=chair, union=union, state=JobState.FAILED, finished_at=timezone.now()
    )
    path = reverse("jobs:retry", args=[job.pk])
    assert sent(signed_in(chair), path, next="/" + "a" * 600).status_code == 302


def test_a_session_cookie_with_a_nul_byte_is_a_bad_request(client, db):
    cookie = 'sessionid="\\000aaaaaaaaaaa"'
    assert client.get("/login/", headers={"cookie": cookie}).status_code == 400


@pytest.mark.parametrize("query", ["since=0001-01-01", "until=9999-12-31"])
def test_the_audit_may_be_asked_from_end_to_end_of_the_calendar(auditor, query):
    assert signed_in(auditor).get(f"/audit/?{query}").status_code == 200


@pytest.mark.parametrize("name", ["before", "after"])
@pytest.mark.parametrize("at", ["0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59"])
def test_a_forged_cursor_of_the_audit_is_no_error(auditor, name, at):
    assert signed_in(auditor).get("/audit/", {name: f"{at}_1"}).status_code == 200


def test_a_count_of_rows_with_five_thousand_digits_is_no_error(administrator):
    form = {"more": "1", "grants-TOTAL_FORMS": "9" * 5000, "grants-INITIAL_FORMS": "0"}
    assert sent(signed_in(administrator), "/accounts/new/", **form).status_code == 200


@pytest.mark.parametrize("text", ["王小明", "1", '{"pk": 1, "password": "x", "until": ""}'])
def test_a_search_is_no_password_slip(administrator, text):
    client = signed_in(administrator)
    key = client.post("/members/search/", {"q": text}).headers["Location"].partition("?s=")[2]
    response = client.get("/accounts/slip/", {"s": key})
    assert response.templates[0].name == "accounts/slip_gone.html"


def test_a_password_slip_is_no_search(administrator, union):
    client = signed_in(administrator)
    account = make_user(Role.UNIT_CLERK, union)
    slip = sent(client, reverse("accounts:act", args=[account.pk, "reset"]))
    key = slip.headers["Location"].partition("?s=")[2]
    assert client.get("/members/search/", {"s": key}).context["q"] == ""
    assert client.get("/accounts/slip/", {"s": key}).context["password"]


@pytest.mark.parametrize("state", [State.CHECKING, State.UNREADABLE])
def test_a_file_that_was_not_read_has_no_failed_rows(chair, union, state):
    batch = Batch.objects.create(
        kind="roster", union=union, by=chair, file_name="名册.xlsx", sha256="0" * 64, state=state
    )
    path = reverse("imports:failed_rows", args=[batch.pk])
    assert sent(signed_in(chair), path).status_code == 404


def test_filters_too_long_to_keep_are_refused(chair, union):
    zeros = "0" * 1000 + str(make_enterprise(union).pk)
    blanks = "2016-01-01" + "+" * 1000
    for query in (f"enterprise={zeros}", f"joined_from={blanks}"):
        path = f"/members/views/new/?page=people&{query}"
        assert sent(signed_in(chair), path, name="甲").status_code == 422
    assert not SavedView.objects.exists()


@pytest.mark.parametrize("number", ["\u200b", "\u2060\ufeff"])
def test_a_passport_number_of_unseen_signs_is_missing(chair, number):
    response = sent(signed_in(chair), "/members/new/", **PASSPORT | told() | {"id_number": number})
    assert "id_number" in response.context["form"].errors
    assert not Person.objects.exists()


def test_a_name_does_not_wait_in_a_cookie_to_be_shown(chair):
    response = sent(signed_in(chair), "/members/new/", **PASSPORT | told())
    assert response.status_code == 302
    assert "messages" not in response.cookies


def _typed(client: Client, path: str, **changes: str) -> dict[str, str]:
    """What the browser would send of the form as it stands there now."""
    form = client.get(path).context["form"]
    shown = {field.html_name: field.value() or "" for field in form if field.name != "clear"}
    return {name: str(getattr(value, "pk", value)) for name, value in shown.items()} | changes


@pytest.mark.parametrize(
    ("page", "field", "first", "second"),
    [
        ("members:correct_person", "ethnicity", "满族", "回族"),
        ("members:correct_membership", "occupation", "钳工", "司机"),
        ("members:correct_enterprise", "address", "甲一号", "乙二号"),
    ],
)
def test_who_corrects_a_record_is_told_when_somebody_was_faster(
    chair, union, page, field, first, second
):
    enterprise = make_enterprise(union)
    member = make_member(union, enterprise=enterprise)
    records: dict[str, Model] = {
        "members:correct_person": member.person,
        "members:correct_membership": member,
        "members:correct_enterprise": enterprise,
    }
    record = records[page]
    is_enterprise = record is enterprise
    path = reverse(page, args=[enterprise.pk if is_enterprise else member.person_id])
    one, two = signed_in(chair), signed_in(make_user(Role.UNIT_CLERK, union))
    late = _typed(two, path, **{field: second})

    assert sent(one, path, **_typed(one, path, **{field: first})).status_code == 302
    told = sent(two, path, **late)

    assert (told.status_code, "又被修改过" in told.content.decode()) == (422, True)
    record.refresh_from_db()
    assert getattr(record, field) == first
    assert sent(two, path, **_typed(two, path, **{field: second})).status_code == 302


def test_a_file_beyond_the_limit_is_neither_kept_nor_written_to_disk(settings):
    settings.IMPORT_MAX_BYTES = 1 << 20
    fields = {name: BytesIO(b"x" * size) for name, size in (("a", 900_000), ("b", 3_000_000))}
    for name, file in fields.items():
        file.name = f"{name}.xlsx"
    kept = RequestFactory().post("/", fields).FILES
    assert [type(kept[name].file) for name in "ab"] == [BytesIO, BytesIO]
    assert (kept["a"].size, len(kept["a"].read())) == (900_000, 900_000)
    assert kept["b"].size == 3_000_000
    assert len(kept["b"].read()) < 1 << 20


def test_unseen_signs_are_no_reason_to_look_at_a_number(chair, union):
    person = make_member(union).person
    path = reverse("members:reveal", args=[person.pk, "id_number"])
    for reason in ("\u200b\u200b\u200b", "a\u200b"):
        response = sent(signed_in(chair), path, reason=reason)
        assert response.status_code == 422
        assert person.id_number not in response.content.decode()


@pytest.mark.parametrize("nothing", ["无", "-", "\u200b"])
def test_a_step_needs_a_day_however_its_absence_is_written(chair, union, nothing):
    path = reverse("members:act", args=[make_member(union).person_id, "withdraw"])
    response = sent(signed_in(chair), path, **{"withdraw-on": nothing})
    assert "on" in response.context["form"].errors
