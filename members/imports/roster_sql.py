"""Loading a staged roster: what each row means for what is stored, then set by set."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple, Protocol

from psycopg import Cursor

from members.models import TOLD
from members.rules import LEFT, Status
from wanping_union.accounts.models import Union
from wanping_union.imports.kinds import Counts, Problem
from wanping_union.imports.staging import as_copied, copy_in

TABLE = "roster_stage"
COLUMNS = {
    "id_hash": "bytea",
    "row": "integer",
    "bad": "boolean",
    "id_type": "text",
    "name": "text",
    "sex": "text",
    "born_on": "date",
    "mobile_hash": "bytea",
    "mobile_tail": "text",
    "card_hash": "bytea",
    "union_id": "bigint",
    "enterprise_id": "bigint",
    "ethnicity": "text",
    "education": "text",
    "household": "text",
    "joined_on": "date",
    "route": "text",
    "occupation": "text",
    "remark": "text",
}  # null: the file does not say

ELSEWHERE = "此人已是{}的会员，一人只能有一个会籍。请先办理会籍转接，或核对证件号码。"
LEFT_ELSEWHERE = (
    "此人在{}的会籍到 {} 才结束，入会日期要晚于这一天。请核对入会日期，或联系地区总工会。"
)
DIED = "系统里登记此人已去世。请核对证件号码；登记有误的，请先更正会籍状态。"
NEEDED = "这种证件看不出性别和出生日期，新登记的会员这一格必须填写。"
CARD_TAKEN = "这个京卡卡号已登记在另一个人名下。请对照卡面核对；不清楚可先留空。"
AFTER_CHANGE = "入会日期要早于会籍状态变动的日期（{}）。请核对。"
STAYED_OUT = "有 {} 人在系统里已退会、去世，或者已限制处理个人信息：他们的会籍没有改变。"

GONE = ", ".join(f"'{status}'" for status in LEFT)

# act: join (a new membership), keep (the present one), stay_out (left, and the file brings
# nothing newer; or only kept, PIPL Art. 47), elsewhere (a problem). New rows get their ids here.
# Lateral with a limit: looked up one by one. The planner takes tables that this transaction fills
# for small, and would read them whole for each chunk.
FIND = f"""
create temp table if not exists roster_found (row integer, bad boolean, known_id bigint,
    membership_id bigint, held_union_id bigint, held_status text, since date,
    held_joined_on date, is_transfer_in boolean, act text, person_differs boolean,
    membership_differs boolean, person_id bigint, new_membership_id bigint) on commit drop;
truncate roster_found;
insert into roster_found
select looked_up.*, coalesce(known_id, nextval('members_person_id_seq')) as person_id,
    case when act = 'join' then nextval('members_membership_id_seq') end as new_membership_id
from (
    select s.row, s.bad, p.id as known_id, m.id as membership_id, m.union_id as held_union_id,
        m.status as held_status, now_.from_on as since,
        m.joined_on as held_joined_on, m.is_transfer_in,
        case
            when m.id is null then 'join'
            when m.status = '{Status.DECEASED}' then
                case when m.union_id = s.union_id then 'stay_out' else 'elsewhere' end
            when m.status in ({GONE}) then
                case when s.joined_on > now_.from_on then 'join'
                    when m.union_id <> s.union_id then 'elsewhere'
                    else 'stay_out' end
            when m.union_id <> s.union_id then 'elsewhere'
            when m.restricted_on is not null then 'stay_out'
            else 'keep'
        end as act,
        p.id is not null and m.restricted_on is null and (
            s.name <> p.name or s.sex <> p.sex or s.born_on <> p.born_on
            or s.id_type <> p.id_type or s.ethnicity <> p.ethnicity
            or s.education <> p.education or s.household <> p.household
            or s.mobile_hash is distinct from p.mobile_hash and s.mobile_hash is not null
            or s.card_hash is distinct from p.card_hash and s.card_hash is not null
        ) as person_differs,
        m.union_id = s.union_id and m.status not in ({GONE}) and m.restricted_on is null and (
            s.enterprise_id is distinct from m.enterprise_id and s.enterprise_id is not null
            or s.joined_on <> m.joined_on and not m.is_transfer_in
            or s.route <> m.route or s.occupation <> m.occupation or s.remark <> m.remark
        ) as membership_differs
    from roster_stage s
    left join lateral (
        select * from members_person where id_hash = s.id_hash limit 1
    ) p on true
    left join lateral (
        select * from members_membership where person_id = p.id and is_current limit 1
    ) m on true
    left join lateral (
        select * from members_standing
        where membership_id = m.id and until_on is null and m.status in ({GONE}) limit 1
    ) now_ on true
) as looked_up;
analyze roster_found (row, act, known_id, membership_id)
"""

ROWS = "roster_stage s join roster_found f using (row)"

# Of a chunk only the good rows stay, those without problems here or in the file.
PROBLEMS = f"""
with problem (row, name, union_id, status, day) as (
select row, 'elsewhere', held_union_id, held_status, since
from roster_found where act = 'elsewhere'
union all
select row, 'sex', null, null, null from {ROWS} where f.known_id is null and s.sex is null
union all
select row, 'born_on', null, null, null from {ROWS}
where f.known_id is null and s.born_on is null
union all
select row, 'card', null, null, null
from {ROWS} join lateral (
    select id from members_person where card_hash = s.card_hash limit 1
) other on other.id <> f.person_id
where s.card_hash is not null
union all
select row, 'joined_on', null, null, first.until_on
from {ROWS} join members_standing first
    on first.membership_id = f.membership_id and first.from_on = f.held_joined_on
where f.act = 'keep' and f.membership_differs and not f.is_transfer_in
    and first.until_on <= s.joined_on
), left_out as (
delete from roster_found where bad or row in (select row from problem)
)
select row, name, union_id, status, day from problem
"""

COUNT = """
select count(*) filter (where act = 'join'),
    count(*) filter (where act <> 'join' and (person_differs or membership_differs)),
    count(*) filter (where act = 'stay_out'),
    count(*),
    array_agg(row) filter (where act = 'join' or person_differs or membership_differs)
from roster_found
"""

# Encrypting and spelling take longer than all the rest, and most rows of most files need neither.
SEALED = "roster_sealed"
MAKE_SEALED = f"""
create temp table if not exists {SEALED} (row integer, id_number bytea, mobile bytea, card bytea,
    keys text[]) on commit drop;
truncate {SEALED}
"""

NO_LONGER_CURRENT = """
update members_membership m set is_current = false, updated_at = now()
from roster_found f
where f.act = 'join' and f.membership_id is not null and m.id = f.membership_id
"""

CREATE_PEOPLE = f"""
insert into members_person (id, name, sex, born_on, id_type, id_number, id_hash, mobile,
    mobile_hash, mobile_tail, card, card_hash, ethnicity, education, household, keys,
    created_at, updated_at)
select person_id, name, sex, born_on, coalesce(id_type, 'resident_id'), id_number, id_hash,
    mobile, mobile_hash, coalesce(mobile_tail, ''), card, card_hash, coalesce(ethnicity, ''),
    coalesce(education, ''), coalesce(household, ''), keys, now(), now()
from {ROWS} join {SEALED} using (row) where known_id is null
"""

CREATE_MEMBERSHIPS = f"""
insert into members_membership (id, person_id, union_id, enterprise_id, status, joined_on, route,
    is_transfer_in, occupation, remark, is_current, updated_at, sex, lacks_card, lacks_mobile,
    is_told, keys)
select new_membership_id, person_id, union_id, enterprise_id, '{Status.ACTIVE}', joined_on,
    coalesce(route, ''), false, coalesce(occupation, ''), coalesce(remark, ''), true, now(),
    coalesce(p.sex, s.sex), coalesce(p.card_hash, s.card_hash) is null,
    coalesce(p.mobile_hash, s.mobile_hash) is null,
    {TOLD.format("s.id_hash")},
    coalesce(p.keys, sealed.keys) || ('U' || union_id)
from {ROWS} join {SEALED} sealed using (row)
    left join lateral (select * from members_person where id = f.known_id limit 1) p on true
where act = 'join'
order by union_id, joined_on desc  -- as most indexes have them: neighbours go to one page
"""

CREATE_STANDINGS = f"""
insert into members_standing (membership_id, status, from_on, reason, note)
select new_membership_id, '{Status.ACTIVE}', joined_on, '', ''
from {ROWS} where act = 'join'
"""

UPDATE_PEOPLE = f"""
update members_person p set
    name = coalesce(s.name, p.name),
    keys = case when s.name <> p.name then sealed.keys else p.keys end,
    sex = coalesce(s.sex, p.sex),
    born_on = coalesce(s.born_on, p.born_on),
    id_type = coalesce(s.id_type, p.id_type),
    mobile = case when s.mobile_hash is distinct from p.mobile_hash
        then coalesce(sealed.mobile, p.mobile) else p.mobile end,
    mobile_hash = coalesce(s.mobile_hash, p.mobile_hash),
    mobile_tail = coalesce(s.mobile_tail, p.mobile_tail),
    card = case when s.card_hash is distinct from p.card_hash
        then coalesce(sealed.card, p.card) else p.card end,
    card_hash = coalesce(s.card_hash, p.card_hash),
    ethnicity = coalesce(s.ethnicity, p.ethnicity),
    education = coalesce(s.education, p.education),
    household = coalesce(s.household, p.household),
    updated_at = now()
from {ROWS} join {SEALED} sealed using (row)
where p.id = f.known_id and f.person_differs
"""

UPDATE_STANDINGS = f"""
update members_standing first set from_on = s.joined_on
from {ROWS}
where f.act = 'keep' and f.membership_differs and not f.is_transfer_in
    and s.joined_on <> f.held_joined_on
    and first.membership_id = f.membership_id and first.from_on = f.held_joined_on
"""

UPDATE_MEMBERSHIPS = f"""
update members_membership m set
    enterprise_id = coalesce(s.enterprise_id, m.enterprise_id),
    joined_on = case when m.is_transfer_in then m.joined_on else s.joined_on end,
    route = coalesce(s.route, m.route),
    occupation = coalesce(s.occupation, m.occupation),
    remark = coalesce(s.remark, m.remark),
    updated_at = now()
from {ROWS}
where m.id = f.membership_id and f.act = 'keep' and f.membership_differs
"""

WRITES = (
    CREATE_PEOPLE,
    UPDATE_PEOPLE,
    NO_LONGER_CURRENT,
    CREATE_MEMBERSHIPS,
    CREATE_STANDINGS,
    UPDATE_STANDINGS,
    UPDATE_MEMBERSHIPS,
)


class Plain(NamedTuple):
    """What of a row is stored encrypted or spelled out."""

    name: str
    id_number: str
    mobile: str
    card: str


# Of these rows, perhaps of more, what goes into SEALED.
Sealed = Callable[[Iterable[int]], bytes]


class Look(Protocol):
    """Looks at a staged chunk: saw at all of it, chunk at its good rows before they are written."""

    def saw(self, cursor: Cursor, /) -> None: ...
    def chunk(self, cursor: Cursor, /) -> None: ...


class Load:
    """Loads staged chunks and remembers what became of them.

    may_name: whether the sender may read the name of a union. seal: given what was put aside of
    a row, its columns of SEALED but the first.
    """

    def __init__(
        self,
        may_name: Callable[[Union], bool],
        seal: Callable[[Plain], Sequence[str]],
        look: Look | None = None,
    ) -> None:
        self._may_name = may_name
        self._seal = seal
        self._look = look
        self._found: list[tuple[int, str, int | None, str, object]] = []
        self._counts = [0, 0, 0, 0]  # created, updated, stayed out, all
        self._writes_most = False  # of the chunk before

    def prepare(self, plain: Mapping[int, Plain]) -> Sealed:
        """Seal all rows while the database is busy, where most will turn out to be written.

        Most files are a first roster, all of it new, or one of which hardly a row has changed.
        """

        def sealed(rows: Iterable[int]) -> bytes:
            return as_copied((str(row), *self._seal(plain[row])) for row in rows)

        if not self._writes_most:
            return sealed
        everything = sealed(plain)
        return lambda rows: everything

    def chunk(self, cursor: Cursor, sealed: Sealed) -> None:
        """Sort out the staged rows and write the good ones. sealed: as prepare gave it."""
        cursor.execute(f"{MAKE_SEALED}; {FIND}")
        if self._look:
            self._look.saw(cursor)
        found = cursor.execute(PROBLEMS).fetchall()
        self._found += found
        *counted, written = cursor.execute(COUNT).fetchone() or ()
        self._counts = [old + new for old, new in zip(self._counts, counted, strict=True)]
        self._writes_most = len(written or ()) * 2 > counted[-1]
        copy_in(cursor, SEALED, sealed(written or ()))
        if self._look:
            self._look.chunk(cursor)
        if written:
            cursor.execute(";".join(WRITES))

    def problems(self) -> Iterator[tuple[int, Problem]]:
        ids = {union_id for _, _, union_id, *_ in self._found if union_id}
        unions = Union.objects.in_bulk(ids)
        for row, name, union_id, status, day in self._found:
            yield row, self._problem(name, unions.get(union_id or 0), status, day)

    def _problem(self, name: str, union: Union | None, status: str, day: object) -> Problem:
        if union:
            return Problem("证件号码", "member_elsewhere", self._elsewhere(union, status, day))
        if name == "card":
            return Problem("京卡卡号", "card_taken", CARD_TAKEN)
        if name == "joined_on":
            return Problem("入会日期", "date_format", AFTER_CHANGE.format(day))
        return Problem("性别" if name == "sex" else "出生日期", "required", NEEDED)

    def _elsewhere(self, union: Union, status: str, day: object) -> str:
        if status == Status.DECEASED:
            return DIED
        name = f"“{union.name}”" if self._may_name(union) else "其他工会"
        return LEFT_ELSEWHERE.format(name, day) if status in LEFT else ELSEWHERE.format(name)

    @property
    def counts(self) -> Counts:
        created, updated, _, rows = self._counts
        return Counts(created, updated, rows - created - updated)

    @property
    def remarks(self) -> list[str]:
        stayed_out = self._counts[2]
        return [STAYED_OUT.format(stayed_out)] if stayed_out else []
