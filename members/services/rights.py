"""What the rights of a person mean for the register of members."""

from collections.abc import Iterable, Sequence
from datetime import date
from secrets import token_bytes

from django.db import transaction
from django.db.models.functions import Now

from members.models import Membership, Person, Standing
from members.rules import HELD
from members.services.people import CLEARED
from wanping_union import clock
from wanping_union.accounts.models import User
from wanping_union.attachments import services as attachments
from wanping_union.audit import log
from wanping_union.crypto import HASH_BYTES
from wanping_union.errors import NotAllowed, Refused
from wanping_union.rights.registry import Subject
from wanping_union.roles import DECIDE_DELETION, KEEP_PEOPLE, role_words


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


def look(
    ids: Iterable[int], *, by: User, page: str, fields: Sequence[str] = (), reason: str = ""
) -> None:
    """Note whose data a page of rights is about to show: audit.log.look."""
    log.look(Person, ids, by=by, page=page, fields=fields, reason=reason)


ERASED = "已删除"
ERASED_BORN = date(1900, 1, 1)  # the column wants a day; nobody here was born on it


@transaction.atomic
def erase(subject: Subject, *, by: User, note: str) -> None:
    """Overwrite what says who this is; sex, membership and standings stay for the figures.

    The log keeps the old values sealed until it is purged itself: numbers as ciphertext only.
    Raises NotAllowed, and Refused while a membership is held. Basis: PIPL Art. 47.
    """
    if not by.may(DECIDE_DELETION, subject.union):
        raise NotAllowed(
            f"{by.pk} may not erase person {subject.pk}", who=role_words(DECIDE_DELETION)
        )
    person = Person.objects.select_for_update().get(pk=subject.pk)
    if why := hold(subject):
        raise Refused(why)
    memberships = person.memberships.all()
    today = clock.today()
    Person.objects.filter(pk=person.pk).update(
        **dict.fromkeys(("mobile", "card", "mobile_tail", "ethnicity", "education"), ""),
        **dict.fromkeys(("mobile_hash", "card_hash"), None),
        household="",
        name=ERASED,
        keys=[],
        born_on=ERASED_BORN,
        id_number=ERASED,
        id_hash=token_bytes(HASH_BYTES),
        erased_on=today,
        updated_at=Now(),
    )
    memberships.filter(restricted_on=None).update(restricted_on=today)
    memberships.update(occupation="", remark="", updated_at=Now())
    Standing.objects.filter(membership__in=memberships).update(note="")
    person.name = ERASED
    attachments.forget(person, by=by, reason=note)
    _write("erase", "删除个人信息", person, subject, by, note)


def hold(subject: Subject) -> str:
    """Why the register still needs the person; "" if it does not."""
    held = Membership.objects.filter(person=subject.pk, status__in=HELD).first()
    if held is None:
        return ""
    words = f"会籍还在（{held.get_status_display()}），处理目的没有实现完毕，依法不能删除"
    return f"{words}（个人信息保护法第四十七条第一款）。本人要删除的，请先办理退会。"


def _locked(subject: Subject, by: User) -> Person:
    if not by.may(KEEP_PEOPLE, subject.union):
        raise NotAllowed(
            f"{by.pk} may not act for person {subject.pk}", who=role_words(KEEP_PEOPLE)
        )
    return Person.objects.select_for_update().get(pk=subject.pk)


def _write(name: str, label: str, person: Person, subject: Subject, by: User, note: str) -> None:
    log.write(name, label, by=by, record=person, union=subject.union, note=note)
