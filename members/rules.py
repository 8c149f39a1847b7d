"""What the rules of membership say. No database, no request: values in, values out.

Source: 工会会员会籍管理办法 (2016); 中国工会章程; 北京市工会会员会籍管理实施办法（试行） (2020).
"""

from datetime import date

from django.db.models import TextChoices

from wanping_union.errors import Refused
from wanping_union.roles import KEEP_PEOPLE
from wanping_union.steps import Step


class Sex(TextChoices):
    MALE = "M", "男"
    FEMALE = "F", "女"


class IdType(TextChoices):
    RESIDENT_ID = "resident_id", "居民身份证"
    HMT_PERMIT = "hmt_permit", "港澳台居民居住证"
    PASSPORT = "passport", "护照"
    FOREIGN_PR_CARD = "foreign_pr_card", "外国人永久居留身份证"


class Household(TextChoices):
    """户籍类型: tells migrant workers (农民工) in the annual return."""

    RURAL = "rural", "农业"
    URBAN = "urban", "非农业"


class Education(TextChoices):
    PRIMARY = "primary", "小学"
    JUNIOR = "junior", "初中"
    SENIOR = "senior", "高中"
    VOCATIONAL = "vocational", "中专"
    COLLEGE = "college", "大专"
    BACHELOR = "bachelor", "本科"
    MASTER = "master", "硕士研究生"
    DOCTOR = "doctor", "博士研究生"


class Route(TextChoices):
    """入会途径, as the 2016 article counts new members."""

    NEW_UNION_UNIT = "new_union_unit", "新建会单位"
    SCATTERED = "scattered", "零散会员"
    EXISTING_UNION = "existing_union", "已建会单位"


class Status(TextChoices):
    ACTIVE = "active", "在会"
    TRANSFERRING = "transferring", "转接中"
    RETAINED = "retained", "保留会籍"
    WITHDRAWN = "withdrawn", "已退会"
    DEEMED_WITHDRAWN = "deemed_withdrawn", "视为自动退会"
    EXPELLED = "expelled", "已开除会籍"
    DECEASED = "deceased", "已去世"


COUNTED = (Status.ACTIVE, Status.TRANSFERRING)  # members in every figure
HELD = (*COUNTED, Status.RETAINED)  # one such membership a person
LEFT = (Status.WITHDRAWN, Status.DEEMED_WITHDRAWN, Status.EXPELLED, Status.DECEASED)


class RetainReason(TextChoices):
    """Retired, unemployed, employer closed: 北京市工会会员会籍管理实施办法（试行）."""

    RETIRED = "retired", "退休（含提前退休）"
    UNEMPLOYED = "unemployed", "失业"
    UNIT_CLOSED = "unit_closed", "单位关闭或破产"
    INTERNAL_RETIRED = "internal_retired", "内部退养"


class Place(TextChoices):
    INSIDE = "inside", "在辖区内"
    OUTSIDE = "outside", "在辖区外"
    RELOCATED = "relocated", "已疏解外迁"


S = Status
MEASURE = "工会会员会籍管理办法（2016）"
CHARTER = "中国工会章程"
RETAIN = Step(
    "retain", "保留会籍", KEEP_PEOPLE, (S.ACTIVE,), S.RETAINED, f"{MEASURE}；{CHARTER}第八条"
)
RESUME = Step("resume", "恢复在会", KEEP_PEOPLE, (S.RETAINED,), S.ACTIVE, MEASURE)
WITHDRAW = Step(
    "withdraw", "办理退会", KEEP_PEOPLE, (S.ACTIVE, S.RETAINED), S.WITHDRAWN, f"{CHARTER}第六条"
)
DEEM_WITHDRAWN = Step(
    "deem_withdrawn", "视为自动退会", KEEP_PEOPLE, (S.ACTIVE,), S.DEEMED_WITHDRAWN, CHARTER
)
EXPEL = Step(
    "expel", "开除会籍", KEEP_PEOPLE, (S.ACTIVE, S.RETAINED), S.EXPELLED, f"{CHARTER}第七条"
)
RECORD_DEATH = Step("record_death", "登记去世", KEEP_PEOPLE, (S.ACTIVE, S.RETAINED), S.DECEASED)
REINSTATE = Step("reinstate", "更正：恢复在会", KEEP_PEOPLE, LEFT, S.ACTIVE)
STEPS = (RETAIN, RESUME, WITHDRAW, DEEM_WITHDRAWN, EXPEL, RECORD_DEATH, REINSTATE)


def check_effective(on: date, *, since: date, today: date) -> None:
    """Refuse a change dated before the present status began or in the future.

    on: the day it takes effect; since: first day of the present status. Raises Refused.
    """
    if on > today:
        raise Refused("生效日期不能晚于今天。")
    if on <= since:
        raise Refused(f"生效日期要晚于目前状态的开始日期（{since}）。")
