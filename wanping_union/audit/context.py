"""Who acts, through which channel, in which request: carried beside the code, not through it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from uuid import UUID, uuid4

from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse

from wanping_union.audit.models import Channel


@dataclass(frozen=True)
class Origin:
    channel: Channel
    request_id: UUID
    actor_id: int | None = None


_origin: ContextVar[Origin | None] = ContextVar("origin", default=None)


def origin() -> Origin:
    """Where the present act comes from; a command where nothing was said."""
    return _origin.get() or Origin(Channel.COMMAND, uuid4())


@contextmanager
def acting(channel: Channel, actor_id: int | None) -> Iterator[Origin]:
    """One transaction that carries actor and request id into the database."""
    outer = _origin.get()
    here = Origin(channel, uuid4(), actor_id)
    token = _origin.set(here)
    try:
        with transaction.atomic():
            _carry(here)
            yield here
            if outer:  # a command called inside a request, say: the transaction goes on as before
                _carry(outer)
    finally:
        _origin.reset(token)


def _carry(origin: Origin) -> None:
    """Tell the database until the transaction ends: its triggers record it with each change."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select set_config('app.actor', %s, true), set_config('app.request_id', %s, true)",
            [str(origin.actor_id or ""), str(origin.request_id)],
        )


OUTSIDE = {"/healthz"}  # must answer when the database does not


class Actor:
    """Middleware: each request is one transaction; an answer of 500 takes everything back."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path in OUTSIDE:
            return self.get_response(request)
        with acting(Channel.WEB, request.user.pk) as here:
            request.request_id = here.request_id  # type: ignore[attr-defined]
            response = self.get_response(request)
            if response.status_code >= 500:
                transaction.set_rollback(True)
        return response
