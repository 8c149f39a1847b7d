"""What the rights of a person mean for the register of members."""

from django.db import transaction

from members.models import Person
from members.services.people import CLEARED
from wanping_union import clock
from wanping_union.accounts.models import User
from wanping_union.audit import log
from wanping_union.errors import NotAllowed
from wanping_union.rights.registry import Subject
from wanping_union.roles import KEEP_PEOPLE


@transaction.atomic
def restrict(subject: Subject, *, by: User, note: str) -> None:
    """Keep the person's data only: lists, search, exports and looks leave them out.

    Membership and figures stay as they are. Raises NotAllowed. Basis: PIPL Art. 44, 47 (D-14).
    """
    person = _locked(subject, by)
    rows = person.memberships.filter(restricted_on=None)
    if rows.update(restricted_on=clock.today()):
        _write("restrict", "限制处理个人信息", person, subject, by, note)


@transaction.atomic
def lift(subject: Subject, *, by: User, note: str) -> None:
    """Use the person's data again. Raises NotAllowed."""
    person = _locked(subject, by)
    if person.memberships.filter(restricted_on__isnull=False).update(restricted_on=None):
        _write("lift", "恢复处理个人信息", person, subject, by, note)


@transaction.atomic
def forget_card(subject: Subject, *, by: User, note: str) -> None:
    """Erase the card number. Raises NotAllowed."""
    person = _locked(subject, by)
    if not person.card:
        return
    for name, value in CLEARED["card"].items():
        setattr(person, name, value)
    person.save(update_fields=[*CLEARED["card"], "updated_at"])
    _write("forget_card", "删除京卡卡号", person, subject, by, note)


def _locked(subject: Subject, by: User) -> Person:
    if not by.may(KEEP_PEOPLE, subject.union):
        raise NotAllowed(f"{by.pk} may not act for person {subject.pk}")
    return Person.objects.select_for_update().get(pk=subject.pk)


def _write(name: str, label: str, person: Person, subject: Subject, by: User, note: str) -> None:
    log.write(name, label, by=by, record=person, union=subject.union, note=note)
