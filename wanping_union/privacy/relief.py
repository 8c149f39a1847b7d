"""What is held of people who apply for relief, and of their families. Pure data."""

from collections.abc import Mapping

from wanping_union.privacy.entries import LOGS, NOBODY, SEPARATE, WORK, Entry, Group, of
from wanping_union.retention import WITH_CASE

AID = f"{SEPARATE}；社会救助暂行办法第五十八条、第六十一条"
CASE_SEEN = "申请所在基层工会和上级工会的经办人、主席、区总审核员，审计员"
INSIDE = "提交前由基层工会经办人填写；提交后只有地区总工会和区总审核员能看，每次都有记录"
PAID_SEEN = "区总工会财务、审核员和审计员，账号只显示后四位"

GROUP = Group(
    "应急救助",
    (
        Entry(
            "家庭成员：姓名、与职工关系、证件号码、出生日期、工作或就学",
            of("relief.Household", "head", "union", "opened_on")
            + of("relief.HouseholdMember", "household", "relation", "name", "id_number")
            + of("relief.HouseholdMember", "born_on", "is_cohabiting", "work", "left_on"),
            "一户一档，确认受助人和共同生活的家人",
            AID,
            f"{CASE_SEEN}；证件号码遮盖",
            WITH_CASE,
        ),
        Entry(
            "家庭住址、联系电话",
            of("relief.Household", "address", "mobile"),
            "走访、联系",
            AID,
            CASE_SEEN,
            WITH_CASE,
        ),
        Entry(
            "家庭收入、支出、财产（加密保存）",
            of("relief.HouseholdLine", "household", "member", "year", "type", "sum", "words"),
            "核对困难程度",
            AID,
            INSIDE,
            WITH_CASE,
        ),
        Entry(
            "困难类别和建档、复核、撤档",
            of("relief.Household", "category", "filed_on", "reviewed_on", "checked_on")
            + of("relief.Household", "is_helped", "delisted_on", "delisted_why", "erased_on"),
            "困难职工档案",
            "困难职工档案管理办法（总工办〔2016〕36号）",
            CASE_SEEN,
            WITH_CASE,
        ),
        Entry(
            "健康状况、疾病、诊断、困难情况（加密保存）",
            of("relief.HouseholdMember", "health")
            + of("relief.ReliefCase", "disease", "diagnosis", "story", "sheet")
            + of("relief.Visit", "seen", "told", "place_words")
            + of("relief.Bill", "number", "hospital")
            + of("relief.Referral", "need", "outcome_words")
            + of("relief.Conference", "opinions", "conclusion")
            + of("relief.Advance", "why"),
            "核对是否符合救助条件",
            AID,
            INSIDE,
            WITH_CASE,
        ),
        Entry(
            "医疗票据的日期、金额和扫描件",
            of("relief.Bill", "case", "dated", "total", "insurance", "reimbursed")
            + of("relief.Bill", "mutual_aid", "other", "scan", "counts"),
            "计算自付金额，一张票据只用一次",
            AID,
            CASE_SEEN,
            WITH_CASE,
        ),
        Entry(
            "申请和办理：受助人、原因、金额、日期、核实人、走访、公示、退回、认定、会商、转介、回访",
            of("relief.ReliefCase", "household", "beneficiary", "union", "status")
            + of("relief.ReliefCase", "returned_from", "stage_on", "cause", "happened_on")
            + of("relief.ReliefCase", "loss", "is_emergency", "committee", "proposed")
            + of("relief.ReliefCase", "suggested")
            + of("relief.ReliefCase", "amount", "reason", "public_from", "public_to", "code")
            + of("relief.ReliefCase", "entered_by", "opened_on", "submitted_on")
            + of("relief.ReliefCase", "decided_on", "paid_on")
            + of("relief.Visit", "case", "kind", "on", "place", "people", "who", "gift", "by")
            + of("relief.CaseReturn", "case", "papers", "stage", "by", "on", "answered_on")
            + of("relief.Override", "case", "line", "is_met", "reason", "by", "on")
            + of("relief.Verdict", "case", "aid", "is_duplicate", "reason", "by", "on")
            + of("relief.Conference", "case", "on", "place", "people", "by")
            + of("relief.Referral", "case", "to", "office", "agreed_on", "on", "by")
            + of("relief.Referral", "outcome", "outcome_on", "outcome_by")
            + of("relief.FollowUp", "case", "months", "due_on", "done_on", "words")
            + of("relief.FollowUp", "is_hard_again", "by")
            + of("relief.Advance", "case", "union", "status", "amount", "asked_by")
            + of("relief.Advance", "asked_on", "decided_on", "paid_on", "papers_due_on")
            + of("relief.Advance", "reason"),
            "按程序审批和留痕",
            AID,
            CASE_SEEN,
            WITH_CASE,
        ),
        Entry(
            "收款人、收款账号、开户银行和拨付记录",
            of("relief.ReliefCase", "account", "account_name", "bank")
            + of("relief.Payment", "case", "year", "kind", "method", "amount", "payee")
            + of("relief.Payment", "account", "bank", "state", "batch", "planned_on")
            + of("relief.Payment", "paid_on", "voucher", "failed_why", "by"),
            "把救助金打到受助人本人账户",
            AID,
            PAID_SEEN,
            WITH_CASE,
        ),
        Entry(
            "证件号码、账号、电话、住址、票据的不可逆校验值",
            of("relief.Household", "address_hash", "mobile_hash")
            + of("relief.HouseholdMember", "id_hash")
            + of("relief.ReliefCase", "account_hash", "concerned")
            + of("relief.Bill", "key")
            + of("relief.YearlyGrant", "key")
            + of("aid.Aid", "person", "household", "marks"),
            "不解密也能发现重复救助、年度上限和应当回避的人",
            AID,
            NOBODY,
            WITH_CASE,
        ),
        Entry(
            "各项救助的事项、日期、金额和状态",
            of("aid.Aid", "record", "words", "union", "state", "on", "amount")
            + of("relief.YearlyGrant", "granted"),
            "避免重复救助，遵守年度上限",
            AID,
            "地区总工会和区总审核员",
            WITH_CASE,
        ),
        Entry(
            "公示异议和联系方式",
            of("relief.Objection", "case", "text", "contact", "at", "answer")
            + of("relief.Objection", "answered_by", "answered_on"),
            "核查公示期间的异议",
            WORK,
            "地区总工会和区总审核员",
            WITH_CASE,
        ),
        Entry(
            "谁制单、记账",
            of("relief.LedgerEntry", "by") + of("relief.PaymentBatch", "made_by"),
            "可追查",
            LOGS,
            PAID_SEEN,
            WITH_CASE,
        ),
    ),
)

NOT_PERSONAL: Mapping[str, tuple[str, ...]] = {
    "aid.Aid": ("id",),
    "relief.Advance": ("id", "updated_at"),
    "relief.Bill": ("id",),
    "relief.CaseReturn": ("id",),
    "relief.Conference": ("id",),
    "relief.FollowUp": ("id",),
    "relief.Fund": ("*",),
    "relief.FundYear": ("*",),
    "relief.Household": ("id", "updated_at"),
    "relief.HouseholdLine": ("id", "created_at"),
    "relief.HouseholdMember": ("id",),
    "relief.LedgerEntry": ("*",),
    "relief.Objection": ("id",),
    "relief.Override": ("id",),
    "relief.Payment": ("id",),
    "relief.PaymentBatch": ("*",),
    "relief.Referral": ("id",),
    "relief.ReliefCase": ("id", "fund", "terms", "version", "updated_at"),
    "relief.Verdict": ("id",),
    "relief.Visit": ("id",),
    "relief.YearlyGrant": ("id", "fund", "year", "cap"),
}
