"""Accounts: who may sign in, what they may do, and the limit on tries at a password."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import choice

from django.conf import settings
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db import IntegrityError, transaction
from django.db.models import CharField, Exists, OuterRef, Prefetch, Q, QuerySet, Subquery, Value
from django.db.models.functions import Cast, Concat, Lower, Now
from django.utils import timezone

from wanping_union.accounts import devices, factors, guard, journal
from wanping_union.accounts.models import BASE_KINDS, Grant, LoginGuard, Union, UnionKind, User
from wanping_union.audit.models import Act
from wanping_union.errors import NotAllowed, Refused
from wanping_union.roles import AREA, KEEP_ACCOUNTS, UNIT, Role

# No 0, o, 1, l, i: read from paper, typed on a phone.
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
GROUPS, GROUP = 4, 4  # 79 bits

# The level a role belongs to. Whoever grants it must reach a union of that level.
KINDS: Mapping[Role, tuple[UnionKind, ...]] = {
    **dict.fromkeys(Role, (UnionKind.DISTRICT,)),
    **dict.fromkeys(AREA, (UnionKind.AREA,)),
    **dict.fromkeys(UNIT, BASE_KINDS),
}
# Three kinds of administrator are kept apart (GB/T 22239-2019, 8.1.5): who keeps accounts or reads
# the audit does no business.
ALONE = (Role.ADMINISTRATOR, Role.AUDITOR)

Grants = Collection[tuple[Role, Union]]


@dataclass(frozen=True)
class FirstPassword:
    """A handed-out password in clear: shown once, never stored."""

    account: User
    text: str
    until: datetime


def accounts_of(user: User) -> QuerySet[User]:
    """Accounts this person looks after.

    An administrator: with a grant in their unions, or with none yet. An area: with grassroots roles
    in its unions and no other. The system's owner (is_superuser) is nobody's to change.
    """
    mine = Grant.objects.filter(user=OuterRef("pk"))
    if user.may(KEEP_ACCOUNTS):
        reached = Union.objects.reached_by(user, KEEP_ACCOUNTS)
        kept = Exists(mine.filter(union__in=reached)) | ~Exists(mine)
        return User.objects.filter(kept, is_superuser=False)
    below = Q(role__in=UNIT, union__in=Union.objects.reached_by(user, AREA))
    return User.objects.filter(
        Exists(mine.filter(below)), ~Exists(mine.exclude(below)), is_superuser=False
    )


def found(
    user: User, *, union: Union | None = None, role: str = "", state: str = ""
) -> QuerySet[User]:
    """Kept accounts by name, with their grants and `locked_until`.

    union: it and all below. state: active, first, locked, disabled, unused; "" for all.
    """
    locks = LoginGuard.objects.filter(
        Q(name=Lower(OuterRef("username")))
        | Q(name=Concat(Value(guard.FACTOR), Cast(OuterRef("pk"), CharField()))),
        locked_until__gt=Now(),
    ).order_by("-locked_until")
    rows = accounts_of(user).annotate(locked_until=Subquery(locks.values("locked_until")[:1]))
    if union:
        rows = rows.filter(
            Exists(Grant.objects.filter(user=OuterRef("pk"), union__path__startswith=union.path))
        )
    if role:
        rows = rows.filter(Exists(Grant.objects.filter(user=OuterRef("pk"), role=role)))
    wanted = {
        "active": Q(is_active=True, must_change_password=False, locked_until=None),
        "first": Q(is_active=True, must_change_password=True),
        "locked": Q(is_active=True, locked_until__isnull=False),
        "disabled": Q(is_active=False),
        "unused": _unused(),
    }
    with_unions = Prefetch(
        "grants", Grant.objects.select_related("union", "stands_in_for").order_by("pk")
    )
    return rows.filter(wanted.get(state, Q())).prefetch_related(with_unions).order_by("name", "pk")


def _unused() -> Q:
    """Open accounts that nobody has signed in with for so long that they should be shut."""
    before = timezone.now() - timedelta(days=settings.UNUSED_DAYS)
    never = Q(last_login__isnull=True, date_joined__lt=before)
    return Q(is_active=True) & (Q(last_login__lt=before) | never)


def words(grants: Grants) -> str:
    """基层工会主席（晓月苑联合工会）；…"""
    return "；".join(f"{role.label}（{union}）" for role, union in grants)


@transaction.atomic
def create(*, by: User, username: str, name: str, grants: Grants) -> FirstPassword:
    """Make an account with a one-time password.

    Raises NotAllowed, and Refused for a taken user name or grants that do not fit.
    """
    if not by.may(KEEP_ACCOUNTS):
        raise NotAllowed(f"{by.pk} may not keep accounts")
    _check_grants(grants, by)
    first = _add(username, name, grants)
    journal.write(
        "create_account", "新建账号", first.account, by=by, changed={"角色": ["", words(grants)]}
    )
    return first


@transaction.atomic
def first_administrator(*, username: str, name: str, district: Union) -> FirstPassword:
    """The account that makes all others. Raises Refused if there is an administrator already."""
    if Grant.objects.filter(role__in=KEEP_ACCOUNTS, user__is_active=True).exists():
        raise Refused("已经有系统管理员，请由管理员在“账号”页面新建账号。")
    first = _add(username, name, [(Role.ADMINISTRATOR, district)])
    journal.write("create_account", "新建首个系统管理员", first.account, by=None)
    return first


@transaction.atomic
def change(account: User, *, by: User, name: str, grants: Grants) -> None:
    """Set the name and all grants of an account.

    Raises NotAllowed, and Refused for one's own account, one of a higher union, or grants that do
    not fit.
    """
    account = _mine_to_change(account, by)
    _check_grants(grants, by)
    _check_stands_in_for_nobody(account, grants)
    before, old_name = _grants(account), account.name
    wanted = dict.fromkeys(grants)
    for role, union in before:
        if (role, union) not in wanted:
            account.grants.own().filter(role=role, union=union).delete()
            account.substitutions.filter(role=role, union=union).delete()
    account.grants.bulk_create(
        [
            Grant(user=account, role=role, union=union)
            for role, union in wanted
            if (role, union) not in before
        ]
    )
    account.name = name
    account.save(update_fields=["name"])
    changed = {"姓名": [old_name, name], "角色": [words(before), words(wanted)]}
    journal.write(
        "change_account",
        "修改账号",
        account,
        by=by,
        changed={key: pair for key, pair in changed.items() if pair[0] != pair[1]},
    )


@transaction.atomic
def disable(account: User, *, by: User) -> None:
    """Shut the account; whoever is signed in with it is out at the next request."""
    _set_active(account, active=False, by=by)


@transaction.atomic
def enable(account: User, *, by: User) -> None:
    """Open the account again."""
    _set_active(account, active=True, by=by)


@transaction.atomic
def unlock(account: User, *, by: User) -> None:
    """Forget the wrong tries at this account."""
    account = _mine_to_help(account, by)
    guard.forget(account)
    journal.write("unlock_account", "解锁账号", account, by=by)


@transaction.atomic
def reset_password(account: User, *, by: User) -> FirstPassword:
    """Replace the password by a one-time one and unlock. Ends the account's sessions."""
    account = _mine_to_help(account, by)
    if not account.is_active:
        raise Refused("账号已停用，请先启用，再重置密码。")
    first = _hand_out(account)
    guard.forget(account)
    devices.end_all(account)
    journal.write("reset_password", "重置密码", account, by=by)
    return first


@transaction.atomic
def reset_factor(account: User, *, by: User, reason: str) -> None:
    """Take the second factor away, say of a lost phone. Ends the account's sessions.

    The person is told at the next sign-in who did it and why.
    """
    account = _mine_to_help(account, by)
    if not factors.of(account):
        raise Refused("这个账号没有设置两步验证，不用重置。")
    factors.wipe(account)
    guard.of_factor(account).forget()
    devices.end_all(account)
    journal.write("reset_factor", "重置两步验证", account, by=by, note=reason)


TOLD = ("reset_factor", "reset_password", "unlock_account")


def news(user: User, *, since: datetime | None) -> list[str]:
    """What others did to the account since the person last came in."""
    acts = Act.objects.about(user).filter(name__in=TOLD).exclude(by=user).order_by("at")
    return [
        f"{timezone.localtime(act.at):%Y-%m-%d %H:%M}，{act.by_name}办理了“{act.label}”"
        f"{'：' + act.note if act.note else ''}。如果您没有要求过，请马上告诉上级工会管理员。"
        for act in (acts.filter(at__gt=since) if since else acts)
    ]


def add_without_password(username: str, name: str) -> User:
    """An account that nobody can sign in with before its slip is printed."""
    account = User(username=username, name=name, must_change_password=True)
    account.set_unusable_password()
    account.save()
    return account


def without_password(user: User) -> QuerySet[User]:
    """Kept accounts, made from a workbook, whose slips were never printed."""
    kept = accounts_of(user).filter(is_active=True, password__startswith=UNUSABLE_PASSWORD_PREFIX)
    return kept.prefetch_related("grants__union").order_by("name", "pk")


@transaction.atomic
def issue(*, by: User) -> list[FirstPassword]:
    """One-time passwords for accounts that have none yet: no more at once than a page waits for."""
    if not by.may(KEEP_ACCOUNTS):
        raise NotAllowed(f"{by.pk} may not keep accounts")
    ids = list(without_password(by).values_list("pk", flat=True)[: settings.SLIPS_AT_ONCE])
    firsts = []
    for account in User.objects.select_for_update().filter(pk__in=ids).order_by("name", "pk"):
        firsts.append(_hand_out(account))
        journal.write("issue_password", "发放一次性密码", account, by=by)
    if not firsts:
        raise Refused("没有等着发密码的账号。")
    return firsts


@transaction.atomic
def change_password(user: User, password: str) -> None:
    """Set the password the person chose. Ends their sessions elsewhere."""
    user.set_password(password)
    user.must_change_password = False
    user.first_password_until = None
    user.save(update_fields=["password", "must_change_password", "first_password_until"])
    journal.write("change_password", "修改密码", user, by=user)


def is_expired(user: User) -> bool:
    """Whether the handed-out password was not used in time."""
    return user.first_password_until is not None and user.first_password_until < timezone.now()


def sign_in(user: User, *, address: str) -> None:
    """Note that the person came in."""
    journal.write("sign_in", "登录", user, by=user, note=f"来自 {address}")


def sign_out(user: User) -> None:
    """Note that the person left."""
    journal.write("sign_out", "退出登录", user, by=user)


def failed_try(typed: str, *, left: int, why: str, address: str) -> None:
    """Note a refused sign-in; a name that is no user's may be a password and is not kept."""
    user = guard.user_named(typed)
    note = f"{why}，来自 {address}" if user else f"没有这个用户名（不留存所填内容），来自 {address}"
    journal.write("sign_in_failed", "登录失败", user, by=user, note=note)
    if not left:
        until = guard.of_password(typed).until()
        journal.write("lock_account", "账号锁定", user, by=None, note=f"锁定到 {until}")


def confirm_password(user: User, password: str) -> None:
    """Let a person who is signed in prove who they are. Counts as a try. Raises Refused."""
    tries = guard.of_password(user.username)
    left = tries.count()
    if not user.check_password(password):
        raise Refused(f"密码不对，还可以再试 {left} 次。" if left else tries.locked_words())
    tries.forget()


def _add(username: str, name: str, grants: Grants) -> FirstPassword:
    if guard.user_named(username):
        raise Refused(f"用户名 {username} 已经有人用了，请换一个。")
    account = User(username=username, name=name)
    try:
        with transaction.atomic():
            first = _hand_out(account)
    except IntegrityError:
        raise Refused(f"用户名 {username} 已经有人用了，请换一个。") from None
    account.grants.bulk_create(
        [Grant(user=account, role=role, union=union) for role, union in dict.fromkeys(grants)]
    )
    return first


def _hand_out(account: User) -> FirstPassword:
    text = "-".join("".join(choice(ALPHABET) for _ in range(GROUP)) for _ in range(GROUPS))
    until = timezone.now() + timedelta(hours=settings.FIRST_PASSWORD_HOURS)
    account.set_password(text)
    account.must_change_password = True
    account.first_password_until = until
    account.save()
    return FirstPassword(account, text, until)


def _set_active(account: User, *, active: bool, by: User) -> None:
    account = _mine_to_change(account, by)
    account.is_active = active
    account.save(update_fields=["is_active"])
    if not active:
        devices.end_all(account)
    name, label = ("enable_account", "启用账号") if active else ("disable_account", "停用账号")
    journal.write(name, label, account, by=by)


def _mine_to_change(account: User, by: User) -> User:
    """The fresh, locked account."""
    if not by.may(KEEP_ACCOUNTS):
        raise NotAllowed(f"{by.pk} may not keep accounts")
    fresh = User.objects.select_for_update().get(pk=account.pk)
    if fresh.is_superuser:
        raise NotAllowed(f"{by.pk} may not change the owner {fresh.pk}")
    if fresh.pk == by.pk:
        raise Refused("不能改自己的账号，请另一位管理员办理。自己的密码在“我的”里修改。")
    if any(not by.may(KEEP_ACCOUNTS, grant.union) for grant in fresh.grants.all()):
        raise Refused("这个账号还有上级工会的角色，请由上级工会的管理员办理。")
    return fresh


def _mine_to_help(account: User, by: User) -> User:
    """The fresh, locked account, if this person may unlock and reset it."""
    if by.may(KEEP_ACCOUNTS):
        return _mine_to_change(account, by)
    fresh = User.objects.select_for_update().get(pk=account.pk)  # before the look at its roles
    if not accounts_of(by).filter(pk=fresh.pk).exists():
        raise NotAllowed(f"{by.pk} may not help {fresh.pk}")
    return fresh


def _grants(account: User) -> list[tuple[Role, Union]]:
    """Held or, while the account is shut, kept."""
    rows = account.grants.own().select_related("union").order_by("pk")
    return [(Role(row.role), row.union) for row in rows]


def _check_stands_in_for_nobody(account: User, grants: Grants) -> None:
    """Who keeps accounts or reads the audit does no business, not even for somebody on leave."""
    standing_in = account.grants.filter(
        stands_in_for__isnull=False, valid_to__gte=timezone.localdate()
    )
    if any(role in ALONE for role, _ in grants) and standing_in.exists():
        raise Refused("此人正在代理别人的角色，请先结束代理。")


def _check_grants(grants: Grants, by: User) -> None:
    if not grants:
        raise Refused("请至少选一个角色和工会。")
    if words := not_together({role for role, _ in grants}):
        raise Refused(words)
    for role, union in grants:
        if not by.may(KEEP_ACCOUNTS, union):
            raise NotAllowed(f"{by.pk} may not grant {role} at {union.pk}")
        check_place(role, union)


def not_together(roles: Collection[Role]) -> str:
    """Why nobody may hold these roles together; "" if somebody may."""
    alone = next((role for role in ALONE if role in roles and len(roles) > 1), None)
    return f"{alone.label}不能兼任其他角色，请另开一个账号。" if alone else ""


def check_place(role: Role, union: Union) -> None:
    """Raises Refused where the role belongs to unions of another level."""
    if union.kind not in KINDS[role]:
        levels = "或".join(kind.label for kind in KINDS[role])
        raise Refused(f"{role.label}只能设在{levels}，不能设在{union}。")
