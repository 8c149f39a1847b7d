"""回避: people declare who they are and who their relatives are, kept as keyed hashes alone.

Source: 慈善法 (2023) Art. 59; contract of who does what: nobody acts on a relative's case.
"""

import re
from collections.abc import Iterable

from django.db import transaction
from django.db.models import QuerySet
from stdnum.cn import ric

from wanping_union import clock
from wanping_union.accounts import journal
from wanping_union.accounts.models import FormerKin, User
from wanping_union.audit.models import Act, name_of
from wanping_union.crypto import keyed_hash
from wanping_union.errors import NotAllowed, Refused

MOST = 30  # relatives of one person
ACTS = ("declare_kin", "remove_kin")
RESIDENT_ID = re.compile(r"\d{17}[\dX]", re.ASCII)
OTHER_PAPER = re.compile(r"(?=.*\d)[A-Z0-9]{5,17}", re.ASCII)  # 护照、港澳台证件


def number(text: str) -> str:
    """A number as it is stored of members and families. Raises Refused for one that cannot be."""
    found = "".join(text.split()).upper()
    if RESIDENT_ID.fullmatch(found):
        if ric.calc_check_digit(found) != found[-1]:
            raise Refused(f"号码末四位是 {found[-4:]} 的没有通过校验，可能输错了一位，请核对。")
    elif not OTHER_PAPER.fullmatch(found) or found.isdigit():
        raise Refused("身份证号码是 18 位，请核对；护照等证件照证件上的号码填。")
    return found


@transaction.atomic
def declare(user: User, *, by: User, id_number: str = "", relatives: Iterable[str] = ()) -> None:
    """Add relatives to those declared before; one's own number takes the place of the old one.

    Numbers are those of `number`. Raises NotAllowed for somebody else's account, and Refused for
    nothing, too many, or oneself as a relative.
    """
    locked = _locked(user, by=by)
    own = keyed_hash("id_number", id_number) if id_number else locked.id_hash
    known = {bytes(one) for one in locked.relatives}
    new = {keyed_hash("id_number", one) for one in relatives} - known
    said = ["本人"] if id_number and own != locked.id_hash else []
    said += [f"亲属 {len(new)} 人"] if new else []
    if own is not None and bytes(own) in known | new:
        raise Refused("本人的号码不能又填成亲属的，请核对。")
    if not said:
        raise Refused("这些号码以前都申报过，没有新的。")
    if len(known | new) > MOST:
        raise Refused(f"最多申报 {MOST} 位亲属。")
    if locked.id_hash is not None and own != bytes(locked.id_hash):
        _leave(locked, bytes(locked.id_hash))
    locked.id_hash, locked.relatives = own, sorted(known | new)
    locked.save(update_fields=["id_hash", "relatives"])
    journal.write("declare_kin", "申报本人和亲属（回避）", locked, by=by, note="、".join(said))


@transaction.atomic
def remove(user: User, *, by: User, id_number: str, reason: str) -> None:
    """Take back one relative, named by the number once more: only its hash is known.

    Raises NotAllowed for somebody else's account, and Refused for a number that was not declared
    or without a reason.
    """
    locked = _locked(user, by=by)
    if not reason.strip():
        raise Refused("请写明撤销的原因。")
    gone = keyed_hash("id_number", id_number)
    left = [bytes(one) for one in locked.relatives if bytes(one) != gone]
    if len(left) == len(locked.relatives):
        raise Refused("申报的亲属里没有这个号码，请核对。")
    _leave(locked, gone)
    locked.relatives = left
    locked.save(update_fields=["relatives"])
    journal.write("remove_kin", "撤销一位亲属的申报（回避）", locked, by=by, note=reason.strip())


def _leave(user: User, id_hash: bytes) -> None:
    """What was entered while it was declared stays barred: or one could take it back, decide, and
    declare it again.
    """
    FormerKin.objects.create(user=user, id_hash=id_hash, until=clock.today())


def _locked(user: User, *, by: User) -> User:
    if by.pk != user.pk:
        raise NotAllowed(f"{by.pk} may not declare for {user.pk}")
    return User.objects.select_for_update().get(pk=user.pk)


def declarations(user: User) -> QuerySet[Act]:
    """When something was declared or taken back, newest first."""
    return Act.objects.filter(record=name_of(user), name__in=ACTS).order_by("-at", "-pk")
