"""Changes of a membership's status: each closes the present stretch and opens the next."""

from datetime import date

from django.db import transaction

from members import rules
from members.models import Membership, Person, Standing
from members.rules import HELD
from wanping_union import clock
from wanping_union.accounts.models import User
from wanping_union.errors import Refused
from wanping_union.steps import Step
from wanping_union.workflow import begin, finish


@transaction.atomic
def retain(membership: Membership, *, by: User, on: date, reason: str, note: str = "") -> None:
    """Keep the membership of somebody who retired, lost work or whose employer closed."""
    _move(rules.RETAIN, membership, by=by, on=on, reason=reason, note=note)


@transaction.atomic
def resume(membership: Membership, *, by: User, on: date, note: str = "") -> None:
    _move(rules.RESUME, membership, by=by, on=on, note=note)


@transaction.atomic
def withdraw(membership: Membership, *, by: User, on: date, note: str = "") -> None:
    _move(rules.WITHDRAW, membership, by=by, on=on, note=note)


@transaction.atomic
def deem_withdrawn(membership: Membership, *, by: User, on: date, note: str) -> None:
    """Six months without dues and activity, no change after education: a person decides it."""
    _move(rules.DEEM_WITHDRAWN, membership, by=by, on=on, note=note)


@transaction.atomic
def expel(membership: Membership, *, by: User, on: date, note: str) -> None:
    _move(rules.EXPEL, membership, by=by, on=on, note=note)


@transaction.atomic
def record_death(membership: Membership, *, by: User, on: date, note: str = "") -> None:
    _move(rules.RECORD_DEATH, membership, by=by, on=on, note=note)


@transaction.atomic
def reinstate(membership: Membership, *, by: User, on: date, note: str) -> None:
    """Undo a leaving that was entered by mistake.

    Raises Refused for a person who has joined another union since.
    """
    # The person before the record, as register does: it guards "one held membership a person".
    person = Person.objects.select_for_update().get(pk=membership.person_id)
    if person.memberships.exclude(pk=membership.pk).filter(status__in=HELD).exists():
        raise Refused("此人之后已在工会登记入会，不能再恢复这一段会籍。")
    _move(rules.REINSTATE, membership, by=by, on=on, note=note)


def _move(
    step: Step, membership: Membership, *, by: User, on: date, reason: str = "", note: str = ""
) -> None:
    membership = begin(step, membership, by=by)
    present = membership.standings.get(until_on=None)
    rules.check_effective(on, since=present.from_on, today=clock.today())
    present.until_on = on
    present.save(update_fields=["until_on"])
    Standing.objects.create(
        membership=membership, status=step.target, from_on=on, reason=reason, note=note
    )
    finish(step, membership, by=by, note=note)
