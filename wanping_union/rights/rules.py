"""What the rights of a person are and who answers them. Pure: no models.

Source: 个人信息保护法 (PIPL) Art. 13–17, 29, 44–50; domain.md 8.2.
"""

from django.db.models import TextChoices

from wanping_union.roles import DECIDE_DELETION, KEEP_PEOPLE
from wanping_union.steps import Step


class Purpose(TextChoices):
    """What a person agrees to, each by itself: PIPL Art. 14, 23, 25, 29."""

    MEMBERSHIP = "membership", "会员实名登记和工会服务"
    SENSITIVE_CARD = "sensitive_card", "登记京卡卡号（敏感个人信息）"
    PUBLICITY = "publicity", "公示、照片等公开使用"
    PROVIDE_TO_OTHER = "provide_to_other", "提供给其他单位"
    RELIEF_HEALTH = "relief_health", "申请救助：使用健康信息（敏感个人信息）"
    RELIEF_FINANCE = "relief_finance", "申请救助：使用家庭经济状况（敏感个人信息）"


ON_OCCASION = (Purpose.RELIEF_HEALTH, Purpose.RELIEF_FINANCE)  # asked only of those who apply

NO_MORE_RELIEF = "撤回后没有办完的救助申请不能再审批；已经发放的救助按财务规定留存凭证。"
WITHDRAWN_MEANS = {
    Purpose.MEMBERSHIP: (
        "撤回后平台停止使用这个人的资料，只作保存：名册、查找、导出里都不再出现，"
        "也不能查看号码。会籍本身和统计人数不变；要退会请另外办理退会。"
    ),
    Purpose.SENSITIVE_CARD: "撤回后立即删除已登记的京卡卡号。会籍不受影响。",
    Purpose.PUBLICITY: "撤回后不再公示或使用照片；已经公开的要由工会撤下。",
    Purpose.PROVIDE_TO_OTHER: "撤回后不再提供给其他单位；已经提供的由工会通知对方停止使用。",
    Purpose.RELIEF_HEALTH: NO_MORE_RELIEF,
    Purpose.RELIEF_FINANCE: NO_MORE_RELIEF,
}


class Channel(TextChoices):
    PORTAL = "portal", "登记时当面告知"
    PAPER = "paper", "纸质告知书签字"
    IMPORT = "import", "导入名册前已签字"


class Kind(TextChoices):
    COPY = "copy", "查阅、复制"
    CORRECT = "correct", "更正、补充"
    DELETE = "delete", "删除"
    RESTRICT = "restrict", "限制或拒绝处理"
    EXPLAIN = "explain", "解释说明"
    WITHDRAW = "withdraw", "撤回全部同意"


ARTICLES = {
    Kind.COPY: "个人信息保护法第四十五条",
    Kind.CORRECT: "个人信息保护法第四十六条",
    Kind.DELETE: "个人信息保护法第四十七条",
    Kind.RESTRICT: "个人信息保护法第四十四条",
    Kind.EXPLAIN: "个人信息保护法第四十八条",
    Kind.WITHDRAW: "个人信息保护法第十五条",
}


class Proof(TextChoices):
    """How we know that it is the person who asks."""

    ID_CARD = "id_card", "本人到场，已核对证件"
    PROXY = "proxy", "代办人持委托书和双方证件"
    RELATIVE = "relative", "本人已去世，近亲属持关系证明"


class Status(TextChoices):
    RECEIVED = "received", "待答复"
    DONE = "done", "已办结"
    REFUSED = "refused", "不予办理"


S = Status
ANSWER = Step("answer", "办结并答复", KEEP_PEOPLE, (S.RECEIVED,), S.DONE, "个人信息保护法第五十条")
REFUSE = Step("refuse", "不予办理", KEEP_PEOPLE, (S.RECEIVED,), S.REFUSED, "个人信息保护法第五十条")
ERASE = Step(
    "erase", "批准删除", DECIDE_DELETION, (S.RECEIVED,), S.DONE, "个人信息保护法第四十七条"
)
KEEP = Step(
    "keep", "不予删除", DECIDE_DELETION, (S.RECEIVED,), S.REFUSED, "个人信息保护法第四十七条第二款"
)
STEPS = (ANSWER, REFUSE, ERASE, KEEP)
DELETION = (ERASE, KEEP)


def steps_of(kind: str) -> tuple[Step, ...]:
    """A deletion is decided one level up; everything else is answered where it was asked."""
    return DELETION if kind == Kind.DELETE else (ANSWER, REFUSE)


OBJECTION = "本人不同意这个答复的，可以向上级工会反映，也可以依法向人民法院起诉。"  # PIPL Art. 50
ANSWER_DAYS = "privacy.answer_days"
PROOF_YEARS = "privacy.proof_years"
