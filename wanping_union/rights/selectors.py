"""Notices, consents and requests as pages show them."""

from datetime import date
from typing import NamedTuple

from wanping_union import clock
from wanping_union.accounts.models import Union, User
from wanping_union.rights.models import Consent, Notice, Request
from wanping_union.rights.rules import WITHDRAWN_MEANS, Purpose
from wanping_union.roles import KEEP_PEOPLE, SEE_RIGHTS


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
        if consent or notice:
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
