"""Batches for the bank, and what the bank answers. All or nothing, and never twice."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import transaction

from relief import duties, rules
from relief.models import Advance, FollowUp, Fund, Payment, PaymentBatch, ReliefCase
from relief.models.money import PaymentKind, PaymentMethod, PaymentState
from relief.rules import VOID, AdvanceStatus, is_card
from relief.selectors.terms import follow_up_months, value
from relief.services import aids, ledger
from relief.services.cases import BAD_CARD, check_payee
from relief.services.moving import move, take_up
from wanping_union import clock
from wanping_union.accounts.models import User
from wanping_union.audit import log
from wanping_union.deadlines import add_months
from wanping_union.errors import NotAllowed, OutOfTurn, Refused
from wanping_union.roles import PAY_RELIEF
from wanping_union.workflow import begin, finish

GONE = "选中的款项里有的已经送出、撤销，或者不属于这个基金。请刷新页面重新选择。"


@dataclass(frozen=True)
class Answer:
    """One line of the bank's answer. payment: our number in the file we sent."""

    payment: int
    amount: Decimal
    is_paid: bool
    on: date | None = None
    voucher: str = ""
    why: str = ""


def check_role(by: User, fund: Fund) -> None:
    """Raises NotAllowed."""
    if not by.may(PAY_RELIEF, fund.union):
        raise NotAllowed(f"{by.pk} may not pay from fund {fund.pk}")


@transaction.atomic
def make_batch(fund: Fund, payments: Collection[int], *, by: User) -> PaymentBatch:
    """Put waiting payments into one file for the bank. payments: ids.

    Raises NotAllowed, and Refused where one is no longer waiting or the person may not pay it.
    """
    check_role(by, fund)
    wanted = set(payments)
    found = list(
        Payment.objects.select_for_update(of=("self",))
        .filter(pk__in=wanted, state=PaymentState.WAITING, case__fund=fund)
        .exclude(case__status__in=VOID)  # an advance: it is to be taken back
        .select_related("case__union")
        .order_by("pk")
    )
    if not found or len(found) != len(wanted):
        raise Refused(GONE)
    batch = PaymentBatch.objects.create(fund=fund, made_by=by, made_on=clock.today())
    for payment in found:
        duties.check(payment.case, "make_batch", by=by)
        _log("make_batch", "列入拨付批次", payment, by=by)
    Payment.objects.filter(pk__in=wanted).update(state=PaymentState.SENT, batch=batch, by=by)
    return batch


@transaction.atomic
def reconcile(batch: PaymentBatch, answers: Sequence[Answer], *, by: User, sha256: str) -> bool:
    """Book what the bank says of a whole batch: all of it or nothing.

    sha256: of the bank's file. The same file again changes nothing and returns False.
    Raises NotAllowed, OutOfTurn for a batch that has another answer, and Refused where a line is
    missing, strange, doubled, or says another amount.
    """
    rows = PaymentBatch.objects.select_for_update(of=("self",)).select_related("fund__union")
    batch = rows.get(pk=batch.pk)
    check_role(by, batch.fund)
    if batch.answer_sha256 == sha256:
        return False
    if batch.answered_on:
        raise OutOfTurn("这个批次已经导入过另一份银行结果。要更正的，请逐笔冲回。")
    if PaymentBatch.objects.filter(answer_sha256=sha256).exists():
        raise Refused("这份银行结果已经导入到别的批次，请核对文件。")
    sent = {p.pk: p for p in batch.payments.select_related("case").order_by("case_id", "pk")}
    by_payment = _matched(sent, answers)
    for pk, payment in sent.items():
        _book(payment, by_payment[pk], by=by)
    batch.answered_on, batch.answer_sha256 = clock.today(), sha256
    batch.save(update_fields=["answered_on", "answer_sha256"])
    log.write(
        "reconcile", "导入银行结果", by=by, record=batch, union=batch.fund.union, roles=PAY_RELIEF
    )
    return True


def _matched(sent: dict[int, Payment], answers: Sequence[Answer]) -> dict[int, Answer]:
    found = {answer.payment: answer for answer in answers}
    if len(found) != len(answers):
        raise Refused("银行结果里同一笔款项出现了两次，没有入账。请核对文件。")
    if found.keys() != sent.keys():
        raise Refused("银行结果和这个批次的款项对不上（有多出或缺少的），没有入账。请核对文件。")
    for pk, answer in found.items():
        if answer.amount != sent[pk].amount:
            said = f"送出 {sent[pk].amount:,} 元，银行 {answer.amount:,} 元"
            raise Refused(f"第 {pk} 笔金额不一致（{said}），没有入账。")
        if answer.on is not None and answer.on > clock.today():
            raise Refused(f"第 {pk} 笔的拨付日期晚于今天，没有入账。")
        if answer.on is not None and answer.on < sent[pk].planned_on:
            raise Refused(f"第 {pk} 笔的拨付日期早于批准日期，没有入账。")
    return found


def _book(payment: Payment, answer: Answer, *, by: User) -> None:
    if answer.is_paid:
        _paid(payment, answer.on or clock.today(), answer.voucher, by=by)
        return
    Payment.objects.filter(pk=payment.pk).update(
        state=PaymentState.FAILED, failed_why=answer.why[:200], by=by
    )
    _log("payment_failed", "银行退回", payment, by=by, note=answer.why[:200])


def _paid(payment: Payment, on: date, voucher: str, *, by: User) -> None:
    """Book one payment on its case or advance and on the fund, together."""
    case = _arrive(payment, on, by=by)
    Payment.objects.filter(pk=payment.pk).update(
        state=PaymentState.PAID, method=payment.method, paid_on=on, voucher=voucher, by=by
    )
    ledger.book(payment, payment.amount, by=by)
    aids.note(case)


def _arrive(payment: Payment, on: date, *, by: User) -> ReliefCase:
    if payment.kind == PaymentKind.ADVANCE:
        case = ReliefCase.objects.select_for_update(of=("self",)).get(pk=payment.case_id)
        duties.check(case, rules.PAY_ADVANCE.name, by=by)
        advance = case.advances.get(status=AdvanceStatus.GRANTED)
        finish(rules.PAY_ADVANCE, begin(rules.PAY_ADVANCE, advance, by=by), by=by, paid_on=on)
        return case
    case = take_up(rules.PAY, payment.case, by=by)
    return _case_paid(case, on, by=by)


def _case_paid(case: ReliefCase, on: date, *, by: User) -> ReliefCase:
    move(rules.PAY, case, by=by, paid_on=on)
    FollowUp.objects.bulk_create(
        (
            FollowUp(case=case, months=months, due_on=add_months(on, months))
            for months in follow_up_months(clock.today())
        ),
        ignore_conflicts=True,  # those already done before money was sent again
    )
    return case


@transaction.atomic
def settle(case: ReliefCase, *, by: User) -> None:
    """Close the money of a case whose advance was all it was granted.

    Raises NotAllowed, and OutOfTurn while something is still to be paid.
    """
    case = take_up(rules.PAY, case, by=by)
    advance = case.advances.filter(status=AdvanceStatus.PAID).first()
    if advance is None or advance.paid_on is None or advance.amount != case.amount:
        raise OutOfTurn("先行救助还没有拨付，或者还有余款要拨付。")
    _case_paid(case, max(advance.paid_on, case.decided_on or advance.paid_on), by=by)
    aids.note(case)


@transaction.atomic
def pay_again(payment: Payment, *, by: User, account: str, account_name: str, bank: str) -> Payment:
    """Plan a payment anew that failed or was reversed, to the corrected account.

    Raises NotAllowed, OutOfTurn unless it is due, and Refused for an account that is not the
    beneficiary's or fails its check digit.
    """
    case = _locked_case(payment)
    payment = Payment.objects.select_for_update().get(pk=payment.pk)
    check_role(by, case.fund)
    duties.check(case, "pay_again", by=by)
    dead = (PaymentState.FAILED, PaymentState.REVERSED)
    if payment.state not in dead or not _is_due(case, payment):
        raise OutOfTurn("这笔款项不是待重新拨付的状态，请刷新页面看看。")
    if not is_card(account):
        raise Refused(BAD_CARD)
    check_payee(case, account_name)
    again = Payment.objects.create(
        case=case,
        year=payment.year,
        kind=payment.kind,
        amount=payment.amount,
        payee=account_name,
        account=account,
        bank=bank,
        planned_on=clock.today(),
    )
    _log("pay_again", "重新拨付", again, by=by)
    return again


def _is_due(case: ReliefCase, payment: Payment) -> bool:
    """Whether nothing replaced it and what it was for still stands."""
    if case.payments.alive().filter(kind=payment.kind).exists():
        return False
    if payment.kind == PaymentKind.ADVANCE:
        granted = Advance.objects.filter(case=case, status=AdvanceStatus.GRANTED)
        return case.status not in VOID and granted.exists()
    return case.status == rules.Status.APPROVED


@transaction.atomic
def reverse(payment: Payment, *, by: User, reason: str) -> None:
    """Money came back: a row that reverses, and the case is again to be paid.

    Raises NotAllowed, OutOfTurn unless it was paid, and Refused without a reason.
    """
    case = _locked_case(payment)
    payment = Payment.objects.select_for_update().select_related("case__fund").get(pk=payment.pk)
    check_role(by, case.fund)
    if payment.state != PaymentState.PAID:
        raise OutOfTurn("这笔款项还没有拨付，或者已经冲回。")
    if not reason.strip():
        raise Refused("请写明冲回的原因。")
    Payment.objects.filter(pk=payment.pk).update(state=PaymentState.REVERSED, by=by)
    ledger.book(payment, -payment.amount, by=by)
    if payment.kind == PaymentKind.ADVANCE:
        duties.check(case, rules.REVERSE_ADVANCE.name, by=by)
        advance = case.advances.get(status=AdvanceStatus.PAID)
        advance = begin(rules.REVERSE_ADVANCE, advance, by=by)
        finish(rules.REVERSE_ADVANCE, advance, by=by, note=reason[:500], paid_on=None)
    else:
        case = take_up(rules.REVERSE, case, by=by)
        case.follow_ups.filter(done_on=None).delete()
        move(rules.REVERSE, case, by=by, note=reason[:500], paid_on=None)
    aids.note(case)


@transaction.atomic
def pay_in_person(payment: Payment, *, by: User, on: date, voucher: str) -> None:
    """Enter money that was handed over before payment by bank was the rule (the year 2016).

    Raises NotAllowed, OutOfTurn, and Refused for a day of a year of bank payments.
    """
    case = _locked_case(payment)
    payment = Payment.objects.select_for_update().select_related("case__fund").get(pk=payment.pk)
    check_role(by, case.fund)
    if payment.state != PaymentState.WAITING:
        raise OutOfTurn("这笔款项已经送出、拨付或撤销。")
    if on.year >= value("bank_only_year", clock.today()):
        raise Refused("这一年已经实行打卡发放，不能登记当面发放。")
    if on < payment.planned_on:
        raise Refused("当面发放的日期不能早于批准日期。")
    payment.method = PaymentMethod.IN_PERSON
    _paid(payment, on, voucher, by=by)


def _locked_case(payment: Payment) -> ReliefCase:
    rows = ReliefCase.objects.select_for_update(of=("self",))
    return rows.select_related("union", "fund__union", "household__head", "beneficiary").get(
        pk=payment.case_id
    )


def _log(name: str, label: str, payment: Payment, *, by: User, note: str = "") -> None:
    case = payment.case
    log.write(name, label, by=by, record=case, union=case.union, note=note, roles=PAY_RELIEF)
