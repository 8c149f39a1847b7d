"""The district's decision. The portal recommends, a person decides (PIPL Art. 24)."""

from decimal import Decimal

from django.db import transaction

from relief import duties, rules
from relief.eligibility import LINES
from relief.models import Override, Payment, ReliefCase, Verdict
from relief.models.money import PaymentKind, PaymentState
from relief.models.papers import JUDGED_LINES
from relief.rules import check_granted, needs_second
from relief.selectors.review import alike, missing_consents, sheet_of
from relief.selectors.terms import value
from relief.services import aids, ledger
from relief.services.moving import keep, move, take_up
from relief.terms import NOTHING, Terms
from wanping_union import clock
from wanping_union.accounts.models import User
from wanping_union.aid.models import Aid
from wanping_union.audit import log
from wanping_union.errors import NotAllowed, OutOfTurn, Refused
from wanping_union.roles import DECIDE_RELIEF
from wanping_union.steps import Step

TWO = "金额超过 {:,f} 元，要由两位审核员审批。请选“同意，交第二人审批”。"
ONE = "金额没有超过 {:,f} 元，一位审核员就可以批准。"
RELATED = "请先声明与申请人没有亲属或利害关系；有关系的请由其他同事审批。"
WHY = "批准金额与建议金额不一样，请在说明里写明理由。"
DECLARED = "声明与申请人没有亲属和利害关系。"
SENT = "这笔款项已经送银行，请等银行结果以后由财务冲回。"


@transaction.atomic
def approve(
    case: ReliefCase, *, by: User, amount: Decimal, unrelated: bool, note: str = ""
) -> None:
    """Grant the money and plan its payment.

    amount: yuan, advances included. unrelated: the reviewer declares no kinship or interest.
    Raises NotAllowed, OutOfTurn, and Refused beyond a cap, the budget, what one reviewer may
    decide, or without a reason where it is not what the sheet suggests.
    """
    case = take_up(rules.APPROVE, case, by=by)
    limit = value("one_reviewer_limit", clock.today()).normalize()
    if needs_second(amount, limit):
        raise Refused(TWO.format(limit))
    _check_open(case, unrelated)
    _check_discretion(case, amount, note)
    _grant(case, rules.APPROVE, amount, by=by, note=note)


@transaction.atomic
def propose(
    case: ReliefCase, *, by: User, amount: Decimal, unrelated: bool, note: str = ""
) -> None:
    """Agree to an amount that a second reviewer must confirm. Raises as approve does."""
    case = take_up(rules.PROPOSE, case, by=by)
    limit = value("one_reviewer_limit", clock.today()).normalize()
    if not needs_second(amount, limit):
        raise Refused(ONE.format(limit))
    _check_open(case, unrelated)
    _check_discretion(case, amount, note)
    check_granted(amount, ledger.locked_left(case, _terms(case)))
    move(rules.PROPOSE, case, by=by, note=_declared(note), proposed=amount)


@transaction.atomic
def confirm(case: ReliefCase, *, by: User, unrelated: bool, note: str = "") -> None:
    """Grant what the first reviewer agreed to. Raises as approve does."""
    case = take_up(rules.CONFIRM, case, by=by)
    _check_open(case, unrelated)
    assert case.proposed is not None  # propose wrote it
    _grant(case, rules.CONFIRM, case.proposed, by=by, note=note)


def _check_open(case: ReliefCase, unrelated: bool) -> None:
    if not unrelated:
        raise Refused(RELATED)
    if lacking := missing_consents(case):
        raise Refused(f"有家人的同意已撤回或到期：{'、'.join(lacking)}。请退回补正。")


def _check_discretion(case: ReliefCase, amount: Decimal, note: str) -> None:
    found = sheet_of(case)
    if (found is None or found.amount != amount) and not note.strip():
        raise Refused(WHY)


def _declared(note: str) -> str:
    return f"{DECLARED}{note}"[:500]


def _terms(case: ReliefCase) -> Terms:
    terms = case.fund_terms
    assert terms is not None  # submit kept them
    return terms


def _grant(case: ReliefCase, step: Step, amount: Decimal, *, by: User, note: str) -> None:
    terms = _terms(case)
    check_granted(amount, ledger.locked_left(case, terms))
    advanced = sum((a.amount for a in case.advances.granted()), NOTHING)
    if amount < advanced:
        raise Refused(f"批准金额不能少于已经批准的先行救助 {advanced:,} 元。")
    found = sheet_of(case)
    keep(case, sheet=found.dump() if found else "")
    if rest := amount - advanced:
        ledger.commit(case, terms, rest, by=by, record=case)
    move(step, case, by=by, note=_declared(note), amount=amount, decided_on=clock.today())
    if rest:
        plan(case, PaymentKind.CASE, rest)
    aids.note(case)


def plan(case: ReliefCase, kind: PaymentKind, amount: Decimal) -> Payment:
    """A payment that finance makes next, to the account the application names."""
    today = clock.today()
    return Payment.objects.create(
        case=case,
        year=today.year,
        kind=kind,
        amount=amount,
        payee=case.account_name,
        account=case.account,
        bank=case.bank,
        planned_on=today,
    )


@transaction.atomic
def refuse(case: ReliefCase, *, by: User, reason: str) -> None:
    """Say no, with the reason the person will read (社会救助暂行办法 Art. 11).

    Raises NotAllowed, OutOfTurn, and Refused without a reason.
    """
    case = take_up(rules.REFUSE, case, by=by)
    _close(case, reason)
    move(rules.REFUSE, case, by=by, decided_on=clock.today())
    aids.note(case)


@transaction.atomic
def revoke(case: ReliefCase, *, by: User, reason: str) -> None:
    """Undo an approval that was not paid: the ledger and the caps get it back.

    Raises NotAllowed, OutOfTurn, and Refused without a reason or once the bank has it.
    """
    case = take_up(rules.REVOKE, case, by=by)
    # Locked first, judged then: a batch may be taking them at this moment.
    payments = list(case.payments.select_for_update().filter(kind=PaymentKind.CASE))
    if any(payment.state in (PaymentState.SENT, PaymentState.PAID) for payment in payments):
        raise Refused(SENT)
    case.payments.filter(kind=PaymentKind.CASE, state=PaymentState.WAITING).update(
        state=PaymentState.CANCELLED, by=by
    )
    assert case.amount is not None  # an approved case has them
    assert case.decided_on is not None
    rest = case.amount - sum((a.amount for a in case.advances.granted()), NOTHING)
    if rest:
        ledger.release(case, _terms(case), rest, case.decided_on.year, by=by, record=case)
    _close(case, reason)
    move(rules.REVOKE, case, by=by)
    aids.note(case)


def _close(case: ReliefCase, reason: str) -> None:
    if not reason.strip():
        raise Refused("请写明理由，申请人会看到。")
    found = sheet_of(case)
    keep(case, reason=reason.strip(), sheet=found.dump() if found else "")
    case.bills.update(counts=False)


@transaction.atomic
def override(case: ReliefCase, *, by: User, line: str, is_met: bool, reason: str) -> None:
    """Judge one line of the sheet otherwise, with a reason; overrides are counted.

    Raises NotAllowed, OutOfTurn, and Refused for a line nobody may judge or without a reason.
    """
    case = _deciding(case, "override", by=by)
    if line not in dict(JUDGED_LINES):
        raise Refused("这一项不能人工认定。")
    if not reason.strip():
        raise Refused("请写明认定的理由。")
    Override.objects.update_or_create(
        case=case,
        line=line,
        defaults={"is_met": is_met, "reason": reason.strip(), "by": by, "on": clock.today()},
    )
    found = "符合" if is_met else "不符合"
    log.write(
        "override", "人工认定", by=by, record=case, union=case.union,
        note=f"{LINES[line]}：{found}", roles=DECIDE_RELIEF,
    )  # fmt: skip


@transaction.atomic
def judge_alike(case: ReliefCase, *, by: User, aid: Aid, is_duplicate: bool, reason: str) -> None:
    """Remember whether another aid is the same help, so that nobody need look again.

    Raises NotAllowed, OutOfTurn, and Refused for an aid that is not alike or without a reason.
    """
    case = _deciding(case, "judge_alike", by=by)
    if aid.pk not in {one.aid.pk for one in alike(case)}:
        raise Refused("这笔救助与这件申请没有关联。")
    if not reason.strip():
        raise Refused("请写明认定的理由。")
    Verdict.objects.update_or_create(
        case=case,
        aid=aid,
        defaults={
            "is_duplicate": is_duplicate, "reason": reason.strip(), "by": by, "on": clock.today(),
        },
    )  # fmt: skip
    found = "重复" if is_duplicate else "不重复"
    log.write(
        "judge_alike", "认定是否重复救助", by=by, record=case, union=case.union, note=found,
        roles=DECIDE_RELIEF,
    )  # fmt: skip


def _deciding(case: ReliefCase, act: str, *, by: User) -> ReliefCase:
    """The locked case, while it lies with the district."""
    rows = ReliefCase.objects.select_for_update(of=("self",)).select_related("union", "fund")
    fresh = rows.get(pk=case.pk)
    if not by.may(DECIDE_RELIEF, fresh.union):
        raise NotAllowed(f"{by.pk} may not judge case {fresh.pk}")
    if fresh.status not in rules.REFUSE.sources:
        raise OutOfTurn(f"申请现在是“{fresh.get_status_display()}”，不能认定。")
    duties.check(fresh, act, by=by)
    return fresh
