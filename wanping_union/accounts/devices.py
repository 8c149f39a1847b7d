"""Where a person is signed in: the list of their sessions, and ending them."""

import re
from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db.models import QuerySet
from django.utils import timezone

from wanping_union.accounts import journal
from wanping_union.accounts.models import User
from wanping_union.roles import SECOND_FACTOR

# The first that fits names the device.
SYSTEMS = (
    ("MicroMessenger", "微信"),
    ("HarmonyOS", "华为手机或平板"),
    ("iPhone", "苹果手机"),
    ("iPad", "苹果平板"),
    ("Android", "安卓手机或平板"),
    ("Windows", "Windows 电脑"),
    ("Macintosh", "苹果电脑"),
    ("Linux", "Linux 电脑"),
)
BROWSERS = (
    ("MicroMessenger", ""),
    (r"Edg", "Edge 浏览器"),
    ("QQBrowser", "QQ 浏览器"),
    ("360SE|QIHU", "360 浏览器"),
    ("Firefox", "火狐浏览器"),
    ("Chrome|CriOS", "谷歌内核浏览器"),
    ("Safari", "Safari 浏览器"),
)


@dataclass(frozen=True)
class Device:
    pk: int
    words: str
    address: str
    seen_at: datetime
    since: datetime
    is_this: bool


def of(user: User, key: str) -> list[Device]:
    """Where the person is signed in, this first, then the latest seen. key: this session's."""
    alive = Session.objects.filter(expire_date__gt=timezone.now())
    rows = UserSession.objects.filter(user=user, session_key__in=alive.values("session_key"))
    devices = [
        Device(
            row.pk, words(row.user_agent), row.ip, row.last_seen_at, row.created_at,
            row.session_key == key,
        )
        for row in rows.order_by("-last_seen_at")
    ]  # fmt: skip
    return sorted(devices, key=lambda device: not device.is_this)


def words(agent: str) -> str:
    """安卓手机或平板，微信: what a person knows their device by."""
    system = next((name for sign, name in SYSTEMS if sign in agent), "其他设备")
    browser = next((name for sign, name in BROWSERS if re.search(sign, agent)), "")
    return f"{system}，{browser}" if browser else system


def end(user: User, pk: int) -> bool:
    """End one of one's own sessions. False when there is none of that number."""
    if not (ended := _end(UserSession.objects.filter(user=user, pk=pk))):
        return False
    journal.write("end_session", "退出一处登录", user, by=user, note=ended[0])
    return True


def end_others(user: User, key: str) -> int:
    """End all of one's own sessions but this one. Returns how many."""
    ended = _end(UserSession.objects.filter(user=user).exclude(session_key=key))
    if ended:
        counted = [f"{one}{f' {n} 处' if n > 1 else ''}" for one, n in Counter(ended).items()]
        journal.write("end_sessions", "退出其他登录", user, by=user, note="；".join(counted)[:500])
    return len(ended)


def end_all(account: User) -> None:
    """Whoever is signed in with the account is out at the next request."""
    _end(UserSession.objects.filter(user=account))


def end_surplus(user: User, key: str) -> None:
    """Keep no more sessions than allowed: the oldest go, this one stays."""
    higher = any(grant.role in SECOND_FACTOR for grant in user.granted)
    most = settings.SESSIONS_HIGHER if higher else settings.SESSIONS_OTHERS
    if most:
        others = UserSession.objects.filter(user=user).exclude(session_key=key)
        kept = others.order_by("-last_seen_at").values_list("pk", flat=True)[: most - 1]
        _end(others.exclude(pk__in=list(kept)))


def seen(key: str) -> None:
    """Note that the session is in use."""
    UserSession.objects.filter(session_key=key).update(last_seen_at=timezone.now())


def _end(rows: QuerySet[UserSession]) -> list[str]:
    """Returns what was ended, in words."""
    ended = list(rows)
    Session.objects.filter(session_key__in=[row.session_key for row in ended]).delete()
    rows.filter(pk__in=[row.pk for row in ended]).delete()
    return [f"{words(row.user_agent)}（{row.ip}）" for row in ended]
