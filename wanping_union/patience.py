"""Redis may be down or hang: after one failure this process leaves it alone for a while.

A page that needs Redis several times then waits for it once, for as long as REDIS_PATIENCE says.
"""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, TypeVar

from django.conf import settings
from django.core.cache.backends.redis import RedisCache, RedisCacheClient
from kombu.exceptions import OperationalError
from redis import Redis
from redis.exceptions import RedisError

REST = 5  # seconds
Answer = TypeVar("Answer")
log = logging.getLogger(__name__)


class Resting(RedisError):
    """Redis failed a moment ago and is not asked again yet."""


class _Failure:
    at = -float(REST)  # monotonic seconds


@contextmanager
def asking() -> Iterator[None]:
    """Ask Redis here. Raises Resting where that is not worth the wait."""
    if time.monotonic() < _Failure.at + REST:
        raise Resting("Redis failed a moment ago")
    try:
        yield
    except (RedisError, OperationalError):
        _Failure.at = time.monotonic()
        raise


def forget() -> None:
    """Ask again at once."""
    _Failure.at = -float(REST)


def is_well() -> bool:
    """Whether Redis answers."""
    try:
        with asking():
            return bool(_own_client().ping())
    except RedisError:
        return False


def count(key: str, seconds: int) -> int:
    """How often this was called for the key, within so many seconds from the first time.

    Raises RedisError where Redis does not answer.
    """
    with asking(), _own_client().pipeline() as pipe:
        pipe.set(key, 0, ex=seconds, nx=True)
        pipe.incr(key)
        return int(pipe.execute()[1])


@cache
def _own_client() -> Redis:
    return Redis.from_url(settings.REDIS_URL, **settings.REDIS_PATIENCE)


class _Client(RedisCacheClient):
    """While Redis is away it keeps nothing and knows nothing.

    Limits kept here fail open: whatever decides is a row in PostgreSQL.
    """

    def add(self, key: Any, value: Any, timeout: Any) -> bool:
        return _or(True, lambda: super(_Client, self).add(key, value, timeout))

    def get(self, key: Any, default: Any) -> Any:
        return _or(default, lambda: super(_Client, self).get(key, default))

    def set(self, key: Any, value: Any, timeout: Any) -> None:
        return _or(None, lambda: super(_Client, self).set(key, value, timeout))

    def touch(self, key: Any, timeout: Any) -> bool:
        return _or(False, lambda: super(_Client, self).touch(key, timeout))

    def delete(self, key: Any) -> bool:
        return _or(False, lambda: super(_Client, self).delete(key))

    def has_key(self, key: Any) -> bool:
        return _or(False, lambda: super(_Client, self).has_key(key))


def _or(otherwise: Answer, ask: Callable[[], Answer]) -> Answer:
    try:
        with asking():
            return ask()
    except RedisError as error:
        log.warning("cache: %s", error)
        return otherwise


class Cache(RedisCache):
    """Django's cache in Redis that a page never waits for twice."""

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._class = _Client
