"""Handing a need on to who can help, and what was concluded on a hard case."""

from datetime import date

from django.db import transaction

from relief import duties
from relief.models import Conference, Referral, ReliefCase
from wanping_union import clock
from wanping_union.accounts.models import User
from wanping_union.audit import log
from wanping_union.errors import NotAllowed, OutOfTurn, Refused
from wanping_union.roles import SEE_RELIEF_INSIDE

NOT_YET = "这份申请还没有提交。"
LATER = "日期不能晚于今天。"
NOT_AGREED = "转介要把情况告诉接收单位，请先取得本人的单独同意。"
FEW = "会商至少要有两人参加。"


@transaction.atomic
def refer(
    case: ReliefCase, *, by: User, to: str, office: str, need: str, agreed_on: date | None
) -> Referral:
    """Raises NotAllowed, and Refused for a draft, for oneself or without the person's consent.

    Basis: 个人信息保护法 Art. 23: handing data to another body takes a consent of its own.
    """
    case = _locked(case, "refer", by=by)
    if agreed_on is None or agreed_on > clock.today():
        raise Refused(NOT_AGREED)
    made = Referral.objects.create(
        case=case, to=to, office=office, need=need, agreed_on=agreed_on, on=clock.today(), by=by
    )
    log.write("refer", f"转介到{made.get_to_display()}", by=by, record=case, union=case.union)
    return made


@transaction.atomic
def note_outcome(referral: Referral, *, by: User, outcome: str, words: str, on: date) -> None:
    """What came of it. Raises NotAllowed, OutOfTurn for one noted, and Refused for a wrong day."""
    case = _locked(referral.case, "note_outcome", by=by)
    found = Referral.objects.select_for_update(of=("self",)).get(pk=referral.pk)
    if not found.is_open:
        raise OutOfTurn("这次转介的结果已经登记。")
    if not found.on <= on <= clock.today():
        raise Refused("结果日期要在转介之后，不能晚于今天。")
    found.outcome, found.outcome_words, found.outcome_on, found.outcome_by = outcome, words, on, by
    found.save(update_fields=["outcome", "outcome_words", "outcome_on", "outcome_by"])
    label = f"登记转介结果：{found.get_outcome_display()}"
    log.write("note_outcome", label, by=by, record=case, union=case.union)


@transaction.atomic
def confer(
    case: ReliefCase, *, by: User, on: date, place: str, people: list[str], opinions: str,
    conclusion: str,
) -> Conference:  # fmt: skip
    """Keep the minutes for good. Raises NotAllowed, and Refused for fewer than two people."""
    case = _locked(case, "confer", by=by)
    if on > clock.today():
        raise Refused(LATER)
    if len(set(people)) < 2:
        raise Refused(FEW)
    made = Conference.objects.create(
        case=case,
        on=on,
        place=place,
        people=people,
        opinions=opinions,
        conclusion=conclusion,
        by=by,
    )
    log.write("confer", "登记会商纪要", by=by, record=case, union=case.union)
    return made


def _locked(case: ReliefCase, act: str, *, by: User) -> ReliefCase:
    fresh = (
        ReliefCase.objects.select_for_update(of=("self",)).select_related("union").get(pk=case.pk)
    )
    if not by.may(SEE_RELIEF_INSIDE, fresh.union):
        raise NotAllowed(f"{by.pk} may not {act} case {fresh.pk}")
    if fresh.submitted_on is None:
        raise Refused(NOT_YET)
    duties.check(fresh, act, by=by)
    return fresh
