"""No list reads more than it shows: what each statement touches among 30,000 people."""

import json

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from members.models import Membership
from members.rules import HELD
from tests.factories import make_enterprise, make_union
from tests.members.acting import post
from wanping_union import names
from wanping_union.crypto import sealer

PEOPLE = 30_000
MOST = 6_000  # rows: a capped count at a filter that every fifth fits, and the page
BIG = ("members_person", "members_membership", "members_standing")
FILL = """
insert into members_person (id, name, sex, born_on, id_type, id_number, id_hash, mobile_hash,
    mobile_tail, card_hash, ethnicity, education, household, keys, updated_at)
select n, (%(names)s::text[])[1 + n %% 400], (array['F', 'M'])[1 + n / 7 %% 2], '1980-01-01',
    'resident_id', %(sealed)s, decode(lpad(n::text, 32, '0'), 'hex'),
    case when n %% 20 > 0 then decode(lpad(n::text, 32, '0'), 'hex') end,
    lpad((n %% 10000)::text, 4, '0'),
    case when n %% 5 > 0 then decode(lpad(n::text, 32, '0'), 'hex') end, '', '', '',
    string_to_array((%(keys)s::text[])[1 + n %% 400], ' '), now()
from generate_series(1, %(people)s) n;
insert into rights_consent (subject, union_id, purpose, notice_id, channel, given_on, reason)
select decode(lpad(n::text, 32, '0'), 'hex'), %(union)s, 'membership',
    (select id from rights_notice where purpose = 'membership'), 'paper', '2016-01-01', ''
from generate_series(1, %(people)s) n where n / 17 %% 20 > 0;
insert into members_membership (person_id, union_id, enterprise_id, status, joined_on, route,
    is_transfer_in, occupation, remark, is_current, updated_at)
select n, (%(unions)s::bigint[])[1 + n %% 6], (%(firms)s::bigint[])[1 + n %% 6],
    (array['active', 'active', 'active', 'retained', 'withdrawn'])[1 + n / 11 %% 5],
    date '2010-01-01' + n * 37 %% 5000,
    (array['scattered', 'existing_union', ''])[1 + n / 13 %% 3], false, '', '', true, now()
from generate_series(1, %(people)s) n;
"""


@pytest.fixture(scope="module")
def _surnames() -> list[str]:
    return [
        a + b + c for a in "王李张刘陈杨黄赵" for b in "伟芳娜敏静" for c in "丽强磊军洋勇艳杰娟涛"
    ]


@pytest.fixture
def crowd(committed, area, union, other_union, district, _surnames):
    far = make_union(district, code="LG", name="卢沟桥地区总工会", kind="area")
    unions = [union, other_union, *(make_union(far, code=f"LG0{n}") for n in range(4))]
    values = {
        "people": PEOPLE,
        "union": union.pk,
        "sealed": sealer("members_person.id_number")(b"11010519491231002X"),
        "names": _surnames,
        "keys": [" ".join(names.search_keys(name)) for name in _surnames],
        "unions": [u.pk for u in unions],
        "firms": [make_enterprise(u).pk for u in unions],
    }
    with connections["owner"].cursor() as cursor:
        cursor.execute("alter table members_membership disable trigger audit_insert")
        cursor.execute("alter table rights_consent disable trigger user")
        for statement in FILL.split(";")[:3]:
            cursor.execute(statement, values)
        cursor.execute("alter table rights_consent enable trigger user")
        cursor.execute("alter table members_membership enable trigger audit_insert")
        cursor.execute(
            "vacuum analyze members_person, members_membership, accounts_union, rights_consent"
        )
    connections["owner"].close()


def touched(plan: dict) -> int:
    """Rows that scans of the big tables brought up, those thrown away included."""
    own = 0
    if plan.get("Relation Name") in BIG:
        rows = plan["Actual Rows"] + plan.get("Rows Removed by Filter", 0)
        own = (rows + plan.get("Rows Removed by Index Recheck", 0)) * plan["Actual Loops"]
    return own + sum(touched(part) for part in plan.get("Plans", ()))


def worst(statements: list[str]) -> tuple[int, str]:
    """The statement that touches most rows."""
    found = [(0, "")]
    with connection.cursor() as cursor:
        for sql in statements:
            if any(table in sql for table in BIG) and sql.startswith("SELECT"):
                cursor.execute(f"explain (analyze, format json) {sql}")
                (plan,) = cursor.fetchone()
                plan = json.loads(plan) if isinstance(plan, str) else plan
                found.append((touched(plan[0]["Plan"]), sql))
    return max(found)


QUERIES = (
    "",
    "status=retained",
    "status=expelled",
    "status=expelled&sex=M&missing=card",
    "sex=F",
    "sex=M&status=withdrawn",
    "route=scattered",
    "missing=mobile",
    "missing=card&status=active",
    "joined_from=2015-01-01",
    "joined_from=2015-01-01&joined_to=2015-03-31&sex=F",
    "after=2014-05-06_9000",
    "before=2014-05-06_9000",
    "union=WP01",
    "union=WP01&status=retained&after=2014-05-06_9000",
    "union=WP&missing=mobile",
)
TYPED = ("王伟丽", "伟丽", "王", "wwl", "ww", "wangw", "wangweili", "0042", "13911112222", "谌谌")


def test_no_list_or_search_reads_more_than_it_shows(crowd, client, chair, officer, reviewer):
    for user in (chair, officer, reviewer):
        client.force_login(user)
        asked = [
            f"/members/?{query}" for query in QUERIES if user != chair or "union=WP&" not in query
        ]
        asked += [post(client, "/members/search/", q=text)["Location"] for text in TYPED]
        for url, name in zip(asked, [*asked[: -len(TYPED)], *TYPED], strict=True):
            with CaptureQueriesContext(connection) as seen:
                answer = client.get(url)
            assert answer.status_code == 200, url
            rows, sql = worst([query["sql"] for query in seen.captured_queries])
            assert rows <= MOST, (user.name, name, rows, sql)


def test_of_a_union_only_those_never_told_are_read(crowd, client, chair, union):
    client.force_login(chair)
    held = Membership.objects.filter(union=union, status__in=HELD)
    untold = held.filter(is_told=False).count()
    with CaptureQueriesContext(connection) as seen:
        page = client.get("/rights/untold/").content.decode()
    rows, sql = worst([query["sql"] for query in seen.captured_queries])
    assert page.count('name="id"') == untold > 100
    assert rows < 1_000, sql  # the union has 5,000 members


def test_the_measure_sees_a_scan_of_everything(crowd):
    """The negative control: the same search without its index."""
    with CaptureQueriesContext(connection) as seen, connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM members_person WHERE name LIKE %s", ["%伟丽%"])
    assert worst([query["sql"] for query in seen.captured_queries])[0] > MOST
