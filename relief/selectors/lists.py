"""The unit's own cases: by whose turn it is, and what comes next in words."""

from collections.abc import Iterable
from typing import NamedTuple

from relief.models import ReliefCase
from relief.rules import Status
from relief.selectors.cases import as_lines, at_desk, lines_for, name_of
from wanping_union.accounts.models import User
from wanping_union.roles import ENTER_RELIEF

S = Status
NEXT = {  # status → what happens next, as the unit's chair reads it
    S.DRAFT: "还没有提交，接着填写",
    S.RETURNED: "按退回意见补正后再提交",
    S.SUBMITTED: "请三名以上委员核实，再登记单位核实",
    S.UNIT_VERIFIED: "等地区总工会走访",
    S.VISITED: "等地区总工会公示",
    S.PUBLICITY: "正在公示，公示结束后地区总工会审核",
    S.AREA_REVIEWED: "等地区总工会主席签批",
    S.SIGNED: "等区总工会审批",
    S.DISTRICT_REVIEWED: "等区总工会第二位审批人",
    S.APPROVED: "已经批准，等区总工会财务拨付",
    S.PAID: "钱已经拨出，请问过本人后确认到账",
    S.RECEIPT_CONFIRMED: "等地区总工会慰问",
    S.HANDED_OVER: "地区总工会按月回访",
    S.CLOSED: "已经结案",
    S.REFUSED: "没有批准，可以看理由和怎样申请复核",
    S.WITHDRAWN: "已经撤回",
}
YOURS = (S.RETURNED, S.PAID, S.SUBMITTED, S.DRAFT)  # the unit's turn, the most urgent first
DONE = (S.RECEIPT_CONFIRMED, S.HANDED_OVER, S.CLOSED, S.REFUSED, S.WITHDRAWN)
MOST = 50  # finished cases shown


class Row(NamedTuple):
    case: ReliefCase
    who: str
    next: str


class Part(NamedTuple):
    title: str
    rows: list[Row]


def yours(user: User) -> list[ReliefCase]:
    """What waits for who writes applications, the most urgent first."""
    rows = at_desk(user, YOURS).filter(union__among=user.union_ids(ENTER_RELIEF))
    return sorted(
        as_lines(rows), key=lambda case: (YOURS.index(Status(case.status)), case.stage_on, case.pk)
    )


def parts(user: User) -> list[Part]:
    """The list of cases in three parts; parts without a case are left out."""
    mine, rows = yours(user), lines_for(user)
    others = rows.exclude(status__in=DONE).exclude(pk__in=[case.pk for case in mine])
    found = (
        Part("要您办的", _rows(mine)),
        Part("正在办理", _rows(others.order_by("stage_on", "pk"))),
        Part("已办完的", _rows(rows.filter(status__in=DONE)[:MOST])),
    )
    return [part for part in found if part.rows]


def _rows(cases: Iterable[ReliefCase]) -> list[Row]:
    return [Row(case, name_of(case), next_of(case)) for case in cases]


def next_of(case: ReliefCase) -> str:
    return NEXT[Status(case.status)]
