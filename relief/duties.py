"""Separation of duties: nobody fills two cells of one case, nobody acts on a relative's."""

from relief import rules
from relief.models import ReliefCase
from relief.selectors.review import concerned
from wanping_union.accounts.models import User
from wanping_union.audit.models import Act, name_of
from wanping_union.errors import Refused

# The row of relief: who enters, verifies, signs, decides, pays. Names of acts.
CELLS = {
    "经办": ("open_case", "save_case", "submit", "recall", "unit_verify", "supply", "ask_advance"),
    "核实": ("visit", "publish", "area_review", "return_by_area", "answer_objection"),
    "签批": ("sign", "return_by_chair", "sign_advance", "decline_advance"),
    "审批": (
        "approve", "propose", "confirm", "refuse", "revoke", "return_by_district", "override",
        "judge_alike", "grant_advance", "refuse_advance",
    ),
    "拨付": (
        "pay", "reverse", "pay_advance", "reverse_advance", "recover_advance", "make_batch",
        "payment_failed", "pay_again",
    ),
}  # fmt: skip
RELATED = "这件申请与您或您申报的亲属有关，请由其他同事办理。"
BOTH = "您已经{}过这件申请，不能再{}，请由其他同事办理。"
SECOND = "第一位审批人不能再做第二位，请由另一位审核员审批。"


def objection(case: ReliefCase, act: str, *, by: User) -> str:
    """Why this person may not do this act on this case, in words; "" if nothing speaks against it.

    act: name of a step or another act of CELLS; others only ask for kinship.
    """
    if by.is_concerned(concerned(case), since=case.opened_on):
        return RELATED
    mine = next((cell for cell, names in CELLS.items() if act in names), "")
    if not mine:
        return ""
    records = [name_of(case), *(name_of(advance) for advance in case.advances.all())]
    acts = Act.objects.filter(record__in=records, by=by)
    done = set(acts.values_list("name", flat=True))
    for cell, names in CELLS.items():
        if cell != mine and done.intersection(names):
            return BOTH.format(cell, mine)
    if act == rules.CONFIRM.name and rules.PROPOSE.name in done:
        return SECOND
    return ""


def check(case: ReliefCase, act: str, *, by: User) -> None:
    """Raises Refused for who already filled another cell, or is concerned by the case."""
    if words := objection(case, act, by=by):
        raise Refused(words)
