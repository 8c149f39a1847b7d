"""New versions of what people are told."""

from datetime import date

from django.db import IntegrityError, transaction
from django.db.models import Max

from wanping_union import clock
from wanping_union.accounts.models import User
from wanping_union.audit import log
from wanping_union.errors import NotAllowed, Refused
from wanping_union.rights.models import Notice
from wanping_union.roles import KEEP_NOTICES


@transaction.atomic
def publish(purpose: str, *, by: User, title: str, text: str, valid_from: date) -> Notice:
    """Add the next version of a notice; consents keep the version they were given to.

    Raises NotAllowed, and Refused for a day gone by: nobody was told this then.
    """
    if not by.may(KEEP_NOTICES):
        raise NotAllowed(f"{by.pk} may not publish notices")
    if valid_from < clock.today():
        raise Refused("生效日期不能早于今天：以前的同意是按以前的告知书给的。")
    last = Notice.objects.filter(purpose=purpose).aggregate(n=Max("version"))["n"] or 0
    try:
        with transaction.atomic():
            notice = Notice.objects.create(
                purpose=purpose, version=last + 1, title=title, text=text, valid_from=valid_from
            )
    except IntegrityError:
        raise Refused("刚刚有人发布了新版本，请重新打开这一页。") from None
    changed = {"version": [str(last or ""), str(notice.version)]}
    log.write("publish", "发布告知书", by=by, record=notice, changed=changed)
    return notice
