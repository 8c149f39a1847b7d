"""Opening a household's file and keeping it true."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal

from django.db import IntegrityError, transaction

from members.models import Membership
from relief.models import Advance, Household, HouseholdLine, HouseholdMember, ReliefCase
from relief.models.household import TYPES, LineKind, LineType
from relief.rules import EDITABLE, OPEN, UNDER_REVIEW, Relation, Status, check_sum
from wanping_union import clock
from wanping_union.accounts.models import User
from wanping_union.audit import log
from wanping_union.crypto import keyed_hash
from wanping_union.errors import NotAllowed, Refused
from wanping_union.names import fold
from wanping_union.roles import ENTER_RELIEF

IN_REVIEW = "这个家庭的申请正在审核，资料先不能改。需要改的，请审核人退回补正。"
SAME_PERSON = (
    "这位家人已经申请过救助，证件号码不能再改。号码确实错了的，请把这一位移出，再按正确的号码添加。"
)
NOT_ONE = "职工本人和配偶各只能有一位，同一个人也只能登记一次。请核对。"


class AlreadyFiled(Refused):
    """The household, or somebody of it, has a file already."""

    def __init__(self, household: Household) -> None:
        super().__init__("这个家庭已经建过档案，一户只建一份。请打开已有的档案办理。")
        self.household = household


@dataclass(frozen=True)
class MemberFacts:
    relation: str
    name: str
    id_number: str
    born_on: date
    is_cohabiting: bool = True
    health: str = ""
    work: str = ""


@dataclass(frozen=True)
class LineFacts:
    """amount: yuan, homes and vehicles counted. member: None for all together."""

    type: LineType
    amount: Decimal
    member: HouseholdMember | None = None
    words: str = ""


@transaction.atomic
def open_file(membership: Membership, *, by: User) -> Household:
    """Open the file of a member's household with the member as its head.

    Raises NotAllowed, and AlreadyFiled (with the file) if there is one.
    """
    if not by.may(ENTER_RELIEF, membership.union):
        raise NotAllowed(f"{by.pk} may not open a file in {membership.union_id}")
    person = membership.person
    _check_free(bytes(person.id_hash))
    try:
        with transaction.atomic():
            household = Household.objects.create(
                union=membership.union, head=person, opened_on=clock.today()
            )
            HouseholdMember.objects.create(
                household=household,
                relation=Relation.SELF,
                name=person.name,
                id_number=person.id_number,
                id_hash=person.id_hash,
                born_on=person.born_on,
            )
    except IntegrityError:  # somebody else opened it at the same moment
        _check_free(bytes(person.id_hash))
        raise
    log.write("open_file", "建立家庭档案", by=by, record=household, union=household.union)
    return household


def _check_free(id_hash: bytes, own: Household | None = None) -> None:
    living = HouseholdMember.objects.filter(id_hash=id_hash, left_on=None)
    known = living.exclude(household=own).select_related("household__head").first()
    if known:
        raise AlreadyFiled(known.household)


def locked(household: Household, *, by: User) -> Household:
    """The file's locked row. Raises NotAllowed, and Refused while a case of it is under review."""
    rows = Household.objects.select_for_update(of=("self",)).select_related("union", "head")
    fresh = rows.get(pk=household.pk)
    if not by.may(ENTER_RELIEF, fresh.union):
        raise NotAllowed(f"{by.pk} may not keep household {fresh.pk}")
    statuses = set(fresh.cases.values_list("status", flat=True))
    if statuses.intersection(UNDER_REVIEW) and Status.RETURNED not in statuses:
        raise Refused(IN_REVIEW)
    return fresh


@transaction.atomic
def save_contact(household: Household, *, by: User, address: str, mobile: str) -> None:
    """Raises NotAllowed and Refused."""
    household = locked(household, by=by)
    household.address, household.mobile = address, mobile
    household.address_hash = keyed_hash("address", fold(address)) if address else None
    household.mobile_hash = keyed_hash("mobile", mobile) if mobile else None
    household.save(update_fields=["address", "address_hash", "mobile", "mobile_hash", "updated_at"])
    log.write("save_contact", "修改家庭联系方式", by=by, record=household, union=household.union)


@transaction.atomic
def save_member(
    household: Household, facts: MemberFacts, *, by: User, member: HouseholdMember | None = None
) -> HouseholdMember:
    """Add or correct somebody of the household. The head is who the file was opened for.

    Raises NotAllowed, AlreadyFiled, and Refused for a second head or spouse.
    """
    household = locked(household, by=by)
    if member is not None and (member.relation == Relation.SELF) != (
        facts.relation == Relation.SELF
    ):
        raise Refused(NOT_ONE)
    id_hash = keyed_hash("id_number", facts.id_number)
    if facts.relation == Relation.SELF and id_hash != bytes(household.head.id_hash):
        raise Refused("职工本人的证件号码和会员登记的不一致。请先在会员档案里更正。")
    _check_free(id_hash, household)
    if member is not None and id_hash != bytes(member.id_hash) and _was_judged(member):
        raise Refused(SAME_PERSON)
    member = member or HouseholdMember(household=household)
    for field in fields(facts):
        setattr(member, field.name, getattr(facts, field.name))
    member.id_hash = id_hash
    try:
        with transaction.atomic():
            member.save()
    except IntegrityError:
        raise Refused(NOT_ONE) from None
    _log("save_member", "登记家庭成员", household, by=by, note=member.get_relation_display())
    return member


def _was_judged(member: HouseholdMember) -> bool:
    """Whether a decision, or money under a yearly cap, rests on who this is.

    Never of the head, whose number follows the members' register.
    """
    if member.relation == Relation.SELF:
        return False
    cases = ReliefCase.objects.filter(beneficiary=member)
    handed_in = cases.exclude(submitted_on=None).exclude(status__in=EDITABLE)
    return handed_in.exists() or Advance.objects.granted().filter(case__in=cases).exists()


@transaction.atomic
def remove_member(member: HouseholdMember, *, by: User) -> None:
    """Somebody has left the household. Raises NotAllowed, and Refused for the head."""
    household = locked(member.household, by=by)
    if member.relation == Relation.SELF:
        raise Refused("职工本人不能移出自己的家庭档案。")
    if household.cases.filter(beneficiary=member, status__in=OPEN).exists():
        raise Refused("这位家人是申请的受助人。请先改受助人，再移出。")
    HouseholdMember.objects.filter(pk=member.pk, left_on=None).update(left_on=clock.today())
    _log("remove_member", "移出家庭成员", household, by=by, note=member.get_relation_display())


@transaction.atomic
def save_lines(
    household: Household, year: int, kind: LineKind, lines: Sequence[LineFacts], *, by: User
) -> None:
    """Put one year's lines of a kind in place of those stored.

    Raises NotAllowed, and Refused for an amount that cannot be or a line given twice.
    """
    household = locked(household, by=by)
    for line in lines:
        check_sum(line.amount)
    household.lines.filter(year=year, type__in=TYPES[kind]).delete()
    rows = [
        HouseholdLine(
            household=household,
            member=line.member,
            year=year,
            type=line.type,
            sum=f"{line.amount:f}",
            words=line.words,
        )
        for line in lines
    ]
    try:
        with transaction.atomic():
            HouseholdLine.objects.bulk_create(rows)
    except IntegrityError:
        raise Refused("同一个人的同一项只写一行，请合并金额。") from None
    _log("save_lines", f"登记家庭{kind.label}", household, by=by, note=f"{year} 年")


def _log(name: str, label: str, household: Household, *, by: User, note: str) -> None:
    log.write(name, label, by=by, record=household, union=household.union, note=note)
