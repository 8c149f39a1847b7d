"""What is arranged for a case beyond its steps: 转介 to who can help, 会商 on what is hard."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from relief.models.case import ReliefCase
from relief.rules import Outcome, Receiver
from wanping_union.accounts.models import User
from wanping_union.crypto import EncryptedField


class Referral(models.Model):
    """转介单: a need that relief cannot meet, handed to whoever can."""

    case = models.ForeignKey(ReliefCase, models.CASCADE, related_name="referrals")
    to = models.CharField("转给", max_length=10, choices=Receiver.choices)
    office = models.CharField("接收单位", max_length=60)
    need = EncryptedField("需要帮助的事项和原因")
    agreed_on = models.DateField("本人同意日期")
    on = models.DateField("转介日期")
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    outcome = models.CharField("结果", max_length=20, choices=Outcome.choices, blank=True)
    outcome_words = EncryptedField("结果说明", null=True, blank=True)
    outcome_on = models.DateField("结果日期", null=True)
    outcome_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(name="referral_to_known", condition=Q(to__in=Receiver.values)),
            models.CheckConstraint(
                name="referral_agreed_before", condition=Q(agreed_on__lte=F("on"))
            ),
            models.CheckConstraint(
                name="referral_outcome_by_somebody",
                condition=Q(
                    outcome="", outcome_words__isnull=True, outcome_on=None, outcome_by=None
                )
                | Q(
                    outcome__in=Outcome.values,
                    outcome_words__isnull=False,
                    outcome_on__gte=F("on"),
                    outcome_by__isnull=False,
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case} {self.on}"

    @property
    def is_open(self) -> bool:
        return self.outcome in ("", Outcome.ACCEPTED)


class Conference(models.Model):
    """会商纪要: who sat together on a large or contested case, and what they concluded."""

    case = models.ForeignKey(ReliefCase, models.CASCADE, related_name="conferences")
    on = models.DateField("会商日期")
    place = models.CharField("地点", max_length=60)
    people = ArrayField(models.CharField(max_length=50), verbose_name="参加人")
    opinions = EncryptedField("各方意见")
    conclusion = EncryptedField("会商结论")
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="记录人")

    class Meta:
        constraints = [
            models.CheckConstraint(name="conference_of_several", condition=Q(people__len__gte=2))
        ]

    def __str__(self) -> str:
        return f"{self.case} {self.on}"
