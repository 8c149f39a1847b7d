"""The queue of who reviews: what waits, the first due first; and the list of everything else."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.core.paginator import Page, Paginator

from members.selectors import paging
from relief.models import ReliefCase, ReliefCaseQuerySet
from relief.rules import OPEN, VOID, Status
from relief.selectors.cases import (
    Waiting,
    as_lines,
    at_desk,
    clocks,
    masked_name,
    name_of,
    timed,
    to_time,
    with_returns,
)
from wanping_union.accounts.models import Union, User
from wanping_union.roles import SEE_RELIEF_INSIDE

SIZE = 50  # rows of a page
WHICH = {  # view → statuses
    "open": tuple(s for s in OPEN if s != Status.DRAFT),
    "after": (Status.APPROVED, Status.PAID, Status.RECEIPT_CONFIRMED, Status.HANDED_OVER),
    "done": (Status.CLOSED, *VOID),
    "all": tuple(s for s in Status if s != Status.DRAFT),
}
UNTIMED = ("after", "done", "all")  # by the newest, for they may be very many
MINE = "mine"
LABELS = {MINE: "等我办理", "open": "审核中", "after": "已批准", "done": "已办结", "all": "全部"}


@dataclass(frozen=True)
class Row:
    """One line. cause: "" for who may not know what a case is about."""

    waiting: Waiting
    who: str
    cause: str

    @property
    def case(self) -> ReliefCase:
        return self.waiting.case


def waits_for(case: ReliefCase, user: User) -> bool:
    """Whether it is this person's turn, in any of their roles."""
    return at_desk(user).filter(pk=case.pk).exists()


def masked_name_of(case: ReliefCase) -> str:
    """As lists and headings name whom a case is for."""
    return masked_name(name_of(case))


def first_due(user: User, which: str, number: str, **chosen: Any) -> tuple[Page[Any], list[Row]]:
    """One page of a queue. which: one of LABELS. number: of the page. chosen: as `_chosen`."""
    waits = timed(to_time(_chosen(user, which, **chosen)))
    page = Paginator(waits, SIZE).get_page(number)
    lines = as_lines(_by_key(one.case.pk for one in page)).in_bulk()
    shown = [replace(one, case=lines[one.case.pk]) for one in page]
    return page, [_row(one, user) for one in shown]


def newest(
    user: User, which: str, *, after: str, before: str, **chosen: Any
) -> tuple[paging.Page, list[Row]]:
    """One page of a view of UNTIMED. after, before: cursors. chosen: as `_chosen`."""
    rows = _chosen(user, which, **chosen)
    page = paging.List(rows, ("id",), ("id",), descending=True).page(after=after, before=before)
    found = as_lines(with_returns(_by_key(pk for (pk,) in page.rows)))
    return page, [_row(one, user) for one in clocks(found.order_by("-pk"))]


def _chosen(
    user: User, which: str, *, status: str = "", union: Union | None = None
) -> ReliefCaseQuerySet:
    if which == MINE:
        rows = at_desk(user)
    else:
        rows = ReliefCase.objects.visible_to(user).filter(status__in=WHICH[which])
    rows = rows.filter(status=status) if status else rows
    return rows.filter(union=union) if union else rows


def _by_key(keys: Iterable[int]) -> ReliefCaseQuerySet:
    rows: ReliefCaseQuerySet = ReliefCase.objects.filter(pk__among=keys)
    return rows


def _row(waiting: Waiting, user: User) -> Row:
    case = waiting.case
    inside = user.may(SEE_RELIEF_INSIDE, case.union)
    return Row(waiting, masked_name_of(case), case.get_cause_display() if inside else "")


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
