from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0003_own_and_relatives'),
        ('members', '0006_newest_year_in_the_enterprise'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='enterprise',
            index=models.Index(fields=['id', 'union', 'size', 'place', 'industry'], name='enterprise_list'),
        ),
    ]
