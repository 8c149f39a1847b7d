from django.db import migrations

# The logs that hold what a person's data were, and whom a page showed, end; the acts stay. Whole
# seals go by the time the database itself gave them, none before the three years of 个人信息保护法
# Art. 56, whatever is asked for: the portal's role can shorten no memory.
END = """
create function public.audit_end(log_ text, years integer) returns bigint language plpgsql
security definer set search_path = pg_catalog, pg_temp as $$
declare
    table_ text := case log_ when 'changes' then 'audit_change' when 'looks' then 'audit_look' end;
    ended bigint;
begin
    perform set_config('audit.ending', 'on', true);
    execute format($q$
        delete from public.%1$I e using (
            select lower(r) as first, upper(r) as beyond
            from public.audit_seal s cross join lateral unnest(s.ids) r
            where s.log = $1 and s.at < clock_timestamp() - make_interval(years => greatest($2, 3))
                and s.top >= (select min(id) from public.%1$I)) old
        where e.id >= old.first and e.id < old.beyond$q$, table_) using log_, years;
    get diagnostics ended = row_count;
    perform set_config('audit.ending', 'off', true);
    return ended;
end $$;
revoke all on function public.audit_end(text, integer) from public;
create or replace function public.audit_refuse() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' and tg_table_name in ('audit_change', 'audit_look')
        and current_setting('audit.ending', true) = 'on' then
        return null;  -- only audit_end's owner has the right to delete at all
    end if;
    raise exception 'audit rows are only ever added';
end $$;
"""
NEVER = """
create or replace function public.audit_refuse() returns trigger language plpgsql as
$$ begin raise exception 'audit rows are only ever added'; end $$;
drop function public.audit_end(text, integer);
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0006_seal_fresh")]
    operations = [migrations.RunSQL(END, NEVER)]
