"""The business date: today, unless history is being entered.

Acts take their date from here. Audit rows and jobs always use the database's own clock.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date

from django.utils import timezone

_set: ContextVar[date | None] = ContextVar("business_date", default=None)


def today() -> date:
    """The business date in Asia/Shanghai."""
    return _set.get() or timezone.localdate()


@contextmanager
def at(day: date) -> Iterator[None]:
    """Let everything inside happen on `day`: the sample year and historic entry."""
    token = _set.set(day)
    try:
        yield
    finally:
        _set.reset(token)
