"""What is past its time: found every day, approved by a person, erased by a job.

Basis: 个人信息保护法 Art. 19, 47; privacy.KEEPS says which and how long.
"""

from collections.abc import Collection, Mapping
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from wanping_union import clock
from wanping_union.accounts.models import Union, UnionKind, User
from wanping_union.audit import log
from wanping_union.errors import NotAllowed, OutOfTurn, Refused
from wanping_union.jobs.services import enqueue
from wanping_union.jobs.worker import Run
from wanping_union.rights.models import ListState, RetentionLine, RetentionList
from wanping_union.rights.registry import Offers
from wanping_union.roles import DECIDE_DELETION

ERASE = "retention_erase"
ERASED = "已删除"


@transaction.atomic
def find(offers: Offers) -> int:
    """Put what is past its time on the open list of its area. Returns how many lines are new."""
    today = clock.today()
    lists: dict[int, RetentionList] = {}
    lines = []
    for kind in offers.expiring:
        asked = _asked_lately(kind.rule)
        for found in kind.due(today):
            if found.record in asked:
                continue
            area = _area(found.union)
            if area.pk not in lists:
                lists[area.pk] = _open_list(area)
            lines.append(
                RetentionLine(
                    list=lists[area.pk],
                    rule=kind.rule,
                    record=found.record,
                    since=found.since,
                    as_of=found.as_of,
                )
            )
    RetentionLine.objects.bulk_create(lines)
    return len(lines)


def _asked_lately(rule: str) -> set[int]:
    """Records on a list that is not closed, or kept with a reason not long ago."""
    since = timezone.now() - timedelta(days=settings.RETENTION_ASK_AGAIN_DAYS)
    rows = RetentionLine.objects.filter(rule=rule)
    waiting = rows.exclude(list__state=ListState.DONE)
    kept = rows.filter(list__approved_at__gte=since).exclude(kept_because="")
    return {*waiting.values_list("record", flat=True), *kept.values_list("record", flat=True)}


def _area(union: Union) -> Union:
    """The area whose chair decides; the union itself where there is none above."""
    ids = [int(part) for part in union.path.split("/") if part]
    above = Union.objects.filter(pk__in=ids, kind=UnionKind.AREA)
    return above.order_by("-path").first() or union


def _open_list(area: Union) -> RetentionList:
    made, _ = RetentionList.objects.get_or_create(
        union=area, state=ListState.OPEN, defaults={"made_on": clock.today()}
    )
    return made


@transaction.atomic
def approve(
    found: RetentionList, *, by: User, shown: Collection[int], kept: Mapping[int, str]
) -> None:
    """Let a job erase the lines that were shown, save those kept with a reason.

    shown: ids of the lines on the page. kept: line to reason. Raises NotAllowed, OutOfTurn, and
    Refused for a line without a reason, or lines that came since.
    """
    found = RetentionList.objects.select_for_update(of=("self",)).get(pk=found.pk)
    if not by.may(DECIDE_DELETION, found.union):
        raise NotAllowed(f"{by.pk} may not approve list {found.pk}")
    if found.state != ListState.OPEN:
        raise OutOfTurn("这份清单已经核定过了。")
    lines = {line.pk: line for line in found.lines.all()}
    if lines.keys() != set(shown) or not kept.keys() <= lines.keys():
        raise Refused("清单刚刚有变化，请重新打开这一页再核定。")
    if any(len(reason.strip()) < 2 for reason in kept.values()):
        raise Refused("暂不删除的，请写明原因。")
    for pk, reason in kept.items():
        lines[pk].kept_because = reason.strip()[:100]
    RetentionLine.objects.bulk_update([lines[pk] for pk in kept], ["kept_because"])
    found.state, found.approved_by, found.approved_at = ListState.APPROVED, by, timezone.now()
    found.save(update_fields=["state", "approved_by", "approved_at"])
    count = len(lines) - len(kept)
    changed = {"删除": ["", f"{count} 条"], "暂不删除": ["", f"{len(kept)} 条"]}
    log.write("approve", "核定到期清单", by=by, record=found, union=found.union, changed=changed)
    enqueue(ERASE, {"list": found.pk}, by=by, union=found.union, dedupe=f"{ERASE}:{found.pk}")


def erase(run: Run, offers: Offers) -> None:
    """Erase exactly the approved lines; one that was touched since stays and says so."""
    rows = RetentionList.objects.select_for_update(of=("self",)).select_related("union")
    found = rows.get(pk=run.args["list"])
    if found.state != ListState.APPROVED or found.approved_by is None:
        return
    kinds = {kind.rule: kind for kind in offers.expiring}
    lines = list(found.lines.filter(kept_because="").order_by("pk"))
    for count, line in enumerate(lines, 1):
        try:
            with transaction.atomic():
                kinds[line.rule].erase(
                    line.record,
                    as_of=line.as_of,
                    by=found.approved_by,
                    note=str(found),
                    offers=offers,
                )
            line.outcome = ERASED
        except Refused as refusal:
            line.outcome = str(refusal)[:200]
        run.tell(count, len(lines), f"已处理 {count} 条")
    RetentionLine.objects.bulk_update(lines, ["outcome"])
    found.state = ListState.DONE
    found.save(update_fields=["state"])
    gone = sum(line.outcome == ERASED for line in lines)
    run.result = {"erased": gone, "left": len(lines) - gone}
    changed = {"已删除": ["", f"{gone} 条"], "留下": ["", f"{len(lines) - gone} 条"]}
    log.write(
        "retention",
        "按清单删除到期资料",
        by=found.approved_by,
        record=found,
        union=found.union,
        changed=changed,
    )
