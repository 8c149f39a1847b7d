"""Sessions as Django keeps them, found by a statement written once."""

from functools import cache
from typing import Any

from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.db.models import Value
from django.utils import timezone

from wanping_union.statements import Given, Statement


@cache
def _statement() -> Statement:
    alive = Session.objects.filter(
        session_key=Value(Given("key")), expire_date__gt=Value(Given("now"))
    )
    return Statement(alive.values_list("session_data"))


class SessionStore(db.SessionStore):
    def load(self) -> dict[str, Any]:
        found = _statement().ask(key=self.session_key, now=timezone.now())
        if not found:
            self._session_key = None
            return {}
        data: dict[str, Any] = self.decode(found[0][0])
        return data
