"""Money and benefits that people received or asked for, whichever app knows of them.

Written by relief, mutual aid and service projects; read by whoever looks for duplicate aid.
"""

from collections.abc import Collection
from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q

from wanping_union.accounts.models import Union


class State(models.TextChoices):
    ASKED = "asked", "申请中"
    GRANTED = "granted", "已批准"
    PAID = "paid", "已发放"
    VOID = "void", "未获批准"


class AidQuerySet(models.QuerySet["Aid"]):
    def alike(self, *, household: Collection[bytes], marks: Collection[bytes]) -> Self:
        """Those that concern one of these people, or share an account, phone, address or paper."""
        return self.filter(Q(household__overlap=list(household)) | Q(marks__overlap=list(marks)))


class Aid(models.Model):
    """One aid. Who it is for and who lives with them is known by keyed hashes."""

    record = models.CharField(max_length=60, unique=True)  # as the audit names it
    words = models.CharField("事项", max_length=80)  # 应急救助（北京市温暖基金会应急救助）
    union = models.ForeignKey(Union, models.PROTECT, related_name="+", verbose_name="经办工会")
    state = models.CharField("状态", max_length=10, choices=State.choices)
    on = models.DateField("日期")
    amount = models.DecimalField("金额（元）", max_digits=12, decimal_places=2, null=True)
    person = models.BinaryField(max_length=16)  # hash of the ID number
    household = ArrayField(models.BinaryField(max_length=16), default=list)  # the person included
    marks = ArrayField(models.BinaryField(max_length=17), default=list)  # see marks.py

    objects = AidQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(name="aid_state_known", condition=Q(state__in=State.values)),
            models.CheckConstraint(
                name="aid_not_negative", condition=Q(amount__isnull=True) | Q(amount__gte=0)
            ),
        ]
        indexes = [
            GinIndex(fields=["household"], name="aid_household"),
            GinIndex(fields=["marks"], name="aid_marks"),
        ]

    def __str__(self) -> str:
        return f"{self.words} {self.on}"
