"""The second factor: a code from the phone, a security key, or a recovery code.

allauth keeps the secrets (encrypted by our adapter) and does the arithmetic; what decides, the
count of tries and the last code used, lies in PostgreSQL.
"""

from dataclasses import dataclass
from typing import Any

from allauth.core.internal.cryptokit import compare_user_code
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth as totp
from allauth.mfa.webauthn.internal import auth as webauthn
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction

from wanping_union.accounts import guard, journal
from wanping_union.accounts.models import User
from wanping_union.errors import Refused
from wanping_union.roles import SECOND_FACTOR

Type = Authenticator.Type
LAST = "last_counter"  # of a code from the phone; one used is never taken again
BROKEN = (ValidationError, ValueError, TypeError, KeyError, AttributeError)  # odd JSON of a key
NOT_KEY = "没有认出这把安全密钥，请重试，或改用验证码。"


@dataclass(frozen=True)
class Factors:
    """What a person has set up."""

    app: Authenticator | None
    keys: tuple[Authenticator, ...]
    codes: int  # recovery codes left

    def __bool__(self) -> bool:
        return bool(self.app or self.keys)


def of(user: User) -> Factors:
    rows = list(Authenticator.objects.filter(user=user).order_by("pk"))
    by_type = {row.type: row for row in rows}
    codes = by_type.get(Type.RECOVERY_CODES)
    return Factors(
        by_type.get(Type.TOTP),
        tuple(row for row in rows if row.type == Type.WEBAUTHN),
        len(codes.wrap().get_unused_codes()) if codes else 0,
    )


def is_demanded(user: User) -> bool:
    """Whether this person may do nothing before a second factor is set up and shown."""
    return settings.SECOND_FACTOR_DEMANDED and (
        user.is_superuser or any(grant.role in SECOND_FACTOR for grant in user.granted)
    )


def check_code(user: User, typed: str, *, address: str) -> Authenticator:
    """The factor that a typed code belongs to: from the phone, or a recovery code.

    Counted before it is checked. Raises Refused with what is wrong and how many tries are left;
    the caller's transaction must be kept all the same, for the count lies in it.
    """
    tries = guard.of_factor(user)
    left = tries.count()
    found = _used_app(user, typed) or _used_recovery(user, typed)
    if found is None:
        journal.write("second_failed", "验证码不对", user, by=user, note=f"来自 {address}")
        if left:
            raise Refused(f"验证码不对或已经用过，还可以再试 {left} 次。")
        until = tries.until()
        journal.write("lock_account", "账号锁定", user, by=None, note=f"锁定到 {until}")
        raise Refused(tries.locked_words())
    tries.forget()
    if found.type == Type.RECOVERY_CODES:
        left = len(found.wrap().get_unused_codes())
        journal.write("use_recovery_code", "用备用码登录", user, by=user, note=f"还剩 {left} 个")
    return found


def check_key(user: User, credential: Any, *, address: str) -> Authenticator:
    """The security key that answered. Raises Refused."""
    try:
        webauthn.parse_authentication_response(credential)
        found: Authenticator = webauthn.complete_authentication(user, credential)
    except BROKEN:
        journal.write("second_failed", "安全密钥不对", user, by=user, note=f"来自 {address}")
        raise Refused(NOT_KEY) from None
    guard.of_factor(user).forget()
    return found


def new_secret() -> str:
    """The key of a phone's app, in base 32."""
    secret: str = totp.generate_totp_secret()
    return secret


def matches(secret: str, typed: str) -> int | None:
    """The counter (30 seconds each) for which the code is right now; None for a wrong code."""
    return next(
        (
            counter
            for counter in totp.yield_hotp_counters_from_time()
            if compare_user_code(
                actual=typed, expected=totp.format_hotp_value(totp.hotp_value(secret, counter))
            )
        ),
        None,
    )


@transaction.atomic
def add_app(user: User, secret: str, typed: str) -> None:
    """Set up codes from the phone, in place of an earlier one. Raises Refused for a wrong code."""
    counter = matches(secret, typed)
    if counter is None:
        raise Refused(
            "验证码不对。请看手机上现在显示的 6 位数字；一直不对的，请把手机时间设为自动。"
        )
    User.objects.select_for_update().get(pk=user.pk)
    replaced, _ = Authenticator.objects.filter(user=user, type=Type.TOTP).delete()
    app = totp.TOTP.activate(user, secret).instance
    app.data[LAST] = counter
    app.save(update_fields=["data"])
    _added(user, "手机验证码，原来手机上的作废" if replaced else "手机验证码")


@transaction.atomic
def add_key(user: User, name: str, credential: Any) -> None:
    """Set up a security key. Raises Refused when the browser's answer does not fit."""
    try:
        webauthn.parse_registration_response(credential)
        webauthn.complete_registration(credential)
    except BROKEN:
        raise Refused("没有登记成功，请重试。") from None
    webauthn.WebAuthn.add(user, name, credential)
    _added(user, f"安全密钥“{name}”")


@transaction.atomic
def remove(user: User, pk: int) -> None:
    """Take one of one's own factors away.

    Raises Authenticator.DoesNotExist, and Refused for the last one of somebody who needs one.
    """
    User.objects.select_for_update().get(pk=user.pk)
    rows = Authenticator.objects.filter(user=user).exclude(type=Type.RECOVERY_CODES)
    factor = rows.get(pk=pk)
    if is_demanded(user) and not rows.exclude(pk=pk).exists():
        raise Refused("您的角色必须有两步验证。换手机请用“换手机”，不想用了请先添加另一种。")
    words = words_of(factor)
    factor.delete()
    if not rows.exists():
        Authenticator.objects.filter(user=user).delete()
    journal.write("remove_factor", "删除两步验证", user, by=user, note=words)


@transaction.atomic
def renew_codes(user: User) -> None:
    """New recovery codes; the old ones are worth nothing. Raises Refused without a factor."""
    User.objects.select_for_update().get(pk=user.pk)
    if not of(user):
        raise Refused("请先设置手机验证码或安全密钥，再生成备用码。")
    Authenticator.objects.filter(user=user, type=Type.RECOVERY_CODES).delete()
    RecoveryCodes.activate(user)
    journal.write("renew_recovery_codes", "重新生成备用码", user, by=user)


@transaction.atomic
def codes_once(user: User) -> list[str]:
    """The unused recovery codes, the first time they are asked for; afterwards none."""
    rows = Authenticator.objects.select_for_update().filter(user=user, type=Type.RECOVERY_CODES)
    row = rows.first()
    if row is None or row.wrap().did_view:
        return []
    row.wrap().mark_as_viewed()
    codes: list[str] = row.wrap().get_unused_codes()
    return codes


def is_unseen(user: User) -> bool:
    """Whether there are recovery codes that were never shown."""
    row = Authenticator.objects.filter(user=user, type=Type.RECOVERY_CODES).first()
    return row is not None and not row.wrap().did_view


def wipe(account: User) -> None:
    """Take all factors of an account away."""
    Authenticator.objects.filter(user=account).delete()


def words_of(factor: Authenticator) -> str:
    return f"安全密钥“{factor.wrap().name}”" if factor.type == Type.WEBAUTHN else "手机验证码"


def _used_app(user: User, typed: str) -> Authenticator | None:
    """The phone's app if the code is its own and newer than any it was used with."""
    app = Authenticator.objects.select_for_update().filter(user=user, type=Type.TOTP).first()
    if app is None:
        return None
    counter = matches(totp.decrypt(app.data["secret"]), typed)
    if counter is None or counter <= app.data.get(LAST, 0):
        return None
    app.data[LAST] = counter
    app.save(update_fields=["data"])
    return app


def _used_recovery(user: User, typed: str) -> Authenticator | None:
    row = Authenticator.objects.filter(user=user, type=Type.RECOVERY_CODES).first()
    if row is None:
        return None
    codes = row.wrap()
    return codes.instance if codes.validate_code(typed) else None


def _added(user: User, words: str) -> None:
    """Recovery codes come with the first factor."""
    RecoveryCodes.activate(user)
    journal.write("add_factor", "设置两步验证", user, by=user, note=words)
