"""Consent of each adult of a household, by purpose, with an end (PIPL Art. 14, 15, 29)."""

from collections.abc import Iterable
from datetime import date

from django.db import transaction

from relief.models import HouseholdMember
from relief.selectors.terms import value
from wanping_union import clock
from wanping_union.accounts.models import User
from wanping_union.audit import log
from wanping_union.deadlines import add_months
from wanping_union.errors import NotAllowed, Refused
from wanping_union.rights import services as rights
from wanping_union.rights.models import Consent, ConsentQuerySet
from wanping_union.rights.rules import Channel, Purpose
from wanping_union.rights.selectors import notices
from wanping_union.roles import ENTER_RELIEF


@transaction.atomic
def agree(
    member: HouseholdMember,
    *,
    by: User,
    purposes: Iterable[str],
    given_on: date,
    channel: str = Channel.PAPER,
) -> None:
    """Record that somebody was told and agreed; a consent that has ended is given anew.

    purposes: of Purpose. Raises NotAllowed, and Refused for a day that cannot be.
    """
    union = member.household.union
    if not by.may(ENTER_RELIEF, union):
        raise NotAllowed(f"{by.pk} may not record consents of {union.pk}")
    told = notices(clock.today())
    ends = add_months(given_on, int(value("consent_months", clock.today())))
    for purpose in purposes:
        if purpose not in told:
            raise Refused("这一项还没有告知书，请联系管理员。")
        _close_ended(member, purpose)
        rights.give(
            bytes(member.id_hash),
            by=by,
            union=union,
            notice=told[purpose],
            channel=channel,
            given_on=given_on,
            name=member.name,
            expires_on=ends,
        )


def _open(member: HouseholdMember, purpose: str) -> ConsentQuerySet:
    return Consent.objects.open().filter(subject=member.id_hash, purpose=purpose)


def _close_ended(member: HouseholdMember, purpose: str) -> None:
    today = clock.today()
    _open(member, purpose).filter(expires_on__lt=today).update(withdrawn_on=today, reason="到期")


@transaction.atomic
def withdraw_consent(member: HouseholdMember, *, by: User, purpose: str, reason: str = "") -> None:
    """End a consent at once: what is not decided yet can no longer be.

    Raises NotAllowed, and Refused if there is none.
    """
    union = member.household.union
    if not by.may(ENTER_RELIEF, union):
        raise NotAllowed(f"{by.pk} may not withdraw consents of {union.pk}")
    rows = _open(member, purpose)
    if not rows.select_for_update().exists():
        raise Refused("没有可以撤回的同意。")
    rows.update(withdrawn_on=clock.today(), reason=reason)
    label = f"撤回同意：{Purpose(purpose).label}"
    log.write("withdraw_consent", label, by=by, record=member.household, union=union, note=reason)
