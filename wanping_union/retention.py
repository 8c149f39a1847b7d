"""How long personal data are kept: the words people read and what the machine does. Pure data.

Source: 个人信息保护法 (PIPL) Art. 19, 47, 56; domain.md 8.4.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

WHILE_MEMBER = "会籍存续期间；离会后停止使用，只作存档，满三年由地区总工会核定删除（年限待核实）"
WHILE_IN_USE = "账号使用期间；停用后随操作日志保存"
WITH_LOGS = "随所记的事项保存，不少于三年（个人信息保护法第五十六条）"
THREE_YEARS = "三年，到期由平台自动清除（个人信息保护法第五十六条）"
THIRTY_DAYS = "三十天"
WITH_PROOF = "撤回或办结后三年（个人信息保护法第五十六条、网络数据安全管理条例第十二条）"
HALF_A_YEAR = "一百八十天"
DAYS_LATER = "数日后清理"
UNTIL_RESET = "删除或重置后立即清除"
UNTIL_SIGNED_OUT = "退出后清除"
UNTIL_UNLOCKED = "解锁或登录成功后清除"
WITH_ENTERPRISE = "与企业台账同期"
AS_REPORT = "作为报表长期保存"
WITH_CASE = "结案或撤档后十年（困难职工档案管理办法）；拨付凭证按会计档案管理办法三十年（待核实）"
WHILE_IN_OFFICE = "任职期间；更换后由新任取代"

LOG_YEARS = "privacy.log_years"  # of the rows of changes and looks


class How(StrEnum):
    """Who ends it: a person who approves a list, the portal by itself, or nobody."""

    LIST = "到期后列入清单，由人核定"
    SELF = "到期由平台自动清除"
    STAYS = "随所属记录保存，不单独到期"


@dataclass(frozen=True)
class Keep:
    """A retention for the machine. rule: what is looked for when its time is past.

    after: what the period is counted from. years: key of the reference value that says how many.
    """

    rule: str
    how: How
    after: str = ""
    years: str = ""


# The words people read → what the machine does. Nothing goes by LIST without an approval.
KEEPS: Mapping[str, Keep] = {
    WHILE_MEMBER: Keep("membership", How.LIST, "离会", "privacy.membership_years"),
    WITH_PROOF: Keep("proof", How.LIST, "撤回或办结", "privacy.proof_years"),
    THIRTY_DAYS: Keep("file", How.SELF, "上传或生成"),
    HALF_A_YEAR: Keep("job", How.SELF, "任务结束"),
    DAYS_LATER: Keep("token", How.SELF, "提交表单"),
    UNTIL_UNLOCKED: Keep("guard", How.SELF, "解锁或登录成功"),
    UNTIL_RESET: Keep("second_factor", How.SELF, "删除或重置"),
    UNTIL_SIGNED_OUT: Keep("session", How.SELF, "退出登录"),
    THREE_YEARS: Keep("log_row", How.SELF, "写入日志", LOG_YEARS),
    WITH_LOGS: Keep("log", How.STAYS, "写入日志"),
    WHILE_IN_USE: Keep("account", How.STAYS, "账号停用"),
    WITH_ENTERPRISE: Keep("enterprise", How.STAYS),
    AS_REPORT: Keep("report", How.STAYS),
    WITH_CASE: Keep("relief", How.LIST, "结案或撤档", "privacy.relief_years"),
    WHILE_IN_OFFICE: Keep("office", How.STAYS, "更换主席"),
}
