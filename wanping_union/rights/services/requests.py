"""What a person asks for, from receipt to answer. Basis: 个人信息保护法 Art. 44–50."""

from datetime import date

from django.db import IntegrityError, transaction

from wanping_union import clock
from wanping_union.accounts.models import User
from wanping_union.audit import log
from wanping_union.errors import NotAllowed, OutOfTurn, Refused
from wanping_union.reference import services as reference
from wanping_union.rights import rules
from wanping_union.rights.models import Consent, Request
from wanping_union.rights.registry import Offers, Section, Subject
from wanping_union.rights.rules import Kind, Status
from wanping_union.roles import KEEP_PEOPLE
from wanping_union.steps import Step
from wanping_union.workflow import begin, finish


@transaction.atomic
def receive(
    subject: Subject, *, by: User, kind: str, proof: str, received_on: date, wish: str = ""
) -> Request:
    """Enter what a person asked for. The days to answer are those in force on that day.

    Raises NotAllowed, and Refused for a day to come, or while the same request waits.
    """
    if not by.may(KEEP_PEOPLE, subject.union):
        raise NotAllowed(f"{by.pk} may not enter requests for person {subject.pk}")
    if subject.erased_on:
        raise Refused("此人的个人信息已经删除。")
    if received_on > clock.today():
        raise Refused("收到日期不能晚于今天。")
    days = reference.value(rules.ANSWER_DAYS, received_on)
    try:
        with transaction.atomic():
            request = Request.objects.create(
                subject=subject.key,
                person=subject.pk,
                name=subject.name,
                union=subject.union,
                kind=kind,
                proof=proof,
                received_on=received_on,
                wish=wish,
                days=None if days is None else int(days),
                by=by,
            )
    except IntegrityError:
        raise Refused(f"此人已有一件“{Kind(kind).label}”请求待答复。") from None
    changed = {"status": ["", Status.RECEIVED.value]}
    label = f"收到权利请求：{Kind(kind).label}"
    log.write("receive", label, by=by, record=request, union=subject.union, changed=changed)
    return request


@transaction.atomic
def answer(request: Request, *, by: User, answer: str, offers: Offers) -> None:
    """Close a request as done; what restricting and withdrawing mean happens now.

    Raises NotAllowed, OutOfTurn, and Refused for a person whose file has gone elsewhere.
    """
    request = _begun(rules.ANSWER, request, by)
    if request.kind in (Kind.RESTRICT, Kind.WITHDRAW):
        subject = subject_of(request, by, offers)
        if request.kind == Kind.WITHDRAW:
            rows = Consent.objects.open().filter(subject=subject.key)
            rows.update(withdrawn_on=clock.today(), reason=str(request))
        offers.restrict(subject, by=by, note=str(request))
    _settle(rules.ANSWER, request, by, answer)


@transaction.atomic
def refuse(request: Request, *, by: User, answer: str) -> None:
    """Close a request with the reason why not. Raises NotAllowed and OutOfTurn."""
    _settle(rules.REFUSE, _begun(rules.REFUSE, request, by), by, answer)


@transaction.atomic
def keep(request: Request, *, by: User, answer: str) -> None:
    """Do not erase. Raises NotAllowed, OutOfTurn, and Refused for who entered it."""
    request = _begun(rules.KEEP, request, by)
    _check_four_eyes(request, by)
    _settle(rules.KEEP, request, by, answer)


@transaction.atomic
def erase(request: Request, *, by: User, answer: str, offers: Offers) -> None:
    """Erase the person. Raises NotAllowed, OutOfTurn, and Refused for who entered the request.

    Also Refused while the law or an open matter wants the data kept, with the reason.
    Basis: 个人信息保护法 Art. 47.
    """
    request = _begun(rules.ERASE, request, by)
    _check_four_eyes(request, by)
    erase_person(subject_of(request, by, offers), by=by, offers=offers, note=str(request))
    request = Request.objects.select_related("union").get(pk=request.pk)
    _settle(rules.ERASE, request, by, answer)


def erase_person(subject: Subject, *, by: User, offers: Offers, note: str) -> None:
    """Let every app erase what it holds; proofs of consent stay, without the name.

    Call in a transaction. Raises NotAllowed, and Refused with what stands against it.
    """
    if why := offers.why_kept(subject):
        raise Refused(why)
    for part in offers.erase:
        part(subject, by=by, note=note)
    Consent.objects.filter(subject=subject.key).update(name="")
    Consent.objects.open().filter(subject=subject.key).update(
        withdrawn_on=clock.today(), reason=note
    )
    Request.objects.filter(subject=subject.key).update(name="", wish="")


@transaction.atomic
def give_copy(request: Request, *, by: User, offers: Offers) -> list[Section]:
    """Everything held about the person, in clear, to hand over once; nothing of it is stored.

    Raises NotAllowed, OutOfTurn, and Refused for a person whose file has gone elsewhere.
    Basis: 个人信息保护法 Art. 45.
    """
    request = _begun(rules.ANSWER, request, by)
    if request.kind != Kind.COPY:
        raise Refused("只有“查阅、复制”请求才能打印复制件。")
    subject = subject_of(request, by, offers)
    page = "个人信息复制件（含完整号码）"
    offers.look([subject.pk], by=by, page=page, fields=("全部",), reason=str(request))
    log.write("give_copy", f"打印{page}", by=by, record=request, union=request.union)
    return [section for part in offers.copies for section in part(subject)]


def subject_of(request: Request, by: User, offers: Offers) -> Subject:
    """Raises Refused where the person can no longer be seen from here."""
    found = offers.find(by, request.person) if request.person else None
    if found is None:
        raise Refused("此人的会籍已不在您的范围内，请联系现在的工会办理。")
    return found


def _begun(step: Step, request: Request, by: User) -> Request:
    request = begin(step, request, by=by)
    if step not in rules.steps_of(request.kind):
        raise OutOfTurn(f"“{request.get_kind_display()}”请求不能“{step.label}”。")
    return request


def _check_four_eyes(request: Request, by: User) -> None:
    if request.by_id == by.pk:
        raise Refused("登记这件请求的人不能自己决定，请由另一位主席决定。")


def _settle(step: Step, request: Request, by: User, answer: str) -> None:
    """The answer is personal: kept encrypted, so not among the values the audit prints."""
    request.answer = answer
    request.save(update_fields=["answer"])
    finish(step, request, by=by, decided_by=by, decided_on=clock.today())
