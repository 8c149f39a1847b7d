"""What applicants for relief and their families are told and agree to."""

from django.db import migrations

from wanping_union.rights.first_notices import RELIEF_NOTICES, VALID_FROM


def add(apps, schema_editor):
    notices = apps.get_model("rights", "Notice").objects.using(schema_editor.connection.alias)
    for purpose, title, text in RELIEF_NOTICES:
        notices.create(purpose=purpose, version=1, title=title, text=text, valid_from=VALID_FROM)


class Migration(migrations.Migration):
    dependencies = [("rights", "0004_relief_purposes")]
    operations = [migrations.RunPython(add, migrations.RunPython.noop, elidable=True)]
