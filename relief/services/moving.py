"""How every act on a case begins and ends."""

from typing import Any

from relief import duties
from relief.models import ReliefCase
from relief.selectors.cases import obstacle
from wanping_union import clock
from wanping_union.accounts.models import User
from wanping_union.errors import Refused
from wanping_union.steps import Step
from wanping_union.workflow import begin, finish


def take_up(step: Step, case: ReliefCase, *, by: User) -> ReliefCase:
    """The fresh, locked case.

    Raises NotAllowed, OutOfTurn, and Refused by separation of duties or while something stands in
    the way.
    """
    locked = begin(step, case, by=by)
    duties.check(locked, step.name, by=by)
    if words := obstacle(locked, step.name):
        raise Refused(words)
    return locked


def keep(case: ReliefCase, **values: Any) -> None:
    """Write what the audit must not repeat in clear."""
    for name, value in values.items():
        setattr(case, name, value)
    case.save(update_fields=[*values, "updated_at"])


def move(step: Step, case: ReliefCase, *, by: User, note: str = "", **values: Any) -> None:
    """Finish the step; the clock of the next stage starts today."""
    finish(step, case, by=by, note=note, stage_on=clock.today(), **values)
