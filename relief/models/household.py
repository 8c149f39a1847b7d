"""One household, one file (一户一档): who lives together, what comes in, what it must spend."""

from decimal import Decimal
from typing import Self

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce, Now
from django.urls import reverse

from members.models import Person
from relief.hardship import CATEGORIES
from relief.rules import Relation
from wanping_union.accounts.models import Union, User
from wanping_union.crypto import EncryptedField, masked_id, masked_mobile
from wanping_union.roles import SEE_RELIEF


class LineKind(models.TextChoices):
    INCOME = "income", "收入"
    RIGID = "rigid", "刚性支出"
    PROPERTY = "property", "财产"


class LineType(models.TextChoices):
    """What a line is of; the rigid ones are those of the 2018 rule."""

    WAGE = "wage", "工资（元/年）"
    PENSION = "pension", "养老金（元/年）"
    SUPPORT = "support", "赡养、抚养、扶养费（元/年）"
    BUSINESS = "business", "经营收入（元/年）"
    OTHER_INCOME = "other_income", "其他收入（元/年）"
    MEDICAL = "medical", "自付医疗费（元/年）"
    SCHOOLING = "schooling", "就学（元/年）"
    CARE = "care", "残疾、长期照护（元/年）"
    WORK = "work", "必需的就业成本（元/年）"
    SAVINGS = "savings", "存款和投资（元）"
    HOME = "home", "住房（套）"
    VEHICLE = "vehicle", "机动车（辆）"


TYPES = {
    LineKind.INCOME: (
        LineType.WAGE, LineType.PENSION, LineType.SUPPORT, LineType.BUSINESS, LineType.OTHER_INCOME,
    ),
    LineKind.RIGID: (LineType.MEDICAL, LineType.SCHOOLING, LineType.CARE, LineType.WORK),
    LineKind.PROPERTY: (LineType.SAVINGS, LineType.HOME, LineType.VEHICLE),
}  # fmt: skip


KEPT = Q(erased_on__isnull=True)
NOT_FILED = Q(filed_on__isnull=True)
ON_LIST = Q(filed_on__isnull=False, delisted_on__isnull=True)
UNHELPED = ON_LIST & Q(is_helped=False)
DELISTED = Q(delisted_on__isnull=False)


class HouseholdQuerySet(models.QuerySet["Household"]):
    def visible_to(self, user: User) -> Self:
        """Files of a union the person acts for, while they are kept."""
        return self.filter(user.scope(SEE_RELIEF), erased_on=None)


class Household(models.Model):
    """A file that all cases of one household share."""

    union = models.ForeignKey(Union, models.PROTECT, related_name="+", verbose_name="所属工会")
    head = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name="职工本人")
    address = EncryptedField("现住址", null=True, blank=True)
    address_hash = models.BinaryField(max_length=16, null=True)
    mobile = EncryptedField("联系电话", null=True, blank=True)
    mobile_hash = models.BinaryField(max_length=16, null=True)
    # 困难职工档案, for households in hardship
    category = models.CharField("困难类别", max_length=20, choices=CATEGORIES, blank=True)
    filed_on = models.DateField("建档日期", null=True, blank=True)
    reviewed_on = models.DateField("最近复核", null=True, blank=True)
    checked_on = models.GeneratedField(
        verbose_name="建档或最近复核",
        expression=Coalesce("reviewed_on", "filed_on"),
        output_field=models.DateField(null=True),
        db_persist=True,
    )
    # A case of theirs is paid or was ended after it; kept by a trigger of the cases.
    is_helped = models.BooleanField(db_default=False, editable=False)
    delisted_on = models.DateField("撤档日期", null=True, blank=True)
    delisted_why = models.CharField("撤档原因", max_length=200, blank=True)
    opened_on = models.DateField("建立日期")
    erased_on = models.DateField("到期删除日期", null=True, blank=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = HouseholdQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="household_filed_has_category",
                condition=Q(filed_on__isnull=True, category="", reviewed_on__isnull=True)
                | Q(filed_on__isnull=False) & ~Q(category=""),
            ),
            models.CheckConstraint(
                name="household_delisted_was_filed",
                condition=Q(delisted_on__isnull=True, delisted_why="")
                | Q(
                    filed_on__isnull=False,
                    delisted_on__isnull=False,
                    delisted_on__gte=F("filed_on"),
                )
                & ~Q(delisted_why=""),
            ),
            models.UniqueConstraint(
                fields=["head"], name="household_once_a_head", condition=Q(erased_on__isnull=True)
            ),
        ]
        indexes = [
            models.Index(fields=["union", "-id"], name="household_by_union"),
            models.Index(fields=["address_hash"], name="household_by_address"),
            models.Index(fields=["mobile_hash"], name="household_by_mobile"),
            # Of every list of files: it is counted without reading a file.
            models.Index(
                name="household_on_list",
                fields=["union", "-id"],
                include=["category"],
                condition=KEPT & ON_LIST,
            ),
            models.Index(
                name="household_to_review",
                fields=["checked_on", "id"],
                include=["union", "category"],
                condition=KEPT & ON_LIST,
            ),
            models.Index(
                name="household_unhelped",
                fields=["union", "-id"],
                include=["category"],
                condition=KEPT & UNHELPED,
            ),
            models.Index(
                name="household_delisted",
                fields=["union", "-id"],
                include=["category"],
                condition=KEPT & DELISTED,
            ),
            models.Index(
                name="household_not_filed",
                fields=["union", "-id"],
                include=["category"],
                condition=KEPT & NOT_FILED,
            ),
        ]

    def __str__(self) -> str:
        return f"家庭档案 {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("relief:file", args=[self.pk])

    @property
    def masked_mobile(self) -> str:
        return masked_mobile(self.mobile)


class HouseholdMember(models.Model):
    """Somebody of the household, its head included."""

    household = models.ForeignKey(Household, models.CASCADE, related_name="members")
    relation = models.CharField("与职工关系", max_length=10, choices=Relation.choices)
    name = models.CharField("姓名", max_length=40)
    id_number = EncryptedField("证件号码")
    id_hash = models.BinaryField(max_length=16)
    born_on = models.DateField("出生日期")
    is_cohabiting = models.BooleanField("共同生活", default=True)
    health = EncryptedField("健康状况", null=True, blank=True)
    work = models.CharField("工作或就学", max_length=80, blank=True)
    left_on = models.DateField("离开日期", null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="household_member_relation_known", condition=Q(relation__in=Relation.values)
            ),
            # A second file with the same person is refused.
            models.UniqueConstraint(
                fields=["id_hash"], name="household_member_once", condition=Q(left_on__isnull=True)
            ),
            models.UniqueConstraint(
                fields=["household"],
                name="household_one_head",
                condition=Q(relation=Relation.SELF, left_on__isnull=True),
            ),
            models.UniqueConstraint(
                fields=["household"],
                name="household_one_spouse",
                condition=Q(relation=Relation.SPOUSE, left_on__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}（{self.get_relation_display()}）"

    @property
    def masked_id_number(self) -> str:
        return masked_id(self.id_number)


class HouseholdLine(models.Model):
    """One income, rigid cost or declared property of one year, of a member or of all together."""

    household = models.ForeignKey(Household, models.CASCADE, related_name="lines")
    member = models.ForeignKey(HouseholdMember, models.CASCADE, null=True, related_name="lines")
    year = models.PositiveSmallIntegerField("年度")
    type = models.CharField("类型", max_length=20, choices=LineType.choices)
    sum = EncryptedField("数额")  # a decimal number as text: family finances stand nowhere in clear
    words = EncryptedField("说明", null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="household_line_type_known", condition=Q(type__in=LineType.values)
            ),
            models.UniqueConstraint(
                fields=["household", "year", "type", "member"],
                name="household_line_once",
                nulls_distinct=False,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.household_id} {self.year} {self.get_type_display()}"

    @property
    def amount(self) -> Decimal:
        """Yuan; for homes and vehicles how many."""
        return Decimal(self.sum)

    @property
    def kind(self) -> LineKind:
        return next(kind for kind, types in TYPES.items() if self.type in types)
