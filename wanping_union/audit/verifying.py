"""Proving that the logs are as they were sealed: every seal's rows, the chain, the anchors."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from itertools import groupby

from django.conf import settings
from django.db import connection
from django.utils import timezone

from wanping_union.audit import sealing
from wanping_union.audit.models import Act, Change, Log, Look
from wanping_union.audit.sealing import Anchor
from wanping_union.deadlines import add_months

LATE = timedelta(hours=1)  # a row that was there at the seal before, but gives an older time
TABLES: Mapping[str, type[Act] | type[Change] | type[Look]] = {
    Log.ACTS: Act,
    Log.CHANGES: Change,
    Log.LOOKS: Look,
}
SHOWN = 20  # problems told one by one


@dataclass
class Verdict:
    """rows, sealed, unsealed: over all logs. An unsealed tail is no fault.

    ended: rows that went with their whole seal when their time was over, which is none either.
    """

    rows: int = 0
    sealed: int = 0
    unsealed: int = 0
    ended: int = 0
    seals: int = 0
    anchors: int = 0
    problems: list[str] = field(default_factory=list)

    @property
    def broken(self) -> int:
        return len(self.problems)

    def told(self) -> dict[str, object]:
        """As verify_audit prints it."""
        return asdict(self) | {"broken": self.broken, "problems": self.problems[:SHOWN]}


@dataclass(frozen=True)
class _Seal:
    pk: int
    log: str
    at: datetime
    ids: str
    n: int
    root: bytes
    prev: bytes
    chain: bytes
    as_told: bool  # chain follows from the row's own columns


SEALS = """
select id, log, at, ids::text, n, root, prev, chain,
    chain = audit_chain(prev, root, log, ids, n, at)
from audit_seal order by id
"""
TWICE = """
select coalesce(sum(n), 0), coalesce((select sum(upper(r) - lower(r)) from unnest(
    (select range_agg(ids) from audit_seal where log = %s)) r), 0)
from audit_seal where log = %s
"""


def verify() -> Verdict:
    verdict = Verdict()
    anchored = list(_anchors(verdict))  # first: each seal it names must then be found
    seals = _seals()
    verdict.seals = len(seals)
    verdict.problems += _chained(seals)
    before = _pass_before(seals)
    for log in TABLES:
        mine = {s.pk: s for s in seals if s.log == log}
        _check_log(verdict, log, mine, before)
    verdict.problems += _anchored(anchored, {s.pk: s for s in seals})
    verdict.problems += _missing(anchored, seals)
    verdict.unsealed = verdict.rows - verdict.sealed
    return verdict


def _seals() -> list[_Seal]:
    with connection.cursor() as cursor:
        cursor.execute(SEALS)
        return [_Seal(*row) for row in cursor.fetchall()]


def _chained(seals: list[_Seal]) -> Iterator[str]:
    """Each seal follows from the one before, the first from nothing."""
    last = b""
    for seal in seals:
        if seal.prev != last:
            yield f"封存 {seal.pk}：之前的封存被删除或改动"
        if not seal.as_told:
            yield f"封存 {seal.pk}（{_words(seal)} {seal.ids}）：封存本身被改动"
        last = seal.chain


def _pass_before(seals: list[_Seal]) -> dict[int, datetime]:
    """When the sealer was there before, by seal. The three logs are sealed at one moment."""
    found: dict[int, datetime] = {}
    last: datetime | None = None
    for at, together in groupby(seals, key=lambda seal: seal.at):
        if last:
            found |= dict.fromkeys((seal.pk for seal in together), last)
        last = at
    return found


def _check_log(
    verdict: Verdict, log: str, seals: Mapping[int, _Seal], before: Mapping[int, datetime]
) -> None:
    with connection.cursor() as cursor:
        cursor.execute("select * from audit_check(%s)", [log])
        for pk, found, root, oldest in cursor.fetchall():
            if (seal := seals.get(pk)) is None:
                continue  # sealed while we looked
            verdict.sealed += found
            if not found and _may_be_gone(seal):
                verdict.ended += seal.n
                continue
            if root != seal.root:
                verdict.problems.append(_differs(seal, found))
            if oldest and pk in before and oldest < before[pk] - LATE:
                verdict.problems.append(_late(seal, before[pk]))
        cursor.execute(TWICE, [log, log])
        told, held = cursor.fetchone()
        if told != held:
            verdict.problems.append(f"{Log(log).label}：有 {told - held} 行被封存两次")
    verdict.rows += TABLES[log].objects.count()


def _may_be_gone(seal: _Seal) -> bool:
    """Whether no law asks for the rows of a seal any more."""
    now = timezone.now()
    least = add_months(timezone.localdate(now), -12 * sealing.LEAST_YEARS)
    return seal.log in sealing.ENDING and timezone.localdate(seal.at) <= least


def _differs(seal: _Seal, found: int) -> str:
    """What became of a seal's rows: ids that are gone are known one by one."""
    gone = _one(
        f"select %s::int8multirange - coalesce(range_agg(int8range(id, id, '[]')), '{{}}')"
        f" from {TABLES[seal.log]._meta.db_table} where %s::int8multirange @> id",
        seal.ids,
        seal.ids,
    )
    if found < seal.n:
        return f"封存 {seal.pk}：{_words(seal)}日志缺少 {seal.n - found} 行，编号 {gone}"
    return f"封存 {seal.pk}：{_words(seal)}日志 {seal.ids} 中有行被改动"


def _late(seal: _Seal, before: datetime) -> str:
    ids = _one(
        f"select range_agg(int8range(id, id, '[]')) from {TABLES[seal.log]._meta.db_table}"
        " where %s::int8multirange @> id and at < %s",
        seal.ids,
        before - LATE,
    )
    return f"封存 {seal.pk}：{_words(seal)}日志 {ids} 的时间早于上一次封存一小时以上，是后来补写的"


def _anchors(verdict: Verdict) -> Iterator[Anchor]:
    try:
        for anchor in sealing.anchors():
            verdict.anchors += 1
            yield anchor
    except (ValueError, KeyError, OSError) as fault:
        verdict.problems.append(f"锚点文件读不出来：{type(fault).__name__}")


def _anchored(anchors: Iterable[Anchor], seals: Mapping[int, _Seal]) -> Iterator[str]:
    """Every anchor outside the database still finds its seal."""
    for anchor in anchors:
        seal = seals.get(anchor.seal)
        if not anchor.is_genuine:
            yield f"锚点文件：封存 {anchor.seal} 的一行不是本系统写的"
        elif seal is None:
            yield f"封存 {anchor.seal}：锚点文件里有，数据库里没有，之后的记录被截去"
        elif seal.chain.hex() != anchor.chain:
            yield f"封存 {anchor.seal}：和锚点文件不一致，整条记录被重做过"


def _missing(anchors: list[Anchor], seals: list[_Seal]) -> Iterator[str]:
    """A file that lacks its last lines, or is gone, hides a cut tail as the database would."""
    if not settings.AUDIT_ANCHORS or not seals:
        return
    last = max((anchor.at for anchor in anchors), default=seals[0].at)
    if seals[-1].at - last > 2 * sealing.ANCHORED_EVERY:
        yield f"锚点文件：{timezone.localtime(last):%Y-%m-%d %H:%M} 以后没有记录，被截去或写不进去"


def _words(seal: _Seal) -> str:
    return str(Log(seal.log).label)


def _one(sql: str, *values: str | datetime) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"select ({sql})::text", values)
        return str(cursor.fetchone()[0])
