"""What the home page says about relief."""

from django.urls import reverse

from relief import documents
from relief.models import ReliefCase
from relief.rules import Status
from relief.selectors import lists
from relief.selectors.cases import cases_for
from wanping_union.accounts.models import User
from wanping_union.home import ToDo
from wanping_union.roles import ENTER_RELIEF

LABELS = {document.code: document.label for document in documents.ALL}
S = Status
TITLES = {
    S.RETURNED: "补正救助申请",
    S.PAID: "确认救助款到账",
    S.SUBMITTED: "登记单位核实",
    S.DRAFT: "接着填救助申请",
}


def todo(user: User) -> list[ToDo]:
    """What waits for the unit: returned ones first, each with what is asked."""
    mine = cases_for(user).filter(union__among=user.union_ids(ENTER_RELIEF), status__in=lists.YOURS)
    found = sorted(mine, key=lambda case: (lists.YOURS.index(Status(case.status)), case.pk))
    return [
        ToDo(f"{TITLES[Status(case.status)]}：{lists.name_of(case)}", _text(case), _url(case))
        for case in found
    ]


def _text(case: ReliefCase) -> str:
    if case.status != Status.RETURNED:
        return lists.NEXT[Status(case.status)]
    asked = case.returns.filter(answered_on=None).first()
    papers = dict.fromkeys(LABELS[one.document] for one in asked.asked) if asked else ()
    return f"要补：{'、'.join(papers)}"


def _url(case: ReliefCase) -> str:
    if case.is_editable:
        return reverse("relief:tasks", args=[case.pk])
    return case.get_absolute_url()
