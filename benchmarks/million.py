"""A million people in 300 unions, for measurements only.

    python -m benchmarks.million [--rows 1000000] [--anew]

Made once into a database of its own in the embedded cluster and found there afterwards. Names are
drawn from real distributions of surnames and given names, numbers are valid and belong to nobody
known; encrypted fields are sealed as the portal does it. Sizes of unions, missing fields and
statuses are skewed as a district's are. Three of a hundred asked for relief.
"""

import argparse
import os
import random
import time
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from io import StringIO
from itertools import accumulate
from multiprocessing import get_context

import psycopg
from django.apps import apps
from django.core.management import call_command

from benchmarks import own_database, relief
from wanping_union.crypto import hasher, sealer
from wanping_union.names import search_keys
from wanping_union.roles import Role

MADE = 5  # of the data; another number makes it anew
AREAS, BASES = 19, 280
PEOPLE_A_FIRM = 40
CHUNK = 20_000  # rows a COPY
ACTS_A_UNION = 2_000
LOGGED = 500_000  # looks at people, every tenth at a whole page; and as many changes
TODAY = date(2026, 11, 20)
TABLES = (
    "members_person", "members_membership", "members_standing", "members_enterprise",
    "members_enterpriseyear", "rights_consent", "audit_act", "audit_look", "audit_change",
    *relief.TABLES,
)  # fmt: skip

# The hundred most frequent surnames by their share in per mille, then given characters.
SURNAMES = {
    "王": 71, "李": 70, "张": 67, "刘": 51, "陈": 45, "杨": 31, "黄": 22, "赵": 22, "吴": 20,
    "周": 20, "徐": 14, "孙": 14, "马": 13, "朱": 13, "胡": 12, "郭": 11, "何": 11, "林": 11,
    "高": 10, "罗": 10, "郑": 9, "梁": 9, "谢": 8, "宋": 8, "唐": 7, "许": 7, "韩": 7, "邓": 6,
    "冯": 6, "曹": 6, "彭": 5, "曾": 5, "肖": 5, "田": 5, "董": 5, "潘": 5, "袁": 5, "蔡": 5,
    "蒋": 5, "余": 4, "于": 4, "杜": 4, "叶": 4, "程": 4, "魏": 4, "苏": 4, "吕": 4, "丁": 4,
    "任": 4, "卢": 4, "姚": 4, "沈": 4, "钟": 4, "姜": 3, "崔": 3, "谭": 3, "陆": 3, "范": 3,
    "汪": 3, "廖": 3, "石": 3, "金": 3, "韦": 3, "贾": 3, "夏": 3, "付": 3, "方": 3, "邹": 3,
    "熊": 2, "白": 2, "孟": 2, "秦": 2, "邱": 2, "侯": 2, "江": 2, "尹": 2, "薛": 2, "闫": 2,
    "段": 2, "雷": 2, "龙": 2, "黎": 2, "史": 2, "陶": 2, "贺": 2, "毛": 2, "郝": 2, "顾": 2,
    "龚": 2, "邵": 2, "万": 2, "覃": 2, "武": 2, "钱": 2, "戴": 2, "严": 2, "莫": 2, "孔": 2,
    "解": 1, "单": 1, "仇": 1, "查": 1, "欧阳": 1, "慕容": 1,
}  # fmt: skip
GIVEN = (
    "英华文玉明国春红建平秀金志军兰海云丽永桂小德荣林晓新成美伟杰芳生江燕梅龙庆宏霞芬强忠光"
    "立东凤敏义辉祥波振宝宇艳学佳飞福雪少家中正世兴婷静慧富娟勇子洪清珍良月莲胜发淑启俊嘉"
    "利素亚天仁传长安琴水松雄贵根鹏莉祖元香顺昌思瑞翠彩凯绍景大士娜一才雨亮全耀浩宗继琼贤"
    "达友万阳守培运珠智开超善锦怀涛星风连礼维诗秋泽武爱玲源宜树泉惠群广远鸿孝民承书道卫彬"
    "轩萍涵钰欣怡梓晨悦萱妍瑶睿博泽宸昊铭瀚羽琪萌露蕾洁璐岚薇倩媛颖莹瑜琳"
)
PLACES = [
    *(110000 + n for n in (101, 102, 105, 106, 107, 108, 109, 111, 112, 113, 114, 115)),
    *(130000 + n for n in (102, 202, 302, 402, 502, 602, 702, 802, 1002, 1102)),
    *(140000 + 100 * n + 2 for n in range(1, 11)), *(410000 + 100 * n + 2 for n in range(1, 18)),
    *(370000 + 100 * n + 2 for n in range(1, 17)),
]  # fmt: skip
DAYS = 16_000  # of birth, from 1960
NUMBERS = len(PLACES) * DAYS * 999
STRIDE = 7_368_787  # has no factor of NUMBERS: every person another number, well mixed
STATUSES = (
    ("active", 9350), ("retained", 450), ("withdrawn", 120), ("deceased", 38),
    ("deemed_withdrawn", 30), ("transferring", 10), ("expelled", 2),
)  # fmt: skip
EDUCATIONS = ("", "junior", "senior", "vocational", "college", "college", "bachelor", "bachelor",
              "master")  # fmt: skip
JOBS = ("保洁", "保安", "厨师", "司机", "店员", "程序员", "会计", "教师", "护士", "")
PIECES = ("华信", "鼎盛", "天合", "中科", "博远", "宏达", "金桥", "瑞丰", "晓月", "卢沟", "丰泰",
          "同创", "东方", "永兴", "恒业", "安居", "新世纪", "京南", "万通", "嘉和")  # fmt: skip
TRADES = ("商贸", "餐饮管理", "物业管理", "建筑工程", "信息技术", "运输", "文化传媒", "机械")
WEIGHTS = (3, 3, 24, 70)  # large, medium, small, micro
INDUSTRIES = ("批发业", "零售业", "餐饮业", "物业管理", "建筑业", "软件和信息技术服务业")

Row = Sequence[object]


def prepare(rows: int = 1_000_000, *, anew: bool = False) -> None:
    """Point the portal at the data set; make it where it is not there yet."""
    own_database.use(_database(rows), anew=anew or not _is_made(rows))
    own_database.migrate()
    if not _is_made(rows):
        make(rows)


def use(rows: int) -> None:
    """Point the portal at the data set, which is there, and load nothing beside the portal."""
    own_database.use(_database(rows), anew=False)
    own_database.start_django()


def _database(rows: int) -> str:
    return f"bench_people_{rows}"


def _is_made(rows: int) -> bool:
    try:
        with own_database.owner(_database(rows)) as connection:
            found = connection.execute("select version, rows from bench_made").fetchone()
    except (psycopg.OperationalError, psycopg.errors.UndefinedTable):
        return False
    return found == (MADE, rows)


def make(rows: int) -> None:
    """About three minutes for a million."""
    started = time.perf_counter()
    call_command("load_reference", stdout=StringIO())
    unions = make_unions()
    with own_database.owner() as connection:
        again = _without_indexes(connection)
        connection.commit()  # a dropped key locks what it pointed at
        firms = _make_firms(connection, unions, rows // PEOPLE_A_FIRM)
        _copy(connection, "audit_act", ACTS, _acts(unions, rows))
        connection.commit()
        print(f"  unions, enterprises, acts  {time.perf_counter() - started:5.0f} s", flush=True)
        workers = os.cpu_count() or 1
        spans = [(rows * n // workers, rows * (n + 1) // workers) for n in range(workers)]
        tasks = [(span, unions, firms) for span in spans]
        with get_context("spawn").Pool(workers, initializer=own_database.start_django) as pool:
            pool.starmap(_make_people, tasks)
        print(f"  people                     {time.perf_counter() - started:5.0f} s", flush=True)
        relief.make(connection, TODAY)
        for statement in (CONSENTS, LOOKS, CHANGES):
            connection.execute(statement, {"rows": rows, "logged": LOGGED})
        connection.commit()
        print(f"  relief, logs               {time.perf_counter() - started:5.0f} s", flush=True)
        connection.execute("set maintenance_work_mem = '512MB'")
        for statement in again:
            connection.execute(statement)
        _set_sequences(connection)
        connection.execute("create table bench_made (version int, rows int)")
        connection.execute("insert into bench_made values (%s, %s)", [MADE, rows])
        connection.commit()
        connection.autocommit = True
        connection.execute("vacuum analyze")
    print(f"  indexes                    {time.perf_counter() - started:5.0f} s", flush=True)


def make_unions() -> list[tuple[int, float]]:
    """(id, share of the people) of the base unions."""
    union_model, profile = apps.get_model("accounts.Union"), apps.get_model("members.UnionProfile")
    user_model, grant = apps.get_model("accounts.User"), apps.get_model("accounts.Grant")
    chance = random.Random(2016)
    since = date(2009, 1, 1)
    top = union_model.objects.create(
        id=1, code="FT", name="丰台区总工会", kind="district", path="1/", valid_from=since
    )
    areas = union_model.objects.bulk_create(
        union_model(
            id=n + 2, code=f"A{n:02}", name=f"第{n}地区总工会", kind="area", parent=top,
            path=f"1/{n + 2}/", valid_from=since,
        )
        for n in range(AREAS)
    )  # fmt: skip
    parents = chance.choices(areas, weights=[1 / (n + 4) for n in range(AREAS)], k=BASES)
    bases = union_model.objects.bulk_create(
        union_model(
            id=AREAS + 2 + n, code=f"U{n:03}", name=f"{chance.choice(PIECES)}第{n}社区联合工会",
            kind="joint", parent=parent, path=f"{parent.path}{AREAS + 2 + n}/",
            valid_from=since,
        )
        for n, parent in enumerate(parents)
    )  # fmt: skip
    profile.objects.bulk_create(
        profile(union=u, term_from=date(2019 + n % 7, 1 + n % 12, 1), term_years=3 + n % 2 * 2)
        for n, u in enumerate((*areas, *bases))
    )
    roles = {"district": tuple(Role)[4:], "area": tuple(Role)[2:4]}
    for union in (top, *areas, *bases):
        for role in roles.get(union.kind, (Role.UNIT_CHAIR,)):
            user = user_model.objects.create(
                username=f"{union.code}-{role}", name=f"{union.code}用户"
            )
            grant.objects.create(user=user, union=union, role=role)
    weights = [1 / (n + 12) ** 0.8 for n in range(BASES)]
    chance.shuffle(weights)
    return [(u.pk, weight / sum(weights)) for u, weight in zip(bases, weights, strict=True)]


FIRMS = ("id", "union_id", "name", "uscc", "industry_code", "industry", "place", "relocated_on",
         "covered_from", "address", "keys", "updated_at", "headcount", "size")  # fmt: skip
YEARS = ("enterprise_id", "year", "headcount", "revenue", "assets", "size", "size_override",
         "override_evidence")  # fmt: skip
ACTS = ("at", "\"on\"", "by_id", "by_name", "channel", "request_id", "name", "label", "record",
        "record_words", "union_path", "changed", "note")  # fmt: skip
PERSON = ("id", "name", "sex", "born_on", "id_type", "id_number", "id_hash", "mobile",
          "mobile_hash", "mobile_tail", "card", "card_hash", "ethnicity", "education",
          "household", "keys", "created_at", "updated_at")  # fmt: skip
MEMBERSHIP = ("id", "person_id", "union_id", "enterprise_id", "status", "joined_on", "route",
              "is_transfer_in", "occupation", "remark", "is_current", "updated_at", "sex",
              "lacks_card", "lacks_mobile", "is_told", "keys")  # fmt: skip
STANDING = ("membership_id", "status", "from_on", "until_on", "reason", "note")
MOMENT = "2026-11-01 08:00:00+08"


def _make_firms(
    connection: psycopg.Connection, unions: list[tuple[int, float]], count: int
) -> dict[int, list[int]]:
    """Ids by union; at least one each."""
    chance = random.Random(2017)
    ids = [pk for pk, _ in unions]
    homes = [*ids, *chance.choices(ids, [share for _, share in unions], k=count - len(ids))]
    firms: dict[int, list[int]] = {pk: [] for pk in ids}
    rows, years = [], []
    for pk, home in enumerate(homes, 1):
        firms[home].append(pk)
        name = f"北京{chance.choice(PIECES)}{chance.choice(GIVEN)}{chance.choice(TRADES)}有限公司"
        place = chance.choices(("inside", "outside", "relocated"), (90, 6, 4))[0]
        gone = date(2024, 5, 1) if place == "relocated" else None
        covered = None if pk % 10 == 0 else date(2010 + pk % 15, 3, 1)
        industry = chance.choice(INDUSTRIES)
        for year in (2024, 2025, 2026):
            size = chance.choices(("large", "medium", "small", "micro"), WEIGHTS)[0]
            staff = None if chance.random() < 0.05 else chance.randrange(3, 400)
            years.append((pk, year, staff, None, None, size, "", ""))
        rows.append((pk, home, name, None, "", industry, place, gone, covered, "",
                     search_keys(name), MOMENT, staff, size))  # fmt: skip
    _copy(connection, "members_enterprise", FIRMS, rows)
    _copy(connection, "members_enterpriseyear", YEARS, years)
    return firms


def _acts(unions: list[tuple[int, float]], rows: int) -> Iterator[Row]:
    """Years of acts; each about some person, by the union's chair."""
    chance = random.Random(2018)
    paths = dict(apps.get_model("accounts.Union").objects.values_list("pk", "path"))
    chairs = apps.get_model("accounts.Grant").objects.filter(role="unit_chair")
    users = dict(chairs.values_list("union", "user"))
    kinds = (("register", "登记入会"), ("reveal", "查看证件号码"), ("correct", "更正个人信息"),
             ("import", "导入会员名册"), ("sign_in", "登录"))  # fmt: skip
    ids = [pk for pk, _ in unions]
    total = len(ids) * ACTS_A_UNION
    start = time.mktime((2023, 1, 1, 0, 0, 0, 0, 0, 0))
    for n in range(total):
        union = chance.choice(ids)
        name, label = chance.choices(kinds, (20, 30, 20, 2, 28))[0]
        at = time.strftime("%F %T+08", time.localtime(start + n * 120_000_000 / total))
        person = chance.randrange(1, rows + 1)
        record = f"members.person:{person}" if name in ("register", "reveal", "correct") else ""
        yield (at, at[:10], users[union], "用户", "web", None, name, label, record, "", paths[union],
               "{}", "")  # fmt: skip


USERS = "cross join (select array_agg(distinct user_id) users from accounts_grant) u"
CONSENTS = """
insert into rights_consent (subject, union_id, purpose, notice_id, channel, given_on, reason)
select p.id_hash, m.union_id, 'membership', n.id, 'paper', m.joined_on, ''
from members_membership m join members_person p on p.id = m.person_id
    join rights_notice n on n.purpose = 'membership' and n.version = 1
where m.is_told and m.is_current
"""
LOOKS = f"""
insert into audit_look (at, by_id, by_name, channel, page, model, ids, fields, reason)
select timestamptz '2023-01-01' + n * interval '4 minutes', users[1 + n %% cardinality(users)],
    '用户', 'web', '会员名册', 'members.person', array(
        select 1 + (n::bigint * 7919 + k * 104729) %% %(rows)s
        from generate_series(1, case when n %% 10 = 0 then 50 else 1 end) k), '{{}}', ''
from generate_series(1, %(logged)s) n {USERS}
"""
CHANGES = f"""
insert into audit_change (at, actor, db_user, op, tbl, pk, diff)
select timestamptz '2023-01-01' + n * interval '4 minutes', users[1 + n %% cardinality(users)],
    'wanping', 'U', (array['members_person', 'members_membership', 'relief_reliefcase'])[1 + n %% 3],
    (1 + n::bigint * 7919 %% %(rows)s)::text, '{{"occupation": ["司机", "会计"]}}'
from generate_series(1, %(logged)s) n {USERS}
"""


def _make_people(
    span: tuple[int, int], unions: list[tuple[int, float]], firms: dict[int, list[int]]
) -> None:
    """One worker's people; runs in a process of its own."""
    draw = People(unions, firms, span[0])
    with own_database.owner() as connection:
        for first in range(span[0], span[1], CHUNK):
            people, memberships, standings = draw.some(first, min(first + CHUNK, span[1]))
            _copy(connection, "members_person", PERSON, people)
            _copy(connection, "members_membership", MEMBERSHIP, memberships)
            _copy(connection, "members_standing", STANDING, standings)
        connection.commit()


class People:
    """Draws people with what belongs to them."""

    def __init__(
        self, unions: list[tuple[int, float]], firms: dict[int, list[int]], seed: int
    ) -> None:
        self._chance = random.Random(seed)
        self._unions = [pk for pk, _ in unions]
        self._shares = list(accumulate(share for _, share in unions))
        self._firms = firms
        self._seal = {n: sealer(f"members_person.{n}") for n in ("id_number", "mobile", "card")}
        self._hash = {n: hasher(n) for n in self._seal}
        self._keys: dict[str, list[str]] = {}
        self._surnames = list(SURNAMES), list(accumulate(SURNAMES.values()))
        self._given = list(accumulate(1 / (n + 20) for n in range(len(GIVEN))))
        self._statuses = [s for s, _ in STATUSES], list(accumulate(w for _, w in STATUSES))

    def some(self, first: int, last: int) -> tuple[list[Row], list[Row], list[Row]]:
        people: list[Row] = []
        memberships: list[Row] = []
        standings: list[Row] = []
        for n in range(first, last):
            person = self._person(n)
            people.append(person)
            self._file(person, memberships, standings)
        return people, memberships, standings

    def _person(self, n: int) -> Row:
        chance = self._chance
        rest, serial = divmod(n * STRIDE % NUMBERS, 999)
        place, day = divmod(rest, DAYS)
        born = date(1960, 1, 1) + timedelta(days=day)
        body = f"{PLACES[place]}{born:%Y%m%d}{serial + 1:03d}"
        name = self._name()
        keys = self._keys.get(name)
        if keys is None:
            keys = self._keys[name] = search_keys(name)
        mobile = f"1{'3578'[n % 4]}{n * STRIDE % 10**9:09d}" if chance.random() > 0.05 else ""
        card = f"6214{n:015d}" if chance.random() > 0.2 else ""
        return (
            n + 1, name, "M" if (serial + 1) % 2 else "F", born, "resident_id",
            *self._sealed("id_number", body + check_digit(body)), *self._sealed("mobile", mobile),
            mobile[-4:], *self._sealed("card", card), "汉族", chance.choice(EDUCATIONS),
            chance.choice(("", "rural", "urban")), keys, MOMENT, MOMENT,
        )  # fmt: skip

    def _name(self) -> str:
        chance = self._chance
        surnames, weights = self._surnames
        surname = chance.choices(surnames, cum_weights=weights)[0]
        length = 2 if chance.random() > 0.16 else 1
        return surname + "".join(chance.choices(GIVEN, cum_weights=self._given, k=length))

    def _sealed(self, column: str, value: str) -> tuple[bytes | None, bytes | None]:
        if not value:
            return None, None
        return self._seal[column](value.encode()), self._hash[column](value)

    def _file(self, person: Row, memberships: list[Row], standings: list[Row]) -> None:
        """The present membership; for one in forty an earlier one elsewhere."""
        chance = self._chance
        n, born, keys = person[0] - 1, person[3], person[15]
        copied = person[2], person[11] is None, person[8] is None, n % 10 > 0
        statuses, weights = self._statuses
        union = chance.choices(self._unions, cum_weights=self._shares)[0]
        firm = chance.choice(self._firms[union]) if chance.random() > 0.1 else None
        earliest = max(born.toordinal() + 18 * 366, date(2009, 3, 1).toordinal())
        joined = date.fromordinal(chance.randrange(earliest, TODAY.toordinal() - 40))
        status = chance.choices(statuses, cum_weights=weights)[0]
        route = chance.choices(
            ("existing_union", "scattered", "new_union_unit", ""), (55, 20, 20, 5)
        )[0]
        pk = 2 * n + 2
        memberships.append((pk, n + 1, union, firm, status, joined, route, False,
                            chance.choice(JOBS), "", True, MOMENT, *copied,
                            [*keys, f"U{union}"]))  # fmt: skip
        if status == "active":
            standings.append((pk, "active", joined, None, "", ""))
        else:
            until = joined + timedelta(days=chance.randrange(1, 40))
            reason = "retired" if status == "retained" else ""
            standings.append((pk, "active", joined, until, "", ""))
            standings.append((pk, status, until, None, reason, ""))
        if n % 40 == 0:
            before = joined - timedelta(days=900)
            other = chance.choice(self._unions)
            memberships.append((pk - 1, n + 1, other, None, "withdrawn", before, "scattered",
                                False, "", "", False, MOMENT, *copied,
                                [*keys, f"U{other}"]))  # fmt: skip
            left = before + timedelta(days=500)
            standings.append((pk - 1, "active", before, left, "", ""))
            standings.append((pk - 1, "withdrawn", left, None, "", ""))


WEIGHING = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)  # GB 11643-1999


def check_digit(body: str) -> str:
    total = sum(int(digit) * weight for digit, weight in zip(body, WEIGHING, strict=True))
    return "10X98765432"[total % 11]


def _copy(
    connection: psycopg.Connection, table: str, columns: Sequence[str], rows: Iterator[Row] | list
) -> None:
    statement = f"copy {table} ({', '.join(columns)}) from stdin"
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)


def _without_indexes(connection: psycopg.Connection) -> list[str]:
    """Drop what slows loading; returns the statements that bring it back."""
    tables = [connection.execute("select %s::regclass::oid", [t]).fetchone()[0] for t in TABLES]
    constraints = connection.execute(
        "select conrelid::regclass::text, conname, pg_get_constraintdef(oid) from pg_constraint"
        " where contype in ('f', 'u', 'p') and (conrelid = any(%s) or confrelid = any(%s))"
        " order by contype = 'f' desc",  # what refers to a key goes before it, and returns after
        [tables, tables],
    ).fetchall()
    again = [f"alter table {table} enable trigger user" for table in TABLES]
    for table, name, definition in constraints:
        connection.execute(f'alter table {table} drop constraint "{name}"')
        again.insert(0, f'alter table {table} add constraint "{name}" {definition}')
    indexes = connection.execute(
        "select indexrelid::regclass::text, pg_get_indexdef(indexrelid) from pg_index"
        " where indrelid = any(%s)",
        [tables],
    ).fetchall()
    for name, definition in indexes:
        connection.execute(f"drop index {name}")
        again.insert(0, definition)
    for table in TABLES:
        connection.execute(f"alter table {table} disable trigger user")
    return again


def _set_sequences(connection: psycopg.Connection) -> None:
    for table in (*TABLES, "accounts_union"):
        sequence = f"pg_get_serial_sequence('{table}', 'id')"
        connection.execute(f"select setval({sequence}, (select max(id) + 1 from {table}))")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--anew", action="store_true", help="also where it was made before")
    arguments = parser.parse_args()
    started = time.perf_counter()
    prepare(arguments.rows, anew=arguments.anew)
    print(f"{arguments.rows:,} people ready after {time.perf_counter() - started:.0f} s")


if __name__ == "__main__":
    main()
