"""Copies what lists filter and search by from the person into the membership.

One index then answers a filter; the beginnings of spellings come back, but only the short ones.
"""

import importlib

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.contrib.postgres.search
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

from wanping_union.names import search_keys


# Rows that the migration before this one keyed have no short beginnings yet.
rewrite = importlib.import_module("members.migrations.0002_keys_as_whole_spellings").rewrite
COPY = """
update members_membership m set sex = p.sex, lacks_card = p.card_hash is null,
    lacks_mobile = p.mobile_hash is null, keys = p.keys || ('U' || m.union_id)
from members_person p where p.id = m.person_id
"""


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0001_initial'),
        ('members', '0002_keys_as_whole_spellings'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='membership',
            name='membership_one_held',
        ),
        migrations.RemoveIndex(
            model_name='membership',
            name='membership_list',
        ),
        migrations.RemoveIndex(
            model_name='membership',
            name='membership_newest',
        ),
        migrations.RemoveIndex(
            model_name='person',
            name='person_keys',
        ),
        migrations.AddField(
            model_name='membership',
            name='keys',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=24), editable=False, null=True, size=None),
        ),
        migrations.AddField(
            model_name='membership',
            name='lacks_card',
            field=models.BooleanField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name='membership',
            name='lacks_mobile',
            field=models.BooleanField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name='membership',
            name='sex',
            field=models.CharField(editable=False, max_length=1, null=True),
        ),
        migrations.RunPython(rewrite(search_keys), migrations.RunPython.noop, elidable=True),
        migrations.RunSQL(COPY, migrations.RunSQL.noop, elidable=True),
        migrations.AddIndex(
            model_name='membership',
            index=models.Index(fields=['union', '-joined_on', '-id', 'is_current', 'status', 'route', 'sex', 'lacks_card', 'lacks_mobile'], name='membership_list'),
        ),
        migrations.AddIndex(
            model_name='membership',
            index=models.Index(fields=['-joined_on', '-id', 'is_current', 'status', 'route', 'sex', 'lacks_card', 'lacks_mobile'], name='membership_newest'),
        ),
        migrations.AddIndex(
            model_name='membership',
            index=models.Index(condition=models.Q(('status', 'active'), _negated=True), fields=['status', '-joined_on', '-id', 'is_current', 'route', 'sex', 'lacks_card', 'lacks_mobile'], name='membership_by_status'),
        ),
        migrations.AddIndex(
            model_name='membership',
            index=django.contrib.postgres.indexes.GinIndex(models.Func(models.F('keys'), function='array_to_tsvector', output_field=django.contrib.postgres.search.SearchVectorField()), name='membership_keys'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='membership',
            trigger=pgtrigger.compiler.Trigger(name='membership_as_listed', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (NEW.keys is null)', func="\nselect p.sex, p.card_hash is null, p.mobile_hash is null, p.keys || ('U' || new.union_id)\ninto new.sex, new.lacks_card, new.lacks_mobile, new.keys\nfrom members_person p where p.id = new.person_id;\nreturn new;\n", hash='5e050d662f7b2bdefa260abd577d2515d7aeeb59', operation='INSERT', pgid='pgtrigger_membership_as_listed_d3c1f', table='members_membership', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='membership',
            trigger=pgtrigger.compiler.Trigger(name='membership_moved', sql=pgtrigger.compiler.UpsertTriggerSql(func="\nselect p.sex, p.card_hash is null, p.mobile_hash is null, p.keys || ('U' || new.union_id)\ninto new.sex, new.lacks_card, new.lacks_mobile, new.keys\nfrom members_person p where p.id = new.person_id;\nreturn new;\n", hash='7336c20bb4c66c783595b56142eea87af725a4c7', operation='UPDATE OF "union_id", "person_id"', pgid='pgtrigger_membership_moved_db843', table='members_membership', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='person',
            trigger=pgtrigger.compiler.Trigger(name='person_as_listed', sql=pgtrigger.compiler.UpsertTriggerSql(func="\nupdate members_membership m set sex = new.sex, lacks_card = new.card_hash is null,\n    lacks_mobile = new.mobile_hash is null, keys = new.keys || ('U' || m.union_id)\nwhere m.person_id = new.id and (\n    old.sex <> new.sex or old.keys <> new.keys\n    or (old.card_hash is null) <> (new.card_hash is null)\n    or (old.mobile_hash is null) <> (new.mobile_hash is null));\nreturn null;\n", hash='2f6ed6743451698754f5218965c2e6844240375d', operation='UPDATE OF "sex", "keys", "card_hash", "mobile_hash"', pgid='pgtrigger_person_as_listed_af0dd', table='members_person', when='AFTER')),
        ),
    ]
