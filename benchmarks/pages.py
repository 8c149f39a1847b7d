"""List page and name search at a million people: ours, the stock Django admin, and the floor.

    python -m benchmarks.pages [--rounds 7] [--rows 1000000]

list    GET of the list of people with sign-in, session and audit; of one union and of the district
search  GET of the results of a name with two or three characters, whole district
admin   the list and the search of the stock Django admin over the same rows, stock middleware
floor   psycopg and an f-string: the same 50 rows by the same statement, opened and masked, and the
        capped count; the shell of the page is a constant; no Django, no sign-in

All in one process, set up as a web process is, one after the other in every round; medians of the
rounds' medians.
"""

import argparse
import os
import random
import statistics
import time
from collections.abc import Callable
from html import escape
from importlib import import_module

import psycopg
from django.apps import apps
from django.conf import settings
from django.test import Client, override_settings

from benchmarks import million, table
from wanping_union.crypto import masked_id, masked_mobile, opener

GOALS = {"admin list": 10, "admin search": 100, "floor": 4.5}
REPEAT = {"ours": 20, "floor": 20, "admin": 2}
STOCK = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROWS = """
select m.joined_on, m.id, m.person_id, p.name, p.sex, p.id_number, p.mobile, u.name, e.name,
    m.route, m.status
from members_membership m join members_person p on p.id = m.person_id
join accounts_union u on u.id = m.union_id left join members_enterprise e on e.id = m.enterprise_id
where m.is_current and m.restricted_on is null and m.union_id {among}
order by m.joined_on desc, m.id desc limit 51
"""
COUNT = """
select count(*) from (
    select from members_membership m
    where m.is_current and m.restricted_on is null and m.union_id {among} limit 1001) found
"""


class Floor:
    """What a page costs at least; `shell` is our own page without its rows."""

    def __init__(self, unions: list[int], shell: str) -> None:
        # Planned as the portal's statements are.
        options = settings.DATABASES["default"]["OPTIONS"]
        self._connection = psycopg.connect(os.environ["DATABASE_URL"], autocommit=True, **options)
        # Of one union an index gives the rows in their order, but only where the SQL says "=".
        one = len(unions) == 1
        self._sql = [sql.format(among="= %s" if one else "= any(%s)") for sql in (ROWS, COUNT)]
        self._given = [unions[0] if one else unions]
        self._shell = shell
        self._mask = masked_id, masked_mobile
        self._open = opener("members_person.id_number"), opener("members_person.mobile")

    def page(self) -> str:
        id_mask, mobile_mask = self._mask
        open_id, open_mobile = self._open
        rows_sql, count_sql = self._sql
        rows = self._connection.execute(rows_sql, self._given, binary=True).fetchall()
        (count,) = self._connection.execute(count_sql, self._given).fetchone()
        lines = []
        for joined, pk, person, name, sex, number, mobile, union, firm, route, status in rows[:50]:
            number = id_mask(open_id(number).decode())
            if mobile:
                mobile = mobile_mask(open_mobile(mobile).decode())
            lines.append(
                f'<tr><td class="t nw"><a href="/members/{person}/">{escape(name)}</a></td>'
                f"<td>{sex}</td><td>{number}</td><td>{mobile or '待补'}</td><td>{escape(union)}</td>"
                f"<td>{escape(firm or '—')}</td><td>{route}</td><td>{joined}</td><td>{status}</td>"
                f"<td>{pk}</td></tr>"
            )
        return f"{self._shell}{''.join(lines)}<p>{count}</p>"


def timed(ask: Callable[[], object], times: int) -> float:
    """Median, in milliseconds."""
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        ask()
        taken.append((time.perf_counter() - start) * 1000)
    return statistics.median(taken)


def variants() -> dict[str, tuple[Callable[[], object], int]]:
    """What is asked by name, and how often in a round."""
    user_model, union_model = apps.get_model("accounts.User"), apps.get_model("accounts.Union")
    person = apps.get_model("members.Person")
    chance = random.Random(1)
    names = list(person.objects.filter(pk__lt=20_000).values_list("name", flat=True))
    found: dict[str, tuple[Callable[[], object], int]] = {}

    def get(client: Client, url: str) -> bytes:
        answer = client.get(url)
        assert answer.status_code == 200, (url, answer.status_code)
        return answer.content

    for scope, username in (("district", "FT-administrator"), ("union", "U100-unit_chair")):
        user = user_model.objects.get(username=username)
        client = Client(SERVER_NAME="localhost")
        client.force_login(user)
        top = user.held[0].union
        unions = list(union_model.objects.within(top).values_list("pk", flat=True))
        before = get(client, "/members/").decode().partition("<tbody>")[0]
        found[f"list {scope}"] = (lambda c=client: get(c, "/members/"), REPEAT["ours"])
        found[f"floor {scope}"] = (Floor(unions, before).page, REPEAT["floor"])
        if scope == "district":
            found["search"] = (_searcher(client, names, chance, get), REPEAT["ours"])

    boss = user_model.objects.filter(
        is_superuser=True
    ).first() or user_model.objects.create_superuser("boss")
    stock = override_settings(ROOT_URLCONF="benchmarks.admin_urls", MIDDLEWARE=STOCK)
    admin = Client(SERVER_NAME="localhost")
    admin.force_login(boss)

    def in_admin(url: Callable[[], str]) -> Callable[[], object]:
        def ask() -> object:
            with stock:
                return get(admin, url())

        return ask

    found["admin list"] = in_admin(lambda: "/admin/members/membership/"), REPEAT["admin"]
    found["admin search"] = (
        in_admin(lambda: f"/admin/members/membership/?q={chance.choice(names)}"), REPEAT["admin"]
    )  # fmt: skip
    return found


def _searcher(client, names, chance, get) -> Callable[[], object]:
    """Each time another name; posting it is not timed in the page's figure, so it is kept apart."""
    pages = []
    for _ in range(20):
        answer = client.post("/members/search/", {"q": chance.choice(names)})
        pages.append(answer["Location"])
    return lambda: get(client, chance.choice(pages))


def measure(rounds: int) -> dict[str, list[float]]:
    asked = variants()
    taken: dict[str, list[float]] = {name: [] for name in asked}
    for ask, _ in asked.values():
        ask()
    for _ in range(rounds):
        for name, (ask, times) in asked.items():
            taken[name].append(timed(ask, times))
    return taken


def ratios(taken: dict[str, list[float]]) -> dict[str, list[float]]:
    """Round by round."""
    pairs = {
        "admin list": ("admin list", "list district"),
        "admin search": ("admin search", "search"),
        "floor, district": ("list district", "floor district"),
        "floor, union": ("list union", "floor union"),
    }
    return {
        name: [a / b for a, b in zip(taken[over], taken[under], strict=True)]
        for name, (over, under) in pairs.items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=7)
    arguments = parser.parse_args()
    million.prepare(arguments.rows)
    import_module("wanping_union.wsgi")
    taken = measure(arguments.rounds)
    found = ratios(taken)
    for name, values in taken.items():
        print(f"{name:16} {statistics.median(values):9.1f} ms")
    names = {
        "admin list": "list page: stock admin / ours",
        "admin search": "name search: stock admin / ours",
        "floor, district": "list page of the district / floor",
        "floor, union": "list page of one union / floor",
    }
    table.finish(
        [
            table.line(names[name], values, GOALS[name.partition(",")[0]], at_least="admin" in name)
            for name, values in found.items()
        ]
    )


if __name__ == "__main__":
    main()
