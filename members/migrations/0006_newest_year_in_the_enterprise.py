"""Copies size and headcount of the newest year into the enterprise, by which lists filter."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('members', '0005_restricted_in_the_lists_indexes'),
    ]

    operations = [
        migrations.AddField(
            model_name='enterprise',
            name='headcount',
            field=models.PositiveIntegerField(editable=False, null=True, verbose_name='从业人员（人）'),
        ),
        migrations.AddField(
            model_name='enterprise',
            name='size',
            field=models.CharField(choices=[('large', '大型'), ('medium', '中型'), ('small', '小型'), ('micro', '微型'), ('unknown', '待补'), ('not_applicable', '不适用')], db_default='unknown', editable=False, max_length=16, verbose_name='规模'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='enterprise',
            trigger=pgtrigger.compiler.Trigger(name='enterprise_as_listed', sql=pgtrigger.compiler.UpsertTriggerSql(func="\nselect y.headcount, coalesce(nullif(y.size_override, ''), y.size) into new.headcount, new.size\nfrom members_enterpriseyear y where y.enterprise_id = new.id order by y.year desc limit 1;\nnew.size := coalesce(new.size, 'unknown');\nreturn new;\n", hash='607c346dc2732e51e44258a769d8fa3b65056e12', operation='INSERT OR UPDATE OF "headcount", "size"', pgid='pgtrigger_enterprise_as_listed_1f8a9', table='members_enterprise', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='enterpriseyear',
            trigger=pgtrigger.compiler.Trigger(name='year_as_listed', sql=pgtrigger.compiler.UpsertTriggerSql(func='\nupdate members_enterprise set size = size where id in (old.enterprise_id, new.enterprise_id);\nreturn null;\n', hash='d6865644cae91d30251061e6f131fb1a2b3c1674', operation='INSERT OR UPDATE OR DELETE', pgid='pgtrigger_year_as_listed_bed04', table='members_enterpriseyear', when='AFTER')),
        ),
        # The trigger fills both in.
        migrations.RunSQL("update members_enterprise set size = size", migrations.RunSQL.noop, elidable=True),
    ]
