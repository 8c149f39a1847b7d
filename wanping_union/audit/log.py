"""Writing one audit row, in the transaction of the act or the page itself."""

from collections.abc import Iterable, Mapping, Sequence

from django.db import connection, models

from wanping_union import clock
from wanping_union.accounts.models import Union, User
from wanping_union.among import as_array
from wanping_union.audit.context import origin
from wanping_union.audit.models import Act, name_of
from wanping_union.roles import Role
from wanping_union.statements import Around

SYSTEM = "系统"
MOST_IDS = 10_000  # in one row: a file may name a million
# As SQL, for every page of people writes it.
LOOK = """
insert into audit_look (by_id, by_name, channel, request_id, page, model, ids, fields, reason)
values (%s, %s, %s, %s, %s, %s, %s::bigint[], %s::varchar[], %s)
"""
# Of a list that is asked again and again: its rows and the note of them in one statement.
# They keep their order: a CTE is read as it was written.
NOTED = """
with listed as materialized ({{rows}}),
noted as (
    insert into audit_look (by_id, by_name, channel, request_id, page, model, ids, fields, reason)
    select %s, %s, %s, %s, %s, %s, array_agg({key} order by {key}), array[]::varchar[], ''
    from (select distinct {key} from (select {key} from listed limit {most}) shown) once
    having count(*) > 0
)
select * from listed
"""
NOTER = ("by", "by_name", "channel", "request_id", "page", "model")


def write(
    name: str,
    label: str,
    *,
    by: User | None,
    record: models.Model | None = None,
    union: Union | None = None,
    changed: Mapping[str, Sequence[str]] | None = None,
    note: str = "",
    roles: Iterable[Role] = tuple(Role),
) -> Act:
    """Add one act. by: None for the system or a public form.

    roles: those that give the right to it; a substitute's name then says for whom.
    changed: {field: [before, after]} as text that may be read by whoever reads the audit.
    """
    here = origin()
    return Act.objects.create(
        on=clock.today(),
        by=by,
        by_name=by.signature(union, roles)[:40] if by else SYSTEM,
        channel=here.channel,
        request_id=here.request_id,
        name=name,
        label=label,
        record=name_of(record) if record else "",
        record_words=str(record)[:120] if record else "",
        union_path=union.path if union else "",
        changed=dict(changed or {}),
        note=note,
    )


def noting(key: str, most: int) -> Around:
    """For a list whose rows are noted as they are read. key: its column that `look` takes as ids.

    most: rows that are shown. Its givens are those of `noter`.
    """
    return Around(NOTED.format(key=key, most=most), NOTER)


def noter(model: type[models.Model], *, by: User, page: str) -> dict[str, object]:
    """As `look`."""
    here = origin()
    values = by.pk, str(by), here.channel.value, here.request_id, page, model._meta.label_lower
    return dict(zip(NOTER, values, strict=True))


def look_at(records: Iterable[models.Model], *, by: User | None, page: str) -> None:
    """`look` for records of one kind, already fetched."""
    seen = list(records)
    if seen:
        look(type(seen[0]), [record.pk for record in seen], by=by, page=page)


def look(
    model: type[models.Model],
    ids: Iterable[int],
    *,
    by: User | None,
    page: str,
    fields: Sequence[str] = (),
    reason: str = "",
) -> None:
    """Note whose data a page is about to show: call it before rendering, once a page.

    page: its name in words. fields: what it shows in clear. Nothing is written for no ids.
    Where this fails the page fails with it: nobody sees what is not noted.
    """
    seen = sorted(set(ids))
    here = origin()
    with connection.cursor() as cursor:
        for start in range(0, len(seen), MOST_IDS):
            cursor.execute(
                LOOK,
                [
                    by.pk if by else None,
                    str(by) if by else SYSTEM,
                    here.channel.value,
                    here.request_id,
                    page,
                    model._meta.label_lower,
                    as_array(seen[start : start + MOST_IDS]),
                    list(fields),
                    reason,
                ],
            )
