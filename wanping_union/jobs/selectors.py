"""What the administrator sees of the jobs: who is alive, what waits, what failed and why."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Count, Q, QuerySet, Sum
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from wanping_union import patience
from wanping_union.accounts.models import User
from wanping_union.home import ToDo
from wanping_union.jobs import keeping, services
from wanping_union.jobs.models import Job, Pulse, State
from wanping_union.roles import KEEP_JOBS

PAGE = 50
MANY = 20  # running jobs shown at once
OLD_PULSE = 120  # seconds
LONG_WAIT = 300  # seconds
LATELY = timedelta(days=1)
TOLD = timedelta(days=7)  # how long a failed job stays on the administrator's home page


def jobs_for(user: User) -> QuerySet[Job]:
    """One's own jobs; an administrator's also those of their unions and of nobody."""
    mine = Q(by=user)
    if user.may(KEEP_JOBS):
        mine |= Q(union__in=user.union_ids(KEEP_JOBS)) | Q(by=None, union=None)
    return Job.objects.select_related("union", "by").filter(mine)


def counts(jobs: QuerySet[Job]) -> dict[str, int]:
    """state → how many, without those that are done: they are many and nobody asks."""
    waiting = jobs.exclude(state=State.DONE).order_by().values_list("state")
    return dict(waiting.annotate(n=Count("pk")))


def running(jobs: QuerySet[Job]) -> QuerySet[Job]:
    return jobs.filter(state=State.RUNNING).order_by("started_at", "pk")[:MANY]


def failed_kinds(jobs: QuerySet[Job]) -> list[tuple[str, int]]:
    """(kind, how many failed), where there is more than one."""
    failed = jobs.filter(state=State.FAILED).order_by("kind").values_list("kind")
    return [(kind, n) for kind, n in failed.annotate(n=Count("pk")) if n > 1]


@dataclass(frozen=True)
class Slice:
    jobs: list[Job]
    newer: str  # cursors; "" at an end
    older: str


def sliced(jobs: QuerySet[Job], *, before: str = "", after: str = "") -> Slice:
    """One page, newest first. before, after: cursors of an earlier slice; others are ignored."""
    if place := _place(after):
        at, pk = place
        newer = jobs.filter(Q(created_at__gt=at) | Q(created_at=at, pk__gt=pk))
        rows = list(newer.order_by("created_at", "pk")[: PAGE + 1])
        more, rows = len(rows) > PAGE, rows[:PAGE][::-1]
        ends = (_cursor(rows[0]), _cursor(rows[-1])) if rows else ("", "")
        return Slice(rows, ends[0] if more else "", ends[1])
    place = _place(before)
    if place:
        at, pk = place
        jobs = jobs.filter(Q(created_at__lt=at) | Q(created_at=at, pk__lt=pk))
    rows = list(jobs.order_by("-created_at", "-pk")[: PAGE + 1])
    more, rows = len(rows) > PAGE, rows[:PAGE]
    return Slice(
        rows, _cursor(rows[0]) if place and rows else "", _cursor(rows[-1]) if more else ""
    )


def _cursor(job: Job) -> str:
    return f"{job.created_at.isoformat()}_{job.pk}"


def _place(cursor: str) -> tuple[datetime, UUID] | None:
    at, _, pk = cursor.partition("_")
    try:
        moment = parse_datetime(at)
        return (moment, UUID(pk)) if moment and timezone.is_aware(moment) else None
    except ValueError:
        return None


@dataclass(frozen=True)
class Sign:
    """One sign of health. tone: ok, warn or bad."""

    label: str
    words: str
    tone: str = "ok"


def health() -> Iterator[Sign]:
    """How the machinery is; waits for Redis once at most, and briefly."""
    yield Sign("数据库", "正常")
    yield (
        Sign("Redis", "正常")
        if patience.is_well()
        else Sign("Redis", "连不上：任务照办，只是开始得慢一些", "bad")
    )
    ages = {p.name: (timezone.now() - p.at).total_seconds() for p in Pulse.objects.all()}
    workers = [age for name, age in ages.items() if name.startswith(keeping.WORKER)]
    alive = [age for age in workers if age < OLD_PULSE]
    newest = min(workers, default=None)
    words = f"{len(alive)} 个，{ago(min(alive))}有回音" if alive else _heard(newest)
    yield Sign("办理程序", words, "ok" if alive else "bad")
    for label, name in (("巡查程序", keeping.SWEEPER), ("定时程序", keeping.BEAT)):
        age = ages.get(name)
        yield Sign(label, _heard(age), "ok" if age is not None and age < OLD_PULSE else "bad")
    wait = services.longest_wait()
    yield Sign("最久的等待", "没有任务在等" if wait is None else length(wait),
               "warn" if (wait or 0) > LONG_WAIT else "ok")  # fmt: skip
    lately = Job.objects.filter(started_at__gte=timezone.now() - LATELY)
    lapses = lately.aggregate(n=Sum("lapses"))["n"] or 0
    yield Sign("24 小时内中断", f"{lapses} 次，已自动重办" if lapses else "没有",
               "warn" if lapses else "ok")  # fmt: skip


def _heard(age: float | None) -> str:
    return "还没有回音" if age is None else f"{ago(age)}有回音"


def ago(seconds: float) -> str:
    return "刚刚" if seconds < 5 else f"{length(seconds)}前"


def length(seconds: float) -> str:
    """A length of time as one would say it: 12 秒, 3 分钟, 5 小时, 2 天."""
    for size, unit in ((86_400, "天"), (3_600, "小时"), (60, "分钟")):
        if seconds >= size:
            return f"{int(seconds // size)} {unit}"
    return f"{int(seconds)} 秒"


def todo(user: User, words: Mapping[str, str]) -> list[ToDo]:
    """Jobs that failed lately, for who keeps jobs. words: kind → what it is called."""
    if not user.may(KEEP_JOBS):
        return []
    lately = timezone.now() - TOLD
    failed = jobs_for(user).filter(state=State.FAILED, finished_at__gte=lately).order_by()
    kinds = failed.values_list("kind").annotate(n=Count("pk"))
    return [
        ToDo(
            f"{n} 件“{words.get(kind, kind)}”没有办成",
            "看看原因，再重试",
            f"{reverse('jobs:jobs')}?state={State.FAILED}&kind={kind}",
        )
        for kind, n in sorted(kinds)
    ]
