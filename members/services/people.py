"""Registering people, correcting what is written of them, and looking at what is masked."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

from django.db import IntegrityError, transaction

from members.models import Enterprise, Membership, Person, Standing
from members.rules import HELD, IdType, Status
from members.selectors.people import current_membership
from members.services.changes import (
    check_unchanged,
    check_usable,
    label,
    shown,
    write_changes,
)
from wanping_union import clock, names
from wanping_union.accounts.models import Union, User
from wanping_union.audit import log
from wanping_union.crypto import keyed_hash, masked_card, masked_day, masked_id, masked_mobile
from wanping_union.errors import NotAllowed, Refused
from wanping_union.rights import services as rights
from wanping_union.rights.models import Notice
from wanping_union.rights.rules import Channel
from wanping_union.roles import KEEP_PEOPLE, REVEAL, SEE_PEOPLE, role_words

REVEALABLE = ("id_number", "mobile", "card")
MASKS: Mapping[str, Callable[[Any], str]] = {
    "id_number": masked_id,
    "mobile": masked_mobile,
    "card": masked_card,
    "born_on": masked_day,
}


@dataclass(frozen=True)
class PersonFacts:
    """What a form says of a person. An empty id_number, mobile or card leaves the stored one."""

    name: str
    sex: str
    born_on: date
    id_type: str = IdType.RESIDENT_ID
    id_number: str = ""
    mobile: str = ""
    card: str = ""
    ethnicity: str = ""
    education: str = ""
    household: str = ""


FACTS = tuple(f.name for f in fields(PersonFacts))


@transaction.atomic
def register(
    facts: PersonFacts,
    *,
    by: User,
    union: Union,
    joined_on: date,
    enterprise: Enterprise | None = None,
    route: str = "",
    occupation: str = "",
    remark: str = "",
    told: Sequence[Notice] = (),
) -> Membership:
    """Enter a membership that the union's committee approved on `joined_on`.

    told: notices the person was shown and agreed to just now.
    A person who left before gets a new membership. Raises NotAllowed, and Refused for a person
    held elsewhere, a date that cannot be, or a card of somebody else.
    Basis: 工会会员会籍管理办法 (2016) Art. 3 and 5.
    """
    if not by.may(KEEP_PEOPLE, union):
        raise NotAllowed(f"{by.pk} may not register in {union.pk}", who=role_words(KEEP_PEOPLE))
    _check_joining(union, enterprise, joined_on)
    person = _locked_person(facts, by=by, joined_on=joined_on)
    person.memberships.filter(is_current=True).update(is_current=False)
    try:
        with transaction.atomic():
            membership = Membership.objects.create(
                person=person,
                union=union,
                enterprise=enterprise,
                joined_on=joined_on,
                route=route,
                occupation=occupation,
                remark=remark,
            )
    except IntegrityError:  # an import runs past the lock on the person
        raise Refused("这个人刚刚已被登记，请搜索后查看。") from None
    Standing.objects.create(membership=membership, status=Status.ACTIVE, from_on=joined_on)
    log.write(
        "register",
        "登记入会",
        by=by,
        record=membership,
        union=union,
        changed={"status": ["", Status.ACTIVE.value]},
    )
    _keep_consents(person, told, by=by, union=union)
    return membership


def _keep_consents(person: Person, told: Sequence[Notice], *, by: User, union: Union) -> None:
    for notice in told:
        rights.give(
            bytes(person.id_hash),
            by=by,
            union=union,
            notice=notice,
            channel=Channel.PORTAL,
            given_on=clock.today(),
            name=person.name,
        )


def _check_joining(union: Union, enterprise: Enterprise | None, joined_on: date) -> None:
    if joined_on > clock.today():
        raise Refused("入会日期不能晚于今天。")
    if joined_on < union.valid_from or (union.valid_to and joined_on > union.valid_to):
        raise Refused(f"入会日期不在“{union}”的有效期内，请核对日期或工会。")
    if enterprise and enterprise.union_id != union.pk:
        raise Refused(f"“{enterprise}”不归“{union}”覆盖，请重新选择工作单位。")


def _locked_person(facts: PersonFacts, *, by: User, joined_on: date) -> Person:
    """The person's locked row, new or known; the lock guards "one held membership a person"."""
    rows = Person.objects.select_for_update()
    found = {"id_hash": keyed_hash("id_number", facts.id_number)}
    person = rows.filter(**found).first()
    if person is None:
        try:
            with transaction.atomic():
                return Person.objects.create(**_columns(facts))
        except IntegrityError:
            person = rows.filter(**found).first()
    if person is None:
        raise Refused("这个京卡卡号已登记在另一人名下，请核对卡号。")
    _check_free(person, facts, by=by, joined_on=joined_on)
    _write(person, _columns(facts, person))
    return person


def _check_free(person: Person, facts: PersonFacts, *, by: User, joined_on: date) -> None:
    if names.fold(person.name) != names.fold(facts.name):
        raise Refused("这个证件号码已有登记，但姓名不一致。请核对姓名和证件号码。")
    last = current_membership(person)
    if last.status in HELD:
        if by.may(SEE_PEOPLE, last.union):
            words = f"{person}已在“{last.union}”登记（{last.get_status_display()}），不能重复登记。"
            raise Refused(f"{words}请搜索姓名查看。")
        raise Refused("此人的会籍在其他工会，不能重复登记。请联系上级工会办理会籍转接。")
    if last.status == Status.DECEASED:
        raise Refused("此人已登记为去世。如果登记有误，请先更正。")
    left_on = last.standings.get(until_on=None).from_on
    if joined_on < left_on:
        raise Refused(f"此人 {left_on} 才离开原工会，入会日期不能早于这一天。")


def _columns(facts: PersonFacts, old: Person | None = None) -> dict[str, Any]:
    """Values of the row, search keys and hashes included; empty ones keep what `old` has."""
    values = {name: getattr(facts, name) for name in FACTS}
    if old is not None:
        values = {name: value for name, value in values.items() if value}
    if "name" in values:
        values["keys"] = names.search_keys(facts.name)
    if facts.id_number:
        values["id_hash"] = keyed_hash("id_number", facts.id_number)
    if facts.mobile:
        values |= {
            "mobile_hash": keyed_hash("mobile", facts.mobile),
            "mobile_tail": facts.mobile[-4:],
        }
    if facts.card:
        values["card_hash"] = keyed_hash("card", facts.card)
    return values


CLEARED: Mapping[str, Mapping[str, Any]] = {
    "mobile": {"mobile": "", "mobile_hash": None, "mobile_tail": ""},
    "card": {"card": "", "card_hash": None},
}


@transaction.atomic
def correct_person(
    person: Person,
    facts: PersonFacts,
    *,
    by: User,
    clear: Iterable[str] = (),
    as_of: str = "",
    told: Sequence[Notice] = (),
) -> None:
    """Mend what is written of a person. clear: "mobile", "card" to forget. told: as in register.

    as_of: as in check_unchanged. Raises NotAllowed, and Refused for an ID or card number of
    somebody else.
    """
    person = Person.objects.select_for_update().get(pk=person.pk)
    membership = current_membership(person)
    if not by.may(KEEP_PEOPLE, membership.union):
        raise NotAllowed(f"{by.pk} may not correct person {person.pk}", who=role_words(KEEP_PEOPLE))
    check_usable(membership)
    check_unchanged(person, as_of)
    old_hash = bytes(person.id_hash)
    values = _columns(facts) | {"id_type": facts.id_type}
    for name in REVEALABLE:
        if not values[name]:
            del values[name]
    for name in clear:
        values |= CLEARED[name]
    changed = _write(person, values)
    rights.move(old_hash, bytes(person.id_hash))
    _keep_consents(person, told, by=by, union=membership.union)
    log.write(
        "correct_person",
        "更正个人信息",
        by=by,
        record=person,
        union=membership.union,
        changed=changed,
    )


def _write(person: Person, values: Mapping[str, Any]) -> dict[str, list[str]]:
    """Save what differs. Returns {label: [before, after]}, numbers masked."""
    differing = [name for name, value in values.items() if getattr(person, name) != value]
    if not differing:
        return {}
    facts = [name for name in differing if name in FACTS]
    before = {name: _said(person, name) for name in facts}
    for name in differing:
        setattr(person, name, values[name])
    try:
        with transaction.atomic():
            person.save(update_fields=[*differing, "updated_at"])
    except IntegrityError:
        raise Refused("证件号码或京卡卡号已登记在另一人名下，请核对。") from None
    return {label_of(name): [before[name], _said(person, name)] for name in facts}


def label_of(name: str) -> str:
    """What a column of Person is called on pages."""
    return label(Person(), name)


def _said(person: Person, name: str) -> str:
    if name in MASKS:
        return MASKS[name](getattr(person, name))
    return shown(person, name)


@transaction.atomic
def correct_membership(
    membership: Membership,
    *,
    by: User,
    enterprise: Enterprise | None,
    joined_on: date,
    route: str,
    occupation: str,
    remark: str,
    as_of: str = "",
) -> None:
    """Mend the facts of a membership; the first status moves with the joining date.

    as_of: as in check_unchanged. Raises NotAllowed, and Refused for a date or an enterprise that
    cannot be.
    """
    rows = Membership.objects.select_for_update(of=("self",)).select_related("union", "enterprise")
    membership = rows.get(pk=membership.pk)
    if not by.may(KEEP_PEOPLE, membership.union):
        raise NotAllowed(
            f"{by.pk} may not correct membership {membership.pk}", who=role_words(KEEP_PEOPLE)
        )
    check_usable(membership)
    check_unchanged(membership, as_of)
    if enterprise != membership.enterprise or joined_on != membership.joined_on:
        _check_joining(membership.union, enterprise, joined_on)
    _move_first_standing(membership, joined_on)
    values = {
        "enterprise": enterprise,
        "joined_on": joined_on,
        "route": route,
        "occupation": occupation,
        "remark": remark,
    }
    changed = write_changes(membership, values)
    log.write(
        "correct_membership",
        "更正会籍信息",
        by=by,
        record=membership,
        union=membership.union,
        changed=changed,
    )


def _move_first_standing(membership: Membership, joined_on: date) -> None:
    first = membership.standings.order_by("from_on").first()
    if first is None or first.from_on == joined_on:
        return
    if first.until_on and joined_on >= first.until_on:
        raise Refused(f"入会日期要早于下一次状态变化（{first.until_on}）。")
    first.from_on = joined_on
    first.save(update_fields=["from_on"])


@transaction.atomic
def reveal(person: Person, field: str, *, by: User, reason: str) -> str:
    """One masked value in clear, after writing who looked and why.

    field: one of REVEALABLE. Raises NotAllowed. Basis: PIPL Art. 51; D-16.
    """
    words = label_of(field)
    _log_look(person, [field], f"查看{words}", by=by, reason=reason)
    return str(getattr(person, field))


@transaction.atomic
def print_card(person: Person, *, by: User, reason: str) -> None:
    """Write that somebody prints the 会员登记表, which shows the full numbers.

    Raises NotAllowed.
    """
    _log_look(person, REVEALABLE, "打印会员登记表（含完整号码）", by=by, reason=reason)


def _log_look(
    person: Person, looked_at: Sequence[str], words: str, *, by: User, reason: str
) -> None:
    membership = current_membership(person)
    union = membership.union
    if not by.may(REVEAL, union):
        raise NotAllowed(f"{by.pk} may not look at person {person.pk}", who=role_words(REVEAL))
    check_usable(membership)
    labels = [label_of(name) for name in looked_at]
    log.look(Person, [person.pk], by=by, page=words, fields=labels, reason=reason)
    changed = {label: ["", ""] for label in labels}
    log.write("reveal", words, by=by, record=person, union=union, changed=changed, note=reason)
