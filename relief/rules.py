"""What the rules of relief say. No database, no request: values in, values out.

Source: 北京市温暖基金会应急救助办法（试行）; 社会救助暂行办法 (2014); contract of who does what.
"""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from itertools import chain

from django.db.models import TextChoices

from wanping_union.errors import Refused
from wanping_union.roles import (
    DECIDE_RELIEF,
    ENTER_RELIEF,
    FOLLOW_RELIEF,
    PAY_RELIEF,
    SIGN_RELIEF,
    VERIFY_RELIEF,
)
from wanping_union.steps import Step


class Cause(TextChoices):
    """为什么困难: the measure names the first two; for the third the amount is a committee's."""

    ILLNESS = "illness", "重大疾病"
    DISASTER = "disaster", "突发灾害或意外"
    OTHER = "other", "其他特殊困难"


class Disease(TextChoices):
    """重大疾病 as the measure lists them."""

    TUMOUR = "tumour", "恶性肿瘤"
    TRANSPLANT = "transplant", "重大器官移植术或造血干细胞移植术"
    KIDNEY = "kidney", "终末期肾病"
    COMA = "coma", "深度昏迷"
    OTHER = "other", "其他特殊病例"


class Relation(TextChoices):
    SELF = "self", "本人"
    SPOUSE = "spouse", "配偶"
    CHILD = "child", "子女"
    PARENT = "parent", "父母"
    OTHER = "other", "其他共同生活的家人"


class Status(TextChoices):
    DRAFT = "draft", "填写中"
    SUBMITTED = "submitted", "已提交"
    UNIT_VERIFIED = "unit_verified", "单位已核实"
    VISITED = "visited", "已走访"
    PUBLICITY = "publicity", "公示中"
    AREA_REVIEWED = "area_reviewed", "地区已审核"
    SIGNED = "signed", "地区主席已签批"
    DISTRICT_REVIEWED = "district_reviewed", "待第二人审批"
    RETURNED = "returned", "退回补正"
    APPROVED = "approved", "已批准"
    REFUSED = "refused", "不予批准"
    PAID = "paid", "已拨付"
    RECEIPT_CONFIRMED = "receipt_confirmed", "已确认到账"
    HANDED_OVER = "handed_over", "已慰问送达"
    CLOSED = "closed", "已结案"
    WITHDRAWN = "withdrawn", "已撤回"


class AdvanceStatus(TextChoices):
    ASKED = "asked", "待主席签批"
    SIGNED = "signed", "待区总审批"
    GRANTED = "granted", "已同意，待拨付"
    PAID = "paid", "已拨付"
    REFUSED = "refused", "不同意"


class Place(TextChoices):
    HOSPITAL = "hospital", "医院"
    HOME = "home", "家中"
    WORKPLACE = "workplace", "单位"
    OTHER = "other", "其他地点"


class VisitKind(TextChoices):
    VERIFY = "verify", "走访核实"
    CONDOLENCE = "condolence", "慰问送达"


class Receiver(TextChoices):
    """Who can help where relief cannot."""

    CIVIL = "civil", "民政部门"
    MEDICAL = "medical", "医疗保障部门"
    DISABLED = "disabled", "残疾人联合会"
    LABOUR = "labour", "人力资源和社会保障部门"
    EDUCATION = "education", "教育部门"
    LEGAL = "legal", "法律援助机构"
    CHARITY = "charity", "慈善组织"
    UNION = "union", "职工服务中心"
    OTHER = "other", "其他单位"


class Outcome(TextChoices):
    """What came of a referral."""

    HELPED = "done", "已得到帮助"
    ACCEPTED = "in_progress", "已受理"
    DECLINED = "rejected", "不予受理"


S = Status
MEASURE = "北京市温暖基金会应急救助办法（试行）"
AID_LAW = "社会救助暂行办法"

SUBMIT = Step("submit", "提交", ENTER_RELIEF, (S.DRAFT,), S.SUBMITTED, MEASURE)
RECALL = Step("recall", "取回修改", ENTER_RELIEF, (S.SUBMITTED,), S.DRAFT)
UNIT_VERIFY = Step(
    "unit_verify", "单位核实", ENTER_RELIEF, (S.SUBMITTED,), S.UNIT_VERIFIED, MEASURE
)
VISIT = Step(
    "visit", "登记走访", VERIFY_RELIEF, (S.UNIT_VERIFIED,), S.VISITED, f"{AID_LAW}第十一条"
)
PUBLISH = Step(
    "publish", "开始公示", VERIFY_RELIEF, (S.VISITED,), S.PUBLICITY, f"{AID_LAW}第十一条"
)
AREA_REVIEW = Step(
    "area_review", "地区审核通过", VERIFY_RELIEF, (S.PUBLICITY,), S.AREA_REVIEWED, MEASURE
)
SIGN = Step("sign", "签批上报", SIGN_RELIEF, (S.AREA_REVIEWED,), S.SIGNED, MEASURE)
APPROVE = Step("approve", "批准", DECIDE_RELIEF, (S.SIGNED,), S.APPROVED, MEASURE)
PROPOSE = Step(
    "propose", "同意，交第二人审批", DECIDE_RELIEF, (S.SIGNED,), S.DISTRICT_REVIEWED, MEASURE
)
CONFIRM = Step("confirm", "第二人批准", DECIDE_RELIEF, (S.DISTRICT_REVIEWED,), S.APPROVED, MEASURE)
REFUSE = Step(
    "refuse", "不予批准", DECIDE_RELIEF, (S.SIGNED, S.DISTRICT_REVIEWED), S.REFUSED,
    f"{AID_LAW}第十一条第三项",
)  # fmt: skip
REVOKE = Step("revoke", "撤销批准", DECIDE_RELIEF, (S.APPROVED,), S.REFUSED, f"{AID_LAW}第六十八条")
# Each level asks for papers by itself, so that a return fills the cell of who made it.
RETURN_BY_AREA = Step(
    "return_by_area", "退回补正", VERIFY_RELIEF, (S.UNIT_VERIFIED, S.VISITED, S.PUBLICITY),
    S.RETURNED,
)  # fmt: skip
RETURN_BY_CHAIR = Step("return_by_chair", "退回补正", SIGN_RELIEF, (S.AREA_REVIEWED,), S.RETURNED)
RETURN_BY_DISTRICT = Step(
    "return_by_district", "退回补正", DECIDE_RELIEF, (S.SIGNED, S.DISTRICT_REVIEWED), S.RETURNED
)
RETURNS = (RETURN_BY_AREA, RETURN_BY_CHAIR, RETURN_BY_DISTRICT)
RETURNABLE = tuple(Status(s) for s in chain.from_iterable(step.sources for step in RETURNS))
# Whoever asked for papers gets the case back where it was: one row a stage.
SUPPLY = {
    stage: Step("supply", "补正后提交", ENTER_RELIEF, (S.RETURNED,), stage) for stage in RETURNABLE
}
ANY_SUPPLY = SUPPLY[S.UNIT_VERIFIED]  # to begin with: all of them begin alike
WITHDRAW = Step(
    "withdraw", "撤回申请", ENTER_RELIEF,
    (S.DRAFT, S.SUBMITTED, S.UNIT_VERIFIED, S.VISITED, S.PUBLICITY, S.AREA_REVIEWED, S.RETURNED),
    S.WITHDRAWN,
)  # fmt: skip
PAY = Step("pay", "登记已拨付", PAY_RELIEF, (S.APPROVED,), S.PAID, MEASURE)
REVERSE = Step("reverse", "冲回拨付", PAY_RELIEF, (S.PAID, S.RECEIPT_CONFIRMED), S.APPROVED)
CONFIRM_RECEIPT = Step("confirm_receipt", "确认到账", FOLLOW_RELIEF, (S.PAID,), S.RECEIPT_CONFIRMED)
HAND_OVER = Step("hand_over", "登记慰问送达", VERIFY_RELIEF, (S.RECEIPT_CONFIRMED,), S.HANDED_OVER)
CLOSE = Step("close", "结案", VERIFY_RELIEF, (S.HANDED_OVER,), S.CLOSED)

OFFERED = (
    SUBMIT, RECALL, UNIT_VERIFY, VISIT, PUBLISH, AREA_REVIEW, SIGN, APPROVE, PROPOSE, CONFIRM,
    REFUSE, *RETURNS, ANY_SUPPLY, WITHDRAW, CONFIRM_RECEIPT, HAND_OVER, CLOSE, REVOKE,
)  # fmt: skip
BY_PAYMENT = (PAY, REVERSE)  # taken by what happens to a payment, not from the case's page
STEPS = (*(s for s in OFFERED if s is not ANY_SUPPLY), *SUPPLY.values(), *BY_PAYMENT)

A = AdvanceStatus
URGENT = f"{AID_LAW}第四十八条"
SIGN_ADVANCE = Step("sign_advance", "签批先行救助", SIGN_RELIEF, (A.ASKED,), A.SIGNED, URGENT)
DECLINE_ADVANCE = Step("decline_advance", "不同意先行", SIGN_RELIEF, (A.ASKED,), A.REFUSED, URGENT)
GRANT_ADVANCE = Step("grant_advance", "批准先行救助", DECIDE_RELIEF, (A.SIGNED,), A.GRANTED, URGENT)
REFUSE_ADVANCE = Step(
    "refuse_advance", "不批准先行救助", DECIDE_RELIEF, (A.SIGNED,), A.REFUSED, URGENT
)
PAY_ADVANCE = Step("pay_advance", "登记先行救助已拨付", PAY_RELIEF, (A.GRANTED,), A.PAID, URGENT)
REVERSE_ADVANCE = Step("reverse_advance", "冲回先行救助", PAY_RELIEF, (A.PAID,), A.GRANTED)
RECOVER_ADVANCE = Step(
    "recover_advance", "收回先行救助", PAY_RELIEF, (A.GRANTED, A.PAID), A.REFUSED,
    f"{AID_LAW}第六十八条",
)  # fmt: skip
ADVANCE_OFFERED = (
    SIGN_ADVANCE, DECLINE_ADVANCE, GRANT_ADVANCE, REFUSE_ADVANCE, RECOVER_ADVANCE,
)  # fmt: skip
ADVANCE_STEPS = (*ADVANCE_OFFERED, PAY_ADVANCE, REVERSE_ADVANCE)

EDITABLE = (S.DRAFT, S.RETURNED)
UNDER_REVIEW = (S.SUBMITTED, *RETURNABLE)
OPEN = (*EDITABLE, *UNDER_REVIEW)
GRANTED = (S.APPROVED, S.PAID, S.RECEIPT_CONFIRMED, S.HANDED_OVER, S.CLOSED)
PAID = GRANTED[1:]
VOID = (S.REFUSED, S.WITHDRAWN)

# Whose turn it is: the roles that a status waits for.
DESKS = {
    ENTER_RELIEF: (S.DRAFT, S.RETURNED, S.SUBMITTED),
    VERIFY_RELIEF: (
        S.UNIT_VERIFIED,
        S.VISITED,
        S.PUBLICITY,
        S.RECEIPT_CONFIRMED,
        S.HANDED_OVER,
    ),
    SIGN_RELIEF: (S.AREA_REVIEWED,),
    DECIDE_RELIEF: (S.SIGNED, S.DISTRICT_REVIEWED),
    FOLLOW_RELIEF: (S.PAID,),
}

# 单位核实: three committee members or group leaders at least (materials of comparable schemes).
COMMITTEE_NAMES = 3
ADULT_AT = 18  # 民法典 Art. 17
LARGEST = Decimal(10_000_000)  # yuan that anybody types in earnest
REFUSAL_NOTE = "对这个决定有异议的，可以通过所在工会向区总工会申请复核，也可以直接向区总工会反映。"


def age_on(born_on: date, day: date) -> int:
    """Full years; who was born on 29 February comes of age on 1 March."""
    return day.year - born_on.year - ((day.month, day.day) < (born_on.month, born_on.day))


def is_adult(born_on: date, day: date) -> bool:
    return age_on(born_on, day) >= ADULT_AT


def check_committee(names: Iterable[str]) -> list[str]:
    """The names as written, each once. Raises Refused unless three different people verified."""
    found = list(dict.fromkeys(name.strip() for name in names if name.strip()))
    if len(found) < COMMITTEE_NAMES:
        raise Refused("单位核实需要三名以上委员或工会小组长，请写全他们的姓名。")
    return found


def check_sum(amount: Decimal) -> None:
    """Refuse a sum that somebody mistyped. amount: yuan. Raises Refused."""
    if amount < 0:
        raise Refused("金额不能小于 0 元。")
    if amount > LARGEST:
        raise Refused(f"金额超过 {LARGEST:,} 元，请核对是不是多输了数字。")


def check_granted(amount: Decimal, left: Decimal) -> None:
    """Refuse an amount beyond what the caps leave this year. Raises Refused."""
    if amount <= 0:
        raise Refused("批准金额要大于 0 元。不同意的，请选“不予批准”并写明理由。")
    if amount > left:
        raise Refused(f"超过了全年上限：本年度最多还可以批准 {left:,} 元。")


def needs_second(amount: Decimal, limit: Decimal) -> bool:
    """Whether a second reviewer decides. limit: yuan, itself still one person's."""
    return amount > limit


def is_card(number: str) -> bool:
    """Whether the number of a bank card passes its check digit (Luhn, GB/T 14504)."""
    if not (number.isascii() and number.isdigit() and 12 <= len(number) <= 19):
        return False
    digits = [int(digit) for digit in reversed(number)]
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[1::2]]
    return (sum(digits[::2]) + sum(doubled)) % 10 == 0
