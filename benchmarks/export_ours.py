"""The whole job of an export, as a worker does it."""

from wanping_union import portal
from wanping_union.accounts.models import Union, User
from wanping_union.audit.context import acting
from wanping_union.audit.models import Channel
from wanping_union.exports import services
from wanping_union.jobs import worker


def export(query: dict[str, str]) -> int:
    user = User.objects.get(username="FT-administrator")
    union = Union.objects.get(code="FT")
    with acting(Channel.COMMAND, user.pk):
        file = services.request(portal.EXPORTS["people"], query, by=user, union=union)
    worker.work(portal.JOBS)
    file.refresh_from_db()
    assert file.finished_at, file.job.error
    return file.rows
