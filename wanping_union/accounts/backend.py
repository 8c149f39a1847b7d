"""Who a session belongs to, together with what they may do: one query a request."""

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend

from wanping_union.accounts.models import Grant, User


class Backend(AuthenticationBackend):  # type: ignore[misc]  # allauth has no types
    def get_user(self, user_id: Any) -> User | None:
        grants = tuple(Grant.objects.filter(user=user_id).in_force().select_related("user"))
        if not grants:
            found: User | None = super().get_user(user_id)
            return found
        user = grants[0].user
        if not self.user_can_authenticate(user):
            return None
        user.granted = grants
        return user
