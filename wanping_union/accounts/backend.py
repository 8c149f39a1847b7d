"""Who a session belongs to, together with what they may do: one query a request."""

from functools import cache
from itertools import islice
from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.db import DEFAULT_DB_ALIAS
from django.db.models import Model, Value
from django.utils import timezone

from wanping_union.accounts.models import Grant, Union, User
from wanping_union.statements import Given, Row, Statement


def _columns(model: type[Model]) -> tuple[str, ...]:
    return tuple(field.attname for field in model._meta.concrete_fields)


# What is read of a grant and of what it points to.
PARTS: tuple[tuple[type[Any], str, tuple[str, ...]], ...] = (
    (Grant, "", _columns(Grant)),
    (Union, "union__", _columns(Union)),
    (User, "user__", _columns(User)),
    (User, "stands_in_for__", ("id", "username", "name")),
)


@cache
def _grants() -> Statement:
    rows = Grant.objects.filter(user=Value(Given("user"))).in_force(Value(Given("today")))
    columns = [prefix + name for _, prefix, names in PARTS for name in names]
    return Statement(rows.values_list(*columns, "tree"))


class Backend(AuthenticationBackend):  # type: ignore[misc]  # allauth has no types
    def get_user(self, user_id: Any) -> User | None:
        rows = _grants().ask(user=user_id, today=timezone.localdate())
        if not rows:
            found: User | None = super().get_user(user_id)
            return found
        grants = tuple(map(_grant, rows))
        user = grants[0].user
        if not self.user_can_authenticate(user):
            return None
        user.granted = grants
        return user


def _grant(row: Row) -> Grant:
    values = iter(row)
    grant, union, user, absent = (
        model.from_db(DEFAULT_DB_ALIAS, names, list(islice(values, len(names))))
        for model, _, names in PARTS
    )
    grant.union, grant.user, grant.tree = union, user, next(values)
    if grant.stands_in_for_id:
        grant.stands_in_for = absent
    found: Grant = grant
    return found
