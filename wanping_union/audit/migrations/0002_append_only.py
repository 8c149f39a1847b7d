from django.db import migrations

FORBID = """
create function audit_refuse() returns trigger language plpgsql as
$$ begin raise exception 'audit rows are only ever added'; end $$;
create trigger audit_append_only before update or delete or truncate on audit_act
for each statement execute function audit_refuse();
"""
ALLOW = "drop trigger audit_append_only on audit_act; drop function audit_refuse();"


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]
    operations = [migrations.RunSQL(FORBID, ALLOW)]
