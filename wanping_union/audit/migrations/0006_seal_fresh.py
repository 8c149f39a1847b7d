from django.db import migrations

# A transaction with a snapshot of its own would seal behind what others sealed meanwhile: twice
# the same rows, and a chain with two ends.
FRESH = """
create function public.audit_seal_fresh() returns trigger language plpgsql
set search_path = pg_catalog, pg_temp as $$
begin
    if current_setting('transaction_isolation') <> 'read committed' then
        raise exception 'logs are sealed in read committed alone';
    end if;
    return null;
end $$;
create trigger audit_seal_fresh before insert on audit_seal
    for each statement execute function audit_seal_fresh();
"""
STALE = """
drop trigger audit_seal_fresh on audit_seal;
drop function public.audit_seal_fresh();
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0005_change_order")]
    operations = [migrations.RunSQL(FRESH, STALE)]
