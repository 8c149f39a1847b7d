"""Who stands in for somebody on leave: with dates, by name, and never for themself."""

from datetime import date, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from wanping_union.accounts import journal
from wanping_union.accounts.models import Grant, User
from wanping_union.errors import NotAllowed, Refused
from wanping_union.roles import AREA, KEEP_ACCOUNTS, UNIT, Role

CHAIRS = (Role.UNIT_CHAIR, Role.AREA_CHAIR)  # appoint for themselves; all others are appointed for
ALONE = (Role.ADMINISTRATOR, Role.AUDITOR)  # neither have a substitute nor are one


def may_appoint(by: User, grant: Grant) -> bool:
    """The chair whose role it is, or the level above."""
    if grant.stands_in_for_id or grant.role in ALONE:
        return False
    if grant.user_id == by.pk:
        return grant.role in CHAIRS
    above = AREA if grant.role in UNIT else ()
    return by.may((*above, *KEEP_ACCOUNTS), grant.union)


def grants_for(account: User, by: User) -> list[Grant]:
    """The account's roles for which this person may appoint a substitute."""
    rows = account.grants.own().valid_at(timezone.localdate()).select_related("union")
    return [grant for grant in rows.order_by("pk") if may_appoint(by, grant)]


def candidates(grant: Grant) -> QuerySet[User]:
    """Who may stand in: an open account of the same union or of the one above."""
    near = Q(union=grant.union_id) | Q(union=grant.union.parent_id)
    today = timezone.localdate()
    fitting = Grant.objects.own().valid_at(today).filter(near).exclude(role__in=ALONE)
    busy = Grant.objects.filter(role__in=ALONE).values("user")
    people = User.objects.filter(pk__in=fitting.values("user"), is_active=True, is_superuser=False)
    return people.exclude(pk=grant.user_id).exclude(pk__in=busy).order_by("name", "pk")


def substitutions_of(account: User) -> QuerySet[Grant]:
    """Who stands in for the account now or soon."""
    rows = account.substitutions.filter(valid_to__gte=timezone.localdate())
    return rows.select_related("user", "union", "stands_in_for").order_by("valid_from", "pk")


def coming_to(user: User) -> QuerySet[Grant]:
    """Where the person will stand in from a day to come."""
    rows = user.grants.filter(stands_in_for__isnull=False, valid_from__gt=timezone.localdate())
    return rows.select_related("union", "stands_in_for").order_by("valid_from", "pk")


@transaction.atomic
def appoint(grant: Grant, *, by: User, substitute: User, valid_from: date, valid_to: date) -> Grant:
    """Let somebody act in this role on these days, both inclusive.

    Raises NotAllowed, and Refused for days or a person that do not fit.
    """
    User.objects.select_for_update().get(pk=grant.user_id)
    if not may_appoint(by, grant):
        raise NotAllowed(f"{by.pk} may not appoint for {grant.pk}")
    if substitute.pk == by.pk:
        raise Refused("不能指定自己做代理人，请由另一位负责人办理。")
    if not candidates(grant).filter(pk=substitute.pk).exists():
        raise Refused("代理人要是本工会或上一级工会正在使用的账号，不能是本人。")
    _check_days(grant, valid_from, valid_to)
    made = Grant.objects.create(
        user=substitute,
        union=grant.union,
        role=grant.role,
        valid_from=valid_from,
        valid_to=valid_to,
        stands_in_for_id=grant.user_id,
    )
    journal.write("appoint_substitute", "指定代理人", grant.user, by=by, note=words(made))
    return made


@transaction.atomic
def end(substitution: Grant, *, by: User) -> None:
    """Take the role back before the day: what was, stays on record; what was to come, goes."""
    rows = Grant.objects.select_for_update(of=("self",)).select_related("union", "user")
    fresh = rows.get(pk=substitution.pk)
    on_leave = User.objects.get(substitutions=fresh)
    own = on_leave.grants.own().filter(union=fresh.union, role=fresh.role).first()
    if own is None or not may_appoint(by, own):
        raise NotAllowed(f"{by.pk} may not end {fresh.pk}")
    said = words(fresh)
    yesterday = timezone.localdate() - timedelta(days=1)
    if fresh.valid_from is not None and fresh.valid_from <= yesterday:
        fresh.valid_to = yesterday
        fresh.save(update_fields=["valid_to"])
    else:
        fresh.delete()
    journal.write("end_substitute", "提前结束代理", on_leave, by=by, note=said)


def words(substitution: Grant) -> str:
    """李敏代基层工会主席（晓月苑联合工会），2016-03-01 至 2016-03-20"""
    return (
        f"{substitution.user}代{Role(substitution.role).label}（{substitution.union}），"
        f"{substitution.valid_from} 至 {substitution.valid_to}"
    )


def _check_days(grant: Grant, valid_from: date, valid_to: date) -> None:
    if valid_to < valid_from:
        raise Refused("结束日期不能早于开始日期。")
    if valid_to < timezone.localdate():
        raise Refused("结束日期已经过去了。")
    if (valid_to - valid_from).days >= settings.LONGEST_LEAVE_DAYS:
        raise Refused(
            f"一次最多 {settings.LONGEST_LEAVE_DAYS} 天；时间更长的，请由管理员调整角色。"
        )
    taken = Grant.objects.filter(
        stands_in_for=grant.user_id,
        union=grant.union_id,
        role=grant.role,
        valid_from__lte=valid_to,
        valid_to__gte=valid_from,
    ).select_related("user", "union")
    if other := taken.first():
        raise Refused(f"这段时间已经有代理人：{words(other)}。请先结束原来的。")
