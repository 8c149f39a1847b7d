"""What can be done with a case: every step with its form, and how its button looks."""

from dataclasses import dataclass
from typing import Any

from django import forms as django_forms

from relief import duties, rules, services
from relief.eligibility import Sheet
from relief.forms import acts as forms
from relief.models import Advance, ReliefCase
from relief.rules import REFUSAL_NOTE, needs_second
from relief.selectors.cases import obstacle
from wanping_union import clock
from wanping_union.accounts.models import User
from wanping_union.reference import services as reference
from wanping_union.web import Act
from wanping_union.workflow import is_open

ACTS = (
    Act(rules.SUBMIT, forms.Nothing, services.submit),
    Act(rules.RECALL, forms.Nothing, services.recall),
    Act(rules.UNIT_VERIFY, forms.Committee, services.unit_verify),
    Act(rules.VISIT, forms.Visit, services.visit),
    Act(rules.PUBLISH, forms.Remark, services.publish),
    Act(rules.AREA_REVIEW, forms.Remark, services.area_review),
    Act(rules.SIGN, forms.Remark, services.sign),
    Act(rules.APPROVE, forms.Grant, services.approve),
    Act(rules.PROPOSE, forms.Grant, services.propose),
    Act(rules.CONFIRM, forms.Confirm, services.confirm),
    Act(rules.REFUSE, forms.Reason, services.refuse),
    Act(rules.RETURN_BY_AREA, forms.Return, services.return_by_area),
    Act(rules.RETURN_BY_CHAIR, forms.Return, services.return_by_chair),
    Act(rules.RETURN_BY_DISTRICT, forms.Return, services.return_by_district),
    Act(rules.ANY_SUPPLY, forms.Remark, services.supply),
    Act(rules.WITHDRAW, forms.Reason, services.withdraw),
    Act(rules.CONFIRM_RECEIPT, forms.Remark, services.confirm_receipt),
    Act(rules.HAND_OVER, forms.Visit, services.hand_over),
    Act(rules.CLOSE, forms.Remark, services.close),
    Act(rules.REVOKE, forms.Reason, services.revoke),
)
ADVANCE_ACTS = (
    Act(rules.SIGN_ADVANCE, forms.Remark, services.sign_advance),
    Act(rules.DECLINE_ADVANCE, forms.Reason, services.decline_advance),
    Act(rules.GRANT_ADVANCE, forms.Remark, services.grant_advance),
    Act(rules.REFUSE_ADVANCE, forms.Reason, services.refuse_advance),
)
NO = (rules.REFUSE, rules.REVOKE, rules.WITHDRAW, rules.DECLINE_ADVANCE, rules.REFUSE_ADVANCE)
ASIDE = (*NO, *rules.RETURNS, rules.RECALL)  # never the first thing to do
NOTES = {
    **dict.fromkeys(
        (step.name for step in rules.RETURNS),
        "单位会看到每份材料的原因。补正期间办理期限暂停计算，补正后回到您这里接着算。",
    ),
    rules.PUBLISH.name: "只公示隐去后的姓名、单位、类别和金额范围，到期自动撤下。",
    rules.REFUSE.name: f"理由会写进决定书。决定书上同时写明：{REFUSAL_NOTE}",
    rules.REVOKE.name: "只有款项还没有送银行的才能撤销；占用的预算和个人额度会退回。",
    rules.PROPOSE.name: "金额超过一位审核员的限额，由另一位审核员再审一遍后才算批准。",
    rules.SIGN.name: "签批后上报区总工会审批。",
    rules.CLOSE.name: "三次回访都登记以后才能结案。",
}


@dataclass(frozen=True)
class Offer:
    """One act as the page offers it. key: of the keyboard, "" for none."""

    act: Act
    form: django_forms.Form
    is_main: bool
    is_bad: bool
    key: str = ""
    note: str = ""


@dataclass(frozen=True)
class Offered:
    """objection: why this person may do none of it, or not all of it; "" where they may."""

    acts: list[Offer]
    objection: str = ""


def initial_of(act: Act, sheet: Sheet | None) -> dict[str, Any]:
    """What a form can know beforehand."""
    if act.form is forms.Grant:
        return {"amount": sheet.amount if sheet else None}
    return {"on": clock.today()} if act.form is forms.Visit else {}


def offered(case: ReliefCase, user: User, sheet: Sheet | None) -> Offered:
    """What this person can do with the case now, and why not the rest."""
    opened = [act for act in ACTS if is_open(act.step, case, user)]
    objections = {act.step: _objection(case, act, user) for act in opened}
    free = [act for act in opened if not objections[act.step]]
    main = _main(free, sheet)
    return Offered(
        [_offer(act, sheet, is_main=act is main) for act in free],
        next((words for words in objections.values() if words), ""),
    )


def _objection(case: ReliefCase, act: Act, user: User) -> str:
    name = act.step.name
    return duties.objection(case, name, by=user) or obstacle(case, name)


def _main(acts: list[Act], sheet: Sheet | None) -> Act | None:
    """The one most likely taken: by the amount suggested, approval by one or by two."""
    forward = [act for act in acts if act.step not in ASIDE]
    if rules.APPROVE in [act.step for act in forward] and sheet and sheet.amount:
        limit = reference.value("relief.one_reviewer_limit", clock.today())
        two = limit is not None and needs_second(sheet.amount, limit)
        step = rules.PROPOSE if two else rules.APPROVE
        return next(act for act in forward if act.step is step)
    return forward[0] if forward else None


def _offer(act: Act, sheet: Sheet | None, *, is_main: bool) -> Offer:
    key = "a" if is_main else "r" if act.step in rules.RETURNS else ""
    form = act.form(prefix=act.step.name, initial=initial_of(act, sheet))
    return Offer(act, form, is_main, act.step in NO, key, NOTES.get(act.step.name, ""))


def offered_of_advance(advance: Advance, user: User) -> list[Act]:
    return [act for act in ADVANCE_ACTS if is_open(act.step, advance, user)]
