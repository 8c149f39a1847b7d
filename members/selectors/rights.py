"""People as subjects of their rights: who was not told yet, whose data are only kept."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import QuerySet
from django.utils import timezone

from members.models import Membership, Person, Standing
from members.rules import HELD
from wanping_union.accounts.models import Union, User
from wanping_union.attachments.models import Attachment
from wanping_union.audit.models import Act, Look, name_of
from wanping_union.rights.models import Consent
from wanping_union.rights.registry import UNTOLD, Section, Subject
from wanping_union.rights.rules import Purpose
from wanping_union.roles import SEE_RIGHTS

TIMES = {"created_at": "登记时间", "updated_at": "最近修改"}


def subject_of(membership: Membership) -> Subject:
    """membership: the person's current one, with person and union."""
    person = membership.person
    return Subject(
        pk=person.pk,
        key=bytes(person.id_hash),
        name=person.name,
        union=membership.union,
        url=person.get_absolute_url(),
        restricted_on=membership.restricted_on,
        erased_on=person.erased_on,
    )


def _subjects(rows: Iterable[Membership]) -> list[Subject]:
    return [subject_of(membership) for membership in rows]


def _current(user: User) -> QuerySet[Membership]:
    rows = Membership.objects.filter(is_current=True, union__in=user.union_ids(SEE_RIGHTS))
    return rows.select_related("person", "union")


def find(user: User, pk: int) -> Subject | None:
    found = _current(user).filter(person=pk).first()
    return subject_of(found) if found else None


def restricted(user: User) -> list[Subject]:
    """People whose data are kept only, last restricted first; those erased are not people."""
    rows = _current(user).filter(restricted_on__isnull=False, person__erased_on=None)
    return _subjects(rows.order_by("-restricted_on", "-pk")[:UNTOLD])


def untold(union: Union) -> list[Subject]:
    """Members without an open consent to membership: the newest UNTOLD, by name."""
    rows = Membership.objects.filter(
        union=union, is_told=False, status__in=HELD, restricted_on=None
    )
    rows = rows.select_related("person", "union").order_by("-pk")
    found = _subjects(rows[:UNTOLD])
    # Asked again: a consent and a membership of the same moment do not see one another.
    consents = Consent.objects.open().filter(
        subject__in=[subject.key for subject in found], purpose=Purpose.MEMBERSHIP
    )
    told = {bytes(subject) for subject in consents.values_list("subject", flat=True)}
    left = (subject for subject in found if subject.key not in told)
    return sorted(left, key=lambda subject: (subject.name, subject.pk))


def copy_of(subject: Subject) -> list[Section]:
    """What the register holds of a person, numbers in clear, and who has looked at it."""
    person = Person.objects.get(pk=subject.pk)
    rows = list(person.memberships.select_related("union", "enterprise").order_by("joined_on"))
    return [
        Section("个人信息", ("项目", "内容"), _facts(person)),
        Section(
            "会籍",
            ("工会", "工作单位", "入会日期", "入会途径", "状态", "工种", "备注"),
            [
                (
                    m.union.name,
                    str(m.enterprise or ""),
                    str(m.joined_on),
                    m.get_route_display(),
                    m.get_status_display(),
                    m.occupation,
                    m.remark,
                )
                for m in rows
            ],
        ),
        Section("会籍变化", ("自", "至", "状态", "原因和说明"), _standings(rows)),
        Section("材料", ("材料", "文件名", "上传时间"), _papers(person)),
        Section("谁看过、改过您的资料", ("时间", "经办人", "事项", "事由"), _looks(person, rows)),
    ]


def _facts(person: Person) -> list[tuple[str, ...]]:
    names = ("name", "sex", "born_on", "id_type", "id_number", "mobile", "card")
    more = ("ethnicity", "education", "household", "created_at", "updated_at")
    columns = {field.name: field for field in Person._meta.fields}
    found: list[tuple[str, ...]] = []
    for name in (*names, *more):
        display = getattr(person, f"get_{name}_display", None)
        value = display() if display else getattr(person, name)
        label = TIMES.get(name) or str(columns[name].verbose_name)
        found.append((label, _moment(value) if name in TIMES else str(value or "")))
    return found


def _standings(rows: list[Membership]) -> list[tuple[str, ...]]:
    standings = Standing.objects.filter(membership__in=rows).order_by("from_on", "pk")
    return [
        (
            str(s.from_on),
            str(s.until_on or "至今"),
            s.get_status_display(),
            "，".join(filter(None, (s.get_reason_display(), s.note))),
        )
        for s in standings
    ]


def _looks(person: Person, rows: list[Membership]) -> list[tuple[str, ...]]:
    records = [name_of(person), *map(name_of, rows)]
    acts = Act.objects.filter(record__in=records)
    looks = Look.objects.filter(model=Person._meta.label_lower, ids__contains=[person.pk])
    found = [(a.at, a.by_name, a.label, a.note) for a in acts]
    found += [(seen.at, seen.by_name, f"查看：{seen.page}", seen.reason) for seen in looks]
    return [(_moment(at), *words) for at, *words in sorted(found, reverse=True)]


def _papers(person: Person) -> list[tuple[str, ...]]:
    files = Attachment.objects.there().filter(record=name_of(person)).order_by("pk")
    return [(file.label, file.name, _moment(file.at)) for file in files]


def _moment(at: datetime) -> str:
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M}"
