"""Giving and withdrawing consent. Basis: 个人信息保护法 Art. 14–16, 29."""

from collections.abc import Iterable
from datetime import date

from django.db import IntegrityError, transaction

from wanping_union import clock
from wanping_union.accounts.models import Union, User
from wanping_union.audit import log
from wanping_union.errors import NotAllowed, Refused
from wanping_union.rights.models import Consent, Notice
from wanping_union.rights.registry import Offers, Subject
from wanping_union.rights.rules import Channel, Purpose
from wanping_union.roles import KEEP_PEOPLE


@transaction.atomic
def give(
    subject: bytes,
    *,
    by: User,
    union: Union,
    notice: Notice,
    channel: str,
    given_on: date,
    name: str = "",
    expires_on: date | None = None,
) -> Consent:
    """Record that a person was told this version and agreed; a second time changes nothing.

    subject: keyed hash of the ID number. Raises NotAllowed, and Refused for a day that cannot be.
    """
    if not by.may(KEEP_PEOPLE, union):
        raise NotAllowed(f"{by.pk} may not record consents of {union.pk}")
    if given_on > clock.today():
        raise Refused("同意日期不能晚于今天。")
    if given_on < notice.valid_from:
        raise Refused(f"这一版告知书 {notice.valid_from} 才生效，同意日期不能更早。")
    open_one = Consent.objects.open().filter(subject=subject, notice=notice)
    values = {
        "union": union,
        "purpose": notice.purpose,
        "channel": channel,
        "given_on": given_on,
        "expires_on": expires_on,
        "by": by,
    }
    try:
        with transaction.atomic():
            consent = Consent.objects.create(subject=subject, notice=notice, name=name, **values)
    except IntegrityError:
        return open_one.get()
    changed = {"notice": ["", str(notice)], "given_on": ["", str(given_on)]}
    label = f"登记同意：{consent.get_purpose_display()}"
    log.write("give", label, by=by, record=consent, union=union, changed=changed)
    return consent


@transaction.atomic
def give_all(
    subjects: Iterable[Subject], *, by: User, union: Union, notice: Notice, given_on: date
) -> int:
    """Record consents from signatures on the printed form. Returns how many people.

    Raises as give does, and Refused for a person of another union.
    """
    count = 0
    for subject in subjects:
        if subject.union != union:
            raise Refused(f"{subject.name}不在“{union}”，请重新打开名单。")
        give(
            subject.key,
            by=by,
            union=union,
            notice=notice,
            channel=Channel.PAPER,
            given_on=given_on,
            name=subject.name,
        )
        count += 1
    if not count:
        raise Refused("请先勾选已签字的人。")
    return count


@transaction.atomic
def agree(
    subject: Subject, *, by: User, offers: Offers, notice: Notice, channel: str, given_on: date
) -> None:
    """A person of the registry consents; agreeing to membership again lifts a restriction.

    Raises as give does.
    """
    give(
        subject.key,
        by=by,
        union=subject.union,
        notice=notice,
        channel=channel,
        given_on=given_on,
        name=subject.name,
    )
    if subject.restricted_on and notice.purpose == Purpose.MEMBERSHIP:
        offers.lift(subject, by=by, note=f"本人重新同意：{notice}")


@transaction.atomic
def withdraw(subject: Subject, *, by: User, purpose: str, offers: Offers, reason: str = "") -> None:
    """End a consent at once, with what that means for the data (rules.WITHDRAWN_MEANS).

    Raises NotAllowed, and Refused if there is none to withdraw.
    Basis: 个人信息保护法 Art. 15 and 47 (D-14: stop all use except storage).
    """
    if not by.may(KEEP_PEOPLE, subject.union):
        raise NotAllowed(f"{by.pk} may not withdraw for person {subject.pk}")
    label = Purpose(purpose).label
    rows = Consent.objects.open().filter(subject=subject.key, purpose=purpose)
    found = list(rows.select_for_update().order_by("pk"))
    if not found:
        raise Refused(f"没有可以撤回的同意：{label}。本人可以提出“限制或拒绝处理”。")
    rows.update(withdrawn_on=clock.today(), reason=reason)
    log.write(
        "withdraw_consent",
        f"撤回同意：{label}",
        by=by,
        record=found[-1],
        union=subject.union,
        note=reason,
    )
    note = f"撤回同意：{label}"
    if purpose == Purpose.MEMBERSHIP:
        offers.restrict(subject, by=by, note=note)
    elif purpose == Purpose.SENSITIVE_CARD:
        offers.forget_card(subject, by=by, note=note)


def move(old: bytes, new: bytes) -> None:
    """The person's ID number was corrected: what is kept under its hash goes along."""
    Consent.objects.filter(subject=old).update(subject=new)
