"""Dated values that law and notices set: editable rows with source and confidence, never code."""

from datetime import date
from typing import Self

from django.db import models
from django.db.models import F, Q


class Confidence(models.TextChoices):
    HIGH = "H", "已核实"
    MEDIUM = "M", "单一来源"
    LOW = "L", "待核实"


class ReferenceValueQuerySet(models.QuerySet["ReferenceValue"]):
    def valid_at(self, day: date) -> Self:
        return self.filter(valid_from__lte=day).filter(
            Q(valid_to__isnull=True) | Q(valid_to__gte=day)
        )


class ReferenceValue(models.Model):
    """One value over one period. A new document is a new row, not an edit."""

    key = models.CharField("代码", max_length=80)
    label = models.CharField("名称", max_length=120)
    value = models.DecimalField("数值", max_digits=14, decimal_places=4, null=True, blank=True)
    text = models.CharField("文字", max_length=500, blank=True)
    unit = models.CharField("单位", max_length=40, blank=True)
    valid_from = models.DateField("有效期起")
    valid_to = models.DateField("有效期止", null=True, blank=True)
    source = models.CharField("来源", max_length=300)
    confidence = models.CharField("可信程度", max_length=1, choices=Confidence.choices)
    note = models.CharField("备注", max_length=500, blank=True)

    objects = ReferenceValueQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["key", "valid_from"], name="reference_once"),
            models.CheckConstraint(
                name="reference_confidence_known", condition=Q(confidence__in=Confidence.values)
            ),
            models.CheckConstraint(
                name="reference_says_something", condition=Q(value__isnull=False) | ~Q(text="")
            ),
            models.CheckConstraint(
                name="reference_valid_to_after_from",
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.label}（{self.valid_from} 起）"


class Holiday(models.Model):
    """A day off, or a weekend worked instead, as a year's notice of the State Council says."""

    day = models.DateField("日期", primary_key=True)
    is_rest = models.BooleanField("放假")
    name = models.CharField("节日", max_length=20, blank=True)
    source = models.CharField("来源", max_length=300)

    def __str__(self) -> str:
        return f"{self.day} {self.name}"
