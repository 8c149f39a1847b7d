"""紧急先行救助: the area's chair signs, the district decides, the papers are chased.

Source: 社会救助暂行办法 Art. 48 (urgent cases first, formalities afterwards).
"""

from decimal import Decimal

from django.db import IntegrityError, transaction

from relief import duties, rules
from relief.models import Advance, Payment, ReliefCase
from relief.models.money import PaymentKind, PaymentState
from relief.rules import OPEN, VOID, check_granted
from relief.selectors.terms import terms_on, value
from relief.services import ledger
from relief.services.cases import check_payee
from relief.services.review import plan
from wanping_union import clock
from wanping_union.accounts.models import User
from wanping_union.audit import log
from wanping_union.deadlines import Clock, Unit, due
from wanping_union.errors import NotAllowed, OutOfTurn, Refused
from wanping_union.reference import services as reference
from wanping_union.roles import ENTER_RELIEF
from wanping_union.steps import Step
from wanping_union.workflow import begin, finish

ONE = "这件申请已经有一笔先行救助。"


@transaction.atomic
def ask_advance(case: ReliefCase, *, by: User, amount: Decimal, why: str) -> Advance:
    """Ask for money before the papers are whole.

    Raises NotAllowed, OutOfTurn once the case is decided, and Refused above the dated limit or
    without whom and where to pay.
    """
    case = _locked(case)
    if not by.may(ENTER_RELIEF, case.union):
        raise NotAllowed(f"{by.pk} may not ask for case {case.pk}")
    if case.status not in OPEN:
        raise OutOfTurn(f"申请现在是“{case.get_status_display()}”，不能先行救助。")
    duties.check(case, "ask_advance", by=by)
    if case.beneficiary is None or not case.account:
        raise Refused("请先填写受助人和收款账户。")
    check_payee(case, case.account_name)
    limit = value("advance_limit", clock.today()).normalize()
    check_granted(amount, limit)
    try:
        with transaction.atomic():
            advance = Advance.objects.create(
                case=case, union=case.union, amount=amount, why=why, asked_by=by,
                asked_on=clock.today(),
            )  # fmt: skip
    except IntegrityError:
        raise Refused(ONE) from None
    ReliefCase.objects.filter(pk=case.pk).update(is_emergency=True)
    log.write("ask_advance", "申请先行救助", by=by, record=advance, union=case.union)
    return advance


def _locked(case: ReliefCase) -> ReliefCase:
    rows = ReliefCase.objects.select_for_update(of=("self",))
    return rows.select_related("union", "fund", "household__head", "beneficiary").get(pk=case.pk)


def _take_up(step: Step, advance: Advance, *, by: User) -> tuple[Advance, ReliefCase]:
    """Both locked, the case first as everywhere."""
    case = _locked(advance.case)
    fresh = begin(step, advance, by=by)
    duties.check(case, step.name, by=by)
    return fresh, case


@transaction.atomic
def sign_advance(advance: Advance, *, by: User, note: str = "") -> None:
    """Raises NotAllowed, OutOfTurn and Refused."""
    advance, _ = _take_up(rules.SIGN_ADVANCE, advance, by=by)
    finish(rules.SIGN_ADVANCE, advance, by=by, note=note)


@transaction.atomic
def grant_advance(advance: Advance, *, by: User, note: str = "") -> None:
    """Bind the money, plan its payment, and set the day by which the papers must follow.

    Raises NotAllowed, OutOfTurn, and Refused beyond a cap or the budget.
    """
    advance, case = _take_up(rules.GRANT_ADVANCE, advance, by=by)
    if case.status not in OPEN:
        raise OutOfTurn(f"申请现在是“{case.get_status_display()}”，不用先行救助。")
    today = clock.today()
    terms = case.fund_terms or terms_on(case.fund, today)
    if terms is None:
        raise Refused("这个基金今天没有有效的标准，请联系管理员。")
    check_granted(advance.amount, ledger.locked_left(case, terms))
    ledger.commit(case, terms, advance.amount, by=by, record=advance)
    days = int(value("advance_papers_days", today))
    papers = due(Clock(today, days, Unit.WORKING_DAYS), reference.calendar())
    assert papers is not None  # nothing pauses it
    finish(
        rules.GRANT_ADVANCE, advance, by=by, note=note, decided_on=today, papers_due_on=papers.on
    )
    plan(case, PaymentKind.ADVANCE, advance.amount)


@transaction.atomic
def decline_advance(advance: Advance, *, by: User, reason: str) -> None:
    """Raises NotAllowed, OutOfTurn, and Refused without a reason."""
    _refuse(rules.DECLINE_ADVANCE, advance, by=by, reason=reason)


@transaction.atomic
def refuse_advance(advance: Advance, *, by: User, reason: str) -> None:
    """Raises NotAllowed, OutOfTurn, and Refused without a reason."""
    _refuse(rules.REFUSE_ADVANCE, advance, by=by, reason=reason)


@transaction.atomic
def recover_advance(advance: Advance, *, by: User, reason: str) -> None:
    """The case was refused: take the advance back, from the caps and the ledger too.

    Raises NotAllowed, OutOfTurn unless the case was refused, and Refused while the bank has it or
    without a reason.
    """
    advance, case = _take_up(rules.RECOVER_ADVANCE, advance, by=by)
    terms = case.fund_terms
    if case.status not in VOID or terms is None or advance.decided_on is None:
        raise OutOfTurn("申请没有被拒绝，先行救助不用收回。")
    if not reason.strip():
        raise Refused("请写明怎样收回的，例如退款凭证号。")
    for payment in case.payments.select_for_update().filter(kind=PaymentKind.ADVANCE):
        _undo(payment, by=by)
    ledger.release(case, terms, advance.amount, advance.decided_on.year, by=by, record=advance)
    advance.reason = reason.strip()
    advance.save(update_fields=["reason", "updated_at"])
    finish(rules.RECOVER_ADVANCE, advance, by=by, paid_on=None)


def _undo(payment: Payment, *, by: User) -> None:
    if payment.state == PaymentState.SENT:
        raise Refused("这笔先行救助已经送银行，请等银行结果。")
    if payment.state == PaymentState.PAID:
        ledger.book(payment, -payment.amount, by=by)
        Payment.objects.filter(pk=payment.pk).update(state=PaymentState.REVERSED, by=by)
    elif payment.state == PaymentState.WAITING:
        Payment.objects.filter(pk=payment.pk).update(state=PaymentState.CANCELLED, by=by)


def _refuse(step: Step, advance: Advance, *, by: User, reason: str) -> None:
    advance, _ = _take_up(step, advance, by=by)
    if not reason.strip():
        raise Refused("请写明不同意的理由。")
    advance.reason = reason.strip()
    advance.save(update_fields=["reason", "updated_at"])
    finish(step, advance, by=by)
