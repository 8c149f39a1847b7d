"""How allauth signs people in here."""

import base64
import logging
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.shortcuts import resolve_url
from redis.exceptions import RedisError

from wanping_union.accounts import devices, guard, services
from wanping_union.accounts.models import User
from wanping_union.crypto import sealer, unseal
from wanping_union.errors import Refused

log = logging.getLogger(__name__)
CHANGED = "account/messages/password_changed.txt"
SECRETS = "mfa_authenticator.data"


class Adapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
    """No sign-up, tries counted in PostgreSQL, every coming and going in the audit."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "too_many_login_attempts": "这个网络上登录失败的次数太多，请十分钟后再试。",
        "enter_current_password": "现在的密码不对，请重新输入。",
        "incorrect_password": "密码不对，请重新输入。",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        try:
            super().pre_authenticate(request, **credentials)
        except RedisError as error:
            # The limit by address only slows a flood; the row in PostgreSQL decides.
            log.warning("limit by address: %s", error)
            self._login_failed_rl_usage = None
        try:
            self.left = guard.of_password(credentials["username"]).count()
        except Refused as refusal:
            raise ValidationError(str(refusal), code="locked") from None

    def authenticate(self, request: HttpRequest, **credentials: Any) -> User | None:
        user: User | None = super().authenticate(request, **credentials)
        if user is None:
            return None
        guard.of_password(user.username).forget()
        if not user.is_active:
            self._refuse(
                request, user.username, "账号已停用", "这个账号已停用，请联系上级工会管理员。"
            )
        if services.is_expired(user):
            self._refuse(
                request,
                user.username,
                "一次性密码已过期",
                "一次性密码已过期，请联系上级工会管理员重新发放。",
            )
        return user

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        typed = credentials["username"]
        words = f"用户名或密码不对，还可以再试 {self.left} 次。"
        services.failed_try(
            typed, left=self.left, why="密码不对", address=self.get_client_ip(request)
        )
        if not self.left:
            words = guard.of_password(typed).locked_words()
        raise ValidationError(words, code="failed")

    def _refuse(self, request: HttpRequest, username: str, why: str, sentence: str) -> None:
        services.failed_try(username, left=1, why=why, address=self.get_client_ip(request))
        raise ValidationError(sentence, code="refused")

    def login(self, request: HttpRequest, user: User) -> None:
        before = user.last_login
        super().login(request, user)
        services.sign_in(user, address=self.get_client_ip(request))
        devices.end_surplus(user, request.session.session_key or "")
        for words in services.news(user, since=before):
            messages.warning(request, words)

    def logout(self, request: HttpRequest) -> None:
        if isinstance(request.user, User):
            services.sign_out(request.user)
        super().logout(request)

    def set_password(self, user: User, password: str) -> None:
        services.change_password(user, password)

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return resolve_url("home")

    def add_message(
        self,
        request: HttpRequest,
        level: int,
        message_template: str | None = None,
        *_: Any,
        **__: Any,
    ) -> None:
        """Only what the page does not show by itself."""
        if message_template == CHANGED:
            messages.success(request, "密码已修改，其他设备上的登录已经退出。")


class SecondFactor(DefaultMFAAdapter):  # type: ignore[misc]  # allauth has no types
    """Secrets encrypted as all personal fields are; the portal's name on phone and key."""

    def encrypt(self, text: str) -> str:
        return base64.b64encode(sealer(SECRETS)(text.encode())).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return unseal(base64.b64decode(encrypted_text), SECRETS).decode()

    def get_totp_issuer(self) -> str:
        return str(settings.PORTAL_NAME)

    def _get_site_name(self) -> str:
        return str(settings.PORTAL_NAME)
