"""What the home page says about relief."""

from datetime import timedelta

from django.urls import reverse

from relief import documents
from relief.models import ReliefCase
from relief.rules import AdvanceStatus, Status
from relief.selectors import lists
from relief.selectors.cases import (
    Waiting,
    advances_for,
    advances_without_papers,
    desk_of,
    follow_ups_due,
    name_of,
)
from relief.selectors.households import not_reviewed
from wanping_union import clock
from wanping_union.accounts.models import User
from wanping_union.home import A_SCREEN, ToDo
from wanping_union.roles import DECIDE_RELIEF, FOLLOW_RELIEF, SIGN_RELIEF, VERIFY_RELIEF

LABELS = {document.code: document.label for document in documents.ALL}
S = Status
TITLES = {
    S.RETURNED: "补正救助申请",
    S.PAID: "确认救助款到账",
    S.SUBMITTED: "登记单位核实",
    S.DRAFT: "接着填救助申请",
}


REVIEW = {  # status → what the area and the district do next
    S.UNIT_VERIFIED: "走访核实",
    S.VISITED: "开始公示",
    S.PUBLICITY: "审核",
    S.AREA_REVIEWED: "签批",
    S.SIGNED: "审批",
    S.DISTRICT_REVIEWED: "第二人审批",
    S.RECEIPT_CONFIRMED: "慰问送达",
    S.HANDED_OVER: "结案",
}
REVIEWERS = (*VERIFY_RELIEF, *SIGN_RELIEF, *DECIDE_RELIEF)
SOON = timedelta(days=7)


def reviewing(user: User) -> list[ToDo]:
    """What waits for the area and the district, a line for each thing to do."""
    waits = desk_of(user, REVIEW) if user.may(REVIEWERS) else []
    found = [
        _together(status, rows)
        for status in REVIEW
        if (rows := [one for one in waits if one.case.status == status])
    ]
    return sorted(found, key=lambda item: (item.days_left is None, item.days_left or 0))


def _together(status: Status, rows: list[Waiting]) -> ToDo:
    days = min((one.days_left for one in rows if one.days_left is not None), default=None)
    url = f"{reverse('relief:cases')}?view=mine&status={status}"
    if len(rows) == 1:
        url = rows[0].case.get_absolute_url()
    return ToDo(f"{len(rows)} 件救助申请等您{REVIEW[status]}", "内部期限，先办先到期的", url, days)


def advancing(user: User) -> list[ToDo]:
    """Money asked for before the papers: two people agree, one after the other."""
    return [
        ToDo(
            f"紧急先行救助等您{words}：{advance.case}",
            f"{advance.amount:,} 元，{advance.asked_on} 提出",
            advance.case.get_absolute_url(),
        )
        for status, roles, words in (
            (AdvanceStatus.ASKED, SIGN_RELIEF, "签批"),
            (AdvanceStatus.SIGNED, DECIDE_RELIEF, "审批"),
        )
        if user.may(roles)
        for advance in advances_for(user).filter(status=status, union__among=user.union_ids(roles))
    ]


def keeping(user: User) -> list[ToDo]:
    """Hardship files that nobody has reviewed for a year."""
    if not user.may(VERIFY_RELIEF):
        return []
    mine = not_reviewed(user, clock.today()).filter(union__among=user.union_ids(VERIFY_RELIEF))
    count = mine.count()
    url = f"{reverse('relief:files')}?view=stale"
    words = "每年至少复核一次；已经脱困的请撤档"
    return [ToDo(f"{count} 户困难职工档案该复核了", words, url)] if count else []


def chasing(user: User) -> list[ToDo]:
    """Money went ahead of the papers, and their day is over."""
    today = clock.today()
    mine = advances_without_papers(user, today).filter(union__among=user.union_ids(FOLLOW_RELIEF))
    return [
        ToDo(
            f"先行救助的材料还没有补齐：{advance.case}",
            f"{advance.union}，先行 {advance.amount:,} 元，补齐后提交申请",
            advance.case.get_absolute_url(),
            (advance.papers_due_on - today).days if advance.papers_due_on else None,
        )
        for advance in mine.order_by("papers_due_on", "pk")[:A_SCREEN]
    ]


def due(user: User) -> list[ToDo]:
    """Follow-ups of the next days."""
    today = clock.today()
    return [
        ToDo(
            f"回访：{one.case}",
            f"拨付后满 {one.months} 个月",
            reverse("relief:follow_up", args=[one.case_id, one.months]),
            (one.due_on - today).days,
        )
        for one in follow_ups_due(user, today + SOON)[:A_SCREEN]
    ]


def todo(user: User) -> list[ToDo]:
    """What waits for the unit: returned ones first, each with what is asked."""
    return [
        ToDo(f"{TITLES[Status(case.status)]}：{name_of(case)}", _text(case), _url(case))
        for case in lists.yours(user)
    ]


def _text(case: ReliefCase) -> str:
    if case.status != Status.RETURNED:
        return lists.next_of(case)
    asked = case.returns.filter(answered_on=None).first()
    papers = dict.fromkeys(LABELS[one.document] for one in asked.asked) if asked else ()
    return f"要补：{'、'.join(papers)}"


def _url(case: ReliefCase) -> str:
    if case.is_editable:
        return reverse("relief:tasks", args=[case.pk])
    return case.get_absolute_url()
