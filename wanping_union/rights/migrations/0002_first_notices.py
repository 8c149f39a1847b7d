"""The notices the portal starts with, so that nobody is registered untold."""

from django.db import migrations

from wanping_union.rights.first_notices import NOTICES, VALID_FROM


def add(apps, schema_editor):
    notices = apps.get_model("rights", "Notice").objects.using(schema_editor.connection.alias)
    for purpose, title, text in NOTICES:
        notices.create(purpose=purpose, version=1, title=title, text=text, valid_from=VALID_FROM)


class Migration(migrations.Migration):
    dependencies = [("rights", "0001_consents_and_requests")]
    operations = [migrations.RunPython(add, migrations.RunPython.noop, elidable=True)]
