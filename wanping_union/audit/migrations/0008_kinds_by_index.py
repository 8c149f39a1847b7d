from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('audit', '0007_end_of_the_change_log'),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name='act',
            name='act_newest',
        ),
        migrations.AddIndex(
            model_name='act',
            index=models.Index(fields=['-at', '-id', 'union_path', 'name'], name='act_newest', opclasses=['timestamptz_ops', 'int8_ops', 'varchar_pattern_ops', 'varchar_ops']),
        ),
        migrations.AddIndex(
            model_name='act',
            index=models.Index(fields=['name', 'union_path', '-at', '-id'], name='act_by_kind', opclasses=['varchar_ops', 'varchar_pattern_ops', 'timestamptz_ops', 'int8_ops']),
        ),
    ]
