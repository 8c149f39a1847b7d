"""A case on one screen: its steps, facts, sheet, papers, other aid, money, visits and history."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from django.utils import timezone

from relief import documents
from relief.eligibility import FIXED, Line, Sheet, Verdict
from relief.hardship import per_head
from relief.models import Bill, HouseholdLine, ReliefCase
from relief.models.household import LineKind
from relief.rules import VOID, Cause, Disease, Status, age_on
from relief.selectors.households import hardship_of, lines_of, members_of, timeline_of
from relief.selectors.review import files_of, missing_papers
from relief.terms import BillSums, self_paid
from wanping_union import clock
from wanping_union.aid.models import State
from wanping_union.attachments.selectors import Leaf, leaf
from wanping_union.audit.models import Act
from wanping_union.audit.models import name_of as audit_name
from wanping_union.crypto import masked_id

SHOWN_ACTS = 100
WRITING = ("save_case", "save_bill", "attach")
STEPS = {  # short words → statuses in which the step is the present one
    "申请": (Status.DRAFT,),
    "核实": (Status.SUBMITTED,),
    "走访": (Status.UNIT_VERIFIED,),
    "公示": (Status.VISITED, Status.PUBLICITY),
    "审核": (),
    "签批": (Status.AREA_REVIEWED,),
    "审批": (Status.SIGNED, Status.DISTRICT_REVIEWED, Status.REFUSED),
    "拨付": (Status.APPROVED,),
    "送达": (Status.PAID, Status.RECEIPT_CONFIRMED),
    "结案": (Status.HANDED_OVER,),
}


class Step(NamedTuple):
    label: str
    state: str  # done, now or ""


def steps(case: ReliefCase) -> list[Step]:
    """The way in short words, for the bar above the case."""
    status = case.returned_from or case.status
    if status == Status.PUBLICITY and case.public_to and case.public_to < clock.today():
        now = "审核"
    else:
        now = next((word for word, statuses in STEPS.items() if status in statuses), "")
    at = list(STEPS).index(now) if now else len(STEPS) if status == Status.CLOSED else -1
    return [
        Step(word, "done" if place < at else "now" if place == at else "")
        for place, word in enumerate(STEPS)
    ]


# --- the sheet ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Check:
    """One line of the sheet. mark: class of the icon. may_judge: a person may find otherwise."""

    line: Line
    mark: str
    icon: str
    words: str
    is_sure: bool
    may_judge: bool


MARKS = {
    Verdict.YES: ("y", "check", "符合"),
    Verdict.NO: ("n", "x", "不符合"),
    Verdict.MISSING: ("q", "alert", "待补"),
}


def checks(sheet: Sheet) -> list[Check]:
    """What lacks or fails stands first: that is what a reviewer has to look at."""
    order = (Verdict.NO, Verdict.MISSING, Verdict.YES)
    lines = sorted(sheet.lines, key=lambda line: order.index(line.verdict))
    return [
        Check(line, *MARKS[line.verdict], line.confidence != "L", line.code not in FIXED)
        for line in lines
    ]


def summary(sheet: Sheet) -> str:
    """7 项符合，1 项待补，1 项不符合"""
    counts = [
        (sum(line.verdict == verdict for line in sheet.lines), words)
        for verdict, (_, _, words) in MARKS.items()
    ]
    return "，".join(f"{count} 项{words}" for count, words in counts if count)


# --- facts -------------------------------------------------------------------------------------


class Fact(NamedTuple):
    label: str
    value: object


def facts(case: ReliefCase, *, inside: bool) -> list[Fact]:
    """inside: whether the reader may know the diagnosis and the account."""
    person = case.beneficiary
    rows = [Fact("职工本人", case.household.head.name), Fact("所属工会", case.union.name)]
    if person:
        age = age_on(person.born_on, clock.today())
        rows.insert(
            0, Fact("受助人", f"{person.name}（{person.get_relation_display()}，{age} 岁）")
        )
        rows.insert(1, Fact("证件号码", masked_id(person.id_number)))
    rows += [Fact("困难原因", case.get_cause_display()), Fact("发生日期", _day(case.happened_on))]
    rows += _inside(case) if inside else []
    rows += [
        Fact("单位核实人", "、".join(case.committee)),
        Fact("经办人", str(case.entered_by)),
        Fact("提交日期", _day(case.submitted_on)),
    ]
    if case.public_from:
        until = _day(case.public_to)
        rows.append(Fact("公示", f"{_day(case.public_from)} 至 {until}，编号 {case.code}"))
    return rows


def _inside(case: ReliefCase) -> list[Fact]:
    rows = []
    if case.cause == Cause.ILLNESS:
        disease = Disease(case.disease).label if case.disease else ""
        rows += [Fact("疾病种类", disease), Fact("诊断", case.diagnosis)]
    if case.cause == Cause.DISASTER:
        loss = "" if case.loss is None else f"{case.loss:,} 元"
        rows.append(Fact("核定损失", loss))
    account = f"{case.bank} {case.masked_account}" if case.account else ""
    return [
        *rows,
        Fact("困难情况", case.story),
        Fact("收款账户", account),
        Fact("户名", case.account_name),
    ]


def _day(day: date | None) -> str:
    return day.isoformat() if day else ""


@dataclass(frozen=True)
class Family:
    """Who lives together and the year's figures as declared. head: yuan a person and month."""

    people: list[str]
    year: int
    lines: list[tuple[str, list[HouseholdLine]]]
    category: str
    head: Decimal | None


def family(case: ReliefCase) -> Family:
    """Of the year before the application, which the hardship rules look at."""
    day = case.submitted_on or clock.today()
    found = hardship_of(case.household, day)
    categories = [str(one.label) for one in (found.of_2016, found.since_2018) if one]
    lines = lines_of(case.household, day.year - 1)
    income = found.facts.income
    head = None if income is None else per_head(income - found.facts.rigid, found.facts.members)
    return Family(
        [f"{m.get_relation_display()} {m.name}" for m in members_of(case.household)],
        day.year - 1,
        [(kind.label, lines[kind]) for kind in LineKind if lines[kind]],
        "、".join(dict.fromkeys(categories)),
        None if head is None else head.quantize(Decimal(1)),
    )


# --- papers ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Papers:
    """files: in the order of documents. shown: what the viewer opens first."""

    files: list[Leaf]
    missing: list[str]
    shown: Leaf | None


def papers(case: ReliefCase, wanted: str = "", page: str = "") -> Papers:
    """wanted, page: key of the file to show and the page of it, as the address says them."""
    order = [document.label for document in documents.ALL]
    place = {label: n for n, label in enumerate(order)}
    files = sorted(
        files_of(case).select_related("by"), key=lambda f: (place.get(f.label, len(order)), f.pk)
    )
    chosen = next((f for f in files if str(f.pk) == wanted), files[0] if files else None)
    missing = [document.label for document in missing_papers(case)]
    return Papers([leaf(file) for file in files], missing, leaf(chosen, page) if chosen else None)


class BillRow(NamedTuple):
    """sums: with what each of the others bears."""

    bill: Bill
    sums: BillSums
    scan: int  # key of its attachment, 0 for none


@dataclass(frozen=True)
class Bills:
    rows: list[BillRow]
    total: Decimal
    borne: Decimal
    self_paid: Decimal


def bills(case: ReliefCase) -> Bills:
    ordered = sorted(case.bills.all(), key=lambda bill: (bill.dated, bill.pk))
    rows = [BillRow(bill, bill.sums, bill.scan_id or 0) for bill in ordered]
    sums = [row.sums for row in rows]
    total = sum((one.total for one in sums), Decimal(0))
    own = self_paid(sums)
    return Bills(rows, total, total - own, own)


# --- time --------------------------------------------------------------------------------------


class Entry(NamedTuple):
    """As _parts/timeline.html prints it."""

    when: str
    title: str
    text: str = ""
    by: str = ""
    tone: str = ""


MONEY = {State.PAID: "ok", State.GRANTED: "now", State.ASKED: "todo", State.VOID: "bad"}


def money(case: ReliefCase) -> list[Entry]:
    """All money of the household from every part of the portal, newest first."""
    own = audit_name(case)
    return [
        Entry(
            aid.on.isoformat(),
            f"{aid.words}（本件）" if aid.record == own else aid.words,
            f"{aid.get_state_display()}" + (f" {aid.amount:,} 元" if aid.amount else ""),
            aid.union.name,
            MONEY[State(aid.state)],
        )
        for aid in timeline_of(case.household)
    ]


def visits(case: ReliefCase) -> list[Entry]:
    return [
        Entry(
            visit.on.isoformat(),
            f"{visit.get_kind_display()}：{visit.get_place_display()} {visit.place_words or ''}",
            "\n".join(filter(None, (
                f"{visit.people} 人：{visit.who}" if visit.who else f"{visit.people} 人",
                f"亲眼所见：{visit.seen}" if visit.seen else "",
                f"听说：{visit.told}" if visit.told else "",
                f"慰问品：{visit.gift}" if visit.gift else "",
            ))),
            str(visit.by),
            "ok",
        )
        for visit in case.visits.select_related("by").order_by("-on", "-pk")
    ]  # fmt: skip


LABELS = {document.code: document.label for document in documents.ALL}


def returns(case: ReliefCase) -> list[Entry]:
    """What was asked for and when it came. Not for who may not see inside."""
    return [
        Entry(
            one.on.isoformat(),
            f"退回补正（{_day(one.answered_on)} 补正）"
            if one.answered_on
            else "退回补正，等待补正",
            "\n".join(f"{LABELS.get(a.document, a.document)}：{a.why}" for a in one.asked),
            str(one.by),
            "" if one.answered_on else "warn",
        )
        for one in case.returns.select_related("by").order_by("-pk")
    ]


def history(case: ReliefCase, *, inside: bool) -> list[Entry]:
    """Acts on the case and its advances, newest first; what was written and sent shows itself."""
    records = [audit_name(case), *(audit_name(one) for one in case.advances.all())]
    acts = Act.objects.filter(record__in=records).exclude(name__in=WRITING)
    return [
        Entry(_moment(act), act.label, act.note if inside else "", act.by_name)
        for act in acts.order_by("-at", "-pk")[:SHOWN_ACTS]
    ]


def _moment(act: Act) -> str:
    """The business day, with the time of day where it was written down on it."""
    at = timezone.localtime(act.at)
    return f"{at:%Y-%m-%d %H:%M}" if at.date() == act.on else act.on.isoformat()


# --- the line above all ------------------------------------------------------------------------


def amount(case: ReliefCase, sheet: Sheet | None, *, inside: bool) -> str:
    """The amount the case stands at, in words; "" where none is known or may be."""
    if case.amount is not None:
        return f"批准 {case.amount:,} 元"
    if case.status in VOID or not inside:
        return ""
    if case.proposed is not None:
        return f"第一位审批人同意 {case.proposed:,} 元"
    suggested = sheet.amount if sheet else None
    return "" if suggested is None else f"建议 {suggested:,} 元"
