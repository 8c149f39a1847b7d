"""After the money: receipt, handing over, follow-ups, the end."""

from datetime import date
from typing import Unpack

from django.db import transaction

from relief import duties, rules
from relief.models import FollowUp, ReliefCase
from relief.rules import VisitKind
from relief.services.area import VisitFacts, add_visit
from relief.services.moving import move, take_up
from wanping_union import clock
from wanping_union.accounts.models import User
from wanping_union.audit import log
from wanping_union.errors import NotAllowed, OutOfTurn, Refused
from wanping_union.roles import FOLLOW_RELIEF


@transaction.atomic
def confirm_receipt(case: ReliefCase, *, by: User, note: str = "") -> None:
    """The person says the money came. Raises NotAllowed, OutOfTurn and Refused."""
    case = take_up(rules.CONFIRM_RECEIPT, case, by=by)
    move(rules.CONFIRM_RECEIPT, case, by=by, note=note)


@transaction.atomic
def hand_over(case: ReliefCase, *, by: User, **facts: Unpack[VisitFacts]) -> None:
    """The condolence visit. Raises NotAllowed, OutOfTurn, and Refused for a day to come."""
    case = take_up(rules.HAND_OVER, case, by=by)
    add_visit(case, VisitKind.CONDOLENCE, by=by, **facts)
    move(rules.HAND_OVER, case, by=by)


@transaction.atomic
def follow_up(
    asked: FollowUp, *, by: User, on: date, words: str, is_hard_again: bool = False
) -> None:
    """Note how it goes. Raises NotAllowed, OutOfTurn for one done, and Refused for a wrong day."""
    rows = FollowUp.objects.select_for_update(of=("self",)).select_related("case__union")
    asked = rows.get(pk=asked.pk)
    case = asked.case
    if not by.may(FOLLOW_RELIEF, case.union):
        raise NotAllowed(f"{by.pk} may not follow up case {case.pk}")
    if asked.done_on:
        raise OutOfTurn("这次回访已经登记。")
    if on > clock.today():
        raise Refused("回访日期不能晚于今天。")
    if case.paid_on and on < case.paid_on:
        raise Refused("回访日期不能早于拨付日期。")
    duties.check(case, "follow_up", by=by)
    asked.done_on, asked.words, asked.is_hard_again, asked.by = on, words, is_hard_again, by
    asked.save(update_fields=["done_on", "words", "is_hard_again", "by"])
    found = "返困" if is_hard_again else ""
    log.write("follow_up", "登记回访", by=by, record=case, union=case.union, note=found)


@transaction.atomic
def close(case: ReliefCase, *, by: User, note: str = "") -> None:
    """Raises NotAllowed, OutOfTurn, and Refused while a follow-up is open."""
    case = take_up(rules.CLOSE, case, by=by)
    move(rules.CLOSE, case, by=by, note=note)
