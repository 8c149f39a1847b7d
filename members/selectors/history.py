"""What happened to a person or an enterprise, as one line after the other, newest first."""

from datetime import date, datetime
from typing import NamedTuple

from django.utils import timezone

from members.models import Enterprise, Membership, Person, Standing
from members.rules import STEPS, Status
from wanping_union.audit.models import Act, name_of

SHOWN_ACTS = 200


class Entry(NamedTuple):
    """One line of a person's history. sort: newest first."""

    when: str
    title: str
    text: str
    by: str
    tone: str
    sort: tuple[date, int]


TONES = {Status.ACTIVE: "ok", Status.RETAINED: "warn", Status.TRANSFERRING: "now"}
MOVES = {step.name for step in STEPS} | {"register"}


def of_person(person: Person, memberships: list[Membership]) -> list[Entry]:
    """One timeline: statuses, corrections and who looked at what, newest first.

    A change of status and the act that recorded it are one entry.
    """
    standings = Standing.objects.filter(membership__in=memberships).order_by("-from_on", "-pk")
    records = [name_of(person), *map(name_of, memberships)]
    acts = list(Act.objects.filter(record__in=records).order_by("-at", "-pk")[:SHOWN_ACTS])
    by_pk = {m.pk: m for m in memberships}
    entries = []
    for standing in standings:
        act = _recorded_by(standing, acts)
        if act:
            acts.remove(act)
        entries.append(_of_standing(standing, by_pk[standing.membership_id], act))
    entries += [_of_act(act) for act in acts]
    return sorted(entries, key=lambda entry: entry.sort, reverse=True)


def _recorded_by(standing: Standing, acts: list[Act]) -> Act | None:
    record = f"{Membership._meta.label_lower}:{standing.membership_id}"
    for act in acts:
        reached = act.changed.get("status", ["", ""])[1]
        if act.record == record and act.name in MOVES and reached == standing.status:
            return act
    return None


def _of_standing(standing: Standing, membership: Membership, act: Act | None) -> Entry:
    joined_on = membership.joined_on
    reason = standing.get_reason_display() if standing.reason else ""
    words = Status(standing.status).label
    is_first = standing.from_on == joined_on and standing.status == Status.ACTIVE
    title = act.label if act else "入会" if is_first else words
    return Entry(
        when=standing.from_on.isoformat(),
        title=f"{title}：{reason}" if reason else title,
        text="，".join(filter(None, (membership.union.name, standing.note))),
        by=f"{act.by_name} {_moment(act.at)} 登记" if act else "",
        tone=TONES.get(Status(standing.status), "bad"),
        sort=(standing.from_on, standing.pk),
    )


def _of_act(act: Act) -> Entry:
    reveal = act.name == "reveal"
    changes = [
        f"{label}：{before or '空'} → {after or '空'}"
        for label, (before, after) in act.changed.items()
        if before != after and act.name not in MOVES
    ]
    text = f"理由：{act.note}" if reveal else "\n".join(filter(None, (*changes, act.note)))
    day = timezone.localtime(act.at).date()
    return Entry(_moment(act.at), act.label, text, act.by_name, "warn" if reveal else "", (day, 0))


def _moment(at: datetime) -> str:
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M}"


def of_enterprise(enterprise: Enterprise) -> list[Entry]:
    acts = Act.objects.about(enterprise).order_by("-at", "-pk")[:SHOWN_ACTS]
    return [_of_act(act) for act in acts]
