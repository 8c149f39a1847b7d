"""Files of households past their time, for the list that an area's chair approves.

Ten years from taking the household off the list (困难职工档案管理办法, 总工办〔2016〕36号); of one
that was never on it, from the end of its last case. Vouchers are kept longer: what was paid, to
whom and when stays as bookkeeping wants it, and so do the figures.
"""

from collections.abc import Collection, Iterator, Mapping
from datetime import date
from secrets import token_bytes
from typing import Any

from django.db.models import Exists, Max, OuterRef, QuerySet
from django.db.models.functions import Greatest, Now

from relief.models import (
    Advance,
    Bill,
    CaseReturn,
    Conference,
    FollowUp,
    Household,
    HouseholdLine,
    HouseholdMember,
    Objection,
    Override,
    Referral,
    ReliefCase,
    Verdict,
    Visit,
    YearlyGrant,
)
from relief.rules import VOID, Status
from wanping_union import clock
from wanping_union.accounts.models import User
from wanping_union.aid import services as aid
from wanping_union.attachments import services as attachments
from wanping_union.audit import log
from wanping_union.audit.models import name_of
from wanping_union.crypto import HASH_BYTES
from wanping_union.deadlines import add_months
from wanping_union.errors import NotAllowed, Refused
from wanping_union.reference import services as reference
from wanping_union.rights.registry import Expiring, Found, Offers
from wanping_union.roles import DECIDE_DELETION, role_words

YEARS = "privacy.relief_years"
ENDED = (*VOID, Status.CLOSED)
TOUCHED = "列入清单后档案又有改动，已留下。"
ERASED = "已删除"
ERASED_BORN = date(1900, 1, 1)  # the column wants a day; nobody here was born on it
TOLD = (Bill, CaseReturn, Conference, FollowUp, Objection, Override, Referral, Verdict, Visit)


def _past(today: date) -> QuerySet[Any]:
    """Files that ended too long ago; none while no period is set."""
    years = reference.value(YEARS, today)
    if years is None:
        return Household.objects.none()
    running = ReliefCase.objects.filter(household=OuterRef("pk")).exclude(status__in=ENDED)
    return (
        Household.objects.filter(erased_on=None)
        .exclude(filed_on__isnull=False, delisted_on=None)
        .filter(~Exists(running))
        .annotate(ended=Greatest("opened_on", "delisted_on", Max("cases__stage_on")))
        .annotate(touched=Greatest("updated_at", Max("cases__updated_at")))
        .filter(ended__lt=add_months(today, -12 * int(years)))
    )


def due(today: date) -> Iterator[Found]:
    for household in _past(today).select_related("union").order_by("pk"):
        yield Found(household.pk, household.union, household.ended, _state(household))


def _state(household: Any) -> str:
    return str(household.touched.isoformat())


def words(records: Collection[int]) -> Mapping[int, tuple[str, str]]:
    found = Household.objects.filter(pk__in=records).select_related("head")
    return {
        one.pk: (str(one), "")
        if one.erased_on
        else (f"{one.head}的家庭档案", one.get_absolute_url())
        for one in found
    }


def erase(record: int, *, as_of: str, by: User, note: str, offers: Offers) -> None:
    """Erase one file as approved.

    Raises NotAllowed, and Refused if anything moved since. Basis: 个人信息保护法 Art. 19, 47.
    """
    locked = Household.objects.select_for_update().filter(pk=record)
    household = _past(clock.today()).filter(pk__in=[one.pk for one in locked]).first()
    if household is None or _state(household) != as_of:
        raise Refused(TOUCHED)
    if not by.may(DECIDE_DELETION, household.union):
        raise NotAllowed(
            f"{by.pk} may not erase household {record}", who=role_words(DECIDE_DELETION)
        )
    for case in ReliefCase.objects.select_for_update().filter(household=household):
        _erase_case(case, by=by, note=note)
    _erase_family(household, household.ended.year)
    log.write(
        "erase_file",
        "删除到期的家庭档案",
        by=by,
        record=household,
        union=household.union,
        note=note,
        roles=DECIDE_DELETION,
    )


def _erase_case(case: ReliefCase, *, by: User, note: str) -> None:
    for model in TOLD:
        model._default_manager.filter(case=case).delete()
    Advance.objects.filter(case=case).update(why=ERASED, reason=None)
    attachments.forget(case, by=by, reason=note)
    aid.forget(name_of(case))
    ReliefCase.objects.filter(pk=case.pk).update(
        **dict.fromkeys(("disease", "diagnosis", "story", "account_name", "sheet"), None),
        account=ERASED,
        account_hash=None,
        bank="",
        reason=None if case.reason is None else ERASED,
        committee=[],
        concerned=[],
        updated_at=Now(),
    )


def _erase_family(household: Household, until: int) -> None:
    """until: the last year of the file; caps of later years are another file's."""
    people = HouseholdMember.objects.filter(household=household)
    keys = [bytes(one) for one in people.values_list("id_hash", flat=True)]
    keys.append(f"household:{household.pk}".encode())
    YearlyGrant.objects.filter(key__in=keys, year__lte=until).delete()
    HouseholdLine.objects.filter(household=household).delete()
    today = clock.today()
    for member in people:
        HouseholdMember.objects.filter(pk=member.pk).update(
            name=ERASED,
            id_number=ERASED,
            id_hash=token_bytes(HASH_BYTES),
            born_on=ERASED_BORN,
            health=None,
            work="",
            left_on=member.left_on or today,
        )
    Household.objects.filter(pk=household.pk).update(
        **dict.fromkeys(("address", "address_hash", "mobile", "mobile_hash"), None),
        delisted_why=ERASED if household.delisted_on else "",
        erased_on=today,
        updated_at=Now(),
    )


FILES = Expiring("relief", "relief", "撤档或结案已久的救助档案", due, words, erase)
