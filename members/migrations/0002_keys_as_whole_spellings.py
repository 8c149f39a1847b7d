"""Whole spellings under a tsvector instead of every prefix in an array: a third of the writing."""

from collections.abc import Callable, Iterator

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import migrations, models

from wanping_union.names import grams, search_keys, spellings

BATCH = 5000
VECTOR = models.Func(
    models.F("keys"), function="array_to_tsvector", output_field=SearchVectorField()
)
INDEXES = (("enterprise", "enterprise_keys"), ("person", "person_keys"))


def with_prefixes(name: str) -> list[str]:
    """The keys as they were before."""
    prefixes = {word[:n] for word in spellings(name) for n in range(2, len(word) + 1)}
    return [*grams(name), *sorted(prefixes)]


def rewrite(keys: Callable[[str], list[str]]) -> Callable[..., None]:
    def run(apps, editor) -> None:
        for model, _ in INDEXES:
            rows = apps.get_model("members", model).objects.using(editor.connection.alias)
            for batch in batches(rows):
                for row in batch:
                    row.keys = keys(row.name)
                rows.bulk_update(batch, ["keys"], batch_size=500)

    return run


def batches(rows) -> Iterator[list]:
    last = 0
    while batch := list(rows.filter(pk__gt=last).only("pk", "name").order_by("pk")[:BATCH]):
        yield batch
        last = batch[-1].pk


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("members", "0001_initial"),
    ]

    operations = [
        *(migrations.RemoveIndex(model_name=model, name=name) for model, name in INDEXES),
        migrations.RunPython(rewrite(search_keys), rewrite(with_prefixes), elidable=True),
        *(
            migrations.AddIndex(model_name=model, index=GinIndex(VECTOR, name=name))
            for model, name in INDEXES
        ),
    ]
