"""The eligibility sheet: each rule with the number used, the threshold, its source and what lacks.

Pure, and the same for review and for the public 算一算. It recommends; a person decides
(个人信息保护法 Art. 24).
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum

from relief import terms
from relief.rules import ADULT_AT, MEASURE, Cause, Disease, Relation, is_adult
from relief.terms import NOTHING, BillSums, Paid, Payee, Terms

PRIVACY = "个人信息保护法第二十九条、第三十一条"
COMPARABLE = "同类救助办法的申请材料"
FAIR = "慈善法（2023 修正）第五十九条"


LINES = {  # code → label, in the order of reading
    "membership": "申请人是工会会员",
    "relation": "受助人是本人、配偶或未成年子女",
    "disease": "属于办法列举的重大疾病",
    "in_time": "当年内申请",
    "cost": "自付医疗费达到起点",
    "cap": "没有达到全年上限",
    "duplicates": "没有重复救助",
    "papers": "材料齐全",
    "consents": "成年家人都单独同意使用信息",
}


class Verdict(StrEnum):
    YES = "yes"
    NO = "no"
    MISSING = "missing"  # 待补


@dataclass(frozen=True)
class Line:
    """One rule. used, threshold, lacks: in words; lacks is "" where nothing must be supplied.

    confidence: "H", "M", "L" of the basis. reason: of a person who judged the line otherwise.
    """

    code: str
    label: str
    verdict: Verdict
    used: str
    threshold: str
    basis: str
    confidence: str = "H"
    lacks: str = ""
    reason: str = ""


@dataclass(frozen=True)
class Facts:
    """What is known of one application. None is unknown.

    disease: one of Disease, "" unknown. missing_papers, missing_consents: labels of what lacks.
    unjudged, duplicates: other aids that look alike, and those judged to be the same.
    """

    cause: Cause
    relation: Relation
    applied_on: date
    born_on: date | None = None
    is_member: bool | None = None
    happened_on: date | None = None
    disease: str = ""
    bills: tuple[BillSums, ...] = ()
    loss: Decimal | None = None
    paid: Paid = field(default_factory=Paid)
    missing_papers: tuple[str, ...] = ()
    missing_consents: tuple[str, ...] = ()
    unjudged: int = 0
    duplicates: int = 0


@dataclass(frozen=True)
class Sheet:
    """lines: in the order of reading. amount: yuan suggested; None while something lacks.

    left: yuan that the year's caps still allow. how: the amount's way, in words.
    """

    lines: tuple[Line, ...]
    amount: Decimal | None
    how: str
    self_paid: Decimal
    left: Decimal
    version: str

    @property
    def verdict(self) -> Verdict:
        found = {line.verdict for line in self.lines}
        return next(v for v in (Verdict.NO, Verdict.MISSING, Verdict.YES) if v in found)

    @property
    def lacks(self) -> list[str]:
        """What must still be supplied."""
        return [line.lacks for line in self.lines if line.lacks]

    def dump(self) -> str:
        """JSON that `load` reads."""
        return json.dumps(asdict(self), default=str, ensure_ascii=False)


def load(text: str) -> Sheet:
    stored = json.loads(text)
    lines = tuple(Line(**line | {"verdict": Verdict(line["verdict"])}) for line in stored["lines"])
    amount = None if stored["amount"] is None else Decimal(stored["amount"])
    sums = {name: Decimal(stored[name]) for name in ("self_paid", "left")}
    return Sheet(lines, amount, stored["how"], version=stored["version"], **sums)


@dataclass(frozen=True)
class Judged:
    """A person's own finding on one line."""

    is_met: bool
    reason: str


Rule = Callable[[Facts, Terms], Line]


def payee_of(relation: str) -> Payee:
    return Payee.EMPLOYEE if relation == Relation.SELF else Payee.FAMILY


def sheet(
    facts: Facts,
    fund: Terms,
    judged: Mapping[str, Judged] | None = None,
    rules: tuple[Rule, ...] | None = None,
) -> Sheet:
    """Check one application against one fund's terms.

    judged: by line's code. rules: those to apply; all of them without.
    """
    lines = tuple(
        _judged(rule(facts, fund), judged or {}) for rule in (RULES if rules is None else rules)
    )
    left = terms.left_of(fund, payee_of(facts.relation), facts.paid)
    amount, how = _amount(facts, fund, left, lines)
    return Sheet(lines, amount, how, terms.self_paid(facts.bills), left, fund.version)


def _judged(line: Line, judged: Mapping[str, Judged]) -> Line:
    own = judged.get(line.code)
    if own is None:
        return line
    verdict = Verdict.YES if own.is_met else Verdict.NO
    return replace(line, verdict=verdict, lacks="", reason=own.reason)


def _amount(
    facts: Facts, fund: Terms, left: Decimal, lines: tuple[Line, ...]
) -> tuple[Decimal | None, str]:
    verdicts = {line.verdict for line in lines}
    if Verdict.NO in verdicts:
        return NOTHING, "有不符合的条件，建议不予救助"
    if Verdict.MISSING in verdicts:
        return None, "材料齐全后给出建议金额"
    if facts.cause == Cause.ILLNESS:
        return _of_ladder(facts, fund)
    if facts.cause == Cause.DISASTER and fund.event_cap is not None:
        amount = min(fund.event_cap, facts.loss or NOTHING, left)
        return amount, f"核定损失与上限 {yuan(fund.event_cap)}取小，再与本年剩余额度取小"
    return None, "其他特殊困难由集体研究确定金额"


def _of_ladder(facts: Facts, fund: Terms) -> tuple[Decimal, str]:
    payee = payee_of(facts.relation)
    cost = terms.self_paid(facts.bills)
    rung = fund.ladders[payee].rung_for(cost)
    words = f"{rung}；不超过本年剩余额度" if rung else "自付金额没有达到起点"
    return terms.suggested(fund, payee, cost, facts.paid), words


def yuan(amount: Decimal) -> str:
    return f"{amount:,.2f} 元"


def _line(
    code: str, used: str, threshold: str, basis: str, confidence: str = "H",
    verdict: Verdict = Verdict.MISSING,
) -> Line:  # fmt: skip
    return Line(code, LINES[code], verdict, used, threshold, basis, confidence)


def _verdict(is_met: bool) -> Verdict:
    return Verdict.YES if is_met else Verdict.NO


def _membership(facts: Facts, _: Terms) -> Line:
    words = {True: "在会", False: "不是会员", None: "未核对"}[facts.is_member]
    line = _line("membership", words, "在会", MEASURE)
    if facts.is_member is None:
        return replace(line, lacks="请先登记会员或核对会籍")
    return replace(line, verdict=_verdict(facts.is_member))


def _relation(facts: Facts, _: Terms) -> Line:
    near = facts.relation in (Relation.SELF, Relation.SPOUSE)
    line = _line("relation", facts.relation.label, "本人、配偶、未成年子女", MEASURE)
    if facts.relation != Relation.CHILD:
        return replace(line, verdict=_verdict(near))
    line = replace(line, threshold=f"子女未满 {ADULT_AT} 周岁")
    if facts.born_on is None:
        return replace(line, verdict=Verdict.MISSING, lacks="子女的出生日期")
    adult = is_adult(facts.born_on, facts.happened_on or facts.applied_on)
    return replace(line, verdict=_verdict(not adult), used="成年子女" if adult else "未成年子女")


def _disease(facts: Facts, _: Terms) -> Line:
    line = _line("disease", "未填写", "办法列举的疾病", MEASURE)
    if facts.cause != Cause.ILLNESS:
        return replace(line, verdict=Verdict.YES, used=facts.cause.label, threshold="只对疾病要求")
    if not facts.disease:
        return replace(line, lacks="诊断证明和疾病种类")
    if facts.disease == Disease.OTHER:
        words = "请审核人认定是否属于其他特殊病例，并写明理由"
        return replace(line, used=Disease.OTHER.label, lacks=words)
    return replace(line, verdict=Verdict.YES, used=Disease(facts.disease).label)


def _in_time(facts: Facts, _: Terms) -> Line:
    line = _line("in_time", "未填写", "事由发生的当年", MEASURE)
    if facts.happened_on is None:
        return replace(line, lacks="患病或受灾的日期")
    in_time = terms.same_year(facts.happened_on, facts.applied_on)
    used = f"{facts.happened_on.year} 年发生，{facts.applied_on.year} 年申请"
    return replace(line, verdict=_verdict(in_time), used=used)


def _cost(facts: Facts, fund: Terms) -> Line:
    if facts.cause == Cause.DISASTER:
        return _loss(facts)
    payee = payee_of(facts.relation)
    lowest = fund.ladders[payee].lowest
    source, confidence = fund.said_by(f"{payee}.{lowest:f}".rstrip("."))
    line = _line("cost", "没有票据", f"{yuan(lowest)}以上", source, confidence)
    if facts.cause == Cause.OTHER:
        return replace(line, verdict=Verdict.YES, used=facts.cause.label, threshold="只对疾病要求")
    if not facts.bills:
        return replace(line, lacks="医疗费结算单和报销单")
    cost = terms.self_paid(facts.bills)
    return replace(line, verdict=_verdict(cost >= lowest), used=yuan(cost))


def _loss(facts: Facts) -> Line:
    line = replace(_line("cost", "未核定", "有核定的损失金额", MEASURE), label="经过损失核定")
    if facts.loss is None:
        return replace(line, lacks="消防、交警、公安或单位的损失证明")
    return replace(line, verdict=_verdict(facts.loss > 0), used=yuan(facts.loss))


def _papers(facts: Facts, _: Terms) -> Line:
    lacks = "、".join(facts.missing_papers)
    used = f"缺 {len(facts.missing_papers)} 项" if lacks else "齐全"
    line = _line("papers", used, "按情况需要的材料", COMPARABLE, "M")
    return replace(line, lacks=lacks) if lacks else replace(line, verdict=Verdict.YES)


def _consents(facts: Facts, _: Terms) -> Line:
    lacks = "、".join(facts.missing_consents)
    used = "还没有都同意" if lacks else "都已同意"
    line = _line("consents", used, "每一位成年家人", PRIVACY)
    return replace(line, lacks=f"同意书：{lacks}") if lacks else replace(line, verdict=Verdict.YES)


def _duplicates(facts: Facts, _: Terms) -> Line:
    line = _line("duplicates", "没有发现", "同一事由只救助一次", FAIR)
    if facts.duplicates:
        return replace(line, verdict=Verdict.NO, used=f"{facts.duplicates} 笔认定为重复")
    if facts.unjudged:
        lacks = f"{facts.unjudged} 笔相近的救助还没有认定是否重复"
        return replace(line, used=f"{facts.unjudged} 笔相近", lacks=lacks)
    return replace(line, verdict=Verdict.YES)


def _cap(facts: Facts, fund: Terms) -> Line:
    payee = payee_of(facts.relation)
    left = terms.left_of(fund, payee, facts.paid)
    source, confidence = fund.said_by(f"{payee}.cap", "household.cap")
    used = f"本人今年已批准 {yuan(facts.paid.person)}"
    threshold = f"每人每年 {yuan(fund.ladders[payee].cap)}"
    if fund.household_cap is not None:
        used += f"，全家 {yuan(facts.paid.household)}"
        threshold += f"，每户每年 {yuan(fund.household_cap)}"
    return _line("cap", used, threshold, source, confidence, _verdict(left > 0))


CALCULATED: tuple[Rule, ...] = (_relation, _disease, _in_time, _cost, _cap)  # 算一算
RULES: tuple[Rule, ...] = (
    _membership, _relation, _disease, _in_time, _cost, _cap, _duplicates, _papers, _consents,
)  # fmt: skip
# What no reviewer may judge otherwise: money beyond a cap, data used without consent.
FIXED = ("cap", "consents")
