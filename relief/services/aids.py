"""Telling the portal's common record of aid what relief knows."""

from relief.models import ReliefCase
from relief.rules import GRANTED, VOID
from relief.selectors.review import concerned, marks_of
from wanping_union.aid import services
from wanping_union.aid.models import State


def state_of(case: ReliefCase) -> State:
    if case.status in VOID:
        return State.VOID
    if case.paid_on:
        return State.PAID
    return State.GRANTED if case.status in GRANTED else State.ASKED


def note(case: ReliefCase) -> None:
    """Write or renew the row of a case that was handed in. Call inside the act's transaction."""
    if case.submitted_on is None or case.beneficiary is None:
        return
    services.note(
        case,
        words=f"应急救助（{case.fund}）",
        union=case.union,
        state=state_of(case),
        on=case.paid_on or case.decided_on or case.submitted_on,
        amount=case.amount,
        person=bytes(case.beneficiary.id_hash),
        household=concerned(case),
        marks=marks_of(case),
    )
