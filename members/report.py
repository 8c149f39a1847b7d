"""The figures of section 1 of the monthly report. Meanings: contract.md; domain 1.8."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef, Q, Subquery, Sum
from django.urls import reverse

from members.models import (
    Enterprise,
    EnterpriseQuerySet,
    EnterpriseYear,
    Membership,
    MembershipQuerySet,
    Person,
)
from members.rules import COUNTED, Route, Sex, Status
from wanping_union.accounts.models import BASE_KINDS, Union
from wanping_union.indicators import Column, Indicator, Period, Rows, Section, Share

RESTRICTED = "（限制处理）"  # counted in every figure, named in none
BELOW = "本工会及全部下级工会"


def _grid(union: Union, period: Period) -> Rows:
    units = Union.objects.within(union).base().valid_at(period.end)
    return units.select_related("profile")


def _enterprises(union: Union, period: Period) -> Rows:
    """Covered enterprises, each with its newest known headcount up to that year."""
    reported = EnterpriseYear.objects.filter(
        enterprise=OuterRef("pk"), year__lte=period.end.year, headcount__isnull=False
    ).order_by("-year")[:1]
    covered: EnterpriseQuerySet = Enterprise.objects.covered_at(period.end)
    return (
        covered.filter(union__among=union.reach)
        .annotate(
            staff=Subquery(reported.values("headcount")),
            staff_year=Subquery(reported.values("year")),
        )
        .select_related("union")
    )


def _memberships(union: Union, lookup: str = "union__among") -> MembershipQuerySet:
    rows: MembershipQuerySet = Membership.objects.filter(Q(**{lookup: union.reach}))
    return rows.select_related("person", "union", "enterprise")


def _stood(union: Union) -> MembershipQuerySet:
    """Of many unions, checked one after another as another index finds them: a page soon fills."""
    is_one = union.kind in BASE_KINDS
    return _memberships(union, "union__among" if is_one else "union__checked_among")


def _members(union: Union, period: Period) -> Rows:
    """Nobody stands in a status before the day of joining."""
    return _stood(union).filter(joined_on__lte=period.end).counted_at(period.end)


def _retained(union: Union, period: Period) -> Rows:
    """Joined, not looked up: a membership stands in one status at a time."""
    open_then = Q(standings__until_on__isnull=True) | Q(standings__until_on__gt=period.end)
    return _stood(union).filter(
        open_then, standings__status=Status.RETAINED, standings__from_on__lte=period.end
    )


def _present_and_moved(*statuses: Status) -> Callable[[Union, Period], list[Share]]:
    """Who stood in these statuses on a day, counted back from today.

    Today's are in an index, and few have joined or changed their status since: reading everybody's
    history instead takes seconds at the district. It rests on what every service and import keeps:
    the first standing begins on the day of joining, each begins where the last one ends, and the
    open one is the membership's status.
    """

    def shares(union: Union, period: Period) -> list[Share]:
        day, below = period.end, union.reach
        today = Membership.objects.filter(union__among=below, status__in=statuses)
        moved = Membership.objects.filter(
            union__checked_among=below, standings__from_on__lte=day, standings__until_on__gt=day
        )
        return [
            Share(today),
            Share(today.filter(joined_on__gt=day), sign=-1),
            Share(moved, Q(status__in=statuses), sign=-1),
            Share(moved, Q(standings__status__in=statuses)),
        ]

    return shares


def _joiners(union: Union, period: Period) -> Rows:
    return _memberships(union).joined_between(period.start, period.end)


def _employers(union: Union, period: Period) -> Rows:
    """Nearly every enterprise is one of the district's; of other unions their keys come first."""
    everybody = Enterprise.objects.select_related("union")
    if union.parent_id:
        employers = _joiners(union, period).values("enterprise")
        return everybody.filter(pk__among=ArraySubquery(employers))
    joiners = _memberships(union, "union__checked_among").joined_between(period.start, period.end)
    return everybody.filter(Exists(joiners.filter(enterprise=OuterRef("pk"))))


def _page_of_union(union: Union) -> str:
    return reverse("members:union", args=[union.code])


def _page_of_person(membership: Membership) -> str:
    """A person whose file has moved on is no longer this union's to open."""
    return membership.get_absolute_url() if membership.is_current else ""


def _person(membership: Membership) -> Person:
    return membership.person


def _chair(union: Union) -> str:
    return union.profile.chair_name if hasattr(union, "profile") else ""


UNION_COLUMNS = (
    Column("名称", lambda u: u.name),
    Column("代码", lambda u: u.code),
    Column("类型", lambda u: u.get_kind_display()),
    Column("主席", _chair),
    Column("有效期起", lambda u: u.valid_from),
)
ENTERPRISE_COLUMNS = (
    Column("名称", lambda e: e.name),
    Column("统一社会信用代码", lambda e: e.uscc),
    Column("所属工会", lambda e: e.union.name),
    Column("行业", lambda e: e.industry),
)
COVERED_COLUMNS = (
    *ENTERPRISE_COLUMNS,
    Column("工会覆盖起", lambda e: e.covered_from),
    Column("年度", lambda e: e.staff_year),
    Column("从业人员", lambda e: e.staff, is_number=True),
)
PERSON_COLUMNS = (
    Column("姓名", lambda m: RESTRICTED if m.restricted_on else m.person.name),
    Column("证件号码", lambda m: "" if m.restricted_on else m.person.masked_id_number),
    Column("所属工会", lambda m: m.union.name),
    Column("工作单位", lambda m: m.enterprise.name if m.enterprise else ""),
    Column("入会日期", lambda m: m.joined_on),
    Column("性别", lambda m: m.person.get_sex_display()),
)
MEMBER_COLUMNS = (*PERSON_COLUMNS, Column("会籍状态", lambda m: m.get_status_display()))
JOINER_COLUMNS = (*PERSON_COLUMNS, Column("入会途径", lambda m: m.get_route_display()))


def _route(route: Route) -> Indicator:
    """The joiners who came this way."""

    def weigh(membership: Any) -> int:
        return int(membership.route == route)

    return Indicator(
        code=f"new_member_count.{route}",
        name=f"其中：{route.label}",
        definition=f"新发展会员中入会途径登记为“{route.label}”的人数。",
        source="会员名册：入会日期、入会途径",
        unit="人",
        base=_joiners,
        only=Q(route=route),
        dated="joined_on",
        columns=JOINER_COLUMNS,
        link=_page_of_person,
        weigh=weigh,
        part_of="new_member_count",
        newest="joined_on",
        person=_person,
    )


ROUTES = tuple(_route(route) for route in Route)
SECTION = Section(
    "组织建设与会员",
    (
        Indicator(
            code="grid_unit_count",
            name="基层工会",
            definition=f"期末在有效期内的联合工会和独立工会，含{BELOW}。",
            source="工会网格：类型、有效期",
            unit="家",
            base=_grid,
            columns=UNION_COLUMNS,
            link=_page_of_union,
            is_stock=True,
        ),
        Indicator(
            code="enterprise_count",
            name="工会覆盖企业",
            definition="期末在辖区内、已由工会覆盖的企业；已疏解外迁的从外迁当日起不计。",
            source="企业台账：位置、外迁日期、工会覆盖起",
            unit="家",
            base=_enterprises,
            columns=COVERED_COLUMNS,
            link=Enterprise.get_absolute_url,
            is_stock=True,
        ),
        Indicator(
            code="employee_count",
            name="覆盖企业职工",
            definition="上述企业的从业人员之和，取不晚于期末年度的最近一次年度数据；没有数据的企业不估算。",
            source="企业台账：年度数据",
            unit="人",
            base=_enterprises,
            columns=COVERED_COLUMNS,
            link=Enterprise.get_absolute_url,
            measure=partial(Sum, "staff"),
            weigh=lambda e: e.staff or 0,
            part_of="enterprise_count",
            is_stock=True,
            unknown=Q(staff=None),
        ),
        Indicator(
            code="member_count",
            name="工会会员",
            definition="期末日结束时会籍为“在会”或“转接中”的会员；保留会籍的另行统计。",
            source="会员名册：会籍状态及起止日期",
            unit="人",
            base=_members,
            shares=_present_and_moved(*COUNTED),
            columns=MEMBER_COLUMNS,
            link=_page_of_person,
            is_stock=True,
            newest="joined_on",
            person=_person,
        ),
        Indicator(
            code="member_count_women",
            name="其中：女会员",
            definition="上述会员中的女性。",
            source="会员名册：性别、会籍状态",
            unit="人",
            base=_members,
            shares=_present_and_moved(*COUNTED),
            only=Q(sex=Sex.FEMALE),
            columns=MEMBER_COLUMNS,
            link=_page_of_person,
            weigh=lambda m: int(m.person.sex == Sex.FEMALE),
            part_of="member_count",
            is_stock=True,
            newest="joined_on",
            person=_person,
        ),
        Indicator(
            code="retained_member_count",
            name="保留会籍",
            definition="期末日结束时会籍为“保留会籍”（退休、失业等）的人数，不计入工会会员。",
            source="会员名册：会籍状态及起止日期",
            unit="人",
            base=_retained,
            shares=_present_and_moved(Status.RETAINED),
            columns=MEMBER_COLUMNS,
            link=_page_of_person,
            is_stock=True,
            person=_person,
        ),
        Indicator(
            code="new_member_count",
            name="新发展会员",
            definition="期内经基层工会批准入会的人数；从其他工会转入的不计，入会后又离开的照计。",
            source="会员名册：入会日期",
            unit="人",
            base=_joiners,
            dated="joined_on",
            columns=JOINER_COLUMNS,
            link=_page_of_person,
            newest="joined_on",
            person=_person,
        ),
        *ROUTES,
        Indicator(
            code="new_member_enterprise_count",
            name="新会员所在企业",
            definition="上述新发展会员的工作单位，同一家只计一次，不分入会途径；跨月不重复，故各月相加不等于累计。",
            source="会员名册：工作单位、入会日期",
            unit="家",
            base=_employers,
            columns=ENTERPRISE_COLUMNS,
            link=Enterprise.get_absolute_url,
            adds_up=False,
        ),
    ),
    totals=(("new_member_count", tuple(i.code for i in ROUTES), "入会途径待补"),),
    trend_title="近十二个月新发展会员",
    trend=tuple(i.code for i in ROUTES),
    spread="member_count",
)
