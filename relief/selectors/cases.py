"""What pages read of cases: lists, desks, clocks, what is hidden, the public notice."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet

from relief.models import Advance, CaseReturn, FollowUp, ReliefCase, ReliefCaseQuerySet
from relief.rules import AREA_REVIEW, CLOSE, DESKS, EDITABLE, AdvanceStatus, Status
from relief.selectors.terms import days_by_stage
from wanping_union import clock
from wanping_union.accounts.models import User
from wanping_union.deadlines import Calendar, Clock, Due, Pause, Unit
from wanping_union.deadlines import due as due_of
from wanping_union.reference import services as reference
from wanping_union.roles import ENTER_RELIEF, FOLLOW_RELIEF, SEE_RELIEF_INSIDE

BANDS = tuple(map(Decimal, (5_000, 10_000, 30_000, 50_000)))


def cases_for(user: User) -> ReliefCaseQuerySet:
    """Cases this person may see, the newest first."""
    rows: ReliefCaseQuerySet = ReliefCase.objects.visible_to(user)
    # Of all eight tables in one statement PostgreSQL plans longer than it reads.
    joined = rows.select_related("union", "household__head", "beneficiary")
    return joined.prefetch_related("fund", "entered_by", "household__union").order_by("-pk")


LINE = (
    "status", "returned_from", "stage_on", "cause", "is_emergency", "opened_on", "submitted_on",
    "amount", "union__name", "union__path", "household__head__name", "beneficiary__name",
)  # fmt: skip


def lines_for(user: User) -> ReliefCaseQuerySet:
    """Cases this person may see as lists print them, the newest first."""
    return as_lines(ReliefCase.objects.visible_to(user)).order_by("-pk")


def as_lines(cases: ReliefCaseQuerySet) -> ReliefCaseQuerySet:
    """With what a line of a list says, and no more: nothing sealed is opened for it."""
    return cases.select_related("union", "household__head", "beneficiary").only(*LINE)


def may_see_inside(case: ReliefCase, user: User) -> bool:
    """Diagnosis, story, bills, family finances: the unit only while it writes or mends.

    Never the administrator or the auditor.
    """
    if user.may(SEE_RELIEF_INSIDE, case.union):
        return True
    return case.status in EDITABLE and user.may(ENTER_RELIEF, case.union)


@dataclass(frozen=True)
class Waiting:
    """A case with its clock. due: None where the stage is not timed or the clock stands still."""

    case: ReliefCase
    due: Due | None
    is_paused: bool

    @property
    def days_left(self) -> int | None:
        return self.due.days_left(clock.today()) if self.due else None

    @property
    def words(self) -> str:
        if self.is_paused:
            return "退回补正，期限暂停计算"
        return f"{self.due.on} 前办理" if self.due else ""


def waiting(case: ReliefCase, calendar: Calendar, days: Mapping[str, int]) -> Waiting:
    """calendar, days: of reference.calendar() and days_by_stage(), read once for many."""
    stage = case.returned_from or case.status
    is_paused = case.status == Status.RETURNED
    if is_paused or stage not in days:
        return Waiting(case, None, is_paused)
    pauses = tuple(
        Pause(one.on, one.answered_on) for one in case.returns.all() if one.stage == stage
    )
    period = Clock(case.stage_on, days[stage], Unit.WORKING_DAYS, pauses)
    return Waiting(case, due_of(period, calendar), is_paused)


def waiting_of(case: ReliefCase) -> Waiting:
    return waiting(case, reference.calendar(), days_by_stage(clock.today()))


def clocks(cases: Iterable[ReliefCase]) -> list[Waiting]:
    """In the order given."""
    calendar, days = reference.calendar(), days_by_stage(clock.today())
    return [waiting(case, calendar, days) for case in cases]


def timed(cases: Iterable[ReliefCase]) -> list[Waiting]:
    """The first due first, then those without a clock, the oldest first."""
    return sorted(
        clocks(cases), key=lambda w: (w.due is None, w.due.on if w.due else date.max, w.case.pk)
    )


def at_desk(user: User, statuses: Iterable[str] | None = None) -> ReliefCaseQuerySet:
    """What this person can do something about today, in any role. statuses: of these alone."""
    mine = Q(pk__in=[])
    for roles, at in DESKS.items():
        wanted = [s for s in at if statuses is None or s in statuses]
        if wanted and user.may(roles):
            mine |= Q(status__in=wanted, union__among=user.union_ids(roles))
    to_ask = FollowUp.objects.filter(case=OuterRef("pk"), done_on=None)
    return ReliefCase.objects.visible_to(user).filter(
        mine,
        ~Q(status=Status.PUBLICITY, public_to__gte=clock.today()),
        ~Q(Exists(to_ask), status=Status.HANDED_OVER),
    )


def obstacle(case: ReliefCase, act: str) -> str:
    """Why an act whose turn it is cannot be done yet, in words; "" where it can.

    act: name of a step.
    """
    if act == AREA_REVIEW.name:
        if case.public_to and clock.today() <= case.public_to:
            return f"公示到 {case.public_to} 结束，第二天起才能审核。"
        if case.objections.filter(answered_on=None).exists():
            return "公示期间收到的异议还没有核查结果，请先处理。"
    if act == CLOSE.name and (left := case.follow_ups.filter(done_on=None).count()):
        return f"还有 {left} 次回访没有登记，回访完再结案。"
    return ""


def desk_of(user: User, statuses: Iterable[str] | None = None) -> list[Waiting]:
    """What waits for this person, with its clocks. statuses: of these alone."""
    return timed(to_time(at_desk(user, statuses)))


def to_time(cases: ReliefCaseQuerySet) -> ReliefCaseQuerySet:
    """With what `waiting` reads of each, and no more."""
    return with_returns(cases.only("status", "returned_from", "stage_on"))


def with_returns(cases: ReliefCaseQuerySet) -> ReliefCaseQuerySet:
    returns = CaseReturn.objects.only("case", "stage", "on", "answered_on").order_by("pk")
    return cases.prefetch_related(Prefetch("returns", returns))


def name_of(case: ReliefCase) -> str:
    """Whom the case is for; the head of the household while nobody is chosen."""
    return case.beneficiary.name if case.beneficiary else case.household.head.name


# --- after the money ---------------------------------------------------------------------------


def follow_ups_due(user: User, until: date) -> QuerySet[FollowUp]:
    """Follow-ups not done that fall due by that day, in the person's unions, oldest first."""
    rows = FollowUp.objects.filter(done_on=None, due_on__lte=until)
    mine = rows.filter(case__union__among=user.union_ids(FOLLOW_RELIEF))
    return mine.select_related("case__union", "case__beneficiary").order_by("due_on", "pk")


def advances_for(user: User) -> QuerySet[Advance]:
    """Advances this person may see, the newest first."""
    rows = Advance.objects.visible_to(user)
    return rows.select_related("case__beneficiary", "case__fund", "union").order_by("-pk")


def advances_without_papers(user: User, day: date) -> QuerySet[Advance]:
    """Granted in advance, and the application is still not handed in after its day."""
    granted = advances_for(user).filter(status__in=(AdvanceStatus.GRANTED, AdvanceStatus.PAID))
    return granted.filter(case__status__in=EDITABLE, papers_due_on__lt=day)


# --- the public notice -------------------------------------------------------------------------


@dataclass(frozen=True)
class Published:
    """The least that a notice may say (PIPL Art. 28; 社会救助暂行办法 Art. 61)."""

    code: str
    name: str  # 韩**
    union: str
    category: str
    band: str
    since: date
    until: date


def published(day: date) -> list[Published]:
    """The notice of that day. It ends by itself."""
    rows = ReliefCase.objects.on_notice(day).select_related("union", "beneficiary", "fund")
    return [notice_of(case) for case in rows.order_by("public_to", "pk")]


def notice_of(case: ReliefCase) -> Published:
    assert case.beneficiary is not None
    assert case.public_from is not None
    assert case.public_to is not None
    return Published(
        case.code,
        masked_name(case.beneficiary.name),
        case.union.name,
        str(case.fund),
        band_of(case.suggested),
        case.public_from,
        case.public_to,
    )


def masked_name(name: str) -> str:
    """韩轩娜 → 韩**"""
    return name[:1] + "*" * max(len(name) - 1, 1)


def band_of(amount: Decimal | None) -> str:
    """In words, the range an amount lies in."""
    if amount is None:
        return "待定"
    low = Decimal(0)
    for high in BANDS:
        if amount <= high:
            return f"{high:,} 元以下" if not low else f"{low:,}—{high:,} 元"
        low = high
    return f"{low:,} 元以上"
