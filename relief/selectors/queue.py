"""The queue of who reviews: what waits, the first due first; and the list of everything else."""

from collections.abc import Sequence
from dataclasses import dataclass

from relief.models import ReliefCase
from relief.rules import DESKS, OPEN, VOID, Status
from relief.selectors.cases import Waiting, cases_for, desk_of, masked_name, timed
from wanping_union.accounts.models import Union, User
from wanping_union.roles import SEE_RELIEF_INSIDE

SIZE = 50
WHICH = {  # view → statuses
    "open": tuple(s for s in OPEN if s != Status.DRAFT),
    "after": (Status.APPROVED, Status.PAID, Status.RECEIPT_CONFIRMED, Status.HANDED_OVER),
    "done": (Status.CLOSED, *VOID),
    "all": tuple(s for s in Status if s != Status.DRAFT),
}
LABELS = {"mine": "等我办理", "open": "审核中", "after": "已批准", "done": "已办结", "all": "全部"}


@dataclass(frozen=True)
class Row:
    """One line. cause: "" for who may not know what a case is about."""

    waiting: Waiting
    who: str
    cause: str

    @property
    def case(self) -> ReliefCase:
        return self.waiting.case


@dataclass(frozen=True)
class Listed:
    """rows: in the order shown. after: of the next page, 0 where this is the last one."""

    rows: list[Row]
    after: int = 0


def waits_for(case: ReliefCase, user: User) -> bool:
    """Whether it is this person's turn, in any of their roles."""
    return any(
        case.status in statuses and user.may(roles, case.union) for roles, statuses in DESKS.items()
    )


def name_of(case: ReliefCase) -> str:
    """Masked, as lists name whom a case is for."""
    person = case.beneficiary.name if case.beneficiary else case.household.head.name
    return masked_name(person)


def _row(waiting: Waiting, user: User) -> Row:
    case = waiting.case
    inside = user.may(SEE_RELIEF_INSIDE, case.union)
    return Row(waiting, name_of(case), case.get_cause_display() if inside else "")


def mine(user: User, *, status: str = "", union: Union | None = None) -> list[Row]:
    """What waits for this person."""
    desk = desk_of(user, [status] if status else None)
    return [_row(one, user) for one in desk if union is None or one.case.union_id == union.pk]


def listed(
    user: User, which: str, *, status: str = "", union: Union | None = None, after: int = 0
) -> Listed:
    """One page of a view of WHICH; those of one page are ordered by their clock."""
    rows = cases_for(user).filter(status__in=WHICH[which])
    rows = rows.filter(status=status) if status else rows
    rows = rows.filter(union=union) if union else rows
    rows = rows.filter(pk__lt=after) if after else rows
    found = list(rows.prefetch_related("returns")[: SIZE + 1])
    more = len(found) > SIZE
    last = found[SIZE - 1].pk if more else 0
    return Listed([_row(one, user) for one in timed(found[:SIZE])], last)


@dataclass(frozen=True)
class Beside:
    """Ids of the cases before and after one in the person's queue; 0 for none."""

    before: int = 0
    after: int = 0
    place: int = 0  # from 1; 0: not in the queue
    length: int = 0


def beside(desk: Sequence[Waiting], pk: int) -> Beside:
    """For a case that is not in the queue, the first of the queue is the next."""
    keys = [one.case.pk for one in desk]
    if pk not in keys:
        return Beside(after=keys[0] if keys else 0, length=len(keys))
    at = keys.index(pk)
    before = keys[at - 1] if at else 0
    after = keys[at + 1] if at + 1 < len(keys) else 0
    return Beside(before, after, at + 1, len(keys))


def next_after(desk: Sequence[Waiting], pk: int) -> int:
    """Where to go once this case is done: the next one, else the first that is left; 0 for none."""
    found = beside(desk, pk)
    return found.after or next((one.case.pk for one in desk if one.case.pk != pk), 0)
