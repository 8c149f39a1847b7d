"""What relief says when a person asks that their data be deleted."""

from relief.models import HouseholdMember
from wanping_union.rights.registry import Subject


def hold(subject: Subject) -> str:
    """Why the person's data must stay; "" where no file of relief names them."""
    if not HouseholdMember.objects.filter(id_hash=subject.key).exists():
        return ""
    return (
        "此人的救助档案还在保存期内（撤档或结案后十年，困难职工档案管理办法），到期由地区总工会"
        "核定删除；在此之前只作存档（个人信息保护法第四十七条第二款）。"
    )
