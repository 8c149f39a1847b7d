"""The limit on tries at a password or a code, kept in PostgreSQL: a cache forgets."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import connection
from django.utils import timezone

from wanping_union import crypto
from wanping_union.accounts.models import LoginGuard, User
from wanping_union.errors import Refused

# Counted before the secret is checked, so that tries sent all at once are counted too. A locked
# row is not touched: its lock cannot be drawn out by trying on.
COUNT = """
insert into accounts_loginguard as g (name, tries, first_at) values (%(name)s, 1, now())
on conflict (name) do update set (tries, first_at, locked_until) = (
    select case when anew then 1 else g.tries + 1 end,
        case when anew then now() else g.first_at end,
        case when not anew and g.tries + 1 >= %(limit)s then now() + a_while end
    from (select make_interval(mins => %(minutes)s)) as p (a_while),
        lateral (select g.locked_until is not null or g.first_at < now() - a_while) as q (anew))
where g.locked_until is null or g.locked_until <= now()
returning tries
"""
FACTOR = "factor:"  # no user name holds a colon


@dataclass(frozen=True)
class Guard:
    """Counts the tries at one secret. name: of its row; words: what was typed wrong how often."""

    name: str
    words: str

    def count(self) -> int:
        """Count one try. Returns how many are left after it. Raises Refused when locked."""
        limits = {"limit": settings.LOCKOUT_TRIES, "minutes": settings.LOCKOUT_MINUTES}
        with connection.cursor() as cursor:
            cursor.execute(COUNT, {"name": self.name, **limits})
            row = cursor.fetchone()
        if row is None:
            raise Refused(self.locked_words())
        return max(0, settings.LOCKOUT_TRIES - int(row[0]))

    def forget(self) -> None:
        LoginGuard.objects.filter(name=self.name).delete()

    def locked_words(self) -> str:
        """Until when it is locked and who can help."""
        return (
            f"{self.words}，已锁定到 {self.until()}。请到时间后再试；急用请联系上级工会管理员解锁。"
        )

    def until(self) -> str:
        """HH:MM, or "" while nothing is locked."""
        rows = LoginGuard.objects.filter(name=self.name)
        until: datetime | None = rows.values_list("locked_until", flat=True).first()
        return timezone.localtime(until).strftime("%H:%M") if until else ""


def of_password(typed: str) -> Guard:
    """The guard of what was typed as a user name. Nothing tells whether the name exists."""
    words = f"这个用户名连续输错 {settings.LOCKOUT_TRIES} 次密码"
    if user := user_named(typed):
        return Guard(user.username.lower(), words)
    # Only a keyed hash of anything else, for it may be a password.
    return Guard(crypto.keyed_hash("login_guard", typed.lower()).hex(), words)


def of_factor(user: User) -> Guard:
    return Guard(f"{FACTOR}{user.pk}", f"验证码连续输错 {settings.LOCKOUT_TRIES} 次")


def forget(user: User) -> None:
    """Forget all tries at this account."""
    of_password(user.username).forget()
    of_factor(user).forget()


def user_named(typed: str) -> User | None:
    """Found as allauth finds it: without regard to case."""
    found = User.objects.filter(username__iexact=typed)
    return next((user for user in found if user.username.lower() == typed.lower()), None)
