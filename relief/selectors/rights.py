"""What relief says when a person asks for a copy of their data, or that it be deleted."""

from relief.models import HouseholdMember, ReliefCase
from relief.rules import Relation, Status
from wanping_union.rights.registry import Section, Subject

INSIDE = (
    "病情、家庭收支、走访记录和材料，基层工会看不到；本人要看的，请到地区总工会凭证件查阅、复制。"
)


def copy_of(subject: Subject) -> list[Section]:
    """What files and cases of relief hold of a person, save what their own unit may not see.

    The unit prints the copy; what others of the household gave stays theirs.
    """
    named = HouseholdMember.objects.filter(id_hash=subject.key)
    rows = list(named.select_related("household__union").order_by("pk"))
    cases: list[ReliefCase] = list(
        ReliefCase.objects.filter(beneficiary__in=rows)
        .exclude(status=Status.DRAFT)
        .select_related("fund", "union")
        .order_by("pk")
    )
    return [
        Section(
            "家庭档案",
            ("工会", "与职工关系", "工作或就学", "现住址", "联系电话", "困难类别", "建档", "撤档"),
            [_file(row) for row in rows],
        ),
        Section(
            "救助申请",
            (
                "申请",
                "工会",
                "提交日期",
                "困难原因",
                "状态",
                "批准金额（元）",
                "拨付日期",
                "收款账号",
            ),
            [
                (
                    f"{case} {case.fund}",
                    case.union.name,
                    str(case.submitted_on or ""),
                    case.get_cause_display(),
                    case.get_status_display(),
                    str(case.amount or ""),
                    str(case.paid_on or ""),
                    case.masked_account,
                )
                for case in cases
            ],
            INSIDE,
        ),
    ]


def _file(row: HouseholdMember) -> tuple[str, ...]:
    file = row.household
    own: tuple[str, ...] = ("",) * 5
    if row.relation == Relation.SELF:
        days = (str(file.filed_on or ""), str(file.delisted_on or ""))
        own = (file.address, file.mobile, file.get_category_display(), *days)
    return (file.union.name, row.get_relation_display(), row.work, *own)


def hold(subject: Subject) -> str:
    """Why the person's data must stay; "" where no file of relief names them."""
    if not HouseholdMember.objects.filter(id_hash=subject.key).exists():
        return ""
    return (
        "此人的救助档案还在保存期内（撤档或结案后十年，困难职工档案管理办法），到期由地区总工会"
        "核定删除；在此之前只作存档（个人信息保护法第四十七条第二款）。"
    )
