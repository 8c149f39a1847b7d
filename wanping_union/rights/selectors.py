"""Notices, consents and requests as pages show them."""

from datetime import date
from typing import NamedTuple

from django.db.models import Count
from django.urls import reverse

from wanping_union import clock
from wanping_union.accounts.models import Union, User
from wanping_union.deadlines import Calendar, Clock, Due, Unit
from wanping_union.deadlines import due as due_of
from wanping_union.home import ToDo
from wanping_union.reference import services as reference
from wanping_union.rights.models import (
    Consent,
    ListState,
    Notice,
    Request,
    RetentionLine,
    RetentionList,
)
from wanping_union.rights.registry import Offers, Section, Subject
from wanping_union.rights.rules import ON_OCCASION, WITHDRAWN_MEANS, Purpose, Status, steps_of
from wanping_union.roles import DECIDE_DELETION, KEEP_PEOPLE, SEE_RIGHTS, Role

CLOSED_SHOWN = 50


class Paragraph(NamedTuple):
    is_heading: bool
    text: str


def paragraphs(notice: Notice) -> list[Paragraph]:
    """The text of a notice: lines that begin with "# " are headings."""
    lines = [line.strip() for line in notice.text.splitlines() if line.strip()]
    return [Paragraph(line.startswith("# "), line.removeprefix("# ")) for line in lines]


def notices(day: date) -> dict[str, Notice]:
    """What is told on that day, by purpose."""
    return {notice.purpose: notice for notice in Notice.objects.current(day)}


def notice_of(purpose: str) -> Notice | None:
    """What is told today for that purpose."""
    return notices(clock.today()).get(purpose)


class Given(NamedTuple):
    """One purpose on a person's page. newest: the version told today, if another."""

    purpose: str
    label: str
    means: str
    consent: Consent | None
    newest: Notice | None

    @property
    def is_open(self) -> bool:
        return self.consent is not None and self.consent.withdrawn_on is None


def given_by(subject: bytes) -> list[Given]:
    """Each purpose that has a notice, with the newest consent of the person."""
    rows = Consent.objects.filter(subject=subject).select_related("notice", "by", "union")
    newest = {consent.purpose: consent for consent in rows.order_by("created_at", "pk")}
    told = notices(clock.today())
    found = []
    for purpose in Purpose:
        consent, notice = newest.get(purpose), told.get(purpose)
        if consent or (notice and purpose not in ON_OCCASION):
            other = notice if consent and notice and consent.notice_id != notice.pk else None
            means = WITHDRAWN_MEANS[purpose]
            found.append(Given(purpose.value, purpose.label, means, consent, other))
    return found


class OfPerson(NamedTuple):
    """The section 个人信息权利 of a person's page."""

    given: list[Given]
    requests: list[Request]
    may_keep: bool


def of_person(subject: bytes, user: User, union: Union) -> OfPerson | None:
    """None for who has no business with them."""
    if not user.may(SEE_RIGHTS, union):
        return None
    requests = Request.objects.visible_to(user).filter(subject=subject).order_by("-received_on")
    return OfPerson(given_by(subject), list(requests), user.may(KEEP_PEOPLE, union))


def versions() -> list[tuple[str, list[Notice]]]:
    """(purpose in words, its notices with the newest first)."""
    rows = Notice.objects.order_by("purpose", "-version")
    by_purpose: dict[str, list[Notice]] = {}
    for notice in rows:
        by_purpose.setdefault(notice.purpose, []).append(notice)
    return [(p.label, by_purpose[p]) for p in Purpose if p in by_purpose]


def unions_kept(user: User) -> list[Union]:
    """Unions whose people this person keeps and that are valid today, by path."""
    reached = Union.objects.reached_by(user, KEEP_PEOPLE)
    return list(reached.valid_at(clock.today()).order_by("path"))


def copy_of(subject: Subject) -> list[Section]:
    """Consents and requests of a person, for the copy."""
    consents = Consent.objects.filter(subject=subject.key).select_related("notice")
    requests = Request.objects.filter(subject=subject.key)
    return [
        Section(
            "告知和同意",
            ("告知书", "同意日期", "方式", "撤回日期"),
            [
                (str(c.notice), str(c.given_on), c.get_channel_display(), str(c.withdrawn_on or ""))
                for c in consents.order_by("created_at", "pk")
            ],
        ),
        Section(
            "权利请求",
            ("请求", "收到日期", "状态", "本人要求", "答复"),
            [
                (
                    r.get_kind_display(),
                    str(r.received_on),
                    r.get_status_display(),
                    r.wish or "",
                    r.answer or "",
                )
                for r in requests.order_by("received_on", "pk")
            ],
        ),
    ]


class Waiting(NamedTuple):
    """A request with its clock. due: None where no length is set, or it is over."""

    request: Request
    due: Due | None
    days_left: int | None


def clock_of(request: Request, calendar: Calendar) -> Due | None:
    """When the answer is due: working days from the day after receipt."""
    if request.days is None:
        return None
    period = Clock(request.received_on, request.days, Unit.WORKING_DAYS)
    return due_of(period, calendar)


def waiting(request: Request, calendar: Calendar) -> Waiting:
    due = clock_of(request, calendar) if request.status == Status.RECEIVED else None
    return Waiting(request, due, due.days_left(clock.today()) if due else None)


def waiting_for(user: User) -> list[Waiting]:
    """Open requests, the first due first."""
    rows = list(Request.objects.visible_to(user).waiting().select_related("union", "by"))
    calendar = reference.calendar() if rows else Calendar()
    return [waiting(request, calendar) for request in rows]


def closed_for(user: User) -> list[Request]:
    """The last ones decided."""
    rows = Request.objects.visible_to(user).exclude(status=Status.RECEIVED)
    return list(rows.select_related("union").order_by("-decided_on", "-pk")[:CLOSED_SHOWN])


def due(user: User) -> list[ToDo]:
    """Requests this person answers or decides, for the home page."""
    mine = [w for w in waiting_for(user) if user.may(answerers(w.request), w.request.union)]
    return [
        ToDo(
            f"答复权利请求：{w.request.get_kind_display()}",
            f"{w.request.union}，{w.request.received_on} 收到",
            w.request.get_absolute_url(),
            w.days_left,
        )
        for w in mine
    ]


def answerers(request: Request) -> tuple[Role, ...]:
    return steps_of(request.kind)[0].roles


class Listed(NamedTuple):
    """One line of a list in words."""

    line: RetentionLine
    label: str
    what: str
    url: str


def lists_for(user: User) -> list[RetentionList]:
    """Lists with how many lines they hold, the newest first."""
    rows = RetentionList.objects.visible_to(user).annotate(count=Count("lines"))
    return list(rows.select_related("union", "approved_by").order_by("-pk")[:CLOSED_SHOWN])


def listed(found: RetentionList, offers: Offers) -> list[Listed]:
    """Lines with what they are, one query a kind."""
    lines = list(found.lines.order_by("rule", "since", "pk"))
    kinds = {kind.rule: kind for kind in offers.expiring}
    records: dict[str, list[int]] = {}
    for line in lines:
        records.setdefault(line.rule, []).append(line.record)
    words = {rule: kinds[rule].words(ids) for rule, ids in records.items()}
    return [
        Listed(line, kinds[line.rule].label, *words[line.rule].get(line.record, ("已删除", "")))
        for line in lines
    ]


def lists_to_approve(user: User) -> list[ToDo]:
    """Lists that wait for this person, for the home page."""
    ids = user.union_ids(DECIDE_DELETION)
    if not ids:
        return []
    rows = RetentionLine.objects.filter(list__union__in=ids, list__state=ListState.OPEN)
    waiting = rows.values_list("list", "list__union__name").annotate(Count("pk")).order_by("list")
    return [
        ToDo(
            "核定到期清单",
            f"{union}，{count} 条到期的资料",
            reverse("rights:retention_list", args=[pk]),
        )
        for pk, union, count in waiting
    ]
