"""How far an application is written: its tasks, what they still lack, and what was asked again."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from django.urls import reverse

from relief import documents
from relief.documents import Document
from relief.models import Bill, HouseholdMember, ReliefCase
from relief.models.household import LineKind
from relief.rules import RETURNS, Cause, Relation, Status, is_adult
from relief.selectors.households import lines_of, members_of
from relief.selectors.review import files_of, missing_consents, missing_papers, wanted_papers
from relief.terms import self_paid
from wanping_union import clock
from wanping_union.attachments.models import Attachment
from wanping_union.audit.models import Act
from wanping_union.names import fold
from wanping_union.rights.models import Consent, Notice
from wanping_union.rights.rules import WITHDRAWN_MEANS, Purpose
from wanping_union.rights.selectors import notices


class State(StrEnum):
    """A task's state; the value is how its tag looks."""

    DONE = "plain"
    BEGUN = "info"
    TO_DO = "warn"
    CLOSED = ""

    @property
    def words(self) -> str:
        return STATE_WORDS[self]


STATE_WORDS = {
    State.DONE: "已完成",
    State.BEGUN: "进行中",
    State.TO_DO: "未开始",
    State.CLOSED: "暂不能开始",
}


@dataclass(frozen=True)
class Task:
    """lacks: what must still be given, in words."""

    title: str
    hint: str
    name: str  # of its URL
    state: State
    lacks: tuple[str, ...] = ()


def tasks_of(case: ReliefCase) -> list[Task]:
    """The five tasks in the order of reading; all but the last in any order."""
    found = [_family(case), _hardship(case), _papers(case), _account(case)]
    # Papers may follow: who reviews asks for them. What the portal needs itself may not lack.
    ready = all(task.state == State.DONE for task in found if task.name != "relief:papers")
    state = State.TO_DO if ready else State.CLOSED
    hint = "看一遍再提交" if ready else "前面填完才能提交"
    return [*found, Task("核对提交", hint, "relief:check_answers", state)]


def is_ready(case: ReliefCase) -> bool:
    return tasks_of(case)[-1].state != State.CLOSED


def _task(title: str, hint: str, name: str, lacks: Iterable[str], *, begun: bool) -> Task:
    lacking = tuple(lacks)
    state = State.BEGUN if begun else State.TO_DO
    return Task(title, hint, name, state if lacking else State.DONE, lacking)


def last_year() -> int:
    """The year whose incomes count (R-INC-04)."""
    return clock.today().year - 1


def _family(case: ReliefCase) -> Task:
    home = case.household
    has_income = bool(lines_of(home, last_year())[LineKind.INCOME])
    given = {
        "现住址": bool(home.address),
        "联系电话": bool(home.mobile),
        f"{last_year()} 年家庭收入": has_income,
    }
    lacks = [words for words, is_there in given.items() if not is_there]
    lacks += [f"{who}同意" for who in missing_consents(case)]
    begun = any(given.values()) or len(members_of(home)) > 1
    return _task("本人与家庭", "家人、收支和同意书", "relief:family", lacks, begun=begun)


def _hardship(case: ReliefCase) -> Task:
    answers = {
        "受助人": case.beneficiary_id,
        "困难原因": case.cause,
        "发生日期": case.happened_on,
        "困难情况": case.story,
    }
    lacks = [words for words, answer in answers.items() if not answer]
    if case.cause == Cause.ILLNESS:
        lacks += [] if case.disease else ["疾病种类"]
        lacks += [] if case.bills.exists() else ["医疗票据"]
    begun = bool(case.cause or case.story or case.happened_on)
    return _task("困难情况", "原因、日期、花费", "relief:hardship", lacks, begun=begun)


def _papers(case: ReliefCase) -> Task:
    if not case.cause:
        words = "先填困难情况，系统告诉您要哪些材料"
        return Task("材料", words, "relief:papers", State.CLOSED)
    lacks = [document.label for document in missing_papers(case)]
    begun = len(lacks) < len(wanted_papers(case))
    return _task("材料", "拍照上传", "relief:papers", lacks, begun=begun)


def _account(case: ReliefCase) -> Task:
    answers = {"银行卡号": case.account, "户名": case.account_name, "开户银行": case.bank}
    lacks = [words for words, answer in answers.items() if not answer]
    if not lacks and not owns_account(case):
        lacks = ["户名和受助人不一致，请重新填写"]
    return _task(
        "收款账户", "受助人本人的银行卡", "relief:account", lacks, begun=bool(case.account)
    )


def owns_account(case: ReliefCase) -> bool:
    """Whether the account is of who may have the money."""
    return fold(case.account_name) in {fold(name) for name in payees(case)}


def payees(case: ReliefCase) -> list[str]:
    """Names that the account may have: the beneficiary's, for a minor also the head's."""
    beneficiary = case.beneficiary
    if beneficiary is None:
        return []
    names = [beneficiary.name]
    if not is_adult(beneficiary.born_on, clock.today()):
        names.append(case.household.head.name)
    return names


# --- papers ------------------------------------------------------------------------------------


class Paper(NamedTuple):
    """A document that is asked for, and the files given for it. why: asked for again, in words.

    is_given: whether a file came since it was asked for again.
    """

    document: Document
    files: list[Attachment]
    is_wanted: bool
    why: str = ""
    is_given: bool = False


def papers_of(case: ReliefCase) -> list[Paper]:
    """What is asked for, then what was given beyond that; 其他材料 comes last."""
    wanted, again = wanted_papers(case), dict(asked_again(case))
    by_label: dict[str, list[Attachment]] = {}
    for file in files_of(case).order_by("at", "pk"):
        by_label.setdefault(file.label, []).append(file)
    given = _given_again(case)
    return [
        Paper(
            one,
            by_label.get(one.label, []),
            one in wanted,
            again.get(one.code, ""),
            one.label in given,
        )
        for one in documents.ALL
        if one in wanted or one.label in by_label or one is documents.OTHER or one.code in again
    ]


def asked_again(case: ReliefCase) -> list[tuple[str, str]]:
    """(code of the document, why) of the return that is open now."""
    if case.status != Status.RETURNED:
        return []
    found = case.returns.filter(answered_on=None).first()
    return [(one.document, one.why) for one in found.asked] if found else []


def _given_again(case: ReliefCase) -> set[str]:
    """Labels of the files that came since the case was returned."""
    if case.status != Status.RETURNED:
        return set()
    asked = Act.objects.about(case).filter(name__in=[step.name for step in RETURNS])
    files = files_of(case).filter(at__gt=asked.order_by("-pk").values("at")[:1])
    return set(files.values_list("label", flat=True))


class Mend(NamedTuple):
    label: str
    why: str
    url: str
    is_given: bool


def to_mend(case: ReliefCase) -> list[Mend]:
    """What must be mended, each with the page where that is done."""
    labels = {document.code: document.label for document in documents.ALL}
    given = _given_again(case)
    return [
        Mend(labels[code], why, _where(case, code), labels[code] in given)
        for code, why in asked_again(case)
    ]


def _where(case: ReliefCase, code: str) -> str:
    if code == documents.CONSENT.code:
        return reverse("relief:consents", args=[case.pk])
    return reverse("relief:paper", args=[case.pk, code])


# --- bills -------------------------------------------------------------------------------------


def bills_of(case: ReliefCase) -> list[Bill]:
    return list(case.bills.select_related("scan").order_by("dated", "pk"))


def sum_of(bills: Iterable[Bill]) -> object:
    """Yuan that the person bears of all of them."""
    return self_paid(bill.sums for bill in bills)


# --- consents ----------------------------------------------------------------------------------


class Given(NamedTuple):
    """One purpose of one person. consent: the open one, which may have ended."""

    purpose: str
    label: str
    consent: Consent | None

    @property
    def is_valid(self) -> bool:
        if self.consent is None:
            return False
        ends = self.consent.expires_on
        return ends is None or ends >= clock.today()


class Asked(NamedTuple):
    member: HouseholdMember
    given: list[Given]


LABELS = {Purpose.RELIEF_FINANCE.value: "家庭经济状况", Purpose.RELIEF_HEALTH.value: "健康信息"}


def consents_of(case: ReliefCase) -> list[Asked]:
    """Every adult who lives in the household, with what each was asked and agreed to."""
    today = clock.today()
    told = notices_of_relief()
    adults = [m for m in members_of(case.household) if is_adult(m.born_on, today)]
    subjects = [member.id_hash for member in adults]
    rows = Consent.objects.open().filter(subject__in=subjects, purpose__in=told)
    newest = {(bytes(row.subject), row.purpose): row for row in rows.order_by("pk")}
    return [
        Asked(
            member,
            [
                Given(purpose, LABELS[purpose], newest.get((bytes(member.id_hash), purpose)))
                for purpose in told
                if purpose != Purpose.RELIEF_HEALTH or _speaks_of_health(case, member)
            ],
        )
        for member in adults
    ]


def _speaks_of_health(case: ReliefCase, member: HouseholdMember) -> bool:
    """The patient; for a patient under age the head as guardian."""
    beneficiary = case.beneficiary
    if beneficiary is None or is_adult(beneficiary.born_on, clock.today()):
        return beneficiary == member
    return member.relation == Relation.SELF


def notices_of_relief() -> dict[str, Notice]:
    """What is told today to who applies, and the family."""
    told = notices(clock.today())
    return {purpose: told[purpose] for purpose in LABELS if purpose in told}


def means_of(purpose: str) -> str:
    """What withdrawing it means, in words."""
    return WITHDRAWN_MEANS[Purpose(purpose)]
