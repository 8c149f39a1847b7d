"""Moving a record from one status to the next.

Every change of status in the portal is one `Step`. A service opens it with `begin` and closes it
with `finish`, inside one transaction.
"""

from typing import Any, Self, TypeVar

from django.db import models, transaction

from wanping_union.accounts.models import Union, User
from wanping_union.audit import log
from wanping_union.errors import NotAllowed, OutOfTurn
from wanping_union.roles import SEE_PEOPLE, role_words
from wanping_union.steps import Step


class RecordQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: User, within: Union | None = None) -> Self:
        """Records of a union the person acts for. within: only of this one and those below it."""
        return self.filter(user.scope(SEE_PEOPLE, within))


class Record(models.Model):
    """Anything that belongs to a union and has a status."""

    union = models.ForeignKey(Union, models.PROTECT, related_name="+", verbose_name="所属工会")
    status = models.CharField("状态", max_length=20)  # choices: the app's rules.Status
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        abstract = True


R = TypeVar("R", bound=Record)


def is_open(step: Step, record: Record, user: User) -> bool:
    """Whether this person can take this step on this record now."""
    return record.status in step.sources and user.may(step.roles, record.union)


def begin(step: Step, record: R, *, by: User) -> R:
    """Lock the record and check that the step may be taken.

    Returns the fresh, locked row. Call inside a transaction.
    Raises NotAllowed (role) and OutOfTurn (status).
    """
    rows = type(record)._default_manager.select_for_update(of=("self",)).select_related("union")
    locked: R = rows.get(pk=record.pk)
    if not by.may(step.roles, locked.union):
        raise NotAllowed(f"{by.pk} may not {step.name} {locked.pk}", who=role_words(step.roles))
    if locked.status not in step.sources:
        raise OutOfTurn(f"当前状态不能“{step.label}”，请刷新页面看看最新情况。")
    return locked


def finish(step: Step, record: Record, *, by: User, note: str = "", **values: Any) -> None:
    """Write the new status and values, and only those, with one audit row."""
    values["status"] = step.target
    changed = {k: [str(getattr(record, k)), str(v)] for k, v in values.items()}
    for name, value in values.items():
        setattr(record, name, value)
    record.save(update_fields=[*values, "updated_at"])
    log.write(
        step.name,
        step.label,
        by=by,
        record=record,
        union=record.union,
        changed=changed,
        note=note,
        roles=step.roles,
    )


@transaction.atomic
def take(step: Step, record: Record, *, by: User, note: str = "") -> None:
    """A step with no rule of its own: begin and finish."""
    finish(step, begin(step, record, by=by), by=by, note=note)
