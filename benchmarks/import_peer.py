"""django-import-export on a plain model: as it comes, and tuned for rows it has seen before.

Tuned: bulk, no HTML of a diff, cached instances and keys, and widgets of its own, without which
skip_unchanged finds every row changed.
"""

from pathlib import Path

from django.db import models
from import_export.fields import Field
from import_export.instance_loaders import CachedInstanceLoader
from import_export.resources import ModelResource
from import_export.widgets import (
    CachedForeignKeyWidget,
    CharWidget,
    DateWidget,
    ForeignKeyWidget,
)
from tablib import Dataset

from wanping_union.accounts.models import Union


class Member(models.Model):
    name = models.CharField(max_length=40)
    sex = models.CharField(max_length=1)
    id_number = models.CharField(max_length=18, unique=True)
    born_on = models.DateField()
    ethnicity = models.CharField(max_length=20)
    education = models.CharField(max_length=20)
    mobile = models.CharField(max_length=11)
    union = models.ForeignKey(Union, models.PROTECT, related_name="+")
    enterprise = models.CharField(max_length=120)
    occupation = models.CharField(max_length=40)
    household = models.CharField(max_length=10)
    joined_on = models.DateField()
    route = models.CharField(max_length=20)
    remark = models.CharField(max_length=200, blank=True)

    class Meta:
        app_label = "members"
        db_table = "bench_member"

    def __str__(self):
        return self.name


class Members(ModelResource):
    union = Field("union", "union", ForeignKeyWidget(Union, "name"))

    class Meta:
        model = Member
        import_id_fields = ("id_number",)


class Day(DateWidget):
    def clean(self, value, row=None, **kwargs):
        return value.date() if hasattr(value, "date") else super().clean(value, row, **kwargs)


class Text(CharWidget):
    def clean(self, value, row=None, **kwargs):
        return "" if value is None else super().clean(value, row, **kwargs)


class Tuned(ModelResource):
    union = Field("union", "union", CachedForeignKeyWidget(Union, "name"))
    born_on = Field("born_on", "born_on", Day())
    joined_on = Field("joined_on", "joined_on", Day())
    remark = Field("remark", "remark", Text())

    class Meta:
        model = Member
        import_id_fields = ("id_number",)
        exclude = ("id",)
        use_bulk = True
        batch_size = 1000
        skip_html_diff = True  # with skip_diff it would never skip a row
        skip_unchanged = True
        report_skipped = False
        instance_loader_class = CachedInstanceLoader


def _rows(file: Path) -> Dataset:
    data = Dataset().load(file.read_bytes(), format="xlsx")
    data.headers = [field.name for field in Member._meta.fields if field.name != "id"]
    return data


def first(file: Path) -> int:
    return Members().import_data(_rows(file), raise_errors=True).total_rows


def again(file: Path) -> int:
    data = _rows(file)
    result = Tuned().import_data(data, raise_errors=True)
    assert result.totals["new"] == result.totals["update"] == 0, result.totals
    return len(data)
