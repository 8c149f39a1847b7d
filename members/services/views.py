"""A list's filters kept under a name."""

from django.db import IntegrityError, transaction

from members.models import SavedView
from wanping_union.accounts.models import User
from wanping_union.audit import log
from wanping_union.errors import NotAllowed, Refused

MOST = 12  # of one person for one list
LONGEST = 400  # characters of a query


@transaction.atomic
def save_view(*, by: User, page: str, name: str, query: str) -> SavedView:
    """Keep filters. query: as in a URL, without any search text.

    Raises Refused for a name in use, for a query too long and when there are too many.
    """
    if len(query) > LONGEST:
        raise Refused("筛选条件太长，无法保存。请回到列表重新选择条件。")
    if SavedView.objects.filter(user=by, page=page).count() >= MOST:
        raise Refused(f"最多保存 {MOST} 个常用筛选，请先删除不用的。")
    try:
        with transaction.atomic():
            view = SavedView.objects.create(user=by, page=page, name=name, query=query)
    except IntegrityError:
        raise Refused(f"已经有一个叫“{name}”的常用筛选，请换个名称。") from None
    log.write("save_view", "保存常用筛选", by=by, record=view)
    return view


@transaction.atomic
def delete_view(view: SavedView, *, by: User) -> None:
    """Raises NotAllowed for somebody else's."""
    if view.user_id != by.pk:
        raise NotAllowed(f"view {view.pk} is not of {by.pk}")
    log.write("delete_view", "删除常用筛选", by=by, record=view)
    view.delete()
