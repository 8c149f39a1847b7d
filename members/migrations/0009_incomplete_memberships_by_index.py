from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0003_own_and_relatives'),
        ('members', '0008_unions_in_the_lists_indexes'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='membership',
            index=models.Index(condition=models.Q(('lacks_mobile', True), ('route', ''), _connector='OR'), fields=['union', '-joined_on', '-id', 'is_current', 'status', 'route', 'sex', 'lacks_card', 'lacks_mobile', 'restricted_on'], name='membership_incomplete'),
        ),
    ]
