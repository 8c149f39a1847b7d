"""Every list, filter, search, count and page at a million people: what its SQL takes.

    python -m benchmarks.sql [--runs 150] [--only WORD] [--rows 1000000]

Each question is asked through the whole portal, as a chair of one union, an area officer and
somebody of the district, each time with other values; a third as often before it counts. Told are
the statements of one page together and the worst of them, in milliseconds, as the portal waits for
them. Exact federation-wide figures are no lists: they are shown apart.
"""

import argparse
import random
import re
import statistics
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from urllib.parse import urlencode

from django.apps import apps
from django.db import connection
from django.db.models import Count
from django.test import Client

from benchmarks import million, table
from wanping_union.names import spellings
from wanping_union.roles import Role

LIMIT = 10  # ms, p95
PAGED = re.compile(r"ORDER BY .* LIMIT 51$")
SLOW = 400  # ms: a question whose first five pages take longer is asked five times only


@dataclass
class Asker:
    """Who asks, and the values that exist within their reach."""

    scope: str  # base, area or district
    client: object
    user: object
    chance: random.Random
    unions: list
    sample: list = field(default_factory=list)  # (membership, person) to draw values from
    cases: list = field(default_factory=list)  # of relief: (id, id of the household)
    colleagues: list = field(default_factory=list)  # keys of users

    def one(self):
        return self.chance.choice(self.sample)


Ask = Callable[[Asker], str]  # an address with its query


@dataclass(frozen=True)
class Question:
    name: str
    ask: Ask
    scopes: tuple[str, ...] = ("base", "area", "district")
    exact: bool = False  # exact counts over the whole scope: told, not held to the limit
    rows: bool = False  # the page's list alone, without the exact counts beside it


def people(**draw: Callable[[Asker], object]) -> Ask:
    return lambda asker: "/members/?" + urlencode({k: f(asker) for k, f in draw.items()})


def firms(**draw: Callable[[Asker], object]) -> Ask:
    return lambda asker: (
        "/members/enterprises/?" + urlencode({k: f(asker) for k, f in draw.items()})
    )


def pick(*values: str) -> Callable[[Asker], str]:
    return lambda asker: asker.chance.choice(values)


def union(asker: Asker) -> str:
    return asker.chance.choice(asker.unions).code


def enterprise(asker: Asker) -> int:
    while not (pk := asker.one().enterprise_id):
        pass
    return pk


def day(asker: Asker) -> str:
    return asker.one().joined_on.isoformat()


def month_later(asker: Asker) -> str:
    return (asker.one().joined_on + timedelta(days=asker.chance.randrange(400))).isoformat()


def cursor(asker: Asker) -> str:
    found = asker.one()
    return f"{found.joined_on}_{found.pk}"


status = pick("active", "retained", "withdrawn", "deceased", "transferring", "expelled",
              "deemed_withdrawn")  # fmt: skip
route = pick("scattered", "existing_union", "new_union_unit")
sex = pick("M", "F")
lack = pick("card", "mobile", "route")
size = pick("large", "medium", "small", "micro", "unknown")
place = pick("inside", "outside", "relocated")
industry = pick("零售业", "餐饮业", "建筑业", "农、林、牧、渔业")


def several(asker: Asker) -> str:
    """Two to four filters together, and a page further on."""
    draw = {"status": status, "route": route, "sex": sex, "joined_from": day, "missing": lack,
            "after": cursor}  # fmt: skip
    chosen = asker.chance.sample(sorted(draw), asker.chance.randrange(2, 5))
    return people(**{name: draw[name] for name in chosen})(asker)


def search(typed: Callable[[Asker], str], page: str = "/members/search/") -> Ask:
    def ask(asker: Asker) -> str:
        answer = asker.client.post(page, {"q": typed(asker)})
        return answer["Location"]

    return ask


def name(asker: Asker) -> str:
    return asker.one().person.name


def spelt(asker: Asker, which: int) -> str:
    found = sorted(spellings(name(asker)), key=len)
    return found[which]


def number(asker: Asker) -> str:
    return asker.one().person.id_number


def mobile(asker: Asker) -> str:
    while not (found := asker.one().person.mobile):
        pass
    return found


def figure(code: str, span: str) -> Ask:
    def ask(asker: Asker) -> str:
        year = asker.chance.randrange(2014, 2027)
        start, end = {"year": (f"{year}-01-01", f"{year}-12-31"),
                      "month": (f"{year}-03-01", f"{year}-03-31")}[span]  # fmt: skip
        query = {"union": asker.unions[0].code, "from": start, "to": end}
        return f"/reports/figures/{code}/?{urlencode(query)}"

    return ask


def acts(**draw: Callable[[Asker], object]) -> Ask:
    return lambda asker: "/audit/?" + urlencode({k: f(asker) for k, f in draw.items()})


def lately(asker: Asker) -> str:
    return (date(2023, 1, 1) + timedelta(days=asker.chance.randrange(1400))).isoformat()


def moment(asker: Asker) -> str:
    return f"{lately(asker)}T08:00:00+00:00_{asker.chance.randrange(1, 560_000)}"


def cases(view: str = "", **draw: Callable[[Asker], object]) -> Ask:
    return relief("/relief/", view, draw)


def files(view: str = "", **draw: Callable[[Asker], object]) -> Ask:
    return relief("/relief/files/", view, draw)


def relief(page: str, view: str, draw: dict[str, Callable[[Asker], object]]) -> Ask:
    def ask(asker: Asker) -> str:
        query = {"view": view, **{name: draw[name](asker) for name in draw}}
        return f"{page}?{urlencode(query)}"

    return ask


def colleague(asker: Asker) -> int:
    """Somebody whose acts the asker may read."""
    return asker.chance.choice(asker.colleagues)


def case(asker: Asker) -> int:
    return asker.chance.choice(asker.cases)[0]


def home(asker: Asker) -> int:
    return asker.chance.choice(asker.cases)[1]


def number_of_page(most: int) -> Callable[[Asker], int]:
    return lambda asker: asker.chance.randrange(2, most)


def batch(asker: Asker) -> int:
    return asker.chance.randrange(100, 500)


def ledger(**draw: Callable[[Asker], object]) -> Ask:
    def ask(asker: Asker) -> str:
        query = urlencode({name: draw[name](asker) for name in draw})
        return f"/relief/money/funds/1/{asker.chance.randrange(2017, 2027)}/?{query}"

    return ask


def looks(**draw: Callable[[Asker], object]) -> Ask:
    return lambda asker: "/audit/looks/?" + urlencode({k: f(asker) for k, f in draw.items()})


def changes(**draw: Callable[[Asker], object]) -> Ask:
    return lambda asker: "/audit/changes/?" + urlencode({k: f(asker) for k, f in draw.items()})


WIDE = ("area", "district")
LISTS = (
    Question("people", people()),
    Question("people, a later page", people(after=cursor)),
    Question("people, a page back", people(before=cursor)),
    Question("people by status", people(status=status)),
    Question("people by status, later", people(status=status, after=cursor)),
    Question("people by union", people(union=union), WIDE),
    Question("people by union and status", people(union=union, status=status), WIDE),
    Question("people by union, later", people(union=union, after=cursor), WIDE),
    Question("people by enterprise", people(enterprise=enterprise), ("base", "area")),
    Question("people by route", people(route=route)),
    Question("people by sex", people(sex=sex)),
    Question("people by sex and status", people(sex=sex, status=status)),
    Question("people joined since", people(joined_from=day)),
    Question("people joined between", people(joined_from=day, joined_to=month_later)),
    Question("people joined until, by status", people(joined_to=day, status=status)),
    Question("people without card", people(missing=lambda a: "card")),
    Question("people without mobile", people(missing=lambda a: "mobile")),
    Question("people without route", people(missing=lambda a: "route")),
    Question("active without card or mobile", people(missing=lack, status=lambda a: "active")),
    Question("few lack it: retained", people(missing=lack, status=lambda a: "expelled")),
    Question("people by several filters", several),
    Question("enterprises", firms()),
    Question("enterprises, a later page", firms(after=enterprise)),
    Question("enterprises by union", firms(union=union), WIDE),
    Question("enterprises by size", firms(size=size)),
    Question("enterprises by place", firms(place=place)),
    Question("enterprises by industry", firms(industry=industry)),
    Question("enterprises by all", firms(size=size, place=place, industry=industry)),
    Question("enterprises by name", search(pick("晓月", "物业", "卢沟", "jqsm", "同创建"),
                                           "/members/enterprises/")),
)  # fmt: skip
category = pick("a", "b", "a_minimum", "b_deep")
RELIEF = (
    Question("relief: cases that wait for oneself", cases()),
    Question("relief: mine by union", cases("mine", union=union), WIDE),
    Question("relief: cases under review", cases("open"), WIDE),
    Question("relief: under review, later", cases("open", page=number_of_page(5)), WIDE),
    Question("relief: under review by status",
             cases("open", status=pick("submitted", "publicity", "signed", "returned")), WIDE),
    Question("relief: under review by union", cases("open", union=union), WIDE),
    Question("relief: cases approved", cases("after"), WIDE),
    Question("relief: approved by status",
             cases("after", status=pick("approved", "paid", "handed_over")), WIDE),
    Question("relief: approved by union", cases("after", union=union), WIDE),
    Question("relief: cases done", cases("done"), WIDE),
    Question("relief: done, later", cases("done", after=case), WIDE),
    Question("relief: done by status",
             cases("done", status=pick("closed", "refused", "withdrawn")), WIDE),
    Question("relief: done by union", cases("done", union=union), WIDE),
    Question("relief: done by union and status",
             cases("done", union=union, status=pick("refused", "withdrawn")), WIDE),
    Question("relief: all cases", cases("all"), WIDE),
    Question("relief: all, later", cases("all", after=case), WIDE),
    Question("relief: all, a page back", cases("all", before=case), WIDE),
    Question("relief: all by status",
             cases("all", status=pick("submitted", "approved", "refused", "closed")), WIDE),
    Question("relief: all by union", cases("all", union=union), WIDE),
    Question("relief: hardship files", files()),
    Question("relief: files by category", files("on", category=category)),
    Question("relief: files by union", files("on", union=union), WIDE),
    Question("relief: files not reviewed", files("stale")),
    Question("relief: not reviewed by category", files("stale", category=category)),
    Question("relief: files never helped", files("unhelped")),
    Question("relief: never helped by category", files("unhelped", category=category)),
    Question("relief: files left", files("off")),
    Question("relief: left by union", files("off", union=union), WIDE),
    Question("relief: households not filed", files("none")),
    Question("relief: not filed by union", files("none", union=union), WIDE),
    Question("relief: a hardship file", lambda a: f"/relief/files/{home(a)}/"),
    Question("relief: a case", lambda a: f"/relief/{case(a)}/"),
    Question("relief: for whom to apply", search(name, "/relief/new/"), ("base",)),
    Question("relief: the public notice", lambda a: "/relief/notices/", ("base",)),
    Question("relief: waiting to be paid", lambda a: "/relief/money/", ("district",)),
    Question("relief: batches", lambda a: "/relief/money/batches/", ("district",)),
    Question("relief: batches, later",
             lambda a: f"/relief/money/batches/?page={number_of_page(9)(a)}", ("district",)),
    Question("relief: a batch", lambda a: f"/relief/money/batches/{batch(a)}/", ("district",)),
    Question("relief: advances", lambda a: "/relief/money/advances/", ("district",)),
    Question("relief: funds", lambda a: "/relief/money/funds/", ("district",)),
    Question("relief: a ledger", ledger(), ("district",)),
    Question("relief: a ledger, later", ledger(page=number_of_page(100)), ("district",)),
)  # fmt: skip
SEARCHES = (
    Question("search: whole name", search(name)),
    Question("search: given name", search(lambda a: name(a)[1:])),
    Question("search: surname and one more", search(lambda a: name(a)[:2])),
    Question("search: surname", search(lambda a: name(a)[0])),
    Question("search: one character", search(lambda a: name(a)[-1])),
    Question("search: nobody", search(pick("欧阳锋锋", "谌谌谌", "xqzq", "0x0"))),
    Question("search: initials", search(lambda a: spelt(a, 0))),
    Question("search: two initials", search(lambda a: spelt(a, 0)[:2])),
    Question("search: pinyin", search(lambda a: spelt(a, -1))),
    Question("search: half the pinyin", search(lambda a: spelt(a, -1)[:6])),
    Question("search: four letters", search(lambda a: spelt(a, -1)[:4])),
    Question("search: two letters", search(lambda a: spelt(a, -1)[:2])),
    Question("search: last four of a mobile", search(lambda a: mobile(a)[-4:])),
    Question("search: mobile", search(mobile)),
    Question("search: ID number", search(number)),
    Question("search: part of a firm", search(pick("晓月", "卢沟", "物业", "商贸"))),
    Question("search: code of a union", search(union)),
)
PAGES = (
    Question("a person", lambda a: f"/members/{a.one().person_id}/"),
    Question("an enterprise", lambda a: f"/members/enterprises/{enterprise(a)}/"),
    Question("imports", lambda a: "/members/imports/"),
    Question("nobody told them", lambda a: f"/rights/untold/?union={union(a)}", ("base", "area")),
    Question("accounts", lambda a: "/accounts/", ("district",)),
    Question("audit", acts()),
    Question("audit by kind", acts(kind=pick("register", "reveal", "import"))),
    Question("audit since", acts(since=lately)),
    Question("audit by kind since", acts(kind=pick("import", "correct"), since=lately)),
    Question("audit by somebody", acts(by=colleague)),
    Question("audit by somebody since", acts(by=colleague, since=lately)),
    Question("audit of a person", acts(record=lambda a: f"members.person:{a.one().person_id}")),
    Question("audit, a later page", acts(before=moment)),
    Question("audit: looks", looks(), ("district",)),
    Question("audit: looks since", looks(since=lately), ("district",)),
    Question("audit: looks by somebody", looks(by=colleague), ("district",)),
    Question("audit: looks at a person", looks(person=lambda a: a.one().person_id), ("district",)),
    Question("audit: looks, a later page", looks(before=moment), ("district",)),
    Question("audit: changes", changes(), ("district",)),
    Question(
        "audit: changes of a table",
        changes(table=pick("members_person", "relief_reliefcase")),
        ("district",),
    ),
    Question(
        "audit: changes of a row",
        changes(table=lambda a: "members_person", key=lambda a: a.one().person_id),
        ("district",),
    ),
    Question("audit: changes by somebody", changes(by=colleague), ("district",)),
    Question("audit: changes since", changes(since=lately), ("district",)),
    Question("audit: changes, a later page", changes(before=moment), ("district",)),
    Question("audit: who has seen a person", lambda a: f"/members/{a.one().person_id}/looks/"),
)
FIGURES = ("member_count", "member_count_women", "retained_member_count", "new_member_count",
           "new_member_enterprise_count", "enterprise_count", "employee_count")  # fmt: skip
ROWS = tuple(Question(f"rows of {code}", figure(code, "year"), rows=True) for code in FIGURES)
EXACT = (
    Question("home", lambda a: "/", exact=True),
    Question("grid", lambda a: "/members/grid/", exact=True),
    Question("a union", lambda a: f"/members/unions/{union(a)}/", exact=True),
    Question("reports", lambda a: f"/reports/?month=2026-{a.chance.randrange(1, 11):02}",
             exact=True),
    *(Question(f"figure {code}", figure(code, "year"), exact=True) for code in FIGURES),
)  # fmt: skip


@dataclass
class Watch:
    """Times every statement; use as an execute_wrapper."""

    taken: list[tuple[float, str, object]] = field(default_factory=list)

    def __call__(self, execute, sql, params, many, context):
        start = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            self.taken.append(((time.perf_counter() - start) * 1000, sql, params))


@contextmanager
def watched() -> Iterator[Watch]:
    watch = Watch()
    with connection.execute_wrapper(watch):
        yield watch


def askers(seed: int = 1) -> list[Asker]:
    """For every scope, one who may see people there."""
    found = []
    for scope, code, role in (("base", "", "unit_chair"), ("area", "A00", "area_chair"),
                              ("district", "FT", "administrator")):  # fmt: skip
        user = apps.get_model("accounts.User").objects.get(username=f"{code or _middle()}-{role}")
        # Whoever may see most: all pages of the area, and of the district.
        _grant(user, MORE.get(scope, ()))
        client = Client(SERVER_NAME="localhost")
        client.force_login(user)
        unions = list(
            apps.get_model("accounts.Union").objects.within(user.held[0].union).order_by("path")
        )
        asker = Asker(scope, client, user, random.Random(seed), unions)
        asker.sample = _sample(unions, asker.chance)
        asker.cases = list(
            apps.get_model("relief.ReliefCase")
            .objects.filter(union__among=[one.pk for one in unions])
            .values_list("pk", "household")
        )
        grants = apps.get_model("accounts.Grant").objects.filter(union__in=unions)
        asker.colleagues = list(grants.values_list("user", flat=True))
        found.append(asker)
    return found


def _middle() -> str:
    """A base union with more members than most: the 250th of 280."""
    counted = (
        apps.get_model("members.Membership")
        .objects.values_list("union__code")
        .annotate(n=Count("pk"))
    )
    return [code for code, _ in counted.order_by("n")][int(million.BASES * 0.9)]


MORE = {"area": (Role.AREA_OFFICER,), "district": (Role.DISTRICT_REVIEWER, Role.AUDITOR)}


def _grant(user, roles: Iterable[Role]) -> None:
    for role in roles:
        apps.get_model("accounts.Grant").objects.get_or_create(
            user=user, union=user.held[0].union, role=role
        )


def _sample(unions: list, chance: random.Random) -> list:
    chosen = chance.sample(unions, min(len(unions), 12))
    rows = (
        apps.get_model("members.Membership")
        .objects.filter(union__in=chosen, is_current=True)
        .select_related("person")
    )
    step = max(1, rows.count() // 3000)
    return list(rows.extra(where=[f"members_membership.id %% {step * 2} = 0"])[:3000])


def put(question: Question, asker: Asker, runs: int) -> list[tuple[float, float, str, object]]:
    """(all statements, worst statement, its text, its values) of each run."""
    found = []
    for run in range(-runs // 3, runs):
        address = question.ask(asker)
        with watched() as watch:
            answer = asker.client.get(address)
        assert answer.status_code == 200, (address, answer.status_code)
        taken = [one for one in watch.taken if not question.rows or PAGED.search(one[1])]
        if run >= 0:
            found.append((sum(ms for ms, *_ in taken), *max(taken, key=lambda one: one[0])))
        if run == 5 and min(total for total, *_ in found) > SLOW:
            break
    return found


def quantile(values: Iterable[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


@dataclass(frozen=True)
class Result:
    question: Question
    scope: str
    runs: list[tuple[float, float, str, object]]

    @property
    def p95(self) -> float:
        return quantile((total for total, *_ in self.runs), 0.95)

    @property
    def worst_p95(self) -> float:
        return quantile((worst for _, worst, *_ in self.runs), 0.95)

    def line(self) -> str:
        p50 = statistics.median(total for total, *_ in self.runs)
        worst50 = statistics.median(worst for _, worst, *_ in self.runs)
        over = "" if self.question.exact or self.worst_p95 < LIMIT else "  OVER"
        return (
            f"{self.question.name:32} {self.scope:9} {p50:8.1f} {self.p95:8.1f}"
            f" {worst50:8.1f} {self.worst_p95:8.1f}{over}"
        )


HEAD = f"{'':32} {'':9} {'page p50':>8} {'p95':>8} {'worst50':>8} {'p95':>8}   ms"


def warm() -> None:
    """Read all tables into the server's memory, as it would hold them on a working day."""
    with connection.cursor() as cursor:
        cursor.execute("set enable_indexonlyscan = off; set enable_indexscan = off")
        for model in apps.get_models():
            cursor.execute(f"select count(*) from {model._meta.db_table}")
        cursor.execute("reset enable_indexonlyscan; reset enable_indexscan")


def measure(runs: int, only: str = "", *, verbose: bool = False) -> list[Result]:
    results = []
    warm()
    print(HEAD)
    asking = askers()
    for question in (*LISTS, *RELIEF, *SEARCHES, *PAGES, *ROWS, *EXACT):
        if only not in question.name:
            continue
        for asker in asking:
            if asker.scope in question.scopes:
                result = Result(question, asker.scope, put(question, asker, runs))
                results.append(result)
                print(result.line(), flush=True)
                if verbose and result.worst_p95 >= LIMIT:
                    explain(result)
    return results


def explain(result: Result) -> None:
    """The plan of the slowest statement."""
    _, ms, sql, params = max(result.runs, key=lambda run: run[1])
    with connection.cursor() as cursor:
        cursor.execute(f"explain (analyze, buffers) {sql}", params)
        plan = "\n".join(f"      {line}" for (line,) in cursor.fetchall())
    print(f"    {ms:.1f} ms: {sql} {params}\n{plan}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=150)
    parser.add_argument("--only", default="", help="questions whose name has this")
    parser.add_argument("--plans", action="store_true", help="show the plan of what is over")
    arguments = parser.parse_args()
    million.prepare(arguments.rows)
    results = measure(arguments.runs, arguments.only, verbose=arguments.plans)
    held = [result for result in results if not result.question.exact]
    if not held:
        return
    over = [result for result in held if result.worst_p95 >= LIMIT]
    p95s = [result.worst_p95 for result in held]
    table.finish(
        [
            table.line("SQL: p95 of the worst question, ms", [max(p95s)], LIMIT, at_least=False),
            table.line("SQL: median p95 of all questions, ms", p95s, LIMIT, at_least=False),
            table.line(f"SQL: questions of {len(held)} over", [len(over)], 0, at_least=False),
        ]
    )


if __name__ == "__main__":
    main()
