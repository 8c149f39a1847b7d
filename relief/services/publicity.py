"""公示: the public notice, and objections to it."""

from datetime import date

from django.db import transaction

from relief import duties, rules
from relief.models import Objection, ReliefCase
from relief.selectors.review import sheet_of
from relief.selectors.terms import value
from relief.services.moving import keep, move, take_up
from wanping_union import clock
from wanping_union.accounts.models import User
from wanping_union.audit import log
from wanping_union.deadlines import Clock, Unit, due
from wanping_union.errors import NotAllowed, OutOfTurn, Refused
from wanping_union.reference import services as reference
from wanping_union.roles import VERIFY_RELIEF

CLOSED = "没有找到正在公示的这个编号，可能公示已经结束。"


def days() -> dict[str, date]:
    """First and last day of a notice that begins today. Raises Refused where no length is set."""
    today = clock.today()
    length = int(value("publicity_days", today))
    last = due(Clock(today, length, Unit.WORKING_DAYS), reference.calendar())
    assert last is not None  # nothing pauses it
    return {"public_from": today, "public_to": last.on}


@transaction.atomic
def publish(case: ReliefCase, *, by: User, note: str = "") -> None:
    """Put the case on the public notice; it ends by itself.

    Raises NotAllowed, OutOfTurn, and Refused where no length is known.
    """
    case = take_up(rules.PUBLISH, case, by=by)
    found = sheet_of(case)
    keep(case, suggested=found.amount if found else None)
    move(rules.PUBLISH, case, by=by, note=note, **days())


@transaction.atomic
def object_to(code: str, *, text: str, contact: str = "") -> Objection:
    """Somebody without an account objects to a case on the notice.

    Raises Refused for a code that is not on it today.
    """
    on_notice = ReliefCase.objects.on_notice(clock.today())
    case = on_notice.filter(code=code.strip().upper()).select_related("union").first()
    if case is None:
        raise Refused(CLOSED)
    objection = Objection.objects.create(case=case, text=text, contact=contact)
    log.write("object_to", "公示异议", by=None, record=case, union=case.union)
    return objection


@transaction.atomic
def answer_objection(objection: Objection, *, by: User, answer: str) -> None:
    """Say what was found. Raises NotAllowed, OutOfTurn for an answered one, and Refused."""
    rows = Objection.objects.select_for_update(of=("self",)).select_related("case__union")
    objection = rows.get(pk=objection.pk)
    case = objection.case
    if not by.may(VERIFY_RELIEF, case.union):
        raise NotAllowed(f"{by.pk} may not answer for case {case.pk}")
    if objection.answered_on:
        raise OutOfTurn("这条异议已经有核查结果。")
    if not answer.strip():
        raise Refused("请写明核查结果。")
    duties.check(case, "answer_objection", by=by)
    objection.answer, objection.answered_by, objection.answered_on = answer, by, clock.today()
    objection.save(update_fields=["answer", "answered_by", "answered_on"])
    log.write("answer_objection", "核查公示异议", by=by, record=case, union=case.union)
