"""困难职工档案: opened for a household in hardship, reviewed every year, closed when it is over.

Source: 困难职工档案管理办法 (总工办〔2016〕36号): one household one file, taken off the list as
soon as it is out of hardship, kept ten years from then.
"""

from django.db import transaction

from relief.hardship import CATEGORIES
from relief.models import Household
from wanping_union import clock
from wanping_union.accounts.models import User
from wanping_union.audit import log
from wanping_union.errors import NotAllowed, OutOfTurn, Refused
from wanping_union.roles import VERIFY_RELIEF

LABELS = dict(CATEGORIES)


def _locked(household: Household, *, by: User) -> Household:
    rows = Household.objects.select_for_update(of=("self",)).select_related("union")
    fresh = rows.get(pk=household.pk)
    if not by.may(VERIFY_RELIEF, fresh.union):
        raise NotAllowed(f"{by.pk} may not keep the hardship file {fresh.pk}")
    people = fresh.members.filter(left_on=None).values_list("id_hash", flat=True)
    if by.is_concerned(map(bytes, people), since=fresh.opened_on):
        raise Refused("这份档案与您或您申报的亲属有关，请由其他同事办理。")
    return fresh


def _check_category(category: str) -> None:
    if category not in LABELS:
        raise Refused("请选择困难类别。")


@transaction.atomic
def file_hardship(household: Household, *, by: User, category: str) -> None:
    """Enter the household; one that was taken off may come back (返困).

    Raises NotAllowed, OutOfTurn for one on the list, and Refused without a category.
    """
    household = _locked(household, by=by)
    _check_category(category)
    if household.filed_on and not household.delisted_on:
        raise OutOfTurn("这个家庭已经在档。")
    household.category, household.filed_on = category, clock.today()
    household.reviewed_on = household.delisted_on = None
    household.delisted_why = ""
    _save(household, "file_hardship", "建立困难职工档案", by=by, note=LABELS[category])


@transaction.atomic
def review_hardship(household: Household, *, by: User, category: str) -> None:
    """The yearly review: still in hardship, of this category. Raises as file_hardship does."""
    household = _on_list(household, by=by)
    _check_category(category)
    household.category, household.reviewed_on = category, clock.today()
    _save(household, "review_hardship", "复核困难职工档案", by=by, note=LABELS[category])


@transaction.atomic
def delist(household: Household, *, by: User, reason: str) -> None:
    """Out of hardship: the ten years begin. Raises NotAllowed, OutOfTurn, Refused without why."""
    household = _on_list(household, by=by)
    if not reason.strip():
        raise Refused("请写明撤档原因。")
    household.delisted_on, household.delisted_why = clock.today(), reason.strip()
    _save(household, "delist", "撤销困难职工档案", by=by)


def _on_list(household: Household, *, by: User) -> Household:
    household = _locked(household, by=by)
    if not household.filed_on or household.delisted_on:
        raise OutOfTurn("这个家庭没有在档。")
    return household


def _save(household: Household, name: str, label: str, *, by: User, note: str = "") -> None:
    household.save(
        update_fields=[
            "category", "filed_on", "reviewed_on", "delisted_on", "delisted_why", "updated_at",
        ]
    )  # fmt: skip
    log.write(name, label, by=by, record=household, union=household.union, note=note)
