"""Households and relief cases among the people: three of a hundred once asked for help.

Ids follow the years, as they do in life. Nobody of them is in two households.
"""

from datetime import date

import psycopg
from psycopg.types.json import Jsonb

from relief.terms import Row, Terms
from wanping_union.crypto import sealer
from wanping_union.reference.relief import ROWS

FUND = "relief.warm."

TABLES = (
    "relief_household", "relief_householdmember", "relief_fund", "relief_fundyear",
    "relief_ledgerentry", "relief_reliefcase", "relief_casereturn", "relief_followup",
    "relief_paymentbatch", "relief_payment", "relief_advance", "aid_aid",
)  # fmt: skip

OPEN_FUND = """
insert into relief_fund (code, name, union_id, is_open)
values ('warm', '北京市温暖基金会应急救助', 1, true)
"""
HOUSEHOLDS = """
insert into relief_household (id, union_id, head_id, opened_on, category, filed_on, reviewed_on,
    delisted_on, delisted_why, updated_at)
select n, union_id, person_id, opened_on,
    case when n % 3 = 0 then (array['a_minimum', 'a_near', 'a_accident', 'b_deep', 'b_relative',
        'b_accident'])[1 + n / 3 % 6] else '' end,
    case when n % 3 = 0 then opened_on + 10 end,
    case when n % 6 = 0 then greatest(opened_on + 10, %(today)s - (n * 7919 % 500)::int) end,
    case when n % 9 = 0 and opened_on < %(today)s - 600 then opened_on + 400 end,
    case when n % 9 = 0 and opened_on < %(today)s - 600 then '家庭收入已经稳定' else '' end,
    now()
from (
    select row_number() over (order by opened_on, person_id) n, union_id, person_id, opened_on
    from members_membership
    cross join lateral (select date '2016-01-04' + (person_id * 7919 % 3970)::int opened_on) days
    where is_current and person_id % 33 = 0
) homes
"""
MEMBERS = """
insert into relief_householdmember (id, household_id, relation, name, id_number, id_hash, born_on,
    is_cohabiting, work)
select h.id + 1000000 * k, h.id, relation, case when k = 0 then p.name else '解兰' end, %(number)s,
    case when k = 0 then p.id_hash else substring(sha256((relation || h.id)::bytea) for 16) end,
    p.born_on, true, ''
from relief_household h
join members_person p on p.id = h.head_id
join (values (0, 'self'), (1, 'spouse'), (2, 'child')) kin (k, relation) on h.id % (k + 1) = 0
"""
# Of forty-five days all are under review, of the next half year followed up, the rest is done.
CASES = """
insert into relief_reliefcase (id, union_id, household_id, beneficiary_id, fund_id, status,
    returned_from, stage_on, cause, is_emergency, account, account_name, bank, committee,
    public_from, public_to, concerned, terms, amount, reason, code, entered_by_id, opened_on,
    submitted_on, decided_on, paid_on, version, updated_at)
select n, union_id, household, household, (select id from relief_fund), status,
    case when status = 'returned' then 'unit_verified' else '' end,
    case when age < 45 then greatest(opened_on, %(today)s - (n % 25)::int) else opened_on + 20 end,
    (array['illness', 'disaster', 'other'])[1 + n % 3], n % 40 = 0, %(account)s, %(name)s,
    '中国工商银行', '{甲一,乙二,丙三}',
    case when status = 'publicity' then %(today)s - (n % 7)::int end,
    case when status = 'publicity' then %(today)s - (n % 7)::int + 7 end,
    '{}', %(terms)s, case when is_granted then 1000 + n % 40000 end,
    case when status in ('refused', 'withdrawn') then %(reason)s end, 'B' || n,
    (select min(id) from accounts_user), opened_on,
    case when status <> 'draft' then opened_on + 3 end,
    case when is_granted or status = 'refused' then opened_on + 20 end,
    case when is_granted and status <> 'approved' then opened_on + 30 end, 1, now()
from (
    select row_number() over (order by day, h.id) n, h.id household, union_id, day opened_on,
        %(today)s - day age
    from relief_household h
    cross join generate_series(0, 1) k
    cross join lateral (select opened_on + 1 + 700 * k as day) days
    where h.id % 10 > 0 and (k = 0 or h.id % 5 = 1) and day < %(today)s - 3
) opened
cross join lateral (select case
    when age < 45 then (array['draft', 'submitted', 'unit_verified', 'visited', 'publicity',
        'area_reviewed', 'signed', 'district_reviewed', 'returned'])[1 + n % 9]
    when n % 9 = 2 then 'refused'
    when n % 31 = 3 then 'withdrawn'
    when age < 60 then (array['approved', 'approved', 'paid', 'receipt_confirmed'])[1 + n % 4]
    when age < 240 then 'handed_over'
    else 'closed' end status) s
cross join lateral (select status in
    ('approved', 'paid', 'receipt_confirmed', 'handed_over', 'closed') is_granted) g
"""
RETURNS = """
insert into relief_casereturn (case_id, papers, stage, by_id, "on", answered_on)
select id, %(papers)s, 'unit_verified', entered_by_id, stage_on,
    case when status <> 'returned' then stage_on + 4 end
from relief_reliefcase where status = 'returned' or id % 8 = 0 and status <> 'draft'
"""
FOLLOW_UPS = """
insert into relief_followup (case_id, months, due_on, done_on, words, is_hard_again, by_id)
select id, months, due_on, done_on, null, false, case when done_on is not null then entered_by_id
    end
from relief_reliefcase
cross join (values (1), (3), (6)) m (months)
cross join lateral (select paid_on + 30 * months due_on) due
cross join lateral (select case when due_on < %(today)s - 10 then due_on + 3 end done_on) done
where status in ('handed_over', 'closed')
"""
YEARS = """
insert into relief_fundyear (id, fund_id, year, budget, committed, paid)
select row_number() over (order by extract(year from decided_on)), fund_id,
    extract(year from decided_on), 100000000, sum(amount),
    coalesce(sum(amount) filter (where paid_on is not null), 0)
from relief_reliefcase where amount > 0 group by fund_id, extract(year from decided_on)
"""
LEDGER = """
insert into relief_ledgerentry (fund_year_id, kind, amount, record, note, by_id, "on")
select y.id, kind, amount, 'relief.reliefcase:' || c.id, '', entered_by_id, "on"
from relief_reliefcase c
join relief_fundyear y on y.year = extract(year from c.decided_on)
cross join lateral (values ('commit', decided_on), ('pay', paid_on)) entry (kind, "on")
where amount > 0 and "on" is not null
order by "on", c.id
"""
BATCHES = """
insert into relief_paymentbatch (id, fund_id, made_by_id, made_on, answer_sha256, answered_on)
select row_number() over (order by week), fund_id, min(entered_by_id), week,
    md5(week::text) || md5(week::text), week + 3
from (select fund_id, entered_by_id, date_trunc('week', paid_on)::date week
    from relief_reliefcase where paid_on is not null) paid
group by fund_id, week
"""
# One of two hundred came back from the bank before it was paid.
PAYMENTS = """
insert into relief_payment (case_id, year, kind, method, amount, payee, account, bank, state,
    batch_id, planned_on, paid_on, voucher, failed_why, by_id)
select c.id, extract(year from c.decided_on), 'case', 'bank', c.amount, %(payee)s, %(paid_to)s,
    c.bank, state, b.id, c.decided_on, case when state = 'paid' then c.paid_on end, '',
    case when state = 'failed' then '户名与账号不符' else '' end, c.entered_by_id
from relief_reliefcase c
left join relief_paymentbatch b on b.made_on = date_trunc('week', c.paid_on)::date
cross join lateral (select unnest(case
    when c.paid_on is null then array['waiting']
    when c.id % 200 = 0 then array['failed', 'paid']
    else array['paid'] end) state) s
where c.amount > 0
order by c.decided_on, c.id, state
"""
ADVANCES = """
insert into relief_advance (union_id, case_id, status, amount, why, asked_by_id, asked_on,
    decided_on, paid_on, papers_due_on, updated_at)
select union_id, id, case when status = 'draft' then 'asked' else 'paid' end, 1000, %(why)s,
    entered_by_id, opened_on, opened_on + 1, opened_on + 2, opened_on + 11, now()
from relief_reliefcase where is_emergency
"""
AIDS = """
insert into aid_aid (record, words, union_id, state, "on", amount, person, household, marks)
select 'relief.reliefcase:' || c.id, '应急救助（北京市温暖基金会应急救助）', c.union_id,
    case when status in ('refused', 'withdrawn') then 'void' when paid_on is not null then 'paid'
        when decided_on is not null then 'granted' else 'asked' end,
    coalesce(paid_on, decided_on, submitted_on), amount, m.id_hash, array[m.id_hash], '{}'
from relief_reliefcase c
join relief_householdmember m on m.id = c.beneficiary_id
where submitted_on is not null
"""
HELPED = """
update relief_household set is_helped = true
where id in (select household_id from relief_reliefcase where paid_on is not null)
"""
STEPS = (
    OPEN_FUND, HOUSEHOLDS, MEMBERS, CASES, HELPED, RETURNS, FOLLOW_UPS, YEARS, LEDGER, BATCHES, PAYMENTS,
    ADVANCES, AIDS,
)  # fmt: skip


def make(connection: psycopg.Connection, today: date) -> None:
    """After the people. Without triggers and indexes, as all the rest."""
    terms = Terms.read(
        Row(row.key.removeprefix(FUND), row.value, row.unit, row.valid_from, row.source,
            row.confidence)
        for row in ROWS
        if row.key.startswith(FUND) and row.value is not None
    )  # fmt: skip
    values = {
        "today": today,
        "terms": Jsonb(terms.stored()),
        "number": sealer("relief_householdmember.id_number")(b"110101199001011237"),
        "account": sealer("relief_reliefcase.account")(b"6222000200100123456"),
        "name": sealer("relief_reliefcase.account_name")("王兰".encode()),
        "reason": sealer("relief_reliefcase.reason")("不属于救助范围".encode()),
        "papers": sealer("relief_casereturn.papers")(b'[["settlement", ""]]'),
        "payee": sealer("relief_payment.payee")("王兰".encode()),
        "paid_to": sealer("relief_payment.account")(b"6222000200100123456"),
        "why": sealer("relief_advance.why")("急需手术".encode()),
    }
    for step in STEPS:
        connection.execute(step.replace(" % ", " %% "), values)
