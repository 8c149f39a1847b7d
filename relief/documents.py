"""Which papers an application needs, as its answers say. Pure.

Source: materials of comparable schemes (M); the loss assessment: 应急救助办法（试行）.
"""

from dataclasses import dataclass

from relief.rules import Cause, Relation


@dataclass(frozen=True)
class Document:
    """label: as the file's kind is chosen. where: where the person gets it, in words."""

    code: str
    label: str
    where: str


ID = Document("id", "身份证件", "本人身份证正反两面")
RELATIONSHIP = Document("relationship", "户口簿或关系证明", "户口簿首页和本人页；没有的由社区开具")
CONSENT = Document("consent", "家庭成员同意书", "从本页打印，由每位成年家人签字")
DIAGNOSIS = Document("diagnosis", "诊断证明", "医院门诊或住院部开具，盖医院公章")
SETTLEMENT = Document("settlement", "医疗费结算单", "出院结算窗口，原件拍照后退还")
REIMBURSEMENT = Document("reimbursement", "报销单", "医保、二次报销和互助保障的赔付单据")
LOSS = Document("loss", "损失证明", "消防、交警、公安或单位的损失核定材料")
HARDSHIP = Document("hardship", "困难情况证明", "单位或社区出具，写明原因和时间")
INCOME = Document("income", "收入证明", "单位工资条或社区出具的收入情况")
ACCOUNT = Document("account", "收款账户", "受助人本人的银行卡照片，看得清卡号和姓名")
OTHER = Document("other", "其他材料", "审核时另外要的材料")
ALL = (
    ID, RELATIONSHIP, CONSENT, DIAGNOSIS, SETTLEMENT, REIMBURSEMENT, LOSS, HARDSHIP, INCOME,
    ACCOUNT, OTHER,
)  # fmt: skip

BY_CAUSE = {
    Cause.ILLNESS: (DIAGNOSIS, SETTLEMENT, REIMBURSEMENT),
    Cause.DISASTER: (LOSS,),
    Cause.OTHER: (HARDSHIP,),
}


def wanted(
    cause: str, relation: str, *, has_family: bool, is_borne: bool = True
) -> tuple[Document, ...]:
    """In the order of asking. cause, relation: "" while not answered.

    has_family: whether data of another adult are used, who signs for it. is_borne: whether an
    insurance or anybody else bore a part of a bill, of which there are papers then.
    """
    asked = [ID]
    if relation and relation != Relation.SELF:
        asked.append(RELATIONSHIP)
    if has_family:
        asked.append(CONSENT)
    if cause:
        asked.extend(one for one in BY_CAUSE[Cause(cause)] if one is not REIMBURSEMENT or is_borne)
    return (*asked, INCOME, ACCOUNT)
