from django.db import migrations

# What of each log is sealed: every column. One added later must leave the hashes of old rows as
# they are, so it joins the row only where it is not null.
LOGS = """(values
    ('acts', 'audit_act', 'e.id, e.at, e."on", e.by_id, e.by_name, e.channel, e.request_id, e.name,
        e.label, e.record, e.record_words, e.union_path, e.changed, e.note'),
    ('changes', 'audit_change', 'e.id, e.at, e.actor, e.request_id, e.db_user, e.op, e.tbl, e.pk,
        e.diff'),
    ('looks', 'audit_look', 'e.id, e.at, e.by_id, e.by_name, e.channel, e.request_id, e.page,
        e.model, e.ids, e.fields, e.reason'))"""
# offset 0: a range at a time by the primary key, whatever the planner believes it holds.
ROWS = """cross join lateral (
    select e.id, e.at, sha256(convert_to(row(%2$s)::text, 'UTF8')) as hash from public.%1$I e
    where e.id >= lower(r) and e.id < coalesce(upper(r), 9223372036854775807) offset 0) e"""
ROOT = "coalesce(sha256(string_agg(e.hash, '' order by e.id)), sha256('')) as root"
SETTINGS = "set search_path = pg_catalog, pg_temp set timezone = 'UTC' set datestyle = 'ISO, YMD'"
PROBE = "set enable_seqscan = off set enable_bitmapscan = off"

SEAL = f"""
create function public.audit_seal_now(whole boolean) returns bigint language plpgsql
security definer {SETTINGS} {PROBE} as $$
declare
    moment timestamptz;
    log_ text; table_ text; columns_ text;
    window_ record;
    open_ int8multirange;  -- ids that no seal holds: of rows still to come, or rolled back
    rows_ record;
    last bytea;
    sealed bigint := 0;
begin
    perform pg_advisory_xact_lock(hashtext('audit_seal'));
    moment := clock_timestamp();
    for log_, table_, columns_ in select * from {LOGS} as logs loop
        select coalesce(max(id), 0) as seal, coalesce(max(top), 0) as top into window_ from (
            select id, top from public.audit_seal
            where log = log_ and not whole order by id desc offset 2000 limit 1) earlier;
        select int8multirange(int8range(window_.top, null, '()'))
            - coalesce(range_agg(ids), '{{}}') into open_
        from public.audit_seal where log = log_ and id > window_.seal;
        execute format($q$
            select coalesce(range_agg(int8range(e.id, e.id, '[]')), '{{}}') as ids, count(*) as n,
                max(e.id) as top, {ROOT}
            from unnest($1) r {ROWS}$q$, table_, columns_)
        into rows_ using open_;
        if rows_.n = 0 and (log_ <> 'acts' or exists (
            select from public.audit_seal where at > moment - interval '30 min')) then
            continue;  -- an empty seal every half hour says that the sealer was there
        end if;
        select chain into last from public.audit_seal order by id desc limit 1;
        last := coalesce(last, '');
        insert into public.audit_seal (at, log, ids, n, top, root, prev, chain)
        values (moment, log_, rows_.ids, rows_.n,
            greatest(rows_.top, (select top from public.audit_seal
                where log = log_ order by id desc limit 1), 0),
            rows_.root, last, public.audit_chain(last, rows_.root, log_, rows_.ids, rows_.n, moment));
        sealed := sealed + rows_.n;
    end loop;
    return sealed;
end $$;
"""
CHAIN = """
create function public.audit_chain(
    prev bytea, root bytea, log text, ids int8multirange, n bigint, at timestamptz
) returns bytea language sql immutable as $$
    select sha256(prev || root || convert_to(concat_ws('|', log, ids, n,
        (extract(epoch from at) * 1000000)::bigint), 'UTF8'))
$$;
"""
# One row a seal: what its rows hash to now, and the time the oldest of them gives.
CHECK = f"""
create function public.audit_check(log_ text)
returns table (seal bigint, found bigint, root bytea, oldest timestamptz) language plpgsql stable
{SETTINGS} {PROBE} as $$
declare
    table_ text; columns_ text;
begin
    select name, columns into table_, columns_
    from {LOGS} as logs (log, name, columns) where log = log_;
    return query execute format($q$
        select s.id, q.n, q.root, q.oldest from public.audit_seal s cross join lateral (
            select count(*) as n, {ROOT}, min(e.at) as oldest from unnest(s.ids) r {ROWS}) q
        where s.log = $1 order by s.id$q$, table_, columns_) using log_;
end $$;
"""
REVOKE = """
revoke all on function public.audit_seal_now(boolean) from public;
"""
DROP = """
drop function public.audit_check(text);
drop function public.audit_seal_now(boolean);
drop function public.audit_chain(bytea, bytea, text, int8multirange, bigint, timestamptz);
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0003_changes_looks_seals")]
    operations = [migrations.RunSQL(CHAIN + SEAL + CHECK + REVOKE, DROP)]
