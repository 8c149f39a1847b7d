"""Unions' profiles, enterprises, people and their memberships."""

from datetime import date
from typing import Self

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.urls import reverse

from members.keys import vector
from members.rules import (
    COUNTED,
    HELD,
    LEFT,
    STEPS,
    Education,
    Household,
    IdType,
    Place,
    RetainReason,
    Route,
    Sex,
    Status,
)
from members.sizes import Size
from wanping_union.accounts.models import Union, User
from wanping_union.crypto import EncryptedField, masked_card, masked_id, masked_mobile
from wanping_union.rights.rules import Purpose
from wanping_union.roles import SEE_PEOPLE
from wanping_union.workflow import Record, RecordQuerySet


class UnionProfile(models.Model):
    """What is known of a union beyond its place in the tree. Blank shows 待补."""

    union = models.OneToOneField(Union, models.CASCADE, primary_key=True, related_name="profile")
    org_form = models.CharField("组织形式", max_length=40, blank=True)
    approval_no = models.CharField("批准文号", max_length=60, blank=True)
    approved_by = models.CharField("批准机关", max_length=80, blank=True)
    approved_on = models.DateField("批准日期", null=True, blank=True)
    predecessor = models.ForeignKey(
        Union, models.PROTECT, null=True, blank=True, related_name="successors", verbose_name="前身"
    )
    former_names = models.CharField("曾用名", max_length=200, blank=True)
    chair_name = models.CharField("主席", max_length=40, blank=True)
    term_from = models.DateField("本届任期起", null=True, blank=True)
    term_years = models.PositiveSmallIntegerField("任期（年）", null=True, blank=True)
    address = models.CharField("办公地址", max_length=120, blank=True)
    phone = models.CharField("办公电话", max_length=20, blank=True)
    tile_row = models.PositiveSmallIntegerField(null=True, blank=True)
    tile_column = models.PositiveSmallIntegerField(null=True, blank=True)

    class Meta:
        constraints = [
            # 北京市实施《工会法》办法 Art. 13: basic committees 3 or 5 years, local federations 5.
            models.CheckConstraint(
                name="profile_term_is_3_or_5",
                condition=Q(term_years__isnull=True) | Q(term_years__in=(3, 5)),
            ),
            models.UniqueConstraint(
                fields=["tile_row", "tile_column"], name="profile_one_union_a_tile"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.union} 资料"

    @property
    def term_ends_on(self) -> date | None:
        """The same-number day term_years later, or the month's last (U-03)."""
        if self.term_from is None or self.term_years is None:
            return None
        year = self.term_from.year + self.term_years
        leap_day = (self.term_from.month, self.term_from.day) == (2, 29)
        return self.term_from.replace(year=year, day=28 if leap_day else self.term_from.day)


ENTERPRISE_AS_LISTED = """
select y.headcount, coalesce(nullif(y.size_override, ''), y.size) into new.headcount, new.size
from members_enterpriseyear y where y.enterprise_id = new.id order by y.year desc limit 1;
new.size := coalesce(new.size, 'unknown');
return new;
"""
# The enterprise's own trigger then copies what the newest year says.
YEAR_AS_LISTED = """
update members_enterprise set size = size where id in (old.enterprise_id, new.enterprise_id);
return null;
"""


def _update_of(*columns: str) -> pgtrigger.UpdateOf:
    return pgtrigger.UpdateOf(*columns)  # type: ignore[no-untyped-call]  # its arguments have none


class EnterpriseQuerySet(models.QuerySet["Enterprise"]):
    def visible_to(self, user: User, within: Union | None = None) -> Self:
        """within: only of this union and those below it."""
        return self.filter(user.scope(SEE_PEOPLE, within))

    def covered_at(self, day: date) -> Self:
        """Inside the area on that day and covered by a union."""
        inside = Q(place=Place.INSIDE) | Q(place=Place.RELOCATED, relocated_on__gt=day)
        return self.filter(inside, covered_from__lte=day)


class Enterprise(models.Model):
    """An employer. One joint union covers many, an independent union one."""

    union = models.ForeignKey(
        Union, models.PROTECT, related_name="enterprises", verbose_name="所属工会"
    )
    name = models.CharField("名称", max_length=120)
    # Unknown is null, or two enterprises without a code would collide.
    uscc = models.CharField(  # noqa: DJ001
        "统一社会信用代码", max_length=18, unique=True, null=True
    )
    industry_code = models.CharField("行业代码", max_length=8, blank=True)  # GB/T 4754-2017
    industry = models.CharField("行业", max_length=40, blank=True)
    place = models.CharField("位置", max_length=10, choices=Place.choices, default=Place.INSIDE)
    relocated_on = models.DateField("外迁日期", null=True, blank=True)
    covered_from = models.DateField("工会覆盖起", null=True, blank=True)  # blank: no union yet
    address = models.CharField("地址", max_length=120, blank=True)
    keys = ArrayField(models.CharField(max_length=24), default=list)  # names.search_keys(name)
    # Of the newest year, copied by triggers; unknown without one.
    headcount = models.PositiveIntegerField("从业人员（人）", null=True, editable=False)
    size = models.CharField(
        "规模", max_length=16, choices=Size.choices, db_default=Size.UNKNOWN.value, editable=False
    )
    updated_at = models.DateTimeField(auto_now=True)

    objects = EnterpriseQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="enterprise_place_known", condition=Q(place__in=Place.values)
            ),
            models.CheckConstraint(
                name="enterprise_relocated_has_date",
                condition=Q(place=Place.RELOCATED, relocated_on__isnull=False)
                | ~Q(place=Place.RELOCATED) & Q(relocated_on__isnull=True),
            ),
        ]
        indexes = [
            models.Index(fields=["union", "name"], name="enterprise_by_union"),
            # Order of the ledger, then every filter: as with people, none leaves the index.
            models.Index(
                fields=["id", "union", "size", "place", "industry"], name="enterprise_list"
            ),
            GinIndex(vector(), name="enterprise_keys"),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="enterprise_as_listed",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | _update_of("headcount", "size"),
                func=ENTERPRISE_AS_LISTED,
            )
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("members:enterprise", args=[self.pk])


class EnterpriseYear(models.Model):
    """What an enterprise reported for one year. Blank is unknown, never zero."""

    enterprise = models.ForeignKey(
        Enterprise, models.CASCADE, related_name="years", db_index=False
    )  # enterprise_year_once serves
    year = models.PositiveSmallIntegerField("年度")
    headcount = models.PositiveIntegerField("从业人员（人）", null=True, blank=True)
    revenue = models.DecimalField(
        "营业收入（万元）", max_digits=14, decimal_places=2, null=True, blank=True
    )
    assets = models.DecimalField(
        "资产总额（万元）", max_digits=14, decimal_places=2, null=True, blank=True
    )
    size = models.CharField("规模", max_length=16, choices=Size.choices)  # sizes.classify
    size_override = models.CharField(
        "人工认定规模", max_length=16, choices=Size.choices, blank=True
    )
    override_evidence = models.CharField("认定依据", max_length=200, blank=True)
    override_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            # With the headcount, which the figures look up year by year.
            models.UniqueConstraint(
                fields=["enterprise", "year"], include=["headcount"], name="enterprise_year_once"
            ),
            models.CheckConstraint(
                name="enterprise_year_size_known", condition=Q(size__in=Size.values)
            ),
            models.CheckConstraint(
                name="enterprise_year_not_negative",
                condition=(Q(revenue__isnull=True) | Q(revenue__gte=0))
                & (Q(assets__isnull=True) | Q(assets__gte=0)),
            ),
            models.CheckConstraint(
                name="enterprise_year_override_has_evidence",
                condition=Q(size_override="")
                | Q(size_override__in=Size.values, override_by__isnull=False)
                & ~Q(override_evidence=""),
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="year_as_listed",
                when=pgtrigger.After,
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
                func=YEAR_AS_LISTED,
            )
        ]

    def __str__(self) -> str:
        return f"{self.enterprise} {self.year}"

    @property
    def size_shown(self) -> Size:
        return Size(self.size_override or self.size)


TOLD = f"""exists (select from rights_consent c where c.subject = {{}}
    and c.purpose = '{Purpose.MEMBERSHIP}' and c.withdrawn_on is null)"""
PERSON_AS_LISTED = f"""
update members_membership m set sex = new.sex, lacks_card = new.card_hash is null,
    lacks_mobile = new.mobile_hash is null, keys = new.keys || ('U' || m.union_id),
    is_told = {TOLD.format("new.id_hash")}
where m.person_id = new.id and (
    old.sex <> new.sex or old.keys <> new.keys or old.id_hash <> new.id_hash
    or (old.card_hash is null) <> (new.card_hash is null)
    or (old.mobile_hash is null) <> (new.mobile_hash is null));
return null;
"""
MEMBERSHIP_AS_LISTED = f"""
select p.sex, p.card_hash is null, p.mobile_hash is null, p.keys || ('U' || new.union_id),
    {TOLD.format("p.id_hash")}
into new.sex, new.lacks_card, new.lacks_mobile, new.keys, new.is_told
from members_person p where p.id = new.person_id;
return new;
"""


class PersonQuerySet(models.QuerySet["Person"]):
    def visible_to(self, user: User) -> Self:
        """People whose present (or last) membership is in a union the person acts for."""
        mine = Membership.objects.filter(
            person=models.OuterRef("pk"), is_current=True, union__among=user.union_ids(SEE_PEOPLE)
        )
        return self.filter(models.Exists(mine))


class Person(models.Model):
    """A person in the member register. Purposes of each field: wanping_union/privacy.py."""

    name = models.CharField("姓名", max_length=40)
    sex = models.CharField("性别", max_length=1, choices=Sex.choices)
    born_on = models.DateField("出生日期")
    id_type = models.CharField(
        "证件类型", max_length=20, choices=IdType.choices, default=IdType.RESIDENT_ID
    )
    id_number = EncryptedField("证件号码")
    id_hash = models.BinaryField(max_length=16, unique=True)
    mobile = EncryptedField("手机号码", null=True, blank=True)
    mobile_hash = models.BinaryField(max_length=16, null=True)
    mobile_tail = models.CharField(max_length=4, blank=True)
    card = EncryptedField("京卡卡号", null=True, blank=True)
    card_hash = models.BinaryField(max_length=16, null=True, unique=True)
    ethnicity = models.CharField("民族", max_length=20, blank=True)
    education = models.CharField("学历", max_length=10, choices=Education.choices, blank=True)
    household = models.CharField("户籍类型", max_length=10, choices=Household.choices, blank=True)
    keys = ArrayField(models.CharField(max_length=24), default=list)  # names.search_keys(name)
    erased_on = models.DateField("删除日期", null=True)
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(auto_now=True)

    objects = PersonQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(name="person_sex_known", condition=Q(sex__in=Sex.values)),
            models.CheckConstraint(
                name="person_id_type_known", condition=Q(id_type__in=IdType.values)
            ),
        ]
        indexes = [
            models.Index(fields=["mobile_tail"], name="person_mobile_tail"),
            models.Index(fields=["mobile_hash"], name="person_mobile"),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="person_as_listed",
                when=pgtrigger.After,
                operation=_update_of("sex", "keys", "id_hash", "card_hash", "mobile_hash"),
                func=PERSON_AS_LISTED,
            )
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("members:person", args=[self.pk])

    @property
    def masked_id_number(self) -> str:
        return masked_id(self.id_number)

    @property
    def masked_mobile(self) -> str:
        return masked_mobile(self.mobile)

    @property
    def masked_card(self) -> str:
        return masked_card(self.card)


# Order of the lists, then every filter: trailing columns are checked without leaving the index.
LISTED = (
    "-joined_on", "-id", "is_current", "status", "route", "sex", "lacks_card", "lacks_mobile",
    "restricted_on",
)  # fmt: skip
WITHOUT_STATUS = [name for name in LISTED if name != "status"]
INCOMPLETE = Q(lacks_mobile=True) | Q(route="")


class MembershipQuerySet(RecordQuerySet):
    def counted_at(self, day: date) -> Self:
        """Active or in transfer at the end of that day."""
        held = Standing.objects.filter(
            Q(until_on__isnull=True) | Q(until_on__gt=day),
            membership=models.OuterRef("pk"),
            status__in=COUNTED,
            from_on__lte=day,
        )
        return self.filter(models.Exists(held))

    def joined_between(self, start: date, end: date) -> Self:
        """Approved within the period, both dates inclusive; later leavers included."""
        return self.filter(joined_on__range=(start, end), is_transfer_in=False)


class Membership(Record):
    """A person belongs to one union. Its history of statuses is in Standing.

    What lists filter and search by stands here too, copied from the person by triggers: an index
    holds columns of one table, and at a million people a filter must not leave its index.
    """

    union = models.ForeignKey(
        Union, models.PROTECT, related_name="+", verbose_name="所属工会", db_index=False
    )  # membership_list serves
    person = models.ForeignKey(Person, models.PROTECT, related_name="memberships")
    enterprise = models.ForeignKey(
        Enterprise,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="memberships",
        verbose_name="工作单位",
    )
    status = models.CharField(
        "会籍状态", max_length=20, choices=Status.choices, default=Status.ACTIVE
    )
    joined_on = models.DateField("入会日期")  # the committee's approval
    route = models.CharField("入会途径", max_length=20, choices=Route.choices, blank=True)
    is_transfer_in = models.BooleanField(default=False)
    occupation = models.CharField("工种", max_length=40, blank=True)
    remark = models.CharField("备注", max_length=200, blank=True)
    is_current = models.BooleanField(default=True)  # the person's last membership
    sex = models.CharField(max_length=1, null=True, editable=False)  # noqa: DJ001  # null: copy it
    lacks_card = models.BooleanField(null=True, editable=False)
    lacks_mobile = models.BooleanField(null=True, editable=False)
    # Has agreed to the notice of membership; copied from rights_consent (migration 0015).
    is_told = models.BooleanField(db_default=False, editable=False)
    # names.search_keys(name) and keys.of_union(union)
    keys = ArrayField(models.CharField(max_length=24), null=True, editable=False)
    # Since then kept only, not used: PIPL Art. 47. Counts stay true, lists leave it out.
    restricted_on = models.DateField("限制处理起", null=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="membership_status_known", condition=Q(status__in=Status.values)
            ),
            models.CheckConstraint(
                name="membership_route_known", condition=Q(route="") | Q(route__in=Route.values)
            ),
            # 会籍管理办法 (2016) Art. 3: one entry, a moving file. One current membership means
            # one held, because a held one is current.
            models.UniqueConstraint(
                fields=["person"], name="membership_one_current", condition=Q(is_current=True)
            ),
            models.CheckConstraint(
                name="membership_held_is_current",
                condition=Q(status__in=LEFT) | Q(is_current=True),
            ),
        ]
        indexes = [
            # The report counts joiners by it and by the next, months and years of them.
            models.Index(
                fields=["union", *LISTED],
                include=["is_transfer_in", "enterprise"],
                name="membership_list",
            ),
            # Of many unions: the rows of others are passed over within the index.
            models.Index(
                fields=[*LISTED, "union"],
                include=["is_transfer_in", "enterprise"],
                name="membership_newest",
            ),
            # What is rare has lists of its own, else a page of it reads 20,000 entries: by union
            # for counts and the pages of one, by date for the pages of many.
            models.Index(
                fields=["union", "status", *WITHOUT_STATUS],
                name="membership_union_status",
                condition=~Q(status=Status.ACTIVE),
            ),
            models.Index(
                fields=["status", *WITHOUT_STATUS, "union"],
                name="membership_by_status",
                condition=~Q(status=Status.ACTIVE),
            ),
            models.Index(
                fields=["union", *LISTED], name="membership_incomplete", condition=INCOMPLETE
            ),
            models.Index(
                fields=[*LISTED, "union"],
                name="membership_incomplete_newest",
                condition=INCOMPLETE,
            ),
            # Nobody has a card at first: one such index is what an import can bear.
            models.Index(
                fields=[*LISTED, "union"],
                name="membership_cardless_newest",
                condition=Q(lacks_card=True),
            ),
            # A union's members today: 7 MB of a million, for the home page and the grid.
            models.Index(fields=["union", "status", "sex"], name="membership_counted"),
            models.Index(
                fields=["-restricted_on", "-id"],
                name="membership_restricted",
                condition=Q(restricted_on__isnull=False),
            ),
            # By key: an import, which adds many, adds them at one place.
            models.Index(
                fields=["union", "id"],
                name="membership_untold",
                condition=Q(is_told=False, status__in=HELD, restricted_on=None),
            ),
            GinIndex(vector(), name="membership_keys"),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="membership_as_listed",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                condition=pgtrigger.Condition("NEW.keys is null"),  # an import brings them
                func=MEMBERSHIP_AS_LISTED,
            ),
            pgtrigger.Trigger(
                name="membership_moved",
                when=pgtrigger.Before,
                operation=_update_of("union_id", "person_id"),
                func=MEMBERSHIP_AS_LISTED,
            ),
            pgtrigger.FSM(
                name="membership_steps",
                field="status",
                transitions=[(str(s), str(t.target)) for t in STEPS for s in t.sources],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person}（{self.union}）"

    def get_absolute_url(self) -> str:
        return self.person.get_absolute_url()


class Standing(models.Model):
    """One stretch of one status. The present one has no end."""

    membership = models.ForeignKey(
        Membership, models.CASCADE, related_name="standings", db_index=False
    )  # standing_by_membership serves
    status = models.CharField("状态", max_length=20, choices=Status.choices)
    from_on = models.DateField("自")
    until_on = models.DateField("至", null=True)  # first day of the next status
    reason = models.CharField("原因", max_length=20, choices=RetainReason.choices, blank=True)
    note = models.CharField("说明", max_length=200, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="standing_status_known", condition=Q(status__in=Status.values)
            ),
            models.CheckConstraint(
                name="standing_until_after_from",
                condition=Q(until_on__isnull=True) | Q(until_on__gt=F("from_on")),
            ),
            models.UniqueConstraint(
                fields=["membership"], name="standing_one_open", condition=Q(until_on__isnull=True)
            ),
            models.CheckConstraint(
                name="standing_retained_has_reason",
                condition=~Q(status=Status.RETAINED) | ~Q(reason=""),
            ),
        ]
        indexes = [
            models.Index(fields=["membership", "from_on"], name="standing_by_membership"),
            # Who has moved on since a day: one in twelve, and no new member is among them.
            models.Index(
                fields=["until_on", "from_on"],
                name="standing_ended",
                condition=Q(until_on__isnull=False),
            ),
            # Few were ever anything but active, and no new member is among them.
            models.Index(
                fields=["membership", "status", "from_on", "until_on"],
                name="standing_aside",
                condition=~Q(status=Status.ACTIVE),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.membership} {self.status} {self.from_on}"


class SavedView(models.Model):
    """A list's filters under a name a person gave them."""

    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    page = models.CharField(max_length=20)  # "people", "enterprises"
    name = models.CharField("名称", max_length=20)
    query = models.CharField(max_length=400)  # never holds the search text: it may be a name

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "page", "name"], name="saved_view_once")
        ]

    def __str__(self) -> str:
        return self.name
