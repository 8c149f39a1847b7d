"""No page shows a person's data without a row that says who saw whom; without the row, no page."""

import json
from collections.abc import Iterator
from datetime import date

import pytest
from django.db import connections
from django.test import Client
from django.urls import reverse

from members.models import Membership, Person
from tests.audit.builders import reference, saved
from tests.factories import make_member, make_union, make_user
from tests.page_table import CASES, address
from tests.sides import Side, make_side
from wanping_union.accounts.models import Union
from wanping_union.audit import log
from wanping_union.audit.models import Look
from wanping_union.imports.models import Compared, Fate
from wanping_union.portal import SECTIONS
from wanping_union.reports import monthly
from wanping_union.roles import Role

NAME, IN_FILE = "欧阳植月", "司徒植星"  # nobody else in these tests is called so


@pytest.fixture
def side(union) -> Side:
    """One of everything, each with a name that is seen where it is shown."""
    saved(reference("test.value"))
    made = make_side(union)
    like = make_member(make_union(), name=NAME).person
    Person.objects.filter(pk=made.member.person_id).update(name=NAME, keys=like.keys)
    Membership.objects.filter(person=like).delete()
    like.delete()
    made.batch.bad_rows.update(cells=json.dumps({"name": IN_FILE}))
    return made


def client_for(side: Side, role: Role | None, district: Union) -> Client:
    client = Client()
    user = side.account
    if role:
        at = side.union if role in (Role.UNIT_CHAIR, Role.UNIT_CLERK) else district
        user = make_user(role, at)
    client.force_login(user)
    return client


def noted(person: Person) -> set[str]:
    """Pages on which somebody saw the person."""
    seen = Look.objects.filter(model="members.person", ids__contains=[person.pk])
    return set(seen.values_list("page", flat=True))


@pytest.mark.parametrize(("name", "n", "page"), CASES, ids=[f"{c[0]}-{c[1]}" for c in CASES])
def test_every_page_that_shows_a_person_says_so(side, district, name, n, page):
    """Walks all addresses there are: a new page that shows people cannot forget."""
    if page.post_only:
        return
    client = client_for(side, page.roles[0] if page.roles else None, district)
    before = Look.objects.count()
    text = client.get(address(name, page, side)).content.decode(errors="ignore")
    rows = list(Look.objects.order_by("pk")[before:])
    if NAME in text:
        seen = [row for row in rows if row.model == "members.person"]
        assert side.member.person_id in [pk for row in seen for pk in row.ids]
    if IN_FILE in text:
        assert side.batch.pk in [pk for row in rows for pk in row.ids]
    if name in SHOWN:  # else the test would see nothing
        assert (IN_FILE if name == "imports:mend" else NAME) in text


SHOWN = {
    "members:people",
    "members:person",
    "members:roll",
    "members:correct_person",
    "imports:mend",
}


@pytest.fixture
def reader(side, chair) -> Client:
    client = Client()
    client.force_login(chair)
    return client


def send(client: Client, path: str, **values: object) -> str:
    response = client.post(path, values, follow=True)
    assert response.status_code == 200
    return response.content.decode()


def test_a_search_that_finds_a_person_says_so(reader, side):
    assert NAME in send(reader, "/members/search/", q=NAME)
    assert noted(side.member.person) == {"查人"}


@pytest.mark.parametrize(
    ("path", "page", "fields"),
    [
        ("reveal/id_number/", "查看证件号码", ["证件号码"]),
        ("card/", "打印会员登记表（含完整号码）", ["证件号码", "手机号码", "京卡卡号"]),
    ],
)
def test_who_sees_a_number_is_noted_with_field_and_reason(reader, chair, side, path, page, fields):
    person = side.member.person
    text = send(reader, f"{person.get_absolute_url()}{path}", reason="核对京卡信息")
    assert person.id_number in text
    look = Look.objects.get(page=page)
    assert (look.by, look.ids, look.fields) == (chair, [person.pk], fields)
    assert look.reason == "核对京卡信息"


def test_a_figure_notes_the_people_it_lists(reader, side):
    query = f"?union={side.union.code}&from=2015-01-01&to=2015-12-31"
    assert NAME in reader.get(f"/reports/figures/member_count/{query}").content.decode()
    assert noted(side.member.person) == {"工会会员"}


def test_a_report_notes_whom_it_names_and_who_fetches_it(side, reader, chair):
    made = monthly.make_now(side.union, date(2015, 3, 1), SECTIONS)
    assert noted(side.member.person) == {"生成月报"}
    assert reader.get(reverse("reports:download", args=[made.pk])).status_code == 200
    look = Look.objects.get(model="reports.monthlyreport")
    assert (look.by, look.ids, look.page) == (chair, [made.pk], "下载月报")
    named = Look.objects.filter(page="生成月报").first()
    assert named.reason == f"reports.monthlyreport:{made.pk}"


def test_a_preview_of_an_import_notes_the_people_beside_it(side, reader):
    batch = side.batch
    rows = json.dumps([[2, side.member.person_id, NAME, {}]])
    Compared.objects.create(batch=batch, fate=Fate.UNCHANGED, number=0, rows=rows)
    batch.unchanged = 1
    batch.save(update_fields=["unchanged"])
    assert (
        NAME
        in reader.get(reverse("imports:compared", args=[batch.pk, Fate.UNCHANGED])).content.decode()
    )
    assert noted(side.member.person)


def test_a_large_list_is_noted_in_pieces(db, monkeypatch):
    monkeypatch.setattr(log, "MOST_IDS", 3)
    log.look(Person, range(7), by=make_user(), page="导出")
    assert [len(look.ids) for look in Look.objects.order_by("pk")] == [3, 3, 1]


@pytest.fixture
def log_that_fails(committed) -> Iterator[None]:
    role = connections["default"].settings_dict["USER"]
    with connections["owner"].cursor() as cursor:
        cursor.execute(f"revoke insert on audit_look from {role}")
        yield
        cursor.execute(f"grant insert on audit_look to {role}")
    connections["owner"].close()


@pytest.mark.parametrize("name", ["members:people", "members:roll", "members:person"])
def test_where_the_look_cannot_be_noted_the_page_fails(log_that_fails, side, chair, name):
    client = Client(raise_request_exception=False)
    client.force_login(chair)
    args = [side.member.person_id] if name == "members:person" else []
    response = client.get(reverse(name, args=args))
    assert response.status_code == 500
    assert NAME not in response.content.decode()


def test_with_the_look_the_same_page_comes(committed, side, chair):
    """Negative control."""
    client = Client()
    client.force_login(chair)
    assert NAME in client.get("/members/").content.decode()
