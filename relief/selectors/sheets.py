"""What the sheets on paper say of a case."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from relief import documents, rules
from relief.capitals import capitals
from relief.models import ReliefCase
from relief.models.money import PaymentMethod
from relief.selectors import screen
from relief.selectors.households import members_of
from relief.selectors.review import files_of, sheet_of
from wanping_union.audit.models import Act, name_of


@dataclass(frozen=True)
class Opinion:
    """What one level did: words, by whom and when; blank while it has not."""

    level: str
    words: str = ""
    by: str = ""
    on: date | None = None


LEVELS = (  # level, its step, what the step says
    ("基层工会意见", rules.UNIT_VERIFY, "经核实，情况属实，同意上报。"),
    ("地区总工会审核意见", rules.AREA_REVIEW, "已走访核实并公示无异议，同意上报。"),
    ("地区总工会主席签批", rules.SIGN, "同意上报区总工会审批。"),
)
DECISIONS = {
    rules.APPROVE.name: "同意救助，金额见上。",
    rules.CONFIRM.name: "经两位审核员审批，同意救助，金额见上。",
    rules.REFUSE.name: "不予批准，理由见决定书。",
    rules.REVOKE.name: "撤销原批准，理由见决定书。",
}


def opinions(case: ReliefCase) -> list[Opinion]:
    """One for each level of the chain, as the acts say."""
    done: dict[str, Act] = {
        act.name: act for act in Act.objects.filter(record=name_of(case)).order_by("at", "pk")
    }
    found = [_opinion(level, words, done.get(step.name)) for level, step, words in LEVELS]
    decisions = [done[name] for name in DECISIONS if name in done]
    last = max(decisions, key=lambda act: act.pk, default=None)
    words = DECISIONS[last.name] if last else ""
    return [*found, _opinion("区总工会审批意见", words, last)]


def _opinion(level: str, words: str, act: Act | None) -> Opinion:
    return Opinion(level, words, act.by_name, act.on) if act else Opinion(level)


def application(case: ReliefCase) -> dict[str, Any]:
    return {
        "members": [m for m in members_of(case.household) if m.pk != case.beneficiary_id],
        "family": screen.family(case),
        "bills": screen.bills(case),
    }


def approval(case: ReliefCase) -> dict[str, Any]:
    sheet = sheet_of(case)
    amount = case.amount or case.proposed
    return {
        "sheet": sheet,
        "checks": screen.checks(sheet) if sheet else [],
        "opinions": opinions(case),
        "visit": case.visits.order_by("pk").first(),
        "amount": amount,
        "capitals": in_capitals(amount),
        "suggested": sheet.amount if sheet else None,
    }


def letter(case: ReliefCase) -> dict[str, Any]:
    payment = case.payments.alive().order_by("-pk").first()
    return {
        "is_granted": case.status in rules.GRANTED,
        "in_person": payment is not None and payment.method == PaymentMethod.IN_PERSON,
        "capitals": in_capitals(case.amount),
        "objecting": rules.REFUSAL_NOTE,
    }


def cover(case: ReliefCase) -> dict[str, Any]:
    """The catalogue: papers in the order of documents, then what the levels wrote."""
    place = {document.label: n for n, document in enumerate(documents.ALL)}
    files = sorted(files_of(case), key=lambda f: (place.get(f.label, len(place)), f.pk))
    written = [("救助申请表", case.submitted_on), ("救助审批表", case.decided_on)]
    written += [(f"走访记录（{v.get_kind_display()}）", v.on) for v in case.visits.order_by("on")]
    written += [("会商纪要", day) for day in case.conferences.values_list("on", flat=True)]
    written += [("转介单", day) for day in case.referrals.values_list("on", flat=True)]
    if case.public_from:
        written.append(("公示材料", case.public_from))
    if case.decided_on:
        written.append(("救助决定书", case.decided_on))
    return {
        "files": [(f.label, f.at.date(), f.pages) for f in files],
        "written": written,
        "written_count": len(written),
        "capitals": in_capitals(case.amount),
    }


def in_capitals(amount: Decimal | None) -> str:
    return "" if amount is None else capitals(amount)
