"""The tree of unions and their profiles, kept by the area."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import uuid4

from django.db import IntegrityError, transaction
from django.db.models import Value
from django.db.models.functions import Concat, Substr

from members.models import Membership, UnionProfile
from members.rules import COUNTED
from members.services.changes import write_changes
from wanping_union import clock
from wanping_union.accounts.models import Union, UnionKind, User
from wanping_union.audit import log
from wanping_union.errors import NotAllowed, Refused
from wanping_union.roles import KEEP_UNIONS, role_words

# Under which kinds each kind may stand: 北京市实施《工会法》办法 Art. 9 and 10.
PARENTS = {
    UnionKind.AREA: (UnionKind.DISTRICT,),
    UnionKind.JOINT: (UnionKind.DISTRICT, UnionKind.AREA),
    UnionKind.INDEPENDENT: (UnionKind.DISTRICT, UnionKind.AREA, UnionKind.JOINT),
}


def _lock_tree() -> None:
    """One change of the tree at a time: paths are read and rewritten under this lock."""
    tops = Union.objects.select_for_update(no_key=True).filter(parent=None)
    tops.order_by("pk").values_list("pk", flat=True)[0]


def _check_keeper(by: User, union: Union) -> None:
    if not by.may(KEEP_UNIONS, union):
        raise NotAllowed(f"{by.pk} may not keep union {union.pk}", who=role_words(KEEP_UNIONS))


def _check_parent(kind: str, parent: Union) -> None:
    if parent.kind not in PARENTS.get(UnionKind(kind), ()):
        raise Refused(f"{UnionKind(kind).label}不能设在{UnionKind(parent.kind).label}之下。")
    if parent.valid_to and parent.valid_to < clock.today():
        raise Refused(f"“{parent}”已撤销，不能作上级工会。")


@transaction.atomic
def create_union(
    *,
    by: User,
    parent: Union,
    code: str,
    name: str,
    kind: str,
    valid_from: date,
    profile: Mapping[str, Any],
) -> Union:
    """Found a union under another. profile: columns of UnionProfile.

    Raises NotAllowed, and Refused for a taken code or a parent that cannot be.
    Basis: 工会法 Art. 12 (approval by the next higher union).
    """
    _lock_tree()
    parent = Union.objects.get(pk=parent.pk)
    _check_keeper(by, parent)
    _check_parent(kind, parent)
    try:
        with transaction.atomic():
            union = Union.objects.create(
                code=code,
                name=name,
                kind=kind,
                parent=parent,
                path=f"new {uuid4()}",
                valid_from=valid_from,
            )
    except IntegrityError:
        raise Refused(f"代码 {code} 已经有工会在用，请换一个。") from None
    union.path = f"{parent.path}{union.pk}/"
    union.save(update_fields=["path"])
    _save_profile(UnionProfile(union=union), profile)
    log.write("create_union", "新建工会", by=by, record=union, union=union)
    return union


@transaction.atomic
def edit_union(union: Union, *, by: User, name: str, profile: Mapping[str, Any]) -> None:
    """Mend a union's name and profile. profile: columns of UnionProfile.

    Raises NotAllowed, and Refused for a place on the map that is taken.
    """
    union = Union.objects.select_for_update(no_key=True).get(pk=union.pk)
    _check_keeper(by, union)
    changed = write_changes(union, {"name": name})
    row = UnionProfile.objects.filter(union=union).first() or UnionProfile(union=union)
    changed |= _save_profile(row, profile)
    log.write("edit_union", "修改工会资料", by=by, record=union, union=union, changed=changed)


def _save_profile(row: UnionProfile, values: Mapping[str, Any]) -> dict[str, list[str]]:
    if row._state.adding:
        row.save(force_insert=True)
    try:
        with transaction.atomic():
            return write_changes(row, values)
    except IntegrityError:
        raise Refused("方位图上的这个位置已经有别的工会，请换一格。") from None


@transaction.atomic
def move_union(union: Union, *, by: User, parent: Union, note: str = "") -> None:
    """Hang a union and all below it under another parent.

    Raises NotAllowed, and Refused for a parent that is below it or of the wrong kind.
    """
    _lock_tree()
    union = Union.objects.get(pk=union.pk)
    parent = Union.objects.get(pk=parent.pk)
    _check_keeper(by, union)
    _check_keeper(by, parent)
    if parent.path.startswith(union.path):
        raise Refused("不能把工会移到它自己或它的下级之下。")
    _check_parent(union.kind, parent)
    before = str(union.parent)
    old, new = union.path, f"{parent.path}{union.pk}/"
    Union.objects.filter(path__startswith=old).update(
        path=Concat(Value(new), Substr("path", len(old) + 1))
    )
    Union.objects.filter(pk=union.pk).update(parent=parent)
    union.refresh_from_db()
    log.write(
        "move_union",
        "调整上级工会",
        by=by,
        record=union,
        union=union,
        changed={"上级": [before, str(parent)]},
        note=note,
    )


@transaction.atomic
def set_validity(union: Union, *, by: User, valid_to: date | None, note: str = "") -> None:
    """End a union on a day, or take the end back (None).

    Raises NotAllowed, and Refused while it has members in good standing or unions below it.
    Basis: 工会法 Art. 13; 北京市实施办法 Art. 16.
    """
    _lock_tree()
    union = Union.objects.select_for_update(no_key=True).get(pk=union.pk)
    _check_keeper(by, union)
    if valid_to is not None:
        _check_may_end(union, valid_to)
    changed = write_changes(union, {"valid_to": valid_to})
    label = "撤销工会" if valid_to else "恢复工会"
    log.write("set_validity", label, by=by, record=union, union=union, changed=changed, note=note)


def _check_may_end(union: Union, valid_to: date) -> None:
    if valid_to < union.valid_from:
        raise Refused(f"截止日期不能早于成立日期（{union.valid_from}）。")
    below = Union.objects.within(union).exclude(pk=union.pk)
    if below.valid_at(max(valid_to, clock.today())).exists():
        raise Refused("还有下级工会，请先处理下级工会。")
    count = Membership.objects.filter(union=union, status__in=COUNTED).count()
    if count:
        raise Refused(f"还有 {count} 名在会会员，请先办理保留会籍、转接或退会。")
