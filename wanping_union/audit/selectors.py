"""Which acts a person may read, page by page, with links to the records they may open."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from operator import itemgetter
from typing import Any, Generic, TypeVar

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db import connection
from django.db.models import Model, Q, QuerySet
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from wanping_union.accounts.models import User
from wanping_union.audit import log
from wanping_union.audit.models import Act, Change, Look, Seal
from wanping_union.roles import SEE_AUDIT, Role

PAGE = 50
COUNTED = 1000  # beyond it a page says 1,000+

# From one kind to the next by the index act_by_kind, then one act of it within each scope: both as
# quick in a log of millions.
KINDS = """
with recursive kind (name) as (
    (select name from audit_act order by name limit 1)
    union all
    select (select name from audit_act where name > kind.name order by name limit 1)
    from kind where kind.name is not null
)
select distinct on (kind.name) kind.name, act.label
from kind cross join unnest(%s::text[], %s::text[]) as scope (first, beyond)
cross join lateral (
    select label from audit_act
    where name = kind.name and union_path ~>=~ scope.first and union_path ~<~ scope.beyond
    limit 1
) act
"""

# "members.person" → the records of that kind this person may open
Links = Mapping[str, Callable[[User], QuerySet[Any]]]


@dataclass(frozen=True)
class Line:
    act: Act
    url: str  # of the record, "" where there is none to open
    changes: list[tuple[str, str, str]]  # (field in words, before, after)


R = TypeVar("R", Act, Change, Look, Seal)


@dataclass(frozen=True)
class Slice(Generic[R]):
    lines: list[R]
    newer: str  # cursors; "" at an end
    older: str


def acts_for(user: User) -> QuerySet[Act]:
    """Acts within the unions the person reaches; for an auditor also those of no union."""
    scope = Q(pk__in=[])
    for path in user.paths(SEE_AUDIT):
        scope |= Q(union_path__startswith=path)
    if user.may((Role.AUDITOR,)):
        scope |= Q(union_path="")
    return Act.objects.filter(scope)


def kinds(user: User) -> list[tuple[str, str]]:
    """(name, label) of what acts_for holds, by label."""
    first = [*user.paths(SEE_AUDIT), *([""] if user.may((Role.AUDITOR,)) else ())]
    beyond = [f"{path[:-1]}0" for path in first]  # 0 follows the slash: 1/7/ to 1/70
    with connection.cursor() as cursor:
        cursor.execute(KINDS, [first, beyond])
        found: list[tuple[str, str]] = cursor.fetchall()
    return sorted(found, key=itemgetter(1))


def narrowed(
    acts: QuerySet[Act],
    *,
    kind: str = "",
    by: User | None = None,
    since: date | None = None,
    until: date | None = None,
    record: str = "",
) -> QuerySet[Act]:
    """since, until: real days in Asia/Shanghai, both inclusive. record: "members.person:42"."""
    if kind:
        acts = acts.filter(name=kind)
    if by:
        acts = acts.filter(by=by)
    if since:
        acts = acts.filter(at__gte=moment(since, time.min))
    if until:
        acts = acts.filter(at__lte=moment(until, time.max))
    if record:
        acts = acts.filter(record=record)
    return acts


def sliced(acts: QuerySet[R], *, before: str = "", after: str = "") -> Slice[R]:
    """One page, newest first. before, after: cursors of an earlier slice; others are ignored."""
    if (place := _place(after)) is not None:
        rows = list(_beyond(acts, place, newer=True).order_by("at", "pk")[: PAGE + 1])
        more, rows = len(rows) > PAGE, rows[:PAGE][::-1]
        return Slice(
            rows, _cursor(rows[0]) if more and rows else "", _cursor(rows[-1]) if rows else ""
        )
    place = _place(before)
    if place is not None:
        acts = _beyond(acts, place, newer=False)
    rows = list(acts.order_by("-at", "-pk")[: PAGE + 1])
    more, rows = len(rows) > PAGE, rows[:PAGE]
    newer = _cursor(rows[0]) if place is not None and rows else ""
    return Slice(rows, newer, _cursor(rows[-1]) if more else "")


def counted(acts: QuerySet[Any]) -> str:
    """How many there are, up to a cap."""
    count = acts.order_by()[: COUNTED + 1].count()
    return f"{COUNTED:,}+" if count > COUNTED else f"{count:,}"


def people(user: User) -> QuerySet[User]:
    """People who act for the unions whose acts the person may read."""
    scope = Q(pk=user.pk)
    for path in user.paths(SEE_AUDIT):
        scope |= Q(grants__union__path__startswith=path)
    return User.objects.filter(scope).distinct().order_by("name", "pk")


def note(records: Iterable[tuple[str, str, str]], user: User, links: Links) -> None:
    """Note whom a page of a log names. records: ("members.person", ":", "42"); kinds of links."""
    named: dict[str, set[int]] = {}
    for kind, _, key in records:
        if kind in links and key.isdecimal():
            named.setdefault(kind, set()).add(int(key))
    for kind, keys in named.items():
        log.look(apps.get_model(kind), keys, by=user, page="操作日志")


def lines(acts: Iterable[Act], user: User, links: Links) -> list[Line]:
    """Acts with the address of their record, where the person may open it: one query a kind."""
    acts = list(acts)
    wanted: dict[str, set[str]] = {}
    for act in acts:
        kind, _, key = act.record.partition(":")
        if kind in links and key:
            wanted.setdefault(kind, set()).add(key)
    urls = {
        f"{kind}:{record.pk}": record.get_absolute_url()
        for kind, keys in wanted.items()
        for record in links[kind](user).filter(pk__in=keys)
    }
    return [Line(act, urls.get(act.record, ""), _changes(act)) for act in acts]


def _changes(act: Act) -> list[tuple[str, str, str]]:
    kind = act.record.partition(":")[0]
    model = apps.get_model(kind) if kind else None
    return [(_label(model, name), pair[0], pair[1]) for name, pair in act.changed.items()]


def _label(model: type[Model] | None, name: str) -> str:
    if model is None:
        return name
    try:
        return str(getattr(model._meta.get_field(name), "verbose_name", name))
    except FieldDoesNotExist:
        return name


def moment(day: date, of_day: time) -> datetime:
    return timezone.make_aware(datetime.combine(day, of_day))


def _cursor(act: R) -> str:
    return f"{act.at.isoformat()}_{act.pk}"


def _place(cursor: str) -> tuple[datetime, int] | None:
    at, _, pk = cursor.partition("_")
    if not pk.isdecimal() or len(pk) > 18:
        return None
    try:
        moment = parse_datetime(at)
        if moment is None or timezone.is_naive(moment):
            return None
        # PostgreSQL knows no offsets of 16 hours and more.
        return moment.astimezone(UTC), int(pk)
    except (ValueError, OverflowError):
        return None


def _beyond(acts: QuerySet[R], place: tuple[datetime, int], *, newer: bool) -> QuerySet[R]:
    at, pk = place
    if newer:
        return acts.filter(Q(at__gt=at) | Q(at=at, pk__gt=pk), at__gte=at)
    return acts.filter(Q(at__lt=at) | Q(at=at, pk__lt=pk), at__lte=at)
